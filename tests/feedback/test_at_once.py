"""Two coordinators, or one who presses twice, at the same moment: each act is done once and none undoes another."""

import uuid

import pytest
from django.test import Client
from django.urls import reverse

from feedback.disposing import NotAllowed, approve, carry_out, propose
from feedback.handling import correct
from feedback.models import Correction, Disposal, Reminder, Reply, StatusChange, Submission
from feedback.replying import reply
from metodstod.models import AccessLog, Mail
from tests.factories import (
    make_county,
    make_meeting,
    make_member,
    make_municipality,
    make_staff,
    make_submission,
    make_team,
)
from tests.racing import at_once

pytestmark = pytest.mark.django_db(transaction=True)

MANY = 8


@pytest.fixture
def karin(transactional_db):
    return make_staff(counties=[make_county("13")], role="samordnare", name="Karin Karlsson")


@pytest.fixture
def kim(transactional_db):
    return make_staff(counties=[make_county("13")], role="samordnare", name="Kim Kollega")


@pytest.fixture
def team(transactional_db):
    team = make_team(municipality=make_municipality("Halmstad", code="1380"))
    make_member(team)
    return team


@pytest.fixture
def submission(team):
    return make_submission(team, "Stor nytta.")


@pytest.fixture
def browsers(karin, kim, log_in):
    """A browser each, both with the inbox open."""
    clients = [Client(), Client()]
    for client, person in zip(clients, (karin, kim), strict=True):
        log_in(client, person)
    return clients


def page(name, *args):
    return reverse(f"admin:feedback_{name}", args=args)


def fresh(submission):
    return Submission.objects.select_related("municipality__county", "team", "submitted_by").get(
        pk=submission.pk
    )


# Replies -------------------------------------------------------------------------------------------


def test_reply_sent_many_times_at_once_is_one(browsers, submission):
    data = {"text": "Tack för svaren.", "key": str(uuid.uuid4())}

    answers = at_once(
        MANY, lambda number: browsers[number % 2].post(page("submission_reply", submission.pk), data)
    )

    assert [answer.status_code for answer in answers] == [302] * MANY
    assert Reply.objects.get().text == "Tack för svaren."
    assert Mail.objects.filter(purpose="feedback_reply").count() == 1
    assert StatusChange.objects.get().after == Submission.Status.ANSWERED


def test_two_replies_at_once_are_both_sent(browsers, submission):
    keys = [str(uuid.uuid4()), str(uuid.uuid4())]

    def send(number):
        data = {"text": f"Svar {number}", "key": keys[number]}
        return browsers[number].post(page("submission_reply", submission.pk), data).status_code

    answers = at_once(2, send)

    assert answers == [302, 302]
    assert sorted(Reply.objects.values_list("text", flat=True)) == ["Svar 0", "Svar 1"]
    assert StatusChange.objects.count() == 1


def test_reply_does_not_open_what_a_colleague_has_just_closed(karin, submission):
    as_it_was = fresh(submission)
    Submission.objects.update(status=Submission.Status.DONE)

    reply(as_it_was, text="Tack.", key=uuid.uuid4(), by=karin)

    assert Submission.objects.get().status == Submission.Status.DONE


# Reminders -----------------------------------------------------------------------------------------


def test_reminders_at_once_are_one(browsers, team):
    make_meeting(team)

    answers = at_once(
        MANY, lambda number: browsers[number % 2].post(page("submission_unanswered"), {"team": team.pk})
    )

    assert [answer.status_code for answer in answers] == [302] * MANY
    assert Reminder.objects.count() == 1
    assert Mail.objects.filter(purpose="feedback_reminder").count() == 1


# Corrections ---------------------------------------------------------------------------------------


def test_correction_noted_many_times_at_once_is_one(karin, submission):
    outcomes = at_once(MANY, lambda number: correct(fresh(submission), text="Det var nio.", by=karin))

    assert sorted(outcomes) == [False] * (MANY - 1) + [True]
    assert Correction.objects.get().text == "Det var nio."


def test_corrections_at_once_are_all_noted(karin, submission):
    at_once(MANY, lambda number: correct(fresh(submission), text=f"Rättelse {number}", by=karin))

    noted = sorted(Correction.objects.values_list("text", flat=True))
    assert noted == [f"Rättelse {number}" for number in range(MANY)]


# Work ----------------------------------------------------------------------------------------------


def test_what_two_take_at_once_becomes_one_persons(browsers, team):
    taken = [make_submission(team, "Ett") for _ in range(5)]
    data = {"action": "take", "_selected_action": [one.pk for one in taken]}

    answers = at_once(2, lambda number: browsers[number].post(page("submission_changelist"), data))

    assert [answer.status_code for answer in answers] == [302, 302]
    assert Submission.objects.values("assignee").distinct().count() == 1
    assert StatusChange.objects.count() == 5
    assert AccessLog.objects.filter(action=AccessLog.Action.CHANGED).count() == 5


