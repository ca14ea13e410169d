"""Times: proposed by the coordinator, chosen by the group, confirmed on the manager's mandate."""

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.db import IntegrityError, OperationalError, transaction
from django.db.models import Q
from django.utils import timezone
from django_q.tasks import async_task

from metodstod.models import User
from metodstod.working_days import working_days_after

from . import letters, wishes
from .acts import Conflict, acting, must_be_of_the_group, must_coordinate, must_handle, note
from .models import Act, Booking, Consultation, Mandate, WaitingPlace

TAKEN = "Tiden hann bli upptagen hos samordnaren."
CROWDED = "Många vill boka samtidigt just nu, så det gick inte fram. Försök igen om en stund."
HELD_FOR = 10  # Working days that a time is held while its mandate is waited for.
# What the database says when two want the same; SQLite names the column, not the constraint.
COLLISIONS = ("booking_no_overlap", "booking_one_of_a_bookable_time", "consultations_booking.bookable_id")

LETTERS = {
    Consultation.Status.WITHDRAWN: "consultation_withdrawn",
    Consultation.Status.CANCELLED: "consultation_cancelled",
}


class Taken(Conflict):
    """Someone else got the time first."""


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

    Offered, held and confirmed times never overlap: on PostgreSQL an exclusion constraint says so whatever
    else happens; on SQLite the check stands in a transaction that took the only write lock at its beginning.
    What was held too long is free again from that moment, whether or not `let_go` has been there yet.
    """
    try:
        User.objects.select_for_update(no_key=True).filter(pk=coordinator.pk).first()
    except OperationalError as error:
        # PostgreSQL's own words for a lock that was not had within its time.
        if not any(words in str(error) for words in ("lock timeout", "statement timeout")):
            raise
        raise Conflict(CROWDED) from error
    Booking.objects.overdue().filter(coordinator=coordinator).update(state=Booking.State.LAPSED)
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if not any(name in str(error) for name in COLLISIONS):
            raise
        raise Taken(TAKEN) from error


def is_busy(coordinator, slot, *, besides=None):
    """Whether the coordinator's time is taken up, buffers included, within the slot's."""
    busy = Booking.objects.occupying().filter(coordinator=coordinator)
    busy = busy.overlapping(slot.blocked_from, slot.blocked_until)
    return busy.exclude(pk=besides.pk if besides else None).exists()


def must_be_free(coordinator, slot, *, besides=None):
    if is_busy(coordinator, slot, besides=besides):
        raise Taken(TAKEN)


def hold(booked, *, by):
    """Make the time the consultation's own, inside the coordinator's time. It is held for a while only."""
    now = timezone.now()
    last_day = working_days_after(timezone.localdate(), HELD_FOR)
    until = timezone.make_aware(datetime.combine(last_day + timedelta(days=1), time()))
    booked.state, booked.held_until = Booking.State.HELD, min(until, booked.starts_at)
    booked.accepted_at, booked.accepted_by = now, by
    booked.save()


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
        if current.bookings.chosen().exists():
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
        wishes.meet(current)
        note(current, Act.Kind.PROPOSED, by=by, key=key)
        letters.tell(letters.members(current), "consultation_proposed", current)
        letters.write_to_partners(current, "consultation_partner_proposed")
        settle(current)


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
            place(booked, slot)
        wishes.meet(current)
        note(current, Act.Kind.MOVED, by=by, key=key, booking=booked, text=reason)
        letters.tell_of_time(booked, "consultation_moved")


def place(booked, slot, *, bookable=None):
    """Put what is booked at another time. What it was booked from is free for others again."""
    for name, value in vars(slot).items():
        setattr(booked, name, value)
    if booked.state == Booking.State.HELD:
        booked.held_until = min(booked.held_until, booked.starts_at)
    booked.bookable, booked.placed_at = bookable, timezone.now()
    booked.sequence += 1
    booked.save(update_fields=[*vars(slot), "held_until", "bookable", "coordinator", "placed_at", "sequence"])
    forget_reminders(booked)
    offer_soon()


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
            if chosen.is_chosen:
                return
            take_proposed(current, chosen, by=by)
        note(current, Act.Kind.ACCEPTED, by=by, booking=chosen)
        if not settle(current):
            letters.tell_of_time(chosen, "consultation_accepted")


def take_proposed(consultation, chosen, *, by):
    """Hold one of the times that stand for the consultation to take, and let go of the others."""
    if not (chosen.state == Booking.State.PROPOSED or chosen.is_offered):
        raise Conflict("Tiden erbjuds inte längre.")
    if chosen.starts_at <= timezone.now():
        raise Conflict("Tiden har redan varit.")
    if chosen_in(consultation):
        raise Conflict("Ni har redan valt en annan tid.")
    must_be_free(chosen.coordinator, chosen, besides=chosen)
    drop_others(consultation, chosen=chosen)
    hold(chosen, by=by)


def drop_others(consultation, *, chosen=None, because=WaitingPlace.Left.CHOSEN):
    """Let go of every other time that the consultation could take, and of its places in line."""
    still = consultation.bookings.filter(state__in=[Booking.State.PROPOSED, Booking.State.OFFERED])
    for other in still.exclude(pk=chosen.pk if chosen else None):
        drop(other)
    leave_line(consultation, because)


def leave_line(consultation, because, **which):
    """Take the consultation's places in line, or those of one `month`, out of it."""
    consultation.places.filter(left_at__isnull=True, **which).update(
        left_at=timezone.now(), left_because=because
    )


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
    consultation = consultation.meets_in
    let_go(consultation)
    mandate = Mandate.objects.given_for(consultation).first()
    booked = chosen_in(consultation)
    confirmed = bool(booked and mandate and booked.mandate != mandate)
    if confirmed:
        with time_of(booked.coordinator):
            # It may have been let go of in the meantime: a moment late is late.
            confirmed = Booking.objects.chosen().filter(pk=booked.pk).exists()
            if confirmed:
                confirm(booked, mandate)
            else:
                booked = None
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
    booked.held_until = None
    booked.save(update_fields=["state", "mandate", "confirmed_at", "held_until", "sequence"])
    note(booked.consultation, Act.Kind.CONFIRMED, booking=booked, mandate=mandate)
    letters.invite(booked, "consultation_confirmed")


