import uuid
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from consultations import asking, availability, booking, open_times, waiting
from consultations.acts import Conflict
from consultations.booking import Taken
from consultations.models import Act, BookableTime, Booking
from metodstod.models import Mail
from tests.factories import (
    make_bookable,
    make_consultation,
    make_county,
    make_municipality,
    make_staff,
    make_team,
    make_user,
)
from tests.racing import at_once

pytestmark = pytest.mark.django_db

NOW = datetime(2027, 3, 1, 8, 0, tzinfo=UTC)
APRIL, MAY = date(2027, 4, 1), date(2027, 5, 1)
IN_APRIL = datetime(2027, 4, 13, 7, 0, tzinfo=UTC)


@pytest.fixture
def clock():
    """The clock stands still; `clock.shift` moves it."""
    with time_machine.travel(NOW, tick=False) as moved:
        yield moved


def group(number, **fields):
    make_municipality("Halmstad", code="1380")
    return make_consultation(make_team(make_user(f"grupp{number}@halmstad.example.se")), **fields)


def stand(consultation, *months):
    waiting.stand(consultation, months, by=consultation.team.contact(), key=uuid.uuid4())


def offered_to(consultation):
    return consultation.bookings.filter(state="offered").first()


def line_of(clock, number, **fields):
    """Let so many groups stand in line for April, a minute apart."""
    groups = []
    for one in range(number):
        groups.append(group(one, **fields))
        stand(groups[-1], APRIL)
        clock.shift(60)
    return groups


# Standing in line ----------------------------------------------------------------------------------


@time_machine.travel(datetime(2026, 11, 24, 8, tzinfo=UTC), tick=False)
def test_months_go_a_year_ahead_over_the_turn_of_the_year():
    months = waiting.months()

    assert (months[0], months[1], months[2], months[-1], len(months)) == (
        date(2026, 11, 1),
        date(2026, 12, 1),
        date(2027, 1, 1),
        date(2027, 10, 1),
        12,
    )


def test_stand_sent_twice_is_one_place_and_a_later_choice_keeps_the_earlier_ones_turn(clock, coordinator):
    asked, key = group(1), uuid.uuid4()
    for _ in range(2):
        waiting.stand(asked, [APRIL], by=asked.team.contact(), key=key)
    first = asked.places.get().since
    clock.shift(3600)

    stand(asked, APRIL, MAY)

    assert asked.places.standing().get(month=APRIL).since == first
    assert asked.places.standing().count() == 2
    assert Act.objects.filter(kind="queued").count() == 2


def test_stand_for_nothing_leaves_the_line(clock, coordinator):
    asked = group(1)
    stand(asked, APRIL)

    stand(asked)

    assert not asked.places.standing().exists()
    assert Act.objects.filter(kind="unqueued").exists()


def test_stand_with_a_time_already_is_refused(clock, coordinator):
    asked = group(1)
    open_times.choose(asked, make_bookable(coordinator), by=asked.team.contact(), key=uuid.uuid4())

    with pytest.raises(Conflict, match="redan en tid"):
        stand(asked, APRIL)


def test_stand_by_a_stranger_is_refused(clock, coordinator):
    with pytest.raises(PermissionDenied):
        waiting.stand(group(1), [APRIL], by=make_user("x@halmstad.example.se"), key=uuid.uuid4())


# Being offered -------------------------------------------------------------------------------------


def test_a_time_goes_to_the_first_comer_alone_and_is_kept_from_everyone_else(clock, coordinator):
    first, second = line_of(clock, 2)
    stranger = group(9)
    one = make_bookable(coordinator, IN_APRIL)

    waiting.offer()

    assert offered_to(first).bookable == one
    assert offered_to(second) is None
    assert availability.free_for(stranger) == []
    assert offered_to(first).held_until == timezone.now() + timedelta(hours=72)
    assert [mail.to for mail in Mail.objects.filter(purpose="consultation_offered")] == [
        first.team.contact().email
    ]


def test_a_free_time_is_not_to_be_had_past_the_line_before_it_has_been_offered(clock, coordinator):
    line_of(clock, 1)
    stranger, one = group(9), make_bookable(coordinator, IN_APRIL)

    with pytest.raises(Taken, match="kö"):
        open_times.choose(stranger, one, by=stranger.team.contact(), key=uuid.uuid4())

    assert availability.free_for(stranger) == []


def test_publishing_a_time_offers_it_to_the_line(clock, coordinator, run_queue):
    (first,) = line_of(clock, 1)
    one = BookableTime(starts_at=IN_APRIL, ends_at=IN_APRIL + timedelta(hours=1), digital=True)

    open_times.publish(one, by=coordinator)
    run_queue()

    assert offered_to(first).bookable == one


def test_no_goes_on_to_the_next_and_the_group_keeps_its_place(clock, coordinator, run_queue):
    first, second = line_of(clock, 2)
    make_bookable(coordinator, IN_APRIL)
    waiting.offer()

    waiting.decline(offered_to(first), by=first.team.contact())
    run_queue()

    assert offered_to(second) is not None
    assert first.places.standing().exists()


