import os
import uuid
from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.utils import timezone

from consultations import availability, booking, mandate, open_times
from consultations.acts import Conflict
from consultations.booking import TAKEN, Taken
from consultations.models import Act, BookableTime, Booking, Consultation, Mandate, WeeklyPattern
from metodstod.models import Mail
from tests.factories import (
    make_bookable,
    make_booking,
    make_consultation,
    make_county,
    make_municipality,
    make_staff,
    make_team,
    make_user,
)
from tests.racing import at_once

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def weekly(**fields):
    defaults = {
        "weekday": 3,
        "time": time(9),
        "minutes": 90,
        "first_day": date(2027, 4, 1),
        "last_day": date(2027, 5, 31),
        "digital": True,
    }
    return WeeklyPattern(**defaults | fields)


def choose(consultation, bookable, by):
    open_times.choose(consultation, bookable, by=by, key=uuid.uuid4())
    return consultation.bookings.chosen().get()


def give_mandate(consultation):
    asked = Mandate.objects.standing().get(party__consultation=consultation)
    mandate.decide(asked, Mandate.Decision.GIVEN, "", key=uuid.uuid4())


def other_group(number=1, **fields):
    return make_consultation(make_team(make_user(f"annan{number}@halmstad.example.se")), **fields)


# Publishing ----------------------------------------------------------------------------------------


def test_publish_twice_with_one_key_is_one_time(coordinator):
    start, key = timezone.now() + 10 * DAY, uuid.uuid4()

    for _ in range(2):
        one = BookableTime(key=key, starts_at=start, ends_at=start + timedelta(hours=1), phone=True)
        open_times.publish(one, by=coordinator)

    assert BookableTime.objects.get().coordinator == coordinator


def test_publish_into_another_published_time_is_refused(coordinator):
    first = make_bookable(coordinator)
    inside = first.starts_at + timedelta(minutes=89)

    with pytest.raises(Conflict, match="redan publicerat"):
        open_times.publish(
            BookableTime(starts_at=inside, ends_at=inside + timedelta(hours=1), phone=True), by=coordinator
        )

    assert BookableTime.objects.count() == 1


@time_machine.travel(datetime(2027, 3, 1, 8, tzinfo=UTC), tick=False)
def test_weekly_times_leave_holidays_out_and_say_which(coordinator):
    _, skipped = open_times.publish_weekly(weekly(), by=coordinator)

    days = [timezone.localtime(one.starts_at).date() for one in BookableTime.objects.all()]
    assert [(one.day, one.why) for one in skipped] == [(date(2027, 5, 6), "Kristi himmelsfärdsdag")]
    assert days == [
        date(2027, 4, 1) + timedelta(weeks=week)
        for week in range(9)
        if week != 5  # the sixth is the holiday
    ]


@time_machine.travel(datetime(2027, 3, 1, 8, tzinfo=UTC), tick=False)
def test_weekly_times_keep_to_the_clock_on_the_wall_over_both_changes(coordinator):
    open_times.publish_weekly(
        weekly(weekday=0, first_day=date(2027, 3, 15), last_day=date(2027, 11, 30)), by=coordinator
    )

    times = [one.starts_at for one in BookableTime.objects.all()]
    assert {timezone.localtime(one).time() for one in times} == {time(9)}
    assert {one.astimezone(UTC).time() for one in times} == {time(7), time(8)}


@time_machine.travel(datetime(2027, 3, 1, 8, tzinfo=UTC), tick=False)
def test_weekly_times_leave_out_what_runs_into_another(coordinator):
    make_bookable(coordinator, datetime(2027, 4, 8, 7, 30, tzinfo=UTC))

    _, skipped = open_times.publish_weekly(weekly(last_day=date(2027, 4, 30)), by=coordinator)

    assert [(one.day, one.why) for one in skipped] == [(date(2027, 4, 8), "du har redan en tid då")]


