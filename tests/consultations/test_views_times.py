import re
import uuid
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from consultations import booking, open_times, waiting
from consultations.booking import Slot
from consultations.models import BookableTime, Booking, CalendarFeed, Consultation, Party, WeeklyPattern
from tests.consultations.pages import LONG, MARKUP, NUL, PERSONNUMMER, create_url, request_data, text
from tests.factories import (
    make_bookable,
    make_consultation,
    make_municipality,
    make_staff,
    make_team,
    make_user,
)

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def date_parts(name, day):
    return {f"{name}_day": day.day, f"{name}_month": day.month, f"{name}_year": day.year}


def terms(**fields):
    return {"key": str(uuid.uuid4()), "minutes": 60, "ways": ["digital"], "before": 0, "after": 0} | fields


def working_day(ahead=20):
    day = timezone.localdate() + timedelta(days=ahead)
    return day + timedelta(days=(1 - day.weekday()) % 7)  # A Tuesday.


# The coordinator -----------------------------------------------------------------------------------


def test_coordinator_publishes_a_time_by_the_clock_on_the_wall(staff, coordinator):
    day = working_day()

    response = staff.post("/tider/ny/", terms(time="9.30", **date_parts("date", day)), follow=True)

    one = BookableTime.objects.get()
    local = timezone.localtime(one.starts_at)
    assert (one.coordinator, local.date(), local.strftime("%H.%M"), one.minutes) == (
        coordinator,
        day,
        "09.30",
        60,
    )
    assert "Tiden är publicerad." in text(response)
    assert "Ledig" in text(response)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"time": "3.00"}, "mellan 7 och 19"),
        ({"time": "kvart"}, "timmar och minuter"),
        ({"ways": []}, "minst ett sätt"),
        ({"minutes": 5}, "minst 15"),
        ({"date_day": 24, "date_month": 12, "date_year": timezone.localdate().year}, "julafton"),
        ({"date_day": 1, "date_month": 2, "date_year": 2020}, "högst ett år framåt"),
        ({"travels_from": "9999"}, "Välj i listan"),
        ({"minutes": NUL}, "siffror"),
    ],
)
def test_publishing_what_cannot_be_is_refused_in_words(staff, fields, says):
    sent = terms(time="9.30", **date_parts("date", working_day())) | fields

    response = staff.post("/tider/ny/", sent)

    assert response.status_code == 200
    assert says in text(response)
    assert not BookableTime.objects.exists()


def test_publishing_into_another_time_is_refused_with_what_was_typed(staff, coordinator):
    day = working_day()
    staff.post("/tider/ny/", terms(time="9.30", **date_parts("date", day)))

    response = staff.post("/tider/ny/", terms(time="10.00", minutes=45, **date_parts("date", day)))

    assert response.status_code == 409
    assert "redan publicerat" in text(response)
    assert 'value="45"' in response.content.decode()


def test_coordinator_publishes_every_week_and_withdraws_all(staff, coordinator):
    first, last = working_day(), working_day() + timedelta(days=22)
    sent = terms(weekday=1, time="13", **date_parts("first_day", first), **date_parts("last_day", last))

    response = staff.post("/tider/varje-vecka/", sent, follow=True)

    made = BookableTime.objects.count()
    assert f"{made} tider är publicerade." in text(response)
    assert made in {3, 4}  # A holiday may be among them, whatever day this is run.
    pattern = WeeklyPattern.objects.get()
    staff.post(f"/tider/varje-vecka/{pattern.pk}/dra-tillbaka/")
    assert not BookableTime.objects.standing().exists()


def test_a_colleagues_time_cannot_be_withdrawn(staff, coordinator):
    theirs = make_bookable(make_staff(role="samordnare", counties=coordinator.counties.all()))
    mine = make_bookable(coordinator)

    assert staff.post(f"/tider/{theirs.pk}/dra-tillbaka/").status_code == 404
    assert staff.post(f"/tider/{mine.pk}/dra-tillbaka/").status_code == 302
    assert list(BookableTime.objects.standing()) == [theirs]


def test_admin_withdraws_ones_own_times_only(staff, coordinator):
    theirs = make_bookable(make_staff(role="samordnare", counties=coordinator.counties.all()))
    mine = make_bookable(coordinator)

    staff.post(
        "/admin/consultations/bookabletime/",
        {"action": "withdraw", "_selected_action": [str(mine.pk), str(theirs.pk)]},
    )

    assert list(BookableTime.objects.standing()) == [theirs]


