"""Consultations as staff take them out: one to a row, without addresses and without what managers have written."""

from .models import Consultation

COLUMNS = [
    "referens",
    "län",
    "kommun",
    "arbetsgrupp",
    "skickad",
    "status",
    "mötesform",
    "plats",
    "längd i minuter",
    "målgrupper",
    "behov",
    "vilka som är med",
    "andra kommuner",
    "mandat",
    "mandat, dag",
    "samordnare",
    "tid",
    "hölls",
    "nästa steg",
    "uppföljning efter 3 månader",
    "uppföljning efter 6 månader",
]


def rows(consultations):
    """Yield a row for each, fetched some hundred at a time."""
    for one in consultations.whole().iterator(chunk_size=200):
        mandate, booking = one.mandate, one.booking
        followed = {follow_up.months: follow_up.text for follow_up in one.follow_ups.all()}
        yield [
            one.reference,
            str(one.team.municipality.county),
            str(one.team.municipality),
            str(one.team),
            one.asked_at,
            one.get_status_display(),
            one.get_form_display(),
            one.place,
            one.minutes,
            ", ".join(str(group) for group in one.target_groups.all()),
            one.need,
            one.participants,
            ", ".join(f"{party} ({party.state.lower()})" for party in one.partners),
            mandate.get_decision_display() if mandate else "",
            mandate.decided_at if mandate else None,
            str(one.coordinator or ""),
            booking.starts_at if booking else None,
            one.held_on,
            "; ".join(f"{step.whose}: {step.text}" for step in one.next_steps.all()),
            followed.get(3, ""),
            followed.get(6, ""),
        ]


def chosen(user, *, year=None):
    """Return what the person may take out, asked for in the year if one is given."""
    found = Consultation.objects.visible_to(user)
    return (found.filter(asked_at__year=year) if year else found).order_by("asked_at", "pk")
