"""What there is to choose among and to search: each published lecture's card, and which words are said in it how often.

Read once by each process, and again when content has changed. A request therefore does no more work with a thousand
lectures than with ten, save what it shows.
"""

import threading
from array import array
from bisect import bisect_right
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from itertools import accumulate

from django.db import connection
from django.db.models import Count, Max, Min, Sum
from django.utils import timezone

from metodstod.models import ContentChange

from . import lengths
from .facets import FACETS
from .models import Chapter, Cue, Lecture
from .search_words import Vocabulary, words_in

# What a word is worth where the catalogue tells of a lecture.
TITLE, NAMED, SUMMARY = 8, 4, 3
MOST_REMEMBERED = 16


@dataclass(frozen=True, slots=True, eq=False)
class Card:
    """A lecture as the catalogue tells of it, and as meetings are planned from it."""

    pk: int
    slug: str
    title: str
    summary: str
    audience: str
    provider: str
    field_of_work: str
    target_groups: tuple
    length: timedelta
    url: str
    chapters: tuple  # of (second, text)

    @classmethod
    def of(cls, lecture, chapters):
        return cls(
            pk=lecture.pk,
            slug=lecture.slug,
            title=lecture.title,
            summary=lecture.summary,
            audience=lecture.audience,
            provider=lecture.provider.name,
            field_of_work=lecture.field_of_work.name if lecture.field_of_work else "",
            target_groups=tuple(group.name for group in lecture.target_groups.all()),
            length=lecture.length,
            url=lecture.get_absolute_url(),
            chapters=chapters,
        )

    @property
    def length_in_short(self):
        return lengths.in_short(self.length)

    @property
    def texts(self):
        """Each text with what a word in it is worth."""
        yield TITLE, self.title
        yield SUMMARY, self.summary
        yield SUMMARY, self.audience
        for name in (self.provider, self.field_of_work, *self.target_groups):
            yield NAMED, name


class Where:
    """In which lectures a word is, by their places on the shelf, and for each a number: how often, or what it is worth."""

    __slots__ = ("numbers", "places")

    def __init__(self):
        self.places, self.numbers = array("H"), array("H")

    def add(self, place, number):
        self.places.append(place)
        self.numbers.append(min(number, 65_535))

    def __iter__(self):
        return zip(self.places, self.numbers, strict=True)


class Shelf:
    """The published lectures in the catalogue's order, as they were at one moment."""

    def __init__(self):
        now = timezone.now()
        lectures = list(
            Lecture.objects.published()
            .defer("visual_description")
            .select_related("provider", "field_of_work")
            .prefetch_related("target_groups")
        )
        chapters = chapters_of(lectures)
        self.cards = [Card.of(lecture, tuple(chapters.get(lecture.pk, ()))) for lecture in lectures]
        self.seconds = [card.length.total_seconds() for card in self.cards]
        self.choices, self.held_by = held(lectures)
        self.remembered = {}
        # What has been promised for a time to come makes this one old then.
        self.valid_until = min(
            filter(None, (first_after(now, content) for content in (Lecture, Chapter))), default=None
        )

    def __len__(self):
        return len(self.cards)

    def remember(self, key, make):
        """Return what `make` makes of the cards, made once; of so much only the latest is kept."""
        if key not in self.remembered:
            made = make()
            if len(self.remembered) >= MOST_REMEMBERED:
                self.remembered.clear()
            self.remembered[key] = made
            return made
        return self.remembered[key]

    @cached_property
    def told(self):
        """Word → where the catalogue tells of it, and what it is worth there."""
        found = defaultdict(Where)
        for place, card in enumerate(self.cards):
            worth = {}
            for weight, text in card.texts:
                for word in words_in(text):
                    worth[word] = max(weight, worth.get(word, 0))
            for word, weight in worth.items():
                found[word].add(place, weight)
        return dict(found)

    @cached_property
    def said(self):
        """Word → where it is said, and in how many lines; a chapter's text is one."""
        counts = defaultdict(Counter)
        for lecture, text in Cue.objects.order_by().values_list("lecture", "text").iterator():
            counts[lecture].update(set(words_in(text)))
        found = defaultdict(Where)
        for place, card in enumerate(self.cards):
            lines = counts.pop(card.pk, Counter())
            for _, text in card.chapters:
                lines.update(set(words_in(text)))
            for word, number in lines.items():
                found[word].add(place, number)
        return dict(found)

    @cached_property
    def vocabulary(self):
        """All words there are to find, each with how often."""
        words = Counter({word: sum(where.numbers) for word, where in self.said.items()})
        words.update({word: len(where.places) for word, where in self.told.items()})
        return Vocabulary(words)

    @cached_property
    def titles(self):
        return Texts(card.title for card in self.cards)

    @cached_property
    def summaries(self):
        return Texts(card.summary for card in self.cards)


