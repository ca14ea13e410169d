"""How templates say how long something lasts, and how much there is to see in all."""

from html import escape

from django import template
from django.db.models import Count, Sum
from django.utils.safestring import SafeString

from lectures import lengths
from lectures.models import Lecture

register = template.Library()

register.filter("length_in_words", lengths.in_words)
register.filter("length_in_short", lengths.in_short)
register.filter("clock", lengths.clock)


@register.filter
def marked(pieces):
    """Show the pieces of a text, those that were searched for marked."""
    # By hand: a page of hits has hundreds of pieces, and Django's own takes three times as long.
    return SafeString(
        "".join(
            f"<mark>{escape(piece.text)}</mark>" if piece.marked else escape(piece.text) for piece in pieces
        )
    )


@register.simple_tag
def programme():
    """Return the number of published lectures and their length together: one query."""
    found = Lecture.objects.published().aggregate(count=Count("pk"), length=Sum("length"))
    return {"count": found["count"], "length": found["length"] or lengths.NOTHING}
