import uuid
from datetime import date

import pytest
from django.core.exceptions import PermissionDenied

from consultations import alike, asking, booking, joint, mandate
from consultations.acts import Conflict
from consultations.forms.joint import coming_months
from consultations.models import Consultation, JointMeeting, JointOffer, Mandate
from metodstod import told
from metodstod.models import Mail
from metodstod.told import Told
from tests.consultations.pages import request_data, text
from tests.factories import (
    make_booking,
    make_consultation,
    make_member,
    make_municipality,
    make_target_group,
    make_team,
)
from tests.racing import at_once

SECRET = "Halmstads egna ord om behovet."
OTHER_SECRET = "Varbergs egna ord om behovet."


@pytest.fixture
def host(team):
    return make_consultation(team, need=SECRET, open_to_joint=True)


@pytest.fixture
def varberg(db):
    place = make_municipality("Varberg", code="1383", domain="varberg.example.se")
    return make_team(municipality=place, name="Varbergsgruppen")


@pytest.fixture
def other(varberg):
    return ask_for(varberg, open_to_joint=True)


def ask_for(team, **fields):
    make_member(team, email=f"person{team.pk}@{team.municipality.domains.get().name}")
    manager = {"email": f"chef@{team.municipality.domains.get().name}"}
    return make_consultation(team, need=OTHER_SECRET, manager=manager, **fields)


def offered(coordinator, *consultations, **fields):
    meeting = JointMeeting(
        key=uuid.uuid4(),
        subject="Ungdomar och sex mot ersättning",
        month=coming_months()[1],
        county=consultations[0].team.municipality.county,
        **fields,
    )
    return joint.offer(meeting, consultations, target_groups=[make_target_group()], by=coordinator)


def accept(consultation):
    one = JointOffer.objects.get(consultation=consultation)
    joint.accept(one, by=consultation.team.contact(), key=uuid.uuid4())


@pytest.fixture
def together(host, other, coordinator):
    """Both have accepted: Halmstad is the host, Varberg the guest."""
    offered(coordinator, host, other)
    accept(host)
    accept(other)
    return Consultation.objects.get(pk=host.pk), Consultation.objects.get(pk=other.pk)


# The desk ------------------------------------------------------------------------------------------


def test_desk_puts_those_alike_first_with_what_they_share(host, other, coordinator, monkeypatch):
    lonely = make_consultation(
        make_team(municipality=make_municipality("Laholm", code="1381")),
        target_groups=[make_target_group("annan", name="En annan grupp")],
    )
    words = {
        host.team.pk: [Told(told.OBSTACLES, "Hinder?", "Personalomsättningen är stor.", frozenset({"Tid"}))],
        other.team.pk: [Told(told.OBSTACLES, "Hinder?", "Vår personalomsättningen.", frozenset({"Tid"}))],
    }
    monkeypatch.setattr(alike, "told", lambda teams: words)

    rows = alike.desk(coordinator)

    first = rows[0].others[0]
    assert [row.consultation for row in rows][-1] == lonely
    assert (first.obstacles, first.groups) == (["Tid", "personalomsättningen"], [make_target_group()])
    assert 40 < first.kilometres < 80
    assert first.is_near
    assert rows[-1].others == []


def test_desk_leaves_out_those_with_a_time_the_ended_and_other_counties(
    host, other, coordinator, social_worker, outsider
):
    asking.withdraw(other, "", by=other.team.contact(), key=uuid.uuid4())
    boras = make_consultation(make_team(outsider, municipality=outsider.municipality))
    assert [row.consultation for row in alike.desk(coordinator)] == [host]
    assert boras not in [row.consultation for row in alike.desk(coordinator)]

    booking.accept(make_booking(host, coordinator), by=social_worker)

    assert alike.desk(coordinator) == []


def test_desk_page_shows_no_need_and_asks_the_database_as_much_for_many(
    host, other, staff, django_assert_num_queries
):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as few:
        page = staff.get("/konsultationer/tillsammans/")
    for number in range(6):
        place = make_municipality(f"Ort {number}", code=f"13{60 + number}")
        make_consultation(make_team(municipality=place))
    with CaptureQueriesContext(connection) as many:
        staff.get("/konsultationer/tillsammans/")

    assert "Varberg" in text(page)
    assert SECRET not in text(page)
    assert len(many) == len(few)


def test_offer_needs_two(host, staff):
    shown = staff.get(f"/konsultationer/tillsammans/nytt/?forfragan={host.reference}")

    assert shown.status_code == 400


@pytest.mark.parametrize("who", ["member", "client"])
def test_desk_does_not_exist_for_others(who, request, host):
    answer = request.getfixturevalue(who).get("/konsultationer/tillsammans/")

    assert answer.status_code == (404 if who == "member" else 302)