class Texts:
    """One text of each card, as the words it is made of, so that several words in a row are looked for in all at once."""

    def __init__(self, texts):
        rows = [" ".join(words_in(text)) for text in texts]
        self.row = "\n".join(rows) + "\n"
        self.ends = list(accumulate(len(row) + 1 for row in rows))

    def holding(self, words):
        """Return the places on the shelf of the texts that these words are in."""
        at, found = self.row.find(words), []
        while at >= 0:
            place = bisect_right(self.ends, at)
            found.append(place)
            at = self.row.find(words, self.ends[place])
        return found


def held(lectures):
    """Return the choices that exist for each facet, in order, and which lectures each holds: a bit for each, the first lowest."""
    choices, held_by = {facet.parameter: set() for facet in FACETS}, Counter()
    for place, lecture in enumerate(lectures):
        for facet in FACETS:
            for value in set(facet.values(lecture)):
                choices[facet.parameter].add(value)
                held_by[facet.parameter, value[1]] |= 1 << place
    return {parameter: sorted(values) for parameter, values in choices.items()}, dict(held_by)


def chapters_of(lectures):
    """Return lecture's key → its published chapters, each as (second, text)."""
    found = defaultdict(list)
    for chapter in Chapter.objects.published().filter(lecture__in=lectures):
        text = f"{chapter.title}: {chapter.question}" if chapter.question else chapter.title
        found[chapter.lecture_id].append((chapter.second, text))
    return found


def first_after(now, content):
    return content.objects.filter(published_at__gt=now).aggregate(first=Min("published_at"))["first"]


# Kept by the process ---------------------------------------------------------------------------------


class Keeper:
    """The latest shelf, and what content it was made from. Only one thread makes a new one; others use the old meanwhile."""

    def __init__(self):
        self.lock, self.version, self.shelf, self.spoken = threading.Lock(), None, None, None

    def current(self):
        """Return the shelf as content is now: one query when nothing has changed."""
        if connection.in_atomic_block:
            # What is read here may yet be taken back.
            return Shelf()
        version = ContentChange.version()
        shelf = self.shelf
        if shelf and self.version == version and not is_past(shelf.valid_until):
            return shelf
        if not self.lock.acquire(blocking=shelf is None):
            return shelf
        try:
            if self.shelf is shelf or self.version != version:
                self.renew(version)
            return self.shelf
        finally:
            self.lock.release()

    def renew(self, version):
        shelf = Shelf()
        spoken = (
            tuple((card.pk, card.chapters) for card in shelf.cards),
            *Cue.objects.aggregate(lines=Count("pk"), newest=Max("pk"), ends=Sum("end")).values(),
        )
        if self.spoken == spoken and "said" in vars(self.shelf):
            # Captions are replaced and never changed: nothing else is said, and all need not be read again.
            shelf.said = self.shelf.said
        self.version, self.shelf, self.spoken = version, shelf, spoken


def is_past(moment):
    return moment is not None and moment <= timezone.now()


current = Keeper().current
