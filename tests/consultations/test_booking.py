import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone

from consultations import asking, booking, mandate
from consultations.acts import Conflict
from consultations.booking import Slot
from consultations.models import Act, Booking, Consultation, Mandate
from metodstod.models import Mail
from tests.factories import (
    make_booking,
    make_consultation,
    make_county,
    make_member,
    make_municipality,
    make_staff,
    make_team,
    make_user,
)
from tests.racing import at_once

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
ON_POSTGRESQL = connection.vendor == "postgresql"


@pytest.fixture
def consultation(social_worker):
    return make_consultation(make_team(social_worker))


@pytest.fixture
def colleague(coordinator):
    """Another coordinator of the same county."""
    return make_staff(role="samordnare", counties=coordinator.counties.all(), name="Lena Larsson")


def slot(days=7, *, hour=9, minutes=90, before=30, after=30):
    start = (timezone.now() + days * DAY).replace(hour=hour, minute=0, second=0, microsecond=0)
    return Slot.of(start, minutes=minutes, before=before, after=after)


def give_mandate(consultation):
    asked = Mandate.objects.of_lead(consultation).standing().get()
    mandate.decide(asked, Mandate.Decision.GIVEN, "", key=uuid.uuid4())


def confirm(consultation, coordinator):
    """Take a consultation all the way to a confirmed time."""
    chosen = make_booking(consultation, coordinator)
    Consultation.objects.filter(pk=consultation.pk).update(coordinator=coordinator, taken_at=timezone.now())
    give_mandate(consultation)
    booking.accept(chosen, by=consultation.team.contact())
    chosen.refresh_from_db()
    return chosen


def told(purpose):
    return sorted(Mail.objects.filter(purpose=purpose).values_list("to", flat=True))


# Proposing -----------------------------------------------------------------------------------------


def test_propose_offers_the_times_and_tells_the_group(consultation, coordinator, social_worker):
    booking.propose(consultation, [slot(7), slot(8)], by=coordinator, key=uuid.uuid4())

    consultation.refresh_from_db()
    assert consultation.status == "proposed"
    assert consultation.coordinator == coordinator
    assert [one.state for one in consultation.bookings.all()] == ["proposed", "proposed"]
    assert told("consultation_proposed") == [social_worker.email]


def test_propose_replaces_earlier_times_but_keeps_one_offered_again(consultation, coordinator):
    booking.propose(consultation, [slot(7), slot(8)], by=coordinator, key=uuid.uuid4())
    kept = consultation.bookings.get(starts_at=slot(8).starts_at)

    booking.propose(consultation, [slot(8), slot(9)], by=coordinator, key=uuid.uuid4())

    states = dict(consultation.bookings.values_list("starts_at", "state"))
    assert states == {
        slot(7).starts_at: "dropped",
        slot(8).starts_at: "proposed",
        slot(9).starts_at: "proposed",
    }
    kept.refresh_from_db()
    assert kept.state == "proposed"


def test_propose_sent_twice_is_done_once(consultation, coordinator):
    key = uuid.uuid4()

    booking.propose(consultation, [slot(7)], by=coordinator, key=key)
    booking.propose(consultation, [slot(7)], by=coordinator, key=key)

    assert consultation.bookings.count() == 1
    assert len(told("consultation_proposed")) == 1


def test_propose_refuses_a_time_when_the_coordinator_is_busy(consultation, coordinator, social_worker):
    confirm(make_consultation(make_team(make_user("b@halmstad.example.se"))), coordinator)
    busy = Booking.objects.get()

    with pytest.raises(Conflict, match="redan en bokning"):
        booking.propose(
            consultation,
            [Slot.of(busy.ends_at + timedelta(minutes=30), minutes=60, before=30, after=0)],
            by=coordinator,
            key=uuid.uuid4(),
        )

    assert consultation.bookings.count() == 0


