"""Search among the lectures: in what they are called and said to be about, in their chapters, and in what is said in them.

Which lectures answer, and how well, is told by the words that each process knows of them (`shelf.py`). The lines where it
is said are found by the database, for the lectures that are shown: on PostgreSQL by its Swedish full-text index.
"""

import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from math import log2
from urllib.parse import quote_plus

from django.db import connection, connections, router

from . import lengths
from .models import Cue
from .search_words import EMPTY, ITSELF, WORD, folded, words_in
from .shelf import SUMMARY, TITLE

MOST_WORDS = 12
# The places shown of each lecture: the fewer lectures on the page, the more of each.
FIRST_HITS, MOST_HITS, HITS_ON_PAGE = 3, 10, 30
LINES_AROUND = 1


@dataclass(frozen=True)
class Piece:
    """A stretch of a text; `marked` if it is a word that was searched for."""

    text: str
    marked: bool = False


@dataclass(frozen=True)
class Hit:
    """A place in a lecture: its second, and the text there in pieces."""

    second: int
    pieces: list
    url: str
    is_chapter: bool = False

    @property
    def clock(self):
        return lengths.clock(self.second)


@dataclass
class Spot:
    """Where something was found: a chapter by its text, or lines in a row by their numbers; how well for each term."""

    second: int
    worth: list
    lines: list = field(default_factory=list)
    text: str = ""

    @property
    def around(self):
        """The first and the last line to show; a long stretch is shown by its beginning."""
        return self.lines[0] - LINES_AROUND, min(self.lines[-1], self.lines[0] + 3) + LINES_AROUND


@dataclass
class Result:
    """What was found in a lecture that is shown: the best places in it, and how many there are."""

    hits: list = field(default_factory=list)
    total: int = 0

    @property
    def first(self):
        return self.hits[:FIRST_HITS]

    @property
    def more(self):
        return self.hits[FIRST_HITS:]

    @property
    def left_out(self):
        return self.total - len(self.hits)


def cursor_for_reading():
    """Open a cursor where lines are read now: at the replica, when a public page may."""
    return connections[router.db_for_read(Cue)].cursor()


def lines_with(words, lectures):
    """Return (lecture's key, number, start, text) of the cues of these lectures that hold any of the words, in order."""
    if connection.vendor == "postgresql":
        with cursor_for_reading() as cursor:
            cursor.execute(LINES_WITH, [" | ".join(sorted(words)), lectures])
            return sorted(cursor.fetchall())
    # With Python's own expressions, which know large and small å, ä and ö.
    any_of = "|".join(map(re.escape, sorted(words)))
    cues = Cue.objects.filter(text__iregex=rf"(?<![^\W_])({any_of})(?![^\W_])", lecture__in=lectures)
    return sorted(cues.values_list("lecture", "number", "start", "text"))


# `said` is the vector that PostgreSQL keeps beside each line: `migrations/0002_cue_full_text.py`.
LINES_WITH = """
    SELECT lecture_id, number, start, text FROM "lectures_cue"
    WHERE said @@ to_tsquery('swedish_every_word', %s) AND lecture_id = ANY(%s::bigint[])
"""


