"""The draft's page as its templates draw it, with holes for what a group has written: drawn once for each set of questions.

It is for the usual page: an answer of which there is something to say is drawn by the templates each time.
"""

from functools import lru_cache

from django.template.loader import render_to_string

from metodstod.frames import Frame


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
