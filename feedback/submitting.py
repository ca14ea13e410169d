"""Hand a group's draft over to the authority: once, whatever is clicked, and exactly what the sender has read."""

from django.db import transaction
from django.urls import reverse

from metodstod import path
from metodstod.forms import write_once
from metodstod.mail import queue_mail
from metodstod.models import User
from metodstod.references import new_reference

from . import guarding
from .models import Answer, Draft, GuardCount, SearchableText, Submission


class NotAsRead(Exception):
    """The draft is not, or no longer, what the sender has read: nothing was sent."""


class NotDecided(Exception):
    """The draft holds what may point somebody out, and its sender has not said that it does not: nothing was sent."""


@transaction.atomic
def submit(team, *, key, versions, by, decided=False):
    """Turn the draft with this key into a submission, tell those concerned, and return it.

    Repeated, even when the draft is long gone, it returns the same submission and tells nobody again. `versions` are
    those that the sender has read; raises NotAsRead when the draft holds anything else. What is only suspected to point
    somebody out is sent when the sender has `decided` that it does not, an identity number never; else raises NotDecided.
    """
    draft = Draft.objects.locked().of(team)
    if draft is None or draft.key != key:
        if sent := team.submissions.filter(key=key).first():
            return sent
        raise NotAsRead
    if not team.is_open or draft.versions != versions or not draft.written:
        raise NotAsRead
    guard(draft, team, decided=decided)
    submission = receive(
        Submission(
            key=draft.key,
            team=team,
            municipality=team.municipality,
            team_name=team.name,
            workplace=team.workplace,
            field_of_work=team.field_of_work,
            lectures_seen=lectures_seen(team),
            question_set=draft.question_set,
            follows=first_of(team, draft.question_set),
            submitted_by=by,
        ),
        [(answer.question.text, answer.text) for answer in draft.answers.all()],
    )
    answers = Answer.objects.bulk_create(
        Answer(submission=submission, question=answer.question, text=answer.text)
        for answer in draft.answers.all()
    )
    SearchableText.of(submission, answers).save(force_insert=True)
    draft.delete()
    tell(submission, team, by=by)
    return submission


def guard(draft, team, *, decided):
    """Count what is sent after a decision; raises NotDecided where none has been or can be made."""
    found = [place.kind for _, places in guarding.places_in(draft, guarding.own_to(team)) for place in places]
    if any(kind.is_certain for kind in found) or (found and not decided):
        raise NotDecided
    if found:
        GuardCount.add(found, GuardCount.Outcome.SENT)


def first_of(team, question_set):
    """Return what the group has sent first in answer to these questions, which whatever comes later adds to, or None."""
    return team.submissions.filter(question_set=question_set, follows=None).order_by("submitted_at").first()


def receive(submission, answers):
    """Store the submission with its fingerprint; a reference that is taken already, once in a very long while, is replaced by another."""
    while True:
        try:
            return write_once(submission.seal(answers))[0]
        except Submission.DoesNotExist:
            submission.reference = new_reference()


def lectures_seen(team):
    """Return the lectures that the group has seen by now, as step 1 names them."""
    return list(path.items(team, 1))


def tell(submission, team, *, by):
    """Queue the receipt to the sender and the group's contact, and word to the county's coordinators."""
    contact = team.contact()
    for address in sorted({person.email for person in (by, contact) if person}):
        queue_mail(
            address,
            "feedback_receipt",
            {"submission": submission, "team": team, "path": submission.get_absolute_url()},
        )
    county = team.municipality.county
    addresses = {person.email for person in User.objects.coordinators(county)}
    for address in sorted(addresses or {county.contact_email} - {""}):
        queue_mail(
            address,
            "feedback_received",
            {
                "submission": submission,
                "municipality": team.municipality,
                "path": reverse("admin:feedback_submission_change", args=[submission.pk]),
            },
        )
