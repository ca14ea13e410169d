"""A work group: forming it, inviting, leaving, handing over, closing."""

import uuid

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from metodstod.models import Membership, SomeoneWasFirst, Team
from tests.factories import (
    make_field_of_work,
    make_lecture,
    make_meeting,
    make_member,
    make_municipality,
    make_question_set,
    make_team,
    make_user,
)
from tests.racing import at_once


def shown(response):
    return " ".join(BeautifulSoup(response.content, "html.parser").main.get_text(" ").split())


def filled(place, **fields):
    return {
        "name": "Barn och unga, centrum",
        "municipality": place.pk,
        "workplace": "Socialkontoret",
        "organisation": "social_services",
        "key": str(uuid.uuid4()),
    } | fields


@pytest.fixture
def team(social_worker):
    return make_team(social_worker, name="Barn och unga")


@pytest.fixture
def member(team):
    return make_member(team, email="mona@halmstad.example.se", name="Mona Månsson")


@pytest.fixture
def signed_in(client, social_worker, log_in):
    log_in(client, social_worker)
    return client


# Forming a group -----------------------------------------------------------------------------------


def test_team_form_proposes_the_municipality_and_workplace(signed_in, social_worker):
    social_worker.workplace = "Mottagningen"
    social_worker.save()

    page = BeautifulSoup(signed_in.get("/arbetsgrupp/ny/").content, "html.parser")

    assert page.find("option", selected=True, value=str(social_worker.municipality.pk)).string == "Halmstad"
    assert page.find(id="id_workplace")["value"] == "Mottagningen"
    assert page.find(id="id_person_name") is None


def test_team_is_formed_with_its_maker_as_contact(signed_in, social_worker):
    field = make_field_of_work()

    answer = signed_in.post("/arbetsgrupp/ny/", filled(social_worker.municipality, field_of_work=field.pk))

    team = Team.objects.get()
    assert answer["Location"] == f"/arbetsgrupp/{team.pk}/"
    assert (team.name, team.field_of_work, team.created_by) == (
        "Barn och unga, centrum",
        field,
        social_worker,
    )
    assert team.contact() == social_worker


def test_team_sent_twice_is_one(signed_in, social_worker):
    form = filled(social_worker.municipality)

    answers = {signed_in.post("/arbetsgrupp/ny/", form)["Location"] for _ in range(2)}

    assert answers == {Team.objects.get().get_absolute_url()}
    assert Membership.objects.count() == 1


def test_team_sent_eight_times_at_once_is_one(transactional_db, log_in):
    municipality = make_municipality()
    person = make_user("sara@halmstad.example.se", name="Sara")
    clients = [Client() for _ in range(8)]
    for client in clients:
        log_in(client, person)
    form = filled(municipality)

    answers = at_once(8, lambda number: clients[number].post("/arbetsgrupp/ny/", form)["Location"])

    assert set(answers) == {Team.objects.get().get_absolute_url()}
    assert Membership.objects.get().is_contact


def test_team_key_of_someone_elses_group_opens_nothing(signed_in, social_worker, outsider):
    other = make_team(outsider, created_by=outsider)

    answer = signed_in.post("/arbetsgrupp/ny/", filled(social_worker.municipality, key=str(other.key)))

    assert answer.status_code == 404
    assert list(other.memberships.values_list("user__email", flat=True)) == [outsider.email]


def test_team_form_asks_for_ones_name_the_first_time(client, db, log_in):
    municipality = make_municipality()
    person = make_user("ny@halmstad.example.se")
    log_in(client, person)

    missing = client.post("/arbetsgrupp/ny/", filled(municipality))
    client.post("/arbetsgrupp/ny/", filled(municipality, person_name="Nils Nyman"))

    person.refresh_from_db()
    assert "Skriv ditt namn." in shown(missing)
    assert person.name == "Nils Nyman"


