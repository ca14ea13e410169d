"""Each table has a place in docs/end-dates.md, and each job by the clock removes only what has reached its end."""

import re
from datetime import timedelta
from fnmatch import fnmatchcase
from pathlib import Path

import pytest
import time_machine
from django.apps import apps
from django.contrib.admin.models import ADDITION, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.test import Client
from django.utils import timezone
from django.utils.module_loading import import_string
from django_q.models import Task

from feedback.end_dates import forget_drafts
from feedback.models import Draft
from metodstod import end_dates
from metodstod.mail import REFUSED, deliver, queue_mail
from metodstod.management.commands.schedule import BY_THE_CLOCK
from metodstod.models import Invitation, Mail, Session, User
from tests.factories import make_draft, make_member, make_submission, make_team, make_user

ROOT = Path(__file__).resolve().parent.parent
DAY = timedelta(days=1)


def test_every_table_has_an_end_or_a_reason():
    text = (ROOT / "docs" / "end-dates.md").read_text()
    first_cells = "".join(line.partition("|")[2].partition("|")[0] for line in text.splitlines())
    patterns = re.findall(r"`([\w*]+\.[\w*]+)`", first_cells)

    tables = [model._meta.label for model in apps.get_models(include_auto_created=True)]

    assert [name for name in tables if not any(fnmatchcase(name, pattern) for pattern in patterns)] == []
    assert [pattern for pattern in patterns if not any(fnmatchcase(name, pattern) for name in tables)] == []


def test_every_job_by_the_clock_leads_to_a_function():
    functions = {name: import_string(function) for name, (function, _, _) in BY_THE_CLOCK.items()}

    assert [name for name, function in functions.items() if not callable(function)] == []


def counts():
    """Return the number of rows of each table that is not empty."""
    found = {
        model._meta.label: model.objects.count() for model in apps.get_models() if hasattr(model, "objects")
    }
    return {label: count for label, count in found.items() if count}


def letter(**fields):
    mail = queue_mail("kim@halmstad.example.se", "login_code", {"code": "1234-5678", "minutes": 15})
    Mail.objects.filter(pk=mail.pk).update(**fields)
    return mail


@pytest.fixture
def world(db):
    """A group that has sent its answers and goes on with others; mail, an invitation, a member, a person without a place."""
    team = make_team()
    member = make_member(team)
    make_submission(team)
    make_draft(team, "Ett svar", by=member)
    Invitation.objects.create(team=team, email="ny@halmstad.example.se", invited_by=member)
    letter(delivered_at=timezone.now())
    person = make_user("ensam@halmstad.example.se", name="Ensam")
    LogEntry.objects.create(
        user=member,
        content_type=ContentType.objects.get_for_model(User),
        object_id=str(person.pk),
        object_repr="",
        action_flag=ADDITION,
    )
    now = timezone.now()
    for success in (True, False):
        Task.objects.create(id=f"{success}", name="x", func="x", started=now, stopped=now, success=success)
    User.objects.update(last_login=now)
    return team


def test_nothing_fresh_is_removed(world):
    before = counts()

    end_dates.forget()
    forget_drafts()

    assert counts() == before
    assert Mail.objects.exclude(body="").count() == Mail.objects.count()


