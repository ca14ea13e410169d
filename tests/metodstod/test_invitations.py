"""Inviting a colleague: one mail, one answer, and nothing told about who has an account."""

import uuid

import pytest
from bs4 import BeautifulSoup
from django.core.exceptions import PermissionDenied
from django.test import Client

from metodstod.models import Invitation, Mail, TooManyInvitations
from tests.factories import make_member, make_municipality, make_team, make_user
from tests.racing import at_once


def shown(response):
    return " ".join(BeautifulSoup(response.content, "html.parser").main.get_text(" ").split())


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


def invite(client, team, email, **fields):
    return client.post(
        f"/arbetsgrupp/{team.pk}/bjud-in/", {"email": email, "key": str(uuid.uuid4())} | fields
    )


def test_invitation_is_mailed_with_a_link_and_no_token(signed_in, team, deliver_mail):
    answer = invite(signed_in, team, "Kim@Halmstad.example.se")
    sent = deliver_mail()

    assert answer["Location"] == team.get_absolute_url()
    assert [mail.to for mail in sent] == [["kim@halmstad.example.se"]]
    assert "http://testserver/arbetsgrupp/\n" in sent[0].body
    assert "Sara Svensson har bjudit in dig" in sent[0].body
    assert str(team.pk) not in sent[0].body


@pytest.mark.parametrize("same_key", [True, False])
def test_invitation_sent_twice_is_one_mail(signed_in, team, same_key):
    key = {"key": str(uuid.uuid4())} if same_key else {}

    answers = [invite(signed_in, team, "kim@halmstad.example.se", **key).status_code for _ in range(2)]

    assert answers == [302, 302]
    assert (Invitation.objects.count(), Mail.objects.count()) == (1, 1)


def test_invitation_sent_eight_times_at_once_is_one_mail(transactional_db, log_in):
    person = make_user("sara@halmstad.example.se", name="Sara", municipality=make_municipality())
    team = make_team(person)
    clients = [Client() for _ in range(8)]
    for client in clients:
        log_in(client, person)

    answers = at_once(8, lambda number: invite(clients[number], team, "kim@halmstad.example.se").status_code)

    assert answers == [302] * 8
    assert (Invitation.objects.count(), Mail.objects.count()) == (1, 1)


def test_invitation_answers_alike_for_known_and_unknown_addresses(signed_in, team, outsider):
    pages = []
    for email in (outsider.email, "ingen@exempel.example.se"):
        invite(signed_in, team, email)
        page = shown(signed_in.get(team.get_absolute_url())).replace(email, "ADDRESS")
        Invitation.objects.all().delete()
        pages.append(page)

    assert pages[0] == pages[1]


def test_invitation_of_a_member_is_refused(signed_in, team, member):
    answer = invite(signed_in, team, member.email.upper())

    assert "hör till någon som redan är med" in shown(answer)
    assert Mail.objects.count() == 0


def test_invitations_waiting_are_limited(signed_in, team):
    answers = [
        invite(signed_in, team, f"kollega{number}@halmstad.example.se").status_code for number in range(21)
    ]

    refused = invite(signed_in, team, "kim@halmstad.example.se")

    assert answers == [302] * 20 + [429]
    assert "Gruppen har nått gränsen" in shown(refused)
    assert (
        BeautifulSoup(refused.content, "html.parser").find(id="id_email")["value"]
        == "kim@halmstad.example.se"
    )
    assert Mail.objects.count() == 20


def test_invitations_taken_back_and_sent_again_are_limited(social_worker, team):
    def invite_and_withdraw():
        team.invite("kim@halmstad.example.se", by=social_worker, key=uuid.uuid4()).withdraw()

    for _ in range(40):
        invite_and_withdraw()

    with pytest.raises(TooManyInvitations):
        invite_and_withdraw()
    assert Mail.objects.count() == 40


