"""Answer a group: on its receipt page, with word by mail that there is something to read."""

from django.db import transaction

from metodstod.forms import write_once
from metodstod.mail import queue_mail
from metodstod.models import AccessLog

from .handling import handle
from .models import Reply, Submission

OPEN = {Submission.Status.NEW, Submission.Status.IN_WORK}


@transaction.atomic
def reply(submission, *, text, key, by):
    """Store the reply, tell the sender and the group's contact, and count the submission as answered; return whether it was new.

    Sent twice it is one reply. A submission that is done stays done.
    """
    status = Submission.objects.select_for_update().get(pk=submission.pk).status
    stored, is_new = write_once(Reply(submission=submission, text=text, key=key, by=by))
    if not is_new or stored.submission_id != submission.pk:
        return False
    people = (submission.submitted_by, submission.team.contact())
    for address in sorted({person.email for person in people if person and person.is_active}):
        queue_mail(
            address, "feedback_reply", {"submission": submission, "path": submission.get_absolute_url()}
        )
    if status in OPEN:
        submission.status = Submission.Status.ANSWERED
        handle(submission, changed=["status"], by=by)
    else:
        AccessLog.record(
            by,
            AccessLog.Action.CHANGED,
            submission,
            reference=submission.reference,
            county=submission.municipality.county,
        )
    return True
