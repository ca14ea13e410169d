"""What is measured otherwise than by a load of the same requests: exports, a race, films, memory, growth, a second start.

Each returns a row of plain values: `name`, `goal`, `found` (in words) and the figures behind it.
"""

import http.client
import json
import os
import re
import signal
import statistics
import subprocess
import sys
import threading
import time
from contextlib import suppress
from operator import itemgetter
from pathlib import Path
from urllib.parse import urlencode

from bs4 import BeautifulSoup

from tests.bench.load import Request, family, largest_memory, wrk
from tests.bench.works import CSRF, SEARCHES, cookie, draft_page
from tests.operations.portal import ROOT, ask, free_port, get, kill_group
from tests.operations.proxy import Proxy
from tests.waiting import wait_until

HOST = "metodstod.example.se"


# Content that changes ---------------------------------------------------------------------------------


def change_seen(bench, times=5):
    """How long after an editor's change both nodes show it."""
    other = bench.portal.start_web()
    ports = [bench.port, bench.portal.ports[-1]]
    seconds = []
    for number in range(times):
        title = f"Ändrad rubrik {number}"
        for port in ports:
            get(port, bench.lecture)
        bench.cluster.execute(
            f"UPDATE lectures_lecture SET title = '{title}' WHERE slug = '{bench.lecture.split('/')[-2]}'",
            "metodstod",
        )
        changed = time.monotonic()
        wait_until(
            lambda title=title: all(title in get(port, bench.lecture)[2] for port in ports), pause=0.01
        )
        seconds.append(time.monotonic() - changed)
    kill_group(other)
    bench.portal.ports.remove(ports[1])
    return {
        "name": "an editor's change is seen on both nodes",
        "goal": "≤ 1 s",
        "found": f"{max(seconds):.2f} s at the most of {times}",
        "seconds": seconds,
        "reached": max(seconds) <= 1.05,
    }


# Exports ----------------------------------------------------------------------------------------------


def export(bench, kind, times=3):
    """Take out everything; the seconds to the first byte and the last, and the memory it took while it went on."""
    goals = {"csv": (1.5, 50, 5), "xlsx": (None, None, 30)}
    found = [taken_out(bench, kind) for _ in range(times)]
    middle = {
        name: statistics.median(one[name] for one in found)
        for name in ("seconds", "first_byte_ms", "megabytes")
    }
    middle["more_memory_mb"] = max(one["more_memory_mb"] for one in found[1:] or found)
    rows = bench.submissions()
    most_seconds, most_first, most_memory = goals[kind]
    scale = rows / 100_000
    return {
        "name": f"export of {rows:,} as {kind.upper()}",
        "goal": "≤ 1.5 s, first byte ≤ 50 ms, memory + ≤ 5 MB" if kind == "csv" else "memory + ≤ 30 MB",
        "found": f"{middle['seconds']:.1f} s, first byte {middle['first_byte_ms']:.0f} ms, {middle['megabytes']:.0f} MB,"
        f" memory + {middle['more_memory_mb']:.1f} MB",
        "statuses": [one["status"] for one in found],
        "reached": all(one["status"] == 200 for one in found)
        and middle["more_memory_mb"] <= most_memory
        and (most_seconds is None or middle["seconds"] <= most_seconds * max(scale, 1))
        and (most_first is None or middle["first_byte_ms"] <= most_first),
        **middle,
    }


def taken_out(bench, kind):
    before, most = largest_memory(bench.web.pid), [0.0]
    done = threading.Event()

    def watch():
        while not done.wait(0.1):
            most[0] = max(most[0], largest_memory(bench.web.pid))

    watching = threading.Thread(target=watch)
    watching.start()
    started = time.monotonic()
    connection = http.client.HTTPConnection("127.0.0.1", bench.port, timeout=900)
    headers = {"Host": HOST, "Cookie": bench.coordinators[0]}
    connection.request("GET", f"/admin/feedback/submission/exportera/{kind}/", headers=headers)
    response = connection.getresponse()
    size = len(response.read(1))
    first = time.monotonic() - started
    while piece := response.read(65536):
        size += len(piece)
    seconds = time.monotonic() - started
    connection.close()
    done.set()
    watching.join()
    return {
        "status": response.status,
        "first_byte_ms": 1000 * first,
        "seconds": seconds,
        "megabytes": size / 1e6,
        "more_memory_mb": max(most[0] - before, 0),
    }


