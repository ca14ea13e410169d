import pytest
from bs4 import BeautifulSoup
from django.test import Client

from consultations.models import Mandate
from metodstod.models import AccessLog
from tests.factories import (
    make_booking,
    make_consultation,
    make_county,
    make_municipality,
    make_staff,
    make_team,
    make_user,
)

pytestmark = pytest.mark.django_db

LIST, BOOKINGS = "/admin/consultations/consultation/", "/admin/consultations/booking/"


@pytest.fixture
def staff(coordinator, log_in):
    client = Client()
    log_in(client, coordinator)
    return client


@pytest.fixture
def consultation(social_worker):
    return make_consultation(make_team(social_worker), need="Vi behöver en rutin.")


@pytest.fixture
def foreign():
    """A consultation in the other county."""
    boras = make_municipality("Borås", code="1490", domain="boras.example.se")
    return make_consultation(
        make_team(make_user("bo@boras.example.se"), municipality=boras), need="Hemligt behov."
    )


def shown(response):
    return BeautifulSoup(response.content, "html.parser").find(id="content").get_text(" ")


def test_list_shows_own_counties_only(staff, consultation, foreign):
    page = shown(staff.get(LIST))

    assert consultation.reference in page
    assert foreign.reference not in page
    assert foreign.reference not in shown(staff.get(LIST, {"q": foreign.reference}))


def test_list_of_bookings_shows_own_counties_only(staff, consultation, foreign, coordinator):
    theirs = make_staff(role="samordnare", counties=[make_county("14")])
    make_booking(consultation, coordinator)
    make_booking(foreign, theirs)

    page = shown(staff.get(BOOKINGS))

    assert consultation.reference in page
    assert foreign.reference not in page


def test_reading_view_shows_what_is_asked_leads_to_the_page_and_is_noted(staff, consultation, coordinator):
    response = staff.get(f"{LIST}{consultation.pk}/change/")

    assert "Vi behöver en rutin." in shown(response)
    assert consultation.get_absolute_url() in response.content.decode()
    assert Mandate.objects.get().token_hash not in response.content.decode()
    log = AccessLog.objects.get()
    assert (log.who, log.action, log.reference) == (coordinator, "read", consultation.reference)


def test_reading_view_of_another_county_is_not_found_and_not_noted(staff, foreign):
    response = staff.get(f"{LIST}{foreign.pk}/change/")

    assert response.status_code == 302
    assert "Hemligt" not in staff.get(response.headers["Location"]).content.decode()
    assert AccessLog.objects.count() == 0


@pytest.mark.parametrize("page", ["add/", "{pk}/delete/"])
def test_nothing_is_added_or_deleted_here(staff, consultation, page):
    assert staff.get(LIST + page.format(pk=consultation.pk)).status_code == 403


def test_nothing_is_changed_here(staff, consultation):
    response = staff.post(f"{LIST}{consultation.pk}/change/", {"need": "Ändrat.", "status": "confirmed"})

    consultation.refresh_from_db()
    assert response.status_code == 403
    assert (consultation.need, consultation.status) == ("Vi behöver en rutin.", "asked")


def test_editor_finds_no_consultations(consultation, log_in):
    client = Client()
    log_in(client, make_staff(role="redaktör", counties=[make_county("13")]))

    assert client.get(LIST).status_code == 403


def test_programme_lead_finds_those_of_all_counties(consultation, foreign, log_in):
    client = Client()
    log_in(client, make_staff(role="programledare"))

    page = shown(client.get(LIST))

    assert consultation.reference in page
    assert foreign.reference in page


@pytest.mark.parametrize("address", [LIST, BOOKINGS])
def test_list_asks_the_database_as_much_for_thirty_as_for_one(
    address, staff, consultation, coordinator, django_assert_max_num_queries
):
    def queries():
        with django_assert_max_num_queries(15) as captured:
            staff.get(address)
        return len(captured)

    make_booking(consultation, coordinator)
    staff.get(address)
    one = queries()
    for number in range(29):
        other = make_consultation(make_team(make_user(f"p{number}@halmstad.example.se")))
        make_booking(other, coordinator)
    assert queries() == one
