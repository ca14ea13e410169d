import uuid
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
import vobject
from django.test import Client
from icalendar import Calendar

from consultations import booking, feed
from consultations.mandate import decide
from consultations.models import CalendarFeed, Mandate
from tests.factories import make_booking, make_consultation, make_municipality, make_team, make_user

pytestmark = pytest.mark.django_db

NOW = datetime(2027, 3, 1, 8, 0, tzinfo=UTC)


def booked(coordinator, starts_at, number=1, *, confirmed=False):
    make_municipality("Halmstad", code="1380")
    asked = make_consultation(make_team(make_user(f"grupp{number}@halmstad.example.se")), place="Rådhuset")
    if confirmed:
        decide(Mandate.objects.get(party__consultation=asked), "given", "", key=uuid.uuid4())
    one = make_booking(asked, coordinator, starts_at)
    booking.accept(one, by=asked.team.contact())
    return one


def fetch(token):
    return Client().get(f"/kalender/{token}/metodstod.ics")


@time_machine.travel(NOW, tick=False)
def test_feed_has_the_coordinators_times_and_nobody_elses(social_worker, coordinator):
    mine = booked(coordinator, NOW + timedelta(days=9), 1, confirmed=True)
    held = booked(coordinator, NOW + timedelta(days=10), 2)
    called_off = booked(coordinator, NOW + timedelta(days=11), 3)
    booking.refuse(called_off.consultation, "Maj.", by=called_off.accepted_by, key=uuid.uuid4())
    booked(make_user(is_staff=True), NOW + timedelta(days=9), 4)
    make_booking(make_consultation(make_team(social_worker)), coordinator)  # Only proposed.

    response = fetch(feed.make(coordinator))

    events = Calendar.from_ical(response.content).walk("VEVENT")
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    assert {(str(event["UID"]), str(event["STATUS"])) for event in events} == {
        (str(mine.calendar_uid), "CONFIRMED"),
        (str(held.calendar_uid), "TENTATIVE"),
        (str(called_off.calendar_uid), "CANCELLED"),
    }
    read = vobject.readOne(response.content.decode())
    assert sorted(event.dtstart.value for event in read.vevent_list) == [
        NOW + timedelta(days=days) for days in (9, 10, 11)
    ]


@time_machine.travel(NOW, tick=False)
def test_feed_holds_no_personal_data(social_worker, coordinator):
    one = booked(coordinator, NOW + timedelta(days=9), confirmed=True)

    text = fetch(feed.make(coordinator)).content.decode().replace("\r\n ", "")

    assert "SUMMARY:Möte om metodstöd" in text
    for word in (
        "ungdomar",
        "Maja",
        "maja.malm",
        "grupp1",
        "Karin",
        coordinator.email,
        one.consultation.team.name,
    ):
        assert word not in text
    assert "ATTENDEE" not in text
    assert text.count("@") == 1  # The portal's own address, as the organiser.


def test_feed_of_an_old_a_wrong_or_an_ended_address_is_not_there(coordinator):
    old = feed.make(coordinator)
    new = feed.make(coordinator)

    assert fetch(new).status_code == 200
    assert fetch(old).status_code == 404
    assert fetch("A" * 22).status_code == 404
    assert fetch("x").status_code == 404
    feed.end(coordinator)
    assert fetch(new).status_code == 404


@pytest.mark.parametrize("change", [{"is_active": False}, {"is_staff": False}])
def test_feed_of_someone_who_has_left_is_not_there(coordinator, change):
    token = feed.make(coordinator)
    for name, value in change.items():
        setattr(coordinator, name, value)
    coordinator.save()

    assert fetch(token).status_code == 404


def test_feed_keeps_its_address_out_of_stores_and_searches_and_sets_no_cookie(coordinator):
    token = feed.make(coordinator)

    response = fetch(token)

    assert response["Cache-Control"] == "private, no-store"
    assert response["X-Robots-Tag"] == "noindex, nofollow"
    assert response["Referrer-Policy"] == "no-referrer"
    assert not response.cookies
    assert token not in CalendarFeed.objects.get().token_hash


@time_machine.travel(NOW, tick=False)
def test_feed_reaches_a_month_back(coordinator):
    with time_machine.travel(NOW - timedelta(days=60)):
        booked(coordinator, NOW - timedelta(days=33), 1)
        recent = booked(coordinator, NOW - timedelta(days=20), 2)

    events = Calendar.from_ical(feed.text_of(coordinator)).walk("VEVENT")

    assert [str(event["UID"]) for event in events] == [str(recent.calendar_uid)]
