"""Before a command changes what cannot be changed back it says what it is about to do, and asks."""

import sys

from django.core.management.base import CommandError


def add_yes(parser):
    parser.add_argument("--yes", action="store_true", help="do it without asking")


def agree(command, question, *, yes):
    """Return when the answer is yes. Raises CommandError otherwise, also where there is nobody to ask."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise CommandError("Nothing was changed. Nobody is here to ask: add --yes to do it.")
    command.stdout.write(f"{question} [y/N] ", ending="")
    command.stdout.flush()
    if sys.stdin.readline().strip().lower() not in {"y", "yes", "j", "ja"}:
        raise CommandError("Nothing was changed.")
