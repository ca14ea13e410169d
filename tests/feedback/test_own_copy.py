"""The group's own copy: tagged, the same each time, for members alone; and additions tied to what came first."""

from io import BytesIO

import pytest
from pypdf import PdfReader

from feedback.models import Submission
from tests.factories import make_draft, make_question_set, make_submission
from tests.feedback.pages import form_data, main_text, review_url


def copy_of(submission):
    return f"{submission.get_absolute_url()}kopia.pdf"


def send(client, team, *texts):
    make_draft(team, *texts)
    client.post(review_url(team), form_data(client.get(review_url(team))))
    return team.submissions.first()


@pytest.fixture
def submission(team, anna):
    return make_submission(
        team, "Stor nytta.\nOch *mer* #strong[x] å ä ö.", submitted_by=anna, lectures_seen=["En", "Två"]
    )


def test_copy_is_tagged_and_holds_what_was_sent(client, submission):
    response = client.get(copy_of(submission))

    reader = PdfReader(BytesIO(response.content))
    text = " ".join(" ".join(page.extract_text() for page in reader.pages).split())
    assert (
        response["Content-Disposition"] == f'attachment; filename="aterkoppling-{submission.reference}.pdf"'
    )
    assert "no-cache" in response["Cache-Control"]
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert b"pdfuaid:part" in reader.trailer["/Root"]["/Metadata"].get_data()
    for words in (
        submission.reference,
        submission.received,
        "Anna Lind",
        "1. Fråga 1? Stor nytta. Och *mer* #strong[x] å ä ö.",
        "2. Fråga 2? Inget svar.",
        "En, Två",
    ):
        assert words in text


def test_copy_is_the_same_each_time(client, submission):
    assert client.get(copy_of(submission)).content == client.get(copy_of(submission)).content


def test_copy_is_for_the_group_alone(client, submission, outsider, coordinator, log_in):
    log_in(client, outsider)
    assert client.get(copy_of(submission)).status_code == 404

    log_in(client, coordinator)
    response = client.get(copy_of(submission))

    assert (response.status_code, response.url) == (
        302,
        f"/admin/feedback/submission/{submission.pk}/change/",
    )


def test_receipt_leads_to_the_copy(client, submission):
    assert copy_of(submission) in client.get(submission.get_absolute_url()).content.decode()


def test_every_addition_is_tied_to_what_came_first(client, team, anna):
    first, second, third = (send(client, team, words) for words in ("Ett", "Två", "Tre"))

    assert [one.follows for one in (first, second, third)] == [None, first, first]
    assert f"ett tillägg, referens {third.reference}" in main_text(client.get(first.get_absolute_url()))
    assert f"Det är ett tillägg till svaren med referens {first.reference}" in main_text(
        client.get(third.get_absolute_url())
    )


def test_answers_to_new_questions_are_no_addition(client, team, anna):
    send(client, team, "Ett")
    team.submissions.first().question_set.retire()
    make_question_set(2)

    assert send(client, team, "Nytt").follows is None


def test_same_sending_twice_adds_nothing(client, team, anna):
    make_draft(team, "Ett")
    data = form_data(client.get(review_url(team)))

    for _ in range(2):
        client.post(review_url(team), data)

    assert Submission.objects.get().follows is None
