"""A coordinator's work on a submission: what changes, what is corrected, a note to colleagues, and who did it."""

from django.db import transaction
from django.utils import timezone

from metodstod.models import AccessLog

from .models import Correction, InternalNote, StatusChange, Submission

FIELDS = ("status", "assignee", "follow_up_on", "diary_number", "hold_reason")


@transaction.atomic
def handle(submission, *, changed, note="", by):
    """Store the fields named in `changed`, and no others, so that two coordinators do not undo each other."""
    stored = Submission.objects.select_for_update().get(pk=submission.pk)
    changed = [name for name in FIELDS if name in changed]
    fields = list(changed)
    if "hold_reason" in changed:
        hold(submission, by=by if not stored.hold_reason else stored.held_by, since=stored.held_at)
        fields += ["held_at", "held_by"]
    if fields:
        submission.save(update_fields=fields)
    if stored.status != submission.status and "status" in changed:
        StatusChange.objects.create(
            submission=submission, before=stored.status, after=submission.status, by=by
        )
    if note:
        InternalNote.objects.create(submission=submission, text=note, by=by)
    if fields or note:
        log(submission, AccessLog.Action.CHANGED, by=by)


@transaction.atomic
def take(submissions, *, by):
    """Make this person the assignee of those that nobody has, also when another takes them at the same moment; return how many."""
    free = list(submissions.filter(assignee__isnull=True).select_for_update(of=("self",)))
    new = [one for one in free if one.status == Submission.Status.NEW]
    Submission.objects.filter(pk__in=[one.pk for one in free]).update(assignee=by)
    Submission.objects.filter(pk__in=[one.pk for one in new]).update(status=Submission.Status.IN_WORK)
    StatusChange.objects.bulk_create(
        StatusChange(submission=one, before=one.status, after=Submission.Status.IN_WORK, by=by) for one in new
    )
    for one in free:
        log(one, AccessLog.Action.CHANGED, by=by)
    return len(free)


@transaction.atomic
def correct(submission, *, text, by):
    """Store a correction beside the record, and return whether it was new: the same words twice are one correction."""
    Submission.objects.select_for_update().get(pk=submission.pk)
    if submission.corrections.filter(text=text).exists():
        return False
    Correction.objects.create(submission=submission, text=text, by=by)
    log(submission, AccessLog.Action.CHANGED, by=by)
    return True


def log(submission, action, *, by):
    """Note in the access log that the submission was read, changed or taken out."""
    AccessLog.record(
        by,
        action,
        submission,
        reference=submission.reference,
        county=submission.municipality.county,
    )


def hold(submission, *, by, since):
    """Let the submission be held from disposal as long as there is a reason."""
    held = bool(submission.hold_reason)
    submission.held_at = (since or timezone.now()) if held else None
    submission.held_by = by if held else None
