"""What the portal has said it received is stored, exactly once, and is what the sender had read."""

import re
import uuid
from datetime import UTC, datetime

import pytest
import time_machine
from django.test import Client

from feedback import submitting
from feedback.models import Draft, QuestionSet, Submission
from metodstod.models import Mail
from tests.factories import (
    make_county,
    make_draft,
    make_field_of_work,
    make_lecture,
    make_member,
    make_municipality,
    make_question_set,
    make_staff,
    make_submission,
    make_team,
)
from tests.feedback.pages import draft_url, form_data, main_text, open_draft, review_url, save, soup, texts
from tests.racing import at_once


@pytest.fixture
def team(db):
    make_question_set()
    return make_team(name="Barn och unga", workplace="Ungdomsenheten", field_of_work=make_field_of_work())


@pytest.fixture
def anna(team, client, log_in):
    """Anna, the group's contact, logged in on `client`."""
    anna = make_member(team, email="anna@halmstad.example.se", name="Anna Lind")
    log_in(client, anna)
    return anna


@pytest.fixture
def draft(team, anna):
    return make_draft(team, "Stor nytta.", "", "Tid saknas.", by=anna)


def read(client, team, **fields):
    """Open the page of review and return what its form would send."""
    return form_data(client.get(review_url(team)), **fields)


def sent():
    return [(mail.purpose, mail.to) for mail in Mail.objects.order_by("purpose", "to")]


# Review --------------------------------------------------------------------------------------------


def test_review_shows_every_answer_and_who_will_read_it(client, team, draft):
    county = team.municipality.county
    county.authority, county.contact_name, county.contact_title = (
        "Länsstyrelsen i Hallands län",
        "Eva Ek",
        "Samordnare",
    )
    county.save()

    response = client.get(review_url(team))

    shown = [block.get_text(" ", strip=True) for block in soup(response).select(".ms-answer__text")]
    assert shown == ["Stor nytta.", "Inget svar", "Tid saknas.", "Inget svar", "Inget svar"]
    text = main_text(response)
    assert "Svaren går till Eva Ek, samordnare, på Länsstyrelsen i Hallands län." in text
    assert "De blir en allmän handling." in text
    assert "3 frågor saknar svar. Ni kan skicka ändå." in text
    links = [link["href"] for link in soup(response).select(".ms-answer__action a")]
    assert links == [f"{draft_url(team)}#id_answer_{n}" for n in range(1, 6)]


def test_review_of_nothing_leads_back(client, team, anna):
    assert client.get(review_url(team)).url == draft_url(team)


def test_review_of_an_emptied_draft_offers_no_sending(client, team, anna):
    make_draft(team)

    response = client.get(review_url(team))

    assert "Ni har inte skrivit något svar än." in main_text(response)
    assert soup(response).select("main form") == []


# Sending -------------------------------------------------------------------------------------------


@time_machine.travel(datetime(2026, 11, 24, 9, 32, tzinfo=UTC), tick=False)
def test_answers_are_received_with_what_the_group_was(client, team, anna, draft):
    response = client.post(review_url(team), read(client, team))

    submission = Submission.objects.get()
    assert response.url == submission.get_absolute_url()
    assert list(submission.answers.values_list("question__position", "text")) == [
        (1, "Stor nytta."),
        (2, ""),
        (3, "Tid saknas."),
        (4, ""),
        (5, ""),
    ]
    assert (submission.team, submission.municipality, submission.submitted_by) == (
        team,
        team.municipality,
        anna,
    )
    assert (submission.team_name, submission.workplace) == ("Barn och unga", "Ungdomsenheten")
    assert submission.field_of_work == team.field_of_work
    assert (submission.status, submission.submitted_at) == ("new", datetime(2026, 11, 24, 9, 32, tzinfo=UTC))
    assert Draft.objects.count() == 0


def test_lectures_seen_are_kept_as_they_were(client, team, anna, draft):
    lecture = make_lecture("Vad är människohandel?")
    make_lecture("En annan")
    meeting = team.meetings.create(held_on="2026-11-01", count_social_worker=4)
    meeting.lectures.add(lecture)

    client.post(review_url(team), read(client, team))
    meeting.delete()

    assert Submission.objects.get().lectures_seen == ["Vad är människohandel?"]


def test_receipt_says_what_was_received_and_when(client, team, draft):
    with time_machine.travel(datetime(2026, 11, 24, 9, 32, tzinfo=UTC)):
        response = client.post(review_url(team), read(client, team), follow=True)

    text = main_text(response)
    submission = Submission.objects.get()
    assert response.status_code == 200
    assert f"Er referens {submission.reference}" in text
    assert "Svaren kom in tisdag 24 november 2026 kl. 10.32" in text
    assert "Stor nytta." in text
    assert soup(response).select_one(".ms-next a")["href"]


