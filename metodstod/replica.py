"""A replica of the database, when `REPLICA_URL` names one: what may be read from it, and what happens when it is away.

Public pages and figures may: their readers have not just written what they are about to read. Sessions, accounts, the queue and
everything that a group or a coordinator works with are read where they are written.
"""

import time
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, InterfaceError, OperationalError

REPLICA = "replica"
AWAY_FOR = 10  # seconds that a replica which did not answer is left alone

_reading = ContextVar("reading from the replica", default=False)
_away_until = 0.0
# A public page may turn out to look at who is asking.
WRITTEN_JUST_NOW = {"account", "auth", "django_q", "mfa", "socialaccount"}


def source():
    """Return the database that may be read from by whoever begins now."""
    is_here = REPLICA in settings.DATABASES and time.monotonic() >= _away_until
    return REPLICA if is_here else DEFAULT_DB_ALIAS


def begin():
    """Let what this thread reads come from the replica until `end`."""
    _reading.set(source() == REPLICA)


def end():
    _reading.set(False)


def has_begun():
    return _reading.get()


def leave_alone():
    """Read from the primary for a while: the replica did not answer."""
    global _away_until
    _away_until = time.monotonic() + AWAY_FOR


@contextmanager
def reading():
    before = _reading.set(source() == REPLICA)
    try:
        yield
    finally:
        _reading.reset(before)


def from_replica(function):
    """Let the function read from the replica, and once more from the primary if it does not answer.

    For functions that write nothing and return what they have read, not a query that has yet to be made.
    """

    @wraps(function)
    def reads(*args, **kwargs):
        with reading():
            try:
                return function(*args, **kwargs)
            except (OperationalError, InterfaceError):
                if not has_begun():
                    raise
                leave_alone()
            return function(*args, **kwargs)

    return reads


class Router:
    """Django's: each query's database."""

    def db_for_read(self, model, **hints):
        may = has_begun() and source() == REPLICA
        if may and model._meta.app_label not in WRITTEN_JUST_NOW and model not in who_is_asking():
            return REPLICA
        return None

    def db_for_write(self, model, **hints):
        instance = hints.get("instance")
        return DEFAULT_DB_ALIAS if instance is not None and instance._state.db == REPLICA else None

    def allow_relation(self, one, other, **hints):
        """The same row in both is the same row."""
        return True if {one._state.db, other._state.db} <= {REPLICA, DEFAULT_DB_ALIAS} else None

    def allow_migrate(self, db, app_label, **hints):
        return False if db == REPLICA else None


def who_is_asking():
    from .models import Session, User

    return Session, User