def test_propose_by_a_colleague_who_has_not_taken_over_is_refused(consultation, coordinator, colleague):
    booking.take(consultation, by=coordinator)

    with pytest.raises(Conflict, match="har hand om"):
        booking.propose(consultation, [slot()], by=colleague, key=uuid.uuid4())


@pytest.mark.parametrize("role", ["redaktör", None])
def test_propose_by_staff_without_the_coordinators_role_is_refused(consultation, role):
    someone = make_staff(role=role, counties=[make_county("13")])

    with pytest.raises(PermissionDenied):
        booking.propose(consultation, [slot()], by=someone, key=uuid.uuid4())


def test_propose_by_another_countys_coordinator_is_refused(consultation):
    someone = make_staff(role="samordnare", counties=[make_county("14")])

    with pytest.raises(PermissionDenied):
        booking.propose(consultation, [slot()], by=someone, key=uuid.uuid4())


# Taking --------------------------------------------------------------------------------------------


def test_take_says_who_and_when_once(consultation, coordinator):
    booking.take(consultation, by=coordinator)
    booking.take(consultation, by=coordinator)

    consultation.refresh_from_db()
    assert consultation.coordinator == coordinator
    assert consultation.taken_at
    assert Act.objects.filter(kind="taken").count() == 1


def test_take_over_brings_a_confirmed_time_along_and_changes_the_calendars(
    consultation, coordinator, colleague
):
    chosen = confirm(consultation, coordinator)
    before = Mail.objects.count()

    booking.take(consultation, by=colleague)

    chosen.refresh_from_db()
    assert (chosen.state, chosen.coordinator) == ("confirmed", colleague)
    new = Mail.objects.order_by("created_at")[before:]
    assert {(mail.to, mail.calendar_method) for mail in new} == {
        (colleague.email, "REQUEST"),
        (coordinator.email, "CANCEL"),
    }


def test_take_over_by_someone_busy_then_changes_nothing(consultation, coordinator, colleague):
    chosen = confirm(consultation, coordinator)
    other = make_consultation(make_team(make_user("b@halmstad.example.se")))
    booking.accept(make_booking(other, colleague, chosen.starts_at), by=other.team.contact())

    with pytest.raises(Conflict, match="redan en bokning"):
        booking.take(consultation, by=colleague)

    consultation.refresh_from_db()
    chosen.refresh_from_db()
    assert consultation.coordinator == chosen.coordinator == coordinator


# Accepting and confirming --------------------------------------------------------------------------


def test_accept_holds_the_time_and_drops_the_others(consultation, coordinator, social_worker):
    booking.propose(consultation, [slot(7), slot(8)], by=coordinator, key=uuid.uuid4())
    chosen, other = consultation.bookings.all()

    booking.accept(chosen, by=social_worker)

    consultation.refresh_from_db()
    other.refresh_from_db()
    assert (consultation.status, chosen.state, other.state) == ("accepted", "held", "dropped")
    assert chosen.mandate is None
    assert told("consultation_accepted") == sorted([social_worker.email, coordinator.email])
    assert not Mail.objects.exclude(calendar="").exists()


def test_time_is_confirmed_when_the_mandate_comes_after(consultation, coordinator, social_worker):
    chosen = make_booking(consultation, coordinator)
    booking.accept(chosen, by=social_worker)

    give_mandate(consultation)

    chosen.refresh_from_db()
    consultation.refresh_from_db()
    assert (chosen.state, chosen.mandate, consultation.status) == (
        "confirmed",
        Mandate.objects.get(),
        "confirmed",
    )


def test_time_is_confirmed_when_the_mandate_came_before(consultation, coordinator, social_worker):
    give_mandate(consultation)
    chosen = make_booking(consultation, coordinator)

    booking.accept(chosen, by=social_worker)

    chosen.refresh_from_db()
    assert (chosen.state, chosen.mandate) == ("confirmed", Mandate.objects.get())
    everyone = sorted([social_worker.email, coordinator.email, "maja.malm@halmstad.example.se"])
    assert told("consultation_confirmed") == everyone
    assert {mail.calendar_method for mail in Mail.objects.filter(purpose="consultation_confirmed")} == {
        "REQUEST"
    }


