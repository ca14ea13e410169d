"""What no one ought to send, sent everywhere: never a fault of ours in answer, and what someone wrote is not lost.

The addresses come from the URL resolver and the forms from the pages, so a new one is tried the day it is made.
"""

import re
import sys
import uuid

import pytest
from bs4 import BeautifulSoup
from django.core.cache import cache
from django.core.signals import got_request_exception
from django.db import transaction
from django.urls import URLResolver, get_resolver
from django.urls.resolvers import RoutePattern

from tests.gallery import fields_of
from tests.pages import PAGES
from tests.world import World

# Thousands of requests in one test: on a busy machine it takes longer than a test that hangs may.
pytestmark = pytest.mark.timeout(900)

PEOPLE = ["visitor", "member", "coordinator"]
EVERYONE = [*PEOPLE, "lead"]

# As they stand in an address, already escaped.
ODD_IN_ADDRESS = {
    "NUL": "%00",
    "broken UTF-8": "%ff",
    "a lone surrogate": "%ED%A0%80",
    "long": "x" * 10_000,
    "markup": "%3Cscript%3Ealert(1)%3C%2Fscript%3E",
    "quotes": "%27%22%3B--",
    "a way up": "..%2f..%2f..%2fetc%2fpasswd",
    "a large number": "9" * 30,
    "a negative number": "-1",
    "the zero UUID": str(uuid.UUID(int=0)),
    "nobody's reference": "222-222-222",
    "a right-to-left override": "%E2%80%AE",
    "full-width digits": "%EF%BC%91%EF%BC%92",
}
ODD_QUERIES = {
    "NUL": "q=%00&malgrupp=%00&p=%00&next=%00",
    "broken UTF-8": "q=%ff&malgrupp=%ff&verksamhet=%ED%A0%80&avsandare=%c3%28&p=%ff&o=%ff&next=%ff",
    "long": f"q={'x' * 10_000}&malgrupp={'x' * 10_000}&next=/{'x' * 10_000}",
    "markup": "q=%3Cscript%3E%25____%5C&malgrupp=%22%3E%3Cimg%20src%3Dx%3E&next=%22%3E%3Cscript%3E&=&=&&&==;;%",
    "numbers": f"page={'9' * 30}&p=-1&o={'9' * 30}.-1.x&id=-1&q=1e400&_facets=x&e=1",
    "words for numbers": "page=tio&p=noll&o=namn&next=//example.org&next=javascript:alert(1)",
    "too many": "&".join(f"x{number}=1&malgrupp={number}" for number in range(1_500)),
    "lookups": "municipality__county__code=13&team__draft__answers__text__icontains=a&password__startswith=a",
}
BODIES = {
    "broken UTF-8": (
        b"name=\xff\xfe&answer_1=\xed\xa0\x80&need=%ff%fe&key=%ff",
        "application/x-www-form-urlencoded",
    ),
    "NUL": (
        b"name=a%00b&answer_1=a%00b&need=%00&email=a%00@example.se&key=%00",
        "application/x-www-form-urlencoded",
    ),
    "nothing": (b"", "application/x-www-form-urlencoded"),
    "no names": (b"=&&&=%&%%%", "application/x-www-form-urlencoded"),
    "too many fields": (b"&".join(b"x%d=1" % n for n in range(2_000)), "application/x-www-form-urlencoded"),
    "too much": (b"answer_1=" + b"x" * 3_000_000, "application/x-www-form-urlencoded"),
    "an unknown character set": (b"name=x", "application/x-www-form-urlencoded; charset=klingon"),
    "UTF-16": ("name=å".encode("utf-16"), "application/x-www-form-urlencoded; charset=utf-16"),
    "multipart without boundary": (b"--x\r\n\r\n", "multipart/form-data"),
    "multipart cut off": (
        b'--x\r\nContent-Disposition: form-data; name="name"\r\n\r\nhalf',
        "multipart/form-data; boundary=x",
    ),
    "multipart with broken names": (
        b'--x\r\nContent-Disposition: form-data; name="\xff\x00"; filename="\x00\xff"\r\n\r\nfile\r\n--x--\r\n',
        "multipart/form-data; boundary=x",
    ),
    "a file for a text": (
        b'--x\r\nContent-Disposition: form-data; name="answer_1"; filename="a.txt"\r\n\r\nfile\r\n--x--\r\n',
        "multipart/form-data; boundary=x",
    ),
    "JSON": (b'{"answer_1": {"$ne": null}}', "application/json"),
    "broken JSON": (b'{"answer_1": \xff', "application/json"),
    "no type": (b"name=x", ""),
}
# How a body is read is the same wherever it is sent; in admin, with its many addresses, these are enough.
IN_ADMIN = {"broken UTF-8", "NUL", "too many fields", "multipart with broken names"}
METHODS = ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "HEAD", "BREW"]

