"""Which published times can still be had: by whom, in what form, and who stands in line before them."""

from datetime import timedelta
from functools import cached_property

from django.utils import timezone

from metodstod.models import User

from .booking import Slot, Taken, must_be_free
from .distance import AUTHORITIES, travel_minutes
from .models import BookableTime, Booking, Consultation, WaitingPlace

NOTICE = timedelta(days=2)  # Closer than that nobody can choose a time; one asks the coordinator.
NO_LONGER = "Tiden går inte längre att välja."


def slot_of(bookable, form, municipality):
    """Return the time with what is blocked around it: the margins, and for a visit at least the journey."""
    before, after = bookable.before, bookable.after
    if form == Consultation.Form.ON_SITE:
        home = bookable.travels_from.code if bookable.travels_from else home_of(bookable.coordinator)
        journey = travel_minutes(home, municipality.code)
        before, after = max(before, journey), max(after, journey)
    return Slot.of(bookable.starts_at, minutes=bookable.minutes, before=before, after=after)


def home_of(coordinator):
    """Return the code of the municipality where the coordinator's authority sits, empty when not known."""
    codes = sorted(county.code for county in coordinator.counties.all())
    return AUTHORITIES.get(codes[0], "") if codes else ""


def open_to(municipality, *, coordinator=None):
    """Return the published times that a group in the municipality could choose, free or not, soonest first.

    Of a coordinator who has taken the consultation only that one's times; else of all in the county.
    """
    soon = timezone.now() + NOTICE
    if coordinator:
        who = {"coordinator": coordinator}
    else:
        staff = User.objects.filter(is_staff=True, is_active=True, counties=municipality.county_id)
        who = {"coordinator__in": staff.values("pk")}
    times = BookableTime.objects.standing().filter(starts_at__gt=soon, **who)
    return times.select_related("coordinator", "travels_from").prefetch_related("coordinator__counties")


def free_times(municipality, *, form=None, coordinator=None, consultation=None, limit=24):
    """Return the times that a group there may choose now, at most `limit`, each with the forms that are free.

    Times that someone stands in line for are kept for the line. Each has `free_forms`, values of `Consultation.Form`.
    """
    wanted = [form] if form else Consultation.Form.values
    times = list(open_to(municipality, coordinator=coordinator))
    if not times:
        return []
    line = Line(consultation)
    found = []
    for one in times:
        one.free_forms = [
            value
            for value in wanted
            if getattr(one, value)
            and not meets(line.busy.get(one.coordinator_id, []), slot_of(one, value, municipality))
            and not line.comes_before(one)
        ]
        if one.free_forms:
            found.append(one)
            if len(found) == limit:
                break
    return found


def busy_of(*, after):
    """Return when coordinators are taken up from a moment on: coordinator's id → pairs of moments."""
    busy = {}
    taken = Booking.objects.occupying().filter(blocked_until__gt=after)
    for coordinator, start, end in taken.values_list("coordinator", "blocked_from", "blocked_until"):
        busy.setdefault(coordinator, []).append((start, end))
    return busy


def meets(busy, slot):
    return any(start < slot.blocked_until and end > slot.blocked_from for start, end in busy)


def free_for(consultation):
    """Return the times that the consultation's group may choose now."""
    return free_times(
        consultation.team.municipality,
        form=consultation.form,
        coordinator=consultation.coordinator,
        consultation=consultation,
    )


def free_slot(consultation, bookable, *, besides=None):
    """Return the time's slot for the consultation if it is still to be had, or raise Taken.

    Asked before the coordinator's time is held alone, so that most who are too late need not wait in that
    queue, and again inside it. What most often answers is asked first.
    """
    municipality = consultation.team.municipality
    slot = slot_of(bookable, consultation.form, municipality)
    must_be_free(bookable.coordinator, slot, besides=besides)
    within_reach = open_to(municipality, coordinator=consultation.coordinator)
    if not within_reach.filter(pk=bookable.pk, **{consultation.form: True}).exists():
        raise Taken(NO_LONGER)
    if Line(consultation).comes_before(bookable):
        raise Taken("Tiden är på väg till dem som står i kö för den månaden.")
    return slot


# Those who stand in line ---------------------------------------------------------------------------


class Line:
    """All who stand in line, read once, as it looks to one consultation (or to someone who is not in it)."""

    def __init__(self, consultation=None):
        self.consultation = consultation

    @cached_property
    def places(self):
        """Month → places in order, of consultations that could take a time now."""
        found = {}
        standing = WaitingPlace.objects.standing().select_related("consultation__team__municipality")
        for one in standing.prefetch_related("consultation__bookings"):
            if not any(booked.is_occupying for booked in one.consultation.bookings.all()):
                found.setdefault(one.month, []).append(one)
        return found

    @cached_property
    def busy(self):
        """When coordinators are taken up."""
        return busy_of(after=timezone.now())

    def of(self, bookable):
        """Return the places in order of those who could take this time and have not been offered it before."""
        busy = self.busy.get(bookable.coordinator_id, []) if bookable.month in self.places else []
        return [
            one for one in self.places.get(bookable.month, []) if may_take(one.consultation, bookable, busy)
        ]

    def comes_before(self, bookable):
        """Whether the time belongs to someone else first."""
        first = next(iter(self.of(bookable)), None)
        return first is not None and first.consultation != self.consultation


def may_take(consultation, bookable, busy):
    municipality = consultation.team.municipality
    counties = {county.pk for county in bookable.coordinator.counties.all()}
    return (
        getattr(bookable, consultation.form)
        and municipality.county_id in counties
        and consultation.coordinator_id in {None, bookable.coordinator_id}
        and all(booked.bookable_id != bookable.pk for booked in consultation.bookings.all())
        and not meets(busy, slot_of(bookable, consultation.form, municipality))
    )