def test_accept_twice_is_one_act_and_one_mail_each(consultation, coordinator, social_worker):
    colleague = make_member(consultation.team)
    chosen = make_booking(consultation, coordinator)

    booking.accept(chosen, by=social_worker)
    booking.accept(chosen, by=colleague)

    chosen.refresh_from_db()
    assert chosen.accepted_by == social_worker
    assert Act.objects.filter(kind="accepted").count() == 1
    assert len(told("consultation_accepted")) == 3


def test_accept_of_a_time_no_longer_offered_is_refused(consultation, coordinator, social_worker):
    booking.propose(consultation, [slot(7)], by=coordinator, key=uuid.uuid4())
    chosen = consultation.bookings.get()
    booking.propose(consultation, [slot(8)], by=coordinator, key=uuid.uuid4())

    with pytest.raises(Conflict, match="erbjuds inte längre"):
        booking.accept(chosen, by=social_worker)


def test_accept_of_a_time_that_has_been_is_refused(consultation, coordinator, social_worker):
    chosen = make_booking(consultation, coordinator, timezone.now() - DAY)

    with pytest.raises(Conflict, match="redan varit"):
        booking.accept(chosen, by=social_worker)


@pytest.mark.parametrize("who", ["outsider", "coordinator"])
def test_accept_by_anyone_outside_the_group_is_refused(consultation, coordinator, outsider, who):
    chosen = make_booking(consultation, coordinator)

    with pytest.raises(PermissionDenied):
        booking.accept(chosen, by={"outsider": outsider, "coordinator": coordinator}[who])


@pytest.mark.parametrize(("gap", "fits"), [(59, False), (60, True)], ids=["buffers overlap", "buffers meet"])
def test_buffers_keep_two_times_apart(consultation, coordinator, social_worker, gap, fits):
    first = make_booking(consultation, coordinator)
    booking.accept(first, by=social_worker)
    other = make_consultation(make_team(make_user("b@halmstad.example.se")))
    second = make_booking(other, coordinator, first.ends_at + timedelta(minutes=gap))

    if fits:
        booking.accept(second, by=other.team.contact())
    else:
        with pytest.raises(Conflict, match="upptagen"):
            booking.accept(second, by=other.team.contact())

    second.refresh_from_db()
    assert second.state == ("held" if fits else "proposed")


# Refusing, moving, cancelling ----------------------------------------------------------------------


def test_refuse_drops_the_proposals_and_tells_the_coordinator(consultation, coordinator, social_worker):
    booking.propose(consultation, [slot(7)], by=coordinator, key=uuid.uuid4())

    booking.refuse(consultation, "Hellre i mars.", by=social_worker, key=uuid.uuid4())

    consultation.refresh_from_db()
    assert (consultation.status, consultation.wished_times) == ("asked", "Hellre i mars.")
    assert consultation.bookings.get().state == "dropped"
    assert told("consultation_times_refused") == [coordinator.email]


def test_refuse_of_a_confirmed_time_cancels_it_in_every_calendar(consultation, coordinator, social_worker):
    chosen = confirm(consultation, coordinator)

    booking.refuse(consultation, "Hellre i mars.", by=social_worker, key=uuid.uuid4())

    chosen.refresh_from_db()
    consultation.refresh_from_db()
    assert (chosen.state, consultation.status) == ("cancelled", "asked")
    mails = Mail.objects.filter(purpose="consultation_time_given_back")
    assert len(mails) == 3
    assert {mail.calendar_method for mail in mails} == {"CANCEL"}
    assert not chosen.invitees.exists()


