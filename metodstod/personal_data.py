"""Find Swedish personal identity numbers in what people write, so that they are not stored by mistake.

A number counts when it is valid as a personnummer or samordningsnummer (Skatteverket SKV 704): date,
day + 60 for a coordination number, and check digit. What merely looks like one passes.
"""

import re

from personnummer.personnummer import Personnummer, PersonnummerException

MASK = "[personnummer borttaget]"
_CANDIDATE = re.compile(
    r"(?<![\d-])(?:(?:19|20)\d{2}|\d{2})[ -]?\d{2}[ -]?\d{2}[ -]?[-+ ]?\d{4}(?![\d-]|[ ]?\d)", re.ASCII
)


def _is_number(text):
    plain = text.replace(" ", "")
    sign = "+" if "+" in plain else "-"
    digits = re.sub(r"\D", "", plain)
    try:
        Personnummer(f"{digits[:-4]}{sign}{digits[-4:]}")
    except (PersonnummerException, ValueError):
        return False
    return True


def find_identity_numbers(text):
    """Return the (start, end) places of valid identity numbers in the text, in order."""
    return [match.span() for match in _CANDIDATE.finditer(text) if _is_number(match.group())]


def mask_identity_numbers(text):
    """Return the text with each identity number replaced by a plain note."""
    for start, end in reversed(find_identity_numbers(text)):
        text = text[:start] + MASK + text[end:]
    return text


def around(text, span, *, width=20):
    """Return the words around a place, to show the writer where: `… född 850709-9805 och …`."""
    start, end = span
    before, after = text[max(0, start - width) : start], text[end : end + width]
    lead, tail = "…" if start > width else "", "…" if end + width < len(text) else ""
    return " ".join(f"{lead}{before}{text[start:end]}{after}{tail}".split())
