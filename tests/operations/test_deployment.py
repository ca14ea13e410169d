"""The very set-up of docs/deploy.md: nginx as shipped, two web nodes, the queue worker, the database; and a journey through it."""

import http.client
import json
import os
import re
import signal
import ssl
import threading
import time
import urllib.parse
from contextlib import suppress
from http.cookies import SimpleCookie

import pytest

from tests.operations.conftest import ROUNDS
from tests.operations.portal import Count, Portal, ask, get, kill_group, sending, tell
from tests.operations.proxy import Proxy
from tests.waiting import wait_until

pytestmark = pytest.mark.timeout(600 + 180 * ROUNDS)
FILM = bytes(range(256)) * 20_000


@pytest.fixture(scope="module")
def deployed(installed, mail_server, tmp_path_factory):
    """The installation behind the proxy: the same database and files, with production's own settings."""
    mail_server.refusal, mail_server.delay = "", 0
    behind = Portal(
        installed.directory,
        installed.database_url,
        mail_port=mail_server.port,
        HTTPS="1",
        BEHIND_PROXY="1",
        SITE_URL="https://metodstod.example.se",
        FILES_FROM_PROXY="/filer/",
        DEFAULT_FROM_EMAIL="metodstod@lansstyrelsen.test",
    )
    behind.nodes = [behind.start_web(), behind.start_web()]
    proxy = Proxy(tmp_path_factory.mktemp("proxy"), behind, behind.ports).start()
    behind.proxy = proxy
    yield behind
    proxy.stop()
    behind.stop()


