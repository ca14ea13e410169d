"""Reminders of a confirmed time, a week and a day before: each once, and never of one that is called off."""

from datetime import time, timedelta

from django.db import transaction
from django.utils import timezone

from metodstod.mail import queue_mail

from . import letters
from .links import new_partner_path
from .local_time import moments
from .models import Booking, Consultation, Reminder

DAYS = (7, 1)
HOUR = time(8)  # By the clock on the wall; it is never skipped or repeated when the clock is changed.


def moment_of(starts_at, days):
    """Return when to remind, UTC: at eight in the morning, so many days before by the calendar on the wall."""
    day = timezone.localtime(starts_at).date() - timedelta(days=days)
    return moments(day, HOUR)[0]


def due(booked, now):
    """Return which reminders of a confirmed time are due. Who heard of the time later than that needs none.

    One that is late, because the queue stood still, still goes out until the next one's turn or the meeting.
    """
    told = max(booked.confirmed_at, booked.placed_at)
    ends = [moment_of(booked.starts_at, days) for days in DAYS[1:]] + [booked.starts_at]
    return [
        days
        for days, end in zip(DAYS, ends, strict=True)
        if told < moment_of(booked.starts_at, days) <= now < end
    ]


def send_due():
    """Queue every reminder that is due. By the clock."""
    now = timezone.now()
    soon = Booking.objects.filter(
        state=Booking.State.CONFIRMED, starts_at__gt=now, starts_at__lt=now + timedelta(days=DAYS[0] + 1)
    )
    for booked in soon:
        for days in due(booked, now):
            remind(booked, days)


@transaction.atomic
def remind(booked, days):
    """Queue one reminder to all who are to meet, unless it has been done or the time no longer stands."""
    consultation = Consultation.objects.select_for_update().get(pk=booked.consultation_id)
    standing = consultation.bookings.filter(
        pk=booked.pk, state=Booking.State.CONFIRMED, starts_at=booked.starts_at
    ).select_related("coordinator", "mandate")
    current = standing.first()
    if current is None:
        return
    reminder, is_new = Reminder.objects.get_or_create(booking=current, days=days, starts_at=current.starts_at)
    if is_new:
        reminder.mails.set(write(current, days))


def write(booked, days):
    """Queue the mails, with a link of its own to a partner's contact, and return them."""
    consultation = booked.consultation
    context = letters.facts(consultation) | {"booking": booked, "days": days, "party": None}
    partners = {
        party.contact_email: party
        for party in consultation.parties.taking_part().filter(is_lead=False)
        if party.contact_email
    }
    mails = []
    for address in sorted(letters.guests(booked)):
        party = partners.get(address)
        own = {"path": new_partner_path(party), "party": party} if party else {}
        mails.append(queue_mail(address, "consultation_reminder", context | own, secret=party is not None))
    return mails
