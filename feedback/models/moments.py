"""Times as they are read: in words, Stockholm time."""

from django.utils import timezone
from django.utils.formats import date_format


def in_words(moment):
    """Return a time in Swedish words, Stockholm time; the year only when it is not this year.

    `tisdag 24 november kl. 10.32`
    """
    local = timezone.localtime(moment)
    year = "" if local.year == timezone.localtime().year else " Y"
    return date_format(local, f"l j F{year} \\k\\l. H.i")
