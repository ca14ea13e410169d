import uuid

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from django.utils import timezone

from consultations import joint
from consultations.models import JointMeeting, Mandate, Party
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
PARTIES, JOINT = "/admin/consultations/party/", "/admin/consultations/jointmeeting/"


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

    assert response.status_code == 404
    assert "Hemligt" not in response.content.decode()
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


# Parties and joint meetings ------------------------------------------------------------------------


@pytest.fixture
def parties(consultation):
    """Falkenberg has been asked, and Laholm takes part and wishes for another time."""
    falkenberg, laholm = (
        make_municipality("Falkenberg", code="1382"),
        make_municipality("Laholm", code="1381"),
    )
    now = timezone.now()
    Party.objects.create(consultation=consultation, municipality=falkenberg, invited_at=now)
    wishing = Party.objects.create(
        consultation=consultation,
        municipality=laholm,
        contact_name="Lena Lind",
        contact_email="lena@laholm.example.se",
        invited_at=now,
        answer="accepted",
        answered_at=now,
        need="Laholms egna ord.",
        wished_times="Helst en torsdag.",
        wished_at=now,
    )
    return consultation, wishing


def rows(response):
    table = BeautifulSoup(response.content, "html.parser").find(id="result_list")
    return [row.get_text(" ", strip=True) for row in table.select("tbody tr")] if table else []


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({}, ["Halmstad", "Falkenberg", "Laholm"]),
        ({"lage": "fragar"}, ["Halmstad"]),
        ({"lage": "tillfragad"}, ["Falkenberg"]),
        ({"lage": "med"}, ["Laholm"]),
        ({"lage": "nonsens"}, ["Halmstad", "Falkenberg", "Laholm"]),
        ({"onskar": "ja"}, ["Laholm"]),
        ({"lan": "13"}, ["Halmstad", "Falkenberg", "Laholm"]),
        ({"lan": "14"}, []),
        ({"q": "lena@laholm"}, ["Laholm"]),
        ({"consultation__status__exact": "held"}, []),
    ],
)
def test_parties_are_filtered_and_found(staff, parties, foreign, query, names):
    shown_rows = rows(staff.get(PARTIES, query))

    assert [row.split()[0] for row in shown_rows] == names


def test_party_is_read_with_its_own_words_and_that_is_noted(staff, parties, coordinator):
    consultation, wishing = parties

    page = staff.get(f"{PARTIES}{wishing.pk}/change/")

    for words in ("Laholms egna ord.", "Helst en torsdag.", "lena@laholm.example.se"):
        assert words in shown(page)
    assert consultation.get_absolute_url() in page.content.decode()
    assert AccessLog.objects.get().who == coordinator


def test_parties_of_another_county_are_not_there(staff, consultation, foreign):
    theirs = foreign.parties.get()

    assert len(rows(staff.get(PARTIES))) == 1
    assert staff.get(f"{PARTIES}{theirs.pk}/change/").status_code == 404


def offered(*consultations, by):
    meeting = JointMeeting(
        key=uuid.uuid4(),
        subject="Unga och sex mot ersättning",
        month=timezone.localdate().replace(day=1),
        county=consultations[0].team.municipality.county,
    )
    return joint.offer(meeting, consultations, target_groups=[], by=by)


def test_joint_meeting_is_read_with_who_has_answered_what(staff, consultation, coordinator, social_worker):
    laholm = make_municipality("Laholm", code="1381", domain="laholm.example.se")
    guest = make_consultation(
        make_team(make_user("l@laholm.example.se"), municipality=laholm), need="Hemligt behov."
    )
    meeting = offered(consultation, guest, by=coordinator)
    joint.accept(consultation.offers.get(), by=social_worker, key=uuid.uuid4())

    table, page = rows(staff.get(JOINT)), shown(staff.get(f"{JOINT}{meeting.pk}/change/"))

    assert len(table) == 1
    assert f"Halmstad, {consultation.reference} 1 ja av 2 Släpper in fler" in table[0]
    assert f"Laholm, {guest.reference} : har inte svarat" in page
    assert "Hemligt behov." not in page
    assert rows(staff.get(JOINT, {"lage": "stangt"})) == []
    assert len(rows(staff.get(JOINT, {"q": guest.reference}))) == 1


def test_joint_meeting_is_seen_from_the_other_county_when_one_there_is_offered_it(
    staff, consultation, foreign, coordinator
):
    lead = make_staff(role="programledare")
    theirs = make_staff(role="samordnare", counties=[make_county("14")])

    alone = offered(consultation, by=coordinator)
    shared = offered(consultation, foreign, by=lead)

    assert set(JointMeeting.objects.visible_to(coordinator)) == {alone, shared}
    assert set(JointMeeting.objects.visible_to(theirs)) == {shared}


@pytest.mark.parametrize("address", [LIST, BOOKINGS, PARTIES, JOINT])
def test_list_asks_the_database_as_much_for_thirty_as_for_one(
    address, staff, consultation, coordinator, django_assert_max_num_queries
):
    def queries():
        with django_assert_max_num_queries(15) as captured:
            staff.get(address)
        return len(captured)

    make_booking(consultation, coordinator)
    offered(consultation, by=coordinator)
    staff.get(address)
    one = queries()
    for number in range(29):
        other = make_consultation(make_team(make_user(f"p{number}@halmstad.example.se")))
        make_booking(other, coordinator)
        offered(other, by=coordinator)
    assert queries() == one
