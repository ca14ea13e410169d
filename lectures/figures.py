"""How much groups have met and watched, for the figures over all steps."""

from django.db.models import Count, F, Sum
from django.db.models.functions import TruncMonth

from metodstod.figures import Table, by_month

from .models import Lecture, Meeting

HEADS = ("Grupper", "Träffar", "Deltagare")
PEOPLE = Sum(F("count_social_worker") + F("count_treatment") + F("count_manager") + F("count_other"))
COUNTS = {"groups": Count("team", distinct=True), "meetings": Count("pk"), "people": PEOPLE}


def counted(counties, year):
    """Return the meetings that groups of these counties have noted, by county and month, and what was seen at them."""
    meetings = Meeting.objects.filter(team__municipality__county__in=counties).order_by()
    if year:
        meetings = meetings.filter(held_on__year=year)
    return [
        Table("Träffar, per län", "Län", HEADS, by_county(meetings)),
        Table("Träffar, per månad", "Månad", HEADS, by_month(monthly(meetings))),
        Table("Sedda föreläsningar", "Föreläsning", ("Grupper", "Träffar"), seen(meetings)),
    ]


def by_county(meetings):
    counted = meetings.values_list("team__municipality__county__name").annotate(**COUNTS)
    return [(name, numbers) for name, *numbers in sorted(counted)]


def monthly(meetings):
    return (
        meetings.annotate(month=TruncMonth("held_on"))
        .values_list("month")
        .annotate(**COUNTS)
        .order_by("month")
    )


def seen(meetings):
    counted = (
        Lecture.objects.filter(meetings__in=meetings)
        .values_list("title")
        .annotate(groups=Count("meetings__team", distinct=True), meetings=Count("meetings", distinct=True))
        .order_by("-groups", "title")
    )
    return [(title, numbers) for title, *numbers in counted]
