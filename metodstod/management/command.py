"""A command of the portal's own, which says in a sentence what is wrong with its database."""

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, ProgrammingError

AWAY = "See that PostgreSQL runs, and that DATABASE_URL is right."


def fault_of_database(error):
    """Return what a database's error means, and what to do about it."""
    if isinstance(error, ProgrammingError) or "no such " in str(error):
        return "The database lacks a table or column that this release has.", "manage.py migrate"
    return f"The database does not answer ({type(error).__name__}).", AWAY


class PortalCommand(BaseCommand):
    """Ends with 1 and a sentence when the database is away or has no tables yet, instead of with a traceback."""

    def execute(self, *args, **options):
        try:
            return super().execute(*args, **options)
        except (OperationalError, ProgrammingError) as error:
            raise CommandError(" ".join(fault_of_database(error))) from None