def make_tentative(booked):
    """Keep the time, but no longer as confirmed: its mandate has fallen."""
    booked.mandate, booked.confirmed_at = None, None
    booked.sequence += 1
    hold(booked, by=booked.accepted_by)
    letters.tell_of_time(booked, "consultation_tentative")


def chosen_in(consultation):
    """Return the consultation's held or confirmed time, or None."""
    chosen = Booking.objects.chosen().filter(consultation=consultation)
    found = chosen.select_related("mandate", "coordinator").first()
    if found:
        found.consultation = consultation  # The very one that is locked, not a copy of it.
    return found


def drop(offered):
    was_reserved = offered.state == Booking.State.OFFERED
    offered.state = Booking.State.DROPPED
    offered.save(update_fields=["state"])
    if was_reserved:
        offer_soon()


def call_off(booked, letter):
    """Free the coordinator's time and take the meeting out of the calendars."""
    booked.state, booked.cancelled_at = Booking.State.CANCELLED, timezone.now()
    booked.sequence += 1
    booked.save(update_fields=["state", "cancelled_at", "sequence"])
    forget_reminders(booked)
    letters.tell_of_time(booked, letter)
    offer_soon()


def offer_soon():
    """Let those who stand in line, if any, be offered what has become free, once the transaction is done."""
    if WaitingPlace.objects.standing().exists():
        async_task("consultations.waiting.offer", task_name="offer free times")


def forget_reminders(booked):
    """Take reminders that have not left yet out of the queue: what they remind of is no more."""
    for reminder in booked.reminders.prefetch_related("mails"):
        reminder.mails.filter(delivered_at__isnull=True).delete()


def let_go(consultation):
    """Let go, inside an act, of what was held for the consultation too long, and say so."""
    late = Q(state__in=Booking.FOR_A_WHILE, held_until__lte=timezone.now())
    unsaid = Q(state=Booking.State.LAPSED, cancelled_at__isnull=True)
    over = list(consultation.bookings.filter(late | unsaid).select_related("coordinator"))
    for booked in over:
        was_chosen = booked.accepted_at is not None
        booked.state, booked.cancelled_at = Booking.State.LAPSED, timezone.now()
        booked.sequence += 1
        booked.save(update_fields=["state", "cancelled_at", "sequence"])
        if was_chosen:
            note(consultation, Act.Kind.LAPSED, booking=booked)
            letters.tell_of_time(booked, "consultation_lapsed")
        else:
            note(consultation, Act.Kind.OFFER_LAPSED, booking=booked)
            month = timezone.localtime(booked.starts_at).date().replace(day=1)
            leave_line(consultation, WaitingPlace.Left.SILENT, month=month)
            letters.tell(
                letters.members(consultation), "consultation_offer_lapsed", consultation, booking=booked
            )
    if over:
        offer_soon()


def let_go_everywhere():
    """Let go of everything that has been held too long. By the clock."""
    late = Q(state__in=Booking.FOR_A_WHILE, held_until__lte=timezone.now())
    unsaid = Q(state=Booking.State.LAPSED, cancelled_at__isnull=True)
    for pk in Booking.objects.filter(late | unsaid).values_list("consultation", flat=True).distinct():
        with transaction.atomic():
            locked = Consultation.objects.select_for_update().get(pk=pk)
            if locked.is_open:
                settle(locked)
            else:
                let_go(locked)


def end(consultation, status, *, by):
    """Close the consultation, inside an act: no time, no open question to a manager, everyone told once."""
    from . import joint  # It arranges times itself.

    joint.give_up_seat(consultation)
    joint.let_guests_go(consultation)
    letter = LETTERS[status]
    let_go(consultation)
    drop_others(consultation, because=WaitingPlace.Left.ENDED)
    booked = chosen_in(consultation)
    Mandate.objects.of_parties(consultation).standing().update(
        voided_at=timezone.now(), voided_because=Mandate.Voided.ENDED
    )
    consultation.status, consultation.ended_at, consultation.ended_by = status, timezone.now(), by
    consultation.save(update_fields=["status", "ended_at", "ended_by"])
    if booked:
        call_off(booked, letter)
    else:
        letters.tell_all(consultation, letter)
    letters.tell_partners_of_end(consultation)