def test_offer_is_sent_to_each_group_without_a_word_of_the_others(host, other, staff):
    url = f"/konsultationer/tillsammans/nytt/?forfragan={host.reference}&forfragan={other.reference}"
    data = {"key": str(uuid.uuid4()), "subject": "Ungdomar", "month": coming_months()[2].isoformat()}

    answers = [staff.post(url, data).status_code for _ in range(2)]

    assert answers == [302, 302]
    assert JointMeeting.objects.count() == 1
    letters = Mail.objects.filter(purpose="consultation_joint_offered")
    assert sorted(letters.values_list("to", flat=True)) == sorted(
        [host.team.contact().email, other.team.contact().email]
    )
    assert not any(OTHER_SECRET in letter.body or "Varberg" in letter.body for letter in letters)


# Accepting ---------------------------------------------------------------------------------------------


def test_first_to_accept_is_host_and_the_next_gets_a_seat(together):
    host, guest = together

    assert (host.status, guest.status) == ("asked", "joined")
    assert guest.meets_in == host
    assert [str(party) for party in host.parties.all()] == ["Halmstad", "Varberg"]


def test_each_keeps_its_mandate_when_its_manager_has_read_of_joint_meetings(host, other, coordinator):
    for one in (host, other):
        mandate.decide(one.mandate, "given", "", key=uuid.uuid4())
    offered(coordinator, host, other)

    accept(host)
    accept(other)

    assert Mandate.objects.given().of_lead(host).count() == 1
    assert Mandate.objects.given().of_lead(other).count() == 1


def test_manager_who_has_not_read_of_joint_meetings_is_asked_anew(host, varberg, coordinator):
    alone = ask_for(varberg)
    mandate.decide(alone.mandate, "given", "", key=uuid.uuid4())
    offered(coordinator, host, alone)
    accept(host)

    accept(alone)

    standing = Mandate.objects.of_lead(alone).standing().get()
    assert standing.is_undecided
    assert mandate.JOINT_TERM in standing.terms


def test_neither_sees_the_others_words(together, log_in, client):
    host, guest = together
    pages = {}
    for one in (host, guest):
        log_in(client, one.team.contact())
        pages[one.pk] = client.get(one.get_absolute_url()).content.decode()

    assert SECRET in pages[host.pk]
    assert OTHER_SECRET not in pages[host.pk]
    assert "chef@varberg" not in pages[host.pk]
    assert OTHER_SECRET in pages[guest.pk]
    assert SECRET not in pages[guest.pk]
    assert host.reference not in pages[guest.pk]
    assert "Halmstad (värd)" in " ".join(pages[guest.pk].split())


def test_guest_cannot_open_the_hosts_page(together, log_in, client):
    host, guest = together
    log_in(client, guest.team.contact())

    assert client.get(host.get_absolute_url()).status_code == 404


def test_confirmed_joint_time_is_in_everyones_calendar_and_on_both_pages(
    together, coordinator, log_in, client
):
    host, guest = together
    mandate.set_rule(host, "all", by=coordinator, key=uuid.uuid4())
    booking.accept(make_booking(host, coordinator), by=host.team.contact())
    mandate.decide(host.mandate, "given", "", key=uuid.uuid4())
    waiting = host.bookings.get().state

    mandate.decide(guest.mandate, "given", "", key=uuid.uuid4())

    chosen = host.bookings.get()
    assert (waiting, chosen.state) == ("held", "confirmed")
    invited = set(chosen.invitees.values_list("email", flat=True))
    assert {guest.team.contact().email, host.team.contact().email, guest.mandate.manager_email} <= invited
    log_in(client, guest.team.contact())
    assert "Tiden är bekräftad." in text(client.get(guest.get_absolute_url()))
    file = client.get(guest.get_absolute_url() + "kalender.ics").content.decode().replace("\r\n ", "")
    letter = Mail.objects.get(to=guest.team.contact().email, purpose="consultation_confirmed")
    for words in (file, letter.body, letter.calendar.replace("\r\n ", "")):
        assert guest.reference in words
        assert host.reference not in words


def test_guest_who_leaves_needs_a_time_of_its_own(together, coordinator):
    host, guest = together
    booking.accept(make_booking(host, coordinator), by=host.team.contact())
    mandate.decide(host.mandate, "given", "", key=uuid.uuid4())

    joint.leave(guest, by=guest.team.contact(), key=uuid.uuid4())

    guest = Consultation.objects.get(pk=guest.pk)
    assert (guest.status, guest.booking, guest.own_seat) == ("asked", None, None)
    gone = Mail.objects.filter(to=guest.team.contact().email, calendar_method="CANCEL")
    assert gone.count() == 1


