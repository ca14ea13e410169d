"""Pages that are kept: the same bytes without a question to the database, and new ones once the content has changed."""

import gzip
import logging
import re
from datetime import timedelta
from importlib import import_module

import pytest
import time_machine
from django.core.handlers.wsgi import WSGIRequest
from django.db import OperationalError, close_old_connections, connection
from django.http import HttpResponse
from django.test import RequestFactory
from django.test.client import ClientHandler
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, get_resolver
from django.utils import timezone

from lectures.models import Lecture, Notice
from metodstod import kept as kept_module
from metodstod.counters import requests as counted
from metodstod.kept import KeepPages, KeptPages
from metodstod.models import ContentChange
from metodstod.models.content_change import forget_old_changes
from tests.factories import make_county, make_lecture, make_notice

pytestmark = pytest.mark.django_db

TABLES = import_module("metodstod.migrations.0003_content_changes").TABLES


class Clock:
    def __init__(self):
        self.now = 1000.0

    def monotonic(self):
        return self.now

    perf_counter = monotonic


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(kept_module, "time", clock)
    return clock


class Node:
    """A web node, asked as its web server asks it."""

    def __init__(self, application):
        self.pages = KeptPages(application)

    def get(self, address, method="GET", **options):
        environ = RequestFactory(**options).generic(method, address).environ
        begun = []
        body = self.pages(environ, lambda status, headers, *error: begun.append((status, headers)))
        status, headers = begun[0]
        response = HttpResponse(b"".join(body), status=int(status[:3]), headers=dict(headers))
        getattr(body, "close", lambda: None)()
        return response


@pytest.fixture(autouse=True)
def connection_stays(monkeypatch):
    """A test's own transaction would end with its connection."""
    monkeypatch.setattr(kept_module, "close_old_connections", lambda: None)


@pytest.fixture
def node():
    handler = ClientHandler()

    def application(environ, start_response):
        response = handler(environ)
        start_response(f"{response.status_code} {response.reason_phrase}", list(response.items()))
        return [response.content]

    return Node(application)


def keeping(respond):
    """Return a node whose every page may be kept, and is what `respond` answers."""

    def view(request):
        request.resolver_match = None
        request.kept_version = request.META[kept_module.MEMORY].current_version()
        return respond(request)

    def application(environ, start_response):
        response = KeepPages(view)(WSGIRequest(environ))
        start_response("200 OK", list(response.items()))
        return response

    return Node(application)


def queries(act):
    with CaptureQueriesContext(connection) as captured:
        response = act()
    return response, [query["sql"] for query in captured]


def kept_addresses():
    """Return the addresses without a variable part of the pages that are kept, and one lecture's."""

    def patterns(resolver, before=""):
        for pattern in resolver.url_patterns:
            route = before + str(pattern.pattern)
            if isinstance(pattern, URLPattern):
                if hasattr(pattern.callback, "kept_parameters"):
                    yield "/" + route
            else:
                yield from patterns(pattern, route)

    found = set(patterns(get_resolver()))
    assert {"/", "/om/", "/forelasningar/", "/aterkoppling/"} <= found
    return sorted(address.replace("<slug:slug>", "kept-lecture") for address in found)


@pytest.fixture
def lecture():
    return make_lecture(slug="kept-lecture", title="Om stöd")


@pytest.mark.parametrize("address", kept_addresses())
def test_kept_page_asks_the_database_nothing_the_second_time(node, lecture, clock, address):
    first = node.get(address)

    second, asked = queries(lambda: node.get(address))

    assert first.status_code == second.status_code == 200
    assert asked == []
    assert second.content == first.content
    same = {name: value for name, value in first.items() if name != "X-Request-ID"}
    assert {name: value for name, value in second.items() if name != "X-Request-ID"} == same


@pytest.mark.parametrize("address", kept_addresses())
def test_kept_page_is_made_from_tables_that_tell_of_their_changes(node, lecture, address):
    _, asked = queries(lambda: node.get(address))

    read = {table for statement in asked for table in re.findall(r'(?:FROM|JOIN) "(\w+)"', statement)}
    assert read - {"metodstod_contentchange"} <= set(TABLES)


def test_every_table_of_content_tells_of_each_change():
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(
                "SELECT tbl_name, name FROM sqlite_master WHERE type = 'trigger' AND sql LIKE '%contentchange%'"
            )
            expected = {
                (table, f"{table}_{act}_changes_content")
                for table in TABLES
                for act in ("insert", "update", "delete")
            }
        else:
            cursor.execute(
                "SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE tgfoid = 'content_changes'::regproc"
            )
            expected = {(table, f"{table}_changes_content") for table in TABLES}

        found = set(cursor.fetchall())

    assert expected <= found


def test_change_of_content_is_seen_within_a_second(node, lecture, clock):
    node.get(lecture.get_absolute_url())
    Lecture.objects.filter(pk=lecture.pk).update(title="Om skydd")

    within = node.get(lecture.get_absolute_url()).content.decode()
    clock.now += 1.01
    after = node.get(lecture.get_absolute_url()).content.decode()

    assert "Om stöd" in within
    assert "Om skydd" in after
    assert "Om stöd" not in after


def test_addition_deletion_and_choice_change_the_version(lecture):
    seen = {ContentChange.version()}

    for act in (
        lambda: make_notice(lecture),
        lambda: Notice.objects.all().delete(),
        lambda: lecture.target_groups.create(name="Barn", slug="barn"),
        lambda: lecture.target_groups.clear(),
        lambda: make_county(),
    ):
        act()
        version = ContentChange.version()
        assert version not in seen
        seen.add(version)