def test_mail_goes_to_sender_contact_and_the_countys_coordinators(client, team, anna, log_in, deliver_mail):
    bo = make_member(team, email="bo@halmstad.example.se", name="Bo Ek")
    make_member(team, email="cia@halmstad.example.se")
    halland = team.municipality.county
    make_staff("eva@lst.example.se", counties=[halland], role="samordnare")
    make_staff("ida@lst.example.se", counties=[halland, make_county("14")], role="samordnare")
    make_staff("annat.lan@lst.example.se", counties=[make_county("14")], role="samordnare")
    make_staff("redaktor@lst.example.se", counties=[halland], role="redaktör")
    make_staff("slutat@lst.example.se", counties=[halland], role="samordnare", is_active=False)
    make_draft(team, "Stor nytta.", "En hemlighet")
    log_in(client, bo)

    client.post(review_url(team), read(client, team))

    assert sent() == [
        ("feedback_receipt", "anna@halmstad.example.se"),
        ("feedback_receipt", "bo@halmstad.example.se"),
        ("feedback_received", "eva@lst.example.se"),
        ("feedback_received", "ida@lst.example.se"),
    ]
    delivered = deliver_mail()
    submission = Submission.objects.get()
    assert len(delivered) == 4
    for mail in delivered:
        assert submission.reference in mail.subject
        assert "nytta" not in mail.body
        assert "hemlighet" not in mail.body
    links = {mail.to[0]: re.search(r"http\S+", mail.body)[0] for mail in delivered}
    assert links["anna@halmstad.example.se"] == f"http://testserver{submission.get_absolute_url()}"
    assert (
        links["eva@lst.example.se"] == f"http://testserver/admin/feedback/submission/{submission.pk}/change/"
    )


def test_county_without_coordinators_is_written_to_at_its_own_address(client, team, anna, draft):
    team.municipality.county.contact_email = "lan@lst.example.se"
    team.municipality.county.save()

    client.post(review_url(team), read(client, team))

    assert ("feedback_received", "lan@lst.example.se") in sent()


def test_county_without_any_address_still_receives(client, team, anna, draft):
    client.post(review_url(team), read(client, team))

    assert sent() == [("feedback_receipt", "anna@halmstad.example.se")]
    assert Submission.objects.count() == 1


