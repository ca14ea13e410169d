"""Counties and municipalities from Statistics Sweden's list, when a new county joins or the list changes."""

from pathlib import Path

from django.core.management.base import CommandError

from metodstod.management.asking import add_yes, agree
from metodstod.management.command import PortalCommand
from metodstod.municipal_list import BadList, compare, make, read

MOST_SHOWN = 40


class Command(PortalCommand):
    help = "Read a CSV file (code; name; mail domain if known), show what it would change, ask, and write it."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="show, and write nothing")
        add_yes(parser)

    def handle(self, *, file, dry_run, yes, **options):
        try:
            rows = read(file)
            changes = compare(rows)
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror}.") from None
        except BadList as reason:
            raise CommandError(f"{reason} Nothing was changed.") from None
        self.tell(rows, changes)
        if dry_run or not changes:
            self.stdout.write("Nothing was changed.")
            return
        agree(self, "Write this?", yes=yes)
        make(changes)
        self.stdout.write(f"Done: {len(changes.lines)} changes.")

    def tell(self, rows, changes):
        self.stdout.write(f"The list has {len(rows)} lines.")
        for line in changes.lines[:MOST_SHOWN]:
            self.stdout.write(f"  {line}")
        if len(changes.lines) > MOST_SHOWN:
            self.stdout.write(f"  … and {len(changes.lines) - MOST_SHOWN} more")
        if not changes:
            self.stdout.write("Everything is here already, as the list says.")
        for line in changes.not_in_list:
            self.stdout.write(f"  not in the list, left as it is: {line}")
