"""Three and six months later the group's own plans come back by a link: asked once, answered once, part of the record."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from feedback import following
from feedback.models import FollowUp, FollowUpAnswer
from metodstod.models import AccessLog, Mail
from tests.factories import (
    make_county,
    make_member,
    make_question_set,
    make_staff,
    make_submission,
    make_team,
)
from tests.feedback.pages import main_text, soup
from tests.racing import at_once

SENT = datetime(2026, 8, 24, 9, 0, tzinfo=UTC)
LATER = datetime(2026, 11, 24, 10, 30, tzinfo=UTC)


@pytest.fixture
def team(db):
    make_question_set(coming_back=(4, 5))
    return make_team(name="Barn och unga")


@pytest.fixture
def anna(team):
    return make_member(team, email="anna@halmstad.example.se", name="Anna Lind")


@pytest.fixture
def submission(team, anna):
    plans = ["Nytta", "", "Tid", "Vi ska öva samtal.", "En träff i mars."]
    return make_submission(team, *plans, submitted_by=anna, submitted_at=SENT)


def ask(at=LATER):
    with time_machine.travel(at, tick=False):
        return following.ask_due()


def link(mail=None):
    mail = mail or Mail.objects.filter(purpose="feedback_how_did_it_go").latest("created_at")
    return re.search(r"/uppfoljning/\S+", mail.body)[0]


def answered(**fields):
    return {"went_4": "done", "text_4": "Det gick bra.", "went_5": "not_yet", "text_5": ""} | fields


@pytest.fixture
def address(submission):
    ask()
    return link()


@pytest.fixture(autouse=True)
def now():
    with time_machine.travel(LATER + timedelta(hours=1)):
        yield


# Asking --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "months"),
    [
        (datetime(2026, 11, 24, 8, 59, tzinfo=UTC), []),
        (datetime(2026, 11, 24, 10, 1, tzinfo=UTC), [3]),
        (datetime(2026, 12, 24, 9, 59, tzinfo=UTC), [3]),
        (datetime(2026, 12, 24, 10, 1, tzinfo=UTC), []),
        (datetime(2027, 2, 24, 10, 1, tzinfo=UTC), [6]),
        (datetime(2027, 4, 1, 9, 0, tzinfo=UTC), []),
    ],
)
def test_group_is_asked_when_three_and_six_months_have_gone(submission, at, months):
    ask(at)

    assert list(FollowUp.objects.values_list("months", flat=True)) == months


def test_end_of_month_is_asked_about_at_the_end_of_a_shorter_one():
    august = datetime(2026, 8, 31, 12, tzinfo=UTC)

    assert following.months_before(august, 6) == datetime(2026, 2, 28, 12, tzinfo=UTC)
    assert following.months_before(august, 3) == datetime(2026, 5, 31, 12, tzinfo=UTC)
    assert following.months_before(datetime(2026, 2, 1, tzinfo=UTC), 3) == datetime(2025, 11, 1, tzinfo=UTC)


def test_each_is_asked_once_however_often_the_clock_strikes(submission):
    assert [ask(), ask(LATER + timedelta(days=1)), ask(LATER + timedelta(days=2))] == [1, 0, 0]
    assert Mail.objects.count() == 1


def test_sender_and_contact_are_asked_by_the_same_link_if_they_are_still_there(team, anna, submission):
    bo = make_member(team, email="bo@halmstad.example.se")
    gone = make_member(team, email="borta@halmstad.example.se")
    make_submission(team, "", "", "", "Planen", submitted_by=bo, submitted_at=SENT)
    make_submission(team, "", "", "", "Planen", submitted_by=gone, submitted_at=SENT)
    team.memberships.filter(user=gone).delete()

    ask()

    mails = Mail.objects.filter(purpose="feedback_how_did_it_go")
    assert sorted(mails.values_list("to", flat=True)) == [anna.email, anna.email, anna.email, bo.email]
    assert len({link(mail) for mail in mails}) == 3
    assert not any("Planen" in mail.body or "öva" in mail.body for mail in mails)
    assert all(mail.secret for mail in mails)


def test_nobody_is_asked_about_answers_without_plans(team, anna):
    make_submission(team, "Nytta", submitted_by=anna, submitted_at=SENT)

    assert ask() == 0


def test_group_that_everyone_has_left_is_not_asked(team, anna, submission):
    team.memberships.all().delete()

    assert ask() == 0
    assert FollowUp.objects.count() == 0


def test_link_is_stored_hashed(address):
    token = address.strip("/").split("/")[1]

    asked = FollowUp.objects.get()

    assert len(token) == 22
    assert token not in repr(vars(asked))


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_ask_once():
    make_question_set(coming_back=(4,))
    team = make_team()
    member = make_member(team)
    make_submission(team, "", "", "", "Planen", submitted_by=member, submitted_at=SENT)

    asked = at_once(4, lambda _: following.ask_due())

    assert sorted(asked) == [0, 0, 0, 1]
    assert Mail.objects.count() == 1


# Answering -----------------------------------------------------------------------------------------


def test_page_shows_the_groups_own_plans_and_sets_no_cookie(client, address):
    response = client.get(address)

    text = main_text(response)
    assert "Vi ska öva samtal." in text
    assert "En träff i mars." in text
    assert "Tid" not in text
    assert not response.cookies
    assert response["Cache-Control"] == "no-store"
    assert response["Referrer-Policy"] == "no-referrer"
    assert soup(response).select_one("[data-leave-keys]") is None


def test_link_that_a_scanner_opens_does_nothing(client, address):
    for method in (client.get, client.head):
        assert method(address).status_code == 200

    assert FollowUp.objects.get().answered_at is None


def test_answer_is_received_once_and_the_county_is_told(client, submission, address, mailoutbox):
    make_staff("eva@lst.example.se", counties=[submission.municipality.county], role="samordnare")
    make_staff("annan@lst.example.se", counties=[make_county("14")], role="samordnare")

    response = client.post(address, answered(), follow=True)

    assert response.redirect_chain == [(address, 302)]
    assert "Tack, vi har fått ert svar" in main_text(response)
    assert list(FollowUpAnswer.objects.values_list("answer__question__position", "went", "text")) == [
        (4, "done", "Det gick bra."),
        (5, "not_yet", ""),
    ]
    told = Mail.objects.filter(purpose="feedback_went")
    assert [(mail.to, "gick bra" in mail.body) for mail in told] == [("eva@lst.example.se", False)]


def test_same_answer_again_is_the_same_receipt(client, address):
    for _ in range(3):
        assert client.post(address, answered()).status_code == 302

    assert FollowUpAnswer.objects.count() == 2


def test_second_member_is_shown_what_was_sent_and_gets_the_own_words_back(client, address):
    client.post(address, answered())

    response = client.post(address, answered(went_4="partly", text_4="Jag minns det annorlunda."))

    assert response.status_code == 409
    assert "Jag minns det annorlunda." in main_text(response)
    assert "inte sparat" in main_text(response)
    assert FollowUpAnswer.objects.get(answer__question__position=4).text == "Det gick bra."


@pytest.mark.django_db(transaction=True)
def test_eight_answers_at_once_are_received_once():
    make_question_set(coming_back=(4, 5))
    team = make_team()
    make_submission(team, "", "", "", "Ett", "Två", submitted_by=make_member(team), submitted_at=SENT)
    ask()
    address = link()

    answers = at_once(8, lambda number: Client().post(address, answered(text_4=f"Text {number}")))

    assert sorted(answer.status_code for answer in answers) == [302] + [409] * 7
    assert FollowUpAnswer.objects.count() == 2


def test_choice_is_needed_and_the_text_is_kept(client, address):
    response = client.post(address, {"text_4": "Det gick bra."})

    assert [link["href"] for link in soup(response).select(".govuk-error-summary a")] == [
        "#id_went_4_0",
        "#id_went_5_0",
    ]
    assert "Det gick bra." in soup(response).find(id="id_text_4").text
    assert FollowUpAnswer.objects.count() == 0


def test_identity_number_is_refused_and_masked_on_request(client, address):
    data = answered(text_4="Född 850709-9805.")

    response = client.post(address, data)
    client.post(address, data | {"mask": "1"})

    assert "personnummer" in soup(response).find(id="id_text_4_error").text
    assert FollowUpAnswer.objects.get(answer__question__position=4).text == "Född [personnummer borttaget]."


def test_suspected_words_are_sent_only_after_a_decision(client, address):
    data = answered(text_4="Ring Lisa på 070-174 06 05.")

    response = client.post(address, data)
    before = FollowUpAnswer.objects.count()
    client.post(address, data | {"decided": "on"})

    assert "Telefonnummer: ”Ring Lisa på 070-174 06 05.”" in main_text(response)
    assert (before, FollowUpAnswer.objects.count()) == (0, 2)


@pytest.mark.parametrize("text", ["a\0b", "x" * 10_000, "<script>alert(1)</script>{{ 7*7 }}", "\u202e😀"])
def test_odd_answer_is_no_fault_of_ours(client, address, text):
    response = client.post(address, answered(text_4=text, went_5=text))

    assert response.status_code == 200
    assert b"<script>alert" not in response.content


@pytest.mark.parametrize("token", ["x", "a" * 22, "a" * 400, "%00", "ÅÄÖ"])
def test_unknown_link_is_not_there(client, address, token):
    assert client.get(f"/uppfoljning/{token}/").status_code in {400, 404}


def test_link_ends(client, address):
    FollowUp.objects.update(expires_at=LATER)

    assert client.get(address).status_code == 404
    assert client.post(address, answered()).status_code == 404


def test_six_months_show_what_was_said_after_three(client, address):
    client.post(address, answered())
    ask(datetime(2027, 2, 24, 10, tzinfo=UTC))

    with time_machine.travel(datetime(2027, 2, 25, tzinfo=UTC)):
        text = main_text(client.get(link()))

    assert "För sex månader sedan" in text
    assert "Efter tre månader svarade ni: Det har blivit av. ”Det gick bra.”" in text


# The record ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        "feedback_followupanswer SET text = 'Annat'",
        "feedback_followupanswer SET went = 'otherwise'",
        "feedback_followup SET answered_at = NULL",
        "feedback_followup SET months = 6",
    ],
)
def test_database_keeps_what_was_answered(client, address, change):
    client.post(address, answered())

    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE {change}")

    assert FollowUpAnswer.objects.first().text == "Det gick bra."


def test_group_sees_how_it_went_on_its_receipt(client, address, submission, anna, log_in):
    client.post(address, answered())
    log_in(client, anna)

    assert "Efter tre månader: Det har blivit av. Det gick bra." in main_text(
        client.get(submission.get_absolute_url())
    )


def test_coordinator_reads_it_and_the_reading_is_noted(client, address, submission, coordinator, log_in):
    client.post(address, answered())
    log_in(client, coordinator)
    asked = FollowUp.objects.get()

    listed = client.get("/admin/feedback/followup/")
    response = client.get(reverse("admin:feedback_followup_change", args=[asked.pk]))

    assert submission.reference in listed.content.decode()
    assert "Det gick bra." in response.content.decode()
    assert "Vi ska öva samtal." in response.content.decode()
    row = AccessLog.objects.get()
    assert (row.who, row.action, row.reference) == (coordinator, "read", submission.reference)


def test_other_countys_coordinator_meets_a_closed_door(client, address, submission, log_in):
    client.post(address, answered())
    log_in(client, make_staff(counties=[make_county("14")], role="samordnare"))

    listed = client.get("/admin/feedback/followup/")
    response = client.get(
        reverse("admin:feedback_followup_change", args=[FollowUp.objects.get().pk]), follow=True
    )

    assert submission.reference not in listed.content.decode()
    assert "Det gick bra." not in response.content.decode()
    assert AccessLog.objects.count() == 0
