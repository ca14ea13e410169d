"""How much has been received, for the figures over all steps. Nothing of what it says."""

from django.db.models import Count
from django.db.models.functions import TruncMonth

from metodstod.figures import Table, by_month

from .models import Submission

HEADS = ("Grupper", "Återkopplingar")
COUNTS = {"groups": Count("team", distinct=True), "submissions": Count("pk")}


def counted(counties, year):
    """Return what has been received from these counties, by county and month."""
    received = Submission.objects.filter(municipality__county__in=counties).order_by()
    if year:
        received = received.filter(submitted_at__year=year)
    by_county = received.values_list("municipality__county__name").annotate(**COUNTS)
    monthly = received.annotate(month=TruncMonth("submitted_at")).values_list("month").annotate(**COUNTS)
    return [
        Table(
            "Mottagna återkopplingar, per län",
            "Län",
            HEADS,
            [(name, rest) for name, *rest in sorted(by_county)],
        ),
        Table("Mottagna återkopplingar, per månad", "Månad", HEADS, by_month(monthly.order_by("month"))),
    ]
