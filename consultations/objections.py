"""What speaks against a time that a coordinator is about to propose or move to: the day, the hour, their own calendar."""

from dataclasses import dataclass
from datetime import time

from django.utils import timezone
from django.utils.formats import date_format

from metodstod.working_days import holiday_in_text

from .models import BookableTime, Booking

EARLIEST, LATEST = time(7), time(19)


@dataclass(frozen=True)
class Objection:
    """Something to know before going on; `is_final` when nothing can be done about it. `kind` and `slot` say what is confirmed."""

    kind: str
    slot: object
    text: str
    is_final: bool = False

    @property
    def key(self):
        return f"{self.kind}-{self.slot.starts_at:%Y%m%dT%H%M}-{self.slot.ends_at:%H%M}"


def objections(slot, *, coordinator, consultation):
    """Return what speaks against the slot, what is final first; times are told as Europe/Stockholm."""
    return [*taken(slot, coordinator, consultation), *odd(slot), *promised(slot, coordinator, consultation)]


def odd(slot):
    """Days and hours when people are seldom at work."""
    start, end = timezone.localtime(slot.starts_at), timezone.localtime(slot.ends_at)
    if name := holiday_in_text(start.date()):
        yield Objection("holiday", slot, f"Det är {name} den dagen.")
    elif start.weekday() >= 5:
        yield Objection("weekend", slot, f"Det är en {date_format(start, 'l').lower()}.")
    if start.time() < EARLIEST or end.time() > LATEST or end.date() > start.date():
        yield Objection(
            "hour", slot, f"Mötet är klockan {clock(start)}–{clock(end)}, utanför vanlig arbetstid."
        )


def taken(slot, coordinator, consultation):
    """What is held or confirmed already: the database never lets two of them overlap."""
    for one in within(Booking.objects.occupying(), slot, coordinator, consultation):
        who = f"{one.consultation.team.municipality} ({one.consultation.reference})"
        text = f"Du är upptagen då: {who}, klockan {clock(one.starts_at)}–{clock(one.ends_at)}"
        if margins_alone(one, slot):
            text += ", med tiden före och efter inräknad"
        yield Objection("taken", slot, f"{text}.", is_final=True)


def margins_alone(one, slot):
    return one.ends_at <= slot.starts_at or one.starts_at >= slot.ends_at


def promised(slot, coordinator, consultation):
    """What others may choose: the first to do so gets the time, and the other proposal can no longer be chosen."""
    for one in within(Booking.objects.filter(state=Booking.State.PROPOSED), slot, coordinator, consultation):
        who = f"{one.consultation.team.municipality} ({one.consultation.reference})"
        yield Objection("proposed", slot, f"Du har föreslagit {who} en tid då. Den som väljer först får den.")
    published = BookableTime.objects.standing().filter(
        coordinator=coordinator, starts_at__lt=slot.blocked_until, ends_at__gt=slot.blocked_from
    )
    for one in published[:1]:
        yield Objection(
            "published",
            slot,
            f"Du har publicerat en ledig tid då, klockan {clock(one.starts_at)}–{clock(one.ends_at)}. "
            "En annan grupp kan hinna välja den.",
        )


def within(bookings, slot, coordinator, consultation):
    """Return the coordinator's other bookings that have a moment in common with the slot, margins included."""
    near = bookings.overlapping(slot.blocked_from, slot.blocked_until).filter(coordinator=coordinator)
    return near.exclude(consultation=consultation).select_related("consultation__team__municipality")


def clock(moment):
    return date_format(timezone.localtime(moment), "H.i")