def test_page_that_changes_by_the_clock_is_made_anew_after_a_minute(node, lecture, clock):
    Lecture.objects.filter(pk=lecture.pk).update(published_at=timezone.now() + timedelta(seconds=30))
    clock.now += 2
    before = node.get("/forelasningar/").content.decode()

    clock.now += 61
    with time_machine.travel(timezone.now() + timedelta(seconds=61), tick=False):
        after = node.get("/forelasningar/").content.decode()

    assert "Om stöd" not in before
    assert "Om stöd" in after


@pytest.mark.parametrize("accepted", ["", "gzip, deflate, br"])
@pytest.mark.parametrize("condition", ["{}", 'W/{}, "other"', "*"])
def test_reader_who_has_the_page_is_told_so(node, lecture, accepted, condition):
    node.get("/om/")
    etag = node.get("/om/", HTTP_ACCEPT_ENCODING=accepted)["ETag"]

    response = node.get("/om/", HTTP_ACCEPT_ENCODING=accepted, HTTP_IF_NONE_MATCH=condition.format(etag))

    assert response.status_code == 304
    assert response.content == b""
    assert response["ETag"] == etag


def test_reader_who_has_another_page_gets_this(node, lecture):
    first = node.get("/om/")

    response = node.get("/om/", HTTP_IF_NONE_MATCH='"another"')

    assert response.status_code == 200
    assert response.content == first.content


def test_kept_page_is_packed_for_who_takes_it(node, lecture):
    plain = node.get("/om/")

    packed = node.get("/om/", HTTP_ACCEPT_ENCODING="gzip, deflate, br")

    assert packed["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.content) == plain.content
    assert int(packed["Content-Length"]) == len(packed.content) < len(plain.content)
    assert packed["ETag"] != plain["ETag"]
    assert plain["Vary"] == packed["Vary"] == "Accept-Encoding"


@pytest.mark.parametrize("accepted", ["", "br", "gzip;q=0", "gzip; q=0.0, br", "x-gzipped"])
def test_kept_page_is_not_packed_for_who_does_not_take_it(node, lecture, accepted):
    plain = node.get("/om/")

    response = node.get("/om/", HTTP_ACCEPT_ENCODING=accepted)

    assert "Content-Encoding" not in response
    assert response.content == plain.content


def test_head_of_a_kept_page_is_that_of_the_page(node, lecture):
    page = node.get("/om/")

    head, asked = queries(lambda: node.get("/om/", method="HEAD"))

    assert asked == []
    assert head.content == b""
    assert head["Content-Length"] == str(len(page.content))


def test_kept_page_is_told_in_the_log_and_counted(node, lecture, caplog):
    caplog.set_level(logging.INFO)
    node.get("/om/")
    before, told = counted.total(2, 0), len(caplog.records)

    response = node.get("/om/")

    line = caplog.records[told].fields
    assert (line["method"], line["route"], line["status"]) == ("GET", "om/", 200)
    assert counted.total(2, 0) == before + 1
    assert re.fullmatch("[0-9a-f]{32}", response["X-Request-ID"])


def test_page_kept_over_https_is_not_sent_without_it(node, lecture, settings):
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    over_https = node.get("/om/", HTTP_X_FORWARDED_PROTO="https")

    response = node.get("/om/", HTTP_X_FORWARDED_PROTO="http")

    assert over_https.status_code == 200
    assert response.status_code == 301


def test_kept_page_stays_up_while_the_database_is_away(node, lecture, clock, monkeypatch):
    first = node.get("/om/")
    clock.now += 120

    def away(*args, **kwargs):
        raise OperationalError("away")

    monkeypatch.setattr(connection, "cursor", away)
    response = node.get("/om/")
    other = node.get("/forelasningar/?malgrupp=barn")

    assert response.status_code == 200
    assert response.content == first.content
    assert other.status_code == 503


def test_what_is_searched_for_is_not_kept(node, lecture, clock):
    node.get("/forelasningar/?q=n%C3%A5gon")

    _, asked = queries(lambda: node.get("/forelasningar/?q=n%C3%A5gon"))

    assert asked


@pytest.mark.parametrize(
    "mark",
    [
        lambda response: response.set_cookie("session", "1"),
        lambda response: response.headers.setdefault("Vary", "Cookie"),
        lambda response: response.headers.pop("ETag"),
    ],
)
def test_page_for_one_person_and_without_a_tag_is_not_kept(mark):
    asked = []

    def respond(request):
        asked.append(request)
        response = HttpResponse("hej", headers={"ETag": '"1"'})
        mark(response)
        return response

    node = keeping(respond)
    node.get("/om/")
    node.get("/om/")

    assert len(asked) == 2


def test_host_that_is_not_ours_gets_nothing_kept(node):
    node.get("/om/")

    response = node.get("/om/", HTTP_HOST="elak.example.org")

    assert response.status_code == 400


def test_pages_kept_are_no_more_than_the_limit(monkeypatch):
    monkeypatch.setattr(kept_module, "MOST_PAGES", 3)
    node = keeping(lambda request: HttpResponse("hej", headers={"ETag": '"1"'}))

    for number in range(6):
        node.get(f"/om/{number}")

    assert len(node.pages.pages) == 3


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_connection_is_given_back_when_it_has_been_asked_whether_content_has_changed(monkeypatch):
    monkeypatch.setattr(kept_module, "close_old_connections", close_old_connections)

    KeptPages(None).current_version()

    assert connection.connection is None


def test_old_changes_are_forgotten_but_the_latest():
    ContentChange.objects.bulk_create([ContentChange() for _ in range(7)])
    latest = ContentChange.version()[1]

    forget_old_changes(keep=3)

    assert ContentChange.objects.count() == 3
    assert ContentChange.version()[1] == latest
