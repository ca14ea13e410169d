import uuid
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from consultations import booking
from consultations.models import Act, ManagerQuestion, Mandate
from metodstod.models import AccessLog
from tests.consultations.pages import (
    confirmed,
    text,
)
from tests.factories import (
    make_booking,
    make_consultation,
    make_county,
    make_member,
    make_municipality,
    make_staff,
)

pytestmark = pytest.mark.django_db


# Open to everyone ---------------------------------------------------------------------------------


def test_about_explains_mandate_and_forms_and_sets_no_cookie(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        response = client.get("/konsultation/")

    assert response.status_code == 200
    for words in ("På plats i kommunen", "Per telefon", "Digitalt möte", "Mandat från ansvarig chef", "fler"):
        assert words in text(response)
    assert not response.cookies
    assert "Cookie" not in response.headers.get("Vary", "")


# Following ----------------------------------------------------------------------------------------


def test_detail_says_who_is_waited_for_and_what_has_happened(member, consultation):
    shown = text(member.get(consultation.get_absolute_url()))

    assert "Maja Malm (enhetschef) ska ge besked om mandat" in shown
    assert "Samordnaren ska föreslå tider" in shown
    assert "Förfrågan skickades: Sara Svensson" in shown
    assert "För dig som samordnar" not in shown


def test_detail_shows_the_coordinator_the_same_and_notes_the_reading(staff, consultation, coordinator):
    response = staff.get(consultation.get_absolute_url())

    shown = text(response)
    assert "Vi vill kunna möta ungdomar." in shown
    assert "Ta hand om förfrågan" in shown
    assert "Ta tillbaka förfrågan" not in shown
    log = AccessLog.objects.get()
    assert (log.who, log.action, log.reference) == (coordinator, "read", consultation.reference)
    assert log.county == consultation.team.municipality.county


def test_detail_is_not_noted_when_the_group_reads_its_own(member, consultation):
    member.get(consultation.get_absolute_url())

    assert AccessLog.objects.count() == 0


PAGES = [
    "",
    "kalender.ics",
    "andra/",
    "chef/",
    "andra-tider/",
    "ta-tillbaka/",
    "tider/",
    "flytta/",
    "stall-in/",
]


@pytest.mark.parametrize("page", PAGES)
def test_pages_of_a_consultation_do_not_exist_for_others(page, consultation, outsider, coordinator, log_in):
    make_booking(
        consultation,
        coordinator,
        state="held",
        held_until=timezone.now() + timedelta(days=7),
        accepted_at=timezone.now(),
        accepted_by=consultation.asked_by,
    )
    elsewhere = make_staff(role="samordnare", counties=[make_county("14")])
    editor = make_staff(role="redaktör", counties=[make_county("13")])

    for person in (outsider, elsewhere, editor):
        client = Client()
        log_in(client, person)
        response = client.get(consultation.get_absolute_url() + page)
        assert response.status_code == 404
        assert consultation.need not in response.content.decode()
    assert AccessLog.objects.count() == 0


def test_pages_of_a_consultation_ask_a_visitor_to_log_in(client, consultation):
    for page in PAGES:
        response = client.get(consultation.get_absolute_url() + page)
        assert response.status_code == 302
        assert response.headers["Location"].startswith("/konto/")


def test_coordinator_of_a_partners_county_follows_and_acts(consultation, team, log_in):
    boras = make_municipality("Borås", code="1490")
    joint = make_consultation(team, partners=[boras])
    elsewhere = make_staff(role="samordnare", counties=[make_county("14")])
    client = Client()
    log_in(client, elsewhere)

    assert client.get(joint.get_absolute_url()).status_code == 200
    assert client.post(f"{joint.get_absolute_url()}ta-hand-om/").status_code == 302
    joint.refresh_from_db()
    assert joint.coordinator == elsewhere
    assert client.get(consultation.get_absolute_url()).status_code == 404


@pytest.mark.parametrize("page", ["andra/", "chef/", "andra-tider/", "ta-tillbaka/"])
def test_coordinator_may_not_do_what_is_the_groups(page, staff, consultation):
    assert staff.get(consultation.get_absolute_url() + page).status_code == 403
    assert staff.post(consultation.get_absolute_url() + page, {}).status_code == 403


@pytest.mark.parametrize("page", ["tider/", "flytta/", "stall-in/"])
def test_member_may_not_do_what_is_the_coordinators(page, member, consultation):
    assert member.get(consultation.get_absolute_url() + page).status_code == 403
    assert member.post(consultation.get_absolute_url() + page, {}).status_code == 403


@pytest.mark.parametrize("page", ["ta-hand-om/", "chef/igen/", f"tid/{uuid.UUID(int=7)}/"])
def test_acts_do_nothing_on_get(page, member, consultation):
    assert member.get(consultation.get_absolute_url() + page).status_code == 405


def test_member_of_a_closed_group_reads_but_is_offered_no_acts(member, consultation, team, social_worker):
    team.close(by=social_worker)

    shown = text(member.get(consultation.get_absolute_url()))

    assert "Vi vill kunna möta ungdomar." in shown
    assert "Ta tillbaka förfrågan" not in shown
    response = member.post(f"{consultation.get_absolute_url()}ta-tillbaka/", {"key": uuid.uuid4()})
    assert response.status_code == 409


def fill(consultation, coordinator, number):
    """Give the consultation `number` of everything its page lists."""
    for _ in range(number):
        asked = Mandate.objects.standing().get(party__consultation=consultation)
        ManagerQuestion.objects.create(mandate=asked, text="Hur?")
        make_booking(consultation, coordinator)
        Act.objects.create(
            consultation=consultation, kind="changed", by=make_member(consultation.team), mandate=asked
        )


@pytest.mark.parametrize("who", ["member", "staff"])
def test_detail_asks_the_database_as_much_for_thirty_as_for_one(
    who, request, consultation, coordinator, django_assert_max_num_queries
):
    client = request.getfixturevalue(who)
    fill(consultation, coordinator, 1)
    client.get(consultation.get_absolute_url())

    def queries():
        with django_assert_max_num_queries(30) as captured:
            client.get(consultation.get_absolute_url())
        return len(captured)

    one = queries()
    fill(consultation, coordinator, 29)
    assert queries() == one


# The calendar -------------------------------------------------------------------------------------


def test_calendar_is_given_to_group_and_coordinator(member, staff, consultation, coordinator, social_worker):
    url = f"{consultation.get_absolute_url()}kalender.ics"
    assert member.get(url).status_code == 404
    chosen = confirmed(consultation, coordinator, social_worker)

    for client in (member, staff):
        response = client.get(url)
        assert response.headers["Content-Type"] == "text/calendar; charset=utf-8"
        assert f"UID:{chosen.calendar_uid}" in response.content.decode()
        assert "STATUS:CONFIRMED" in response.content.decode()
        assert "ATTENDEE" not in response.content.decode()


def test_calendar_of_a_cancelled_time_says_so(member, consultation, coordinator, social_worker):
    confirmed(consultation, coordinator, social_worker)
    booking.cancel(consultation, "Skäl.", by=coordinator, key=uuid.uuid4())

    assert b"STATUS:CANCELLED" in member.get(f"{consultation.get_absolute_url()}kalender.ics").content
