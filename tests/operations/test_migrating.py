"""A table with many rows is changed while others read and write it: nobody waits for what the rules let through.

`OPERATIONS_ROWS=1000000` does it with a million.
"""

import json
import os
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing

import psycopg
import pytest

from tests.operations.portal import ROOT, Portal, tell

ROWS = int(os.environ.get("OPERATIONS_ROWS", "10000"))
pytestmark = pytest.mark.timeout(900 if ROWS > 100_000 else 600)
LONGEST_WAIT = 1.5  # seconds; a machine that is busy with other tests is slow by itself


class Person:
    """Someone who reads, or writes, one row after another, and remembers the longest wait."""

    def __init__(self, portal, statement):
        self.portal, self.statement, self.longest, self.times, self.going = portal, statement, 0.0, 0, True
        self.thread = threading.Thread(target=self.work)
        self.thread.start()

    def work(self):
        with closing(self.connect()) as connection:
            while self.going:
                started = time.monotonic()
                connection.execute(self.statement)
                self.longest = max(self.longest, time.monotonic() - started)
                self.times += 1
                time.sleep(0.005)

    def connect(self):
        if self.portal.database_url.startswith("sqlite"):
            path = self.portal.database_url.removeprefix("sqlite:///")
            return sqlite3.connect(path, timeout=600, isolation_level=None)
        return psycopg.connect(self.portal.database_url, autocommit=True)

    def stop(self):
        self.going = False
        self.thread.join()
        return round(self.longest, 3)


def test_readers_and_writers_go_on_while_a_large_table_is_changed(cluster, tmp_path):
    if cluster:
        cluster.execute("CREATE DATABASE large")
    address = cluster.address("large") if cluster else f"sqlite:///{tmp_path}/large.sqlite3"
    portal = Portal(tmp_path / "portal", address, mail_port=1)
    program = str(ROOT / "tests" / "operations" / "big_table.py")
    subprocess.run(
        [sys.executable, program, "fill", str(ROWS)],
        cwd=ROOT,
        env=portal.environment,
        check=True,
        timeout=600,
    )
    found = {}
    with subprocess.Popen(
        [sys.executable, program, "change"],
        cwd=ROOT,
        env=portal.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        bufsize=1,
    ) as changing:
        for _ in range(6):
            reader = Person(portal, "SELECT subject FROM metodstod_mail LIMIT 1")
            writer = Person(portal, "UPDATE metodstod_mail SET last_error = 'x' WHERE message_id = 'm7'")
            time.sleep(0.3)
            changing.stdin.write("\n")
            said = json.loads(changing.stdout.readline())
            found[said["change"]] = (said["seconds"], reader.stop(), writer.stop())
            tell(
                f"{ROWS} rows, {said['change']}: {said['seconds']} s; the longest wait of a reader"
                f" {reader.longest:.3f} s, of a writer {writer.longest:.3f} s ({reader.times} and {writer.times} times)"
            )
        changing.stdin.close()
    if cluster:
        cluster.execute("DROP DATABASE large WITH (FORCE)")

    let_through = [name for name in found if "column" in name or "meanwhile" in name]
    assert len(let_through) == 4
    assert {name: found[name] for name in let_through if found[name][1] > LONGEST_WAIT} == {}
    if cluster:
        # On SQLite a table is written anew for most changes, and one writes at a time.
        assert {name: found[name] for name in let_through if found[name][2] > LONGEST_WAIT} == {}