def test_invitation_is_accepted_by_the_address_it_was_sent_to(client, team, social_worker, log_in):
    invited = make_user("kim@halmstad.example.se", name="Kim")
    invitation = team.invite("kim@halmstad.example.se", by=social_worker, key=uuid.uuid4())
    log_in(client, invited)

    page = shown(client.get("/arbetsgrupp/"))
    answers = [
        client.post(f"/arbetsgrupp/inbjudan/{invitation.pk}/", {"answer": "accept"})["Location"]
        for _ in range(2)
    ]

    assert "Sara Svensson bjöd in dig" in page
    assert answers == [team.get_absolute_url()] * 2
    assert team.memberships.filter(user=invited, is_contact=False).count() == 1


def test_invitation_accepted_by_someone_without_a_name_asks_for_it(client, team, social_worker, log_in):
    invited = make_user("kim@halmstad.example.se")
    invitation = team.invite(invited.email, by=social_worker, key=uuid.uuid4())
    log_in(client, invited)

    answer = client.post(f"/arbetsgrupp/inbjudan/{invitation.pk}/", {"answer": "accept"})

    assert answer["Location"] == f"/konto/?next=%2Farbetsgrupp%2F{team.pk}%2F"


def test_invitation_declined_is_gone(client, team, social_worker, log_in):
    invited = make_user("kim@halmstad.example.se", name="Kim")
    invitation = team.invite(invited.email, by=social_worker, key=uuid.uuid4())
    log_in(client, invited)

    page = client.post(f"/arbetsgrupp/inbjudan/{invitation.pk}/", {"answer": "decline"}, follow=True)

    assert "Du har tackat nej." in shown(page)
    assert "Du är inbjuden" not in shown(page)
    assert not team.memberships.filter(user=invited).exists()


def test_invitation_of_others_is_missing(client, team, social_worker, outsider, log_in):
    invitation = team.invite("kim@halmstad.example.se", by=social_worker, key=uuid.uuid4())
    log_in(client, outsider)

    answer = client.post(f"/arbetsgrupp/inbjudan/{invitation.pk}/", {"answer": "accept"})

    assert answer.status_code == 404
    with pytest.raises(PermissionDenied):
        invitation.answer(outsider, accept=True)


def test_invitation_taken_back_cannot_be_accepted(signed_in, team, social_worker, log_in):
    invited = make_user("kim@halmstad.example.se", name="Kim")
    invitation = team.invite(invited.email, by=social_worker, key=uuid.uuid4())
    path = f"/arbetsgrupp/{team.pk}/inbjudan/{invitation.pk}/ta-tillbaka/"

    answers = [signed_in.post(path)["Location"] for _ in range(2)]
    other = Client()
    log_in(other, invited)
    late = other.post(f"/arbetsgrupp/inbjudan/{invitation.pk}/", {"answer": "accept"}, follow=True)

    assert answers == [team.get_absolute_url()] * 2
    assert "Inbjudan gäller inte längre." in shown(late)
    assert not team.memberships.filter(user=invited).exists()


def test_invitation_accepted_and_taken_back_at_once_has_one_outcome(transactional_db):
    person = make_user("sara@halmstad.example.se", municipality=make_municipality())
    invited = make_user("kim@halmstad.example.se")
    team = make_team(person)
    invitation = team.invite(invited.email, by=person, key=uuid.uuid4())

    at_once(
        8,
        lambda number: (
            Invitation.objects.get(pk=invitation.pk).answer(invited, accept=True)
            if number % 2
            else Invitation.objects.get(pk=invitation.pk).withdraw()
        ),
    )

    invitation.refresh_from_db()
    assert team.memberships.filter(user=invited).exists() is invitation.accepted


def test_invitation_waits_until_staff_let_the_invited_in(client, team, social_worker, log_in):
    invited = make_user("nora@foreningen.example.se", name="Nora")
    invitation = team.invite(invited.email, by=social_worker, key=uuid.uuid4())
    log_in(client, invited)

    answer = client.post(f"/arbetsgrupp/inbjudan/{invitation.pk}/", {"answer": "accept"})

    assert answer["Location"].startswith("/konto/tilltrade/")
    assert not team.memberships.filter(user=invited).exists()