# Fifty who want the same time -------------------------------------------------------------------------


def one_time(bench, clients=50, rounds=3):
    """Fifty groups press the button for the same time at the same moment."""
    waits, won, unanswered = [], [], 0
    for _ in range(rounds):
        done = bench.portal.run("tests/bench/one_time.py", clients)
        groups = json.loads(done.stdout.splitlines()[-1])
        forms = [chosen(bench, group) for group in groups]
        answers = pressed_at_once(bench, groups, forms)
        waits += [seconds for seconds, _ in answers]
        won.append(sum(status == 302 for _, status in answers))
        unanswered += sum(status not in (302, 409) for _, status in answers)
    waits.sort()
    p99 = 1000 * waits[int(len(waits) * 0.99) - 1]
    return {
        "name": f"{clients} clients for one time",
        "goal": "one wins, all answered, p99 ≤ 150 ms",
        "found": f"winners {', '.join(map(str, won))}; {unanswered} not answered; p50 {1000 * waits[len(waits) // 2]:.0f} ms,"
        f" p99 {p99:.0f} ms",
        "p99": p99,
        "reached": set(won) == {1} and not unanswered and p99 <= 150,
    }


def chosen(bench, group):
    """Return the form that the group's page shows, filled in with the first time there is."""
    headers = {"Cookie": f"session={group['session']}; csrf={CSRF}"}
    status, _, text = get(bench.port, group["path"], headers=headers)
    page = BeautifulSoup(text, "html.parser")
    first = page.select_one("input[name=time], select[name=time] option[value]:not([value=''])")
    assert status == 200, status
    assert first, "no time to choose"
    key = page.select_one("input[name=key]")["value"]
    return urlencode({"csrfmiddlewaretoken": CSRF, "key": key, "time": first["value"]})


