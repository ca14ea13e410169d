"""What every test stands on: people, a browser, the queue, and the rules that hold for all tests."""

import inspect
import os
import socket
import time
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.core import mail
from django.core.cache import cache
from django.db import connection, connections
from django.test import Client

from tests.factories import make_county, make_municipality, make_staff, make_user

# The pages as they were sent, for the tests that look at all of them.
pytest_plugins = ["tests.gallery"]

CI = os.environ.get("CI") == "true"

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
CHROMIUM_FLAGS = [
    "--no-sandbox",  # CI runs as root, where Chromium's own sandbox refuses to start.
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# Of what a browser writes in its console, the words that say a page broke a rule it has set itself.
POLICY_BROKEN = ("Content Security Policy", "Permissions-Policy", "Refused to", "Mixed Content")


# Rules ---------------------------------------------------------------------------------------------


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """In CI a skipped test is a failed one: green must mean that everything was tried."""
    report = yield
    if CI and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, which CI does not allow: {call.excinfo.value}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector):
    report = yield
    if CI and report.skipped:
        report.outcome = "failed"
        report.longrepr = f"a whole module was skipped, which CI does not allow: {report.longrepr}"
    return report


# What a test takes that asks a database something. Whoever takes none of it is refused every question by pytest-django.
ASKS_A_DATABASE = {"db", "transactional_db", "django_db_setup", "cluster", "demo"}


def pytest_itemcollected(item):
    """Mark as `once` what no database can change: a test that asks none, and what is looked at in a browser.

    That the pages' own words and acts are the same on both is for the tests that ask for them without a browser.
    """
    takes = set(item.fixturenames)
    asks = ASKS_A_DATABASE & takes or item.get_closest_marker("django_db")
    if "chromium" in takes or not (asks or item.get_closest_marker("postgresql")):
        item.add_marker("once")


def pytest_collection_modifyitems(config, items):
    """Leave out what only PostgreSQL has when the suite is run on SQLite."""
    if connection.vendor == "postgresql":
        return
    config.hook.pytest_deselected(items=[item for item in items if item.get_closest_marker("postgresql")])
    items[:] = [item for item in items if not item.get_closest_marker("postgresql")]


class OutsideReached(AssertionError):
    """Something tried to reach another machine."""


def is_here(host):
    return host in {None, "", "localhost", "::1"} or str(host).startswith("127.")


@pytest.fixture(autouse=True, scope="session")
def nothing_outside_is_reached():
    """Refuse every connection and look-up that leaves the machine."""
    connect, connect_ex, getaddrinfo = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def check(host):
        if not is_here(host.decode() if isinstance(host, bytes) else host):
            raise OutsideReached(f"a test tried to reach {host}")

    def guarded(original):
        def guard(self, address):
            if self.family in (socket.AF_INET, socket.AF_INET6):
                check(address[0])
            return original(self, address)

        return guard

    def guarded_lookup(host, *args, **kwargs):
        check(host)
        return getaddrinfo(host, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded(connect))
        patch.setattr(socket.socket, "connect_ex", guarded(connect_ex))
        patch.setattr(socket, "getaddrinfo", guarded_lookup)
        yield


@pytest.fixture(autouse=True, scope="session")
def flush_is_let_through():
    """Let a test with its own transactions be cleaned up on SQLite.

    There Django empties the tables with DELETE, which the database refuses for what must not go; PostgreSQL truncates.
    The refusing triggers are put aside and back again within the same transaction.
    """
    from django.db import connections, transaction
    from django.db.backends.sqlite3.base import DatabaseWrapper

    operations = DatabaseWrapper.ops_class
    flush = operations.execute_sql_flush

    def flush_without_triggers(self, sql_list):
        with transaction.atomic(self.connection.alias), connections[self.connection.alias].cursor() as cursor:
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
            triggers = cursor.fetchall()
            for name, _ in triggers:
                cursor.execute(f'DROP TRIGGER "{name}"')
            flush(self, sql_list)
            for _, statement in triggers:
                cursor.execute(statement)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(operations, "execute_sql_flush", flush_without_triggers)
        yield


@pytest.fixture(autouse=True)
def counts_begin_anew(request):
    """Empty the cache, where the limits are counted, after a test that commits: no test's end empties its table."""
    marker = request.node.get_closest_marker("django_db")
    commits = {"transactional_db", "live_server"} & set(request.fixturenames)
    if not commits and not (marker and marker.kwargs.get("transaction")):
        yield
        return
    request.getfixturevalue("transactional_db")
    yield
    cache.clear()


# People --------------------------------------------------------------------------------------------


@pytest.fixture
def social_worker(db):
    """Someone in Halmstad's social services, let in by the mail domain."""
    make_municipality("Halmstad", code="1380", domain="halmstad.example.se")
    return make_user("sara@halmstad.example.se", name="Sara Svensson")


