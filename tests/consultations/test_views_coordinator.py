import uuid
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from consultations import booking
from consultations.models import Booking
from tests.consultations.pages import (
    LONG,
    anyway,
    confirmed,
    slot_data,
    soup,
    text,
)
from tests.factories import (
    make_booking,
)

pytestmark = pytest.mark.django_db


def test_take_is_a_button(staff, consultation, coordinator):
    for _ in range(2):
        assert staff.post(f"{consultation.get_absolute_url()}ta-hand-om/").status_code == 302

    consultation.refresh_from_db()
    assert consultation.coordinator == coordinator


def test_propose_stores_the_time_that_the_clock_on_the_wall_shows(staff, consultation, coordinator, log_in):
    with time_machine.travel("2027-03-01T08:00:00Z", tick=False):
        log_in(staff, coordinator)
        data = slot_data(date_1_day=30, date_1_month=3, date_1_year=2027)
        data |= slot_data(row=2, date_2_day=23, date_2_month=3, date_2_year=2027)
        answers = [staff.post(f"{consultation.get_absolute_url()}tider/", data) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [302, 302]
    starts = [f"{one.starts_at:%Y-%m-%d %H:%M}" for one in Booking.objects.all()]
    assert starts == ["2027-03-23 08:30", "2027-03-30 07:30"]


def test_propose_refuses_a_time_that_the_clock_skips(staff, consultation, coordinator, log_in):
    data = slot_data(date_1_day=28, date_1_month=3, date_1_year=2027, time_1="02:30")

    with time_machine.travel("2027-03-01T08:00:00Z", tick=False):
        log_in(staff, coordinator)
        response = staff.post(f"{consultation.get_absolute_url()}tider/", data)

    assert "klockan ställs fram till sommartid" in text(response)
    assert soup(response).select_one("[name=time_1]")["value"] == "02:30"
    assert Booking.objects.count() == 0


@pytest.mark.parametrize(("which", "utc"), [("first", "00:30"), ("second", "01:30")])
def test_propose_asks_which_when_the_clock_shows_a_time_twice(staff, consultation, which, utc):
    data = slot_data(date_1_day=25, date_1_month=10, date_1_year=2026, time_1="02.30")
    url = f"{consultation.get_absolute_url()}tider/"

    with time_machine.travel("2026-10-01T08:00:00Z", tick=False):
        asked = staff.post(url, data)
        stored_before = Booking.objects.count()
        told = staff.post(url, data | {"which_1": which})
        done = staff.post(url, data | {"which_1": which} | anyway(told))
        shown = text(staff.get(consultation.get_absolute_url()))

    assert "klockslaget kommer två gånger" in text(asked)
    assert "Det är en söndag." in text(told)
    assert [radio["value"] for radio in soup(asked).select("[name=which_1]")] == ["first", "second"]
    assert (stored_before, done.status_code) == (0, 302)
    assert f"{Booking.objects.get().starts_at:%H:%M}" == utc
    assert {"first": "(sommartid)", "second": "(vintertid)"}[which] in shown


@pytest.mark.parametrize(
    "fields",
    [
        {"time_1": "25.00"},
        {"time_1": "a\0b"},
        {"time_1": LONG},
        {"date_1_day": "31", "date_1_month": "2"},
        {"date_1_year": "9" * 30},
        {"date_1_day": "a\0b"},
        {"date_1_year": "9999"},
        {"date_1_year": "2020"},
        {"minutes": "0"},
        {"minutes": "9" * 30},
        {"before": "-1"},
        {"after": "NaN"},
        {"date_2_day": "1"},
        {"time_3": "9.00"},
        {"which_1": "tredje"},
    ],
)
def test_propose_with_odd_values_is_refused_in_words_and_they_are_kept(staff, consultation, fields):
    response = staff.post(f"{consultation.get_absolute_url()}tider/", slot_data(**fields))

    page = soup(response)
    assert response.status_code == 200
    assert page.select(".govuk-error-summary li")
    for name, value in fields.items():
        if not name.startswith("which"):
            assert page.select_one(f"[name={name}]")["value"] == value
    assert Booking.objects.count() == 0


def test_propose_begins_with_the_times_that_stand(staff, consultation, coordinator):
    booking.take(consultation, by=coordinator)
    start = timezone.localtime(make_booking(consultation, coordinator, minutes=60, before=45).starts_at)

    page = soup(staff.get(f"{consultation.get_absolute_url()}tider/"))

    names = ("date_1_day", "date_1_month", "date_1_year", "time_1", "minutes", "before", "after")
    assert [page.select_one(f"[name={name}]")["value"] for name in names] == [
        str(start.day),
        str(start.month),
        str(start.year),
        f"{start:%H.%M}",
        "60",
        "45",
        "30",
    ]


def test_move_is_done_once_and_an_older_page_is_refused_with_its_text(
    staff, consultation, coordinator, social_worker
):
    confirmed(consultation, coordinator, social_worker)
    url = f"{consultation.get_absolute_url()}flytta/"
    later = timezone.now() + timedelta(days=14)
    data = slot_data(later, sequence=0, reason="Sjukdom.")

    answers = [staff.post(url, data) for _ in range(2)]
    stale = staff.post(url, slot_data(later, sequence=0, reason="Mitt andra skäl."))

    assert [answer.status_code for answer in answers] == [302, 302]
    assert Booking.objects.get().sequence == 1
    assert stale.status_code == 409
    assert soup(stale).select_one("[name=reason]").text.strip() == "Mitt andra skäl."
    assert soup(stale).select_one("[name=sequence]")["value"] == "1"
    assert "Sjukdom." in text(staff.get(consultation.get_absolute_url()))


def test_move_without_a_time_says_so(staff, consultation):
    assert staff.get(f"{consultation.get_absolute_url()}flytta/").status_code == 409


@pytest.mark.parametrize(("what", "status"), [("time", "asked"), ("whole", "cancelled")])
def test_cancel_of_the_time_or_of_everything(staff, consultation, coordinator, social_worker, what, status):
    confirmed(consultation, coordinator, social_worker)
    data = {"key": str(uuid.uuid4()), "what": what, "reason": "Sjukdom."}

    answers = [staff.post(f"{consultation.get_absolute_url()}stall-in/", data) for _ in range(2)]

    consultation.refresh_from_db()
    assert [answer.status_code for answer in answers] == [302, 302]
    assert consultation.status == status
    assert Booking.objects.get().state == "cancelled"
