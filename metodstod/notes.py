"""Notes that a group takes at a meeting, for its draft of answers.

The step that holds the draft registers its notebook; the step that holds the meeting writes in it. Neither imports the
other, and nobody but the group reads what is written.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Question:
    """A question that the group is to answer, and what it has written so far."""

    number: int
    text: str
    hint: str
    written: str


class NotTaken(Exception):
    """Nothing was stored. `reasons` says why in words, by the question's number; under 0 what concerns all."""

    def __init__(self, reasons):
        super().__init__(reasons)
        self.reasons = reasons


class Notebook:
    """What a step registers: the questions, and how something is written under them."""

    longest = 0  # How many characters an answer holds.

    def questions(self, team):
        """Return which set of questions it is, in a word that a page can carry, and the questions in order."""
        return "", ()

    def written(self, team):
        """Return what is written now, by the questions' numbers."""
        return {}

    def add(self, team, notes, *, of, key, by):
        """Add texts to the answers, by the questions' numbers: all or, raising NotTaken, none.

        `of` is the word for the set of questions that the page showed, and `key` makes it happen once however often
        it is sent. Raises LookupError when the key belongs to another group.
        """
        raise NotTaken({0: "Det finns inga frågor att anteckna under."})


_notebooks = [Notebook()]


def register(notebook):
    """Let this be the notebook, in place of any earlier."""
    _notebooks[:] = [notebook]


def notebook():
    """Return the notebook; without one registered, an empty one that takes nothing."""
    return _notebooks[0]
