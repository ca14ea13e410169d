"""pgbouncer in transaction mode before one or more databases, each by a name of its own."""

import shutil
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path

import psycopg

from tests.operations.portal import kill_group
from tests.run import account, as_account, free_port
from tests.waiting import wait_until

PGBOUNCER = shutil.which("pgbouncer", path="/usr/bin:/usr/sbin:/usr/local/sbin")


class Pooler:
    """Hands out few connections among many, each for one transaction at a time."""

    def __init__(self, clusters, *, connections=4):
        self.password = next(iter(clusters.values())).password
        self.clusters, self.connections, self.port = clusters, connections, free_port()
        self.directory = Path(tempfile.mkdtemp(prefix="metodstod-pgbouncer-"))
        self.process = None

    def start(self):
        databases = [
            f"{name} = host=127.0.0.1 port={cluster.port} dbname=metodstod"
            for name, cluster in self.clusters.items()
        ]
        rules = {
            "listen_addr": "127.0.0.1",
            "listen_port": self.port,
            "unix_socket_dir": "",
            "auth_type": "scram-sha-256",
            "auth_file": self.directory / "users",
            "pool_mode": "transaction",
            "default_pool_size": self.connections,
            "max_client_conn": 200,
            "server_login_retry": 1,
            # Without it whoever asks waits two minutes for a database that is not there.
            "query_wait_timeout": 5,
        }
        (self.directory / "users").write_text(f'"metodstod" "{self.password}"\n')
        (self.directory / "pgbouncer.ini").write_text(
            "\n".join(
                [
                    "[databases]",
                    *databases,
                    "[pgbouncer]",
                    *(f"{name} = {value}" for name, value in rules.items()),
                ]
            )
            + "\n"
        )
        if as_account():
            subprocess.run(["chown", "-R", account(), self.directory], check=True)
        with (self.directory / "log").open("w") as log:
            self.process = subprocess.Popen(
                [PGBOUNCER, self.directory / "pgbouncer.ini"],
                stdout=log,
                stderr=log,
                process_group=0,
                cwd=self.directory,
                **as_account(),
            )
        wait_until(self.answers)
        return self

    def answers(self):
        assert self.process.poll() is None, (self.directory / "log").read_text()
        with suppress(psycopg.OperationalError):
            psycopg.connect(self.address(next(iter(self.clusters))), connect_timeout=2).close()
            return True
        return False

    def address(self, name):
        return f"postgres://metodstod:{self.password}@127.0.0.1:{self.port}/{name}"

    def remove(self):
        if self.process:
            kill_group(self.process)
        shutil.rmtree(self.directory, ignore_errors=True)
