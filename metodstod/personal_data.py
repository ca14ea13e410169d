"""Find what may point out a person in what people write, so that it is not stored or sent by mistake.

Certain is only an identity number: a personnummer or samordningsnummer (Skatteverket SKV 704 and 707) whose date exists
and whose check digit is right, however it is spelt. The rest is suspected, and its writer decides: e-mail addresses and
phone numbers, and wording that is usual about one person or one case. Nothing here stores or logs a word.
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import Enum
from functools import cache

from django.utils import timezone
from personnummer.personnummer import Personnummer, PersonnummerException


class Kind(Enum):
    """What kind of thing was found: its name in words, and the note that takes its place when it is masked."""

    IDENTITY_NUMBER = ("personnummer", "[personnummer borttaget]")
    EMAIL = ("e-postadress", "[e-postadress borttagen]")
    PHONE = ("telefonnummer", "[telefonnummer borttaget]")
    CASE = ("något om en enskild person eller ett ärende", "[uppgift borttagen]")

    def __init__(self, words, mask):
        self.words = words
        self.mask = mask

    @property
    def is_certain(self):
        return self is Kind.IDENTITY_NUMBER


MASK = Kind.IDENTITY_NUMBER.mask


@dataclass(frozen=True)
class Finding:
    kind: Kind
    start: int
    end: int

    @property
    def span(self):
        return self.start, self.end


# Spelling ------------------------------------------------------------------------------------------


def plain(text):
    """Return the text with every dash, space and figure written in the plain way, and where each character stood.

    Word processors write non-breaking spaces and typographic dashes; soft hyphens and zero-width characters are unseen.
    """
    written = text.translate(PLAIN)
    if len(written) == len(text):
        return written, list(range(len(text)))
    return written, [place for place, character in enumerate(text) if character.translate(PLAIN)]


class Spelling(dict):
    """By the number of a character, the plain way of writing it; what has been asked for once is kept, as `str.translate` wants it."""

    def __missing__(self, number):
        character = chr(number)
        category = unicodedata.category(character)
        if category == "Cf":
            plainly = ""
        elif category == "Nd":
            plainly = str(unicodedata.decimal(character))
        elif category == "Pd" or character == "\u2212":
            plainly = "-"
        elif category == "Zs" or character == "\t":
            plainly = " "
        elif character == "\uff0b":
            plainly = "+"
        elif character in "\uff20\ufe6b":
            plainly = "@"
        else:
            plainly = character
        if number < MOST_KEPT:
            self[number] = plainly
        return plainly


MOST_KEPT = 0x3000  # Beyond the scripts of Europe and their marks there is no end to them.
PLAIN = Spelling()


# Identity numbers ----------------------------------------------------------------------------------

_IDENTITY = re.compile(
    r"""(?<!\d)(?<!\d-)
    (?P<century>18|19|20)?(?P<year>\d\d)
    (?P<gap>[ .\-/]?)(?P<month>\d\d)[ .\-/]?(?P<day>\d\d)
    (?P<sign>[ ]?[-+./]?[ ]?)(?P<serial>\d\d[ ]?\d\d)
    (?!\d|-\d)""",
    re.VERBOSE | re.ASCII,
)
_SAYS_IDENTITY = re.compile(
    r"(?:person|samordnings|id)[- ]?(?:nummer|nr)|\bp(?:ers)?nr\b|\bfödd?\b", re.IGNORECASE
)
_SAYS_PHONE = re.compile(
    r"\b(?:tel|telefon|mobil|ring|nås|sms|växel)\w*\W{0,4}(?:på\W{0,2})?$", re.IGNORECASE
)
_SAYS_OTHER = re.compile(r"\b(?:isbn|issn|ocr|orgnr|bankgiro|plusgiro)\w*[\s:.]*$", re.IGNORECASE)


def is_valid(century, digits, sign, *, today):
    """Whether the figures are someone's: the date exists and has come, and the check digit is right."""
    try:
        number = Personnummer(f"{century or ''}{digits[:6]}{'+' if '+' in sign else '-'}{digits[6:]}")
    except (PersonnummerException, ValueError):
        return False
    return not century or number.get_date() <= today


