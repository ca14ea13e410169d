"""Django's own `migrate`, with limits that suit it: a page's queries may take five seconds, an index as long as it takes."""

from django.core.management.commands import migrate
from django.db import connections


class Command(migrate.Command):
    def handle(self, *args, **options):
        """Run without a time limit, but wait four seconds at most for a lock: whoever waits for one keeps others waiting."""
        connection = connections[options["database"]]
        given = connection.settings_dict["OPTIONS"]
        if "pool" not in given:
            super().handle(*args, **options)
            return
        connection.close()
        connection.settings_dict["OPTIONS"] = {
            name: value for name, value in given.items() if name != "pool"
        } | {"options": "-c statement_timeout=0 -c lock_timeout=4s"}
        try:
            super().handle(*args, **options)
        finally:
            connection.close()
            connection.settings_dict["OPTIONS"] = given
