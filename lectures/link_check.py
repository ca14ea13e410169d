"""The nightly look at what content leads to: are the addresses there, may the films be shown, are they as long as said?

Run by the clock (`schedule`). What is found is kept in `Link`, for editors to read.
"""

import html
import http.client
import re
import socket
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.error import HTTPError, URLError
from urllib.parse import urljoin, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django_q.tasks import async_task

from metodstod.models import County, Fact

from . import lengths
from .film_check import TOLERANCE, TOLERATED_SHARE
from .models import Lecture, Link, Material, Notice

PATIENCE = 5  # seconds
READ = 300_000  # bytes: what a page says of its film stands in its head
MOST_REDIRECTS = 5
FOR_GOOD = {301, 308}
NIGHT = 3  # o'clock
GONE = {404, 410}
AGENT = "Metodstod-lankkontroll/1.0"

_META = re.compile(r"<(?:meta|link)\b[^>]*>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""([a-z:]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""", re.IGNORECASE)
_ISO_LENGTH = re.compile(r"P(?:T)?(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.\d+)?S)?", re.IGNORECASE)

Outcome = Link.Outcome


@dataclass
class Use:
    """An address, what it is used by, and what is expected of it."""

    address: str
    used_by: list = field(default_factory=list)
    is_embedded: bool = False
    length: timedelta | None = None


@dataclass(frozen=True)
class Answer:
    """What came back: the last status, where it came from, and whether a move on the way was for good."""

    status: int
    address: str
    has_moved: bool
    headers: object
    text: str


class NotFollowed(HTTPRedirectHandler):
    """Redirects are followed by hand, so that a move for good is told from a detour."""

    def redirect_request(self, *args, **kwargs):
        return None


# What is looked at ------------------------------------------------------------------------------------


def uses():
    """Return every outside address that content leads to, each once, with all that uses it."""
    found = {}

    def add(address, what, **expected):
        if not address:
            return
        use = found.setdefault(address, Use(address))
        use.used_by.append(what)
        for name, value in expected.items():
            setattr(use, name, value)

    for lecture in Lecture.objects.all():
        if not lecture.film:
            add(lecture.film_url, f"Föreläsningen ”{lecture}”, filmens sida", length=lecture.length)
            add(lecture.embed_url, f"Föreläsningen ”{lecture}”, filmen i sidan", is_embedded=True)
    for notice in Notice.objects.all():
        add(notice.source_url, f"Notisen ”{notice}”")
    for material in Material.objects.filter(file=""):
        add(material.url, f"Materialet ”{material}”")
    for fact in Fact.objects.all():
        add(fact.url, f"Uppgiften ”{fact}”")
    for county in County.objects.all():
        add(county.website, f"{county}, webbplats")
    return list(found.values())


# Looking ----------------------------------------------------------------------------------------------


def look(use):
    """Return (outcome, detail) for an address."""
    try:
        answer = fetch(use.address)
    except (URLError, OSError, http.client.HTTPException, ValueError) as error:
        return Outcome.NO_ANSWER, reason_of(error)
    if answer is None:
        return Outcome.NO_ANSWER, "Adressen leder runt i en ring."
    if answer.status in GONE:
        return Outcome.GONE, f"Svaret var {answer.status}."
    if answer.status >= 400:
        return Outcome.NO_ANSWER, f"Svaret var {answer.status}."
    if answer.has_moved:
        return Outcome.MOVED, answer.address[:500]
    if use.is_embedded and not may_be_embedded(answer.headers):
        return Outcome.NOT_EMBEDDABLE, "Webbplatsen låter ingen annan visa sidan."
    length = length_in(answer.text)
    if use.length and length and abs(length - use.length) > max(TOLERANCE, use.length * TOLERATED_SHARE):
        told = f"Sidan säger {lengths.in_words(length)}, föreläsningen {lengths.in_words(use.length)}."
        return Outcome.OTHER_LENGTH, told
    return Outcome.GOOD, ""


def reason_of(error):
    cause = getattr(error, "reason", error)
    if isinstance(cause, TimeoutError):
        return f"Inget svar inom {PATIENCE} sekunder."
    if isinstance(cause, socket.gaierror):
        return "Webbplatsen finns inte."
    return f"Förbindelsen gick inte att få ({type(cause).__name__})."


