import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

import pytest
import time_machine
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from consultations import booking, open_times, reminders
from consultations.booking import Slot
from consultations.mandate import decide
from consultations.models import Mandate, Party, Reminder
from metodstod.models import Mail
from tests.factories import make_bookable, make_booking, make_consultation, make_municipality, make_team
from tests.racing import at_once

MONDAY = datetime(2027, 3, 1, 8, 0, tzinfo=UTC)
MEETING = datetime(2027, 3, 30, 7, 0, tzinfo=UTC)  # A Tuesday at nine, two days after the clock went forward.
# Moments over both changes of the clock and the turns of the years, and all between.
FIRST, LAST = datetime(2025, 10, 1, tzinfo=UTC), datetime(2032, 4, 30, tzinfo=UTC)
MOMENTS = st.integers(0, int((LAST - FIRST).total_seconds() // 60)).map(
    lambda minutes: FIRST + timedelta(minutes=minutes)
)


@pytest.fixture
def clock():
    with time_machine.travel(MONDAY, tick=False) as moved:
        yield moved


@pytest.fixture
def confirmed(clock, social_worker, coordinator):
    asked = make_consultation(make_team(social_worker))
    decide(Mandate.objects.standing().get(), "given", "", key=uuid.uuid4())
    booked = make_booking(asked, coordinator, MEETING)
    booking.accept(booked, by=social_worker)
    booked.refresh_from_db()
    return booked


def run_through(clock, end, step=timedelta(hours=1)):
    """Let the clock run and the job come by each hour; return when mails were queued, and for how many days before."""
    seen = []
    while timezone.now() < end:
        reminders.send_due()
        for one in Reminder.objects.filter(sent_at=timezone.now()):
            seen.append((timezone.localtime().isoformat(timespec="minutes"), one.days))
        clock.shift(step)
    return seen


@pytest.mark.django_db
def test_everyone_is_reminded_once_a_week_and_once_a_day_before(clock, confirmed, social_worker, coordinator):
    seen = run_through(clock, MEETING + timedelta(days=2))

    assert seen == [("2027-03-23T08:00+01:00", 7), ("2027-03-29T08:00+02:00", 1)]
    for days in (7, 1):
        mails = Reminder.objects.get(days=days).mails.all()
        assert sorted(mail.to for mail in mails) == sorted(
            [social_worker.email, coordinator.email, "maja.malm@halmstad.example.se"]
        )
    assert Mail.objects.filter(purpose="consultation_reminder").count() == 6


@pytest.mark.django_db
@pytest.mark.parametrize("act", ["cancel_time", "cancel", "refuse"])
def test_nobody_is_reminded_after_it_has_been_called_off(clock, confirmed, social_worker, coordinator, act):
    asked, key = confirmed.consultation, uuid.uuid4()
    asked.coordinator, asked.taken_at = coordinator, timezone.now()
    asked.save()
    if act == "refuse":
        booking.refuse(asked, "Maj.", by=social_worker, key=key)
    else:
        getattr(booking, act)(asked, "Sjuk.", by=coordinator, key=key)

    assert run_through(clock, MEETING + timedelta(days=1), timedelta(hours=4)) == []
    assert not Mail.objects.filter(purpose="consultation_reminder").exists()


@pytest.mark.django_db
def test_a_reminder_that_has_not_left_is_taken_back_when_it_is_called_off(
    clock, confirmed, social_worker, run_queue, mailoutbox
):
    clock.move_to(datetime(2027, 3, 23, 7, 0, tzinfo=UTC))
    reminders.send_due()

    booking.refuse(confirmed.consultation, "Maj.", by=social_worker, key=uuid.uuid4())
    run_queue()

    assert [mail.subject for mail in mailoutbox if "Påminnelse" in mail.subject] == []
    assert any("Inställt" in mail.subject for mail in mailoutbox)


@pytest.mark.django_db
def test_a_moved_time_is_reminded_of_anew_and_the_old_one_no_more(clock, confirmed, coordinator):
    clock.move_to(datetime(2027, 3, 24, 7, 0, tzinfo=UTC))
    reminders.send_due()
    clock.shift(3600)
    later = Slot.of(MEETING + timedelta(days=14), minutes=60, before=0, after=0)
    booking.move(
        confirmed.consultation,
        later,
        "Sjuk.",
        seen_sequence=confirmed.sequence,
        by=coordinator,
        key=uuid.uuid4(),
    )

    seen = run_through(clock, later.ends_at)

    assert seen == [("2027-04-06T08:00+02:00", 7), ("2027-04-12T08:00+02:00", 1)]


@pytest.mark.django_db
def test_who_has_just_heard_of_the_time_is_not_reminded_of_it(clock, social_worker, coordinator):
    clock.move_to(MEETING - timedelta(days=3))
    asked = make_consultation(make_team(social_worker))
    decide(Mandate.objects.standing().get(), "given", "", key=uuid.uuid4())
    open_times.choose(asked, make_bookable(coordinator, MEETING), by=social_worker, key=uuid.uuid4())

    assert run_through(clock, MEETING) == [("2027-03-29T08:00+02:00", 1)]


@pytest.mark.django_db
def test_a_time_that_only_waits_for_its_mandate_is_not_reminded_of(clock, social_worker, coordinator):
    asked = make_consultation(make_team(social_worker))
    booking.accept(make_booking(asked, coordinator, MONDAY + timedelta(days=9)), by=social_worker)

    assert run_through(clock, MONDAY + timedelta(days=10), timedelta(hours=6)) == []


@pytest.mark.django_db
def test_a_partners_contact_gets_a_link_of_its_own(clock, confirmed):
    falkenberg = make_municipality("Falkenberg", code="1382")
    Party.objects.create(
        consultation=confirmed.consultation,
        municipality=falkenberg,
        contact_name="Frida",
        contact_email="frida@falkenberg.example.se",
        answer="accepted",
        answered_at=timezone.now(),
    )
    clock.move_to(datetime(2027, 3, 29, 7, 0, tzinfo=UTC))

    reminders.send_due()

    mail = Mail.objects.get(to="frida@falkenberg.example.se", purpose="consultation_reminder")
    assert "/tid/" in mail.body
    assert mail.secret
    others = Mail.objects.filter(purpose="consultation_reminder").exclude(pk=mail.pk)
    assert others.count() == 3
    assert not any("/tid/" in other.body for other in others)


@pytest.mark.django_db(transaction=True)
def test_the_job_eight_times_at_once_reminds_once(social_worker, coordinator):
    with time_machine.travel(MONDAY):
        asked = make_consultation(make_team(social_worker))
        decide(Mandate.objects.standing().get(), "given", "", key=uuid.uuid4())
        booking.accept(make_booking(asked, coordinator, MEETING), by=social_worker)

    with time_machine.travel(MEETING - timedelta(hours=20), tick=False):
        outcomes = at_once(8, lambda _: reminders.send_due())

    assert outcomes == [None] * 8
    assert Mail.objects.filter(purpose="consultation_reminder").count() == 3


# Whatever the time ---------------------------------------------------------------------------------


@dataclass
class Told:
    """Enough of a booking to say when to remind of it."""

    starts_at: datetime
    confirmed_at: datetime
    placed_at: datetime


@given(starts_at=MOMENTS, days=st.sampled_from(reminders.DAYS))
def test_the_moment_is_eight_in_the_morning_so_many_days_before_by_the_calendar_on_the_wall(starts_at, days):
    moment = timezone.localtime(reminders.moment_of(starts_at, days))

    assert moment.time() == time(8)
    assert (timezone.localtime(starts_at).date() - moment.date()).days == days
    # An hour more or less than whole days only when the clock is changed in between.
    apart = starts_at - moment - timedelta(days=days)
    assert timedelta(hours=-9) <= apart <= timedelta(hours=17)


@given(starts_at=MOMENTS, told_before=st.integers(0, 30 * 24), late=st.integers(0, 12))
def test_an_hourly_job_finds_each_reminder_due_at_most_once_and_only_ahead(starts_at, told_before, late):
    told = starts_at - timedelta(hours=told_before)
    booked, sent = Told(starts_at, confirmed_at=told, placed_at=told), set()

    for hour in range(-9 * 24, 3):
        now = starts_at + timedelta(hours=hour, minutes=late)
        if now < told:
            continue
        for days in reminders.due(booked, now):
            if days not in sent:
                sent.add(days)
                assert now < starts_at
                assert now >= reminders.moment_of(starts_at, days)
                assert now - reminders.moment_of(starts_at, days) <= timedelta(hours=1)

    # The job comes by each hour, so nothing that is due for longer is missed.
    assert sent == {days for days in reminders.DAYS if told < reminders.moment_of(starts_at, days)}