@pytest.mark.parametrize("key", ["", "x", "0" * 10000, "\0"])
def test_team_form_with_a_broken_key_keeps_what_was_written_and_works_the_next_time(
    signed_in, social_worker, key
):
    page = BeautifulSoup(
        signed_in.post("/arbetsgrupp/ny/", filled(social_worker.municipality, key=key)).content, "html.parser"
    )
    again = filled(social_worker.municipality, key=page.find(attrs={"name": "key"})["value"])

    answer = signed_in.post("/arbetsgrupp/ny/", again)

    assert page.find(id="id_name")["value"] == "Barn och unga, centrum"
    assert answer["Location"] == Team.objects.get().get_absolute_url()


@pytest.mark.parametrize("name", ["", "x" * 121, "x" * 10000, "a\0b", "  "])
def test_team_name_that_cannot_be_is_handed_back(signed_in, social_worker, name):
    answer = signed_in.post("/arbetsgrupp/ny/", filled(social_worker.municipality, name=name))

    page = BeautifulSoup(answer.content, "html.parser")
    assert answer.status_code == 200
    assert page.find(id="id_name").get("value", "") == name
    assert Team.objects.count() == 0


def test_team_name_is_only_text(signed_in, social_worker):
    name = '<script>alert(1)</script> & "Co" {{ x }}'

    answer = signed_in.post("/arbetsgrupp/ny/", filled(social_worker.municipality, name=name), follow=True)

    page = BeautifulSoup(answer.content, "html.parser")
    assert page.h1.get_text().endswith(name)
    assert not page.main.find("script")


@pytest.mark.parametrize("municipality", ["", "0", "-1", "abc", "9" * 40, "1 OR 1=1"])
def test_team_municipality_must_be_one_of_those_there_are(signed_in, social_worker, municipality):
    answer = signed_in.post("/arbetsgrupp/ny/", filled(social_worker.municipality, municipality=municipality))

    assert answer.status_code == 200
    assert Team.objects.count() == 0


# Reading and changing ------------------------------------------------------------------------------


def test_team_list_shows_own_groups_alone(signed_in, team, outsider):
    make_team(outsider, name="De andra", municipality=outsider.municipality)

    page = shown(signed_in.get("/arbetsgrupp/"))

    assert "Barn och unga" in page
    assert "De andra" not in page


def test_team_page_says_what_is_next_and_who_is_in_it(signed_in, team, member):
    page = BeautifulSoup(signed_in.get(team.get_absolute_url()).content, "html.parser")

    titles = [title.get_text() for title in page.select(".ms-path__title")]
    assert len(titles) == 3
    assert len(page.select(".ms-next .govuk-button")) == 1
    assert page.h1.get_text() == "Arbetsgrupp i HalmstadBarn och unga"
    assert "Sara Svensson (du)" in shown_text(page)
    assert "Mona Månsson" in shown_text(page)


def test_team_page_leads_to_every_step_before_all_is_seen(signed_in, team):
    make_question_set()
    make_meeting(team, lectures=[make_lecture()])
    left = make_lecture()

    page = BeautifulSoup(signed_in.get(team.get_absolute_url()).content, "html.parser")

    assert page.select_one(".ms-next .govuk-button")["href"] == left.get_absolute_url()
    beside = {link["href"] for link in page.select(".ms-path__item a")}
    assert {
        f"/arbetsgrupp/{team.pk}/traff/ny/",
        f"/arbetsgrupp/{team.pk}/aterkoppling/",
        f"/arbetsgrupp/{team.pk}/konsultation/ny/",
    } <= beside
    assert left.get_absolute_url() not in beside


def shown_text(page):
    return " ".join(page.main.get_text(" ").split())


@pytest.mark.parametrize("page", ["", "andra/", "bjud-in/", "lamna/", "lamna-over/", "avsluta/"])
def test_team_of_others_answers_like_one_that_is_missing(client, team, outsider, log_in, page):
    log_in(client, outsider)

    foreign = client.get(f"/arbetsgrupp/{team.pk}/{page}")
    missing = client.get(f"/arbetsgrupp/{uuid.uuid4()}/{page}")

    assert (foreign.status_code, missing.status_code) == (404, 404)
    assert foreign.content == missing.content


