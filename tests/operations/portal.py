"""The portal as it is run: its own web server, queue worker, database and mail server, each of which can be killed."""

import http.client
import json
import os
import re
import secrets
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import psycopg
from aiosmtpd.controller import Controller

from tests.run import account, as_account, free_port, postgresql
from tests.waiting import wait_until

ROOT = Path(__file__).resolve().parent.parent.parent
SECRET = "for-tests-only-nothing-outside-them-is-signed-with-it-0123456789"


def tell(line):
    """Say what was counted; `pytest -rP` shows it."""
    sys.stdout.write(f"{line}\n")


class Cluster:
    """A PostgreSQL server of one's own. What it has committed is written to its log at once, as in production."""

    def __init__(self, directory, *, name="metodstod", settings=None):
        self.directory, self.name = Path(directory), name
        self.data, self.log = self.directory / "data", self.directory / "log"
        self.port, self.password = free_port(), secrets.token_hex(16)
        self.settings = settings or {}
        self.process = self.disk = None
        self.directory.mkdir(mode=0o755, parents=True)
        (self.directory / "password").write_text(self.password)
        self.own()

    def own(self):
        if os.geteuid() == 0:
            subprocess.run(["chown", "-R", account(), self.directory], check=True)

    def run(self, *command, **options):
        done = subprocess.run(
            command, cwd=self.directory, capture_output=True, text=True, **as_account(), **options
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def init(self):
        self.run(
            *[postgresql("initdb"), "-D", str(self.data), "-U", "metodstod", "--no-sync", "--encoding=UTF8"],
            *["--locale=C.UTF-8", "--auth=scram-sha-256", f"--pwfile={self.directory / 'password'}"],
        )
        with (self.data / "pg_hba.conf").open("a") as rules:
            rules.write("host replication all 127.0.0.1/32 scram-sha-256\n")

    def copy_of(self, primary):
        """Become a standby of another cluster, which streams from it under the name of this one."""
        self.password = primary.password
        self.run(
            *[
                postgresql("pg_basebackup"),
                "-D",
                str(self.data),
                "-R",
                "-X",
                "stream",
                "--no-sync",
                "-c",
                "fast",
            ],
            *["-d", f"{primary.address('postgres')}?application_name={self.name}"],
        )

    def keep(self, directory):
        """Leave a copy of what has been stopped in order, whole or not at all."""
        directory.parent.mkdir(parents=True, exist_ok=True)
        begun = Path(tempfile.mkdtemp(prefix=f".{directory.name}-", dir=directory.parent))
        subprocess.run(["cp", "-a", self.data, self.directory / "password", begun], check=True)
        begun.chmod(0o755)
        begun.rename(directory)

    def copy_from(self, directory):
        """Become a copy of what was kept, with its password."""
        subprocess.run(["cp", "-a", directory / "data", directory / "password", self.directory], check=True)
        self.password = (self.directory / "password").read_text()

    def start(self):
        given = {
            "listen_addresses": "127.0.0.1",
            "port": self.port,
            "unix_socket_directories": "",
            "max_connections": 100,
            "fsync": "off",  # The machine itself is not going to lose its power.
            "shared_buffers": "64MB",
        } | self.settings
        command = [postgresql("postgres"), "-D", str(self.data)]
        command += [word for name, value in given.items() for word in ("-c", f"{name}={value}")]
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                command, stdout=log, stderr=log, cwd=self.directory, process_group=0, **as_account()
            )
        wait_until(self.answers)
        return self

    def answers(self):
        with suppress(psycopg.OperationalError):
            psycopg.connect(self.address("postgres"), connect_timeout=2).close()
            return True
        return False

    def address(self, database="metodstod"):
        return f"postgres://metodstod:{self.password}@127.0.0.1:{self.port}/{database}"

    def execute(self, statement, database="postgres"):
        with closing(psycopg.connect(self.address(database), autocommit=True)) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def stop(self, how=signal.SIGQUIT):
        """Stop at once without tidying up, as after a loss of power; SIGINT is the orderly way."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait(timeout=30)

    def remove(self):
        self.stop()
        shutil.rmtree(self.directory, ignore_errors=True)
        if self.disk:
            self.disk.remove()
        with suppress(OSError):  # The directory made for it, unless something else lies there too.
            self.directory.parent.rmdir()


class MailServer:
    """A mail server that keeps what it is given, and can be told to refuse, to take its time, or to fall silent."""

    def __init__(self):
        self.port = free_port()
        self.taken, self.letters, self.delay, self.refusal, self.controller = [], [], 0.0, "", None
        self.lock = threading.Lock()

    async def handle_DATA(self, server, session, envelope):
        import asyncio

        if self.refusal:
            return self.refusal
        message_id = re.search(rb"^Message-ID:\s*(\S+)", envelope.content, re.MULTILINE | re.IGNORECASE)
        if self.delay:
            await asyncio.sleep(self.delay)
        with self.lock:
            self.taken.append((message_id[1].decode(), envelope.rcpt_tos[0], time.monotonic()))
            self.letters.append((envelope.rcpt_tos[0], envelope.content.decode("utf-8", "replace")))
        return "250 taken"

    def start(self):
        self.controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self.controller.start()
        return self

    def stop(self):
        if self.controller:
            self.controller.stop()
            self.controller = None

    def copies(self):
        """Return how many times each Message-ID has been taken."""
        with self.lock:
            ids = [taken[0] for taken in self.taken]
        return {message_id: ids.count(message_id) for message_id in ids}


class Portal:
    """One installation: a database, a directory and the processes over it."""

    def __init__(self, directory, database_url, *, mail_port, **environment):
        self.directory, self.database_url = Path(directory), database_url
        self.directory.mkdir(parents=True, exist_ok=True)
        self.environment = {
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "PYTHONPATH": str(ROOT),
            "DEMO": "0",
            "HTTPS": "0",
            "SECRET_KEY": SECRET,
            "ALLOWED_HOSTS": "metodstod.example.se,127.0.0.1",
            "SITE_URL": "http://metodstod.example.se",
            "DATABASE_URL": database_url,
            "VAR_DIR": str(self.directory),
            "EMAIL_HOST": "127.0.0.1",
            "EMAIL_PORT": str(mail_port),
            "METRICS_TOKEN": "a-token-for-the-tests",
        } | environment
        self.processes = []
        self.ports = []

    @property
    def log(self):
        return self.directory / "portal.log"

    def run(self, *command, check=True, timeout=300, **options):
        done = subprocess.run(
            [sys.executable, *map(str, command)],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=timeout,
            **options,
        )
        assert not check or done.returncode == 0, done.stdout + done.stderr
        return done

    def manage(self, *arguments, **options):
        return self.run("manage.py", *arguments, **options)

    def install(self):
        """What docs/deploy.md has one do at each new version, in one process: it takes a third of the time."""
        commands = [["migrate"], ["createcachetable"], ["load_content"], ["schedule"]]
        commands.append(["collectstatic", "--no-input"])
        self.run("tests/operations/install.py", *map(" ".join, commands), timeout=900)

    def start(self, *command, environment=None, **options):
        with self.log.open("a") as log:
            process = subprocess.Popen(
                [sys.executable, *command],
                cwd=ROOT,
                env=self.environment | (environment or {}),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                process_group=0,
                **options,
            )
        self.processes.append(process)
        return process

    def start_web(self, port=None, **options):
        port = port or free_port()
        if port not in self.ports:
            self.ports.append(port)
        process = self.start(
            *["-m", "gunicorn", "--config", "gunicorn.conf.py", "metodstod.wsgi"],
            environment={"PORT": str(port)},
            **options,
        )
        wait_until(lambda: self.is_up(port))
        return process

    def is_up(self, port):
        with suppress(OSError, http.client.HTTPException):
            return get(port, "/healthz")[0] == 200
        return False

    def start_queue(self):
        return self.start("manage.py", "qcluster")

    def stop(self):
        for process in self.processes:
            kill_group(process)

    def rows(self, statement):
        if self.database_url.startswith("sqlite"):
            with closing(
                sqlite3.connect(self.database_url.removeprefix("sqlite:///"), timeout=30)
            ) as connection:
                return connection.execute(statement).fetchall()
        with closing(psycopg.connect(self.database_url)) as connection:
            return connection.execute(statement).fetchall()

    def change(self, statement):
        if self.database_url.startswith("sqlite"):
            with closing(
                sqlite3.connect(self.database_url.removeprefix("sqlite:///"), timeout=30)
            ) as connection:
                connection.execute(statement)
                connection.commit()
            return
        with closing(psycopg.connect(self.database_url, autocommit=True)) as connection:
            connection.execute(statement)

    def let_time_pass(self):
        """Let what the queue and the mail have set aside for a while be due, as if that while had gone by."""
        # Written as Django writes it: SQLite compares texts.
        self.change("UPDATE django_q_ormq SET lock = '2020-01-01 00:00:00'")
        self.change(
            "UPDATE metodstod_mail SET leased_until = '2020-01-01 00:00:00' WHERE leased_until IS NOT NULL"
        )

    def groups_ready_to_send(self, number):
        """Make work groups, each with one member who is logged in and a draft of five answers."""
        done = self.run("tests/operations/people.py", number, self.environment.get("HTTPS", "0"))
        return [Group(**group) for group in json.loads(done.stdout.splitlines()[-1])]

    def kinds_of_log_line(self):
        return [json.loads(line) for line in self.log.read_text().splitlines() if line.strip()]


def kill_group(process):
    """Kill a process and everything it has started, as the machine's own out-of-memory killer might."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def children(process):
    return [int(pid) for pid in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()]