def _identity_numbers(text, today):
    """Yield (start, end, certain) in the plain text. Not certain: what may as well be a phone number or a time."""
    place = 0
    while match := _IDENTITY.search(text, place):
        verdict = _judge(text, match, today)
        if verdict is None:
            place = match.start() + 1
        else:
            yield match.start(), match.end(), verdict
            place = match.end()


def _judge(text, match, today):
    """Return True for an identity number, False for what may be one, None for what is none."""
    part = match.groupdict()
    serial = part["serial"].replace(" ", "")
    digits = part["year"] + part["month"] + part["day"] + serial
    if not is_valid(part["century"], digits, part["sign"], today=today):
        return None
    before, written = text[max(0, match.start() - 24) : match.start()], match.group()
    if _SAYS_IDENTITY.search(before):
        return True
    if _SAYS_OTHER.search(before):
        return None
    in_one = written[: 8 if part["century"] else 6].isdigit()
    split = " " in part["serial"]
    if split and not in_one:
        return None  # A day and a time.
    neighbours = re.search(r"\d ?$", before) or re.match(r" ?\d", text[match.end() :])
    if (split or not in_one) and neighbours and "-" not in part["sign"]:
        return None  # A piece of a longer number: an account, a card.
    if _SAYS_PHONE.search(before):
        return False
    if not part["century"] and digits[0] == "0" and not re.fullmatch(r"\d{6}[-+]\d{4}", written):
        return False
    is_clock = int(serial[:2]) < 24 and int(serial[2:]) < 60 and "-" not in part["sign"]
    return not (part["gap"] and is_clock and part["sign"].strip() == "")


# Addresses and phone numbers -----------------------------------------------------------------------

_EMAIL = re.compile(
    r"(?<![\w.+%-])[\w.+%-]{1,64} ?(?:@|\((?:at|a)\)|\[at\]) ?[\w-]+(?:\.[\w-]+)+", re.IGNORECASE
)
_PHONE = re.compile(
    r"""(?<![\w+/.,:-])(?<!\d[ ])
    (?:(?:\+|00)46[ -]?(?:\(0\)[ -]?)?[1-9]|\(?0[1-9])
    (?:[ /()-]{0,3}\d){6,9}(?![\w-])(?![ ]?\d)(?!,\d)""",
    re.VERBOSE | re.ASCII,
)
_ABROAD = re.compile(r"(?<![\w+])\+(?!46)[1-9](?:[ -]?\d){6,13}(?!\d)", re.ASCII)
_CALLED = re.compile(
    r"\b(?:tel|telefon|telefonnummer|tfn|mobil|mobilnummer|mobilnr|ring|sms:?a?)\b[ .:]{0,3}(?:på )?"
    r"(?P<number>\d(?:[ -]?\d){4,8})(?![\w-])(?! ?\d)",
    re.IGNORECASE | re.ASCII,
)
_DAY_FIRST = re.compile(r"(?:0[1-9]|[12]\d|3[01])[-/ ](?:0[1-9]|1[0-2])[-/ ](?:19|20)\d\d")
# Numbers that anyone may call: emergencies, help lines, and those that are free or shared by a whole authority.
_OPEN_NUMBERS = re.compile(r"^(?:112|11313|11414|1177|116\d{3}|90000|020\d{5,7}|077[01]\d{5,7}|0200\d{5,6})$")


def national(number):
    """Return a Swedish number's figures with its leading 0: `0701234567`."""
    digits = re.sub(r"\D", "", number.replace("(0)", ""))
    for prefix in ("0046", "46"):
        if digits.startswith(prefix) and (prefix == "0046" or "+" in number):
            return "0" + digits.removeprefix(prefix)
    return digits