def test_refuse_when_there_is_no_time_is_refused(consultation, social_worker):
    with pytest.raises(Conflict, match="inga tider"):
        booking.refuse(consultation, "Hellre i mars.", by=social_worker, key=uuid.uuid4())


def test_move_keeps_the_confirmed_time_its_uid_and_tells_every_calendar(consultation, coordinator):
    chosen, key = confirm(consultation, coordinator), uuid.uuid4()
    uid = chosen.calendar_uid

    for _ in range(2):
        booking.move(consultation, slot(12), "Sjukdom.", seen_sequence=0, by=coordinator, key=key)

    chosen.refresh_from_db()
    assert (chosen.state, chosen.sequence, chosen.calendar_uid) == ("confirmed", 1, uid)
    assert chosen.starts_at == slot(12).starts_at
    moved = Mail.objects.filter(purpose="consultation_moved")
    assert len(moved) == 3
    assert {mail.calendar_method for mail in moved} == {"REQUEST"}
    assert all("SEQUENCE:1" in mail.calendar for mail in moved)


def test_move_onto_another_booking_is_refused(consultation, coordinator):
    chosen = confirm(consultation, coordinator)
    other = make_consultation(make_team(make_user("b@halmstad.example.se")))
    taken = make_booking(other, coordinator, chosen.starts_at + DAY)
    booking.accept(taken, by=other.team.contact())

    with pytest.raises(Conflict, match="upptagen"):
        booking.move(
            consultation,
            Slot.of(taken.starts_at, minutes=60, before=0, after=0),
            "",
            seen_sequence=0,
            by=coordinator,
            key=uuid.uuid4(),
        )

    unmoved = Booking.objects.get(pk=chosen.pk)
    assert unmoved.starts_at == chosen.starts_at


def test_move_a_little_over_its_own_old_time_is_allowed(consultation, coordinator):
    chosen = confirm(consultation, coordinator)

    booking.move(
        consultation,
        Slot.of(chosen.starts_at + timedelta(minutes=30), minutes=90, before=30, after=30),
        "Tåget.",
        seen_sequence=0,
        by=coordinator,
        key=uuid.uuid4(),
    )

    assert Booking.objects.get(pk=chosen.pk).starts_at == chosen.starts_at + timedelta(minutes=30)


def test_move_against_an_older_version_is_refused(consultation, coordinator):
    confirm(consultation, coordinator)
    booking.move(consultation, slot(12), "Ett.", seen_sequence=0, by=coordinator, key=uuid.uuid4())

    with pytest.raises(Conflict, match="medan du skrev"):
        booking.move(consultation, slot(13), "Två.", seen_sequence=0, by=coordinator, key=uuid.uuid4())


def test_cancel_time_frees_it_and_the_search_begins_anew(consultation, coordinator, social_worker):
    chosen, key = confirm(consultation, coordinator), uuid.uuid4()

    booking.cancel_time(consultation, "Sjuk.", by=coordinator, key=key)
    booking.cancel_time(consultation, "Sjuk.", by=coordinator, key=key)

    consultation.refresh_from_db()
    assert consultation.status == "asked"
    assert Mandate.objects.given_for(consultation).exists()
    assert len(told("consultation_time_cancelled")) == 3
    again = make_booking(consultation, coordinator, chosen.starts_at)
    booking.accept(again, by=social_worker)
    again.refresh_from_db()
    assert again.state == "confirmed"
    assert again.calendar_uid != chosen.calendar_uid


def test_cancel_ends_the_consultation(consultation, coordinator, social_worker):
    confirm(consultation, coordinator)

    booking.cancel(consultation, "Vi kan inte.", by=coordinator, key=uuid.uuid4())

    consultation.refresh_from_db()
    assert (consultation.status, consultation.ended_by) == ("cancelled", coordinator)
    assert not Booking.objects.occupying().exists()
    assert len(told("consultation_cancelled")) == 3