def test_guest_that_withdraws_leaves_the_meeting(together):
    host, guest = together

    asking.withdraw(guest, "", by=guest.team.contact(), key=uuid.uuid4())

    assert [party.state for party in host.parties.filter(is_lead=False)] == ["Har dragit sig ur"]


def test_host_that_withdraws_sends_the_guests_back_to_their_own(together):
    host, guest = together

    asking.withdraw(host, "", by=host.team.contact(), key=uuid.uuid4())

    guest = Consultation.objects.get(pk=guest.pk)
    assert (guest.status, guest.is_open, guest.own_seat) == ("asked", True, None)
    assert Mail.objects.filter(purpose="consultation_joint_ended", to=guest.team.contact().email).count() == 1


def test_time_cannot_be_arranged_in_the_guests_own_request(together, coordinator):
    guest = together[1]

    with pytest.raises(Conflict, match="gemensamt möte"):
        booking.propose(guest, [], by=coordinator, key=uuid.uuid4())


def test_no_is_for_oneself_alone(host, other, coordinator):
    offered(coordinator, host, other)

    joint.decline(JointOffer.objects.get(consultation=other), by=other.team.contact(), key=uuid.uuid4())

    assert JointOffer.objects.get(consultation=host).answer == ""
    assert Consultation.objects.get(pk=other.pk).status == "asked"


def test_answering_for_another_group_is_refused(host, other, coordinator, social_worker):
    offered(coordinator, host, other)

    with pytest.raises(PermissionDenied):
        joint.accept(JointOffer.objects.get(consultation=other), by=social_worker, key=uuid.uuid4())


def test_answer_through_the_page_leads_to_the_request(host, other, coordinator, member):
    offered(coordinator, host, other)
    one = JointOffer.objects.get(consultation=host)
    url = f"{host.get_absolute_url()}gemensamt/{one.pk}/"

    answer = member.post(url, {"key": uuid.uuid4(), "answer": "yes"})

    one.refresh_from_db()
    assert (answer.url, one.answer) == (host.get_absolute_url(), "accepted")
    foreign = JointOffer.objects.get(consultation=other)
    assert member.post(f"{host.get_absolute_url()}gemensamt/{foreign.pk}/").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_yes_from_two_groups_at_once_makes_one_host_and_one_guest(host, other, coordinator):
    offered(coordinator, host, other)
    both = [host, other]

    outcomes = at_once(2, lambda number: accept(both[number]))

    assert outcomes == [None, None]
    states = {Consultation.objects.get(pk=one.pk).status for one in both}
    assert states == {"asked", "joined"}


# The open list -----------------------------------------------------------------------------------------


def test_open_list_shows_subject_county_and_month_and_nobody(host, other, coordinator, client):
    offered(coordinator, host, other, is_listed=True)
    accept(host)

    page = client.get("/konsultation/gemensamma/")

    assert "Ungdomar och sex mot ersättning" in text(page)
    for name in ("Halmstad", "Varberg", SECRET, host.reference):
        assert name not in text(page)
    assert not page.cookies


def test_open_list_leaves_out_the_unlisted_the_closed_and_the_past(host, other, coordinator):
    meeting = offered(coordinator, host, other, is_listed=True)
    offered_in_silence = JointMeeting.objects.create(
        subject="Tyst", month=coming_months()[0], county=meeting.county
    )
    past = JointMeeting.objects.create(
        subject="Förr", month=date(2025, 1, 1), county=meeting.county, is_listed=True
    )
    assert list(JointMeeting.objects.listed()) == [meeting]

    joint.close(meeting, by=coordinator)

    assert not JointMeeting.objects.listed().filter(pk__in=[meeting.pk, offered_in_silence.pk, past.pk])


def test_group_asks_for_a_seat_when_it_asks(host, coordinator, member, team, varberg, log_in, client):
    other = ask_for(varberg)
    meeting = offered(coordinator, other, host, is_listed=True)
    accept(other)
    asking.withdraw(host, "", by=team.contact(), key=uuid.uuid4())

    answer = member.post(
        f"/arbetsgrupp/{team.pk}/konsultation/ny/", request_data(joint_meeting=str(meeting.pk))
    )

    mine = Consultation.objects.get(team=team, ended_at=None)
    assert answer.status_code == 302
    assert (mine.status, mine.meets_in, mine.open_to_joint) == ("joined", other, True)


def test_request_begins_with_what_the_group_missed(member, team, monkeypatch):
    missed = [Told(told.MISSING, "Saknar ni något?", "Vi saknar något om pojkar.", frozenset())]
    monkeypatch.setattr(told, "_tellers", [lambda teams: {team.pk: missed}])

    page = member.get(f"/arbetsgrupp/{team.pk}/konsultation/ny/")

    assert "Vi saknar något om pojkar." in text(page)
    assert "Det här saknade ni" in text(page)
