"""Swedish words as the search compares them: their stems, what they are put together of, and what else they are called.

One analysis for both databases: PostgreSQL is asked for the written forms that are chosen here, and finds them by its
own index; without PostgreSQL the forms are looked up in memory. They therefore answer alike.
"""

import re
import unicodedata
from collections import Counter, defaultdict
from functools import cached_property, lru_cache
from threading import Lock

from metodstod.later import alone

WORD = re.compile(r"[^\W_]+")
SwedishStemmer = alone("snowballstemmer.swedish_stemmer").SwedishStemmer

# The Snowball project's Swedish stemmer, the one that PostgreSQL has. It keeps its word in itself: one caller at a time.
_stemmer, _one_at_a_time = SwedishStemmer(), Lock()

# Words that say nothing about what is looked for, unless nothing else was written.
EMPTY = frozenset(
    [
        "alla",
        "allt",
        "att",
        "av",
        "bli",
        "blir",
        "de",
        "dem",
        "den",
        "denna",
        "det",
        "detta",
        "dig",
        "din",
        "du",
        "då",
        "där",
        "efter",
        "eller",
        "en",
        "ett",
        "era",
        "ert",
        "er",
        "för",
        "från",
        "får",
        "ge",
        "ger",
        "gör",
        "göra",
        "han",
        "har",
        "hon",
        "hos",
        "hur",
        "i",
        "in",
        "inom",
        "inte",
        "jag",
        "kan",
        "kring",
        "man",
        "med",
        "mellan",
        "men",
        "mig",
        "mot",
        "när",
        "någon",
        "något",
        "några",
        "ni",
        "nu",
        "och",
        "också",
        "om",
        "på",
        "sen",
        "sin",
        "sitt",
        "ska",
        "som",
        "så",
        "till",
        "upp",
        "ut",
        "under",
        "utan",
        "vad",
        "var",
        "vara",
        "vem",
        "vi",
        "vid",
        "vilka",
        "vilken",
        "vill",
        "vår",
        "våra",
        "är",
        "över",
        "hen",
        "handlar",
        "finns",
        "man",
        "mina",
        "min",
        "mitt",
        "blev",
        "blivit",
        "ha",
        "hade",
        "skulle",
        "kunna",
    ]
)

# What the field calls by several names; any of them finds the others, a little lower down.
ALIKE = (
    ("trafficking", "människohandel"),
    ("prostitution", "ersättning", "sexarbete", "sexhandel", "säljer"),
    ("sexköp", "sexköpare", "köpare", "köper", "torsk", "torskar"),
    ("porr", "pornografi"),
    ("unga", "ungdom", "tonåring"),
    ("anhörig", "närstående", "förälder", "föräldrar"),
    ("lss", "funktionsstöd", "funktionsnedsättning", "funktionshinder", "funktionsvariation"),
    ("ekonomi", "försörjning", "försörjningsstöd", "pengar", "socialbidrag"),
    ("missbruk", "beroende", "bruk", "droger", "narkotika", "alkohol"),
    ("ptsd", "trauma"),
    ("behandling", "terapi", "samtalsbehandling"),
    ("lag", "lagstiftning", "juridik", "lagrum"),
    ("upptäcka", "upptäckt", "märker", "signaler", "tecken", "varningstecken"),
    ("bemöta", "bemötande", "möta", "mötet"),
    ("fråga", "frågan", "frågor", "samtal"),
    ("sexmissbruk", "tvångsmässigt", "sexberoende"),
    ("självskada", "självskadebeteende"),
    ("handel", "handeln"),
)

# Parts of the field's compounds that seldom stand alone.
PARTS = (
    "människo kvinno flick pojk själv skade beteende miss bruk sex köp sälj handel våld trauma samtal stöd barn ungdom"
    " funktion nedsättning variation försörjning social sjuk vård skydd boende anmälan behandling grupp utsatt riskerande oro polis"
)
JOINTS = ("s", "o", "e", "u", "a")
SHORTEST_PART = 3
LONG_PART = 6  # So long a beginning or end is no accident, whatever the other part is.

# How well a word answers: itself inflected, a compound of it, another word of its stem, a compound of that, another name.
ITSELF, COMPOUND, RELATED, COMPOUND_OF_STEM, ALSO_CALLED = 1.0, 0.9, 0.85, 0.8, 0.6


def folded(text):
    """Return the text as it is compared: one form of each letter, no difference between large and small."""
    return unicodedata.normalize("NFC", text).casefold()


def words_in(text):
    """Return the words of a text, folded, in order."""
    return WORD.findall(folded(text))


# What the stemmer leaves: `handeln`, `terapin`, `koordinatorn`, `anmälan`, `anmälning`, `planering`.
LEFT = re.compile(r"(?<=[eo][lr])n$|(?<=\w{4}i)n$|(?<=\w{4})an$|(?<=\w{4})(?:er|n)?ing$")


@lru_cache(maxsize=65_536)
def stem(word):
    """Return what a folded word's inflections have in common: `köp` of `köparen`."""
    # Until nothing more comes off: `faktorer` is first stemmed to `faktor`, and that by itself further.
    with _one_at_a_time:
        shorter = LEFT.sub("", _stemmer.stemWord(word))
    return word if shorter == word or len(shorter) < SHORTEST_PART else stem(shorter)


@lru_cache(maxsize=1)
def alike():
    """Return stem → the stems of what it is also called."""
    found = {}
    for names in ALIKE:
        group = {stem(name) for name in names}
        for one in group:
            found.setdefault(one, set()).update(group - {one})
    return found


def plain(word):
    """Return the word without what stands over or under its letters: `manniska`."""
    return "".join(
        letter for letter in unicodedata.normalize("NFD", word) if not unicodedata.combining(letter)
    )