# Always true ---------------------------------------------------------------------------------------


def test_database_refuses_a_confirmed_time_without_a_mandate(consultation, coordinator):
    chosen = make_booking(consultation, coordinator)

    with pytest.raises(IntegrityError), transaction.atomic():
        Booking.objects.filter(pk=chosen.pk).update(
            state="confirmed",
            accepted_at=timezone.now(),
            accepted_by=coordinator,
            confirmed_at=timezone.now(),
        )


def test_database_refuses_two_chosen_times_in_one_consultation(consultation, coordinator, social_worker):
    for days in (7, 9):
        make_booking(consultation, coordinator, slot(days).starts_at)

    with pytest.raises(IntegrityError), transaction.atomic():
        consultation.bookings.update(
            state="held",
            held_until=slot(20).starts_at,
            accepted_at=timezone.now(),
            accepted_by=social_worker,
        )


@pytest.mark.parametrize("change", ["state", "end", "buffer"])
def test_database_refuses_impossible_times(consultation, coordinator, change):
    chosen = make_booking(consultation, coordinator)
    fields = {
        "state": {"state": "held"},
        "end": {"ends_at": chosen.starts_at},
        "buffer": {"blocked_from": chosen.starts_at + timedelta(minutes=1)},
    }[change]

    with pytest.raises(IntegrityError), transaction.atomic():
        Booking.objects.filter(pk=chosen.pk).update(**fields)


def held(consultation, coordinator, starts_at, by):
    return make_booking(
        consultation,
        coordinator,
        starts_at,
        state="held",
        held_until=starts_at,
        accepted_at=timezone.now(),
        accepted_by=by,
    )


def test_postgresql_itself_refuses_overlapping_times(consultation, coordinator, colleague, social_worker):
    other = make_consultation(make_team(make_user("b@halmstad.example.se")))
    start = datetime(2027, 5, 4, 8, tzinfo=UTC)
    held(consultation, coordinator, start, social_worker)

    held(make_consultation(make_team(make_user("c@halmstad.example.se"))), colleague, start, social_worker)
    if not ON_POSTGRESQL:
        # SQLite has no such constraint; the check in the act is all there is, and is tried above and below.
        assert Booking.objects.occupying().count() == 2
        return
    with pytest.raises(IntegrityError, match="booking_no_overlap"), transaction.atomic():
        held(other, coordinator, start + timedelta(minutes=149), social_worker)
    held(other, coordinator, start + timedelta(minutes=150), social_worker)


def test_the_constraints_own_refusal_becomes_words(consultation, coordinator, social_worker, monkeypatch):
    other = make_consultation(make_team(make_user("b@halmstad.example.se")))
    first = make_booking(consultation, coordinator)
    booking.accept(first, by=social_worker)
    second = make_booking(other, coordinator, first.starts_at)
    if not ON_POSTGRESQL:
        # SQLite cannot break the constraint itself, so the database's answer is put in its place.
        def broken(*args, **kwargs):
            raise IntegrityError('conflicting key value violates exclusion constraint "booking_no_overlap"')

        monkeypatch.setattr(Booking, "save", broken)
    monkeypatch.setattr(booking, "must_be_free", lambda *args, **kwargs: None)

    with pytest.raises(Conflict, match="upptagen"):
        booking.accept(second, by=other.team.contact())

    second.refresh_from_db()
    assert second.state == "proposed"


@pytest.mark.django_db(transaction=True)
def test_migration_of_the_constraint_goes_both_ways():
    def constrained():
        with connection.cursor() as cursor:
            return "booking_no_overlap" in connection.introspection.get_constraints(
                cursor, Booking._meta.db_table
            )

    call_command("migrate", "consultations", "0001", verbosity=0)
    without = constrained()
    call_command("migrate", "consultations", verbosity=0)

    assert (without, constrained()) == (False, ON_POSTGRESQL)


