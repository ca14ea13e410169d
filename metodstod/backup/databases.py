"""The database as one file, and back, with a figure for each table that tells whether two copies hold the same.

A figure is the number of rows and a sum over each row's digest: it does not depend on the order in which rows lie.
"""

import hashlib
import os
import shutil
import sqlite3
import subprocess
from contextlib import closing, contextmanager
from pathlib import Path
from secrets import token_hex

from django.db import connection


class DatabaseFailed(Exception):
    """The database, or one of its programs, could not do what was asked; says which."""


def database():
    """Return the portal's own database, as something to be copied and laid back."""
    kinds = {"sqlite": SQLite, "postgresql": PostgreSQL}
    return kinds[connection.vendor](connection.settings_dict)


class SQLite:
    kind = "sqlite"

    def __init__(self, settings, path=None):
        self.settings, self.path = settings, Path(path or settings["NAME"])

    def size(self):
        if not self.path.exists():
            raise DatabaseFailed(f"There is no database {self.path}.")
        return self.path.stat().st_size

    def dump(self, to):
        """Copy the database as it is at one moment into a file; return its figures."""
        with closing(self._connect()) as ours, closing(sqlite3.connect(to)) as copy:
            ours.backup(copy)
        return SQLite(self.settings, to).figures()

    def restore(self, dump):
        """Make the database what the dump says, in one transaction."""
        with closing(sqlite3.connect(dump)) as copy, closing(self._connect()) as ours:
            copy.backup(ours)

    def figures(self):
        with closing(sqlite3.connect(f"file:{self.path}?mode=ro", uri=True)) as ours:
            tables = ours.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
            ).fetchall()
            return {name: self._figure(ours, name) for (name,) in tables}

    def _figure(self, ours, table):
        quoted = table.replace('"', '""')
        rows = total = 0
        for row in ours.execute(f'SELECT * FROM "{quoted}"'):  # noqa: S608  the name comes from the database itself
            rows += 1
            total += int.from_bytes(hashlib.sha256(repr(row).encode()).digest()[:8], "big")
        return [rows, str(total)]

    @contextmanager
    def scratch(self, directory):
        """Give an empty database of the same kind, gone afterwards."""
        yield SQLite(self.settings, Path(directory) / "scratch.sqlite3")

    def _connect(self):
        return sqlite3.connect(self.path, timeout=60)


class PostgreSQL:
    kind = "postgresql"
    # Copying takes the time it takes, whatever the limits on a page's queries.
    patient = "-c statement_timeout=0 -c lock_timeout=0 -c idle_in_transaction_session_timeout=0"

    def __init__(self, settings, name=None):
        self.settings, self.name = settings, name or settings["NAME"]

    def size(self):
        with self._connect() as ours:
            return ours.execute("SELECT pg_database_size(current_database())").fetchone()[0]

    def dump(self, to):
        """Dump the database as it is at one moment into a file; return its figures at that moment."""
        with self._connect() as ours:
            ours.execute("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            snapshot = ours.execute("SELECT pg_export_snapshot()").fetchone()[0]
            self._run(
                *["pg_dump", "--format=custom", "--no-owner", "--no-privileges"],
                *[f"--snapshot={snapshot}", f"--file={to}", f"--dbname={self._address()}"],
            )
            return self._figures(ours)

    def restore(self, dump):
        """Make the database what the dump says, in one transaction; what was there is gone, newer tables too."""
        script = Path(dump).with_suffix(".sql")
        self._run("pg_restore", "--no-owner", "--no-privileges", f"--file={script}", str(dump))
        self._run(
            *["psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--single-transaction"],
            *["--command=SET client_min_messages = warning"],
            *["--command=DROP SCHEMA public CASCADE", "--command=CREATE SCHEMA public"],
            *[f"--file={script}", f"--dbname={self._address()}"],
        )
        script.unlink()

    def figures(self):
        with self._connect() as ours:
            return self._figures(ours)

    def _figures(self, ours):
        from psycopg import sql

        # A row's text must be the same whatever the session is set to.
        for setting in ("TimeZone = 'UTC'", "DateStyle = 'ISO, YMD'", "extra_float_digits = 1"):
            ours.execute(f"SET {setting}")
        tables = ours.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY relname"
        ).fetchall()
        figure = sql.SQL(
            "SELECT count(*), coalesce(sum(('x' || left(md5(t::text), 15))::bit(60)::bigint), 0)::text FROM {} t"
        )
        return {
            name: list(ours.execute(figure.format(sql.Identifier("public", name))).fetchone())
            for (name,) in tables
        }

    @contextmanager
    def scratch(self, directory):
        """Give an empty database on the same server, gone afterwards. The portal's account must have CREATEDB."""
        import psycopg
        from psycopg import sql

        name = f"{self.name}_rehearsal_{token_hex(4)}"
        with self._connect() as ours:
            try:
                ours.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
            except psycopg.errors.InsufficientPrivilege:
                raise DatabaseFailed(
                    "A rehearsal needs a database of its own: ALTER ROLE … CREATEDB, or restore into another portal."
                ) from None
            try:
                yield PostgreSQL(self.settings, name)
            finally:
                ours.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def _parameters(self):
        own = connection.copy()
        own.settings_dict = self.settings | {"NAME": self.name}
        given = own.get_connection_params()
        # What is Django's and psycopg's own says nothing to the server's programs.
        ours = {"context", "cursor_factory", "prepare_threshold", "server_side_binding", "pool"}
        return {key: value for key, value in given.items() if key not in ours} | {"options": self.patient}

    def _connect(self):
        import psycopg

        try:
            return psycopg.connect(**self._parameters(), autocommit=True)
        except psycopg.OperationalError:
            raise DatabaseFailed(
                "The database does not answer, or does not let us in: see that DATABASE_URL is right."
            ) from None

    def _address(self):
        from psycopg.conninfo import make_conninfo

        return make_conninfo(**{key: v for key, v in self._parameters().items() if key != "password"})

    def _run(self, *command):
        if not shutil.which(command[0]):
            raise DatabaseFailed(
                f"{command[0]} is needed: install it with `apt-get install postgresql-client`."
            )
        # In the environment, where other accounts on the machine cannot read it.
        password = self._parameters().get("password")
        environment = os.environ | ({"PGPASSWORD": password} if password else {})
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
        if done.returncode:
            # The first line says what; those after it may hold what someone has written.
            first = done.stderr.strip().partition("\n")[0]
            raise DatabaseFailed(f"{command[0]} failed: {first}")
