"""Where a group stands in step 2."""

from datetime import UTC, datetime

import pytest
import time_machine
from django.urls import reverse

from feedback.stage import stage
from metodstod import path
from metodstod.path import Action, State
from tests.factories import make_draft, make_member, make_question_set, make_submission, make_team

AT = datetime(2026, 11, 24, 9, 32, tzinfo=UTC)


@pytest.fixture
def team(db):
    make_question_set()
    return make_team()


def draft_url(team):
    return reverse("feedback:draft", args=[team.pk])


def test_stage_before_anything_is_written(team):
    here = stage(team)

    assert (here.number, here.state) == (2, State.NOT_BEGUN)
    assert here.next == Action("Börja på svaren", draft_url(team))
    assert here in path.stages(team)


@time_machine.travel(AT, tick=False)
def test_stage_with_a_draft(team):
    make_draft(team, "Ett", "Två", by=make_member(team, name="Anna Lind"))

    here = stage(team)

    assert here.state == State.UNDER_WAY
    assert here.text == (
        "2 av 5 frågor har svar i utkastet. Sparat tisdag 24 november kl. 10.32 av Anna Lind."
    )
    assert here.next == Action("Fortsätt på svaren", draft_url(team))


@time_machine.travel(AT, tick=False)
def test_stage_when_sent(team):
    make_submission(team, "Förr", submitted_at=datetime(2026, 9, 1, tzinfo=UTC))
    submission = make_submission(team, "Nu", submitted_at=AT)

    here = stage(team)

    assert (here.state, here.next) == (State.DONE, None)
    assert here.text == f"Ni skickade era svar tisdag 24 november kl. 10.32. Referens {submission.reference}."
    assert here.links == (
        Action("Läs det ni skickade", submission.get_absolute_url()),
        Action("Skriv ett tillägg", draft_url(team)),
    )


def test_stage_with_an_addition_under_way(team):
    make_submission(team, "Nu")
    make_draft(team, "Mer")

    here = stage(team)

    assert here.state == State.DONE
    assert "Ni har börjat på ett tillägg." in here.text
    assert here.links[1].label == "Fortsätt på tillägget"


def test_stage_of_a_closed_group_offers_no_writing(team):
    team.close(by=make_member(team))
    not_begun = stage(team)
    submission = make_submission(team, "Nu")

    assert not_begun.next is None
    assert stage(team).links == (Action("Läs det ni skickade", submission.get_absolute_url()),)


def test_stage_tells_no_word_of_the_draft(team):
    make_draft(team, "En hemlighet")

    assert "hemlighet" not in str(stage(team))


def test_stage_needs_three_queries(team, django_assert_num_queries):
    make_draft(team, "Ett", by=make_member(team))
    make_submission(team, "Nu")

    with django_assert_num_queries(3):
        here = stage(team)

    assert here.state == State.DONE
