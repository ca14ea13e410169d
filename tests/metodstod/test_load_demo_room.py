"""The demo shows a group that is asked how it went, and questions that are being written."""

import pytest
from django.core.management import CommandError, call_command

from feedback.models import FollowUp, QuestionSet
from tests.factories import make_member, make_question_set, make_submission, make_team


def test_room_is_loaded_once(db, settings):
    settings.DEMO = True
    make_question_set(coming_back=(4,))
    team = make_team()
    make_submission(team, "", "", "", "Vi ska öva samtal.", submitted_by=make_member(team))

    for _ in range(2):
        call_command("load_demo_room")

    assert [asked.months for asked in FollowUp.objects.all()] == [3]
    assert [(one.number, one.is_published) for one in QuestionSet.objects.all()] == [(2, False), (1, True)]


def test_room_is_for_the_demo_alone(db, settings):
    settings.DEMO = False

    with pytest.raises(CommandError):
        call_command("load_demo_room")