# A visitor -----------------------------------------------------------------------------------------


def ask(
    port, method, path, *, body=None, headers=None, timeout=15, context=None, host="metodstod.example.se"
):
    """Make one request; return the status, the headers and the text."""
    if context:
        connection = Named("127.0.0.1", port, timeout=timeout, context=context)
    else:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    with closing(connection):
        connection.request(method, path, body=body, headers={"Host": host} | (headers or {}))
        response = connection.getresponse()
        return response.status, response.headers, response.read().decode("utf-8", "replace")


class Named(http.client.HTTPSConnection):
    """A connection to this machine that asks for, and demands a certificate of, the name the portal has."""

    def connect(self):
        http.client.HTTPConnection.connect(self)
        self.sock = self._context.wrap_socket(self.sock, server_hostname="metodstod.example.se")


def get(port, path, **options):
    return ask(port, "GET", path, **options)


class Group:
    """A work group whose member sits at the keyboard and does not give up."""

    def __init__(self, *, team, session, key, versions, email):
        self.team, self.session, self.key, self.versions, self.email = team, session, key, versions, email
        self.receipt = None
        self.tries = 0
        self.answers = []

    csrf = "c" * 32

    def send(self, port, *, context=None, extra=None):
        """Press the button that sends the answers; return the receipt's address, or None when it was not acknowledged."""
        prefix = "__Host-" if context else ""
        fields = {"csrfmiddlewaretoken": self.csrf, "key": self.key, "versions": self.versions} | (
            extra or {}
        )
        headers = {
            "Cookie": f"{prefix}session={self.session}; {prefix}csrf={self.csrf}",
            "Content-Type": "application/x-www-form-urlencoded",
            "Referer": "https://metodstod.example.se/",
            "Sec-Fetch-Site": "same-origin",
        }
        path = f"/arbetsgrupp/{self.team}/aterkoppling/granska/"
        self.tries += 1
        try:
            status, given, text = ask(
                port, "POST", path, body=urllib.parse.urlencode(fields), headers=headers, context=context
            )
        except (OSError, http.client.HTTPException) as error:
            self.answers.append(type(error).__name__)
            return None
        self.answers.append(status)
        self.last = status, given, text
        if status == 302 and re.fullmatch(r"/aterkoppling/[A-Z0-9-]+/", given["Location"], re.IGNORECASE):
            self.receipt = given["Location"]
        return self.receipt

    def send_until_acknowledged(self, ports, *, within=100, **options):
        deadline = time.monotonic() + within
        while not self.send(ports[self.tries % len(ports)], **options):
            assert time.monotonic() < deadline, f"never acknowledged: {self.answers[-8:]}"
            time.sleep(0.2)
        return self.receipt


