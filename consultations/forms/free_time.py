"""A choice among times that are free now."""

import uuid

from django import forms
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst

from ..models import Consultation


class FreeTimeField(forms.ChoiceField):
    """A choice among free times. One that is no longer among them is let through: the act says that it is gone."""

    widget = forms.RadioSelect

    def valid_value(self, value):
        try:
            uuid.UUID(value)
        except ValueError:
            return False
        return True

    def offer(self, free, *, none="", with_ways=False):
        """Let the reader choose among the times; `none`, if given, is the choice of none of them."""
        times = [(str(one.pk), describe(one, with_ways=with_ways)) for one in free]
        self.choices = [("", none), *times] if none else times


def describe(one, *, with_ways=False):
    """Return a time as a choice: day and clock, and `with_ways` how one can meet then."""
    start, end = timezone.localtime(one.starts_at), timezone.localtime(one.ends_at)
    text = capfirst(f"{date_format(start, 'DATETIME_FORMAT')}–{date_format(end, 'H.i')}")
    if not with_ways:
        return text
    ways = [Consultation.Form(value).label.lower() for value in one.free_forms]
    return f"{text}, {' eller '.join(ways)}"
