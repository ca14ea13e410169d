"""A backup: the database and the films, encrypted, in one file with the time in its name."""

import tempfile
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection
from django.db.migrations.recorder import MigrationRecorder

from metodstod.backup import BadBackup, DatabaseFailed, Writer, database, is_backup, new_key
from metodstod.backup.archive import DATABASE, FILES
from metodstod.sizes import as_text, free_space


class Command(BaseCommand):
    help = (
        "Write the database and the films, encrypted, into BACKUP_DIR, and remove the oldest beyond --keep."
    )

    def add_arguments(self, parser):
        parser.add_argument("--keep", type=int, default=30, help="how many backups to leave (30)")
        parser.add_argument(
            "--new-key", type=Path, metavar="FILE", help="make a key to encrypt to, and nothing else"
        )

    def handle(self, *, keep, new_key, **options):
        if new_key:
            self.make_key(new_key)
            return
        if keep < 1:
            raise CommandError("--keep is at least 1.")
        if not settings.BACKUP_RECIPIENTS:
            raise CommandError(
                "BACKUP_RECIPIENTS names no key to encrypt to. Make one, on another machine: manage.py backup --new-key FILE."
            )
        directory = settings.BACKUP_DIR
        try:
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            path = self.write(directory)
        except (BadBackup, DatabaseFailed) as reason:
            raise CommandError(str(reason)) from None
        except DatabaseError as error:
            raise CommandError(f"The database cannot be read: {type(error).__name__}.") from None
        except OSError as error:
            raise CommandError(f"{directory} cannot be written: {error.strerror}.") from None
        self.stdout.write(f"Done: {path}, {as_text(path.stat().st_size)}.")
        for old in sorted(filter(is_backup, directory.iterdir()))[:-keep]:
            old.unlink()
            self.stdout.write(f"Removed {old.name}, one more than {keep}.")

    def make_key(self, path):
        try:
            public = new_key(path)
        except OSError as error:
            raise CommandError(f"{path} cannot be made: {error.strerror}.") from None
        self.stdout.write(
            f"{path} opens every backup made with BACKUP_RECIPIENTS={public}\n"
            "Keep it off this machine, in two places. Without it no backup can be read."
        )

    def write(self, directory):
        ours = database()
        films = sorted(path for path in settings.MEDIA_ROOT.rglob("*") if path.is_file())
        size = sum(path.stat().st_size for path in films)
        # The dump lies beside the backup while it is being written.
        needed, free = 2 * ours.size() + size, free_space(directory)
        if free < needed:
            raise CommandError(
                f"{directory} has {as_text(free)} left, and {as_text(needed)} may be needed. Nothing was written."
            )
        writer = Writer(directory, settings.BACKUP_RECIPIENTS)
        with tempfile.TemporaryDirectory(prefix=".backup-", dir=directory) as work, writer.open():
            dump = Path(work) / DATABASE
            figures = ours.dump(dump)
            rows = sum(count for count, _ in figures.values())
            self.stdout.write(
                f"Database: {rows} rows in {len(figures)} tables, {as_text(dump.stat().st_size)}."
            )
            writer.add(DATABASE, dump)
            for number, path in enumerate(films, start=1):
                self.add_film(writer, path)
                if number % 10 == 0 or number == len(films):
                    self.stdout.write(f"Films and documents: {number} of {len(films)}.")
            writer.close(kind=ours.kind, figures=figures, migrations=applied_migrations())
        return writer.path

    def add_film(self, writer, path):
        try:
            writer.add(f"{FILES}/{path.relative_to(settings.MEDIA_ROOT).as_posix()}", path)
        except FileNotFoundError:
            self.stdout.write(f"{path.name} was removed while the backup was made.")


def applied_migrations():
    return sorted(".".join(key) for key in MigrationRecorder(connection).applied_migrations())