def _phones(text):
    for match in _PHONE.finditer(text):
        digits = national(match.group())
        if 8 <= len(digits) <= 10 and not _DAY_FIRST.fullmatch(match.group()):
            yield match.span(), digits
    for match in _ABROAD.finditer(text):
        yield match.span(), national(match.group())
    for match in _CALLED.finditer(text):
        yield match.span("number"), national(match.group("number"))


# Wording -------------------------------------------------------------------------------------------

_SOMEONE = (
    r"(?:[Hh]on|[Hh]an|[Hh]en|[Ff]lickan|[Pp]ojken|[Kk]illen|[Tt]jejen|[Bb]arnet|[Uu]ngdomen|[Kk]vinnan|[Mm]annen|[Mm]amman|[Pp]appan"
    r"|[Mm]odern|[Ff]adern|[Kk]lienten|[Bb]rukaren|[Dd]ottern|[Ss]onen|[Ss]ystern|[Bb]rodern)"
)
_ROLE = r"(?:klient|brukare|flicka|pojke|tjej|kille|kvinna|man|mamma|pappa|ungdom|tonåring|elev|patient|person|dotter|son)"
_NAME = r"[A-ZÅÄÖÉ][a-zåäöéü]+(?:-[A-ZÅÄÖ][a-zåäöéü]+)?"
_WORDING = [
    re.compile(pattern)
    for pattern in (
        # The number of a case, a file or a judgement.
        r"\b(?i:dnr|diarienr|diarienummer|ärendenr|ärendenummer|aktnr|aktnummer|ärende|akt|mål|målnr|målnummer)"
        r"(?:[ .:]{0,3}(?i:nr|nummer))?[ .:]{0,3}(?:[A-ZÅÄÖ]{1,4}[ -]?)?\d[\d./-]*\d\b",
        r"(?<![\w-])[TBÄFÖMK] ?\d{2,6}-\d{2}\b(?!-)",
        # A name and an age; someone of an exact age; a day or a year of birth.
        rf"\b{_NAME}(?: {_NAME})?,? (?:\(?\d{{1,2}} ?år\b\)?|\(\d{{1,2}}\))",
        r"\b[A-ZÅÄÖ]\. ?[A-ZÅÄÖ]\.,? \d{1,2} ?år\b",
        rf"\b(?:[Ee]n|[Vv]år|[Mm]in|[Dd]en|[Ee]tt|[Dd]et|[Vv]årt) \d{{1,2}}[- ]?årigt?a? ?(?:{_ROLE}(?:n|en|an)?|barn(?:et)?)?\b",
        r"\b\d{1,2}-åringen(?:s)?\b",
        rf"\b(?:[Ee]n|[Mm]in|[Vv]år) {_ROLE}(?: (?:på|om))? \d{{1,2}} ?år\b",
        r"\b(?:född|f\.) ?(?:år |den )?(?:-?\d{2}(?!\d)(?! ?(?:år|procent|%))|\d{1,2} (?:januari|februari|mars|april|maj|juni|juli|augusti"
        r"|september|oktober|november|december)(?: \d{4})?|\d{1,2}/\d{1,2}(?:[ -]\d{2,4})?|(?:19|20)\d{2}(?:-\d\d-\d\d)?|\d{6})\b",
        # A name beside the word for the one whom it is about.
        rf"\b{_SOMEONE} (?:heter|hette|kallas) {_NAME}",
        rf"\b(?:[Kk]lienten|[Bb]rukaren|[Ff]lickan|[Pp]ojken|[Mm]amman|[Pp]appan|[Kk]vinnan|[Mm]annen|[Dd]ottern|[Ss]onen) {_NAME}\b",
        rf"\b(?:[Vv]år|[Mm]in|[Ee]n) (?:klient|brukare|flicka|pojke|patient|elev),? {_NAME}\b",
        # One case told, rather than cases spoken of.
        rf"\b(?:[Ii]|[Ff]rån|[Oo]m) (?:ett|vårt|mitt) (?:ärende|fall)(?:,)? (?:där|med en|med ett|hade|har vi|var) ?{_ROLE}?\b",
        r"\b(?:[Ii]|[Ff]rån|[Oo]m) (?:ärendet|fallet) (?:med|om|där|[A-ZÅÄÖ]\w+)\b",
        rf"\b[Vv]i (?:har|hade|har haft|fick|mötte|träffade) (?:just nu |nyligen |tidigare |här )?en {_ROLE} som\b",
        r"\b(?:[Ee]n av våra|[Ee]n av mina|[Ee]n annan av våra) (?:klienter|brukare|flickor|pojkar|patienter|elever|placerade)\b",
        r"\b(?:[Mm]in|[Vv]år) (?:klient|brukare|patient)\b",
        # Where somebody lives.
        r"\bbor (?:på|i|vid) [A-ZÅÄÖÉ][a-zåäöéü]*(?:gatan|vägen|gränd|gränden|torget|stigen|backen|allén|plan|väg|gata)(?: \d+ ?[A-Fa-f]?)?\b",
        r"\b[A-ZÅÄÖ][a-zåäöé]{2,}(?:gatan|vägen|gränden|torget|stigen|backen|allén) \d+ ?[A-Fa-f]?\b",
    )
]


