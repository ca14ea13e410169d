"""The demo: content and people loaded, then the web server and the queue worker until Ctrl-C."""

import hashlib
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from io import StringIO
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor
from django.urls import reverse

LOADED_BY = (
    "load_content",
    "load_demo",
    "load_demo_meetings",
    "load_demo_answers",
    "load_demo_room",
    "make_demo_films",
    "schedule",
)
OUR_APPS = ("metodstod", "lectures", "feedback", "consultations")
READY_WITHIN = 60  # seconds
STOPPED_WITHIN = 10  # seconds


class Stop(Exception):
    """Someone asked the demo to stop."""


class Command(BaseCommand):
    help = "Load the demo, start the web server and the queue worker, and stop both on Ctrl-C."
    requires_system_checks = []  # `make check` makes them; here they would only keep people waiting.

    def add_arguments(self, parser):
        parser.add_argument(
            "--load-only", action="store_true", help="load the content and the people, start nothing"
        )

    def handle(self, *, load_only, **options):
        if not settings.DEMO:
            sys.exit(
                "The demo is only for DEMO=1, which `make run` sets: it shows everyone's mail and lets anyone in."
            )
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self.on_signal)
        running = []
        try:
            if load_only:
                self.load()
                return
            self.host, self.port = address()
            self.load()
            self.serve(running)
        except Stop:
            stop(running)
            self.stdout.write("\nStopped.")

    def on_signal(self, *_):
        """Turn the first signal into `Stop`, and let no second one interrupt the stopping."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        raise Stop

    def load(self):
        """Bring the database, the content, the people, the films and the static files up to date."""
        # Without the pool a database that is away is told at once, and why.
        connection.settings_dict["OPTIONS"].pop("pool", None)
        try:
            executor = MigrationExecutor(connection)
            pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
        except OperationalError as error:
            sys.exit(f"The database named by DATABASE_URL cannot be used: {' '.join(str(error).split())}")
        if executor.loader.applied_migrations and missing_columns():
            self.put_aside()
            pending = True
        base = settings.BASE_DIR
        content = (base / "fixtures", base / "metodstod/management", base / "requirements.txt")
        mark = Fingerprint("content", content, of_database=connection.settings_dict)
        if pending or mark.is_new() or not settings.MEDIA_ROOT.exists():
            self.stdout.write(
                "Loading the programme's content and the demo's people, and making short films ..."
            )
            self.stdout.flush()
            call_command("migrate", verbosity=0)
            call_command("createcachetable", verbosity=0)
            for name in LOADED_BY:
                call_command(name, verbosity=0, stdout=StringIO())
            mark.keep()
        mark = Fingerprint("static", (base / "static", base / "requirements.txt"))
        if mark.is_new() or not settings.STATIC_ROOT.exists():
            call_command("collectstatic", interactive=False, clear=True, verbosity=0)
            mark.keep()
        connection.close()

    def put_aside(self):
        """Keep a database made before the tables were changed under another name, so that a new one can be made.

        Until the first release the tables are changed in place, without a migration.
        """
        if connection.vendor != "sqlite":
            sys.exit(
                "The database named by DATABASE_URL was made by an earlier version, before the first release, and "
                "cannot be brought up to date. Name an empty one."
            )
        connection.close()
        path = Path(connection.settings_dict["NAME"])
        aside = path.with_name(f"{path.stem}-{time.strftime('%Y%m%d-%H%M%S')}{path.suffix}")
        for ending in ("", "-wal", "-shm"):
            with suppress(FileNotFoundError):
                Path(f"{path}{ending}").rename(f"{aside}{ending}")
        self.stdout.write(
            f"The database is of an earlier version: it is kept as {shown(aside)}, and a new one made."
        )

    def serve(self, running):
        """Start both processes and return only by `Stop`, or by leaving when one of them has ended by itself."""
        environment = os.environ | {"HOST": self.host, "PORT": str(self.port)}
        gunicorn = [sys.executable, "-m", "gunicorn", "--config", "gunicorn.conf.py", "metodstod.wsgi"]
        worker = [sys.executable, "manage.py", "qcluster"]
        for name, command in {"web server": gunicorn, "queue worker": worker}.items():
            running.append(Child(name, command, environment))
        started = time.monotonic()
        while not self.is_ready():
            self.leave_if_ended(running)
            if time.monotonic() - started > READY_WITHIN:
                stop(running)
                sys.exit(
                    f"The portal was not ready within {READY_WITHIN} seconds: see {shown(settings.VAR_DIR / 'log')}."
                )
            time.sleep(0.1)
        self.welcome()
        while True:
            self.leave_if_ended(running)
            time.sleep(0.3)

    def leave_if_ended(self, running):
        for child in running:
            if child.poll() is not None:
                stop(running)
                sys.exit(
                    f"The {child.name} stopped by itself, so everything was stopped. The reason is in {shown(child.log)}."
                )

    def is_ready(self):
        """Whether the web server says that the database and the queue are there too."""
        host = "127.0.0.1" if self.host == "0.0.0.0" else self.host  # noqa: S104  compared, not bound
        web = HTTPConnection(host, self.port, timeout=5)
        try:
            web.request("GET", "/readyz", headers={"Host": f"localhost:{self.port}"})
            return web.getresponse().status == 200
        except (OSError, HTTPException):
            return False
        finally:
            web.close()

    def welcome(self):
        site = settings.SITE_URL.rstrip("/")
        login, post = reverse("account_login"), reverse("demo_mailbox")
        people = list(demo_people())
        width = max((len(email) for email, role in people), default=0)
        lines = [
            "",
            f"Metodstöd is at {site}/ (Ctrl-C stops it; what is written stays in {shown(settings.VAR_DIR)})",
            "",
            f"Log in at {site}{login} as one of these; the code comes to {site}{post}",
            "",
            *(f"  {email:<{width}}  {role}" for email, role in people),
            "",
        ]
        self.stdout.write("\n".join(lines))
        self.stdout.flush()


def missing_columns():
    """Return the columns, as (table, column), that the code expects and the tables of our own apps lack."""
    expected = {
        (model._meta.db_table, field.column)
        for model in apps.get_models(include_auto_created=True)
        if model.__module__.partition(".")[0] in OUR_APPS
        for field in model._meta.local_concrete_fields
    }
    there = set()
    with connection.cursor() as cursor:
        for table in {table for table, _ in expected} & set(connection.introspection.table_names(cursor)):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)} LIMIT 0")  # noqa: S608
            there |= {(table, column[0]) for column in cursor.description}
    return expected - there


class Child(subprocess.Popen):
    """A process of the demo, in a group of its own so that Ctrl-C reaches us alone and we stop it in order."""

    def __init__(self, name, command, environment):
        self.name = name
        self.log = settings.VAR_DIR / "log" / f"{name.replace(' ', '-')}.log"
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("w") as log:
            super().__init__(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=settings.BASE_DIR,
                env=environment,
                process_group=0,
            )


class Fingerprint:
    """Remembers which version of some files has been dealt with, by their names, sizes and times, and for which database."""

    def __init__(self, name, paths, of_database=None):
        self.path = settings.VAR_DIR / f"{name}.fingerprint"
        database = of_database and [str(of_database[key]) for key in ("HOST", "PORT", "NAME")]
        self.value = hashlib.sha256(repr([database, *map(self.of, paths)]).encode()).hexdigest()

    def of(self, path):
        files = sorted(path.rglob("*")) if path.is_dir() else [path]
        return [(str(file), file.stat().st_size, file.stat().st_mtime_ns) for file in files if file.is_file()]

    def is_new(self):
        return not self.path.exists() or self.path.read_text() != self.value

    def keep(self):
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text(self.value)


def address():
    """Return the host and port to listen on, or leave with one line when the port cannot be had."""
    host, port = os.environ.get("HOST") or "127.0.0.1", os.environ.get("PORT") or "8000"
    if not (port.isdecimal() and 0 < int(port) < 65536):
        sys.exit(
            f"PORT is {port!r}, which is no port. Choose a number from 1024 to 65535: make run PORT=8080"
        )
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, int(port)))
        except OSError as error:
            sys.exit(
                f"Port {port} cannot be used ({error.strerror}). Choose another: make run PORT={other(int(port))}"
            )
    return host, int(port)


def other(port):
    """Return a port near the wanted one that is free just now."""
    for candidate in [*range(port + 1, min(port + 50, 65536)), *range(8080, 8180)]:
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", candidate))
            except OSError:
                continue
        return candidate
    return 8080


def stop(children):
    """Ask every process to end, and end by force what has not done so in time."""
    for child in children:
        # One that was killed cannot tell the processes it had itself started: then the whole group is asked.
        ask = os.kill if child.poll() is None else os.killpg
        with suppress(ProcessLookupError):
            ask(child.pid, signal.SIGTERM)
    deadline = time.monotonic() + STOPPED_WITHIN
    for child in children:
        with suppress(subprocess.TimeoutExpired):
            child.wait(max(0, deadline - time.monotonic()))
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def shown(path):
    """Return a path as one would type it here."""
    return os.path.relpath(path, Path.cwd()) if Path(path).is_relative_to(Path.cwd()) else str(path)


def demo_people():
    """Yield the e-mail address and the role of everyone who can log in, staff last."""
    from metodstod.models import User

    people = User.objects.filter(email__endswith="example.se", is_active=True).select_related("municipality")
    for person in people.prefetch_related("counties", "groups").order_by("is_staff", "email"):
        yield person.email, role(person)


def role(person):
    if not person.is_staff:
        return f"group member, {person.municipality}" if person.municipality else "waits to be let in"
    groups = ", ".join(group.name for group in person.groups.all()) or "staff"
    counties = ", ".join(county.name for county in person.counties.all())
    return f"{groups}, {counties}" if counties else groups
