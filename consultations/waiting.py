"""The line for a month when nothing suits: what becomes free is offered to the first comer, for 72 hours."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from . import letters
from .acts import Conflict, acting, must_be_of_the_group, note
from .availability import NOTICE, Line, free_slot
from .booking import Taken, chosen_in, drop, leave_line, offer_soon, settle, take_proposed, time_of
from .models import Act, BookableTime, Booking, Consultation, WaitingPlace

TIME_TO_ANSWER = timedelta(hours=72)
MONTHS = 12  # As far ahead as one can stand in line.


def months(today=None):
    """Return the months that one can stand in line for, each by its first day."""
    first = (today or timezone.localdate()).replace(day=1)
    return [
        first.replace(
            year=first.year + (first.month - 1 + number) // 12, month=(first.month - 1 + number) % 12 + 1
        )
        for number in range(MONTHS)
    ]


# By the group --------------------------------------------------------------------------------------


def stand(consultation, wanted, *, by, key):
    """Stand in line for just these months. A place that the group already has is kept, with its time."""
    with acting(consultation, Act.Kind.QUEUED, by=by, key=key) as current:
        if current is None:
            return
        must_be_of_the_group(current, by)
        if chosen_in(current):
            raise Conflict("Ni har redan en tid, så ni behöver inte stå i kö.")
        had = set(current.places.standing().values_list("month", flat=True))
        for month in had - set(wanted):
            leave_line(current, WaitingPlace.Left.SELF, month=month)
        new = [WaitingPlace(consultation=current, month=month, by=by) for month in sorted(set(wanted) - had)]
        WaitingPlace.objects.bulk_create(new)
        if had == set(wanted):
            return
        note(current, Act.Kind.QUEUED if wanted else Act.Kind.UNQUEUED, by=by, key=key)
        offer_soon()


def accept(offered, *, by):
    """Take the time that the group has been offered."""
    with acting(offered.consultation, Act.Kind.ACCEPTED, by=by) as current:
        must_be_of_the_group(current, by)
        offered.refresh_from_db()
        if offered.is_chosen:
            return
        with time_of(offered.coordinator):
            offered.refresh_from_db()
            take_proposed(current, offered, by=by)
        note(current, Act.Kind.ACCEPTED, by=by, booking=offered)
        if current.coordinator is None:
            current.coordinator, current.taken_at = offered.coordinator, timezone.now()
            current.save(update_fields=["coordinator", "taken_at"])
        if not settle(current):
            letters.tell_of_time(offered, "consultation_accepted")


def decline(offered, *, by):
    """Say no to the time; it goes on to the next in line, and the group keeps its place for others."""
    with acting(offered.consultation, Act.Kind.OFFER_DECLINED, by=by) as current:
        must_be_of_the_group(current, by)
        offered.refresh_from_db()
        if offered.state == Booking.State.DROPPED:
            return
        if not offered.is_offered:
            raise Conflict("Tiden erbjuds inte längre.")
        drop(offered)
        note(current, Act.Kind.OFFER_DECLINED, by=by, booking=offered)


# By the clock, and when something becomes free -----------------------------------------------------


def offer():
    """Offer every free time that someone stands in line for to the first who can take it."""
    wanted = sorted(Line().places)
    if not wanted:
        return
    times = BookableTime.objects.standing().filter(starts_at__gt=timezone.now() + NOTICE)
    for bookable in times.select_related("coordinator", "travels_from").prefetch_related(
        "coordinator__counties"
    ):
        if bookable.month in wanted:
            offer_one(bookable)


def offer_one(bookable):
    """Offer the time to the first in line for whom it is free."""
    for one in Line().of(bookable):
        with transaction.atomic():
            current = Consultation.objects.select_for_update().get(pk=one.consultation_id)
            still = current.places.standing().filter(pk=one.pk).exists()
            if not still or current.bookings.occupying().exists():
                continue
            try:
                offered = reserve(current, bookable)
            except Taken:
                continue
            note(current, Act.Kind.OFFERED, booking=offered)
            letters.tell(letters.members(current), "consultation_offered", current, booking=offered)
            return


def reserve(consultation, bookable):
    """Take the time out of what others can choose, for as long as the group has to answer."""
    now = timezone.now()
    with time_of(bookable.coordinator):
        slot = free_slot(consultation, bookable)
        return Booking.objects.create(
            consultation=consultation,
            coordinator=bookable.coordinator,
            bookable=bookable,
            state=Booking.State.OFFERED,
            held_until=min(now + TIME_TO_ANSWER, bookable.starts_at),
            proposed_by=bookable.coordinator,
            **vars(slot),
        )