def test_team_page_asks_as_much_for_one_member_as_for_thirty(client, db, log_in):
    person = make_user("sara@halmstad.example.se", name="Sara", municipality=make_municipality())
    small, large = make_team(person), make_team(person)
    for _ in range(29):
        make_member(large)
    for team, invitations in ((small, 1), (large, 20)):
        for number in range(invitations):
            team.invite(f"kollega{number}@halmstad.example.se", by=person, key=uuid.uuid4())
    log_in(client, person)

    counts = []
    for team in (small, large):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.get(team.get_absolute_url())
        counts.append(len(queries))

    assert counts[0] == counts[1]
    assert counts[0] <= 12


def test_team_list_asks_as_much_for_one_group_as_for_thirty(client, db, log_in):
    one = make_user("sara@halmstad.example.se", name="Sara", municipality=make_municipality())
    many = make_user("sven@halmstad.example.se", name="Sven", municipality=make_municipality())
    make_team(one).invite(many.email, by=one, key=uuid.uuid4())
    for _ in range(30):
        make_team(many).invite(one.email, by=many, key=uuid.uuid4())

    counts = []
    for person in (one, many):
        log_in(client, person)
        with CaptureQueriesContext(connection) as queries:
            client.get("/arbetsgrupp/")
        counts.append(len(queries))

    assert counts[0] == counts[1] <= 8


def test_team_is_changed_by_any_member(client, team, member, log_in):
    log_in(client, member)

    answer = client.post(f"/arbetsgrupp/{team.pk}/andra/", filled(team.municipality, name="Nytt namn"))

    team.refresh_from_db()
    assert (answer["Location"], team.name) == (team.get_absolute_url(), "Nytt namn")


# Leaving, handing over, closing --------------------------------------------------------------------


def test_member_leaves_once_however_often_it_is_sent(client, team, member, log_in):
    log_in(client, member)

    asked = shown(client.get(f"/arbetsgrupp/{team.pk}/lamna/"))
    answers = [client.post(f"/arbetsgrupp/{team.pk}/lamna/")["Location"] for _ in range(2)]

    assert "Vill du lämna Barn och unga?" in asked
    assert answers == ["/arbetsgrupp/"] * 2
    assert client.get(team.get_absolute_url()).status_code == 404


def test_contact_cannot_leave_before_handing_over(signed_in, team, member, social_worker):
    asked = shown(signed_in.get(f"/arbetsgrupp/{team.pk}/lamna/"))

    answer = signed_in.post(f"/arbetsgrupp/{team.pk}/lamna/", follow=True)

    assert "behöver någon annan ta över" in asked
    assert "Lämna först över till någon annan." in shown(answer)
    assert team.contact() == social_worker


def test_contact_alone_is_pointed_to_closing(signed_in, team):
    page = BeautifulSoup(signed_in.get(f"/arbetsgrupp/{team.pk}/lamna/").content, "html.parser")

    assert page.select_one("main .govuk-button")["href"] == f"/arbetsgrupp/{team.pk}/avsluta/"


def test_contact_hands_over_once_however_often_it_is_sent(signed_in, team, member, social_worker):
    other = team.memberships.get(user=member)

    answers = [
        signed_in.post(f"/arbetsgrupp/{team.pk}/lamna-over/", {"membership": other.pk})["Location"]
        for _ in range(2)
    ]

    assert answers == [team.get_absolute_url()] * 2
    assert team.contact() == member
    assert team.memberships.filter(user=social_worker, is_contact=False).exists()


def test_hand_over_to_someone_outside_is_refused(signed_in, team, outsider, social_worker):
    elsewhere = make_team(outsider).memberships.get()

    answer = signed_in.post(f"/arbetsgrupp/{team.pk}/lamna-over/", {"membership": elsewhere.pk})

    assert answer.status_code == 200
    assert team.contact() == social_worker


def test_hand_over_by_someone_who_is_not_the_contact_changes_nothing(
    client, team, member, social_worker, log_in
):
    third = make_member(team)
    log_in(client, member)

    answer = client.post(
        f"/arbetsgrupp/{team.pk}/lamna-over/", {"membership": team.memberships.get(user=third).pk}
    )

    assert answer.status_code == 409
    assert team.contact() == social_worker


