"""The log: one JSON object a line, that says what happened to which request and nothing about any person.

What people have typed, their addresses and the secrets in mailed links reach a log by three ways, and each is closed here.
A request is told by its route (`mandat/<token>/`), never by its path. An error is told by its type and where in the code
it rose; its message, where databases and mail servers put what they were given, is left out. And what a library writes
is searched for addresses and identity numbers before it is let through.
"""

import json
import logging
import re
import sys
import time
import traceback
import uuid
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

from django.conf import settings
from django.core.signals import got_request_exception

from .counters import requests
from .personal_data import mask_identity_numbers

SLOW = 1.0  # seconds; a page that takes longer is a warning
REQUEST_ID = re.compile(r"[0-9a-f]{32}", re.ASCII)
EMAIL = re.compile(r"[^\s@<>\"'(),:;\[\]{}]+@[\w-]+(?:\.[\w-]+)+")
# A library's message may go on with what it was given; what it says is in its first words.
LONGEST_MESSAGE = 500

NUMBER = "X-Request-ID"
PROBES = {"healthz", "readyz", "metrics"}
request_id = ContextVar("request_id", default="")
logger = logging.getLogger("metodstod.request")


class OneLine(logging.Filter):
    """Keep of a refused request what kind of refusal it was: no traceback, and not the path or name that was asked for."""

    def filter(self, record):
        record.msg, record.args = record.getMessage().partition(": ")[0], ()
        record.exc_info = record.exc_text = record.stack_info = None
        return True


class JsonFormatter(logging.Formatter):
    """Write a record as one line of JSON. Fields of our own come by `extra={"fields": {…}}`."""

    def format(self, record):
        line = {
            "at": datetime.fromtimestamp(record.created, tz=UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": cleaned(record.getMessage()),
        }
        if request_id.get():
            line["request_id"] = request_id.get()
        line |= getattr(record, "fields", {})
        if record.exc_info and record.exc_info[1]:
            line |= error_fields(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False)


def cleaned(message):
    """Return a message's first line without addresses and identity numbers."""
    first = message.partition("\n")[0][:LONGEST_MESSAGE]
    if "Traceback" in first:
        first = first.partition("Traceback")[0]
    return mask_identity_numbers(EMAIL.sub("[adress]", first)).strip()


def error_fields(error):
    """Say what kind of error it was, what kind caused it, and the way through the code; not what it said."""
    kinds, cause = [], error
    while cause is not None and len(kinds) < 5:
        kinds.append(type(cause).__name__)
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    frames = traceback.extract_tb(error.__traceback__)
    return {
        "error": kinds[0],
        "caused_by": kinds[1:],
        "trace": [f"{shown(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames[-12:]],
    }


def shown(path):
    """Return a source file's path without what differs between machines."""
    return path.rpartition("site-packages/")[2].removeprefix(f"{settings.BASE_DIR}/")


class RequestLog:
    """Give each request a number, say it in the answer, and write a line when it is done: first in the list."""

    def __init__(self, get_response):
        self.get_response = get_response
        # Django has turned an error into a page before it comes this far.
        got_request_exception.connect(remember_error, dispatch_uid="metodstod.request_log")

    def __call__(self, request):
        started = time.perf_counter()
        with numbered(request.META) as number:
            response = self.get_response(request)
            response[NUMBER] = number
            tell(
                request.method,
                getattr(request, "resolver_match", None),
                response.status_code,
                time.perf_counter() - started,
                error=getattr(request, "log_error", None),
            )
        return response


@contextmanager
def numbered(environ):
    """Let a request have the number that the proxy gave it, so that both logs can be read together, or a new one."""
    given = environ.get("HTTP_X_REQUEST_ID", "")
    is_ours = settings.BEHIND_PROXY and REQUEST_ID.fullmatch(given)
    token = request_id.set(given if is_ours else uuid.uuid4().hex)
    try:
        yield request_id.get()
    finally:
        request_id.reset(token)


def tell(method, match, status, seconds, *, error=None):
    """Count an answered request, and write its line with where it led.

    Static files and the probes, which are asked for all the time, are counted but not written, unless they fail.
    """
    requests.count(status, seconds)
    level = logging.ERROR if status >= 500 else logging.WARNING if seconds > SLOW else logging.INFO
    if level == logging.INFO and (match is None or match.url_name in PROBES):
        return
    fields = {
        "method": method if method.isalpha() else "?",
        "route": match.route if match else None,
        "status": status,
        "ms": round(seconds * 1000),
    }
    logger.log(
        level,
        "failed" if level == logging.ERROR else "slow" if seconds > SLOW else "done",
        extra={"fields": fields},
        exc_info=(type(error), error, error.__traceback__) if error else None,
    )


def remember_error(request=None, **kwargs):
    """Keep the error that Django is about to turn into a page."""
    if request is not None:
        request.log_error = sys.exc_info()[1]