def test_feed_address_is_shown_once_and_works(staff, coordinator):
    page = staff.post("/tider/kalender/").content.decode()

    address = re.search(r"http://testserver(/kalender/[\w-]{22}/metodstod\.ics)", page)[1]
    assert Client().get(address).status_code == 200
    assert address not in staff.get("/tider/").content.decode()
    staff.post("/tider/kalender/avsluta/")
    assert Client().get(address).status_code == 404
    assert not CalendarFeed.objects.exists()


def test_my_times_cost_the_same_for_one_and_for_thirty(staff, coordinator, django_assert_num_queries):
    make_bookable(coordinator)
    with django_assert_num_queries(100, exact=False) as few:
        staff.get("/tider/")
    for number in range(30):
        make_bookable(coordinator, timezone.now() + (11 + number) * DAY)

    with django_assert_num_queries(len(few)):
        response = staff.get("/tider/")

    assert text(response).count("Ledig") == 31


# The group -----------------------------------------------------------------------------------------


def test_group_chooses_a_free_time(member, consultation, coordinator):
    one = make_bookable(coordinator)
    page = f"{consultation.get_absolute_url()}lediga-tider/"

    assert str(one.pk) in member.get(page).content.decode()
    response = member.post(page, {"key": str(uuid.uuid4()), "time": str(one.pk)}, follow=True)

    assert "Tiden hålls åt er till" in text(response)
    assert consultation.bookings.get().bookable == one


@pytest.mark.parametrize("value", ["", "x", NUL, MARKUP, LONG, "5f0c3b1e-8f5d-4a5e-9d0e-0a1b2c3d4e5f"])
def test_choosing_nothing_or_nonsense_is_answered_in_words(member, consultation, coordinator, value):
    make_bookable(coordinator)

    response = member.post(
        f"{consultation.get_absolute_url()}lediga-tider/", {"key": str(uuid.uuid4()), "time": value}
    )

    assert response.status_code in {200, 409}
    assert "Det här behöver rättas" in text(response) or "Tiden går inte längre att välja" in text(response)
    assert not consultation.bookings.exists()


def test_one_who_is_too_late_sees_what_is_free_now(member, consultation, coordinator):
    wanted, next_one = make_bookable(coordinator), make_bookable(coordinator, timezone.now() + 20 * DAY)
    other = make_consultation(make_team(make_user("b@halmstad.example.se")))
    open_times.choose(other, wanted, by=other.team.contact(), key=uuid.uuid4())

    response = member.post(
        f"{consultation.get_absolute_url()}lediga-tider/", {"key": str(uuid.uuid4()), "time": str(wanted.pk)}
    )

    page = response.content.decode()
    assert response.status_code == 409
    assert "Här är de tider som är lediga nu." in page
    assert str(next_one.pk) in page
    assert str(wanted.pk) not in page


def test_asking_with_a_time_holds_it(member, team, coordinator):
    one = make_bookable(coordinator, on_site=True)

    member.post(create_url(team), request_data(open_time=str(one.pk)))

    asked = Consultation.objects.get()
    assert (asked.bookings.get().bookable, asked.status) == (one, "accepted")


def test_asking_for_a_time_that_someone_else_got_loses_nothing_that_was_typed(member, team, coordinator):
    wanted = make_bookable(coordinator, on_site=True)
    next_one = make_bookable(coordinator, timezone.now() + 20 * DAY, on_site=True)
    other = make_consultation(make_team(make_user("b@halmstad.example.se")))
    open_times.choose(other, wanted, by=other.team.contact(), key=uuid.uuid4())

    sent = request_data(open_time=str(wanted.pk), place="Rådhuset, rum 4")
    response = member.post(create_url(team), sent)

    page = response.content.decode()
    assert response.status_code == 409
    assert "Allt ni har skrivit finns kvar." in page
    assert "Vi vill kunna möta ungdomar." in page
    assert "Rådhuset, rum 4" in page
    assert str(next_one.pk) in page
    assert Consultation.objects.count() == 1


def test_asking_for_a_time_in_another_form_is_refused(member, team, coordinator):
    one = make_bookable(coordinator)  # digital only

    response = member.post(create_url(team), request_data(open_time=str(one.pk), form="on_site"))

    assert "går inte att träffas på det sätt" in text(response)
    assert not Consultation.objects.exists()