class Search:
    """What a reader's words find among the lectures on the shelf."""

    def __init__(self, shelf, text):
        self.shelf = shelf
        self.written = words_in(text)
        telling = [word for word in self.written if word not in EMPTY]
        self.is_common = bool(self.written) and not telling
        self.words = list(dict.fromkeys(telling or self.written))[:MOST_WORDS]

    # The words ---------------------------------------------------------------------------------------

    @cached_property
    def answers(self):
        """Word searched for → the terms that stand for it: itself, or the known words that it is put together of."""
        vocabulary, found = self.shelf.vocabulary, {}
        for word in self.words:
            forms = vocabulary.forms(word)
            parts = [] if forms else vocabulary.parts(word)
            found[word] = [vocabulary.forms(part) for part in parts] or [forms]
        return found

    @cached_property
    def terms(self):
        """For each word that must be found, the written forms that count as it, each with how well it does."""
        return [term for terms in self.answers.values() for term in terms]

    @cached_property
    def forms(self):
        """Every written form that is looked for."""
        return {form for term in self.terms for form in term}

    @cached_property
    def suggestion(self):
        """What was probably meant, when a word is not known and one like it is; else an empty text."""
        meant = [self.meant(word) if word in self.words else word for word in self.written]
        return " ".join(meant) if meant != self.written else ""

    def meant(self, word):
        """Return the word itself if it is known or nothing is like it, else the one most like it."""
        if self.answers[word] != [{}]:
            return word
        return self.shelf.vocabulary.nearest(word) or word

    @property
    def suggestion_query(self):
        return quote_plus(self.suggestion)

    # The lectures ------------------------------------------------------------------------------------

    @cached_property
    def ranked(self):
        """The places on the shelf of the lectures where every word occurs, the best answer first."""
        return sorted(sorted(self.scores), key=self.scores.__getitem__, reverse=True)

    @cached_property
    def scores(self):
        """Place on the shelf → how well that lecture answers, for those where every word occurs."""
        if not self.terms or not all(self.terms):
            return {}
        total, *others = map(self.scores_for, self.terms)
        for found in others:
            total = {place: score + found[place] for place, score in total.items() if place in found}
        whole = " ".join(self.written)
        for worth, row in ((TITLE, self.shelf.titles), (SUMMARY, self.shelf.summaries)):
            for place in row.holding(whole):
                if place in total:
                    total[place] += worth
        return total

    def scores_for(self, term):
        """Return how well each lecture answers one word: what the catalogue tells counts most, then how much is said."""
        told, said = {}, {}
        for form, worth in term.items():
            for place, weight in self.shelf.told.get(form, ()):
                told[place] = max(told.get(place, 0), weight * worth)
            lines = self.shelf.said.get(form, ())
            if not said and worth == ITSELF:
                # The usual case, in one go: a word may be said in every lecture.
                said = dict(lines)
                continue
            for place, number in lines:
                said[place] = said.get(place, 0) + number * worth
        found = {place: 3 if lines >= 7 else log2(1 + lines) for place, lines in said.items()}
        for place, worth in told.items():
            found[place] = found.get(place, 0) + worth
        return found

    # The places in those that are shown -----------------------------------------------------------------

    def results(self, cards):
        """Return lecture's key → what was found in it, for the lectures that are shown: two queries."""
        lines = self.lines(cards)
        most = max(FIRST_HITS, min(MOST_HITS, HITS_ON_PAGE // max(len(cards), 1)))
        spots = {card.pk: self.spots(card, lines[card.pk]) for card in cards}
        best = {
            key: sorted(found, key=lambda spot: (-sum(spot.worth), spot.second))[:most]
            for key, found in spots.items()
        }
        texts = texts_around(best)
        return {
            card.pk: Result([self.hit(card, texts, spot) for spot in best[card.pk]], len(spots[card.pk]))
            for card in cards
        }

    def lines(self, cards):
        """Return lecture's key → the lines in which a word is said, in order, each as (number, second, worth of each term)."""
        found = defaultdict(list)
        if not (self.forms and cards):
            return found
        for lecture, number, start, text in lines_with(self.forms, [card.pk for card in cards]):
            worth = self.worth(text)
            if any(worth):
                found[lecture].append((number, start // 1000, worth))
        return found

    def worth(self, text):
        """Return, term by term, how well the text answers it."""
        words = set(words_in(text))
        return [max((term[word] for word in words & term.keys()), default=0) for term in self.terms]

    def spots(self, card, lines):
        """Return where in a lecture something is found: its chapters first, then lines that follow close."""
        found = [
            Spot(second, worth, text=text) for second, text in card.chapters if any(worth := self.worth(text))
        ]
        for number, second, worth in lines:
            before = found[-1] if found else None
            if before and before.lines and number - before.lines[-1] <= LINES_AROUND:
                before.lines.append(number)
                before.worth = [max(pair) for pair in zip(before.worth, worth, strict=True)]
            else:
                found.append(Spot(second, worth, lines=[number]))
        return found

    def hit(self, card, texts, spot):
        text = spot.text
        if spot.lines:
            first, last = spot.around
            text = " ".join(texts.get((card.pk, number), "") for number in range(first, last + 1)).strip()
        return Hit(spot.second, self.marked(text), f"{card.url}#t={spot.second}", is_chapter=not spot.lines)

    def marked(self, text):
        """Return the text in pieces, the words that were searched for marked."""
        text = unicodedata.normalize("NFC", text)
        # Folded in one piece, unless some letter becomes several: `ß`.
        alike, pieces, end = text.casefold(), [], 0
        in_place = len(alike) == len(text)
        for match in WORD.finditer(alike if in_place else text):
            if (match[0] if in_place else folded(match[0])) in self.forms:
                pieces += [Piece(text[end : match.start()]), Piece(text[slice(*match.span())], marked=True)]
                end = match.end()
        return [piece for piece in [*pieces, Piece(text[end:])] if piece.text]


def texts_around(best):
    """Return (lecture's key, number) → the line's text, for the lines of the spots and those beside them: one query."""
    around = sorted(
        {
            (key, number)
            for key, spots in best.items()
            for spot in spots
            if spot.lines
            for number in range(spot.around[0], spot.around[1] + 1)
        }
    )
    if not around:
        return {}
    with cursor_for_reading() as cursor:
        cursor.execute(*lines_at(around))
        return {(key, number): " ".join(text.split()) for key, number, text in cursor}


def lines_at(places):
    """Return the statement that fetches the lines at these (lecture's key, number), and what it is sent with.

    Django would write a condition for each lecture, which takes longer to put together than to answer.
    """
    if connection.vendor == "postgresql":
        lectures, numbers = zip(*places, strict=True)
        pairs = "SELECT * FROM unnest(%s::bigint[], %s::integer[])"
        return LINES_AT.format(pairs), [list(lectures), list(numbers)]
    pairs = "VALUES " + ", ".join(["(%s, %s)"] * len(places))
    return LINES_AT.format(pairs), [value for place in places for value in place]


LINES_AT = 'SELECT lecture_id, number, text FROM "lectures_cue" WHERE (lecture_id, number) IN ({})'
