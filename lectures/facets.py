"""The ways to choose among lectures: what each is called in the address and on the page, and how a lecture answers to it."""

from dataclasses import dataclass
from datetime import timedelta

FOR_ALL = "alla"


@dataclass(frozen=True)
class Facet:
    """A way to filter: its name in the address, its heading, and how a lecture answers to it."""

    parameter: str
    title: str
    values: object  # lecture -> the (order, slug, name) that it has


def named(thing):
    return (thing.position, thing.slug, thing.name)


# Up to how many minutes, what the choice is called in the address, and in words.
LENGTHS = (
    (15, "kort", "Högst 15 minuter"),
    (45, "mellan", "Mellan 15 och 45 minuter"),
    (None, "lang", "Mer än 45 minuter"),
)


def length_of(lecture):
    for order, (most, slug, name) in enumerate(LENGTHS):
        if most is None or lecture.length <= timedelta(minutes=most):
            return (order, slug, name)
    return None


FACETS = (
    Facet("malgrupp", "Målgrupp", lambda lecture: [named(group) for group in lecture.target_groups.all()]),
    Facet(
        "verksamhet",
        "Riktar sig till",
        lambda lecture: [
            named(lecture.field_of_work) if lecture.field_of_work else (-1, FOR_ALL, "Alla verksamheter")
        ],
    ),
    Facet("avsandare", "Avsändare", lambda lecture: [named(lecture.provider)]),
    Facet("langd", "Längd", lambda lecture: [length_of(lecture)]),
)
