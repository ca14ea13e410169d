"""A backup laid back, or only rehearsed: what comes out is compared with what went in before anything is believed."""

import shutil
import tempfile
from contextlib import nullcontext
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader

from metodstod.backup import BadBackup, DatabaseFailed, Reader, database
from metodstod.backup.archive import DATABASE, FILES
from metodstod.management.asking import add_yes, agree
from metodstod.models import Session
from metodstod.queue import queue_is_alive
from metodstod.sizes import as_text


class Command(BaseCommand):
    help = "Lay a backup back over this portal's database and films. With --check: try it beside them, and compare."
    requires_system_checks = []  # There may be no database yet for them to look at.

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        parser.add_argument("--key", type=Path, required=True, help="the file with the secret key")
        parser.add_argument(
            "--check",
            action="store_true",
            help="restore into an empty place beside, compare, and remove it again",
        )
        add_yes(parser)

    def handle(self, *, file, key, check, yes, **options):
        settings.VAR_DIR.mkdir(parents=True, exist_ok=True)
        try:
            with tempfile.TemporaryDirectory(prefix=".restore-", dir=settings.VAR_DIR) as work:
                self.restore(Reader(file, key), Path(work), check=check, yes=yes)
        except (BadBackup, DatabaseFailed) as reason:
            raise CommandError(f"{reason} Nothing was changed.") from None
        except DatabaseError as error:
            raise CommandError(f"The database cannot be used: {type(error).__name__}.") from None
        except OSError as error:
            raise CommandError(f"{error.filename or file}: {error.strerror}.") from None

    def restore(self, reader, work, *, check, yes):
        listed = reader.unpack(work, films=not check)
        ours = database()
        films = len(listed["members"]) - 1
        rows = sum(count for count, _ in listed["figures"].values())
        size = sum(size for size, _ in listed["members"].values())
        self.stdout.write(
            f"Made {listed['made_at'][:16]} UTC: {rows} rows, {films} films and documents, {as_text(size)}. Unharmed."
        )
        self.refuse_what_does_not_fit(listed, ours)
        if not check:
            self.ask(yes)
        with ours.scratch(work) if check else nullcontext(ours) as target:
            target.restore(work / DATABASE)
            self.compare(target.figures(), listed["figures"])
        if check:
            self.stdout.write(
                "Restored beside, every table compared, and removed again: this backup is good."
            )
            return
        self.put_films(work / FILES)
        # Whoever has logged out since the backup must not be let in by it.
        Session.objects.all().delete()
        self.stdout.write("Done: every table compared. Everyone must log in again.")
        if set(listed["migrations"]) != known_migrations():
            self.stdout.write("The backup is of an older release. Now run: manage.py migrate")

    def refuse_what_does_not_fit(self, listed, ours):
        if listed["kind"] != ours.kind:
            raise BadBackup(f"The backup is of {listed['kind']}, and this portal's database is {ours.kind}.")
        if newer := set(listed["migrations"]) - known_migrations():
            raise BadBackup(f"The backup is of a newer release, which knows {min(newer)}.")

    def ask(self, yes):
        try:
            if queue_is_alive():
                raise CommandError("The queue worker is running. Stop it and the web server first.")
        except DatabaseError:
            pass  # Nothing there yet.
        finally:
            connection.close()
        where = connection.settings_dict
        self.stdout.write(
            f"What is in the database {where['NAME']} {where['HOST'] and 'at ' + where['HOST']} and in {settings.MEDIA_ROOT} is lost."
        )
        agree(self, "Replace it by the backup?", yes=yes)

    def compare(self, found, is_to_be):
        if wrong := sorted(table for table in found | is_to_be if found.get(table) != is_to_be.get(table)):
            raise CommandError(f"These tables did not come out as they went in: {', '.join(wrong)}.")

    def put_films(self, new):
        """Change the films' directory for the new one. Two names change; nothing is copied."""
        new.mkdir(exist_ok=True)
        old = new.with_name("before")
        if settings.MEDIA_ROOT.exists():
            shutil.move(settings.MEDIA_ROOT, old)
        shutil.move(new, settings.MEDIA_ROOT)


def known_migrations():
    return {".".join(key) for key in MigrationLoader(None).disk_migrations}
