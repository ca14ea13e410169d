"""What no one ought to send, sent everywhere: never a fault of ours in answer, and what someone wrote is not lost.

The addresses come from the URL resolver and the forms from the pages, so a new one is tried the day it is made.
"""

import re
import sys
import uuid
from contextlib import contextmanager
from itertools import product
from urllib.parse import parse_qsl, unquote_to_bytes, urlencode

import pytest
from bs4 import BeautifulSoup
from django.core.cache import cache
from django.core.signals import got_request_exception
from django.db import transaction
from django.http import QueryDict
from django.urls import Resolver404, URLResolver, get_resolver, resolve
from django.urls.resolvers import RoutePattern

from tests.gallery import fields_of
from tests.pages import PAGES

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
# What a page makes of these is its own affair. How the others are read is the same wherever they are sent, so they take
# turns, one page after another; in admin, with its many addresses, they all do.
READ_BY_THE_PAGE = ["broken UTF-8", "NUL", "nothing", "a file for a text"]
METHODS = ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "HEAD", "BREW"]

ODD_TEXTS = {
    "NUL": "före\0efter och mer text, så att det märks",
    "long": "Ordet " * 1_700,
    "one long word": "å" * 10_000,
    "control": "rad\x01\x07\x1b[31m\x7f slut på raden",
    "markup and a formula": "=<script>alert('ä')</script> & \"quoted\" {{ 7*7 }} {% now 'Y' %};\"klicka\")",
    "both ways and line breaks": "\u202etxet\u202c \u200b\ufeff \ud7ff 🧭 e\u0301\r\ntvå\rtre\u2028fyra\x0bfem",
}

# Of what is odd, the kinds that one database takes and another refuses. The others are the same whatever the database.
FOR_THE_DATABASE = {
    "NUL",
    "broken UTF-8",
    "a lone surrogate",
    "long",
    "a large number",
    "a negative number",
    "numbers",
    "both ways and line breaks",
}
KINDS = pytest.mark.parametrize(
    "kinds",
    [
        pytest.param(FOR_THE_DATABASE.__contains__, id="for the database"),
        pytest.param(lambda kind: kind not in FOR_THE_DATABASE, id="for the page", marks=pytest.mark.once),
    ],
)


# Addresses -----------------------------------------------------------------------------------------


def routes(resolver=None, before=""):
    """Yield every address of the portal as it is written in `urls.py`, such as `konsultation/<reference:reference>/`."""
    for pattern in (resolver or get_resolver()).url_patterns:
        route = before + written(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern, route)
        else:
            yield route


def written(part):
    """Return the part of an address as `urls.py` writes it, also of those that a package writes as a regular expression."""
    if isinstance(part, RoutePattern):
        return part._route
    return re.sub(r"\([^)]*\)", "<part>", part.regex.pattern.strip("^$"))


# Admin's own pages about a row, which read their argument in one way for all its tables.
USUAL_IN_ADMIN = re.compile(
    r"admin/\w+/\w+/(?:<path:object_id>/(?:(?:change|delete|history)/)?|<part>/history/<part>/)$"
)


def odd_addresses(who, kinds):
    """Yield every address with each argument in turn odd and the others well-formed.

    An address that leads to no page is the same whoever asks, and is asked for by the visitor alone.
    """
    for address in filled_addresses(who, kinds):
        if who == "visitor" or leads_somewhere(address):
            yield address
    for kind, odd in ODD_IN_ADDRESS.items():
        if kinds(kind):
            yield from (f"/{odd}", f"/static/{odd}", f"/admin/{odd}/")


def filled_addresses(who, kinds):
    """Yield every address filled in. Whoever is not let into admin is stopped at one place, whatever the argument."""
    for number, route in enumerate(routes()):
        odd_ones = [odd for kind, odd in ODD_IN_ADDRESS.items() if kinds(kind)]
        if route.startswith("admin/") and not inside(who):
            odd_ones = odd_ones[:1]
        elif USUAL_IN_ADMIN.match(route):
            odd_ones = in_turn(odd_ones, number, every=3 if who == "lead" else 6)
        names = re.findall(r"<[^>]+>", route)
        for name, odd in product(names, odd_ones):
            filled = route.replace(name, odd)
            yield "/" + re.sub(r"<[^>]+>", lambda match: well_formed(match[0]), filled)


def inside(who):
    return ADMIN[who] is not False


