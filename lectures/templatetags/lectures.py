"""How templates say how long something lasts, and how much there is to see in all."""

from django import template

from lectures import lengths
from lectures.models import Lecture

register = template.Library()

register.filter("length_in_words", lengths.in_words)
register.filter("length_in_short", lengths.in_short)


@register.simple_tag
def programme():
    """Return the number of published lectures and their length together: one query."""
    found = list(Lecture.objects.published().values_list("length", flat=True))
    return {"count": len(found), "length": sum(found, start=lengths.NOTHING)}
