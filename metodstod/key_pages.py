"""Pages of a table by key: a page begins after a row, wherever it lies, and takes as long in a table of any size.

The address holds the moment and the key of that row (`?p=efter-1763993000123456-7`), so a page begins where it did though
newer rows have come, and though the row itself has gone. Nothing is counted further than anyone wants to know.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import PAGE_VAR, ChangeList
from django.core.exceptions import ValidationError
from django.db.models import IntegerField, Q, Subquery
from django.utils.formats import date_format
from django.utils.functional import cached_property
from django.utils.timezone import localtime

AFTER, BEFORE, LAST = "efter", "fore", "sist"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


class CountUpTo(Subquery):
    """How many rows there are, counted no further than to one more than the most."""

    template = "(SELECT count(*) FROM (%(subquery)s) AS counted)"
    output_field = IntegerField()

    def __init__(self, queryset, most):
        # In its order: most of what is read is then what the page shows, and a common word is soon found.
        super().__init__(queryset.values("pk")[: most + 1])


@dataclass(frozen=True)
class Place:
    """Where a row stands: its moment, and its key among those of the same moment."""

    moment: datetime
    key: Any

    def __str__(self):
        return f"{(self.moment - EPOCH) // MICROSECOND}-{self.key}"

    @classmethod
    def read(cls, text, model):
        """Return the place that the text says, or None if it says none."""
        microseconds, _, key = text.partition("-")
        try:
            return cls(EPOCH + int(microseconds) * MICROSECOND, model._meta.pk.to_python(key))
        except (ValueError, OverflowError, ValidationError):
            return None


class KeyPage:
    """A page of what the queryset holds, newest first by `moment`, and whether there are newer and older.

    `wanted` is what the address says: a place and which side of it, or `sist` for the oldest. Whatever else it says, the
    newest are shown.
    """

    MOST = 1000
    is_by_key = True

    def __init__(self, queryset, moment, per_page, wanted):
        self.moment, self.per_page, self.all = moment, per_page, queryset
        # Counted in the same statement.
        self.queryset = queryset.annotate(in_all=CountUpTo(queryset, self.MOST))
        self.rows, self.has_newer, self.has_older = self.turned_to(wanted)

    def turned_to(self, wanted):
        side, _, rest = wanted.partition("-")
        place = Place.read(rest, self.queryset.model)
        if side == LAST:
            rows, has_newer = self.taken(self.queryset.reverse())
            return rows[::-1], has_newer, False
        if side == BEFORE and place:
            rows, has_newer = self.taken(self.queryset.filter(self.beyond(place, "gt")).reverse())
            if has_newer:  # Otherwise the newest page, and a whole one.
                return rows[::-1], True, True
        if side == AFTER and place:
            rows, has_older = self.taken(self.queryset.filter(self.beyond(place, "lt")))
            return rows, True, has_older
        rows, has_older = self.taken(self.queryset)
        return rows, False, has_older

    def taken(self, queryset):
        """Return a page of rows, and whether there are more."""
        rows = list(queryset[: self.per_page + 1])
        return rows[: self.per_page], len(rows) > self.per_page

    def beyond(self, place, side):
        """Return the condition for what lies beyond the place: `lt`, older, or `gt`, newer."""
        # The first part alone is where an index can be entered.
        return Q(**{f"{self.moment}__{side}e": place.moment}) & (
            Q(**{f"{self.moment}__{side}": place.moment}) | Q(**{f"pk__{side}": place.key})
        )

    @cached_property
    def counted(self):
        if self.rows:
            return self.rows[0].in_all
        # A page after what has gone since is empty, though the table is not.
        return self.all[: self.MOST + 1].count() if self.has_newer else 0

    @property
    def count(self):
        return min(self.counted, self.MOST)

    @property
    def is_capped(self):
        """Whether there are more than have been counted."""
        return self.counted > self.MOST

    @property
    def turns(self):
        """Return what leads to other pages: words, what HTML calls it, and what the address is to say."""
        if self.has_newer:
            yield "Nyast", "", None
        if self.has_newer and self.rows:
            yield "Nyare", "prev", f"{BEFORE}-{self.place_of(self.rows[0])}"
        if self.has_older:
            yield "Äldre", "next", f"{AFTER}-{self.place_of(self.rows[-1])}"
            yield "Äldst", "", LAST

    def place_of(self, row):
        return Place(getattr(row, self.moment), row.pk)


class NewestFirstList(ChangeList):
    """The admin's list by key, as long as it is in its own order; one that is sorted by a column has numbered pages."""

    def get_results(self, request):
        moment, wanted = self.model_admin.moment, request.GET.get(PAGE_VAR, "")
        order = (f"-{moment}", "-pk")
        if self.queryset.query.order_by[:2] != order:
            super().get_results(request)
            return
        self.paginator = page = KeyPage(self.queryset.order_by(*order), moment, self.list_per_page, wanted)
        self.result_list = page.rows
        # What has not been counted is not offered to be chosen as a whole.
        self.result_count = len(page.rows) if page.is_capped else page.count
        self.multi_page = self.can_show_all = self.show_full_result_count = False
        self.full_result_count, self.show_admin_actions = None, True

    @property
    def turns(self):
        return [
            (words, rel, self.get_query_string({PAGE_VAR: place} if place else None))
            for words, rel, place in self.paginator.turns
        ]


class NewestFirst:
    """Mixin: a table of what has happened, newest first. `moment` is the field that says when, and `when` its short column."""

    moment = None
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER

    @admin.display(description="när")
    def when(self, row):
        return date_format(localtime(getattr(row, self.moment)), "SHORT_DATETIME_FORMAT")

    def get_changelist(self, request, **kwargs):
        return NewestFirstList
