"""Disposal: by decision, by two people, with a protocol; and the database that refuses everything else."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from feedback.disposing import NotAllowed, approve, carry_out, propose
from feedback.models import (
    Answer,
    Disposal,
    DisposalItem,
    InternalNote,
    Passage,
    SearchableText,
    Submission,
    Theme,
)
from metodstod.models import AccessLog
from tests.factories import make_county, make_municipality, make_staff, make_submission, make_team

LIST = "/admin/feedback/submission/"
DECISION = ("004-1-2026", "Gallras efter fem år.")
AS_WRITTEN = {"decision": "004-1-2026", "reason": "Fem år."}


@pytest.fixture
def colleague(db):
    return make_staff(counties=[make_county("13")], role="samordnare", name="Kim Kollega")


@pytest.fixture
def submission(db):
    team = make_team(name="Barn och unga", municipality=make_municipality("Halmstad", code="1380"))
    return make_submission(team, "Stor nytta.", "Stöd.", status="done", diary_number="801-7-2026")


@pytest.fixture
def proposed(submission, coordinator):
    (disposal,) = propose(Submission.objects.all(), by=coordinator)
    disposal.decision, disposal.reason = DECISION
    disposal.save()
    return disposal


@pytest.fixture
def approved(proposed, colleague):
    approve(proposed, read=DECISION, by=colleague)
    return Disposal.objects.get()


def refused(act, *args, **kwargs):
    with pytest.raises(IntegrityError), transaction.atomic():
        act(*args, **kwargs)
    return True


def sql(statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)


# The acts ------------------------------------------------------------------------------------------


def test_only_what_is_done_and_not_held_is_proposed(submission, coordinator):
    make_submission(submission.team, "Ny")
    held = make_submission(submission.team, "Stoppad", status="done")
    Submission.objects.filter(pk=held.pk).update(
        hold_reason="Begäran", held_at=held.submitted_at, held_by=coordinator
    )

    (disposal,) = propose(Submission.objects.all(), by=coordinator)

    item = disposal.items.get()
    assert (item.received_id, item.reference, item.diary_number) == (
        submission.pk,
        submission.reference,
        "801-7-2026",
    )
    assert (item.answers, item.fingerprint) == (2, submission.fingerprint)


def test_nothing_to_propose(submission, coordinator):
    with pytest.raises(NotAllowed):
        propose(Submission.objects.exclude(pk=submission.pk), by=coordinator)

    assert Disposal.objects.count() == 0


def test_the_proposer_cannot_approve(proposed, coordinator, colleague):
    with pytest.raises(NotAllowed):
        approve(proposed, read=DECISION, by=coordinator)
    assert Disposal.objects.get().approved_at is None

    approve(proposed, read=DECISION, by=colleague)

    assert Disposal.objects.get().approved_by == colleague


def test_nothing_is_approved_without_a_decision(submission, coordinator, colleague):
    (disposal,) = propose(Submission.objects.all(), by=coordinator)

    with pytest.raises(NotAllowed):
        approve(disposal, read=("", ""), by=colleague)


def test_nothing_is_carried_out_before_it_is_approved(proposed, colleague):
    with pytest.raises(NotAllowed):
        carry_out(proposed, by=colleague)

    assert Submission.objects.count() == 1


def test_carried_out_it_leaves_the_protocol_alone(approved, submission, coordinator, colleague):
    InternalNote.objects.create(submission=submission, text="Hemligt.")
    answer = submission.answers.first()
    Passage.of(answer, theme=Theme.objects.create(name="Stöd"), start=0, end=4).save()
    fingerprint, reference = submission.fingerprint, submission.reference

    number = carry_out(approved, by=colleague)

    assert number == 1
    kept = [Submission, Answer, InternalNote, Passage, SearchableText]
    assert [model.objects.count() for model in kept] == [0] * 5
    item = DisposalItem.objects.get()
    assert (item.reference, item.fingerprint, item.left_out) == (reference, fingerprint, "")
    assert AccessLog.objects.filter(who=colleague, kind="gallring").count() == 2
    with pytest.raises(NotAllowed):
        carry_out(approved, by=colleague)


def test_what_has_been_held_since_is_left_and_told(approved, submission, coordinator, colleague):
    Submission.objects.update(
        hold_reason="Begäran om utlämnande", held_at=submission.submitted_at, held_by=coordinator
    )

    assert carry_out(approved, by=colleague) == 0

    assert Submission.objects.count() == 1
    assert DisposalItem.objects.get().left_out == "Gallringsstopp. Begäran om utlämnande"


# What the database refuses -------------------------------------------------------------------------


def test_database_refuses_to_delete_what_no_two_people_have_decided_on(proposed, submission):
    assert refused(sql, "DELETE FROM feedback_answer")
    assert refused(sql, f"DELETE FROM feedback_answer WHERE submission_id = '{key(submission.pk)}'")
    SearchableText.objects.all().delete()
    assert refused(sql, "DELETE FROM feedback_submission")
    assert Answer.objects.count() == 5


def test_database_refuses_to_delete_what_is_held_although_approved(approved, submission, coordinator):
    Submission.objects.update(hold_reason="Begäran", held_at=submission.submitted_at, held_by=coordinator)

    assert refused(sql, "DELETE FROM feedback_answer")


def test_database_refuses_one_person_as_both(proposed, coordinator):
    assert refused(Disposal.objects.update, approved_by=coordinator, approved_at=proposed.proposed_at)


def test_database_keeps_an_approved_disposal_as_it_was_approved(approved, submission):
    other = make_submission(submission.team, "Annan", status="done")
    item = DisposalItem.objects.get()

    assert refused(Disposal.objects.update, decision="Något annat")
    assert refused(Disposal.objects.update, reason="Något annat")
    assert refused(Disposal.objects.all().delete)
    assert refused(DisposalItem.objects.all().delete)
    assert refused(DisposalItem.objects.update, received_id=other.pk)
    assert refused(
        DisposalItem.objects.create,
        disposal=approved,
        received_id=other.pk,
        reference=other.reference,
        municipality="x",
        received_at=item.received_at,
        fingerprint="x",
    )


def test_database_keeps_the_protocol(approved, colleague):
    carry_out(approved, by=colleague)

    assert refused(Disposal.objects.update, carried_out_at=None)
    assert refused(DisposalItem.objects.update, left_out="x")
    assert refused(Disposal.objects.all().delete)


def key(uuid):
    return uuid.hex if connection.vendor == "sqlite" else str(uuid)


# In admin ------------------------------------------------------------------------------------------


def change(disposal):
    return reverse("admin:feedback_disposal_change", args=[disposal.pk])


def act(disposal, name):
    return reverse(f"admin:feedback_disposal_{name}", args=[disposal.pk])


def test_two_coordinators_dispose_in_admin(client, log_in, submission, coordinator, colleague):
    log_in(client, coordinator)
    client.post(LIST, {"action": "propose_disposal", "_selected_action": [submission.pk]})
    disposal = Disposal.objects.get()
    client.post(change(disposal), AS_WRITTEN)
    client.post(act(disposal, "approve"), AS_WRITTEN)
    not_by_oneself = Disposal.objects.get().approved_at
    log_in(client, colleague)
    offered = b"Godk\xc3\xa4nn gallringen" in client.get(change(disposal)).content

    client.post(act(disposal, "approve"))
    unread = Disposal.objects.get().approved_at
    client.post(act(disposal, "approve"), AS_WRITTEN)
    client.post(change(disposal), {"decision": "Ändrat efteråt", "reason": "x"})
    client.post(act(disposal, "carry_out"))

    stored = Disposal.objects.get()
    assert (not_by_oneself, unread) == (None, None)
    assert offered
    assert (stored.decision, stored.approved_by) == ("004-1-2026", colleague)
    assert stored.carried_out_at is not None
    assert Submission.objects.count() == 0
    protocol = client.get(act(disposal, "protocol"))
    assert protocol.content.startswith(b"%PDF")
    assert submission.reference in client.get(change(disposal)).content.decode()


def test_proposal_is_taken_back_until_it_is_approved(client, log_in, proposed, coordinator, colleague):
    address = reverse("admin:feedback_disposal_delete", args=[proposed.pk])
    log_in(client, coordinator)
    approve(proposed, read=DECISION, by=colleague)
    refused_when_approved = client.post(address, {"post": "yes"}).status_code
    Disposal.objects.update(approved_by=None, approved_at=None)

    client.post(address, {"post": "yes"})

    assert refused_when_approved == 403
    assert Disposal.objects.count() == 0
    assert Submission.objects.count() == 1


def test_another_countys_disposal_is_not_there(client, log_in, approved):
    log_in(client, make_staff(counties=[make_county("14")], role="samordnare"))

    answers = [
        client.get(change(approved)).status_code,
        client.get(act(approved, "protocol")).status_code,
        client.post(act(approved, "approve")).status_code,
        client.post(act(approved, "carry_out")).status_code,
        client.get("/admin/feedback/disposal/").content.decode().count("004-1-2026"),
    ]

    assert answers == [404, 404, 404, 404, 0]
    assert Submission.objects.count() == 1


# The command ---------------------------------------------------------------------------------------


def test_command_shows_first_and_disposes_when_told(approved, submission):
    shown, done, after = StringIO(), StringIO(), StringIO()

    call_command("dispose", stdout=shown)
    still_there = Submission.objects.count()
    call_command("dispose", "--carry-out", "--yes", stdout=done)
    call_command("dispose", "--carry-out", stdout=after)

    assert still_there == 1
    assert Submission.objects.count() == 0
    for text in (shown.getvalue(), done.getvalue()):
        assert "004-1-2026" in text
        assert submission.reference in text
        assert "godkänd av Kim Kollega" in text
    assert "gallrad" in done.getvalue()
    assert after.getvalue() == "Nothing is approved for disposal.\n"


def test_command_disposes_of_nothing_where_nobody_can_be_asked(approved, monkeypatch):
    monkeypatch.setattr("sys.stdin", StringIO(""))

    with pytest.raises(CommandError, match="add --yes"):
        call_command("dispose", "--carry-out", stdout=StringIO())

    assert Submission.objects.count() == 1
    assert Disposal.objects.get().carried_out_at is None


def test_command_says_when_somebody_else_has_carried_it_out_meanwhile(approved, coordinator, monkeypatch):
    terminal = StringIO()
    terminal.isatty = lambda: True
    terminal.readline = lambda: carry_out(approved, by=coordinator) and "y"
    monkeypatch.setattr("sys.stdin", terminal)

    with pytest.raises(CommandError, match="Gallringen är redan verkställd"):
        call_command("dispose", "--carry-out", stdout=StringIO())

    assert Submission.objects.count() == 0
