"""The look at outside addresses and at our own files, tried on a server of the test's own."""

import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import time_machine
from django.utils import timezone

from lectures import link_check
from lectures.link_check import Use, begin, check, check_at_night, length_in, look, uses
from lectures.models import Link
from tests.factories import make_lecture, make_material, make_notice

PAGES = {
    "/finns": (200, {}, "<html>"),
    "/borta": (404, {}, ""),
    "/gallrad": (410, {}, ""),
    "/trasig": (500, {}, ""),
    "/stangd": (403, {}, ""),
    "/flyttad": (301, {"Location": "/finns"}, ""),
    "/omvag": (302, {"Location": "/finns"}, ""),
    "/omvag-till-flyttad": (302, {"Location": "/flyttad"}, ""),
    "/flyttad-och-borta": (308, {"Location": "/borta"}, ""),
    "/runt": (302, {"Location": "/runt"}, ""),
    "/till-fil": (302, {"Location": "file:///etc/passwd"}, ""),
    "/ramlos": (200, {"X-Frame-Options": "SAMEORIGIN"}, ""),
    "/ramlos-policy": (
        200,
        {"Content-Security-Policy": "default-src 'self'; frame-ancestors 'self' https://annan.se"},
        "",
    ),
    "/ram-for-alla": (200, {"Content-Security-Policy": "frame-ancestors *", "X-Frame-Options": "DENY"}, ""),
    "/tio-minuter": (200, {}, '<meta property="og:video:duration" content="600">'),
    "/fyrtio-minuter": (200, {}, "<meta itemprop='duration' content='PT40M4S'>"),
}


class Site(BaseHTTPRequestHandler):
    def do_GET(self):
        status, headers, body = PAGES[self.path]
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *args):
        """Say nothing."""


@pytest.fixture(scope="module")
def site():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(
    ("path", "outcome", "detail"),
    [
        ("/finns", "good", ""),
        ("/omvag", "good", ""),
        ("/borta", "gone", "Svaret var 404."),
        ("/gallrad", "gone", "Svaret var 410."),
        ("/flyttad-och-borta", "gone", "Svaret var 404."),
        ("/trasig", "no_answer", "Svaret var 500."),
        ("/stangd", "no_answer", "Svaret var 403."),
        ("/flyttad", "moved", "{site}/finns"),
        ("/omvag-till-flyttad", "moved", "{site}/finns"),
        ("/runt", "no_answer", "Adressen leder runt i en ring."),
        ("/till-fil", "no_answer", "Förbindelsen gick inte att få (ValueError)."),
    ],
)
def test_address_is_looked_at(site, path, outcome, detail):
    assert look(Use(site + path)) == (outcome, detail.format(site=site))


def test_site_that_is_away_does_not_answer():
    outcome, detail = look(Use("http://127.0.0.1:9/"))

    assert (outcome, detail) == ("no_answer", "Förbindelsen gick inte att få (ConnectionRefusedError).")


@pytest.mark.parametrize(
    ("path", "outcome"),
    [
        ("/finns", "good"),
        ("/ram-for-alla", "good"),
        ("/ramlos", "not_embeddable"),
        ("/ramlos-policy", "not_embeddable"),
    ],
)
def test_film_that_may_not_be_shown_here_is_found(site, path, outcome):
    assert look(Use(site + path, is_embedded=True))[0] == outcome
    assert look(Use(site + path))[0] == "good"


@pytest.mark.parametrize(
    ("path", "outcome", "detail"),
    [
        ("/tio-minuter", "good", ""),
        ("/finns", "good", ""),
        (
            "/fyrtio-minuter",
            "other_length",
            "Sidan säger 40 minuter och 4 sekunder, föreläsningen 10 minuter.",
        ),
    ],
)
def test_film_that_has_become_longer_is_found(site, path, outcome, detail):
    assert look(Use(site + path, length=timedelta(minutes=10))) == (outcome, detail)


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ('<meta name="Video:Duration" content="75">', timedelta(seconds=75)),
        ('<meta itemprop="duration" content="PT1H4M27S">', timedelta(hours=1, minutes=4, seconds=27)),
        ('<meta itemprop="duration" content="länge">', None),
        ('<meta property="og:title" content="600">', None),
    ],
)
def test_length_is_read_as_pages_tell_it(text, length):
    assert length_in(text) == length


def test_addresses_are_gathered_once_each_with_all_that_uses_them(db):
    make_lecture("Ett", film_url="https://film.example.se/1", embed_url="https://film.example.se/1/in")
    make_lecture("Två", film_url="https://film.example.se/1")
    make_lecture("Här", film="film/f.mp4", captions="captions/t.vtt", film_url="https://film.example.se/3")
    make_notice(title="Lagen", source_url="https://lag.example.se/")
    make_material(title="Stöd", url="https://stod.example.se/")

    assert {use.address: (use.used_by, use.is_embedded) for use in uses()} == {
        "https://film.example.se/1": (
            ["Föreläsningen ”Ett”, filmens sida", "Föreläsningen ”Två”, filmens sida"],
            False,
        ),
        "https://film.example.se/1/in": (["Föreläsningen ”Ett”, filmen i sidan"], True),
        "https://lag.example.se/": (["Notisen ”Lagen”"], False),
        "https://stod.example.se/": (["Materialet ”Stöd”"], False),
    }


def test_what_is_found_is_kept_and_since_when_it_has_failed(db, site, run_queue):
    lecture = make_lecture("Ett", film_url=f"{site}/borta")
    Link.objects.create(address="https://ingen.example.se/", outcome="gone", used_by="")

    begin()
    run_queue()
    first = Link.objects.get()
    begin()
    run_queue()
    again = Link.objects.get()
    lecture.film_url = f"{site}/finns"
    lecture.save()
    begin()
    run_queue()
    mended = Link.objects.get()

    assert (first.address, first.outcome, first.used_by) == (
        f"{site}/borta",
        "gone",
        "Föreläsningen ”Ett”, filmens sida",
    )
    assert first.failing_since is not None
    assert again.failing_since == first.failing_since
    assert again.checked_at > first.checked_at
    assert (mended.address, mended.outcome, mended.failing_since) == (f"{site}/finns", "good", None)


def test_address_that_is_used_no_more_when_its_turn_comes_is_left(db, site):
    check(f"{site}/borta")

    assert not Link.objects.exists()


def test_own_files_are_looked_at(db, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    (tmp_path / "film").mkdir()
    (tmp_path / "film/finns.mp4").write_bytes(b"film")
    make_lecture(
        "Ett",
        film="film/finns.mp4",
        captions="captions/borta.vtt",
        film_length=timedelta(minutes=12),
    )

    found = list(link_check.look_at_files())

    assert found == [
        (
            "fil: film/finns.mp4",
            "Föreläsningen ”Ett”",
            "other_length",
            "Filmen är 12 minuter, längden är angiven till 10 minuter.",
        ),
        ("fil: captions/borta.vtt", "Föreläsningen ”Ett”", "gone", "Filen saknas på servern."),
    ]


@pytest.mark.parametrize(("hour", "begun"), [(2, 0), (3, 1), (4, 0)])
def test_it_is_done_at_night(db, monkeypatch, hour, begun):
    began = []
    monkeypatch.setattr(link_check, "begin", lambda: began.append(1))

    with time_machine.travel(timezone.localtime().replace(hour=hour, minute=10), tick=False):
        check_at_night()

    assert len(began) == begun
