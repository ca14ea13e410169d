"""The draft's page as its templates draw it, with holes for what a group has written: drawn once for each set of questions.

A frame is made of the questions alone, before any group's words are known, so that none can be sent to another group.
It is for the usual page: an answer of which there is something to say is drawn by the templates each time.
"""

import re
import secrets
from functools import lru_cache

from django.template.loader import render_to_string
from django.utils.html import escape
from django.utils.safestring import SafeString


class Frame:
    """What `draw` makes of a text for each of the names, kept with a hole in the place of each text."""

    def __init__(self, draw, names):
        # Such as nobody can write, so that it is found where it was put and nowhere else.
        holes = {secrets.token_hex(16): name for name in names}
        drawn = draw({name: hole for hole, name in holes.items()})
        # Every other piece is a hole.
        self.pieces = re.split(f"({'|'.join(holes)})", drawn)
        self.names = [holes[hole] for hole in self.pieces[1::2]]

    def filled(self, texts):
        """Return what would have been drawn of these texts."""
        pieces = self.pieces.copy()
        pieces[1::2] = [escape(texts[name]) for name in self.names]
        return SafeString("".join(pieces))


@lru_cache(maxsize=16)
def of_answers(form_class):
    """Return for each question of the form how its part of the page is drawn, around an answer of which there is nothing to say."""

    def draw(question):
        def drawn(texts):
            answer = {"field": form_class(initial=texts)[question.field_name], "question": question}
            nothing = {"theirs": None, "is_own": False, "places": ()}
            return render_to_string("feedback/_draft_answer.html", {"answer": answer | nothing})

        return drawn

    return {question: Frame(draw(question), [question.field_name]) for question in form_class.questions}


@lru_cache(maxsize=16)
def of_unseen(form_class):
    """Return how what the form carries unseen is drawn."""
    names = [name for name, field in form_class.base_fields.items() if field.widget.is_hidden]
    return Frame(lambda texts: form_class(initial=texts).drawn_unseen(), names)
