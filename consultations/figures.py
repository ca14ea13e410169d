"""Figures about consultations, by county, form, target group and status. Requests are counted, never persons."""

from statistics import median_low

from django.db.models import Count, Q

from metodstod.figures import Fact, Table
from metodstod.replica import from_replica

from .models import Consultation, Mandate

HELD = Q(held_on__isnull=False)
OPEN = Q(ended_at__isnull=True, held_on__isnull=True)
HEADS = ("Grupper", "Förfrågningar", "Hållna möten", "På gång")
COUNTS = {
    "groups": Count("team", distinct=True),
    "asked": Count("pk", distinct=True),
    "held": Count("pk", filter=HELD, distinct=True),
    "open": Count("pk", filter=OPEN, distinct=True),
}


def may_read(user):
    return user.has_perm("consultations.view_consultation")


def counted_for(user):
    """What the person may count: what may be read, and for whoever reads figures alone, all of their counties'."""
    if may_read(user) or not user.has_perm("metodstod.see_figures"):
        return Consultation.objects.visible_to(user)
    return Consultation.objects.filter(team__municipality__in=user.place_keys)


@from_replica
def figures(user, *, year=None):
    """Return facts and tables of what the person may count, asked for in the year if one is given.

    Whoever may read the requests sees every number; others none that could point a group out.
    """
    requests = counted_for(user)
    if year:
        requests = requests.filter(asked_at__year=year)
    hides = not may_read(user)
    return {
        "facts": facts(requests, hides=hides),
        "tables": [
            Table(f"Per {by.lower()}", by, HEADS, rows, hides=hides)
            for by, rows in (
                ("Län", counted_by(requests, "team__municipality__county__name")),
                ("Mötesform", counted_by(requests, "form", names=Consultation.Form)),
                ("Målgrupp", counted_by(requests, "target_groups__name")),
                ("Status", counted_by(requests, "status", names=Consultation.Status)),
            )
        ],
        "hides": hides,
    }


def counted_by(requests, by, *, names=None):
    """Return (name, numbers) for each value of the field: in the choices' order if there are choices, else by name."""
    found = {one.pop(by): list(one.values()) for one in requests.order_by(by).values(by).annotate(**COUNTS)}
    if names:
        return [(one.label, found[one.value]) for one in names if one.value in found]
    return [(name, numbers) for name, numbers in found.items() if name]


def facts(requests, *, hides):
    groups, days = days_to_mandate(requests)
    counted = [
        ("Förfrågningar", requests),
        ("Hållna möten", requests.filter(HELD)),
        ("Hållna möten med flera kommuner", requests.filter(HELD, parties__answer="accepted")),
        ("På gång", requests.filter(OPEN)),
    ]
    return [
        *(Fact(name, *groups_and_requests(some), hides=hides) for name, some in counted),
        Fact("Från fråga till chefens besked", groups, in_days(days), hides=hides),
    ]


def groups_and_requests(requests):
    found = requests.aggregate(groups=COUNTS["groups"], asked=COUNTS["asked"])
    return found["groups"], found["asked"]


def days_to_mandate(requests):
    """Return how many groups have had a decision, and the median of whole days from question to decision, or None."""
    decided = Mandate.objects.filter(party__consultation__in=requests, decided_at__isnull=False)
    found = list(decided.values_list("party__consultation__team", "asked_at", "decided_at"))
    days = [(answered - asked).days for _, asked, answered in found]
    return len({team for team, *_ in found}), median_low(days) if days else None


def in_days(days):
    if days is None:
        return "Inga besked än"
    return f"{days} {'dag' if days == 1 else 'dagar'} (median)"


def years(user):
    """Return the years in which something has been asked for, the latest first."""
    found = counted_for(user).dates("asked_at", "year", order="DESC")
    return list(dict.fromkeys(one.year for one in found))
