"""How much has been asked for and held, for the figures over all steps; the desk's own page has more."""

from metodstod.figures import Table

from .figures import HEADS, counted_by
from .models import Consultation


def counted(counties, year):
    """Return what groups of these counties have asked for, by county."""
    requests = Consultation.objects.filter(team__municipality__county__in=counties)
    if year:
        requests = requests.filter(asked_at__year=year)
    return [
        Table(
            "Konsultationer, per län", "Län", HEADS, counted_by(requests, "team__municipality__county__name")
        )
    ]
