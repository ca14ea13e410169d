"""Times: proposed by the coordinator, chosen by the group, confirmed on the manager's mandate."""

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from metodstod.models import User

from . import letters
from .acts import Conflict, acting, must_be_of_the_group, must_coordinate, note
from .models import Act, Booking, Consultation, Mandate

TAKEN = "Tiden hann bli upptagen hos samordnaren."

LETTERS = {
    Consultation.Status.WITHDRAWN: "consultation_withdrawn",
    Consultation.Status.CANCELLED: "consultation_cancelled",
}


@dataclass(frozen=True)
class Slot:
    """A time to meet, UTC, and what is blocked around it for travel and rest."""

    starts_at: datetime
    ends_at: datetime
    blocked_from: datetime
    blocked_until: datetime

    @classmethod
    def of(cls, starts_at, *, minutes, before, after):
        """Make a slot from its start and its lengths in minutes."""
        ends_at = starts_at + timedelta(minutes=minutes)
        return cls(
            starts_at, ends_at, starts_at - timedelta(minutes=before), ends_at + timedelta(minutes=after)
        )

    @classmethod
    def of_booking(cls, booking):
        return cls(booking.starts_at, booking.ends_at, booking.blocked_from, booking.blocked_until)


# The coordinator's time ----------------------------------------------------------------------------


@contextmanager
def time_of(coordinator):
    """Hold one coordinator's time alone, so that of many who want it at once each is answered in turn.

    Held and confirmed times never overlap: on PostgreSQL an exclusion constraint says so whatever else
    happens; on SQLite the check stands in a transaction that took the only write lock at its beginning.
    """
    User.objects.select_for_update(no_key=True).get(pk=coordinator.pk)
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if "booking_no_overlap" not in str(error):
            raise
        raise Conflict(TAKEN) from error


def is_busy(coordinator, slot, *, besides=None):
    """Whether the coordinator already has a held or confirmed time, buffers included, within the slot's."""
    busy = Booking.objects.occupying().filter(coordinator=coordinator)
    busy = busy.overlapping(slot.blocked_from, slot.blocked_until)
    return busy.exclude(pk=besides.pk if besides else None).exists()


def must_be_free(coordinator, slot, *, besides=None):
    if is_busy(coordinator, slot, besides=besides):
        raise Conflict(TAKEN)


# By the coordinator --------------------------------------------------------------------------------


def take(consultation, *, by):
    """Make the person the one who handles the consultation, also in a colleague's place.

    What is proposed or booked follows along; when the new coordinator is busy then, nothing is changed.
    """
    with acting(consultation, Act.Kind.TAKEN, by=by) as current:
        must_coordinate(current, by)
        if current.coordinator == by:
            return
        with time_of(by):
            booked = chosen_in(current)
            if booked and is_busy(by, booked, besides=booked):
                raise Conflict(
                    "Du har redan en bokning på den bokade tiden. Ställ in eller flytta den först."
                )
            current.bookings.filter(state=Booking.State.PROPOSED).update(coordinator=by)
            current.coordinator, current.taken_at = by, timezone.now()
            current.save(update_fields=["coordinator", "taken_at"])
            note(current, Act.Kind.TAKEN, by=by)
            if booked:
                booked.coordinator = by
                booked.save(update_fields=["coordinator"])
                if booked.invitees.exists():
                    letters.invite(booked, "consultation_confirmed", only_new=True)


def propose(consultation, slots, *, by, key):
    """Offer the group times to choose among, in the place of those offered before.

    A time that is offered again stays the same row, so that a group that is just choosing it does not miss.
    """
    with acting(consultation, Act.Kind.PROPOSED, by=by, key=key) as current:
        if current is None:
            return
        must_handle(current, by)
        if current.bookings.occupying().exists():
            raise Conflict("Gruppen har redan valt en tid. Flytta eller ställ in den i stället.")
        proposed = {
            Slot.of_booking(one): one for one in current.bookings.filter(state=Booking.State.PROPOSED)
        }
        for slot, offered in proposed.items():
            if slot not in slots:
                drop(offered)
        for slot in slots:
            if is_busy(by, slot):
                raise Conflict("Du har redan en bokning på en av tiderna.")
            if slot not in proposed:
                Booking.objects.create(consultation=current, coordinator=by, proposed_by=by, **vars(slot))
        note(current, Act.Kind.PROPOSED, by=by, key=key)
        letters.tell(letters.members(current), "consultation_proposed", current)
        settle(current)


