"""What a page of the inventory is: who asks for it, at what address, and what is sent with its form."""

from collections.abc import Callable
from dataclasses import dataclass

from django.urls import reverse

from tests.world import LONG_TEXT, LONG_WORD


@dataclass(frozen=True)
class Page:
    name: str
    who: str
    address: Callable  # World → path, with its query
    fill: Callable | None = None  # What to send: (fields as they stand, names of the typed ones) → fields
    status: int = 200
    form: str = "main form[method=post]"
    template: str = ""  # Rendered as it is: an error page that no address leads to.

    @property
    def admin(self):
        return self.name.startswith("admin")

    @property
    def plain(self):
        """Whether the page is simply asked for."""
        return self.fill is None and not self.template


# How a form is filled ------------------------------------------------------------------------------


def empty(fields, typed):
    """Nothing written and nothing chosen; what the page itself carries stays."""
    return {name: value for name, value in fields.items() if name in {"key", "scope", "sequence"}}


def long(fields, typed):
    """Far too much in every field, with a word that is wider than a telephone."""
    return fields | dict.fromkeys(typed, LONG_TEXT * 2)


def number(fields, typed):
    """An identity number in the free text, which the portal refuses and offers to mask."""
    return fields | dict.fromkeys(typed, "Hon är född 811218-9876 och bor i Halmstad.")


def suspected(fields, typed):
    """What may point somebody out, which the portal shows and leaves to the writer; the first answer is too long."""
    words = f"Flickan Lisa, 14 år, nås på 070-174 06 05 eller lisa@example.se. {LONG_WORD}"
    return fields | dict.fromkeys(typed, words) | {typed[0]: LONG_TEXT * 2}


def wrong(fields, typed):
    """What looks right and is not."""
    return fields | dict.fromkeys(typed, "Det här stämmer inte")


def chosen(**values):
    def fill(fields, typed):
        return fields | values

    return fill


# Addresses -----------------------------------------------------------------------------------------


def at(name, *things):
    """Return a function from the world to an address; a thing is the name of something in the world, dotted."""

    def address(world):
        return reverse(name, args=[find(world, thing) for thing in things])

    return address


def find(world, thing):
    for part in thing.split("."):
        world = getattr(world, part)
    return world


def path(text):
    return lambda world: text


def of(world_name):
    """A consultation's pages are known by its reference."""
    return f"{world_name}.reference"