@pytest.fixture
def coordinator(db):
    """Halland's coordinator."""
    return make_staff(
        "samordnare@halland.example.se",
        counties=[make_county("13")],
        role="samordnare",
        name="Karin Karlsson",
    )


@pytest.fixture
def outsider(db):
    """Someone in the other county, let in too, with a place in nothing."""
    make_municipality("Borås", code="1490", domain="boras.example.se")
    return make_user("olle@boras.example.se", name="Olle Olsson")


@pytest.fixture
def log_in():
    """Log a person in, on a test client or in a browser's page; staff with the second factor they must have."""

    def log_in(where, person):
        client = where if isinstance(where, Client) else Client()
        client.force_login(person)
        if person.is_staff:
            session = client.session
            session["account_authentication_methods"] = [{"method": "mfa", "type": "totp", "at": time.time()}]
            session["account_authentication_methods_user"] = str(person.pk)
            session.save()
        if client is not where:
            name = settings.SESSION_COOKIE_NAME
            where.context.add_cookies(
                [{"name": name, "value": client.cookies[name].value, "url": where.own_address}]
            )

    return log_in


# Queue and mail ------------------------------------------------------------------------------------


@pytest.fixture
def run_queue(db):
    """Do what waits in the queue, in the test's own process, and return how many tasks were done.

    As with the worker, a task that succeeds is gone and one that fails stays to be tried again; the test sees the error.
    """
    from django.utils.module_loading import import_string
    from django_q.models import OrmQ
    from django_q.signing import SignedPackage

    def run():
        done = 0
        while waiting := OrmQ.objects.order_by("pk").first():
            task = SignedPackage.loads(waiting.payload)
            function = task["func"] if callable(task["func"]) else import_string(task["func"])
            function(*task["args"], **task["kwargs"])
            waiting.delete()
            done += 1
        return done

    return run


@pytest.fixture
def deliver_mail(run_queue, mailoutbox):
    """Do what waits in the queue, and return the mail that this sent."""

    def deliver():
        before = len(mail.outbox)
        run_queue()
        return mail.outbox[before:]

    return deliver


# Browser -------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def chromium():
    """Debian's Chromium, started once for each process that runs tests."""
    from playwright.sync_api import sync_playwright

    if not os.path.exists(CHROMIUM):
        pytest.skip(f"there is no browser at {CHROMIUM}: apt-get install chromium, or set CHROMIUM")
    # Playwright runs its own event loop in this thread, which Django would take for asynchronous code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()
        # While Playwright's loop runs, Django keeps connections apart from those before and after it.
        connections.close_all()


@pytest.fixture
def outside_requests():
    """The addresses on other machines that the test's pages asked for. Whoever takes this fixture judges them."""
    return []


@pytest.fixture
def open_browser(request, chromium, live_server, outside_requests):
    """Open a browser of one's own, with cookies of its own, on the live server: `page = open_browser(width=390)`.

    `javascript=False` turns scripts off; what else is given goes to Playwright's `new_context`. Nothing leaves the
    machine: another host is answered with an empty page. When the test ends, it fails if a page broke its own content
    security policy, if a script raised, or if another host was asked for in a test that does not take `outside_requests`.
    """
    contexts, faults = [], []

    def open_(*, width=1280, height=900, javascript=True, **options):
        context = chromium.new_context(
            base_url=live_server.url,
            viewport={"width": width, "height": height},
            java_script_enabled=javascript,
            locale="sv-SE",
            timezone_id="Europe/Stockholm",
            **options,
        )
        context.set_default_timeout(60_000)
        contexts.append(context)
        context.route(lambda address: not is_own(address), answer_for_outside)
        context.on("weberror", lambda error: faults.append(f"script: {error.error}"))
        context.on("console", note_console)
        page = context.new_page()
        page.own_address = live_server.url
        return page

    def is_own(address):
        return address.startswith(live_server.url) or urlsplit(address).scheme not in {
            "http",
            "https",
            "ws",
            "wss",
        }

    def answer_for_outside(route):
        outside_requests.append(route.request.url)
        route.fulfill(status=200, content_type="text/html", body="<!doctype html><title>elsewhere</title>")

    def note_console(message):
        if message.type in {"error", "warning"} and any(words in message.text for words in POLICY_BROKEN):
            faults.append(f"{message.location.get('url')}: {message.text}")

    yield open_

    for context in contexts:
        context.close()
    assert faults == []
    if "outside_requests" not in inspect.signature(request.function).parameters:
        assert outside_requests == []


@pytest.fixture
def page(open_browser):
    """A page in a wide window with scripts on."""
    return open_browser()
