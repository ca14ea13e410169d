"""A coordinator's bookings at a secret address, for the calendar at work to subscribe to."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from .calendar_file import feed_file
from .links import digest, is_token, new_token
from .models import Booking, CalendarFeed

BACK = timedelta(days=31)


@transaction.atomic
def make(coordinator):
    """Give the coordinator a new secret address, and put an earlier one out of use. Returns its token, shown once."""
    token = new_token()
    CalendarFeed.objects.update_or_create(
        coordinator=coordinator, defaults={"token_hash": digest(token), "made_at": timezone.now()}
    )
    return token


def end(coordinator):
    CalendarFeed.objects.filter(coordinator=coordinator).delete()


def find(token):
    """Return whose the address is; None when there is no such, or the person is no longer at work."""
    if not is_token(token):
        return None
    feeds = CalendarFeed.objects.select_related("coordinator").filter(token_hash=digest(token))
    found = feeds.filter(coordinator__is_active=True, coordinator__is_staff=True).first()
    return found.coordinator if found else None


def text_of(coordinator):
    """Return the coordinator's times as a calendar: a month back and all that is ahead, called-off ones too.

    A calendar takes out what is no longer in the feed; a cancelled time that was seen is said to be cancelled.
    """
    bookings = Booking.objects.filter(
        coordinator=coordinator,
        state__in=[*Booking.CHOSEN, Booking.State.CANCELLED, Booking.State.LAPSED],
        accepted_at__isnull=False,
        ends_at__gt=timezone.now() - BACK,
    )
    return feed_file(bookings.select_related("consultation"))
