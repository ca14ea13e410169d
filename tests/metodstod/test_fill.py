"""Filling a database for measuring: quick, whole, and never where there is anyone's work."""

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from feedback.models import Answer, Passage, SearchableText, Submission, Theme
from lectures.models import Cue, Lecture
from metodstod.models import Team
from tests.factories import make_municipality, make_provider, make_question_set, make_team

pytestmark = pytest.mark.django_db


def fill():
    call_command("fill", submissions=30, teams=7, lectures=3, yes=True, verbosity=0)


def test_fill_makes_what_it_says_on_postgresql_alone(capsys):
    make_municipality(), make_provider(), make_question_set()
    Theme.objects.create(name="Tid")

    if connection.vendor == "sqlite":
        with pytest.raises(CommandError, match="needs PostgreSQL"):
            fill()
        return
    fill()

    assert (Team.objects.count(), Submission.objects.count(), Answer.objects.count()) == (7, 30, 150)
    assert (Lecture.objects.count(), SearchableText.objects.count()) == (3, 30)
    assert Cue.objects.exists()
    marked = Passage.objects.select_related("answer")
    assert 0 < len({passage.answer.submission_id for passage in marked}) <= 3
    assert all(passage.quote.endswith(".") for passage in marked)


def test_fill_leaves_a_database_with_work_in_it():
    make_question_set()
    make_team()

    with pytest.raises(CommandError, match=r"needs PostgreSQL|so it is left as it is"):
        fill()

    assert not Submission.objects.exists()
