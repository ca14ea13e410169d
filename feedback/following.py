"""Ask a group, three and six months after it sent its answers, how it went with what it had planned."""

import calendar
from datetime import timedelta

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from metodstod.mail import queue_mail
from metodstod.models import User

from .models import (
    MONTHS,
    Answer,
    FollowUp,
    FollowUpAnswer,
    SearchableText,
    Submission,
    fingerprint,
    new_token,
)

LINK_LIFE = timedelta(days=60)
LATEST = 1  # month after it was due; later than that nobody is asked


def months_before(moment, months):
    """Return the same day and time so many months earlier, or the last day of that month."""
    year, month = divmod(moment.year * 12 + moment.month - 1 - months, 12)
    day = min(moment.day, calendar.monthrange(year, month + 1)[1])
    return moment.replace(year=year, month=month + 1, day=day)


def due(months, now):
    """Return the submissions that it is time to ask about: those that planned something."""
    return (
        Submission.objects.filter(
            submitted_at__lte=months_before(now, months),
            submitted_at__gt=months_before(now, months + LATEST),
            pk__in=Answer.objects.coming_back().values("submission"),
        )
        .exclude(follow_ups__months=months)
        .select_related("team", "submitted_by")
    )


def ask_due():
    """Ask about all that is due; run every day, it asks about each once. Returns how many were asked."""
    now = timezone.localtime()
    return sum(ask(submission, months) for months in MONTHS for submission in due(months, now))


@transaction.atomic
def ask(submission, months):
    """Mail the link to whoever sent the answers and to the contact, if they still are in the group; return whether so."""
    addresses = sorted({person.email for person in concerned(submission)})
    if not addresses or not submission.answers.coming_back().exists():
        return False
    token = new_token()
    FollowUp.objects.bulk_create(
        [
            FollowUp(
                submission=submission,
                months=months,
                token_hash=fingerprint(token),
                expires_at=timezone.now() + LINK_LIFE,
            )
        ],
        ignore_conflicts=True,
    )
    asked = FollowUp.objects.filter(token_hash=fingerprint(token)).first()
    if asked is None:  # Somebody else has asked meanwhile.
        return False
    for address in addresses:
        queue_mail(
            address,
            "feedback_how_did_it_go",
            {
                "follow_up": asked,
                "submission": submission,
                "path": reverse("feedback:follow_up", args=[token]),
            },
            secret=True,
        )
    return True


def concerned(submission):
    members = User.objects.filter(memberships__team=submission.team, is_active=True)
    sender = members.filter(pk=submission.submitted_by_id)
    return [*sender, *members.filter(memberships__is_contact=True, memberships__team=submission.team)]


@transaction.atomic
def receive(follow_up, given):
    """Store how it went, {answer: (went, text)}, once, and tell the county; return whether it was this time."""
    held = FollowUp.objects.select_for_update().get(pk=follow_up.pk)
    if held.answered_at:
        return False
    FollowUpAnswer.objects.bulk_create(
        FollowUpAnswer(follow_up=held, answer=answer, went=went, text=text)
        for answer, (went, text) in given.items()
    )
    SearchableText.add(held.submission, [text for _, text in given.values()])
    held.answered_at = timezone.now()
    held.save(update_fields=["answered_at"])
    tell(held)
    return True


def tell(follow_up):
    """Queue word to the county's coordinators, or to the county's own address."""
    submission = follow_up.submission
    county = submission.municipality.county
    addresses = {person.email for person in User.objects.coordinators(county)}
    for address in sorted(addresses or {county.contact_email} - {""}):
        queue_mail(
            address,
            "feedback_went",
            {
                "follow_up": follow_up,
                "submission": submission,
                "municipality": submission.municipality,
                "path": reverse("admin:feedback_followup_change", args=[follow_up.pk]),
            },
        )
