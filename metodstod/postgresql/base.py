"""Django's PostgreSQL, with a pool that says at once when the server is away.

The pool waits for a connection as long as it may, some seconds. While the server is away every request that needs it would hold
a thread for that time, and the pages that need no database would wait behind them. So after a failure each request first knocks
on the server's door, which answers within a thousandth of a second when nobody is in.

And a process that forks, as the queue worker does, must not share the pool's connections with its children: two who speak over
the same connection read one another's answers, and tasks fail or are never noted as done.
"""

import os
import time
from collections import defaultdict
from typing import ClassVar

from django.db import connections
from django.db.backends.postgresql import base
from psycopg import OperationalError

SUSPICIOUS_FOR = 10  # seconds after the last failure


class DatabaseWrapper(base.DatabaseWrapper):
    suspicious_until: ClassVar = defaultdict(
        float
    )  # by alias, for the process: it has one pool for each database

    def get_new_connection(self, conn_params):
        if not self.pool:
            return super().get_new_connection(conn_params)
        if time.monotonic() < DatabaseWrapper.suspicious_until[self.alias]:
            self.knock(conn_params)
        lost = self.lost()
        try:
            return super().get_new_connection(conn_params)
        except OperationalError:
            DatabaseWrapper.suspicious_until[self.alias] = time.monotonic() + SUSPICIOUS_FOR
            if self.lost() == lost:
                raise
        # The server has been away since the pool's connections were made. They are tried one after another, with longer
        # and longer pauses, until the time is out; if the server is there now, new ones are made in place of them all.
        self.knock(conn_params)
        self.pool.drain()
        return super().get_new_connection(conn_params)

    def lost(self):
        """Return how many of the pool's connections have been found broken."""
        return self.pool.get_stats().get("connections_lost", 0)

    def knock(self, conn_params):
        """Connect beside the pool and hang up. Raises OperationalError when that cannot be done."""
        try:
            self.Database.connect(**conn_params).close()
        except OperationalError:
            DatabaseWrapper.suspicious_until[self.alias] = time.monotonic() + SUSPICIOUS_FOR
            raise


_inherited = []  # Never closed here: it is the parent's, and closing it would hang up on the parent.


def forget_the_parents_connections():
    """Let a forked process begin with no connection and a pool of its own."""
    for connection in connections.all(initialized_only=True):
        if isinstance(connection, DatabaseWrapper):
            _inherited.append(connection.connection)
            connection.connection = None
    _inherited.append(dict(DatabaseWrapper._connection_pools))
    DatabaseWrapper._connection_pools.clear()


os.register_at_fork(after_in_child=forget_the_parents_connections)