@time_machine.travel(datetime(2027, 3, 1, 8, tzinfo=UTC), tick=False)
def test_weekly_times_sent_twice_are_made_once_and_withdrawn_together(coordinator, social_worker):
    key = uuid.uuid4()
    for _ in range(2):
        pattern, _ = open_times.publish_weekly(weekly(key=key), by=coordinator)
    booked = choose(make_consultation(make_team(social_worker)), BookableTime.objects.first(), social_worker)

    withdrawn = open_times.withdraw_pattern(pattern)

    assert withdrawn == 8
    assert not BookableTime.objects.standing().exists()
    assert Booking.objects.chosen().get() == booked  # What is booked stays booked.


# What is free --------------------------------------------------------------------------------------


def test_free_times_are_those_of_the_groups_county_not_taken_and_not_too_soon(coordinator, social_worker):
    asked = make_consultation(make_team(social_worker))
    other_county = make_staff(role="samordnare", counties=[make_county("14")])
    free = make_bookable(coordinator)
    make_bookable(other_county)
    make_bookable(coordinator, timezone.now() + timedelta(hours=47))
    make_bookable(coordinator, timezone.now() + 12 * DAY, withdrawn_at=timezone.now())
    make_bookable(coordinator, timezone.now() + 13 * DAY, digital=False, phone=True)
    taken = make_bookable(coordinator, timezone.now() + 14 * DAY)
    other = other_group()
    choose(other, taken, other.team.contact())

    assert availability.free_for(asked) == [free]


def test_a_visit_leaves_the_journey_free_and_a_call_only_the_margins(coordinator):
    falkenberg = make_municipality("Falkenberg", code="1382")
    one = make_bookable(coordinator, on_site=True, phone=True, before=15, after=20)

    visit = availability.slot_of(one, "on_site", falkenberg)
    call = availability.slot_of(one, "phone", falkenberg)

    assert (visit.starts_at - visit.blocked_from, visit.blocked_until - visit.ends_at) == (
        timedelta(minutes=60),
        timedelta(minutes=60),
    )
    assert (call.starts_at - call.blocked_from, call.blocked_until - call.ends_at) == (
        timedelta(minutes=15),
        timedelta(minutes=20),
    )


def test_a_visit_is_counted_from_where_the_coordinator_sets_out(coordinator):
    falkenberg = make_municipality("Falkenberg", code="1382")
    one = make_bookable(coordinator, on_site=True, before=0, after=0, travels_from=falkenberg)

    slot = availability.slot_of(one, "on_site", falkenberg)

    assert slot.starts_at - slot.blocked_from == timedelta(minutes=15)


def test_a_time_is_free_for_a_call_but_not_for_a_visit_when_the_journey_runs_into_another(
    coordinator, social_worker
):
    start = timezone.now().replace(minute=0, second=0, microsecond=0) + 10 * DAY
    booked = make_booking(other_group(), coordinator, start, before=0, after=0)
    booking.accept(booked, by=booked.consultation.team.contact())
    one = make_bookable(coordinator, booked.ends_at + timedelta(minutes=15), on_site=True, phone=True)
    varberg = make_municipality("Varberg", code="1383")

    (free,) = availability.free_times(varberg)

    assert free == one
    assert free.free_forms == ["phone", "digital"]


def test_free_times_cost_as_much_to_look_up_for_one_as_for_thirty(
    coordinator, social_worker, django_assert_num_queries
):
    asked = make_consultation(make_team(social_worker))
    make_bookable(coordinator)
    with django_assert_num_queries(4) as few:
        availability.free_for(asked)
    for number in range(30):
        make_bookable(coordinator, timezone.now() + (11 + number) * DAY)

    with django_assert_num_queries(len(few)):
        found = availability.free_for(asked)

    assert len(found) == 24


# Choosing ------------------------------------------------------------------------------------------


def test_choose_holds_the_time_and_gives_the_consultation_its_coordinator(coordinator, social_worker):
    asked, key = make_consultation(make_team(social_worker)), uuid.uuid4()
    one = make_bookable(coordinator)

    for _ in range(2):
        open_times.choose(asked, one, by=social_worker, key=key)

    asked.refresh_from_db()
    booked = asked.bookings.get()
    assert (booked.state, booked.bookable, booked.coordinator) == ("held", one, coordinator)
    assert (asked.status, asked.coordinator) == ("accepted", coordinator)
    assert Mail.objects.filter(purpose="consultation_accepted").count() == 2


