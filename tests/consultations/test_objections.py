import uuid
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from consultations import booking
from consultations.booking import Slot
from consultations.models import Booking
from consultations.objections import objections
from tests.consultations.pages import anyway, confirmed, slot_data, soup, text
from tests.factories import make_bookable, make_booking, make_consultation, make_team, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def in_march(staff, coordinator, log_in):
    with time_machine.travel("2027-03-01T08:00:00Z", tick=False):
        log_in(staff, coordinator)
        yield


def slot(*moment, minutes=60, before=30, after=30):
    return Slot.of(datetime(*moment, tzinfo=UTC), minutes=minutes, before=before, after=after)


def texts(one, consultation, coordinator):
    return [found.text for found in objections(one, coordinator=coordinator, consultation=consultation)]


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ((2027, 5, 4, 8), []),
        ((2027, 5, 6, 8), ["Det är Kristi himmelsfärdsdag den dagen."]),
        ((2027, 6, 25, 8), ["Det är midsommarafton den dagen."]),
        ((2027, 5, 8, 8), ["Det är en lördag."]),
        ((2027, 5, 4, 4), ["Mötet är klockan 06.00–07.00, utanför vanlig arbetstid."]),
        ((2027, 5, 4, 16, 30), ["Mötet är klockan 18.30–19.30, utanför vanlig arbetstid."]),
        # Late in the evening by UTC it is already the holiday here.
        (
            (2027, 5, 5, 22, 30),
            [
                "Det är Kristi himmelsfärdsdag den dagen.",
                "Mötet är klockan 00.30–01.30, utanför vanlig arbetstid.",
            ],
        ),
    ],
)
def test_days_and_hours_when_people_are_not_at_work_are_told(consultation, coordinator, moment, expected):
    assert texts(slot(*moment), consultation, coordinator) == expected


@pytest.fixture
def other(coordinator):
    return make_consultation(make_team(make_user("b@halmstad.example.se")))


def test_a_meeting_of_ones_own_is_told_with_its_hours_and_final(consultation, other, coordinator):
    booked = make_booking(
        other, coordinator, datetime(2027, 5, 4, 9, tzinfo=UTC), minutes=60, before=30, after=30
    )
    booking.accept(booked, by=other.team.contact())

    (inside,) = objections(slot(2027, 5, 4, 9, 30), coordinator=coordinator, consultation=consultation)
    (beside,) = objections(slot(2027, 5, 4, 10, 30), coordinator=coordinator, consultation=consultation)

    assert inside.is_final
    assert inside.text == f"Du är upptagen då: Halmstad ({other.reference}), klockan 11.00–12.00."
    assert beside.text.endswith("klockan 11.00–12.00, med tiden före och efter inräknad.")


def test_what_others_may_choose_is_told(consultation, other, coordinator):
    make_booking(other, coordinator, datetime(2027, 5, 4, 9, tzinfo=UTC))
    make_bookable(coordinator, datetime(2027, 5, 5, 9, tzinfo=UTC), minutes=60)

    assert texts(slot(2027, 5, 4, 9), consultation, coordinator) == [
        f"Du har föreslagit Halmstad ({other.reference}) en tid då. Den som väljer först får den."
    ]
    assert texts(slot(2027, 5, 5, 9), consultation, coordinator) == [
        "Du har publicerat en ledig tid då, klockan 11.00–12.00. En annan grupp kan hinna välja den."
    ]


def test_ones_own_proposals_to_the_same_group_are_no_objection(consultation, coordinator):
    make_booking(consultation, coordinator, datetime(2027, 5, 4, 9, tzinfo=UTC))

    assert texts(slot(2027, 5, 4, 9), consultation, coordinator) == []


# On the page ---------------------------------------------------------------------------------------


def holiday(**fields):
    return slot_data(date_1_day=6, date_1_month=5, date_1_year=2027, **fields)


