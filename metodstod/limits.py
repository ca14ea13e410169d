"""Limits on how often something may be tried, by sender and by mailbox, the same for every process.

`settings.LIMITS` says how many tries in how many seconds. What is counted lies in the database and is changed only by
whoever has seen all of it, so that eight tries at once are eight, whichever processes they come to. Beyond the limit
`TooMany` is raised; the middleware `Limits` answers it with 429, when to try again, and what was typed.
"""

import time
from datetime import timedelta

from allauth.core.internal.ratelimit import get_ip
from django.conf import settings
from django.utils import timezone
from django.utils.crypto import salted_hmac

from .models import Tried
from .security_log import note


class TooMany(Exception):
    """Tried too often; `wait` is the number of seconds after which it may be tried again."""

    def __init__(self, wait):
        super().__init__(wait)
        self.wait = wait


def uncounted(view):
    """Return the view, to which forms may be sent as often as a page is fetched: nothing that lasts is written."""
    view.is_uncounted = True
    return view


def sender(request):
    """Return the network address to count by: all of an IPv4 address, of an IPv6 one the network it is in."""
    return get_ip(request)


def take(action, whose):
    """Count one try of `action` (a key of `settings.LIMITS`) by `whose`. Raises `TooMany` instead when there are no more."""
    limits = settings.LIMITS[action]
    longest = max(seconds for _, seconds in limits)
    now = time.time()
    key = salted_hmac(f"limit:{action}", whose, algorithm="sha256").hexdigest()
    until = timezone.now() + timedelta(seconds=longest)
    while True:
        found = list(Tried.objects.filter(key=key).values_list("times", flat=True))
        if not found:
            Tried.objects.bulk_create([Tried(key=key, until=until)], ignore_conflicts=True)
            continue
        times = [moment for moment in found[0] if moment > now - longest]
        for amount, seconds in limits:
            inside = [moment for moment in times if moment > now - seconds]
            if len(inside) >= amount:
                note("limited", action=action)
                raise TooMany(max(1, round(inside[-amount] + seconds - now)))
        # Whoever has been counted meanwhile is looked at anew; a lock would take two more statements each time.
        counted = Tried.objects.filter(key=key, times=found[0])
        if counted.update(times=[*times, round(now, 1)], until=until):
            return


def forget_ended():
    """Remove the counts that no limit asks for any more; by the clock."""
    Tried.objects.ended(timezone.now()).delete()