# All together --------------------------------------------------------------------------------------


def find(text, *, own=frozenset(), today=None):
    """Return what the text holds, in order, nothing twice.

    `own` are addresses and phone numbers that are nobody else's: the group's own, the authority's. `today` is the day, in
    Sweden, after which nobody has been born yet.
    """
    found, places = [], plain(text)
    written, places = places
    own_forms = cache(lambda: {_own_form(one) for one in own})

    def note(kind, start, end):
        span = places[start], places[end - 1] + 1
        if not any(start < one.end and one.start < end for one in found for start, end in [span]):
            found.append(Finding(kind, *span))

    for start, end, certain in _identity_numbers(written, today or timezone.localdate()):
        note(Kind.IDENTITY_NUMBER if certain else Kind.PHONE, start, end)
    found.sort(key=lambda one: one.kind.is_certain, reverse=True)
    for match in _EMAIL.finditer(written):
        if _own_form(match.group()) not in own_forms():
            note(Kind.EMAIL, *match.span())
    for span, digits in _phones(written):
        if (
            digits not in own_forms()
            and not _OPEN_NUMBERS.match(digits)
            and not _SAYS_OTHER.search(written[: span[0]])
        ):
            note(Kind.PHONE, *span)
    for pattern in _WORDING:
        for match in pattern.finditer(written):
            note(Kind.CASE, *match.span())
    return sorted(found, key=lambda one: one.span)


def _own_form(address):
    return address.strip().casefold() if "@" in address else national(address)


def mask(text, *, kinds=tuple(Kind), own=frozenset(), today=None):
    """Return the text with a plain note in the place of everything of these kinds."""
    while found := [one for one in find(text, own=own, today=today) if one.kind in kinds]:
        for one in reversed(found):
            text = text[: one.start] + one.kind.mask + text[one.end :]
    return text


def find_identity_numbers(text):
    """Return the (start, end) places of valid identity numbers in the text, in order."""
    written, places = plain(text)
    today = timezone.localdate()
    return [
        (places[start], places[end - 1] + 1)
        for start, end, certain in _identity_numbers(written, today)
        if certain
    ]


def mask_identity_numbers(text):
    """Return the text with each identity number replaced by a plain note."""
    while found := find_identity_numbers(text):
        for start, end in reversed(found):
            text = text[:start] + MASK + text[end:]
    return text


def around(text, span, *, width=20):
    """Return the words around a place, to show the writer where: `… född 850709-9805 och …`."""
    start, end = span
    before, after = text[max(0, start - width) : start], text[end : end + width]
    lead, tail = "…" if start > width else "", "…" if end + width < len(text) else ""
    return " ".join(f"{lead}{before}{text[start:end]}{after}{tail}".split())