def leads_somewhere(address):
    try:
        resolve(unquote_to_bytes(address).decode(errors="replace"))
    except Resolver404:
        return False
    return True


def plain_addresses(world, who):
    """Return every address with things that exist for its arguments, as far as it tells anything to ask as this person.

    Admin is for staff and the programme lead's only place. Logging out would end the rest.
    """
    for route in routes():
        in_admin = route.startswith("admin/")
        if route not in {"konto/logout/", "admin/logout/"} and ADMIN[who] in (in_admin, None):
            yield world.fill(route)


def in_turn(things, number, *, every):
    """Return some of the things, others for the next number: admin's many tables are read by the same few views."""
    return [one for place, one in enumerate(things) if (place + number) % every == 0]


# Whether a person is tried in admin only, outside it only, or in both.
ADMIN = {"visitor": False, "member": False, "coordinator": None, "lead": True}


def well_formed(argument):
    if argument.startswith("<uuid"):
        return str(uuid.uuid4())
    return "1" if argument.startswith(("<int", "<part")) else "x"


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


@KINDS
@pytest.mark.parametrize("who", EVERYONE)
def test_odd_address_is_no_fault_of_ours(client_for, faults, who, kinds):
    client, wrong, tried = client_for(who), [], 0
    for address in odd_addresses(who, kinds):
        response = client.get(address)
        tried += 1
        if our_fault(response):
            wrong.append((address[:200], response.status_code))

    assert tried > 100
    assert faults == []
    assert wrong == []


@pytest.fixture
def asked_of_the_query(monkeypatch):
    """The names that a page has looked up in its address's query; all of them, when it has gone through the whole."""
    asked = set()

    class Noting(QueryDict):
        def __getitem__(self, key):
            asked.add(key)
            return super().__getitem__(key)

        def getlist(self, key, default=None):
            asked.add(key)
            return super().getlist(key, default)

        def __contains__(self, key):
            asked.add(key)
            return super().__contains__(key)

        def _note_all(name):
            def method(self, *args, **kwargs):
                asked.update(super().keys())
                return getattr(super(), name)(*args, **kwargs)

            return method

        __iter__, keys, items, values, lists, copy, urlencode, dict = map(
            _note_all, ["__iter__", "keys", "items", "values", "lists", "copy", "urlencode", "dict"]
        )

    monkeypatch.setattr("django.core.handlers.wsgi.QueryDict", Noting)
    return asked


@KINDS
@pytest.mark.parametrize("who", EVERYONE)
def test_odd_query_is_no_fault_of_ours(client_for, world, faults, who, kinds, asked_of_the_query):
    """A page that looks up none of a query's names answers the same whatever they hold, and is asked for once."""
    client, wrong, tried = client_for(who), [], 0
    names = {
        kind: {name for name, _ in parse_qsl(query, keep_blank_values=True)}
        for kind, query in ODD_QUERIES.items()
        if kinds(kind)
    }
    # Few enough to be read; `x0` and on are there to be too many.
    known = {name for name in set().union(*names.values()) if not re.fullmatch(r"x\d+|", name)}
    whole = urlencode(dict.fromkeys(sorted(known), "1"))
    for number, address in enumerate(plain_addresses(world, who)):
        asked_of_the_query.clear()
        client.get(f"{address}?{whole}")
        looked_up = set(asked_of_the_query)
        takes_turns = who == "coordinator" and address.startswith("/admin/")  # The lead tries them all there.
        for kind in in_turn(names, number, every=3 if takes_turns else 1):
            if looked_up & names[kind]:
                tried += 1
                response = client.get(f"{address}?{ODD_QUERIES[kind]}")
                if our_fault(response):
                    wrong.append((address, kind, response.status_code))

    assert tried
    assert faults == []
    assert wrong == []


@pytest.mark.once
@pytest.mark.parametrize("who", PEOPLE)
def test_odd_method_is_no_fault_of_ours(client_for, world, faults, who):
    """Half of the methods for each page, the other half when the next person asks; in admin a third."""
    client, wrong = client_for(who), []
    for number, address in enumerate(plain_addresses(world, who), start=PEOPLE.index(who)):
        cache.clear()
        for method in in_turn(METHODS, number, every=3 if address.startswith("/admin/") else 2):
            response = client.generic(method, address)
            if our_fault(response):
                wrong.append((method, address, response.status_code))
            if response.get("Location", "").startswith("/konto/login/"):
                break  # Sent away before the page has seen any method.

    assert faults == []
    assert wrong == []


