"""References that are read aloud on the phone: no look-alike letters, no words, a check character.

The alphabet has 23 characters, a prime, so that the weighted sum modulo 23 reveals every single
wrong character and every swap of two neighbours. Eight random characters and one check character
are written in threes: `K7P-4MX-2R9`.
"""

import secrets

from django.urls.converters import StringConverter

ALPHABET = "234679CDFGHJKMNPQRTWXYZ"
LENGTH = 9


def check_character(body):
    total = sum(weight * ALPHABET.index(character) for weight, character in enumerate(body, start=2))
    return ALPHABET[total % len(ALPHABET)]


def new_reference():
    """Return a new random reference, such as `K7P-4MX-2R9` (23^8, some 78 thousand million, of them)."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH - 1))
    whole = body + check_character(body)
    return "-".join((whole[:3], whole[3:6], whole[6:]))


def is_reference(text):
    """Whether the text is a well-formed reference whose check character is right."""
    plain = text.replace("-", "")
    return len(plain) == LENGTH and set(plain) <= set(ALPHABET) and check_character(plain[:-1]) == plain[-1]


class ReferenceConverter(StringConverter):
    """Accept only well-formed references in an address; lower case too, as people type."""

    regex = "[0-9A-Za-z]{3}-[0-9A-Za-z]{3}-[0-9A-Za-z]{3}"

    def to_python(self, value):
        value = value.upper()
        if not is_reference(value):
            raise ValueError("not a reference")
        return value
