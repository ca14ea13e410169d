"""How templates say how long something lasts, and how much there is to see in all."""

from html import escape

from django import template
from django.db.models import Count, Sum
from django.utils.safestring import SafeString

from lectures import lengths
from lectures.models import Lecture
from metodstod.frames import frame

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


@register.filter
def hits(found):
    """Draw the places in a lecture; a page has dozens."""
    drawn = []
    for hit in found:
        place = frame("lectures/_hit.html", "url", "clock", "text", is_chapter=hit.is_chapter)
        drawn.append(place.filled({"url": hit.url, "clock": hit.clock, "text": marked(hit.pieces)}))
    return SafeString("".join(drawn))


@register.filter
def choices(known, parameter):
    """Draw a facet's choices."""
    drawn = []
    for choice in known:
        box = frame("lectures/_choice.html", "parameter", "slug", "name", "count", chosen=choice.chosen)
        texts = {"parameter": parameter, "slug": choice.slug, "name": choice.name, "count": choice.count}
        drawn.append(box.filled(texts))
    return SafeString("".join(drawn))


@register.simple_tag
def programme():
    """Return the number of published lectures and their length together: one query."""
    found = Lecture.objects.published().aggregate(count=Count("pk"), length=Sum("length"))
    return {"count": found["count"], "length": found["length"] or lengths.NOTHING}