def test_choose_with_the_mandate_there_confirms_at_once(coordinator, social_worker):
    asked = make_consultation(make_team(social_worker))
    give_mandate(asked)

    booked = choose(asked, make_bookable(coordinator), social_worker)

    assert (booked.state, booked.held_until) == ("confirmed", None)
    assert booked.invitees.count() == 3


def test_choose_a_second_time_is_refused(coordinator, social_worker):
    asked = make_consultation(make_team(social_worker))
    choose(asked, make_bookable(coordinator), social_worker)

    with pytest.raises(Conflict, match="redan en tid"):
        choose(asked, make_bookable(coordinator, timezone.now() + 20 * DAY), social_worker)


@pytest.mark.parametrize("why", ["withdrawn", "form", "soon", "county"])
def test_choose_what_can_no_longer_be_had_is_refused(coordinator, social_worker, why):
    asked = make_consultation(make_team(social_worker))
    fields = {
        "withdrawn": {"withdrawn_at": timezone.now()},
        "form": {"digital": False, "phone": True},
        "soon": {"starts_at": timezone.now() + DAY},
        "county": {"coordinator": make_staff(role="samordnare", counties=[make_county("14")])},
    }[why]
    one = make_bookable(**{"coordinator": coordinator} | fields)

    with pytest.raises(Taken, match="inte längre"):
        choose(asked, one, social_worker)

    assert not asked.bookings.exists()


def test_choose_by_a_stranger_is_refused(coordinator, social_worker):
    asked = make_consultation(make_team(social_worker))

    with pytest.raises(PermissionDenied):
        choose(asked, make_bookable(coordinator), make_user("b@halmstad.example.se"))


# The hold and its end ------------------------------------------------------------------------------


@time_machine.travel(datetime(2027, 3, 22, 8, tzinfo=UTC), tick=False)
def test_a_time_is_held_for_ten_working_days_and_no_longer_than_until_it_begins(coordinator, social_worker):
    asked, other = make_consultation(make_team(social_worker)), other_group()

    later = choose(asked, make_bookable(coordinator, datetime(2027, 5, 20, 7, tzinfo=UTC)), social_worker)
    sooner = choose(
        other, make_bookable(coordinator, datetime(2027, 3, 25, 7, tzinfo=UTC)), other.team.contact()
    )

    # Good Friday and Easter Monday are not counted: the tenth working day is 7 April.
    assert timezone.localtime(later.held_until).isoformat() == "2027-04-08T00:00:00+02:00"
    assert sooner.held_until == sooner.starts_at


def test_a_hold_that_is_over_is_let_go_of_once_and_everyone_is_told(coordinator, social_worker):
    asked = make_consultation(make_team(social_worker))
    one = make_bookable(coordinator, timezone.now() + 60 * DAY)
    booked = choose(asked, one, social_worker)

    with time_machine.travel(booked.held_until + timedelta(seconds=1)):
        free_before_the_clock_came_by = availability.free_for(other_group())
        for _ in range(2):
            booking.let_go_everywhere()

    asked.refresh_from_db()
    booked.refresh_from_db()
    assert free_before_the_clock_came_by == [one]
    assert (booked.state, asked.status) == ("lapsed", "asked")
    assert Act.objects.filter(kind="lapsed").count() == 1
    assert Mail.objects.filter(purpose="consultation_lapsed").count() == 2


def test_a_hold_that_is_over_gives_way_to_the_next_group_before_the_clock_comes_by(
    coordinator, social_worker
):
    asked, other = make_consultation(make_team(social_worker)), other_group()
    one = make_bookable(coordinator, timezone.now() + 60 * DAY)
    late = choose(asked, one, social_worker)

    with time_machine.travel(late.held_until + timedelta(seconds=1)):
        booked = choose(other, one, other.team.contact())
        give_mandate(asked)  # A moment too late.
        booking.let_go_everywhere()

    late.refresh_from_db()
    asked.refresh_from_db()
    assert (booked.state, late.state, asked.status) == ("held", "lapsed", "asked")
    assert Act.objects.filter(kind="lapsed").count() == 1