def must_handle(consultation, by):
    """Let only the coordinator who has taken the consultation on; one who acts first takes it."""
    must_coordinate(consultation, by)
    if consultation.coordinator is None:
        consultation.coordinator, consultation.taken_at = by, timezone.now()
        consultation.save(update_fields=["coordinator", "taken_at"])
        note(consultation, Act.Kind.TAKEN, by=by)
    elif consultation.coordinator != by:
        raise Conflict(
            f"{consultation.coordinator} har hand om förfrågan. Ta över den först, om det är du som ska göra det."
        )


def move(consultation, slot, reason, *, seen_sequence, by, key):
    """Move the chosen time; it stays held or confirmed, and every calendar that has it is told."""
    with acting(consultation, Act.Kind.MOVED, by=by, key=key) as current:
        if current is None:
            return
        must_handle(current, by)
        booked = chosen_in(current)
        if booked is None or booked.sequence != seen_sequence:
            raise Conflict("Tiden har ändrats eller ställts in medan du skrev.")
        with time_of(booked.coordinator):
            must_be_free(booked.coordinator, slot, besides=booked)
            for name, value in vars(slot).items():
                setattr(booked, name, value)
            booked.sequence += 1
            booked.save(update_fields=[*vars(slot), "sequence"])
        note(current, Act.Kind.MOVED, by=by, key=key, booking=booked, text=reason)
        letters.tell_of_time(booked, "consultation_moved")


def cancel_time(consultation, reason, *, by, key):
    """Cancel the chosen time only; the coordinator then proposes others."""
    with acting(consultation, Act.Kind.TIME_CANCELLED, by=by, key=key) as current:
        if current is None:
            return
        must_handle(current, by)
        booked = chosen_in(current)
        if booked is None:
            raise Conflict("Det finns ingen bokad tid att ställa in.")
        call_off(booked, "consultation_time_cancelled")
        note(current, Act.Kind.TIME_CANCELLED, by=by, key=key, booking=booked, text=reason)
        settle(current)


def cancel(consultation, reason, *, by, key):
    """End the whole consultation on the authority's side."""
    with acting(consultation, Act.Kind.CANCELLED, by=by, key=key) as current:
        if current is None:
            return
        must_handle(current, by)
        end(current, Consultation.Status.CANCELLED, by=by)
        note(current, Act.Kind.CANCELLED, by=by, key=key, text=reason)


# By the group --------------------------------------------------------------------------------------


def accept(chosen, *, by):
    """Choose one of the proposed times. It is the group's from now on, and confirmed once the mandate is there."""
    with acting(chosen.consultation, Act.Kind.ACCEPTED, by=by) as current:
        must_be_of_the_group(current, by)
        chosen.refresh_from_db()  # A colleague may just have taken it over: then it is their time.
        with time_of(chosen.coordinator):
            if chosen.state in Booking.OCCUPYING:
                return
            if chosen.state != Booking.State.PROPOSED:
                raise Conflict("Tiden erbjuds inte längre.")
            if chosen.starts_at <= timezone.now():
                raise Conflict("Tiden har redan varit.")
            must_be_free(chosen.coordinator, chosen)
            for other in current.bookings.filter(state=Booking.State.PROPOSED).exclude(pk=chosen.pk):
                drop(other)
            chosen.state = Booking.State.HELD
            chosen.accepted_at, chosen.accepted_by = timezone.now(), by
            chosen.save(update_fields=["state", "accepted_at", "accepted_by"])
        note(current, Act.Kind.ACCEPTED, by=by, booking=chosen)
        if not settle(current):
            letters.tell_of_time(chosen, "consultation_accepted")