class Vocabulary:
    """The words that there are to find, and how often each is there."""

    def __init__(self, words):
        self.counts = Counter(words)

    _known = frozenset(stem(word) for word in PARTS.split()) | frozenset(PARTS.split())

    @cached_property
    def by_stem(self):
        found = defaultdict(list)
        for word in self.counts:
            found[stem(word)].append(word)
        return dict(found)

    @cached_property
    def known(self):
        """The stems that a compound may be put together of."""
        words = (word for word in self.counts if len(word) >= SHORTEST_PART and word not in EMPTY)
        return self._known | {stem(word) for word in words}

    @cached_property
    def in_a_row(self):
        return "\n".join(["", *self.counts, ""])

    def holding(self, part):
        """Return the words that these letters are in; looked for in all of them at once."""
        row, found = self.in_a_row, []
        at = row.find(part)
        while at >= 0:
            end = row.index("\n", at)
            found.append(row[row.rindex("\n", 0, at) + 1 : end])
            at = row.find(part, end)
        return found

    def forms(self, word):
        """Return the words that a search for this word finds, each with how well it answers (0 to 1)."""
        if word in EMPTY:
            return {word: ITSELF} if word in self.counts else {}
        wanted = stem(word)
        found = {}
        for other in alike().get(wanted, ()):
            found |= dict.fromkeys([*self.by_stem.get(other, ()), *self.compounds_of(other)], ALSO_CALLED)
        found |= {
            known: COMPOUND if word in known else COMPOUND_OF_STEM for known in self.compounds_of(wanted)
        }
        found |= {
            known: ITSELF if known.startswith(word[:-1]) else RELATED
            for known in self.by_stem.get(wanted, ())
        }
        return found

    def compounds_of(self, part):
        return [word for word in self.holding(part) if self.is_compound_of(word, part)]

    def is_compound_of(self, word, part):
        """Whether the word is put together of other known words and this stem: `sexköpare` of `köp`."""
        if len(part) < SHORTEST_PART or part not in word or len(word) < len(part) + SHORTEST_PART:
            return False
        if len(part) >= LONG_PART and (word.startswith(part) or stem(word).endswith(part)):
            return True
        start = word.find(part)
        while start >= 0:
            before, rest = word[:start], word[start:]
            if self.is_beginning(before) and (
                (before and stem(rest) == part) or self.is_part_and_more(rest, part)
            ):
                return True
            start = word.find(part, start + 1)
        return False

    def is_part_and_more(self, rest, part):
        return any(
            rest.startswith(part + joint) and self.is_end(rest[len(part + joint) :])
            for joint in ("", *JOINTS)
        )

    def is_beginning(self, text):
        """Whether a compound can begin so: with nothing, a word, a word and its joint, or two of them."""
        return (
            not text
            or self.is_word(text)
            or any(
                self.is_word(text[:place]) and self.is_word(text[place:])
                for place in range(SHORTEST_PART, len(text) - SHORTEST_PART + 1)
            )
        )

    def is_word(self, text):
        if len(text) < SHORTEST_PART or text in EMPTY:
            return False
        if text in self.known or stem(text) in self.known:
            return True
        root = text[:-1]
        return (
            text.endswith(JOINTS)
            and len(root) >= SHORTEST_PART
            and root not in EMPTY
            and (root in self.known or stem(root) in self.known)
        )

    def is_end(self, text):
        return self.is_word(text) or any(
            self.is_word(text[:place]) and self.is_word(text[place:])
            for place in range(SHORTEST_PART, len(text) - SHORTEST_PART + 1)
        )

    def parts(self, word):
        """Return two known words that a word is put together of, or nothing: `sex`, `köpare`."""
        for place in range(SHORTEST_PART, len(word) - SHORTEST_PART + 1):
            first, last = word[:place], word[place:]
            if self.is_word(first) and stem(last) in self.known:
                return [next((one for one in (first, first[:-1]) if stem(one) in self.known), first), last]
        return []

    def nearest(self, word):
        """Return the known word that was probably meant by a misspelt one, or an empty text."""
        if len(word) < 4:
            return ""
        allowed = 1 if len(word) < 6 else 2 if len(word) < 10 else 3
        looked_for, letters = plain(word), letters_in(plain(word))
        best = (allowed + 1, 0, "")
        for known, written, others in self.written:
            if abs(len(known) - len(word)) > allowed or (letters & ~others).bit_count() > allowed:
                continue
            off = distance(looked_for, written, allowed)
            if off <= allowed:
                best = min(best, (off, -self.counts[known], known))
        return best[2]

    @cached_property
    def written(self):
        """The words that may be meant by a misspelt one: each as it is, without its marks, and its letters as bits."""
        words = (word for word in self.counts if len(word) >= SHORTEST_PART and not word.isdigit())
        return [(word, plain(word), letters_in(plain(word))) for word in words]


def letters_in(word):
    """Return which letters are in a word, one bit for each of the alphabet's; rare ones share a bit."""
    bits = 0
    for letter in word:
        bits |= 1 << (ord(letter) & 31)
    return bits


def distance(first, second, most):
    """Return how many letters one must add, drop, change or let change places; `most` + 1 when they are more."""
    if sum((Counter(first) - Counter(second)).values()) > most:
        return most + 1
    rows = [list(range(len(second) + 1))]
    for i, one in enumerate(first, 1):
        row = [i]
        for j, other in enumerate(second, 1):
            least = min(rows[-1][j] + 1, row[-1] + 1, rows[-1][j - 1] + (one != other))
            if i > 1 and j > 1 and one == second[j - 2] and first[i - 2] == other:
                least = min(least, rows[-2][j - 2] + 1)
            row.append(least)
        rows.append(row)
    return min(rows[-1][-1], most + 1)
