"""The catalogue: which lectures a reader's filter and words choose, and what each further choice would give.

The lectures are few and are all read in one go, so choosing among them is done here and not by the database:
it knows å, ä and ö whichever database it is, and counting costs no query.
"""

import unicodedata
from dataclasses import dataclass
from functools import cached_property

from . import lengths

LONGEST_SEARCH = 200
SHOWN_OF_UNKNOWN = 60
FOR_ALL = "alla"


def folded(text):
    """Return the text as it is compared: one form of each letter, no difference between large and small."""
    return unicodedata.normalize("NFC", text).casefold()


@dataclass(frozen=True)
class Choice:
    slug: str
    name: str
    count: int
    chosen: bool


@dataclass(frozen=True)
class Facet:
    """A way to filter: its name in the address, its heading, and how a lecture answers to it."""

    parameter: str
    title: str
    values: object  # lecture -> the (order, slug, name) that it has

    def slugs(self, lecture):
        return {slug for _, slug, _ in self.values(lecture)}


def named(thing):
    return (thing.position, thing.slug, thing.name)


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
)


class Catalogue:
    """The published lectures as one reader has chosen among them.

    `query` is the address's own (`request.GET`). Several choices in one facet widen it, choices in several
    facets narrow it, and every word searched for must be found. What is not known is told, never an error.
    """

    def __init__(self, lectures, query):
        self.all = list(lectures)
        self.asked = {
            facet.parameter: list(dict.fromkeys(query.getlist(facet.parameter))) for facet in FACETS
        }
        self.search = " ".join(query.get("q", "").split())
        self.search_was_cut = len(self.search) > LONGEST_SEARCH
        self.search = self.search[:LONGEST_SEARCH].strip()

    @cached_property
    def known(self):
        """The choices that exist for each facet, in the order that staff have given them."""
        return {
            facet.parameter: sorted({value for lecture in self.all for value in facet.values(lecture)})
            for facet in FACETS
        }

    @cached_property
    def chosen(self):
        return {
            parameter: {slug for _, slug, _ in known if slug in self.asked[parameter]}
            for parameter, known in self.known.items()
        }

    @cached_property
    def unknown(self):
        """What the address asked for that is no choice here, cut to what can be shown."""
        return [
            slug[:SHOWN_OF_UNKNOWN] + ("…" if len(slug) > SHOWN_OF_UNKNOWN else "")
            for parameter, slugs in self.asked.items()
            for slug in slugs
            if slug and slug not in self.chosen[parameter]
        ][:3]

    @cached_property
    def found(self):
        """The lectures in which every word searched for occurs, whatever the filter."""
        words = folded(self.search).split()
        return [lecture for lecture in self.all if all(word in self.text(lecture) for word in words)]

    @staticmethod
    def text(lecture):
        parts = [lecture.title, lecture.summary, lecture.audience, lecture.provider.name]
        parts += [group.name for group in lecture.target_groups.all()]
        if lecture.field_of_work:
            parts.append(lecture.field_of_work.name)
        return folded("\n".join(parts))

    def filtered(self, *, except_for=None):
        """Return the lectures found that every facet lets through, one facet set aside if it is given."""
        return [
            lecture
            for lecture in self.found
            if all(
                facet is except_for
                or not self.chosen[facet.parameter]
                or facet.slugs(lecture) & self.chosen[facet.parameter]
                for facet in FACETS
            )
        ]

    @cached_property
    def lectures(self):
        return self.filtered()

    @cached_property
    def facets(self):
        """Each facet with its choices; a choice's count is what it holds of what the rest of the filter leaves."""
        result = []
        for facet in FACETS:
            rest = self.filtered(except_for=facet)
            choices = [
                Choice(
                    slug,
                    name,
                    sum(slug in facet.slugs(lecture) for lecture in rest),
                    slug in self.chosen[facet.parameter],
                )
                for _, slug, name in self.known[facet.parameter]
            ]
            result.append({"parameter": facet.parameter, "title": facet.title, "choices": choices})
        return result

    @property
    def is_filtered(self):
        return bool(self.search or any(self.chosen.values()))

    @property
    def total_length(self):
        """How long the chosen lectures last together, in words."""
        return lengths.in_words(sum((lecture.length for lecture in self.lectures), start=lengths.NOTHING))

    @property
    def chosen_names(self):
        """What the reader has chosen, in words, the search last."""
        names = [
            name
            for parameter, known in self.known.items()
            for _, slug, name in known
            if slug in self.chosen[parameter]
        ]
        return [*names, f"”{self.search}”"] if self.search else names