def test_hand_over_to_several_at_once_leaves_one_contact(transactional_db):
    team = make_team(make_user("sara@halmstad.example.se", municipality=make_municipality()))
    contact = team.memberships.get()
    others = [team.memberships.get(user=make_member(team)) for _ in range(8)]

    def hand_over(number):
        try:
            Membership.objects.get(pk=contact.pk).hand_over_to(others[number])
        except SomeoneWasFirst:
            return "late"
        return "done"

    answers = at_once(8, hand_over)

    assert sorted(answers) == ["done"] + ["late"] * 7
    assert team.memberships.filter(is_contact=True).count() == 1


def test_hand_over_to_someone_who_leaves_meanwhile_leaves_one_contact(transactional_db):
    team = make_team(make_user("sara@halmstad.example.se", municipality=make_municipality()))
    contact = team.memberships.get()
    other = team.memberships.get(user=make_member(team))

    def act(number):
        try:
            if number % 2:
                Membership.objects.get(pk=contact.pk).hand_over_to(other)
            else:
                other.leave()
        except SomeoneWasFirst:
            return "late"
        return "done"

    at_once(8, act)

    assert team.memberships.filter(is_contact=True).count() == 1


def test_first_members_who_join_at_once_are_all_in_with_one_contact(transactional_db):
    team = make_team()
    people = [make_user(f"p{number}@halmstad.example.se") for number in range(8)]

    at_once(8, lambda number: team.join(people[number]))

    assert team.memberships.count() == 8
    assert team.memberships.filter(is_contact=True).count() == 1


def test_contact_closes_the_group_and_it_is_only_read(signed_in, team, member, social_worker):
    asked = shown(signed_in.get(f"/arbetsgrupp/{team.pk}/avsluta/"))

    for _ in range(2):
        signed_in.post(f"/arbetsgrupp/{team.pk}/avsluta/")
    page = signed_in.get(team.get_absolute_url())
    refused = {
        path: signed_in.post(
            f"/arbetsgrupp/{team.pk}/{path}/", {"email": "kim@halmstad.example.se"}
        ).status_code
        for path in ["bjud-in", "lamna", "lamna-over", "avsluta"]
    }

    team.refresh_from_db()
    assert "En avslutad grupp går inte att öppna igen." in asked
    assert (team.closed_by, team.is_open) == (social_worker, False)
    assert "Gruppen avslutades" in shown(page)
    assert set(refused.values()) == {302}
    assert signed_in.post(f"/arbetsgrupp/{team.pk}/andra/", filled(team.municipality)).status_code == 404
    assert (team.invitations.count(), team.memberships.count()) == (0, 2)
    assert not BeautifulSoup(page.content, "html.parser").select(".ms-next")


def test_group_is_not_closed_by_others_than_the_contact(client, team, member, log_in):
    log_in(client, member)

    page = client.post(f"/arbetsgrupp/{team.pk}/avsluta/", follow=True)

    team.refresh_from_db()
    assert team.is_open
    assert "Det är gruppens kontaktperson som kan avsluta gruppen." in shown(page)


def test_invitation_to_a_closed_group_cannot_be_accepted(client, team, social_worker, log_in):
    invited = make_user("kim@halmstad.example.se", name="Kim")
    invitation = team.invite(invited.email, by=social_worker, key=uuid.uuid4())
    team.close(by=social_worker)
    log_in(client, invited)

    page = shown(client.get("/arbetsgrupp/"))
    late = client.post(f"/arbetsgrupp/inbjudan/{invitation.pk}/", {"answer": "accept"}, follow=True)

    assert "Du är inbjuden" not in page
    assert "Inbjudan gäller inte längre." in shown(late)


def test_staff_have_no_place_in_a_groups_own_pages(client, team, coordinator, log_in):
    log_in(client, coordinator)

    assert client.get(team.get_absolute_url()).status_code == 404
    assert Team.objects.visible_to(coordinator).get() == team