def test_group_swaps_with_a_reason(member, consultation, coordinator, social_worker):
    old, new = make_bookable(coordinator), make_bookable(coordinator, timezone.now() + 20 * DAY)
    open_times.choose(consultation, old, by=social_worker, key=uuid.uuid4())
    page, sent = f"{consultation.get_absolute_url()}byt-tid/", {"time": str(new.pk), "sequence": 0}

    refused = member.post(page, sent | {"key": str(uuid.uuid4()), "reason": PERSONNUMMER})
    member.post(page, sent | {"key": str(uuid.uuid4()), "reason": "Krock."})

    assert "personnummer" in text(refused)
    assert consultation.bookings.get().bookable == new


def test_group_stands_in_line_and_answers_the_offer(member, consultation, coordinator):
    month = waiting.months()[3]
    page = f"{consultation.get_absolute_url()}ko/"
    member.post(page, {"key": str(uuid.uuid4()), "months": [month.isoformat()]})
    assert "Ni står i kö" in text(member.get(consultation.get_absolute_url()))
    start = timezone.localtime().replace(year=month.year, month=month.month, day=15, hour=9)
    make_bookable(coordinator, start)
    waiting.offer()
    offered = consultation.bookings.get()

    shown = text(member.get(consultation.get_absolute_url()))
    member.post(f"{consultation.get_absolute_url()}erbjudande/{offered.pk}/", {"answer": "yes"})

    assert "En tid ur kön är er om ni vill ha den" in shown
    assert Booking.objects.get(pk=offered.pk).state == "held"


@pytest.mark.parametrize("months", [["2020-01-01"], [NUL], [LONG], ["x", MARKUP]])
def test_odd_months_are_refused(member, consultation, months):
    response = member.post(
        f"{consultation.get_absolute_url()}ko/", {"key": str(uuid.uuid4()), "months": months}
    )

    assert response.status_code == 200
    assert "Välj i listan" in text(response)
    assert not consultation.places.exists()


# Several municipalities ------------------------------------------------------------------------------


@pytest.fixture
def joint(consultation, coordinator):
    """Falkenberg takes part beside Halmstad; gives its contact's link too."""
    from consultations.links import new_partner_path

    party = Party.objects.create(
        consultation=consultation,
        municipality=make_municipality("Falkenberg", code="1382"),
        contact_name="Frida Falk",
        contact_email="frida@falkenberg.example.se",
        answer="accepted",
        answered_at=timezone.now(),
    )
    start = timezone.now().replace(minute=0, second=0, microsecond=0) + 14 * DAY
    slots = [Slot.of(start + number * DAY, minutes=60, before=0, after=0) for number in range(2)]
    booking.propose(consultation, slots, by=coordinator, key=uuid.uuid4())
    return new_partner_path(party)


def answer(client, page, *numbers):
    proposed = list(Booking.objects.filter(state="proposed"))
    return client.post(
        page,
        {
            "key": str(uuid.uuid4()),
            "seen": " ".join(str(one.pk) for one in proposed),
            "suits": [str(proposed[number].pk) for number in numbers],
        },
    )


def test_both_answer_and_the_fitting_time_is_theirs(member, consultation, joint, social_worker):
    visitor = Client()
    before = text(member.get(consultation.get_absolute_url()))
    answer(member, f"{consultation.get_absolute_url()}passar/", 0, 1)
    between = text(member.get(consultation.get_absolute_url()))

    response = answer(visitor, f"{joint}tider/", 1)

    assert "Arbetsgruppen ska svara vilka tider som passar" in before
    assert "Falkenberg ska svara vilka tider som passar" in between
    assert "frida" not in between.lower()
    assert response.status_code == 302
    assert (
        consultation.bookings.chosen().get().starts_at == Booking.objects.order_by("starts_at")[1].starts_at
    )


def test_partners_page_shows_no_address_and_keeps_its_secret(joint, social_worker):
    response = Client().get(f"{joint}tider/")

    assert social_worker.email not in response.content.decode()
    assert "Maja" not in response.content.decode()
    assert response["Referrer-Policy"] == "no-referrer"
    assert response["Cache-Control"] == "no-store"
    assert not response.cookies


@pytest.mark.parametrize("seen", ["", "x", NUL, LONG, "5f0c3b1e-8f5d-4a5e-9d0e-0a1b2c3d4e5f"])
def test_odd_answers_about_times_are_refused(joint, consultation, seen):
    response = Client().post(f"{joint}tider/", {"key": str(uuid.uuid4()), "seen": seen})

    assert response.status_code in {200, 409}
    assert not consultation.bookings.filter(answers__isnull=False).exists()
