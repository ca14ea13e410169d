"""What the database itself keeps: what was received, and what was asked."""

from datetime import UTC, date, datetime

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from feedback.models import Answer, Draft, Question, QuestionSet, Submission, digest, in_words
from tests.factories import (
    make_county,
    make_draft,
    make_field_of_work,
    make_member,
    make_municipality,
    make_question_set,
    make_staff,
    make_submission,
    make_team,
    make_user,
)


def change(table, assignment):
    """Change a table past Django's own rules, as somebody with the database's password would."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET {assignment}")


@pytest.fixture
def submission(db):
    return make_submission(
        None, "Stor nytta.", field_of_work=make_field_of_work(), lectures_seen=["En", "Två"]
    )


def test_answer_cannot_be_changed(submission):
    with pytest.raises(IntegrityError):
        change("feedback_answer", "text = 'Ingen nytta.'")

    assert submission.answers.first().text == "Stor nytta."


def test_answer_cannot_move_to_another_question(submission):
    other = submission.question_set.questions.last()

    with pytest.raises(IntegrityError):
        change("feedback_answer", f"question_id = {other.pk} WHERE text <> ''")

    assert submission.answers.get(question=other).text == ""


@pytest.mark.parametrize(
    "assignment",
    [
        "reference = '222-222-222'",
        "submitted_at = '2020-01-01 00:00:00+00:00'",
        "team_name = 'En annan'",
        "workplace = 'En annan'",
        "field_of_work_id = NULL",
        "lectures_seen = '[]'",
    ],
)
def test_record_of_a_submission_cannot_be_changed(submission, assignment):
    with pytest.raises(IntegrityError):
        change("feedback_submission", assignment)

    stored = Submission.objects.get()
    assert (stored.reference, stored.submitted_at) == (submission.reference, submission.submitted_at)
    assert (stored.team_name, stored.workplace) == (submission.team_name, "Socialkontoret")
    assert (stored.field_of_work, stored.lectures_seen) == (submission.field_of_work, ["En", "Två"])


@pytest.mark.parametrize("column", ["team_id", "municipality_id", "question_set_id"])
def test_submission_cannot_move(submission, column):
    other = {
        "team_id": make_team().pk,
        "municipality_id": make_municipality("Borås", code="1490").pk,
        "question_set_id": make_question_set(2).pk,
    }

    with pytest.raises(IntegrityError), transaction.atomic():
        Submission.objects.update(**{column: other[column]})

    assert getattr(Submission.objects.get(), column) == getattr(submission, column)


def test_authority_works_on_a_submission(submission):
    submission.status = Submission.Status.IN_WORK
    submission.follow_up_on = date(2026, 12, 1)
    submission.diary_number = "801-1234-2026"

    submission.save()

    stored = Submission.objects.get()
    assert (stored.status, stored.follow_up_on) == ("in_work", date(2026, 12, 1))
    assert stored.answers.count() == 5


def test_sender_can_be_forgotten_but_not_replaced(submission):
    sender, other = make_user(), make_user()
    sent = make_submission(None, "Svar", submitted_by=sender)

    with pytest.raises(IntegrityError), transaction.atomic():
        Submission.objects.filter(pk=sent.pk).update(submitted_by=other)
    sender.delete()

    sent.refresh_from_db()
    assert sent.submitted_by is None


@pytest.mark.parametrize("assignment", ["number = 9", "title = 'Annat'", "published_at = NULL"])
def test_published_question_set_cannot_be_changed(db, assignment):
    question_set = make_question_set()

    with pytest.raises(IntegrityError):
        change("feedback_questionset", assignment)

    assert QuestionSet.objects.get() == question_set
    assert QuestionSet.objects.get().published_at == question_set.published_at


def test_published_question_set_can_be_retired(db):
    question_set = make_question_set()

    question_set.retired_at = timezone.now()
    question_set.full_clean()
    question_set.save()

    assert QuestionSet.objects.current() is None
    assert QuestionSet.objects.latest_published() == question_set


@pytest.mark.parametrize("assignment", ["text = 'Annat?'", "position = 9", "hint = 'Tänk'"])
def test_published_question_cannot_be_changed(db, assignment):
    make_question_set(questions=1)

    with pytest.raises(IntegrityError):
        change("feedback_question", assignment)

    assert Question.objects.get().text == "Fråga 1?"


def test_published_question_cannot_be_deleted(db):
    make_question_set(questions=1)

    with pytest.raises(IntegrityError), transaction.atomic():
        Question.objects.all()._raw_delete("default")

    assert Question.objects.count() == 1


def test_question_cannot_be_moved_out_of_or_into_a_published_set(db):
    published, unpublished = (
        make_question_set(questions=1),
        make_question_set(2, questions=1, published_at=None),
    )

    with pytest.raises(IntegrityError), transaction.atomic():
        Question.objects.filter(question_set=published).update(question_set=unpublished, position=7)
    with pytest.raises(IntegrityError), transaction.atomic():
        Question.objects.filter(question_set=unpublished).update(question_set=published, position=7)

    assert [question_set.questions.count() for question_set in (published, unpublished)] == [1, 1]


@pytest.mark.parametrize("begin", [make_draft, make_submission])
def test_set_that_is_being_answered_takes_no_more_questions(db, begin):
    question_set = make_question_set()
    begin(make_team())

    with pytest.raises(IntegrityError), transaction.atomic():
        Question.objects.create(question_set=question_set, position=6, text="En till?")

    assert question_set.questions.count() == 5


def test_unpublished_questions_are_free(db):
    question_set = make_question_set(published_at=None, questions=2)

    question_set.questions.update(text="Annat?")
    question_set.questions.last().delete()
    question_set.title = "Annat"
    question_set.save()

    assert [question.text for question in question_set.questions.all()] == ["Annat?"]


def test_what_the_database_refuses_is_first_said_in_words(db):
    question_set = make_question_set(questions=1)
    question = question_set.questions.get()
    question_set.title, question.text = "Annat", "Annat?"

    with pytest.raises(ValidationError, match="En publicerad frågeuppsättning kan inte ändras"):
        question_set.full_clean()
    with pytest.raises(ValidationError, match="En publicerad fråga kan inte ändras"):
        question.full_clean()


def test_refusal_repeats_no_typed_text(submission):
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        Answer.objects.update(text="Hemligt om en person")

    assert "Hemligt" not in str(refused.value)


def test_rules_can_be_taken_back_and_made_again(transactional_db):
    from django.db.migrations.executor import MigrationExecutor

    make_question_set(questions=1)

    MigrationExecutor(connection).migrate([("feedback", "0001_initial")])
    Question.objects.update(text="Annat?")
    # All of them again: the tests that follow have the same database.
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes("feedback"))

    assert Question.objects.get().text == "Annat?"
    with pytest.raises(IntegrityError), transaction.atomic():
        Question.objects.update(text="Något tredje?")


# Who sees what -------------------------------------------------------------------------------------


def test_draft_is_visible_to_its_members_only(db):
    team = make_team()
    member = make_member(team)
    draft = make_draft(team, "Öppet bara för oss")
    county = make_county("13")
    others = [
        make_user(municipality=team.municipality),
        make_staff(counties=[county], role="samordnare"),
        make_staff(role="programledare"),
        make_staff(is_superuser=True),
    ]
    as_staff = make_staff(counties=[county], role="samordnare", municipality=team.municipality)
    team.join(as_staff)

    assert list(Draft.objects.visible_to(member)) == [draft]
    assert [list(Draft.objects.visible_to(user)) for user in [*others, as_staff]] == [[]] * 5


def test_submission_is_visible_to_its_members_and_its_county(db):
    halland, vastra_gotaland = make_county("13"), make_county("14")
    team = make_team()
    submission = make_submission(team, "Svar")
    may = [
        make_member(team),
        make_staff(counties=[halland], role="samordnare"),
        make_staff(role="programledare"),
    ]
    may_not = [
        make_user(municipality=team.municipality),
        make_member(make_team()),
        make_staff(counties=[vastra_gotaland], role="samordnare"),
        make_staff(role="samordnare"),
        make_staff(counties=[halland], role="redaktör"),
        make_staff(counties=[halland]),
    ]

    assert [list(Submission.objects.visible_to(user)) for user in may] == [[submission]] * 3
    assert [list(Submission.objects.visible_to(user)) for user in may_not] == [[]] * 6


# Words ---------------------------------------------------------------------------------------------


@time_machine.travel(datetime(2026, 11, 24, 10, 0, tzinfo=UTC))
@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (datetime(2026, 11, 24, 9, 32, tzinfo=UTC), "tisdag 24 november kl. 10.32"),
        (datetime(2026, 7, 1, 22, 5, tzinfo=UTC), "torsdag 2 juli kl. 00.05"),
        (datetime(2025, 12, 31, 23, 30, tzinfo=UTC), "torsdag 1 januari kl. 00.30"),
        (datetime(2025, 12, 31, 22, 30, tzinfo=UTC), "onsdag 31 december 2025 kl. 23.30"),
        # The hour that comes twice when summer time ends, an hour apart.
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "söndag 25 oktober kl. 02.30"),
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "söndag 25 oktober kl. 02.30"),
    ],
)
def test_time_is_told_in_words(moment, words):
    assert in_words(moment) == words


def test_digest_tells_texts_apart():
    texts = ["", " ", "a", "A", "\u00e5", "a\u030a", "1-2", "12-"]

    assert len({digest(text) for text in texts}) == len(texts)