# At once -------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_fifty_groups_at_once_on_one_coordinators_overlapping_times_get_one_booking(coordinator):
    make_municipality("Halmstad", code="1380")
    start = timezone.now().replace(minute=0, second=0, microsecond=0) + 7 * DAY
    clients, addresses, chosen = [], [], []
    for number in range(50):
        user = make_user(f"person{number}@halmstad.example.se")
        asked = make_consultation(make_team(user))
        # Each begins a minute after the other, so that all overlap, buffers included, and none is the same.
        one = make_booking(asked, coordinator, start + timedelta(minutes=number))
        client = Client()
        client.force_login(user)
        clients.append(client)
        chosen.append(one)
        addresses.append(f"{asked.get_absolute_url()}tid/{one.pk}/")

    answers = at_once(50, lambda number: clients[number].post(addresses[number]))

    statuses = sorted(answer.status_code for answer in answers)
    assert statuses == [302] + [409] * 49
    assert Booking.objects.occupying().count() == 1
    winner = Booking.objects.occupying().get()
    assert answers[chosen.index(winner)].status_code == 302
    assert Act.objects.filter(kind="accepted").count() == 1
    lost = next(answer for answer in answers if answer.status_code == 409)
    assert "Tiden hann bli upptagen hos samordnaren." in lost.content.decode()


@pytest.mark.django_db(transaction=True)
def test_accept_eight_times_at_once_is_one_act_and_one_mail_each(consultation, coordinator, social_worker):
    chosen = make_booking(consultation, coordinator)
    give_mandate(consultation)

    outcomes = at_once(8, lambda _: booking.accept(Booking.objects.get(pk=chosen.pk), by=social_worker))

    assert outcomes == [None] * 8
    assert len(told("consultation_confirmed")) == 3
    assert Act.objects.filter(kind="confirmed").count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_times_of_one_consultation_chosen_at_once_leave_one(consultation, coordinator, social_worker):
    booking.propose(consultation, [slot(7), slot(8), slot(9)], by=coordinator, key=uuid.uuid4())
    offered = list(consultation.bookings.all())

    outcomes = at_once(
        6, lambda number: booking.accept(Booking.objects.get(pk=offered[number % 3].pk), by=social_worker)
    )

    assert Booking.objects.occupying().count() == 1
    assert outcomes.count(None) == 2
    assert sum(isinstance(outcome, Conflict) for outcome in outcomes) == 4


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("act", ["propose", "take", "move", "cancel_time", "cancel", "refuse", "withdraw"])
def test_act_eight_times_at_once_is_done_once(consultation, coordinator, social_worker, act):
    key = uuid.uuid4()
    if act in {"move", "cancel_time", "cancel", "refuse", "withdraw"}:
        confirm(consultation, coordinator)
    acts = {
        "propose": lambda: booking.propose(consultation, [slot(7)], by=coordinator, key=key),
        "take": lambda: booking.take(consultation, by=coordinator),
        "move": lambda: booking.move(
            consultation, slot(12), "Skäl.", seen_sequence=0, by=coordinator, key=key
        ),
        "cancel_time": lambda: booking.cancel_time(consultation, "Skäl.", by=coordinator, key=key),
        "cancel": lambda: booking.cancel(consultation, "Skäl.", by=coordinator, key=key),
        "refuse": lambda: booking.refuse(consultation, "Mars.", by=social_worker, key=key),
        "withdraw": lambda: asking.withdraw(consultation, "", by=social_worker, key=key),
    }
    acts_before, mails_before = Act.objects.count(), Mail.objects.count()

    outcomes = at_once(8, lambda _: acts[act]())

    new_mail = Mail.objects.order_by("created_at")[mails_before:]
    assert outcomes == [None] * 8
    assert Act.objects.count() == acts_before + {"propose": 2}.get(act, 1)
    assert len({(mail.to, mail.purpose) for mail in new_mail}) == len(new_mail)
