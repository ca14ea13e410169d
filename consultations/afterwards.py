"""After the meeting: whether it was held, what was agreed, and how it has gone three and six months later."""

import calendar

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from . import booking, letters
from .acts import Conflict, acting, must_be_of_the_group, must_handle, note
from .models import Act, Booking, Consultation, FollowUp, NextStep

FOLLOWED_UP_AFTER = (3, 6)  # Months.
MOST_STEPS = 30


def months_after(day, months):
    """Return the same day of the month so many months later, or the month's last if it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return day.replace(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def hold(consultation, held_on, text, *, by, key):
    """Note that the meeting has been held, on the booked day or another; guests' requests follow along."""
    with acting(consultation, Act.Kind.HELD, by=by, key=key) as current:
        if current is None:
            return
        must_handle(current, by)
        if current.is_held:
            raise Conflict("Mötet är redan noterat som hållet.")
        for offered in current.bookings.filter(state=Booking.State.PROPOSED):
            booking.drop(offered)
        for one in [current, *guests(current)]:
            one.status, one.held_on = Consultation.Status.HELD, held_on
            one.save(update_fields=["status", "held_on"])
        FollowUp.objects.bulk_create(
            [
                FollowUp(consultation=current, months=months, due_on=months_after(held_on, months))
                for months in FOLLOWED_UP_AFTER
            ]
        )
        note(current, Act.Kind.HELD, by=by, key=key, text=text)


def miss(consultation, text, *, by, key):
    """Note that the booked meeting never came about; the search for a time begins anew."""
    with acting(consultation, Act.Kind.MISSED, by=by, key=key) as current:
        if current is None:
            return
        must_handle(current, by)
        booked = booking.chosen_in(current)
        if not booked or booked.ends_at > timezone.now():
            raise Conflict("Det finns inget möte som har passerat.")
        # It is past: there is nothing to take out of anyone's calendar.
        booked.state, booked.cancelled_at = Booking.State.CANCELLED, timezone.now()
        booked.save(update_fields=["state", "cancelled_at"])
        note(current, Act.Kind.MISSED, by=by, key=key, booking=booked, text=text)
        booking.settle(current)
        letters.tell(letters.members(current), "consultation_missed", current)
        letters.write_to_partners(current, "consultation_partner_missed")


def guests(consultation):
    """Return the requests that have a seat in this one's meeting."""
    return Consultation.objects.filter(
        seat__consultation=consultation, seat__answer="accepted", ended_at__isnull=True
    )


# Next steps ----------------------------------------------------------------------------------------


def agree(consultation, step, *, by, key):
    """Add a next step that all parties read. By the group or the coordinator, once the meeting is held."""
    with acting(consultation, Act.Kind.STEP_AGREED, by=by, key=key) as current:
        if current is None:
            return
        must_take_part(current, by)
        must_have_been_held(current)
        if current.next_steps.count() >= MOST_STEPS:
            raise Conflict(f"Det finns redan {MOST_STEPS} nästa steg. Bli klara med några först.")
        NextStep.objects.create(consultation=current, added_by=by, **step)
        note(current, Act.Kind.STEP_AGREED, by=by, key=key)


def finish(step, *, by):
    """Note that a next step is done. Doing it twice is harmless."""
    with acting(step.consultation, Act.Kind.STEP_DONE, by=by) as current:
        must_take_part(current, by)
        step.refresh_from_db()
        if step.done_at:
            return
        step.done_at, step.done_by = timezone.now(), by
        step.save(update_fields=["done_at", "done_by"])
        note(current, Act.Kind.STEP_DONE, by=by, text=step.text)


def must_take_part(consultation, by):
    if by.is_staff:
        must_handle(consultation, by)
    else:
        must_be_of_the_group(consultation, by)


def must_have_been_held(consultation):
    if not consultation.is_held:
        raise Conflict("Mötet är inte noterat som hållet än.")


# Following up --------------------------------------------------------------------------------------


def follow_up(one, text, *, by, key):
    """Write how it has gone. After the last of them the consultation is followed up, and closed."""
    with acting(one.consultation, Act.Kind.FOLLOWED_UP, by=by, key=key) as current:
        if current is None:
            return
        must_take_part(current, by)
        one.refresh_from_db()
        if one.done_at:
            raise Conflict("Uppföljningen är redan gjord av någon annan.")
        one.text, one.done_at, one.done_by = text, timezone.now(), by
        one.save(update_fields=["text", "done_at", "done_by"])
        note(current, Act.Kind.FOLLOWED_UP, by=by, key=key, text=f"Efter {one.months} månader")
        if not current.follow_ups.filter(done_at__isnull=True).exists():
            for ended in [current, *guests(current)]:
                ended.status = Consultation.Status.FOLLOWED_UP
                ended.ended_at, ended.ended_by = timezone.now(), by
                ended.save(update_fields=["status", "ended_at", "ended_by"])


def remind_of_follow_ups():
    """Tell group and coordinator, once each, that it is time to follow up; run by the clock."""
    due = FollowUp.objects.filter(
        Q(consultation__ended_at__isnull=True),
        due_on__lte=timezone.localdate(),
        done_at__isnull=True,
        reminded_at__isnull=True,
    )
    for pk in due.values_list("pk", flat=True):
        remind_of(pk)


@transaction.atomic
def remind_of(pk):
    one = FollowUp.objects.select_for_update().get(pk=pk)
    if one.reminded_at or one.done_at:
        return
    one.reminded_at = timezone.now()
    one.save(update_fields=["reminded_at"])
    letters.tell_all(one.consultation, "consultation_follow_up")
