"""Public pages kept as the bytes they were sent as, and sent again until the content changes.

A page that is `kept` in `urls.py` is the same to everyone and is made from content alone. Each process keeps what it has
made, and asks the database once a second whether any content has changed (`ContentChange`): an editor's change is seen on
every node within a second. While the database is away the pages that were kept are still sent. Where there is a replica, both
the pages and the word of a change come from there: a page is never older than what it is kept under.

`KeptPages` stands before Django (`wsgi.py`) and sends; `KeepPages`, among Django's middleware, keeps.
"""

import gzip
import re
import threading
import time
from collections import OrderedDict
from functools import cached_property, wraps
from http import HTTPStatus

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, InterfaceError, close_old_connections
from django.http import HttpResponse
from django.utils.cache import patch_vary_headers
from django.utils.http import parse_etags

from . import logs, replica
from .models import ContentChange

ASKED_EVERY = 1.0  # seconds
# Also what changes by the clock alone, such as what is published at a time.
KEPT_FOR = 60.0  # seconds
MOST_PAGES = 300
# A reader who makes other conditions than "unless I have it" is answered by Django.
OTHER_CONDITIONS = ("HTTP_IF_MATCH", "HTTP_IF_UNMODIFIED_SINCE", "HTTP_IF_MODIFIED_SINCE", "HTTP_RANGE")
NOT_SENT_WITH_304 = {"Content-Type", "Content-Length", "Content-Encoding"}
TAKES_GZIP = re.compile(r"\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))")
MEMORY = "metodstod.kept"  # In the environment of a request: the KeptPages it has passed.


def kept(view, *, parameters=()):
    """Return the view, open to everyone, as one whose pages are kept when the query holds no other `parameters`."""

    @wraps(view)
    def kept_view(request, *args, **kwargs):
        return view(request, *args, **kwargs)

    kept_view.kept_parameters = frozenset(parameters)
    return login_not_required(kept_view)


@replica.from_replica
def ask_version():
    return ContentChange.version()


class Page:
    """A page as it was sent, where it leads in `urls.py`, and when and of what it was made."""

    def __init__(self, response, *, match, version):
        self.match, self.version, self.made_at = match, version, time.monotonic()
        self.content = response.content
        self.headers = {name: value for name, value in response.items() if name != logs.NUMBER}

    def variant(self, environ):
        """Return the headers and the content, packed if the reader takes that."""
        if TAKES_GZIP.search(environ.get("HTTP_ACCEPT_ENCODING", "")):
            return self.packed
        return self.headers, self.content

    @cached_property
    def packed(self):
        # There is nothing secret in a page that is the same to everyone, and so nothing to guess from its length.
        content = gzip.compress(self.content, mtime=0)
        return self.headers | {
            "Content-Encoding": "gzip",
            "Content-Length": str(len(content)),
            "ETag": self.headers["ETag"][:-1] + '-gzip"',
        }, content


class KeptPages:
    """The process's kept pages, before the application that makes them."""

    def __init__(self, application):
        self.application = application
        self.pages, self.lock = OrderedDict(), threading.Lock()
        self.version, self.asked, self.is_away = None, (None, None), False

    def __call__(self, environ, start_response):
        began = time.perf_counter()
        page = self.fresh(environ)
        if page is None:
            environ[MEMORY] = self
            return self.application(environ, start_response)
        with logs.numbered(environ) as number:
            status, headers, content = self.answer(page, environ)
            start_response(f"{status.value} {status.phrase}", [*headers.items(), (logs.NUMBER, number)])
            logs.tell(environ["REQUEST_METHOD"], page.match, status, time.perf_counter() - began)
        return [content]

    def answer(self, page, environ):
        headers, content = page.variant(environ)
        if has(environ.get("HTTP_IF_NONE_MATCH", ""), headers["ETag"]):
            left = {name: value for name, value in headers.items() if name not in NOT_SENT_WITH_304}
            return HTTPStatus.NOT_MODIFIED, left, b""
        return HTTPStatus.OK, headers, content if environ["REQUEST_METHOD"] == "GET" else b""

    def fresh(self, environ):
        """Return the page that may be sent as it is in answer to a request, or None."""
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD") or any(map(environ.get, OTHER_CONDITIONS)):
            return None
        page = self.pages.get(key(environ))
        if page is None:
            return None
        version = self.current_version()
        is_fresh = page.version == version and time.monotonic() - page.made_at < KEPT_FOR
        return page if is_fresh or self.is_away else None

    def current_version(self):
        """Return the version of the content, as it was within the last second; the last known while none can be had."""
        now, source = time.monotonic(), replica.source()
        with self.lock:
            asked_at, asked_of = self.asked
            if asked_of == source and now - asked_at < ASKED_EVERY:
                return self.version
            # Only one thread asks; the others go on meanwhile.
            self.asked = now, source
        try:
            version = source, ask_version()
        except (DatabaseError, InterfaceError):
            self.is_away = True
            return self.version
        finally:
            # Django does so only after what it answers itself.
            close_old_connections()
        self.version, self.is_away = version, False
        return version

    def keep(self, environ, page):
        with self.lock:
            self.pages[key(environ)] = page
            self.pages.move_to_end(key(environ))
            while len(self.pages) > MOST_PAGES:
                self.pages.popitem(last=False)


def has(tags, etag):
    """Whether an If-None-Match header names the tag, compared weakly (RFC 9110, 13.1.2)."""
    return tags.strip() == "*" or etag in (tag.removeprefix("W/") for tag in parse_etags(tags))


def key(environ):
    """Return what of a request the page may depend on."""
    scheme, _ = settings.SECURE_PROXY_SSL_HEADER or ("wsgi.url_scheme", None)
    return (
        environ.get(scheme),
        environ.get("HTTP_HOST"),
        environ.get("PATH_INFO"),
        environ.get("QUERY_STRING"),
    )


class KeepPages:
    """Keep what may be kept of what Django answers, and send it when no new can be made."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.make(request)
        memory = request.META.get(MEMORY)
        if memory is None or request.method != "GET":
            return response
        if response.status_code == HTTPStatus.SERVICE_UNAVAILABLE:
            return self.earlier(request, memory) or response
        version = getattr(request, "kept_version", None)
        if version is not None and may_be_kept(response):
            patch_vary_headers(response, ["Accept-Encoding"])
            memory.keep(request.META, Page(response, match=request.resolver_match, version=version))
        return response

    def earlier(self, request, memory):
        page = memory.pages.get(key(request.META))
        return page and HttpResponse(page.content, headers=page.headers)

    def make(self, request):
        """Return the page, made from the primary if the replica does not answer."""
        try:
            response = self.get_response(request)
            if response.status_code == HTTPStatus.SERVICE_UNAVAILABLE and replica.has_begun():
                replica.leave_alone()
                response = self.get_response(request)
            return response
        finally:
            replica.end()

    def process_view(self, request, view_func, view_args, view_kwargs):
        allowed = getattr(view_func, "kept_parameters", None)
        if request.method != "GET" or allowed is None:
            return
        replica.begin()
        if MEMORY in request.META and allowed.issuperset(request.GET):
            # What it is made of is read after this, so a change meanwhile makes it old at once.
            request.kept_version = request.META[MEMORY].current_version()


def may_be_kept(response):
    return (
        response.status_code == HTTPStatus.OK
        and not response.streaming
        and not response.cookies
        and "ETag" in response
        # It looked at who was asking, by the session.
        and "Cookie" not in response.get("Vary", "")
    )
