"""The page for everyone, and the receipt."""

import pytest
from django.urls import reverse
from django.utils import timezone

from feedback.models import QuestionSet
from feedback.views import reader
from metodstod.models import AccessLog, County
from tests.factories import (
    make_county,
    make_member,
    make_question_set,
    make_staff,
    make_submission,
    make_team,
)
from tests.feedback.pages import main_text, soup


@pytest.fixture
def submission(db):
    return make_submission(
        make_team(), "Stor nytta & <b>glädje</b>.\n\nMer.", lectures_seen=["Vad är människohandel?"]
    )


# Open to everyone ----------------------------------------------------------------------------------


def test_about_shows_the_questions_and_who_reads_the_answers(client, db):
    make_question_set()
    make_county("13", name="Hallands län", contact_name="Eva Ek", contact_email="eva.ek@lst.example.se")
    make_county("01", name="Stockholms län", participates=False, contact_name="Nils Nej")

    response = client.get(reverse("feedback:about"))

    text = main_text(response)
    assert all(f"Fråga {number}?" in text for number in range(1, 6))
    assert "Utkastet är stängt för länsstyrelsen." in text
    assert "allmän handling" in text
    assert "Eva Ek" in text
    assert "Nils Nej" not in text
    assert soup(response).select_one(f'main a[href="{reverse("team_list")}"]')


def test_about_is_the_same_to_everyone_and_leaves_no_cookie(client, db, django_assert_max_num_queries):
    make_question_set()

    # One of them asks whether what is kept is old.
    with django_assert_max_num_queries(4):
        response = client.get(reverse("feedback:about"))

    assert response.cookies == {}
    assert "Cookie" not in response.headers.get("Vary", "")


def test_about_without_questions_says_so(client, db):
    make_question_set(retired_at=timezone.now())
    make_question_set(2, published_at=None)

    assert "Just nu finns det inga frågor" in main_text(client.get(reverse("feedback:about")))


def test_newest_published_questions_are_the_ones_asked(client, db):
    make_question_set(1, questions=2)
    make_question_set(2, questions=3)
    make_question_set(3, questions=1, published_at=None)

    assert QuestionSet.objects.current().number == 2


@pytest.mark.parametrize(
    ("county", "words"),
    [
        ({}, "samordnaren på länsstyrelsen i ert län"),
        ({"authority": "Länsstyrelsen X"}, "samordnaren på Länsstyrelsen X"),
        ({"authority": "Länsstyrelsen X", "contact_name": "Eva Ek"}, "Eva Ek på Länsstyrelsen X"),
        (
            {"authority": "Länsstyrelsen X", "contact_name": "Eva Ek", "contact_title": "Samordnare för MVK"},
            "Eva Ek, samordnare för MVK, på Länsstyrelsen X",
        ),
    ],
)
def test_reader_is_told_as_far_as_is_known(county, words):
    assert reader(County(**county)) == words


# The receipt ---------------------------------------------------------------------------------------


def test_receipt_shows_the_answers_as_they_were_written(client, submission, log_in):
    log_in(client, make_member(submission.team))

    response = client.get(submission.get_absolute_url())

    answer = soup(response).select_one(".ms-answer__text")
    assert [part.text for part in answer.select("p")] == ["Stor nytta & <b>glädje</b>.", "Mer."]
    assert "Vad är människohandel?" in main_text(response)
    assert submission.received in main_text(response)


def test_receipt_is_found_by_a_reference_in_lower_case(client, submission, log_in):
    log_in(client, make_member(submission.team))

    response = client.get(
        submission.get_absolute_url().replace(submission.reference, submission.reference.lower())
    )

    assert f"Er referens {submission.reference}" in main_text(response)


def test_receipt_of_another_group_is_not_there(client, submission, outsider, log_in):
    log_in(client, outsider)

    foreign = client.get(submission.get_absolute_url())
    missing = client.get("/aterkoppling/222-222-222/")

    assert [foreign.status_code, missing.status_code] == [404, 404]
    assert foreign.content == missing.content.replace(b"222-222-222", submission.reference.encode())


def test_receipt_leads_the_countys_staff_to_where_the_reading_is_noted(
    client, submission, coordinator, log_in
):
    log_in(client, coordinator)

    response = client.get(submission.get_absolute_url())

    assert response.url == reverse("admin:feedback_submission_change", args=[submission.pk])
    assert AccessLog.objects.count() == 0


def test_receipt_is_not_there_for_another_countys_staff(client, submission, log_in):
    log_in(client, make_staff(counties=[make_county("14")], role="samordnare"))

    assert client.get(submission.get_absolute_url()).status_code == 404


def test_receipt_needs_few_queries(client, submission, log_in, django_assert_max_num_queries):
    log_in(client, make_member(submission.team))

    with django_assert_max_num_queries(14):
        response = client.get(submission.get_absolute_url())

    assert submission.reference in main_text(response)


def test_own_pages_are_kept_by_no_one_between(client, submission, log_in):
    log_in(client, make_member(submission.team))

    for address in (submission.get_absolute_url(), reverse("feedback:draft", args=[submission.team.pk])):
        assert client.get(address).headers["Cache-Control"] == "private, no-cache"
