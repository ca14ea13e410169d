import uuid
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from consultations import booking, suitability
from consultations.acts import Conflict
from consultations.booking import Slot
from consultations.mandate import decide
from consultations.models import Act, Booking, Consultation, Mandate, Party
from metodstod.models import Mail
from tests.factories import make_booking, make_consultation, make_municipality, make_team, make_user
from tests.racing import at_once

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture
def joint(social_worker, coordinator):
    """A consultation where Falkenberg takes part beside Halmstad, with three times to choose among."""
    falkenberg = make_municipality("Falkenberg", code="1382")
    asked = make_consultation(make_team(social_worker), partners=[falkenberg])
    asked.parties.filter(is_lead=False).update(
        contact_name="Frida Falk",
        contact_email="frida@falkenberg.example.se",
        answer=Party.Answer.ACCEPTED,
        answered_at=timezone.now(),
    )
    start = timezone.now().replace(minute=0, second=0, microsecond=0) + 14 * DAY
    slots = [Slot.of(start + number * DAY, minutes=60, before=0, after=0) for number in range(3)]
    booking.propose(asked, slots, by=coordinator, key=uuid.uuid4())
    return asked


@pytest.fixture
def lead(joint):
    return joint.parties.get(is_lead=True)


@pytest.fixture
def partner(joint):
    return joint.parties.get(is_lead=False)


def answer(party, *numbers, by=None, key=None, seen=None):
    proposed = list(party.consultation.bookings.filter(state="proposed"))
    suitability.answer(
        party,
        {proposed[number].pk for number in numbers},
        seen=seen or {one.pk for one in proposed},
        by=by,
        key=key or uuid.uuid4(),
    )


def test_the_first_time_that_suits_everyone_is_held_for_them(joint, lead, partner, social_worker):
    times = list(joint.bookings.all())
    answer(partner, 1, 2)

    answer(lead, 0, 1, 2, by=social_worker)

    states = [Booking.objects.get(pk=one.pk).state for one in times]
    joint.refresh_from_db()
    assert states == ["dropped", "held", "dropped"]
    assert joint.bookings.chosen().get().accepted_by == social_worker
    assert joint.status == "accepted"


def test_the_fitting_time_is_confirmed_when_the_mandate_is_there(joint, lead, partner, social_worker):
    decide(Mandate.objects.standing().get(party=lead), "given", "", key=uuid.uuid4())
    answer(lead, 2, by=social_worker)

    answer(partner, 0, 2)

    booked = joint.bookings.chosen().get()
    assert booked.state == "confirmed"
    assert set(booked.invitees.values_list("email", flat=True)) >= {
        social_worker.email,
        "frida@falkenberg.example.se",
    }


def test_nothing_is_taken_before_everyone_has_answered(joint, lead, social_worker):
    answer(lead, 0, 1, 2, by=social_worker)

    assert not joint.bookings.chosen().exists()
    assert joint.bookings.filter(state="proposed").count() == 3


def test_when_nothing_suits_all_the_coordinator_is_told_and_the_times_stand(
    joint, lead, partner, social_worker, coordinator
):
    answer(lead, 0, by=social_worker)

    answer(partner, 1)

    assert not joint.bookings.chosen().exists()
    assert [mail.to for mail in Mail.objects.filter(purpose="consultation_no_time_fits")] == [
        coordinator.email
    ]


def test_a_later_answer_takes_the_place_of_the_earlier(joint, lead, partner, social_worker):
    answer(lead, 0, by=social_worker)
    answer(partner, 1)

    answer(partner, 0)

    first = joint.bookings.order_by("starts_at").first()
    assert joint.bookings.chosen().get() == first
    assert first.answers.count() == 2


def test_a_fitting_time_that_someone_else_has_got_gives_way_to_the_next(
    joint, lead, partner, social_worker, coordinator
):
    answer(lead, 0, 1, by=social_worker)
    first = joint.bookings.order_by("starts_at").first()
    other = make_consultation(make_team(make_user("b@halmstad.example.se")))
    booking.accept(make_booking(other, coordinator, first.starts_at), by=other.team.contact())

    answer(partner, 0, 1)

    assert joint.bookings.chosen().get().starts_at == first.starts_at + DAY


def test_an_answer_about_other_times_than_those_that_stand_is_refused(joint, partner, coordinator):
    seen = {one.pk for one in joint.bookings.all()}
    later = Slot.of(timezone.now() + 40 * DAY, minutes=60, before=0, after=0)
    booking.propose(joint, [later], by=coordinator, key=uuid.uuid4())

    with pytest.raises(Conflict, match="ändrats"):
        answer(partner, 0, seen=seen)


def test_an_answer_from_one_who_no_longer_takes_part_is_refused(joint, partner):
    Party.objects.filter(pk=partner.pk).update(answer="withdrawn")

    with pytest.raises(Conflict, match="inte längre med"):
        answer(partner, 0)


def test_an_answer_for_the_group_by_a_stranger_is_refused(joint, lead):
    with pytest.raises(PermissionDenied):
        answer(lead, 0, by=make_user("c@halmstad.example.se"))


def test_the_coordinator_settles_on_a_time_without_waiting_for_all(joint, lead, social_worker, coordinator):
    answer(lead, 1, by=social_worker)
    times = list(joint.bookings.order_by("starts_at"))

    with pytest.raises(Conflict, match="inte sagt"):
        suitability.settle_on(times[0], by=coordinator)
    for _ in range(2):
        suitability.settle_on(times[1], by=coordinator)

    assert joint.bookings.chosen().get() == times[1]
    assert Act.objects.filter(kind="fitted").count() == 1


def test_the_grid_names_municipalities_and_holds_no_address(joint, lead, partner, social_worker):
    answer(partner, 1)

    parties, rows = suitability.grid(Consultation.objects.whole().get(pk=joint.pk))

    assert [str(party) for party in parties] == ["Halmstad", "Falkenberg"]
    assert [[suits for _, suits in row["cells"]] for row in rows] == [
        [None, False],
        [None, True],
        [None, False],
    ]


@pytest.mark.django_db(transaction=True)
def test_an_answer_eight_times_at_once_is_one(joint, lead, partner, social_worker):
    answer(lead, 0, by=social_worker)
    key = uuid.uuid4()
    seen = {one.pk for one in joint.bookings.all()}
    first = joint.bookings.order_by("starts_at").first().pk

    outcomes = at_once(8, lambda _: suitability.answer(partner, {first}, seen=seen, key=key))

    assert outcomes == [None] * 8
    assert Act.objects.filter(kind="times_answered").count() == 2
    assert Act.objects.filter(kind="fitted").count() == 1
