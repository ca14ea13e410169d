import uuid
from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from consultations import afterwards, asking, booking
from consultations.acts import Conflict
from consultations.models import Booking, Consultation, FollowUp, NextStep
from metodstod.models import Mail
from tests.consultations.pages import NUL, PERSONNUMMER, confirmed, text
from tests.factories import make_consultation, make_municipality
from tests.racing import at_once

TODAY = timezone.localdate


@pytest.fixture
def passed(consultation, coordinator, social_worker):
    """A consultation whose confirmed meeting was yesterday."""
    booked = confirmed(consultation, coordinator, social_worker)
    shift = timedelta(days=8)
    Booking.objects.filter(pk=booked.pk).update(
        starts_at=booked.starts_at - shift,
        ends_at=booked.ends_at - shift,
        blocked_from=booked.blocked_from - shift,
        blocked_until=booked.blocked_until - shift,
    )
    return Consultation.objects.get(pk=consultation.pk)


@pytest.fixture
def held(passed, coordinator):
    afterwards.hold(passed, TODAY() - timedelta(days=1), "", by=coordinator, key=uuid.uuid4())
    passed.refresh_from_db()
    return passed


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2027, 8, 31), 6, date(2028, 2, 29)),
        (date(2026, 12, 31), 6, date(2027, 6, 30)),
        (date(2026, 1, 15), 3, date(2026, 4, 15)),
    ],
)
def test_months_after_keeps_within_the_month(day, months, expected):
    assert afterwards.months_after(day, months) == expected


def test_held_meeting_gets_two_follow_ups_and_nothing_more_is_waited_for(held, member):
    page = text(member.get(held.get_absolute_url()))

    assert held.status == "held"
    assert list(held.follow_ups.values_list("months", flat=True)) == [3, 6]
    assert "Mötet är hållet" in page
    assert "Vad som väntar nu" not in page
    assert "Ändra förfrågan" not in page


def test_held_sent_twice_is_done_once(passed, coordinator):
    key = uuid.uuid4()

    for _ in range(2):
        afterwards.hold(passed, TODAY(), "", by=coordinator, key=key)

    assert FollowUp.objects.count() == 2
    assert passed.acts.filter(kind="held").count() == 1


def test_nothing_asked_can_change_after_the_meeting(held, social_worker):
    with pytest.raises(Conflict, match="redan hållits"):
        asking.withdraw(held, "", by=social_worker, key=uuid.uuid4())

    held.refresh_from_db()
    assert held.status == "held"


def test_missed_meeting_begins_the_search_anew_and_troubles_no_calendar(passed, coordinator, social_worker):
    cancels = Mail.objects.filter(calendar_method="CANCEL").count()

    afterwards.miss(passed, "Vi var sjuka.", by=coordinator, key=uuid.uuid4())

    passed.refresh_from_db()
    assert (passed.status, passed.acts.get(kind="missed").text) == ("asked", "Vi var sjuka.")
    assert Mail.objects.filter(calendar_method="CANCEL").count() == cancels
    assert Mail.objects.filter(purpose="consultation_missed", to=social_worker.email).count() == 1


def test_coming_meeting_cannot_be_missed(consultation, coordinator, social_worker):
    confirmed(consultation, coordinator, social_worker)

    with pytest.raises(Conflict, match="inget möte som har passerat"):
        afterwards.miss(consultation, "", by=coordinator, key=uuid.uuid4())


def test_group_cannot_say_that_the_meeting_was_held(passed, social_worker):
    with pytest.raises(PermissionDenied):
        afterwards.hold(passed, TODAY(), "", by=social_worker, key=uuid.uuid4())


def test_outcome_page_asks_for_the_day_when_it_was_another(passed, staff):
    url = passed.get_absolute_url() + "hur-det-blev/"

    refused = staff.post(url, {"key": uuid.uuid4(), "outcome": "moved"})
    held_on = TODAY() - timedelta(days=2)
    day = {"held_on_day": held_on.day, "held_on_month": held_on.month, "held_on_year": held_on.year}
    done = staff.post(url, {"key": uuid.uuid4(), "outcome": "moved", **day})

    passed.refresh_from_db()
    assert "Skriv vilken dag mötet hölls." in text(refused)
    assert (done.status_code, passed.held_on) == (302, held_on)


def test_booked_day_that_has_not_come_is_refused(consultation, coordinator, social_worker, staff):
    confirmed(consultation, coordinator, social_worker)

    shown = staff.post(
        consultation.get_absolute_url() + "hur-det-blev/", {"key": uuid.uuid4(), "outcome": "held"}
    )

    assert "Den bokade dagen har inte kommit än." in text(shown)


def test_passed_meeting_waits_for_the_coordinators_word(passed, staff):
    assert "notera om mötet blev av" in text(staff.get(passed.get_absolute_url()))


# Next steps ----------------------------------------------------------------------------------------


def step_data(whose, **fields):
    return {
        "key": str(uuid.uuid4()),
        "text": "Skriva en rutin.",
        "party": whose.pk,
        "due_on_day": "",
    } | fields


