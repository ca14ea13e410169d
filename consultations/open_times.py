"""Times that a coordinator has published: made singly or for every week, and chosen by groups."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone

from metodstod.forms import write_once
from metodstod.working_days import holiday_in_text

from . import letters
from .acts import Conflict, acting, must_be_of_the_group, note
from .availability import NO_LONGER, free_slot
from .booking import Taken, chosen_in, drop_others, hold, let_go, offer_soon, place, settle, time_of
from .local_time import moments
from .models import Act, BookableTime, Booking

# By the coordinator --------------------------------------------------------------------------------


@transaction.atomic
def publish(bookable, *, by):
    """Publish one time, once. Raises Conflict when it runs into another that the coordinator has published."""
    bookable.coordinator = by
    with time_of(by):
        done = BookableTime.objects.filter(key=bookable.key).first()
        if done is None and runs_into(by, bookable.starts_at, bookable.ends_at):
            raise Conflict("Du har redan publicerat en tid som går in i den här.")
        stored, created = write_once(bookable)
        if stored.coordinator != by:
            raise Conflict("Formuläret har redan använts till något annat. Läs igenom och skicka igen.")
    if created:
        offer_soon()
    return stored


def runs_into(coordinator, start, end):
    standing = BookableTime.objects.standing().filter(coordinator=coordinator)
    return standing.filter(starts_at__lt=end, ends_at__gt=start).exists()


@dataclass(frozen=True)
class Skipped:
    """A day on which a weekly time was not published, and why, in words."""

    day: date
    why: str


@transaction.atomic
def publish_weekly(pattern, *, by):
    """Publish a time for every week between two days, once; return it and the days that were left out.

    Holidays and the great eves are left out, and days when the coordinator already has published a time then.
    """
    pattern.coordinator = by
    with time_of(by):
        stored, created = write_once(pattern)
        if stored.coordinator != by:
            raise Conflict("Formuläret har redan använts till något annat. Läs igenom och skicka igen.")
        if not created:
            return stored, []
        skipped, made = [], []
        for day in days_of(stored):
            start, why = start_on(stored, day)
            if why:
                skipped.append(Skipped(day, why))
            elif start > timezone.now():
                made.append(time_on(stored, start))
        BookableTime.objects.bulk_create(made)
    offer_soon()
    return stored, skipped


def days_of(pattern):
    """Return the pattern's days in order, holidays and all."""
    first = pattern.first_day + timedelta(days=(pattern.weekday - pattern.first_day.weekday()) % 7)
    weeks = (pattern.last_day - first).days // 7 + 1
    return [first + timedelta(weeks=week) for week in range(weeks)]


def start_on(pattern, day):
    """Return the moment, UTC, when the pattern's time begins that day, and why it cannot be published, if so."""
    if name := holiday_in_text(day):
        return None, name
    found = moments(day, pattern.time)
    if not found:
        return None, "klockan ställs om"
    start = found[0]
    if runs_into(pattern.coordinator, start, start + timedelta(minutes=pattern.minutes)):
        return None, "du har redan en tid då"
    return start, ""


def time_on(pattern, start):
    same = ("coordinator", "on_site", "phone", "digital", "before", "after", "travels_from")
    return BookableTime(
        pattern=pattern,
        starts_at=start,
        ends_at=start + timedelta(minutes=pattern.minutes),
        **{name: getattr(pattern, name) for name in same},
    )


@transaction.atomic
def withdraw(times):
    """Take published times back. What has been booked stays booked."""
    return times.filter(withdrawn_at__isnull=True).update(withdrawn_at=timezone.now())


@transaction.atomic
def withdraw_pattern(pattern):
    """Take a weekly time back with all of it that is still to come."""
    type(pattern).objects.filter(pk=pattern.pk, withdrawn_at__isnull=True).update(withdrawn_at=timezone.now())
    return withdraw(pattern.times.filter(starts_at__gt=timezone.now()))


def find(key):
    """Return the published time with the key, given as text; None for no key. Raises Taken when it is gone."""
    if not key:
        return None
    times = BookableTime.objects.select_related("coordinator", "travels_from")
    found = times.prefetch_related("coordinator__counties").filter(pk=key).first()
    if found is None:
        raise Taken(NO_LONGER)
    return found


# By the group --------------------------------------------------------------------------------------


def choose(consultation, bookable, *, by, key):
    """Choose a published time. It is held for the consultation, and confirmed once the mandate is there."""
    if not consultation.bookings.chosen().filter(bookable=bookable).exists():
        # Most who are too late learn it here, without standing in anyone's way.
        free_slot(consultation, bookable)
    with acting(consultation, Act.Kind.ACCEPTED, by=by, key=key) as current:
        if current is None:
            return
        must_be_of_the_group(current, by)
        let_go(current)
        booked = hold_open(current, bookable, by=by)
        note(current, Act.Kind.ACCEPTED, by=by, key=key, booking=booked)
        if not settle(current):
            letters.tell_of_time(booked, "consultation_accepted")


def hold_open(consultation, bookable, *, by):
    """Hold a published time for the consultation, inside an act, if it is still to be had. Raises Taken."""
    if chosen_in(consultation):
        raise Conflict("Ni har redan en tid. Vill ni ha en annan kan ni byta.")
    free_slot(consultation, bookable)
    with time_of(bookable.coordinator):
        slot = free_slot(consultation, bookable)
        drop_others(consultation)
        booked = Booking(
            consultation=consultation,
            coordinator=bookable.coordinator,
            bookable=bookable,
            proposed_by=bookable.coordinator,
            proposed_at=bookable.published_at,
            **vars(slot),
        )
        hold(booked, by=by)
    if consultation.coordinator is None:
        consultation.coordinator, consultation.taken_at = bookable.coordinator, timezone.now()
        consultation.save(update_fields=["coordinator", "taken_at"])
    return booked


def swap(consultation, bookable, reason, *, seen_sequence, by, key):
    """Exchange the chosen time for a published one. It stays held or confirmed, and every calendar is told."""
    with acting(consultation, Act.Kind.SWAPPED, by=by, key=key) as current:
        if current is None:
            return
        must_be_of_the_group(current, by)
        let_go(current)
        booked = chosen_in(current)
        if booked is None or booked.sequence != seen_sequence:
            raise Conflict("Tiden har ändrats eller ställts in medan du skrev.")
        free_slot(current, bookable, besides=booked)
        with time_of(bookable.coordinator):
            slot = free_slot(current, bookable, besides=booked)
            booked.coordinator = bookable.coordinator
            place(booked, slot, bookable=bookable)
        note(current, Act.Kind.SWAPPED, by=by, key=key, booking=booked, text=reason)
        letters.tell_of_time(booked, "consultation_swapped")