ODD_TEXTS = {
    "markup": "<script>alert('ä')</script> & \"quoted\" {{ 7*7 }} {% now 'Y' %}",
    "NUL": "före\0efter och mer text, så att det märks",
    "long": "Ordet " * 1_700,
    "one long word": "å" * 10_000,
    "control": "rad\x01\x07\x1b[31m\x7f slut på raden",
    "both ways": "\u202etxet\u202c \u200b\ufeff \ud7ff 🧭 e\u0301",
    "spreadsheet": '=HYPERLINK("http://example.org";"klicka")',
    "line breaks": "ett\r\ntvå\rtre\u2028fyra\x0bfem",
}


# Addresses -----------------------------------------------------------------------------------------


def routes(resolver=None, before=""):
    """Yield every address of the portal as it is written in `urls.py`, such as `konsultation/<reference:reference>/`."""
    for pattern in (resolver or get_resolver()).url_patterns:
        part = pattern.pattern
        route = before + (part._route if isinstance(part, RoutePattern) else "")
        if isinstance(pattern, URLResolver):
            yield from routes(pattern, route)
        elif isinstance(part, RoutePattern):
            yield route


def odd_addresses(who):
    """Yield every address with each argument in turn odd and the others well-formed.

    Whoever is not let into admin is stopped at one place, before any argument is read; there one odd value is enough.
    """
    for route in routes():
        names = re.findall(r"<[^>]+>", route)
        inside = who in {"coordinator", "lead"} or not route.startswith("admin/")
        for odd in list(ODD_IN_ADDRESS.values())[: None if inside else 1]:
            for name in names:
                filled = route.replace(name, odd)
                yield "/" + re.sub(r"<[^>]+>", lambda match: well_formed(match[0]), filled)
    for odd in ODD_IN_ADDRESS.values():
        yield f"/{odd}"
        yield f"/static/{odd}"
        yield f"/admin/{odd}/"


def plain_addresses(world, who):
    """Return every address with things that exist for its arguments, as far as it tells anything to ask as this person.

    Admin is for staff and the programme lead's only place. Logging out would end the rest.
    """
    for route in routes():
        in_admin = route.startswith("admin/")
        if route not in {"konto/logout/", "admin/logout/"} and ADMIN[who] in (in_admin, None):
            yield world.fill(route)


# Whether a person is tried in admin only, outside it only, or in both.
ADMIN = {"visitor": False, "member": False, "coordinator": None, "lead": True}


def well_formed(argument):
    if argument.startswith("<uuid"):
        return str(uuid.uuid4())
    return "1" if argument.startswith("<int") else "x"


@pytest.fixture
def world(db):
    return World()


@pytest.fixture
def faults():
    """The errors that views let through while the test runs."""
    found = []

    def note(sender, request, **kwargs):
        found.append(f"{request.method} {request.path[:120]}: {sys.exc_info()[1]!r}"[:400])

    got_request_exception.connect(note)
    yield found
    got_request_exception.disconnect(note)


@pytest.fixture
def client_for(world):
    """Clients that answer with the error page, as the server does, instead of raising."""

    def client_for(who):
        client = world.client(who)
        client.raise_request_exception = False
        return client

    return client_for


def our_fault(response):
    """Whether the answer says that we are at fault. 503 from the readiness check is its answer, not a fault."""
    return response.status_code >= 500 and response.request["PATH_INFO"] != "/readyz"


@pytest.mark.parametrize("who", EVERYONE)
def test_odd_address_is_no_fault_of_ours(client_for, faults, who):
    client, wrong, tried = client_for(who), [], 0
    for address in odd_addresses(who):
        response = client.get(address)
        tried += 1
        if our_fault(response):
            wrong.append((address[:200], response.status_code))

    assert tried > 300
    assert faults == []
    assert wrong == []


@pytest.mark.parametrize("who", EVERYONE)
def test_odd_query_is_no_fault_of_ours(client_for, world, faults, who):
    client, wrong = client_for(who), []
    for address in plain_addresses(world, who):
        for name, query in ODD_QUERIES.items():
            response = client.get(f"{address}?{query}")
            if our_fault(response):
                wrong.append((address, name, response.status_code))

    assert faults == []
    assert wrong == []


@pytest.mark.parametrize("who", PEOPLE)
def test_odd_method_is_no_fault_of_ours(client_for, world, faults, who):
    client, wrong = client_for(who), []
    for address in plain_addresses(world, who):
        for method in METHODS:
            cache.clear()
            response = client.generic(method, address)
            if our_fault(response):
                wrong.append((method, address, response.status_code))

    assert faults == []
    assert wrong == []


