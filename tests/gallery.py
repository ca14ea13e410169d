"""Every page in every state, fetched once and kept as it was sent, for the checkers and the browser to look at.

The pages of `tests/pages.py` are asked for through the test client, in a transaction that is then rolled back. The
browser is served from what was kept, with the headers it was sent with, so looking at a page costs no database.
"""

import mimetypes
from dataclasses import dataclass
from pathlib import Path
from unittest import mock
from urllib.parse import unquote, urlsplit

import pytest
from bs4 import BeautifulSoup
from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.cache import cache
from django.db import connection, connections, transaction
from django.template.loader import get_template, render_to_string
from django.test import override_settings
from django.utils import translation

from lectures import catalogue
from metodstod.frames import frame
from metodstod.templatetags.layout import Once
from tests.pages import PAGES
from tests.world import LONG_TEXT, World

# What a browser writes when a page breaks a rule that it has set itself.
POLICY_BROKEN = ("Content Security Policy", "Permissions-Policy", "Refused to", "Mixed Content")
ROOT = Path(__file__).resolve().parent.parent
HOST = "http://testserver"
# Sent with a response, but of no use when it is played back.
NOT_REPEATED = {"content-length", "set-cookie", "vary", "etag", "last-modified"}


@dataclass(frozen=True)
class Kept:
    """A page as it was sent, with the names of the templates it was made of."""

    path: str
    status: int
    headers: dict
    html: str
    templates: frozenset
    # Whether the answer is the same for everyone: it sets no cookie and does not vary by one.
    is_plain: bool = True

    @property
    def address(self):
        return HOST + self.path


class Gallery(dict):
    """The pages by name, and what went wrong with those that could not be fetched."""

    def __init__(self):
        super().__init__()
        self.failed = []
        self.parsed = {}
        self.admin_words = ""  # The script that gives admin's own scripts their Swedish.

    def soup(self, name):
        """Return the page as a browser would read it, taken apart once for all tests: look, do not change."""
        if name not in self.parsed:
            self.parsed[name] = BeautifulSoup(self[name].html, "html.parser")
        return self.parsed[name]


def fetch(page, world):
    """Ask for a page as its person, or for what comes back when its form is sent, and keep the answer."""
    if page.template:
        html = render_to_string(page.template)
        base = get_template(page.template).template.nodelist[0]
        made_of = frozenset([page.template, base.parent_name.var])
        return Kept("", 200, {"Content-Type": "text/html; charset=utf-8"}, html, made_of)
    # The programme has too few lectures for a second page as it is.
    per_page = 3 if page.name == "lectures, second page" else catalogue.PER_PAGE
    with (
        override_settings(DEMO=page.name.startswith("demo")),
        mock.patch.object(catalogue, "PER_PAGE", per_page),
        mock.patch.object(
            Once, "render", Once.draw
        ),  # So that the page's own answer tells of all its templates.
    ):
        return answer(page, world)


def answer(page, world):
    client = world.client(page.who)
    address = page.address(world)
    if page.name == "held text":
        response = client.post(address, {"answer_1": LONG_TEXT}, headers={"Sec-Fetch-Site": "same-origin"})
    else:
        response = client.get(address)
    if page.fill:
        form = BeautifulSoup(response.content, "html.parser").select_one(page.form)
        assert form, f"{page.name}: {address} answers {response.status_code} and has no form"
        response = client.post(form.get("action") or address, page.fill(*fields_of(form)))
    assert response.status_code == page.status, f"{page.name}: {response.status_code} {address}"
    assert response.headers["Content-Type"].startswith("text/html"), page.name
    return Kept(
        path=address,
        status=response.status_code,
        headers={name: value for name, value in response.headers.items() if name.lower() not in NOT_REPEATED},
        html=response.content.decode(),
        templates=frozenset(template.name for template in response.templates if template.name),
        is_plain=not response.cookies and "cookie" not in response.headers.get("Vary", "").lower(),
    )


def fields_of(form):
    """Return what a browser would send of the form as it stands, and the names of the fields that are typed in."""
    sent, typed = {}, []
    for field in form.select("input[name], textarea[name], select[name]"):
        name, kind = field["name"], field.get("type", "textarea" if field.name == "textarea" else field.name)
        if kind in {"text", "email", "search", "url", "tel", "number", "textarea"}:
            typed.append(name)
            sent[name] = field.text.removeprefix("\n") if kind == "textarea" else field.get("value", "")
        elif kind == "select":
            option = field.select_one("option[selected]") or field.select_one("option")
            sent[name] = option.get("value", "") if option else ""
        elif kind in {"radio", "checkbox"}:
            if field.has_attr("checked"):
                sent.setdefault(name, []).append(field.get("value", "on"))
        elif kind == "hidden":
            sent[name] = field.get("value", "")
    return sent, typed


