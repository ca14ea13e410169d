"""The catalogue: which lectures a reader's filter and words choose, and what each further choice would give.

Which lectures a choice holds is kept as one number, a bit for each lecture on the shelf: to choose and to count is then
as quick with a thousand as with ten. `search.py` finds what is said in them.
"""

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from itertools import compress

from . import lengths
from .facets import FACETS
from .pages import PAGE, Paged, shortened
from .search import Piece, Result, Search

# With the places where something is said, a lecture takes more room.
PER_PAGE, SEARCHED_PER_PAGE = 24, 10
LONGEST_SEARCH = 200


@dataclass(frozen=True)
class Choice:
    slug: str
    name: str
    count: int
    chosen: bool


@dataclass(frozen=True)
class Row:
    """A lecture as the list shows it, with what was searched for marked, and where in it that is said."""

    lecture: object
    title: list
    summary: list
    result: Result


class Catalogue(Paged):
    """The published lectures as one reader has chosen among them.

    `query` is the address's own (`request.GET`). Several choices in one facet widen it, choices in several
    facets narrow it, and every word searched for must be found. What is not known is told, never an error.
    """

    def __init__(self, shelf, query):
        self.shelf = shelf
        self.asked = {
            facet.parameter: list(dict.fromkeys(query.getlist(facet.parameter))) for facet in FACETS
        }
        self.asked_page = query.get(PAGE, "")
        self.search = " ".join(query.get("q", "").split())
        self.search_was_cut = len(self.search) > LONGEST_SEARCH
        self.search = self.search[:LONGEST_SEARCH].strip()

    @property
    def total(self):
        """How many lectures there are in all."""
        return len(self.shelf)

    @property
    def known(self):
        """The choices that exist for each facet, in the order that staff have given them."""
        return self.shelf.choices

    @cached_property
    def chosen(self):
        """Facet → the known choices of it that are asked for."""
        return {
            parameter: [slug for _, slug, _ in known if slug in self.asked[parameter]]
            for parameter, known in self.known.items()
        }

    @cached_property
    def unknown(self):
        """What the address asked for that is no choice here, cut to what can be shown."""
        return [
            shortened(slug)
            for parameter, slugs in self.asked.items()
            for slug in slugs
            if slug and slug not in self.chosen[parameter]
        ][:3]

    @cached_property
    def searched(self):
        """What the words find among all the lectures, whatever the filter; None when there is nothing to search for."""
        return Search(self.shelf, self.search) if self.search else None

    # Which -------------------------------------------------------------------------------------------

    @cached_property
    def found(self):
        """The lectures in which every word searched for occurs, whatever the filter, as bits."""
        if not self.searched:
            return (1 << self.total) - 1
        return bits_of(self.searched.scores, self.total)

    @cached_property
    def let_through(self):
        """Facet → the lectures that its chosen choices hold, as bits; a facet without one lets all through."""
        found = {}
        for parameter, chosen in self.chosen.items():
            if chosen:
                found[parameter] = 0
                for slug in chosen:
                    found[parameter] |= self.shelf.held_by[parameter, slug]
        return found

    def filtered(self, *, except_for=None):
        """Return the lectures found that every facet lets through, one facet set aside if it is given, as bits."""
        left = self.found
        for parameter, held in self.let_through.items():
            if parameter != except_for:
                left &= held
        return left

    @cached_property
    def lectures(self):
        """The chosen lectures' cards: in the catalogue's order, or the best answer first."""
        chosen = flags(self.filtered(), self.total)
        if not self.searched:
            return list(compress(self.shelf.cards, chosen))
        return [self.shelf.cards[place] for place in self.searched.ranked if chosen[place]]

    @cached_property
    def facets(self):
        """Each facet with its choices; a choice's count is what it holds of what the rest of the filter leaves."""
        result = []
        for facet in FACETS:
            rest = self.filtered(except_for=facet.parameter)
            choices = [
                Choice(
                    slug,
                    name,
                    (rest & self.shelf.held_by[facet.parameter, slug]).bit_count(),
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
        chosen = compress(self.shelf.seconds, flags(self.filtered(), self.total))
        return lengths.in_words(timedelta(seconds=sum(chosen)))

    # What is shown -----------------------------------------------------------------------------------

    @property
    def listed(self):
        return self.lectures

    @property
    def per_page(self):
        return SEARCHED_PER_PAGE if self.searched else PER_PAGE

    @property
    def choice(self):
        """What the address chooses, in pairs, the page apart."""
        asked = [(parameter, slug) for parameter, slugs in self.chosen.items() for slug in slugs]
        return asked + ([("q", self.search)] if self.search else [])

    @cached_property
    def rows(self):
        """The lectures on the page, with what was searched for marked."""
        cards = list(self.page)
        if not self.searched:
            return [Row(card, [Piece(card.title)], [Piece(card.summary)], Result()) for card in cards]
        marked, results = self.searched.marked, self.searched.results(cards)
        return [Row(card, marked(card.title), marked(card.summary), results[card.pk]) for card in cards]

    @property
    def places(self):
        """In how many places what was searched for is said, when all that was found is on this page."""
        if not self.searched or self.page.has_other_pages():
            return 0
        return sum(row.result.total for row in self.rows)

    # In words ----------------------------------------------------------------------------------------

    @property
    def fields_chosen(self):
        """The fields of work that the list has been narrowed to, in words: what others see is then left out."""
        return self.names_of("verksamhet")

    def names_of(self, parameter):
        return [name for _, slug, name in self.known[parameter] if slug in self.chosen[parameter]]

    @property
    def chosen_names(self):
        """What the reader has chosen, in words, the search last."""
        names = [name for parameter in self.known for name in self.names_of(parameter)]
        return [*names, f"”{self.search}”"] if self.search else names


def bits_of(places, total):
    """Return the places as one number, the lowest bit for the first. `places` is asked for each of so many."""
    row = bytes(map(places.__contains__, range(total - 1, -1, -1)))
    return int(row.translate(AS_DIGITS) or b"0", 2)


def flags(bits, total):
    """Return for each of so many places, in order, 1 if its bit is set and else 0."""
    return f"{bits:0{total}b}"[::-1].encode().translate(AS_FLAGS) if total else b""


AS_DIGITS, AS_FLAGS = bytes.maketrans(b"\0\1", b"01"), bytes.maketrans(b"01", b"\0\1")
