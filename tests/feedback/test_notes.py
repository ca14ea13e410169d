"""Notes from a meeting in the draft: under the right question, however the rows lie in the database."""

import uuid

import pytest

from feedback.models import Draft, DraftVersion
from feedback.notes import DraftNotebook
from metodstod.notes import NotTaken
from tests.factories import make_draft, make_question_set, make_team


@pytest.fixture
def team(db):
    make_question_set()
    return make_team()


def add(team, texts, **fields):
    return DraftNotebook().add(team, texts, **{"of": "1", "key": uuid.uuid4(), "by": None} | fields)


def texts(team):
    return [answer.text for answer in Draft.objects.of(team).answers.all()]


def test_answers_stand_in_the_questions_order_whichever_was_written_last(team):
    for number in (5, 1, 3, 2, 4, 1):
        add(team, {number: f"Till {number}."})

    assert texts(team) == ["Till 1.\n\nTill 1.", "Till 2.", "Till 3.", "Till 4.", "Till 5."]


def test_note_is_a_paragraph_of_its_own_and_no_earlier_version(team):
    make_draft(team, "Vi såg filmen. \n")

    add(team, {1: "  Vi pratade.\n"})

    assert texts(team)[0] == "Vi såg filmen.\n\nVi pratade."
    assert DraftVersion.objects.count() <= 1


def test_questions_tell_what_is_written(team):
    make_draft(team, "", "Två.")

    word, questions = DraftNotebook().questions(team)

    assert word == "1"
    assert [(question.number, question.written) for question in questions] == [
        (1, ""),
        (2, "Två."),
        (3, ""),
        (4, ""),
        (5, ""),
    ]
    assert DraftNotebook().written(team)[2] == "Två."


@pytest.mark.parametrize("of", ["", "2", "x"])
def test_notes_for_other_questions_are_not_taken(team, of):
    with pytest.raises(NotTaken) as refused:
        add(team, {1: "Hej."}, of=of)

    assert list(refused.value.reasons) == [0]
    assert Draft.objects.of(team) is None


def test_question_that_does_not_exist_takes_nothing(team):
    with pytest.raises(NotTaken):
        add(team, {9: "Hej.", 1: "Hej."})

    assert Draft.objects.of(team) is None