@pytest.fixture(scope="module")
def built_world(django_db_setup, django_db_blocker):
    """The portal with everything in it, built once for the module's tests and gone after them."""
    with django_db_blocker.unblock():
        connection.ensure_connection()
        # Django closes the connection after each test, and with it what has not been committed.
        with pytest.MonkeyPatch.context() as patch, transaction.atomic(), translation.override("sv"):
            patch.setattr(connections["default"], "close", lambda: None)
            if connection.vendor == "postgresql":
                with connection.cursor() as cursor:
                    cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
            world = World()
            if connection.vendor == "postgresql":
                # What the tests undo stays in the tables for as long as the module runs: the planner must know how
                # little is alive in them, or it reads all of it once for each row. Only this database's own tables: the
                # server's are locked for whoever else runs tests.
                with connection.cursor() as cursor:
                    own = map(connection.ops.quote_name, connection.introspection.table_names(cursor))
                    cursor.execute(f"ANALYZE {', '.join(own)}")
            cache.clear()
            with django_db_blocker.block():
                yield world
            transaction.set_rollback(True)


@pytest.fixture
def world(built_world, db):
    """The portal with everything in it. What the test does in the database is undone, the objects themselves are shared."""
    return built_world


@pytest.fixture(scope="session")
def gallery(django_db_setup, django_db_blocker):
    """Every page of the inventory by its name."""
    kept = Gallery()
    with django_db_blocker.unblock(), transaction.atomic(), translation.override("sv"):
        # Each page has a savepoint of its own: what one does, the next must not meet.
        world = World()
        kept.admin_words = world.client("lead").get("/admin/jsi18n/").text
        for page in PAGES:
            cache.clear()
            frame.cache_clear()  # What another test has had drawn is to be drawn again, and its template told of.
            with transaction.atomic():
                try:
                    kept[page.name] = fetch(page, world)
                except Exception as error:  # One page that fails must not hide what is wrong with the others.
                    kept.failed.append(f"{page.name}: {type(error).__name__} {error}")
                transaction.set_rollback(True)
        transaction.set_rollback(True)
    return kept


@pytest.fixture
def gallery_files(gallery, tmp_path):
    """The pages as files in a folder, for checkers that read files."""
    folder = tmp_path / "pages"
    folder.mkdir()
    for number, page in enumerate(PAGES):
        if page.name in gallery:
            (folder / f"{number:03}.html").write_text(gallery[page.name].html)
    return folder


@pytest.fixture(scope="session")
def viewer(chromium, gallery):
    """Show a page of the gallery in the browser: `page = viewer("start")`.

    One window for all: it is put back to a wide one with ordinary colours each time. What the page breaks of its own
    security policy, and what it asks of other hosts, is in `page.faults`.
    """
    context = chromium.new_context(base_url=HOST, locale="sv-SE", timezone_id="Europe/Stockholm")
    context.set_default_timeout(60_000)
    showing = {}

    def answer(route):
        address = route.request.url
        path = unquote(urlsplit(address).path)
        if not address.startswith(HOST + "/"):
            page.faults.append(f"asked for {address}")
            route.abort()
        elif path.startswith(settings.STATIC_URL):
            found = finders.find(path.removeprefix(settings.STATIC_URL))
            kind = mimetypes.guess_type(path)[0]
            route.fulfill(path=found, content_type=kind) if found else route.fulfill(status=404)
        elif path == "/admin/jsi18n/":
            route.fulfill(content_type="text/javascript", body=gallery.admin_words)
        elif route.request.is_navigation_request():
            kept = showing["page"]
            route.fulfill(status=kept.status, headers=kept.headers, body=kept.html)
        else:
            route.fulfill(status=404)

    context.route("**/*", answer)
    page = context.new_page()
    page.faults = []
    page.on(
        "console",
        lambda message: (
            page.faults.append(message.text) if any(w in message.text for w in POLICY_BROKEN) else None
        ),
    )
    page.on("pageerror", lambda error: page.faults.append(str(error)))

    def show(name, *, width=1280, height=900):
        showing["page"] = gallery[name]
        page.faults.clear()
        page.emulate_media(media="screen", forced_colors="none", color_scheme="light")
        page.set_viewport_size({"width": width, "height": height})
        page.goto(gallery[name].address, wait_until="load")
        return page

    yield show
    context.close()