def pressed_at_once(bench, groups, forms):
    start, answers = threading.Barrier(len(groups)), [None] * len(groups)

    def press(number):
        connection = http.client.HTTPConnection("127.0.0.1", bench.port, timeout=60)
        connection.connect()
        headers = {
            "Host": HOST,
            "Cookie": f"session={groups[number]['session']}; csrf={CSRF}",
            "Content-Type": "application/x-www-form-urlencoded",
            "Referer": f"http://{HOST}/",
            "Sec-Fetch-Site": "same-origin",
        }
        start.wait()
        began = time.monotonic()
        status = None
        with suppress(OSError, http.client.HTTPException):
            connection.request("POST", groups[number]["path"], body=forms[number], headers=headers)
            response = connection.getresponse()
            response.read()
            status = response.status
        answers[number] = (time.monotonic() - began, status)
        connection.close()

    threads = [threading.Thread(target=press, args=(number,)) for number in range(len(groups))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


# Films ------------------------------------------------------------------------------------------------


class FilmProxy(Proxy):
    """The shipped proxy without TLS and limits, which are the same for every file, and beside it files that nobody asks about."""

    def configuration(self):
        text = super().configuration()
        text = re.sub(r"^ *(limit_|ssl_).*;$", "", text, flags=re.MULTILINE)
        # Of the three servers the one with the portal's name.
        first, _, last = text.partition("    # Whoever asks by address")
        last = "    server {" + last.split("    server {")[-1]
        last = last.replace(f"{self.https_port} ssl http2;", f"{self.http_port};")
        alone = f"location /alone/ {{ alias {self.portal.directory}/media/; }}\n        location / {{"
        return first + last.replace("location / {", alone, 1)


def film_range(bench, seconds=4, repeats=3):
    """48 kB of a film by the portal's word and nginx's hand, beside nginx alone."""
    media = bench.portal.directory / "media"
    name, size = "films/bench.mp4", 20_000_000
    (media / "films").mkdir(parents=True, exist_ok=True)
    (media / name).write_bytes(os.urandom(1_000_000) * (size // 1_000_000))
    bench.cluster.execute(
        f"UPDATE lectures_lecture SET film = '{name}', captions = 'captions/bench.vtt' WHERE slug = '{bench.lecture.split('/')[-2]}'",
        "metodstod",
    )
    here = bench.portal.directory / "film-nginx"
    here.mkdir()
    proxy = FilmProxy(here, bench.portal, [bench.port, bench.port])
    port = proxy.http_port
    try:
        proxy.start()
        parts = [f"bytes={first}-{first + 48 * 1024 - 1}" for first in range(0, size - 100_000, 977_777)]
        alone = [Request(f"/alone/{name}", part=part) for part in parts]
        checked = [Request(f"{bench.lecture}film", part=part) for part in parts]
        status, headers, _ = get(port, checked[0].path, headers={"Range": parts[0]})
        assert (status, headers["Content-Length"]) == (206, str(48 * 1024)), (status, headers)
        rates = []
        for _ in range(repeats):
            before = wrk(port, alone, seconds=seconds)["rate"]
            middle = wrk(port, checked, seconds=seconds)
            after = wrk(port, alone, seconds=seconds)["rate"]
            rates.append(
                (middle["rate"] / statistics.mean([before, after]), middle["rate"], before, middle["p99"])
            )
        held = threads_held_by_a_slow_reader(bench, port, checked[0].path)
    finally:
        proxy.stop()
    ratio, rate, before, p99 = sorted(rates)[len(rates) // 2]
    return {
        "name": "film, 48 kB by the portal's check and nginx",
        "goal": "≥ 0.8 of nginx alone, no thread held",
        "found": f"{ratio:.2f} ({rate:.0f} against {before:.0f} a second), p99 {p99:.0f} ms; {held} threads held",
        "ratio": ratio,
        "reached": ratio >= 0.8 and held == 0,
    }


def threads_held_by_a_slow_reader(bench, port, path, readers=20):
    """Let readers begin a film and stop reading; return how many threads of the portal's wait for them."""
    connections = []
    for _ in range(readers):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        connection.connect()
        connection.request("GET", path, headers={"Host": HOST, "Range": "bytes=0-"})
        connections.append((connection, connection.getresponse()))
    # Sixteen threads there are. With twenty readers who each held one, nobody else would be answered.
    time.sleep(0.3)
    began = time.monotonic()
    answered = get(bench.port, "/forelasningar/?q=stöd".replace("ö", "%C3%B6"), timeout=30)[0] == 200
    waited = time.monotonic() - began
    for connection, _ in connections:
        connection.close()
    return 0 if answered and waited < 5 else readers


# Memory -----------------------------------------------------------------------------------------------


def memory(bench, requests=100_000):
    """What the largest worker takes after many requests of all kinds, and whether it has come to rest."""
    public = [
        "/",
        "/forelasningar/",
        bench.lecture,
        "/om/",
        "/material/",
        "/stod-och-kontakt/",
        "/aterkoppling/",
    ]
    mixed = [Request(public[number % len(public)]) for number in range(180)]
    mixed += [Request(f"/forelasningar/?q={word}") for word in SEARCHES if word.isascii()]
    mixed += [draft_page(group) for group in bench.members[:8]]
    mixed += [Request(f"/arbetsgrupp/{group.team}/", cookie=cookie(group)) for group in bench.members[:3]]
    mixed += [Request("/admin/feedback/submission/", cookie=bench.coordinators[0])]
    sizes, made, errors = [], 0, 0
    while made < requests:
        found = wrk(bench.port, mixed, seconds=10)
        made, errors = made + found["requests"], errors + found["errors"]
        sizes.append((made, largest_memory(bench.web.pid)))
        if not found["requests"]:
            break
    halfway = next(size for count, size in sizes if count >= made / 2)
    return {
        "name": f"a worker's memory after {made:,} mixed requests",
        "goal": "≤ 80 MB and level",
        "found": f"{sizes[-1][1]:.0f} MB; {halfway:.0f} MB halfway; {errors} errors",
        "sizes": sizes,
        "reached": sizes[-1][1] <= 80 and sizes[-1][1] - halfway <= 2 and not errors,
    }


# Growth -----------------------------------------------------------------------------------------------


def pages(bench):
    """The pages that are looked at when everything grows, by name."""
    group = bench.members[0]
    return {
        "start": Request("/"),
        "catalogue, filtered": Request("/forelasningar/?avsandare=mikamottagningen"),
        "catalogue, searched": Request("/forelasningar/?q=samverkan"),
        "lecture": Request(bench.lecture),
        "plan": Request("/traffplan/"),
        "my groups": Request("/arbetsgrupp/", cookie=cookie(group)),
        "group": Request(f"/arbetsgrupp/{group.team}/", cookie=cookie(group)),
        "questionnaire": draft_page(group),
        "inbox": Request("/admin/feedback/submission/", cookie=bench.coordinators[0]),
        "inbox, searched": Request("/admin/feedback/submission/?q=samverkan", cookie=bench.coordinators[0]),
        "groups in admin": Request("/admin/metodstod/team/", cookie=bench.coordinators[0]),
        "consultations in admin": Request("/admin/consultations/consultation/", cookie=bench.coordinators[0]),
    }


def looked_at(benches, times=40):
    """Return for each portal, by page, the statements that it makes and the milliseconds that it takes alone.

    The portals take turns, so that what slows the machine slows both; and the quickest counts, since it only adds.
    """
    found = [{} for _ in benches]
    asked = [pages(bench) for bench in benches]
    for name in asked[0]:
        milliseconds = [[] for _ in benches]
        for _ in range(times):
            for bench, requests, taken in zip(benches, asked, milliseconds, strict=True):
                began = time.monotonic()
                bench.page(requests[name])
                taken.append(1000 * (time.monotonic() - began))
        for bench, requests, taken, pages_found in zip(benches, asked, milliseconds, found, strict=True):
            # The first may be the one that asks, once a second, whether content has changed.
            statements, (status, *_) = min((bench.asked(requests[name]) for _ in range(2)), key=itemgetter(0))
            pages_found[name] = {"status": status, "statements": statements, "ms": min(taken)}
    return found


def growth(small, large):
    """Compare what `looked_at` found with ten times as much."""
    rows = []
    for name, before in small.items():
        after = large[name]
        grown = after["ms"] / before["ms"]
        # The one question a second whether content has changed may fall in either.
        more = after["statements"] - before["statements"]
        rows.append({"page": name, "before": before, "after": after, "grown": grown, "more": more})
    slower = [f"{row['page']} {row['grown']:.2f} ×" for row in rows if row["grown"] > 1.1]
    more = [f"{row['page']} + {row['more']}" for row in rows if row["more"] > 1]
    return {
        "name": "lectures, groups and submissions grow tenfold",
        "goal": "statements unchanged, time ≤ 1.1 ×",
        "found": f"of {len(rows)} pages slower: {', '.join(slower) or 'none'}; more statements: {', '.join(more) or 'none'}",
        "pages": rows,
        "reached": not slower and not more,
    }


# The demo ---------------------------------------------------------------------------------------------


def second_run(directory):
    """How long after the second `make run` the first page comes."""
    started = [first_page(directory) for _ in range(2)]
    return {
        "name": "the second `make run`",
        "goal": "first page ≤ 3 s",
        "found": f"{started[1]:.1f} s (the first time {started[0]:.1f} s)",
        "seconds": started,
        "reached": started[1] <= 3,
    }


def first_page(directory):
    port = free_port()
    environment = os.environ | {
        "PORT": str(port),
        "VAR_DIR": str(Path(directory) / "demo"),
        "LC_ALL": "C.UTF-8",
    }
    environment.pop("DATABASE_URL", None)
    began = time.monotonic()
    process = subprocess.Popen(
        ["make", "--silent", "run", f"PYTHON={sys.executable}"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        process_group=0,
    )
    try:
        wait_until(lambda: answers(port), within=300, pause=0.02)
        return time.monotonic() - began
    finally:
        for pid in reversed(family(process.pid)):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=20)
        kill_group(process)


def answers(port):
    with suppress(OSError, http.client.HTTPException):
        return ask(port, "GET", "/", host=f"127.0.0.1:{port}")[0] == 200
    return False