class Visitor:
    """A browser that keeps its cookies and sends forms from the pages they stand on."""

    def __init__(self, proxy):
        self.proxy, self.cookies = proxy, {}

    def ask(self, method, path, fields=None, **headers):
        headers |= {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        body = None
        if fields is not None:
            body = urllib.parse.urlencode(fields)
            headers |= {
                "Content-Type": "application/x-www-form-urlencoded",
                "Origin": "https://metodstod.example.se",
                "Referer": f"https://metodstod.example.se{path}",
                "Sec-Fetch-Site": "same-origin",
            }
        self.status, self.headers, self.text = ask(
            self.proxy.https_port, method, path, body=body, headers=headers, context=self.proxy.context
        )
        for header in self.headers.get_all("Set-Cookie", []):
            for name, morsel in SimpleCookie(header).items():
                self.cookies[name] = morsel.value
        return self.status

    def get(self, path, **headers):
        return self.ask("GET", path, **headers)

    def send(self, path, **fields):
        """Fill in the form on the page and send it; follow where it leads."""
        self.get(path)
        hidden = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', self.text)
        self.ask("POST", path, dict(hidden) | fields)
        return self.headers.get("Location")


def test_journey_through_the_whole_set_up(deployed, mail_server):
    deployed.start_queue()
    visitor = Visitor(deployed.proxy)

    # Anyone reads, without a cookie.
    assert visitor.get("/forelasningar/") == 200
    assert visitor.cookies == {}
    style = re.search(r'href="(/static/[^"]+\.css)"', visitor.text)[1]
    assert visitor.get(style) == 200
    assert "immutable" in visitor.headers["Cache-Control"]

    # A social worker logs in by a code that comes by mail ...
    place = visitor.send("/konto/login/", email="resan@halmstad.se")
    assert visitor.status == 302, visitor.text
    letter = wait_until(lambda: [text for to, text in mail_server.letters if to == "resan@halmstad.se"])
    place = visitor.send(place, code=re.search(r"\d{4}-\d{4}", letter[0])[0])
    assert visitor.status == 302
    assert {name[:7] for name in visitor.cookies} == {"__Host-"}

    # ... and forms a work group.
    assert visitor.get("/arbetsgrupp/ny/") == 200
    place = visitor.send(
        "/arbetsgrupp/ny/",
        name="Gruppen bakom proxyn",
        person_name="Resande Person",
        workplace="Socialkontoret",
        organisation="social_services",
        **group_fields(visitor.text),
    )
    assert visitor.status == 302, visitor.text
    assert re.fullmatch(r"/arbetsgrupp/[0-9a-f-]{36}/.*", place)
    assert visitor.get(place) == 200
    assert "Gruppen bakom proxyn" in visitor.text

    # Both logs tell of the same requests, and of nobody.
    number = visitor.headers["X-Request-ID"]
    ours = [line for line in deployed.kinds_of_log_line() if line.get("request_id") == number]
    theirs = wait_until(
        lambda: [
            line
            for line in map(json.loads, deployed.proxy.access_log.read_text().splitlines())
            if line["request_id"] == number
        ]
    )
    assert [line["route"] for line in ours] == ["arbetsgrupp/<uuid:pk>/"]
    assert [line["status"] for line in theirs] == [200]
    written = deployed.proxy.access_log.read_text()
    assert "/arbetsgrupp" not in written
    assert "halmstad" not in written

    # The doctor is satisfied with it, but for what a machine of tests cannot have.
    said = deployed.manage("doctor", "--quiet", check=False).stdout
    wrong = [line.split("WRONG")[1].strip() for line in said.splitlines() if "WRONG" in line]
    not_here = (
        "Backups have no key",
        "There is no backup",
        "PostgreSQL does not wait",
        "The certificate",
        "log_parameter",
    )
    assert [line for line in wrong if not line.startswith(not_here)] == [], said


def group_fields(page):
    """Choose what else the form about a group asks for: the first of each list."""
    found = {}
    for name, options in re.findall(r'<select name="(\w+)"[^>]*>(.*?)</select>', page, re.DOTALL):
        found[name] = next(filter(None, re.findall(r'<option value="([^"]*)"', options)))
    return found


def test_proxy_keeps_out_what_has_no_place_here(deployed):
    proxy = deployed.proxy
    plain = get(proxy.http_port, "/om/?x=1")
    spoofed = get(
        deployed.ports[0], "/om/", headers={"X-Forwarded-Proto": "http"}
    )  # As the proxy would never say it.
    metrics = get(proxy.https_port, "/metrics", context=proxy.context)
    files = get(proxy.https_port, "/filer/films/film.mp4", context=proxy.context)
    too_much = ask(proxy.https_port, "POST", "/om/", body=b"x" * 3_000_000, context=proxy.context)

    assert (plain[0], plain[1]["Location"]) == (308, "https://metodstod.example.se/om/?x=1")
    assert (spoofed[0], spoofed[1]["Location"]) == (301, "https://metodstod.example.se/om/")
    assert metrics[0] == 404  # Let through from this machine, to whoever bears the token.
    assert files[0] == 404
    assert too_much[0] == 413
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        get(proxy.http_port, "/", host="annan.example.se")
    with pytest.raises(ssl.SSLError):
        ssl_to(proxy, "annan.example.se")
    with pytest.raises(ssl.SSLError):
        ssl_to(proxy, "metodstod.example.se", oldest=ssl.TLSVersion.TLSv1_1)


def ssl_to(proxy, name, *, oldest=None):
    import socket
    import warnings

    context = ssl.create_default_context(cafile=proxy.directory / "fullchain.pem")
    if oldest:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = context.maximum_version = oldest
    with (
        socket.create_connection(("127.0.0.1", proxy.https_port), timeout=5) as plain,
        context.wrap_socket(plain, server_hostname=name) as tls,
    ):
        return tls.version()


@pytest.fixture
def film(deployed):
    """A lecture whose film is a file of known bytes; its address, and what changes its row."""
    (slug,) = deployed.rows("SELECT slug FROM lectures_lecture WHERE published_at IS NOT NULL ORDER BY slug")[
        0
    ]
    stored = deployed.directory / "media" / "lectures" / "prov åäö.mp4"
    stored.parent.mkdir(parents=True, exist_ok=True)
    stored.write_bytes(FILM)
    columns = "film, captions, published_at"
    before = deployed.rows(f"SELECT {columns} FROM lectures_lecture WHERE slug = '{slug}'")[0]

    def change(**values):
        given = ", ".join(
            f"{name} = {'NULL' if value is None else repr(str(value))}" for name, value in values.items()
        )
        deployed.change(f"UPDATE lectures_lecture SET {given} WHERE slug = '{slug}'")

    change(film="lectures/prov åäö.mp4", captions="captions/prov.vtt")
    change.published_at = before[2]
    yield f"/forelasningar/{slug}/film", change
    change(**dict(zip(columns.split(", "), before, strict=True)))
    stored.unlink()


def test_proxy_sends_films_in_parts_with_the_portals_own_headers(deployed, film):
    path, _ = film

    def part(first, last, **headers):
        status, headers, _ = get(
            deployed.proxy.https_port,
            path,
            context=deployed.proxy.context,
            headers={"Range": f"bytes={first}-{last}"} | headers,
        )
        return status, headers.get("Content-Range"), headers

    whole = get(deployed.proxy.https_port, path, context=deployed.proxy.context)
    etag = whole[1]["ETag"]

    assert (whole[0], int(whole[1]["Content-Length"])) == (200, len(FILM))
    assert part(1000, 1999)[:2] == (206, f"bytes 1000-1999/{len(FILM)}")
    assert part(1000, 1999, **{"If-Range": etag})[:2] == (206, f"bytes 1000-1999/{len(FILM)}")
    assert part(1000, 1999, **{"If-Range": '"another"'})[:2] == (200, None)
    assert part(len(FILM), "")[:2] == (416, f"bytes */{len(FILM)}")
    assert part(0, 9, **{"If-None-Match": etag})[0] == 304
    for headers in (whole[1], part(0, 9)[2]):
        assert headers["Content-Type"] == "video/mp4"
        assert headers["Cache-Control"] == "public, max-age=600"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert headers["Strict-Transport-Security"].startswith("max-age=")
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "X-Stored-File" not in headers


def test_proxy_asks_about_a_film_once_for_many_parts_and_closes_it_within_seconds(deployed, film):
    path, change = film

    def part(first=0):
        return get(
            deployed.proxy.https_port,
            path,
            context=deployed.proxy.context,
            headers={"Range": f"bytes={first}-{first + 99}"},
        )

    def asked():
        route = "forelasningar/<slug:slug>/film"
        return sum(line.get("route") == route for line in deployed.kinds_of_log_line())

    time.sleep(2.5)  # Until nginx has forgotten what another test asked about.
    before = asked()
    began = time.monotonic()
    statuses = {part(first)[0] for first in range(0, 6000, 100)}
    most = 2 + (time.monotonic() - began) // 2
    asked_for_sixty = asked() - before

    change(published_at=None)
    closed_at = time.monotonic()
    wait_until(lambda: part()[0] == 404)
    seconds = time.monotonic() - closed_at
    page = part()
    change(published_at=change.published_at)

    assert statuses == {206}
    assert 1 <= asked_for_sixty <= most
    assert seconds < 10  # Two, and what a busy machine adds.
    assert "<h1" in page[2]
    assert part()[0] == 206


def a_part(deployed, path):
    """Return the status with which a part of the film comes."""
    return get(
        deployed.proxy.https_port, path, context=deployed.proxy.context, headers={"Range": "bytes=0-99"}
    )[0]


def test_film_that_is_being_watched_goes_on_while_the_web_nodes_are_away(deployed, film):
    path, _ = film
    first = a_part(deployed, path)
    for node in deployed.nodes:
        kill_group(node)
    time.sleep(2.5)

    meanwhile = a_part(deployed, path)

    deployed.nodes = [deployed.start_web(port) for port in deployed.ports]
    assert (first, meanwhile) == (206, 206)


@pytest.mark.postgresql
def test_film_that_is_being_watched_goes_on_while_the_database_is_away(deployed, film, cluster):
    path, _ = film
    first = a_part(deployed, path)
    cluster.stop()
    try:
        time.sleep(2.5)
        meanwhile = a_part(deployed, path)
        as_proxied = {"Host": "metodstod.example.se", "X-Forwarded-Proto": "https"}
        asked_directly = get(deployed.ports[0], path, headers=as_proxied)[0]
    finally:
        cluster.start()

    assert (first, meanwhile, asked_directly) == (206, 206, 503)


def test_without_any_web_node_the_proxy_says_when_to_try_again(deployed):
    for node in deployed.nodes:
        kill_group(node)

    response = get(deployed.proxy.https_port, "/om/", context=deployed.proxy.context)

    deployed.nodes = [deployed.start_web(port) for port in deployed.ports]
    assert (response[0], response[1]["Retry-After"]) == (503, "10")
    assert "Tillfälligt stopp" in response[2]
    assert get(deployed.proxy.https_port, "/om/", context=deployed.proxy.context)[0] == 200


class Readers:
    """Visitors who read without pause, and ask once more when they get no answer, as people do."""

    def __init__(self, proxy, number=4):
        self.proxy, self.asked, self.again, self.lost = proxy, 0, 0, []
        self.going, self.lock = True, threading.Lock()
        self.threads = [threading.Thread(target=self.read) for _ in range(number)]
        for thread in self.threads:
            thread.start()

    def read(self):
        while self.going:
            first = self.once()
            second = first or self.once()
            with self.lock:
                self.asked += 1
                self.again += not first
                if not second:
                    self.lost.append(self.status)
            # Together below what the proxy lets one address ask for.
            time.sleep(0.15)

    def once(self):
        self.status = None
        with suppress(OSError, http.client.HTTPException):
            self.status = get(self.proxy.https_port, "/forelasningar/?q=v", context=self.proxy.context)[0]
        return self.status == 200

    def stop(self):
        self.going = False
        for thread in self.threads:
            thread.join()


def test_web_node_killed_and_replaced_under_load_costs_nobody_anything(deployed):
    groups = deployed.groups_ready_to_send(8 * ROUNDS)
    readers, killed = Readers(deployed.proxy), 0

    with sending(groups, [deployed.proxy.https_port], context=deployed.proxy.context, hands=3):
        for number in range(2 * ROUNDS):
            node, port = deployed.nodes[number % 2], deployed.ports[number % 2]
            time.sleep(0.6)
            kill_group(node)
            killed += 1
            time.sleep(0.6)
            deployed.nodes[number % 2] = deployed.start_web(port)
    wait_until(lambda: readers.asked > 10)
    readers.stop()

    count = Count(deployed, groups)
    tell(
        f"nodes killed {killed}: {readers.asked} pages read, {readers.again} asked for twice, lost {len(readers.lost)}; {count}"
    )
    assert readers.lost == []
    assert count.as_expected(8 * ROUNDS), count


def test_new_version_is_taken_into_use_without_losing_a_request(deployed):
    """HUP, as `systemctl reload` sends it."""
    readers = Readers(deployed.proxy)

    for node in deployed.nodes:
        time.sleep(0.5)
        os.kill(node.pid, signal.SIGHUP)
    time.sleep(2)
    wait_until(lambda: readers.asked > 10)
    readers.stop()

    tell(f"reloaded twice: {readers.asked} pages read, {readers.again} asked for twice")
    assert readers.again == 0
    assert readers.lost == []
