import uuid
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from consultations import asking, booking, mandate
from consultations.models import ManagerQuestion, Mandate
from consultations.stage import stage
from consultations.standing import waits
from metodstod.path import State
from tests.factories import make_booking, make_consultation, make_team

pytestmark = pytest.mark.django_db


@pytest.fixture
def team(social_worker):
    return make_team(social_worker)


def standing(consultation):
    return Mandate.objects.of_lead(consultation).standing().get()


def give(consultation):
    mandate.decide(standing(consultation), Mandate.Decision.GIVEN, "", key=uuid.uuid4())


def test_stage_without_a_request_is_to_ask_for_one(team):
    shown = stage(team)

    assert (shown.number, shown.state) == (3, State.NOT_BEGUN)
    assert shown.next.url == f"/arbetsgrupp/{team.pk}/konsultation/ny/"
    assert not shown.others_wait


def test_stage_waits_for_manager_and_coordinator(team):
    consultation = make_consultation(team)

    shown = stage(team)

    assert (shown.state, shown.next) == (State.WAITING, None)
    assert "Maja Malm (enhetschef) ska ge besked om mandat" in shown.text
    assert "Samordnaren ska föreslå tider" in shown.text
    assert [link.url for link in shown.links] == [consultation.get_absolute_url()]


def test_stage_asks_the_group_to_choose_a_time(team, coordinator):
    consultation = make_consultation(team)
    slot = booking.Slot.of(timezone.now() + timedelta(days=7), minutes=60, before=0, after=0)
    booking.propose(consultation, [slot], by=coordinator, key=uuid.uuid4())

    shown = stage(team)

    assert shown.state == State.UNDER_WAY
    assert "välja en av de föreslagna tiderna" in shown.text
    assert shown.next.url == consultation.get_absolute_url()
    assert shown.others_wait


def test_stage_waits_for_the_coordinator_when_all_proposed_times_have_passed(team, coordinator):
    consultation = make_consultation(team)
    give(consultation)
    slot = booking.Slot.of(timezone.now() + timedelta(days=7), minutes=60, before=0, after=0)
    booking.propose(consultation, [slot], by=coordinator, key=uuid.uuid4())

    with time_machine.travel(timezone.now() + timedelta(days=8)):
        shown = stage(team)

    assert shown.state == State.WAITING
    assert "Samordnaren Karin Karlsson ska föreslå tider" in shown.text


def test_stage_asks_the_group_to_answer_the_managers_question(team):
    consultation = make_consultation(team)
    mandate.ask_back(standing(consultation), "Hur?", key=uuid.uuid4())

    assert "svara på chefens fråga" in stage(team).text

    mandate.answer(ManagerQuestion.objects.get(), "Så.", by=team.contact(), key=uuid.uuid4())
    assert stage(team).state == State.WAITING


def test_stage_asks_the_group_what_to_do_when_the_manager_said_no(team):
    consultation = make_consultation(team)
    mandate.decide(standing(consultation), Mandate.Decision.DECLINED, "Nej.", key=uuid.uuid4())

    shown = stage(team)

    assert shown.state == State.UNDER_WAY
    assert "chefen inte gav mandat" in shown.text


def test_stage_asks_the_group_for_a_new_link_when_the_old_one_is_out(team):
    make_consultation(team)

    with time_machine.travel(timezone.now() + timedelta(days=31)):
        assert "skicka en ny länk till chefen" in stage(team).text


def test_stage_with_a_chosen_time_waits_for_the_mandate(team, coordinator):
    booking.accept(make_booking(make_consultation(team), coordinator), by=team.contact())

    shown = stage(team)

    assert shown.state == State.WAITING
    assert "Den bekräftas när chefen har gett sitt mandat" in shown.text


def test_stage_is_done_when_the_time_is_confirmed(team, coordinator):
    consultation = make_consultation(team)
    give(consultation)
    booking.accept(make_booking(consultation, coordinator), by=team.contact())

    shown = stage(team)
    with time_machine.travel(timezone.now() + timedelta(days=10)):
        afterwards = stage(team)

    assert (shown.state, shown.next) == (State.DONE, None)
    assert shown.text.startswith("Mötet är bekräftat: ")
    assert afterwards.text.startswith("Mötet hölls ")


def test_stage_begins_anew_after_a_request_that_ended_and_keeps_the_link_to_it(team):
    consultation = make_consultation(team)
    asking.withdraw(consultation, "", by=team.contact(), key=uuid.uuid4())

    shown = stage(team)

    assert shown.state == State.NOT_BEGUN
    assert [link.url for link in shown.links] == [consultation.get_absolute_url()]


def test_stage_asks_the_database_as_much_for_many_requests_as_for_one(team, django_assert_num_queries):
    make_consultation(team)
    with django_assert_num_queries(6):
        one = stage(team)

    for _ in range(8):
        make_consultation(team)
    with django_assert_num_queries(6):
        many = stage(team)
    assert (len(one.links), len(many.links)) == (1, 9)


def test_stage_waits_for_no_time_when_the_manager_has_said_no(team):
    consultation = make_consultation(team)
    mandate.decide(standing(consultation), Mandate.Decision.DECLINED, "Inte nu.", key=uuid.uuid4())

    shown = stage(team)

    assert [(wait.who, wait.is_for_group) for wait in waits(consultation)] == [("Arbetsgruppen", True)]
    assert shown.others_wait
    assert "bestämma hur ni går vidare" in shown.text
