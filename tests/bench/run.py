"""Measure how fast the portal is, in relation to a Django view that returns a constant page.

    tests/bench/run.py [--only name] [--rows 1000,100000,1000000] [--seconds 4] [--repeats 3] [--write]

The portal runs as in production: gunicorn with two processes of eight threads, PostgreSQL, nginx before the films. The
control is loaded before and after every figure, by the same tool on the same machine, and a figure is the median of the
repeats. Results are written to `var/bench.json`; with `--write` their tables also go into `docs/performance.md`, and with
`--from var/bench.json` they go there without anything being measured. Nothing here is a test.

    --rows 1000 --seconds 2 --repeats 1            a look, in some minutes
    --only inbox --rows 1000,100000                one kind of work
    --filled var/filled                            keep what has been filled, and begin with it the next time
"""

import argparse
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT))

from tests.bench import tables, trials  # noqa: E402
from tests.bench.load import Request, largest_memory, processor_seconds, wrk  # noqa: E402
from tests.bench.works import WORKS, Bench  # noqa: E402
from tests.operations.portal import Cluster, Portal, free_port, kill_group  # noqa: E402
from tests.waiting import wait_until  # noqa: E402

# Between two loads of the control this much is noise; more, and the figure is not to be believed.
BELIEVABLE = 0.15
KEPT = ROOT / "var" / "bench.json"


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", default="", help="measure what has this in its name")
    parser.add_argument(
        "--rows", default="1000,100000,1000000", help="submissions in the database, small first"
    )
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--requests", type=int, default=100_000, help="before a worker's memory is read")
    parser.add_argument("--filled", type=Path, help="where filled databases are kept, and copied from")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/performance.md")
    parser.add_argument("--from", dest="measured", type=Path, help="what was measured earlier")
    parser.add_argument("--note", default="", help="what is said of the machine above the tables")
    options = parser.parse_args()
    signal.signal(
        signal.SIGTERM, lambda *_: sys.exit(143)
    )  # What has been started is stopped on the way out.
    if options.measured:
        tables.write(json.loads(options.measured.read_text()), ROOT)
        return
    for program in ("wrk", "nginx"):
        if not shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin"):
            sys.exit(f"The bench needs {program}: apt-get install {program}")
    found = measure_all(options)
    KEPT.parent.mkdir(exist_ok=True)
    KEPT.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n")
    tell(tables.of_work(found["results"]))
    tell(tables.of_trials(found["trials"]))
    tell(f"\nWritten to {KEPT.relative_to(ROOT)}.")
    if options.write:
        tables.write(found, ROOT)


def measure_all(options):
    """Measure what is asked for, the small database first, and return everything as plain values."""
    sizes = [int(size) for size in options.rows.split(",")]
    began, results, tried = time.monotonic(), [], []

    def wanted(name):
        return options.only in name

    def note(name, act):
        if wanted(name):
            try:
                tried.append(act())
            except Exception as error:  # One that fails is told of, and the others are measured.
                tried.append(
                    {"name": name, "goal": "", "found": f"failed: {error!r}"[:300], "reached": False}
                )
            tell(f"{tried[-1]['name']}: {tried[-1]['found']}")

    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="metodstod-bench-")))
        directory.chmod(0o755)
        control = Control(stack)
        # Of what is the same whatever the size, once; of the export, with the size that the goal is for.
        for number, size in enumerate(sizes):
            bench = start(stack, directory / str(size), size, filled=options.filled)
            for work in WORKS:
                if wanted(work.name) and (number == 0 or (work.grows and size == sizes[-1])):
                    results.append(measure(bench, control, work, options))
                    say(results[-1])
            if number == 0:
                note("change seen", lambda bench=bench: trials.change_seen(bench))
                note("clients for one time", lambda bench=bench: trials.one_time(bench))
                note("film", lambda bench=bench: trials.film_range(bench, options.seconds, options.repeats))
                note("memory", lambda bench=bench: trials.memory(bench, options.requests))
            if size == exported(sizes):
                for kind in ("csv", "xlsx"):
                    note(f"export {kind}", lambda bench=bench, kind=kind: trials.export(bench, kind))
            bench.stop()
            bench.cluster.stop()
        note("growth", lambda: grown(stack, directory, filled=options.filled))
        note("make run", lambda: trials.second_run(directory))
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "minutes": round((time.monotonic() - began) / 60, 1),
        "cores": os.cpu_count(),
        "load": os.getloadavg(),
        "seconds": options.seconds,
        "repeats": options.repeats,
        "note": options.note,
        "results": results,
        "trials": tried,
    }


def exported(sizes):
    """Return which of the databases exports are taken out of: 100,000, or the nearest."""
    return min(sizes, key=lambda size: abs(size - 100_000))


def grown(stack, directory, *, filled):
    """Look at the same pages with some of everything and with ten times as much."""
    benches = []
    for number in (1, 10):
        given = ("--teams", 1000 * number, "--lectures", 100 * number)
        benches.append(start(stack, directory / f"growth-{number}", 1000 * number, *given, filled=filled))
    found = trials.looked_at(benches)
    for bench in benches:
        bench.stop()
        bench.cluster.stop()
    return trials.growth(*found)