def test_next_step_is_added_by_the_group_and_seen_by_both_sides(held, member, staff):
    member.post(held.get_absolute_url() + "nasta-steg/", step_data(held.lead))

    for client in (member, staff):
        assert "Halmstad : Skriva en rutin." in text(client.get(held.get_absolute_url()))


def test_next_step_sent_twice_is_one(held, member):
    data = step_data(held.lead)

    answers = [member.post(held.get_absolute_url() + "nasta-steg/", data).status_code for _ in range(2)]

    assert (answers, NextStep.objects.count()) == ([302, 302], 1)


@pytest.mark.parametrize(
    "fields",
    [{"text": ""}, {"text": PERSONNUMMER}, {"party": "999999"}, {"party": NUL}, {"due_on_day": "x"}],
)
def test_next_step_that_cannot_be_taken_is_refused_in_words(held, member, fields):
    shown = member.post(held.get_absolute_url() + "nasta-steg/", step_data(held.lead, **fields))

    assert shown.status_code == 200
    assert not NextStep.objects.exists()


def test_next_step_before_the_meeting_is_refused_with_the_text_kept(consultation, member):
    shown = member.post(consultation.get_absolute_url() + "nasta-steg/", step_data(consultation.lead))

    assert shown.status_code == 409
    assert "Skriva en rutin." in shown.content.decode()


def test_next_step_is_done_once(held, member, social_worker):
    afterwards.agree(
        held, {"text": "Rutin", "party": None, "due_on": None}, by=social_worker, key=uuid.uuid4()
    )
    step = NextStep.objects.get()
    url = f"{held.get_absolute_url()}nasta-steg/{step.pk}/klart/"

    answers = [member.post(url).status_code for _ in range(2)]

    step.refresh_from_db()
    assert (answers, step.done_by) == ([302, 302], social_worker)
    assert held.acts.filter(kind="step_done").count() == 1


@pytest.mark.django_db(transaction=True)
def test_next_step_eight_times_at_once_is_one(held, social_worker):
    key, step = uuid.uuid4(), {"text": "Rutin", "party": None, "due_on": None}

    at_once(8, lambda _: afterwards.agree(held, step, by=social_worker, key=key))

    assert NextStep.objects.count() == 1


# Following up --------------------------------------------------------------------------------------


def test_follow_ups_are_reminded_of_once_when_their_day_has_come(held, coordinator, social_worker):
    FollowUp.objects.filter(months=3).update(due_on=TODAY())

    for _ in range(2):
        afterwards.remind_of_follow_ups()

    told = Mail.objects.filter(purpose="consultation_follow_up").values_list("to", flat=True)
    assert sorted(told) == sorted([coordinator.email, social_worker.email])


def test_the_last_follow_up_closes_the_consultation(held, member, coordinator):
    member.post(held.get_absolute_url() + "uppfoljning/3/", {"key": uuid.uuid4(), "text": "Det går bra."})
    held.refresh_from_db()
    after_first = held.status
    six = held.follow_ups.get(months=6)
    afterwards.follow_up(six, "Fortfarande bra.", by=coordinator, key=uuid.uuid4())

    held.refresh_from_db()
    assert (after_first, held.status, held.ended_by) == ("held", "followed_up", coordinator)
    page = text(member.get(held.get_absolute_url()))
    assert "Det går bra." in page
    assert "Uppföljd" in page


def test_follow_up_that_someone_else_has_written_is_refused_with_the_text_kept(held, member, coordinator):
    afterwards.follow_up(held.follow_ups.get(months=3), "Först.", by=coordinator, key=uuid.uuid4())

    shown = member.post(
        held.get_absolute_url() + "uppfoljning/3/", {"key": uuid.uuid4(), "text": "Min text."}
    )

    assert (shown.status_code, "Min text." in shown.content.decode()) == (409, True)
    assert held.follow_ups.get(months=3).text == "Först."


def test_follow_up_of_other_months_does_not_exist(held, member):
    assert member.get(held.get_absolute_url() + "uppfoljning/4/").status_code == 404


def test_held_request_does_not_let_the_group_be_joined_by_others(coordinator, social_worker, held):
    with pytest.raises(Conflict, match="redan hållits"):
        booking.propose(held, [], by=coordinator, key=uuid.uuid4())


def test_partner_reads_the_next_steps(coordinator, social_worker, team, client):
    from tests.consultations.test_partner import accepted

    consultation = make_consultation(
        team, partners=[make_municipality("Varberg", code="1383", domain="varberg.example.se")]
    )
    party = consultation.parties.get(is_lead=False)
    path = accepted(party, social_worker)
    afterwards.hold(consultation, TODAY(), "", by=coordinator, key=uuid.uuid4())
    step = {"text": "Träffas igen i vår.", "party": party, "due_on": None}
    afterwards.agree(consultation, step, by=social_worker, key=uuid.uuid4())

    assert "Varberg : Träffas igen i vår." in text(client.get(path))
