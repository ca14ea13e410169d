"""What grows has an end: which rows the queue removes by the clock, and when. docs/end-dates.md lists every table.

Each function removes one kind of row and returns how many. What someone has sent to the authority is never among them.
"""

import logging
from datetime import timedelta

from django.contrib.admin.models import LogEntry
from django.db import transaction
from django.db.models import ProtectedError, Q, RestrictedError
from django.utils import timezone
from django_q.models import Task

from .mail import REFUSED
from .models import Invitation, Mail, Session, User

MAIL_TEXT_KEPT = timedelta(days=30)
MAIL_KEPT = timedelta(days=365)
MAIL_TRIED = timedelta(days=90)
INVITATION_OPEN = timedelta(days=60)
INVITATION_KEPT = timedelta(days=90)
TASK_KEPT = timedelta(days=30)
ACCOUNT_IDLE = timedelta(days=2 * 365)
STAFF_EDITS_KEPT = timedelta(days=2 * 365)

logger = logging.getLogger(__name__)


def ago(age):
    return timezone.now() - age


def forget_text_of_mail():
    """Empty what a mail said. That it was sent, to whom and about what, is kept longer."""
    sent = Mail.objects.filter(delivered_at__lt=ago(MAIL_TEXT_KEPT))
    return sent.exclude(body="", calendar="").update(body="", calendar="")


def forget_mail():
    """Remove what was sent a year ago, and what nobody has been able to send for three months."""
    done = Q(delivered_at__lt=ago(MAIL_KEPT))
    refused = Q(last_error=REFUSED, created_at__lt=ago(MAIL_TRIED))
    in_vain = Q(delivered_at__isnull=True, created_at__lt=ago(MAIL_TRIED))
    return remove(Mail.objects.filter(done | refused | in_vain))


def forget_invitations():
    """Remove invitations that nobody has answered, and the answered ones when some time has gone."""
    unanswered = Q(answered_at__isnull=True, invited_at__lt=ago(INVITATION_OPEN))
    return remove(Invitation.objects.filter(unanswered | Q(answered_at__lt=ago(INVITATION_KEPT))))


def forget_sessions():
    """Remove the sessions that have lasted a working day; they let nobody in any more."""
    return remove(Session.objects.ended())


def forget_tasks():
    """Remove what the queue has noted about tasks that ended. What waits is in another table."""
    return remove(Task.objects.filter(stopped__lt=ago(TASK_KEPT)))


def forget_staff_edits():
    """Remove Django's own list of what staff changed in their pages; content has its own history."""
    return remove(LogEntry.objects.filter(action_time__lt=ago(STAFF_EDITS_KEPT)))


def forget_idle_accounts():
    """Remove people who have not logged in for two years and belong to no group. Whoever others' rows name stays."""
    since = ago(ACCOUNT_IDLE)
    idle = User.objects.filter(
        Q(last_login__lt=since) | Q(last_login__isnull=True, joined_at__lt=since),
        is_staff=False,
        memberships__isnull=True,
    )
    removed = 0
    for person in idle:
        try:
            with transaction.atomic():
                person.delete()
        except (ProtectedError, RestrictedError):
            continue  # What they decided or ended is kept, and who did it.
        removed += 1
    return removed


def remove(queryset):
    """Delete and return how many rows of the queryset's own kind that was."""
    return queryset.delete()[1].get(queryset.model._meta.label, 0)


JOBS = (
    forget_text_of_mail,
    forget_mail,
    forget_invitations,
    forget_sessions,
    forget_tasks,
    forget_staff_edits,
    forget_idle_accounts,
)


def forget():
    """Do all of it; by the clock. One that fails does not keep the others from being done."""
    failed = None
    for job in JOBS:
        try:
            if removed := job():
                logger.info("%s: %d", job.__name__, removed)
        except Exception as error:
            failed = error
    if failed:
        raise failed