def test_propose_on_a_holiday_is_told_and_then_confirmed(staff, consultation):
    url = f"{consultation.get_absolute_url()}tider/"

    told = staff.post(url, holiday())
    before = Booking.objects.count()
    done = staff.post(url, holiday(**anyway(told)))

    assert "Det är Kristi himmelsfärdsdag den dagen." in soup(told).select_one(".govuk-error-summary").text
    assert soup(told).select_one("[name=anyway]")
    assert (before, done.status_code) == (0, 302)
    assert timezone.localtime(Booking.objects.get().starts_at).date().isoformat() == "2027-05-06"


def test_a_confirmation_is_for_what_was_told_and_for_nothing_else(staff, consultation):
    url = f"{consultation.get_absolute_url()}tider/"
    read = anyway(staff.post(url, holiday()))

    other_day = staff.post(url, holiday(**read) | {"date_1_day": "8"})
    unread = staff.post(url, holiday(anyway="on"))

    assert "Det är en lördag." in text(other_day)
    assert not soup(other_day).select_one("[name=anyway]").has_attr("checked")
    assert "Kristi himmelsfärdsdag" in text(unread)
    assert Booking.objects.count() == 0


def test_propose_on_an_ordinary_day_asks_nothing(staff, consultation):
    url = f"{consultation.get_absolute_url()}tider/"

    page = soup(staff.get(url))
    done = staff.post(url, slot_data(date_1_day=4, date_1_month=5, date_1_year=2027))

    assert page.select_one("[name=anyway]") is None
    assert done.status_code == 302


def test_a_time_that_is_taken_cannot_be_confirmed_away(staff, consultation, other, coordinator):
    booked = make_booking(other, coordinator, datetime(2027, 5, 4, 7, 30, tzinfo=UTC), minutes=60)
    booking.accept(booked, by=other.team.contact())
    url = f"{consultation.get_absolute_url()}tider/"

    told = staff.post(url, slot_data(date_1_day=4, date_1_month=5, date_1_year=2027, anyway="on", warned="x"))

    assert f"Du är upptagen då: Halmstad ({other.reference})" in text(told)
    assert soup(told).select_one("[name=anyway]") is None
    assert consultation.bookings.count() == 0


def test_move_to_a_weekend_is_told_and_then_confirmed(staff, consultation, coordinator, social_worker):
    confirmed(consultation, coordinator, social_worker)
    url = f"{consultation.get_absolute_url()}flytta/"
    data = slot_data(
        date_1_day=8, date_1_month=5, date_1_year=2027, sequence=0, reason="Bättre så.", key=str(uuid.uuid4())
    )

    told = staff.post(url, data)
    done = [staff.post(url, data | anyway(told)) for _ in range(2)]

    assert soup(told).select_one("[name=reason]").text.strip() == "Bättre så."
    assert [answer.status_code for answer in done] == [302, 302]
    assert Booking.objects.get().sequence == 1


def test_words_of_a_holiday_stand_as_they_are_written_in_a_sentence(staff, coordinator, log_in):
    with time_machine.travel("2027-04-01T08:00:00Z", tick=False):
        log_in(staff, coordinator)
        refused = staff.post(
            "/tider/ny/",
            {
                "key": str(uuid.uuid4()),
                "date_day": 6,
                "date_month": 5,
                "date_year": 2027,
                "time": "9.00",
                "minutes": 60,
                "ways": ["digital"],
                "before": 0,
                "after": 0,
            },
        )

    assert "Det är Kristi himmelsfärdsdag den dagen." in text(refused)


def test_objections_are_read_in_few_queries(consultation, coordinator, django_assert_max_num_queries):
    for number in range(5):
        one = make_consultation(make_team(make_user(f"p{number}@halmstad.example.se")))
        make_booking(one, coordinator, datetime(2027, 5, 4, 9, tzinfo=UTC) + timedelta(minutes=number))

    with django_assert_max_num_queries(3):
        found = texts(slot(2027, 5, 4, 9), consultation, coordinator)

    assert len(found) == 5