def test_two_who_change_the_same_at_once_do_not_undo_each_other_unseen(browsers, submission):
    address = page("submission_change", submission.pk)
    shown = {f"initial-{name}": value for name, value in (("status", "new"), ("diary_number", ""))}
    rest = {"assignee": "", "follow_up_on": "", "hold_reason": ""}

    def save(number):
        data = {"status": "new", "diary_number": f"801-{number}-2026"}
        return browsers[number].post(address, shown | rest | data)

    answers = at_once(2, save)

    assert sorted(answer.status_code for answer in answers) == [200, 302]
    (told,) = [answer for answer in answers if answer.status_code == 200]
    assert "Någon annan har ändrat det här sedan du öppnade sidan." in told.content.decode()


# Disposal ------------------------------------------------------------------------------------------

DECISION = ("004-1-2026", "Gallras efter fem år.")


@pytest.fixture
def proposed(submission, karin):
    Submission.objects.update(status=Submission.Status.DONE)
    return propose_all(karin)


def propose_all(by):
    (disposal,) = propose(Submission.objects.all(), by=by)
    Disposal.objects.filter(pk=disposal.pk).update(decision=DECISION[0], reason=DECISION[1])
    return Disposal.objects.get(pk=disposal.pk)


def act(disposal, name):
    return page(f"disposal_{name}", disposal.pk)


def as_read(disposal):
    return {"decision": disposal.decision, "reason": disposal.reason}


def test_proposer_and_colleague_who_approve_at_once_are_two_people(browsers, proposed, karin, kim):
    at_once(MANY, lambda number: browsers[number % 2].post(act(proposed, "approve"), as_read(proposed)))

    stored = Disposal.objects.get()
    assert (stored.proposed_by, stored.approved_by) == (karin, kim)
    assert AccessLog.objects.filter(action=AccessLog.Action.CHANGED).count() == 1


def test_colleagues_who_approve_at_once_approve_once(proposed, kim):
    others = [kim, *(make_staff(counties=[make_county("13")], role="samordnare") for _ in range(MANY - 1))]

    outcomes = at_once(MANY, lambda number: approve(proposed, read=DECISION, by=others[number]))

    assert outcomes.count(None) == 1
    assert all(outcome is None or isinstance(outcome, NotAllowed) for outcome in outcomes)
    assert Disposal.objects.get().approved_by == others[outcomes.index(None)]


def test_decision_that_is_changed_at_the_moment_of_approval_is_not_approved_unread(browsers, proposed):
    def do(number):
        if number:
            return browsers[1].post(act(proposed, "approve"), as_read(proposed))
        return browsers[0].post(act(proposed, "change"), {"decision": "Ändrat", "reason": "Annat"})

    at_once(2, do)

    stored = Disposal.objects.get()
    approved_as_read = stored.approved_at and (stored.decision, stored.reason) == DECISION
    changed = not stored.approved_at and (stored.decision, stored.reason) == ("Ändrat", "Annat")
    assert approved_as_read or changed


def test_disposal_carried_out_at_once_is_carried_out_once(browsers, proposed, karin, kim):
    approve(proposed, read=DECISION, by=kim)

    outcomes = at_once(MANY, lambda number: carry_out(proposed, by=karin))

    assert outcomes.count(1) == 1
    assert sum(isinstance(outcome, NotAllowed) for outcome in outcomes) == MANY - 1
    assert Submission.objects.count() == 0
    assert Disposal.objects.get().items.get().left_out == ""


def test_two_disposals_of_the_same_at_once_dispose_of_each_once(team, karin, kim):
    for _ in range(10):
        make_submission(team, "Ett", status="done")
    disposals = [propose_all(karin), propose_all(kim)]
    for disposal, colleague in zip(disposals, (kim, karin), strict=True):
        approve(disposal, read=DECISION, by=colleague)

    outcomes = at_once(2, lambda number: carry_out(disposals[number], by=karin))

    assert sorted(outcomes) == [0, 10]
    assert Submission.objects.count() == 0


def test_hold_at_the_moment_of_disposal_holds_or_comes_too_late(browsers, submission, proposed, karin, kim):
    approve(proposed, read=DECISION, by=kim)
    data = {
        "status": "done",
        "assignee": "",
        "follow_up_on": "",
        "diary_number": "",
        "hold_reason": "Begäran",
    }

    def do(number):
        if number:
            return carry_out(proposed, by=karin)
        return browsers[0].post(page("submission_change", submission.pk), data).status_code

    held, gone = at_once(2, do)

    assert (held, gone, Submission.objects.count()) in [(302, 0, 1), (404, 1, 0)]


def test_reply_at_the_moment_of_disposal_is_kept_or_comes_too_late(
    browsers, submission, proposed, karin, kim
):
    approve(proposed, read=DECISION, by=kim)

    def do(number):
        if number:
            return carry_out(proposed, by=karin)
        data = {"text": "Tack.", "key": str(uuid.uuid4())}
        return browsers[0].post(page("submission_reply", submission.pk), data).status_code

    answered, gone = at_once(2, do)

    assert gone == 1
    assert answered in (302, 404)
    assert (Submission.objects.count(), Reply.objects.count()) == (0, 0)
