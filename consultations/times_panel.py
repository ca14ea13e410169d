"""What a consultation's page shows about its time, and what there is to do about it."""

from . import availability, suitability


def times_panel(consultation, *, as_group):
    """Return what `_times.html` needs, from a consultation that `whole()` has fetched."""
    if not consultation.is_open:
        return {"offered": [], "rows": [], "shared": False, "places": [], "has_free": False}
    _, rows = suitability.grid(consultation)
    return {
        "offered": [one for one in consultation.bookings.all() if one.is_offered],
        "rows": rows,
        "shared": suitability.is_shared(consultation),
        "has_answered": any(
            said is not None for row in rows for party, said in row["cells"] if party.is_lead
        ),
        "places": [one for one in consultation.places.all() if one.left_at is None],
        "has_free": as_group and bool(availability.free_for(consultation)),
    }