@KINDS
@pytest.mark.parametrize("who", EVERYONE)
def test_odd_body_is_no_fault_of_ours(client_for, world, faults, who, kinds):
    """A page that does not read what is sent answers the same whatever it is, and is asked once."""
    client, wrong, refused, tried, unread = client_for(who), [], 0, 0, 0
    cookies = client.cookies.copy()
    for number, address in enumerate(plain_addresses(world, who)):
        for name in bodies_for(address, number, kinds):
            tried += 1
            client.cookies = cookies.copy()
            with undone():
                cache.clear()
                body, kind = BODIES[name]
                response = client.generic("POST", address, body, content_type=kind)
            refused += 400 <= response.status_code < 500
            if our_fault(response):
                wrong.append((address, name, response.status_code))
            if not has_read(response.wsgi_request):
                unread += 1
                break

    assert refused
    assert tried > unread
    assert faults == []
    assert wrong == []


def bodies_for(address, number, kinds):
    """Return the names of the bodies to send there."""
    names = list(filter(kinds, BODIES))
    if address.startswith("/admin/"):
        return in_turn(names, number, every=max(len(names) // 3, 1))
    own = [name for name in names if name in READ_BY_THE_PAGE]
    return own + in_turn([name for name in names if name not in own], number, every=4)


def has_read(request):
    """Whether anything has looked at what was sent, be it only to find that it cannot be read."""
    return hasattr(request, "_post") or hasattr(request, "_body") or request._read_started


@pytest.mark.once
@pytest.mark.parametrize("who", PEOPLE)
def test_odd_headers_are_no_fault_of_ours(client_for, world, faults, who):
    """An odd value in every header. They are read before the page is, in one place: the values take turns."""
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
    for number, address in enumerate(plain_addresses(world, who), start=PEOPLE.index(who)):
        for value in in_turn(odd, number, every=len(odd) if address.startswith("/admin/") else 2):
            extra = {name: value for name in names if not (name == "HTTP_COOKIE" and who != "visitor")}
            response = client.get(address, **extra)
            if our_fault(response):
                wrong.append((address, value[:20], response.status_code))

    assert faults == []
    assert wrong == []


ODD_CHOICES = ["x", "\0", "", "-1", "1.5", "9" * 30, "9" * 5_000, str(uuid.UUID(int=0))]


@pytest.mark.parametrize("who", ["coordinator", "editor", "lead"])
def test_odd_row_ticked_in_a_table_is_no_fault_of_ours(client_for, world, faults, who):
    client, wrong, tried = client_for(who), [], 0
    for route in routes():
        if not re.fullmatch(r"admin/\w+/\w+/", route):
            continue
        table = BeautifulSoup(client.get(f"/{route}").content, "html.parser")
        for action in table.select("select[name=action] option:not([value=''])"):
            for odd in ODD_CHOICES:
                tried += 1
                with undone():
                    response = client.post(f"/{route}", {"action": action["value"], "_selected_action": odd})
                if our_fault(response):
                    wrong.append((route, action["value"], odd[:40], response.status_code))

    assert tried
    assert faults == []
    assert wrong == []


ODD_FILTERS = [
    "x",
    "",
    "-1",
    "9" * 30,
    "9" * 5_000,
    "²",
    "0001-01-01 00:00:00+14:00",
    "9999-12-31 23:59:59-14:00",
    str(uuid.UUID(int=0)),
]


@pytest.mark.parametrize("who", ["coordinator", "lead"])
def test_odd_filter_of_a_table_is_no_fault_of_ours(client_for, world, faults, who):
    """Each filter as the table offers it leads somewhere, and what it never offers is no fault."""
    client, wrong, tried = client_for(who), [], 0
    for route in routes():
        if not re.fullmatch(r"admin/\w+/\w+/", route):
            continue
        table = BeautifulSoup(client.get(f"/{route}").content, "html.parser")
        links = [link["href"] for link in table.select("#changelist-filter a[href^='?']")]
        wrong += [(route, link) for link in links if client.get(f"/{route}{link}").status_code != 200]
        names = {name for link in links for name, _ in parse_qsl(link[1:], keep_blank_values=True)}
        never_offered = {f"{name.partition('__')[0]}__year" for name in names}
        for asked, odd in product(sorted(names | never_offered), ODD_FILTERS):
            tried += 1
            response = client.get(f"/{route}?{urlencode({asked: odd})}")
            if our_fault(response):
                wrong.append((route, asked, odd[:40], response.status_code))

    assert tried
    assert faults == []
    assert wrong == []


# Forms ---------------------------------------------------------------------------------------------


def forms_of(who):
    """Yield every page of the person's that is simply asked for, with its name."""
    return [page for page in PAGES if page.who == who and page.plain and not page.admin]


@KINDS
@pytest.mark.parametrize("who", sorted({page.who for page in PAGES}))
def test_form_takes_odd_text_or_gives_it_back(world, client_for, faults, who, kinds):
    """Whatever is typed, the answer is the next page, or the form again with every word that was typed."""
    lost = []
    for page in forms_of(who):
        with undone():
            client, address, forms = forms_on(page, world, client_for)
            for kind, text in ODD_TEXTS.items() if forms else []:
                if not kinds(kind):
                    continue
                with undone():
                    cache.clear()
                    lost += [f"{page.name}, {kind}: {what}" for what in lost_in(client, address, forms, text)]

    assert faults == []
    assert lost == []


@contextmanager
def undone():
    """Leave the database as it was."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def forms_on(page, world, client_for, selector="main form[method=post]"):
    """Ask for the page; return the client, the address and the forms."""
    cache.clear()
    client, address = client_for(page.who), page.address(world)
    return client, address, BeautifulSoup(client.get(address).content, "html.parser").select(selector)


def lost_in(client, address, forms, text):
    """Send each form with the text in every field, and yield what was typed and did not come back."""
    cookies = client.cookies.copy()
    for form in forms:
        sent, typed = fields_of(form)
        if not typed:
            continue
        client.cookies = cookies.copy()
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
    client.cookies = cookies


# A code is a secret with a short life, typed anew each time.
NOT_GIVEN_BACK = {"code"}


def words(text):
    """Return the text without what a field cannot show: NUL, the kind of line break, the space at the ends."""
    return " ".join(text.replace("\0", "").replace("\ufffd", "").split())


KEYS = ["", "\0", str(uuid.UUID(int=0)), None]
NO_KEYS = ["x", "9" * 40, "<b>"]  # Read in one way, and take turns.


@pytest.mark.once
@pytest.mark.parametrize("who", ["member", "coordinator", "visitor"])
def test_form_with_a_broken_key_is_given_back(world, client_for, faults, who):
    """A form whose hidden key is gone or damaged is not lost: it comes back, filled, with a new key."""
    lost, tried = [], 0
    for number, page in enumerate(forms_of(who)):
        with undone():
            client, address, forms = forms_on(
                page, world, client_for, "main form[method=post]:has([name=key])"
            )
            for key in KEYS + in_turn(NO_KEYS, number, every=3) if forms else []:
                with undone():
                    cache.clear()
                    for status, kept in sent_with(key, client, address, forms):
                        tried += 1
                        if status >= 500 or not kept:
                            lost.append((page.name, key, status))

    assert tried
    assert faults == []
    assert lost == []


def sent_with(key, client, address, forms):
    """Send the keyed forms with another key; yield the status and whether the text is kept or passed on."""
    for form in forms:
        sent, typed = fields_of(form)
        sent = {name: value for name, value in sent.items() if name != "key"}
        sent |= dict.fromkeys(typed, "Ord som ska finnas kvar") | ({} if key is None else {"key": key})
        if not typed:
            sent |= choices_of(form)
        response = client.post(form.get("action") or address, sent)
        if typed:
            kept = response.status_code == 302 or "Ord som ska finnas kvar" in response.text
        else:
            kept = response.status_code in {302, 409} or is_given_back(response, sent)
        yield response.status_code, kept


def choices_of(form):
    """Return the first choice of each question that is answered by choosing alone."""
    choices = {}
    for field in form.select("input[type=radio], input[type=checkbox]"):
        choices.setdefault(field["name"], [field["value"]])
    return choices


def is_given_back(response, sent):
    """Whether a form without words is shown again, saying why, as it was chosen, with a key that works."""
    back = BeautifulSoup(response.content, "html.parser")
    told = back.select_one(".govuk-error-summary")
    return "löpnummer" in (told.text if told else "") and any(
        re.fullmatch(r"[0-9a-f-]{36}", again["key"])
        and all(again.get(name) == value for name, value in sent.items() if isinstance(value, list))
        for again, _ in map(fields_of, back.select("main form[method=post]:has([name=key])"))
    )