@pytest.mark.parametrize("who", EVERYONE)
def test_odd_body_is_no_fault_of_ours(client_for, world, faults, who):
    wrong, refused = [], 0
    for name, (body, kind) in BODIES.items():
        client = client_for(who)
        for address in plain_addresses(world, who):
            if address.startswith("/admin/") and name not in IN_ADMIN:
                continue
            cache.clear()
            response = client.generic("POST", address, body, content_type=kind)
            refused += 400 <= response.status_code < 500
            if our_fault(response):
                wrong.append((address, name, response.status_code))

    assert refused
    assert faults == []
    assert wrong == []


@pytest.mark.parametrize("who", PEOPLE)
def test_odd_headers_are_no_fault_of_ours(client_for, world, faults, who):
    client, wrong = client_for(who), []
    odd = ["\x00", "\xff\xfe", "x" * 10_000, "bytes=9-1", "http://["]
    names = ["HTTP_RANGE", "HTTP_REFERER", "HTTP_ACCEPT", "HTTP_ACCEPT_LANGUAGE", "HTTP_IF_NONE_MATCH"]
    names += [
        "HTTP_IF_MODIFIED_SINCE",
        "HTTP_COOKIE",
        "HTTP_ORIGIN",
        "HTTP_USER_AGENT",
        "HTTP_X_FORWARDED_FOR",
    ]
    for address in plain_addresses(world, who):
        for value in odd:
            extra = {name: value for name in names if not (name == "HTTP_COOKIE" and who != "visitor")}
            response = client.get(address, **extra)
            if our_fault(response):
                wrong.append((address, value[:20], response.status_code))

    assert faults == []
    assert wrong == []


# Forms ---------------------------------------------------------------------------------------------


def forms_of(who):
    """Yield every page of the person's that is simply asked for, with its name."""
    return [page for page in PAGES if page.who == who and page.plain and not page.admin]


@pytest.mark.parametrize("who", sorted({page.who for page in PAGES}))
def test_form_takes_odd_text_or_gives_it_back(world, client_for, faults, who):
    """Whatever is typed, the answer is the next page, or the form again with every word that was typed."""
    lost = []
    for page in forms_of(who):
        for kind, text in ODD_TEXTS.items():
            with transaction.atomic():
                cache.clear()
                lost += [f"{page.name}, {kind}: {what}" for what in lost_in(page, text, world, client_for)]
                transaction.set_rollback(True)

    assert faults == []
    assert lost == []


def lost_in(page, text, world, client_for):
    """Send each form on the page with the text in every field, and yield what was typed and did not come back."""
    address, client = page.address(world), client_for(page.who)
    soup = BeautifulSoup(client.get(address).content, "html.parser")
    for form in soup.select("main form[method=post]"):
        sent, typed = fields_of(form)
        if not typed:
            continue
        response = client.post(form.get("action") or address, sent | dict.fromkeys(typed, text))
        if response.status_code in {301, 302, 303}:
            continue
        if our_fault(response):
            yield f"answered {response.status_code}"
        back = BeautifulSoup(response.content, "html.parser")
        for field in set(typed) - NOT_GIVEN_BACK:
            shown = back.select_one(f"[name='{field}']")
            value = (shown.text if shown.name == "textarea" else shown.get("value", "")) if shown else ""
            if words(value) != words(text):
                yield f"{field} ({response.status_code}) {value[:40]!r}"


# A code is a secret with a short life, typed anew each time.
NOT_GIVEN_BACK = {"code"}


def words(text):
    """Return the text without what a field cannot show: NUL, the kind of line break, the space at the ends."""
    return " ".join(text.replace("\0", "").replace("\ufffd", "").split())


KEYS = ["", "x", "\0", "9" * 40, "<b>", str(uuid.UUID(int=0)), None]


@pytest.mark.parametrize("who", ["member", "coordinator", "visitor"])
def test_form_with_a_broken_key_is_given_back(world, client_for, faults, who):
    """A form whose hidden key is gone or damaged is not lost: it comes back, filled, with a new key."""
    lost, tried = [], 0
    for page in forms_of(who):
        for key in KEYS:
            with transaction.atomic():
                cache.clear()
                for status, kept in sent_with(page, key, world, client_for):
                    tried += 1
                    if status >= 500 or not kept:
                        lost.append((page.name, key, status))
                transaction.set_rollback(True)

    assert tried
    assert faults == []
    assert lost == []


def sent_with(page, key, world, client_for):
    """Send the page's keyed forms with another key; yield the status and whether the text is kept or passed on."""
    address, client = page.address(world), client_for(page.who)
    soup = BeautifulSoup(client.get(address).content, "html.parser")
    for form in soup.select("main form[method=post]:has([name=key])"):
        sent, typed = fields_of(form)
        sent = {name: value for name, value in sent.items() if name != "key"}
        sent |= dict.fromkeys(typed, "Ord som ska finnas kvar") | ({} if key is None else {"key": key})
        response = client.post(form.get("action") or address, sent)
        passed_on = response.status_code in {302, 409} and not typed
        kept = passed_on or response.status_code == 302 or "Ord som ska finnas kvar" in response.text
        yield response.status_code, kept
