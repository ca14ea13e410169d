"""Figures over all three steps, for whoever may see figures and need read nothing: counts of groups and of what they have done.

Each step registers one function that counts its own; steps thus never import one another. What could point a group out is
not told: a row with fewer than five groups, and another with it when the hidden ones could be worked out from the sum.
"""

from dataclasses import dataclass

from django.db.models import Min
from django.http import Http404
from django.utils import timezone
from django.utils.formats import date_format
from django.views.generic import TemplateView

from .models import Team

FLOOR = 5
HIDDEN = "färre än fem grupper"


@dataclass(frozen=True)
class Table:
    """What was counted, by county, lecture or month (`by`). The first of a row's numbers is always how many groups."""

    caption: str
    by: str
    heads: tuple[str, ...]
    rows: list
    hides: bool = True  # Not from someone who may read what was counted.
    hidden = HIDDEN

    @property
    def lines(self):
        """The rows as they may be shown: (name, numbers), with no numbers where they are hidden."""
        hidden = hidden_rows([numbers[0] for _, numbers in self.rows]) if self.hides else ()
        return [
            (name, None if place in hidden else numbers) for place, (name, numbers) in enumerate(self.rows)
        ]


@dataclass(frozen=True)
class Fact:
    """One figure, and how many groups are behind it."""

    name: str
    groups: int
    figure: object
    hides: bool = True

    @property
    def shown(self):
        return HIDDEN if self.hides and 0 < self.groups < FLOOR else self.figure


def hidden_rows(groups):
    """Return the places of the rows that are not shown, given how many groups each has.

    A row without any hides nobody. A single hidden row, or several with fewer than five groups together, would follow
    from a sum that is known from elsewhere; then the smallest of those shown is hidden too.
    """
    hidden = {place for place, number in enumerate(groups) if 0 < number < FLOOR}
    shown = sorted(set(range(len(groups))) - hidden, key=lambda place: groups[place])
    for place in shown:
        if not hidden or (len(hidden) > 1 and sum(groups[one] for one in hidden) >= FLOOR):
            break
        if groups[place]:
            hidden.add(place)
    return hidden


_counters = []


def register(counter):
    """Add the function `counter(counties, year) -> [Table]`, `year` being None for all; again, it changes nothing."""
    if counter not in _counters:
        _counters.append(counter)


def by_month(rows):
    """Name rows of (the month's first day, numbers…) by month and year."""
    return [(date_format(month, "F Y"), numbers) for month, *numbers in rows]


def years(counties):
    """Return the years from that of the counties' first group to this one, the latest first."""
    first = Team.objects.filter(municipality__county__in=counties).aggregate(Min("created_at"))
    begun = first["created_at__min"]
    return list(range(timezone.localdate().year, timezone.localtime(begun).year - 1, -1)) if begun else []


def chosen_year(request, years):
    """Return which of the years is asked for, or None for all; there is no page for another year."""
    asked_for = request.GET.get("ar")
    year = next((one for one in years if str(one) == asked_for), None)
    if asked_for and year is None:
        raise Http404
    return year


class Figures(TemplateView):
    """What has been done in the counties that the person handles; no word that anyone has written."""

    template_name = "figures.html"

    def get_context_data(self, **kwargs):
        person = self.request.user
        if not (person.is_staff and person.has_perm("metodstod.see_figures")):
            raise Http404
        counties = person.reach().participating()
        all_years = years(counties)
        year = chosen_year(self.request, all_years)
        return super().get_context_data(
            year=year,
            years=all_years,
            counties=[county.name for county in counties.order_by("name")],
            tables=[table for counter in _counters for table in counter(counties, year)],
            **kwargs,
        )