@contextmanager
def sending(groups, ports, *, hands=6, repeat=True, **options):
    """Let the groups send, some at a time, while the block does its worst; wait for them all at its end.

    Each receipt is asked for once more afterwards, as by someone who clicks twice.
    """
    waiting, lock, failed = list(groups), threading.Lock(), []

    def work():
        while True:
            with lock:
                if not waiting:
                    return
                group = waiting.pop()
            try:
                first = group.send_until_acknowledged(ports, **options)
                if repeat:
                    assert group.send_until_acknowledged(ports, **options) == first
            except Exception as error:
                failed.append(error)

    threads = [threading.Thread(target=work) for _ in range(hands)]
    for thread in threads:
        thread.start()
    yield lambda: any(thread.is_alive() for thread in threads)
    for thread in threads:
        thread.join(timeout=300)
    assert not failed, failed


class Count:
    """What became of what was sent: acknowledged, found, doubled, lost; and the mail about it."""

    def __init__(self, portal, groups):
        teams = {group.team.replace("-", ""): group for group in groups}
        stored = {}
        for team, reference, answers in portal.rows(
            "SELECT team_id, reference, (SELECT count(*) FROM feedback_answer a WHERE a.submission_id = s.id AND a.text <> '')"
            " FROM feedback_submission s"
        ):
            stored.setdefault(str(team).replace("-", ""), []).append((reference, answers))
        acknowledged = {key: group for key, group in teams.items() if group.receipt}
        self.acknowledged = len(acknowledged)
        self.found = sum(
            any(reference in group.receipt and answers == 5 for reference, answers in stored.get(key, ()))
            for key, group in acknowledged.items()
        )
        self.lost = self.acknowledged - self.found
        self.doubled = sum(len(found) > 1 for key, found in stored.items() if key in teams)
        addresses = {group.email for group in groups}
        self.mail = [
            row
            for row in portal.rows(
                "SELECT \"to\", message_id, delivered_at FROM metodstod_mail WHERE purpose = 'feedback_receipt'"
            )
            if row[0] in addresses
        ]
        self.mail_doubled = len(self.mail) - len({row[0] for row in self.mail})

    def as_expected(self, number):
        return (
            self.acknowledged,
            self.found,
            self.doubled,
            self.lost,
            len(self.mail),
            self.mail_doubled,
        ) == (*(number, number, 0, 0, number, 0),)

    def __repr__(self):
        return (
            f"acknowledged {self.acknowledged}, found {self.found}, doubled {self.doubled}, lost {self.lost};"
            f" receipts by mail {len(self.mail)}, doubled {self.mail_doubled}"
        )