def refuse(consultation, wished_times, *, by, key):
    """Say that none of the times suits, chosen or proposed, and which would."""
    with acting(consultation, Act.Kind.TIMES_REFUSED, by=by, key=key) as current:
        if current is None:
            return
        must_be_of_the_group(current, by)
        proposed = list(current.bookings.filter(state=Booking.State.PROPOSED))
        booked = chosen_in(current)
        if not (proposed or booked):
            raise Conflict("Det finns inga tider att tacka nej till just nu.")
        for offered in proposed:
            drop(offered)
        if booked:
            call_off(booked, "consultation_time_given_back")
        current.wished_times = wished_times
        current.save(update_fields=["wished_times"])
        note(current, Act.Kind.TIMES_REFUSED, by=by, key=key, booking=booked, text=wished_times)
        if not booked:
            letters.tell(letters.coordinators(current), "consultation_times_refused", current)
        settle(current)


# What follows from the acts ------------------------------------------------------------------------


def settle(consultation):
    """Bring the chosen time and the status to where the mandate and the search for a time stand now.

    The one place where a time becomes confirmed. Returns whether it just did.
    """
    mandate = Mandate.objects.given_for(consultation).first()
    booked = chosen_in(consultation)
    confirmed = bool(booked and mandate and booked.mandate != mandate)
    if confirmed:
        confirm(booked, mandate)
    elif booked and booked.mandate and not mandate:
        make_tentative(booked)
    status = status_of(consultation, booked)
    if consultation.status != status:
        consultation.status = status
        consultation.save(update_fields=["status"])
    return confirmed


def status_of(consultation, booked):
    status = Consultation.Status
    if booked:
        return status.CONFIRMED if booked.state == Booking.State.CONFIRMED else status.ACCEPTED
    offered = consultation.bookings.filter(state=Booking.State.PROPOSED).exists()
    return status.PROPOSED if offered else status.ASKED


def confirm(booked, mandate):
    if booked.invitees.exists():
        booked.sequence += 1
    booked.state, booked.mandate, booked.confirmed_at = Booking.State.CONFIRMED, mandate, timezone.now()
    booked.save(update_fields=["state", "mandate", "confirmed_at", "sequence"])
    note(booked.consultation, Act.Kind.CONFIRMED, booking=booked, mandate=mandate)
    letters.invite(booked, "consultation_confirmed")


def make_tentative(booked):
    """Keep the time, but no longer as confirmed: its mandate has fallen."""
    booked.state, booked.mandate, booked.confirmed_at = Booking.State.HELD, None, None
    booked.sequence += 1
    booked.save(update_fields=["state", "mandate", "confirmed_at", "sequence"])
    letters.tell_of_time(booked, "consultation_tentative")


def chosen_in(consultation):
    """Return the consultation's held or confirmed time, or None."""
    return consultation.bookings.occupying().select_related("mandate", "coordinator").first()


def drop(offered):
    offered.state = Booking.State.DROPPED
    offered.save(update_fields=["state"])


def call_off(booked, letter):
    """Free the coordinator's time and take the meeting out of the calendars."""
    booked.state, booked.cancelled_at = Booking.State.CANCELLED, timezone.now()
    booked.sequence += 1
    booked.save(update_fields=["state", "cancelled_at", "sequence"])
    letters.tell_of_time(booked, letter)


def end(consultation, status, *, by):
    """Close the consultation, inside an act: no time, no open question to a manager, everyone told once."""
    letter = LETTERS[status]
    for offered in consultation.bookings.filter(state=Booking.State.PROPOSED):
        drop(offered)
    booked = chosen_in(consultation)
    Mandate.objects.of_lead(consultation).standing().update(
        voided_at=timezone.now(), voided_because=Mandate.Voided.ENDED
    )
    consultation.status, consultation.ended_at, consultation.ended_by = status, timezone.now(), by
    consultation.save(update_fields=["status", "ended_at", "ended_by"])
    if booked:
        call_off(booked, letter)
    else:
        letters.tell_all(consultation, letter)
