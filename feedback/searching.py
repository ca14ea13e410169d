"""Full-text search in what groups have written: by Swedish stems, from an index on PostgreSQL, by looking through the texts on SQLite.

stöd utbildning      both words, in any form and as the beginning of longer ones (stödsamtal)
"trygga samtal"      the words next to each other
-chef                not the word
"""

import re
from dataclasses import dataclass

from django.db import connection
from django.db.models import Q
from django.db.models.expressions import RawSQL

from metodstod.later import alone
from metodstod.references import LENGTH, is_reference

TERM = re.compile(r'(?P<no>-)?(?:"(?P<phrase>[^"]+)"?|(?P<word>[^\s"]+))')
MOST_TERMS = 20
SwedishStemmer = alone("snowballstemmer.swedish_stemmer").SwedishStemmer


@dataclass(frozen=True)
class Term:
    """Words that a text is to hold, next to each other; or, with `no`, that it is not to hold."""

    words: tuple[str, ...]
    no: bool = False
    is_phrase: bool = False


def terms(text):
    """Return what is searched for, from what was typed."""
    found = []
    for match in TERM.finditer(text.casefold()):
        words = tuple(re.findall(r"\w+", match["phrase"] or match["word"] or ""))
        if words:
            found.append(Term(words, no=bool(match["no"]), is_phrase=bool(match["phrase"]) or len(words) > 1))
    return found[:MOST_TERMS]


def matching(text):
    """Return the condition on submissions that what was typed stands for."""
    plain = "".join(character for character in text.upper() if character.isalnum())
    if len(plain) == LENGTH and is_reference(plain):
        return Q(reference="-".join((plain[:3], plain[3:6], plain[6:])))
    wanted = terms(text)
    if not wanted:
        return Q(pk__in=[]) if text.strip() else Q()
    return by_stems(wanted) if connection.vendor == "postgresql" else by_words(wanted)


def holding(text):
    """Return the condition on submissions where the text stands just so: an e-mail address, for instance."""
    if connection.vendor == "postgresql":
        return stored_with("phraseto_tsquery('swedish', %s)", [text])
    return Q(searchable__text__contains=text.casefold())


def stored_with(query, values):
    sql = f"SELECT submission_id FROM feedback_searchabletext WHERE vector @@ ({query})"  # noqa: S608  no typed text
    return Q(pk__in=RawSQL(sql, values))  # noqa: S611


# The database's own stemmer is an older one that does not know språket as a form of språk; ours is asked too. A word that
# is in every text (och) is looked for by neither.
ONE_WORD = (
    "(to_tsquery('swedish', %s) || CASE WHEN numnode(to_tsquery('swedish', %s)) > 0"
    " THEN to_tsquery('simple', %s) ELSE '' END)"
)


def by_stems(wanted):
    parts, values = [], []
    for term in wanted:
        # A lone word is letters and digits only, so `:*` is the sole operator in it.
        word = f"{term.words[0]}:*"
        query = "phraseto_tsquery('swedish', %s)" if term.is_phrase else ONE_WORD
        parts.append(f"{'!!' if term.no else ''}{query}")
        values += [" ".join(term.words)] if term.is_phrase else [word, word, f"{stem(term.words[0])}:*"]
    # Asked for twice: the planner guesses that a word it does not know is in each hundredth text, and would go through all
    # texts, newest first, for one that is in five. Both at once it takes for rare; a word that it knows to be in all, for that.
    whole = " && ".join(parts)
    return stored_with(f"({whole}) && ({whole})", values * 2)


def by_words(wanted):
    condition = Q()
    for term in wanted:
        sought = " ".join(term.words) if term.is_phrase else stem(term.words[0])
        found = Q(searchable__text__contains=sought)
        condition &= ~found if term.no else found
    return condition


def stem(word):
    """Return the word's Swedish stem, which PostgreSQL makes by the same rules."""
    # A stemmer keeps its word in itself, so each caller has one of its own.
    return SwedishStemmer().stemWord(word)