def test_mail_and_submission_come_together_or_not_at_all(client, team, anna, draft, monkeypatch):
    data = read(client, team)
    monkeypatch.setattr(submitting, "tell", lambda *_, **__: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        client.post(review_url(team), data)

    assert (Submission.objects.count(), Mail.objects.count()) == (0, 0)
    assert texts(team)[0] == "Stor nytta."


def test_reference_that_is_taken_is_replaced_and_nothing_is_lost(team, anna, draft, monkeypatch):
    taken, fresh = make_submission(make_team(), "Ett annat").reference, submitting.new_reference()
    monkeypatch.setattr(Submission._meta.get_field("reference"), "_get_default", lambda: taken)
    monkeypatch.setattr(submitting, "new_reference", lambda: fresh)

    submission = submitting.submit(team, key=draft.key, versions=draft.versions, by=anna)

    assert submission.reference == fresh
    assert submission.answers.first().text == "Stor nytta."


# Once ----------------------------------------------------------------------------------------------


def test_sending_again_gives_the_same_receipt(client, team, anna, draft):
    data = read(client, team)

    addresses = [client.post(review_url(team), data).url for _ in range(3)]

    assert addresses == [Submission.objects.get().get_absolute_url()] * 3
    assert len(sent()) == 1


def test_sending_again_gives_the_same_receipt_when_an_addition_is_begun_or_the_group_closed(
    client, team, anna, draft
):
    data = read(client, team)
    first = client.post(review_url(team), data).url
    save(client, team, open_draft(client, team, answer_1="Tillägg"))

    second = client.post(review_url(team), data).url
    team.close(by=anna)
    third = client.post(review_url(team), data).url

    assert first == second == third
    assert texts(team)[0] == "Tillägg"


def test_addition_is_a_submission_of_its_own(client, team, anna, draft):
    client.post(review_url(team), read(client, team))
    save(client, team, open_draft(client, team, answer_2="Ett tillägg"))

    client.post(review_url(team), read(client, team))

    assert Submission.objects.count() == 2
    assert [answer.text for answer in Submission.objects.first().answers.all()] == [
        "",
        "Ett tillägg",
        "",
        "",
        "",
    ]


def test_two_members_send_at_the_same_time(client, team, anna, draft, log_in):
    bo = Client()
    log_in(bo, make_member(team, name="Bo Ek"))
    hers, his = read(client, team), read(bo, team)

    addresses = [client.post(review_url(team), hers).url, bo.post(review_url(team), his).url]

    assert addresses == [Submission.objects.get().get_absolute_url()] * 2
    assert Submission.objects.get().submitted_by == anna


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("senders", [1, 8])
def test_eight_sendings_at_once_are_received_once(log_in, senders):
    make_question_set()
    team = make_team()
    make_staff("eva@lst.example.se", counties=[team.municipality.county], role="samordnare")
    make_draft(team, "Stor nytta.")
    clients = [Client() for _ in range(senders)]
    for client in clients:
        log_in(client, make_member(team))
    pages = [(client, read(client, team)) for client in clients] * (8 // senders)

    def send(number):
        client, data = pages[number]
        return client.post(review_url(team), data)

    answers = at_once(8, send)

    submission = Submission.objects.get()
    assert [answer.url for answer in answers] == [submission.get_absolute_url()] * 8
    assert submission.answers.count() == 5
    sender = submission.submitted_by.email
    assert sent()[0] == ("feedback_receipt", min(sender, team.contact().email))
    assert len(sent()) == len({sender, team.contact().email}) + 1


@pytest.mark.django_db(transaction=True)
def test_what_is_saved_while_the_answers_are_sent_is_either_sent_or_kept(log_in):
    make_question_set()
    team = make_team()
    sender, writer = Client(), Client()
    for client in (sender, writer):
        log_in(client, make_member(team))
    make_draft(team, "Första")
    posts = [
        (sender, review_url(team), read(sender, team)),
        (writer, draft_url(team), open_draft(writer, team, answer_2="I sista stund")),
    ]

    def send(number):
        client, address, data = posts[number]
        return client.post(address, data)

    sending, saving = at_once(2, send)

    statuses = (sending.status_code, saving.status_code)
    if statuses == (302, 409):  # Sent first: the writer has the text in the page.
        assert form_data(saving)["answer_2"] == "I sista stund"
        assert Submission.objects.get().answers.get(question__position=2).text == ""
    else:  # Saved first: nothing was sent unread.
        assert statuses == (409, 302)
        assert texts(team)[:2] == ["Första", "I sista stund"]
        assert Submission.objects.count() == 0


# Exactly what was read -----------------------------------------------------------------------------


def test_answer_changed_since_the_review_is_shown_before_anything_is_sent(client, team, anna, draft, log_in):
    bo = Client()
    log_in(bo, make_member(team, name="Bo Ek"))
    data = read(client, team)
    save(bo, team, open_draft(bo, team, answer_2="Ett samtalsstöd."))

    response = client.post(review_url(team), data)

    assert response.status_code == 409
    assert Submission.objects.count() == 0
    assert [link["href"] for link in soup(response).select(".govuk-error-summary a")] == ["#svar-2"]
    assert soup(response).find(id="svar-2")
    assert "Ett samtalsstöd." in main_text(response)
    client.post(review_url(team), form_data(response))
    assert Submission.objects.get().answers.get(question__position=2).text == "Ett samtalsstöd."


@pytest.mark.parametrize(
    "damage",
    [
        {"key": ""},
        {"key": "x"},
        {"key": str(uuid.UUID(int=0))},
        {"versions": ""},
        {"versions": "1-0-1-0-0-7"},
        {"versions": "\0"},
        {"versions": "9" * 10_000},
    ],
)
def test_damaged_form_sends_nothing_and_works_the_next_time(client, team, anna, draft, damage):
    response = client.post(review_url(team), read(client, team) | damage)

    assert response.status_code == 409
    assert Submission.objects.count() == 0
    assert client.post(review_url(team), form_data(response)).status_code == 302
    assert Submission.objects.count() == 1


def test_key_of_another_groups_submission_leads_nowhere(client, team, anna, draft):
    foreign = make_submission(make_team(), "Deras svar")

    response = client.post(review_url(team), read(client, team) | {"key": str(foreign.key)})

    assert response.status_code == 409
    assert "Deras svar" not in response.content.decode()
    assert team.submissions.count() == 0


def test_emptied_draft_is_not_sent(client, team, anna, draft):
    save(client, team, open_draft(client, team, answer_1="", answer_3=""))
    emptied = Draft.objects.of(team)

    response = client.post(review_url(team), {"key": str(emptied.key), "versions": emptied.versions})

    assert response.status_code == 409
    assert Submission.objects.count() == 0


def test_closed_group_sends_nothing(client, team, anna, draft):
    data = read(client, team)
    team.close(by=anna)

    response = client.post(review_url(team), data)

    assert response.url == draft_url(team)
    assert client.get(review_url(team)).url == draft_url(team)
    assert Submission.objects.count() == 0
    assert texts(team)[0] == "Stor nytta."


def test_draft_against_retired_questions_can_still_be_sent(client, team, anna, draft):
    from django.utils import timezone

    QuestionSet.objects.update(retired_at=timezone.now())

    client.post(review_url(team), read(client, team))

    assert Submission.objects.get().question_set.number == 1


def test_review_needs_few_queries(client, team, anna, draft, django_assert_max_num_queries):
    with django_assert_max_num_queries(8):
        response = client.get(review_url(team))

    assert "Stor nytta." in main_text(response)


def test_municipality_is_remembered_as_it_was(client, team, anna, draft):
    client.post(review_url(team), read(client, team))
    team.municipality = make_municipality("Laholm", code="1381")
    team.name = "Ett nytt namn"
    team.save()

    submission = Submission.objects.get()
    assert (submission.municipality.name, submission.team_name) == ("Halmstad", "Barn och unga")