def test_a_mandate_in_time_ends_the_hold_for_good(coordinator, social_worker):
    asked = make_consultation(make_team(social_worker))
    booked = choose(asked, make_bookable(coordinator, timezone.now() + 60 * DAY), social_worker)
    give_mandate(asked)

    with time_machine.travel(booked.held_until + DAY):
        booking.let_go_everywhere()

    booked.refresh_from_db()
    assert booked.state == "confirmed"


# Another time --------------------------------------------------------------------------------------


def test_swap_keeps_uid_and_mandate_and_frees_the_old_time(coordinator, social_worker):
    asked = make_consultation(make_team(social_worker))
    old, new = make_bookable(coordinator), make_bookable(coordinator, timezone.now() + 20 * DAY)
    give_mandate(asked)
    before, key = choose(asked, old, social_worker), uuid.uuid4()

    for _ in range(2):
        open_times.swap(asked, new, "Krock.", seen_sequence=0, by=social_worker, key=key)

    after = asked.bookings.get()
    assert (after.state, after.bookable, after.sequence) == ("confirmed", new, before.sequence + 1)
    assert after.calendar_uid == before.calendar_uid
    assert availability.free_for(other_group()) == [old]
    assert {mail.calendar_method for mail in Mail.objects.filter(purpose="consultation_swapped")} == {
        "REQUEST"
    }


def test_swap_for_a_taken_time_leaves_everything_as_it_was(coordinator, social_worker):
    asked, other = make_consultation(make_team(social_worker)), other_group()
    mine, theirs = make_bookable(coordinator), make_bookable(coordinator, timezone.now() + 20 * DAY)
    choose(asked, mine, social_worker)
    choose(other, theirs, other.team.contact())

    with pytest.raises(Taken):
        open_times.swap(asked, theirs, "Krock.", seen_sequence=0, by=social_worker, key=uuid.uuid4())

    assert asked.bookings.chosen().get().bookable == mine


# At once -------------------------------------------------------------------------------------------

# A round takes seconds, so two will do each time. RACES=100 in the environment makes a hundred.
ROUNDS, CLIENTS = int(os.environ.get("RACES", 2)), 50


@pytest.mark.django_db(transaction=True)
@pytest.mark.timeout(60 * ROUNDS + 120)
def test_fifty_clients_for_one_published_time(coordinator):
    make_municipality("Halmstad", code="1380")
    bystander = make_bookable(coordinator, timezone.now() + 90 * DAY)
    clients, asked = [], []
    for number in range(CLIENTS):
        user = make_user(f"person{number}@halmstad.example.se")
        asked.append(make_consultation(make_team(user)))
        client = Client()
        client.force_login(user)
        clients.append(client)
    won = lost = other = 0

    for _ in range(ROUNDS):
        Booking.objects.all().delete()
        Consultation.objects.update(status="asked", coordinator=None, taken_at=None)
        wanted = make_bookable(coordinator, timezone.now() + 30 * DAY)
        addresses = [f"{one.get_absolute_url()}lediga-tider/" for one in asked]
        answers = at_once(
            CLIENTS,
            lambda number, addresses=addresses, wanted=wanted: clients[number].post(
                addresses[number], {"key": str(uuid.uuid4()), "time": str(wanted.pk)}
            ),
        )
        statuses = [getattr(answer, "status_code", answer) for answer in answers]
        won += statuses.count(302)
        lost += statuses.count(409)
        other += len(statuses) - statuses.count(302) - statuses.count(409)
        winner = Booking.objects.occupying().get()
        assert winner.bookable == wanted
        assert statuses[asked.index(winner.consultation)] == 302
        pages = [answer.content.decode() for answer in answers if answer.status_code == 409]
        page = next(page for page in pages if TAKEN in page)
        assert f"{TAKEN} Här är de tider som är lediga nu." in page
        assert str(bystander.pk) in page  # The next free one is offered at once.
        assert str(wanted.pk) not in page
        wanted.delete()

    assert (won, lost, other) == (ROUNDS, ROUNDS * (CLIENTS - 1), 0)