class Control:
    """The constant page on a server of its own, with as many processes and threads."""

    def __init__(self, stack):
        self.port = free_port()
        command = [sys.executable, "-m", "gunicorn", "-k", "gthread", "-w", "2", "--threads", "8"]
        command += ["-b", f"127.0.0.1:{self.port}", "--log-level", "error", "tests.bench.control:application"]
        self.process = subprocess.Popen(command, cwd=ROOT, process_group=0)
        stack.callback(kill_group, self.process)
        wait_until(lambda: self.rate(seconds=1) > 0)

    def rate(self, seconds=2):
        try:
            return wrk(self.port, [Request("/")], seconds=seconds)["rate"]
        except RuntimeError:
            return 0


def start(stack, directory, size, *given, filled=None):
    """Start a portal with so many submissions in its database: filled now, or a copy of one kept under `filled`."""
    kept = filled and filled / directory.name
    cluster = Cluster(
        directory / "cluster",
        settings={
            "fsync": "on",
            "shared_buffers": "256MB",
            # Written to the disk when it has been filled, and not again and again meanwhile.
            "max_wal_size": "8GB",
            "shared_preload_libraries": "pg_stat_statements",
            "track_activity_query_size": 4096,
        },
    )
    stack.callback(cluster.remove)
    known = bool(kept) and kept.is_dir()
    if known:
        cluster.copy_from(kept)
        cluster.start()
    else:
        cluster.init()
        cluster.start()
        cluster.execute("CREATE DATABASE metodstod")
        cluster.execute("CREATE EXTENSION pg_stat_statements", "metodstod")
    portal = Portal(
        directory / "portal",
        cluster.address(),
        mail_port=9,
        FILES_FROM_PROXY="/filer/",
        LOG_FORMAT="json",
        WEB_WORKERS="2",
        MALLOC_ARENA_MAX="2",  # As in the unit of deploy/.
    )
    stack.callback(portal.stop)
    install(portal, directory.parent / "static")
    if not known:
        fill(cluster, portal, size, *given)
        if kept:
            cluster.stop(signal.SIGINT)
            cluster.keep(kept)
            cluster.start()
    bench = Bench(portal, cluster)
    bench.web = portal.start_web()
    bench.port = portal.ports[0]
    stack.callback(bench.stop)
    return bench


def fill(cluster, portal, size, *given):
    started = time.monotonic()
    portal.manage("fill", "--submissions", size, *given, "--yes", timeout=None)
    # As it stands after some days; or the database would begin with this while it is measured.
    cluster.execute("VACUUM ANALYZE", "metodstod")
    cluster.execute("CHECKPOINT")
    tell(f"\n{size} submissions, filled in {time.monotonic() - started:.0f} s")


def install(portal, static):
    """Install as docs/deploy.md says; the static files are the same for all, and are made once."""
    if static.exists():
        shutil.copytree(static, portal.directory / "static")
        portal.run(
            "tests/operations/install.py",
            "migrate",
            "createcachetable",
            "load_content",
            "schedule",
            timeout=900,
        )
    else:
        portal.install()
        shutil.copytree(portal.directory / "static", static)


def measure(bench, control, work, options):
    """Load one piece of work, the control before and after; return the figures of the median repeat."""
    repeats = []
    for _ in range(options.repeats):
        prepared = work.prepare(bench)
        before = control.rate()
        server, database = processor_seconds(bench.web.pid), processor_seconds(bench.cluster.process.pid)
        found = wrk(
            work.port(bench), prepared, seconds=options.seconds, connections=work.connections, once=work.once
        )
        server, database = (
            processor_seconds(bench.web.pid) - server,
            processor_seconds(bench.cluster.process.pid) - database,
        )
        after = control.rate()
        count = max(found["requests"], 1)
        repeats.append(
            {
                "ratio": found["rate"] / statistics.mean([before, after]),
                "rate": found["rate"],
                "control": statistics.mean([before, after]),
                "noise": abs(before - after) / max(before, after),
                "p50": found["p50"],
                "p99": found["p99"],
                "errors": found["errors"],
                "server_ms": 1000 * server / count,
                "database_ms": 1000 * database / count,
            }
        )
    repeats.sort(key=lambda one: one["ratio"])
    figures = repeats[len(repeats) // 2]
    alone = wrk(work.port(bench), work.prepare(bench), seconds=2, connections=1, once=work.once)
    return figures | {
        "name": work.name,
        "goal": work.goal,
        "submissions": bench.submissions(),
        "alone_p50": alone["p50"],
        "alone_p99": alone["p99"],
        "statements": bench.statements(work),
        "bytes": bench.size(work),
        "reaches": work.reaches,
        "most_statements": work.most_statements,
        "memory_mb": largest_memory(bench.web.pid),
        "believable": max(one["noise"] for one in repeats) <= BELIEVABLE,
    }


def say(result):
    noise = "" if result["believable"] else "  (too noisy to believe)"
    errors = f"  {result['errors']} errors" if result["errors"] else ""
    tell(
        f"{result['name']:<34} {result['submissions']:>9,} rows  ratio {result['ratio']:.3f}  p50 {result['p50']:.0f} ms"
        f"  p99 {result['p99']:.0f} ms  {result['statements']} statements{errors}{noise}",
    )


def tell(line):
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
