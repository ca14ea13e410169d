"""Load, made by wrk on the same machine, and what it costs: requests, waiting, processor time, memory."""

import json
import os
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")

# Each connection takes the next of the requests; one that is to be sent only once ends the thread after the last.
SCRIPT = """
local requests = {}
local at, thread_count = 0, 0
function setup(thread) thread:set("number", thread_count); thread_count = thread_count + 1 end
function init(args)
  for line in io.lines(args[1]) do
    local parts = {}
    for part in (line .. "\\t"):gmatch("(.-)\\t") do parts[#parts + 1] = part end
    requests[#requests + 1] = parts
  end
  step, once, at = tonumber(args[2]), args[3] == "once", number
end
function request()
  local parts = requests[at % #requests + 1]
  local turn = math.floor(at / #requests) + 1
  at = at + step
  local headers = {["Host"] = "metodstod.example.se"}
  if parts[3] ~= "" then headers["Cookie"] = parts[3] end
  if parts[4] ~= "" then
    headers["Content-Type"] = "application/x-www-form-urlencoded"
    headers["Referer"] = "http://metodstod.example.se/"
    headers["Sec-Fetch-Site"] = "same-origin"
  end
  if parts[5] ~= "" then headers["Accept"] = parts[5] end
  if parts[6] ~= "" then headers["If-None-Match"] = parts[6] end
  if parts[7] ~= "" then headers["Range"] = parts[7] end
  local body = parts[4]:gsub("TURN", tostring(turn))
  return wrk.format(parts[1], parts[2], headers, body ~= "" and body or nil)
end
local other = 0
function response(status, headers, body)
  if status >= 400 then failed = (failed or 0) + 1 end
  if once and at - step >= #requests then wrk.thread:stop() end
end
function done(summary, latency, requests)
  io.stderr:write(string.format('{"requests": %d, "seconds": %f, "errors": %d, "p50": %f, "p99": %f}\\n',
    summary.requests, summary.duration / 1e6,
    summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.status + summary.errors.timeout,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
"""


@dataclass(frozen=True)
class Request:
    """One request as wrk sends it; `TURN` in the body becomes how many times it has been sent."""

    path: str
    method: str = "GET"
    cookie: str = ""
    body: str = ""
    accept: str = ""
    etag: str = ""
    part: str = ""

    def line(self):
        return "\t".join([self.method, self.path, self.cookie, self.body, self.accept, self.etag, self.part])


def wrk(port, requests, *, seconds=5, connections=16, once=False):
    """Send the requests round and round, or once each; return requests a second, errors, and p50 and p99 in ms."""
    threads = min(2, connections)
    with tempfile.TemporaryDirectory() as directory:
        script, lines = Path(directory, "load.lua"), Path(directory, "requests")
        script.write_text(SCRIPT)
        lines.write_text("\n".join(request.line() for request in requests) + "\n")
        done = subprocess.run(
            [
                *["wrk", "-t", str(threads), "-c", str(connections), "-d", f"{seconds}s", "--timeout", "30s"],
                *["-s", script, f"http://127.0.0.1:{port}/", "--", lines, str(threads)],
                "once" if once else "round",
            ],
            capture_output=True,
            text=True,
        )
    if done.returncode:
        raise RuntimeError(done.stdout + done.stderr)
    found = json.loads(done.stderr.strip().splitlines()[-1])
    return found | {"rate": found["requests"] / found["seconds"]}


def family(pid):
    """Return the process and all that it has started."""
    found = [pid]
    for parent in found:
        for children in Path(f"/proc/{parent}/task").glob("*/children"):
            found += [int(child) for child in children.read_text().split()]
    return found


def processor_seconds(pid):
    """Return the processor time that the process and its children have used, ended children included."""
    total = 0
    for member in family(pid):
        try:
            fields = Path(f"/proc/{member}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        total += sum(map(int, fields[11:13])) + (sum(map(int, fields[13:15])) if member == pid else 0)
    return total / TICKS


def largest_memory(pid):
    """Return the memory that the largest of the process's children has to itself and shares, in MB (PSS)."""
    sizes = []
    for member in family(pid)[1:]:
        for line in Path(f"/proc/{member}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                sizes.append(int(line.split()[1]) / 1024)
    return max(sizes, default=0.0)