def test_silence_for_72_hours_goes_on_to_the_next_in_order_and_ends_the_place(clock, coordinator, run_queue):
    first, second, third = line_of(clock, 3)
    make_bookable(coordinator, IN_APRIL)
    waiting.offer()
    got = []

    for _ in range(3):
        clock.shift(72 * 3600 + 1)
        booking.let_go_everywhere()
        run_queue()
        got.append([one for one in (first, second, third) if offered_to(one)])

    assert got == [[second], [third], []]
    assert not first.places.standing().exists()
    assert Mail.objects.filter(purpose="consultation_offer_lapsed").count() == 3
    assert Act.objects.filter(kind="offer_lapsed").count() == 3


def test_an_offer_lasts_72_hours_and_no_longer(clock, coordinator):
    (first,) = line_of(clock, 1)
    make_bookable(coordinator, IN_APRIL)
    waiting.offer()
    offered = offered_to(first)
    clock.move_to(offered.held_until)

    with pytest.raises(Conflict, match="inte längre"):
        waiting.accept(offered, by=first.team.contact())

    clock.shift(-1)
    offered = Booking.objects.get(pk=offered.pk)
    assert offered.state == "offered"
    waiting.accept(offered, by=first.team.contact())
    assert Booking.objects.get(pk=offered.pk).state == "held"


def test_yes_holds_the_time_and_leaves_the_line_for_every_month(clock, coordinator):
    (first,) = line_of(clock, 1)
    stand(first, APRIL, MAY)
    make_bookable(coordinator, IN_APRIL)
    waiting.offer()

    for _ in range(2):
        waiting.accept(offered_to(first) or first.bookings.get(), by=first.team.contact())

    first.refresh_from_db()
    assert (first.bookings.get().state, first.status, first.coordinator) == ("held", "accepted", coordinator)
    assert not first.places.standing().exists()
    assert Act.objects.filter(kind="accepted").count() == 1


def test_what_is_called_off_goes_to_the_line(clock, coordinator, run_queue):
    holder, one = group(8), make_bookable(coordinator, IN_APRIL)
    open_times.choose(holder, one, by=holder.team.contact(), key=uuid.uuid4())
    (first,) = line_of(clock, 1)

    asking.withdraw(holder, "", by=holder.team.contact(), key=uuid.uuid4())
    run_queue()

    assert offered_to(first).bookable == one


@pytest.mark.parametrize("why", ["month", "form", "county", "taken by another coordinator", "ended"])
def test_a_time_is_not_offered_to_whom_it_cannot_help(clock, coordinator, why):
    (first,) = line_of(clock, 1)
    fields = {"coordinator": coordinator, "starts_at": IN_APRIL}
    if why == "month":
        fields["starts_at"] = IN_APRIL + timedelta(days=30)
    if why == "form":
        fields |= {"digital": False, "phone": True}
    if why == "county":
        fields["coordinator"] = make_staff(role="samordnare", counties=[make_county("14")])
    if why == "taken by another coordinator":
        booking.take(first, by=make_staff(role="samordnare", counties=[make_county("13")]))
    if why == "ended":
        asking.withdraw(first, "", by=first.team.contact(), key=uuid.uuid4())
    make_bookable(**fields)

    waiting.offer()

    assert not Booking.objects.exists()


def test_one_for_whom_the_journey_does_not_fit_is_passed_over_for_this_time(clock, coordinator):
    busy = group(3)
    earlier = make_bookable(coordinator, IN_APRIL, before=0, after=0)
    open_times.choose(busy, earlier, by=busy.team.contact(), key=uuid.uuid4())
    visit, call = group(1, form="on_site"), group(2)
    for one in (visit, call):
        stand(one, APRIL)
        clock.shift(60)
    # A visit within the town leaves a quarter of an hour for the way there; a digital meeting needs nothing.
    make_bookable(coordinator, earlier.ends_at + timedelta(minutes=1), on_site=True, before=0, after=0)

    waiting.offer()

    assert offered_to(visit) is None
    assert offered_to(call) is not None


@pytest.mark.django_db(transaction=True)
def test_offering_eight_times_at_once_offers_once(coordinator):
    month = (timezone.localdate().replace(day=1) + timedelta(days=62)).replace(day=1)
    groups = [group(number) for number in range(3)]
    for one in groups:
        stand(one, month)
    start = datetime.combine(month + timedelta(days=9), datetime.min.time(), tzinfo=UTC) + timedelta(hours=8)
    make_bookable(coordinator, start)

    outcomes = at_once(8, lambda _: waiting.offer())

    assert outcomes == [None] * 8
    assert offered_to(groups[0]) is not None
    assert Booking.objects.count() == 1
    assert Mail.objects.filter(purpose="consultation_offered").count() == 1


@pytest.mark.django_db(transaction=True)
def test_yes_and_no_at_once_leave_one_answer(coordinator):
    asked = group(1)
    month = (timezone.localdate().replace(day=1) + timedelta(days=62)).replace(day=1)
    stand(asked, month)
    start = datetime.combine(month + timedelta(days=9), datetime.min.time(), tzinfo=UTC) + timedelta(hours=8)
    make_bookable(coordinator, start)
    waiting.offer()
    offered, by = offered_to(asked), asked.team.contact()
    acts = [waiting.accept, waiting.decline]

    outcomes = at_once(8, lambda number: acts[number % 2](Booking.objects.get(pk=offered.pk), by=by))

    state = Booking.objects.get(pk=offered.pk).state
    assert state in {"held", "dropped"}
    assert outcomes.count(None) == 4
    assert sum(isinstance(one, Conflict) for one in outcomes) == 4