def fetch(address):
    """Return the answer at the end of an address's redirects, or None if they have no end."""
    opener = build_opener(NotFollowed)
    has_moved = False
    for _ in range(MOST_REDIRECTS + 1):
        if urlsplit(address).scheme not in {"http", "https"}:
            raise ValueError
        request = Request(address, headers={"User-Agent": AGENT, "Accept": "text/html,*/*"})  # noqa: S310 (checked above)
        try:
            response = opener.open(request, timeout=PATIENCE)
        except HTTPError as error:
            response = error
        with response:
            target = response.headers.get("Location")
            if not (300 <= response.status < 400 and target):
                text = response.read(READ).decode("utf-8", "replace")
                return Answer(response.status, address, has_moved, response.headers, text)
            has_moved = has_moved or response.status in FOR_GOOD
            address = urljoin(address, target)
    return None


def may_be_embedded(headers):
    """Whether a page lets itself be shown in one of ours: `frame-ancestors` decides, X-Frame-Options if it is silent."""
    policies = ";".join(headers.get_all("Content-Security-Policy", []))
    for directive in policies.split(";"):
        name, _, sources = directive.strip().partition(" ")
        if name.lower() == "frame-ancestors":
            return any(lets_us(source.lower()) for source in sources.split())
    return headers.get("X-Frame-Options", "").strip().lower() not in {"deny", "sameorigin"}


def lets_us(source):
    if source in {"*", "https:"}:
        return True
    ours = urlsplit(settings.SITE_URL).hostname
    host = source.split("://")[-1].split("/")[0].split(":")[0]
    return host == ours or (host.startswith("*.") and ours.endswith(host[1:]))


def length_in(text):
    """Return how long a page says that its film is, if it does: Open Graph or schema.org in its head."""
    for tag in _META.findall(text):
        attributes = {name.lower(): html.unescape(a or b) for name, a, b in _ATTRIBUTE.findall(tag)}
        name = attributes.get("property") or attributes.get("name") or attributes.get("itemprop") or ""
        value = attributes.get("content", "")
        if name.lower() in {"og:video:duration", "video:duration"} and value.isdecimal():
            return timedelta(seconds=int(value))
        if name.lower() == "duration" and (match := _ISO_LENGTH.fullmatch(value)):
            hours, minutes, seconds = (int(part or 0) for part in match.groups())
            return timedelta(hours=hours, minutes=minutes, seconds=seconds)
    return None


# Files of ours ----------------------------------------------------------------------------------------


def look_at_files():
    """Yield (address, what uses it, outcome, detail) for every film, caption file, still and document here."""
    for lecture in Lecture.objects.all():
        for name in ("film", "captions", "poster"):
            length = off_length(lecture) if name == "film" else ""
            yield from looked_at(getattr(lecture, name), f"Föreläsningen ”{lecture}”", length)
    for material in Material.objects.all():
        yield from looked_at(material.file, f"Materialet ”{material}”")


def off_length(lecture):
    """Return what is to be said of a film of ours that is not as long as the lecture is said to be, or nothing."""
    if lecture.is_example or not lecture.film_length:
        return ""
    if abs(lecture.film_length - lecture.length) <= max(TOLERANCE, lecture.length * TOLERATED_SHARE):
        return ""
    return f"Filmen är {lengths.in_words(lecture.film_length)}, längden är angiven till {lecture.length_in_words}."


def looked_at(stored, used_by, off_length=""):
    if not stored:
        return
    if not (stored.storage.exists(stored.name) and stored.storage.size(stored.name)):
        told = Outcome.GONE, "Filen saknas på servern."
    elif off_length:
        told = Outcome.OTHER_LENGTH, off_length
    else:
        told = Outcome.GOOD, ""
    yield f"fil: {stored.name}", used_by, *told


# What is kept -----------------------------------------------------------------------------------------


def check_at_night():
    """Begin to look at everything, if it is night; asked every hour by the clock."""
    if timezone.localtime().hour == NIGHT:
        begin()


def begin():
    """Forget what nothing leads to any more, look at the files, and queue a look at each address.

    One task each: an address that does not answer holds up no other, and a task has a minute.
    """
    files = list(look_at_files())
    addresses = [use.address for use in uses()]
    known = {address[:500] for address in (*addresses, *(found[0] for found in files))}
    Link.objects.exclude(address__in=known).delete()
    for found in files:
        keep(*found)
    for address in addresses:
        async_task("lectures.link_check.check", address)


def check(address):
    """Look at one address and keep what was found, if something still leads there."""
    for use in uses():
        if use.address == address:
            keep(use.address, "\n".join(use.used_by), *look(use))


@transaction.atomic
def keep(address, used_by, outcome, detail):
    link = Link.objects.filter(address=address[:500]).first() or Link(address=address[:500])
    link.used_by, link.outcome, link.detail = used_by, outcome, detail[:500]
    link.checked_at = timezone.now()
    if outcome == Outcome.GOOD:
        link.failing_since = None
    elif not link.failing_since:
        link.failing_since = link.checked_at
    link.save()