@pytest.mark.parametrize(
    ("job", "last_day", "removes"),
    [
        (end_dates.forget_mail, end_dates.MAIL_KEPT, {"metodstod.Mail": 1}),
        (end_dates.forget_invitations, end_dates.INVITATION_OPEN, {"metodstod.Invitation": 1}),
        (
            end_dates.forget_tasks,
            end_dates.TASK_KEPT,
            {"django_q.Task": 2, "django_q.Success": 1, "django_q.Failure": 1},
        ),
        (end_dates.forget_staff_edits, end_dates.STAFF_EDITS_KEPT, {"admin.LogEntry": 1}),
        (end_dates.forget_idle_accounts, end_dates.ACCOUNT_IDLE, {"metodstod.User": 1}),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_job_removes_only_its_own_and_not_a_day_too_soon(world, job, last_day, removes):
    # What waits to be sent has an end of its own.
    Mail.objects.filter(delivered_at=None).delete()
    before = counts()
    with time_machine.travel(timezone.now() + last_day - DAY, tick=False):
        job()
        too_soon = counts()

    with time_machine.travel(timezone.now() + last_day + DAY, tick=False):
        job()

    after = counts()
    assert too_soon == before
    assert {
        label: before[label] - after.get(label, 0) for label in before if before[label] != after.get(label)
    } == removes


def test_sessions_that_have_ended_are_removed_and_no_others(client, social_worker):
    with time_machine.travel("2026-11-24 08:00+01:00", tick=False) as clock:
        client.force_login(social_worker)
        clock.shift(timedelta(hours=2))
        Client().force_login(social_worker)
        clock.shift(timedelta(hours=9, minutes=59))
        too_soon = end_dates.forget_sessions()
        clock.shift(timedelta(minutes=2))
        removed = end_dates.forget_sessions()

    assert (too_soon, removed, Session.objects.count()) == (0, 1, 1)


def test_text_of_a_mail_is_emptied_after_a_month_and_the_mail_kept(world):
    with time_machine.travel(timezone.now() + end_dates.MAIL_TEXT_KEPT + DAY, tick=False):
        emptied = end_dates.forget_text_of_mail()
        again = end_dates.forget_text_of_mail()

    sent = Mail.objects.filter(delivered_at__isnull=False)
    assert (emptied, again) == (sent.count(), 0)
    assert set(sent.values_list("body", flat=True)) == {""}
    assert not Mail.objects.filter(delivered_at__isnull=True, body="").exists()


def test_mail_that_waits_is_tried_for_three_months_and_its_task_then_ends(db):
    waiting, refused = letter(), letter(last_error=REFUSED)

    with time_machine.travel(timezone.now() + 89 * DAY, tick=False):
        assert end_dates.forget_mail() == 0
    with time_machine.travel(timezone.now() + 91 * DAY, tick=False):
        assert end_dates.forget_mail() == 2

    assert deliver(str(waiting.pk)) is None
    assert deliver(str(refused.pk)) is None


def test_answered_invitation_is_kept_three_months(world):
    Invitation.objects.update(answered_at=timezone.now(), accepted=True)

    with time_machine.travel(timezone.now() + 89 * DAY, tick=False):
        assert end_dates.forget_invitations() == 0
    with time_machine.travel(timezone.now() + 91 * DAY, tick=False):
        assert end_dates.forget_invitations() == 1


def test_idle_person_whom_a_record_names_stays(world):
    """Who ended a group is part of what happened."""
    person = User.objects.get(email="ensam@halmstad.example.se")
    type(world).objects.filter(pk=world.pk).update(closed_at=timezone.now(), closed_by=person)

    with time_machine.travel(timezone.now() + 1000 * DAY, tick=False):
        removed = end_dates.forget_idle_accounts()

    assert removed == 0
    assert User.objects.filter(pk=person.pk).exists()


def test_draft_ends_with_the_groups_work_and_what_was_sent_stays(world):
    before = counts()

    with time_machine.travel(timezone.now() + 700 * DAY, tick=False):
        assert forget_drafts() == 0
    type(world).objects.filter(pk=world.pk).update(closed_at=timezone.now(), closed_by=User.objects.first())
    with time_machine.travel(timezone.now() + 89 * DAY, tick=False):
        assert forget_drafts() == 0
    with time_machine.travel(timezone.now() + 91 * DAY, tick=False):
        assert forget_drafts() == 1

    gone = {label for label, count in before.items() if count != counts().get(label)}
    assert gone == {"feedback.Draft", "feedback.DraftAnswer"}


def test_draft_that_nobody_has_touched_for_two_years_ends(world):
    with time_machine.travel(timezone.now() + 731 * DAY, tick=False):
        forget_drafts()

    assert not Draft.objects.exists()


def test_job_that_fails_keeps_no_other_from_being_done(world, monkeypatch):
    done = []

    def fails():
        raise RuntimeError("x")

    monkeypatch.setattr(end_dates, "JOBS", (fails, lambda: done.append(1)))

    with pytest.raises(RuntimeError):
        end_dates.forget()

    assert done == [1]
