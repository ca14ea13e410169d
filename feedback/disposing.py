"""Dispose of what was received: proposed by one, approved by another, carried out, and told in a protocol that stays."""

from django.db import transaction
from django.utils import timezone

from metodstod.models import AccessLog

from .models import Answer, Disposal, DisposalItem, Submission

HELD = "Gallringsstopp."
GONE = "Redan gallrad."
NOT_DONE = "Inte klar."


class NotAllowed(Exception):
    """The disposal is not, or no longer, one that this person may take further. Says why, in Swedish."""


@transaction.atomic
def propose(submissions, *, by):
    """Return the proposed disposals, one a county, of those that are done and not held; raise NotAllowed if there are none."""
    eligible = submissions.filter(status=Submission.Status.DONE, held_at__isnull=True)
    found = {}
    for submission in eligible.with_content():
        county = submission.municipality.county
        if county not in found:
            found[county] = (Disposal.objects.create(county=county, proposed_by=by), [])
        disposal, items = found[county]
        items.append(item(disposal, submission))
    if not found:
        raise NotAllowed(
            "Bara återkoppling som är klar och saknar gallringsstopp kan gallras. Ingen av de valda är det."
        )
    for _, items in found.values():
        DisposalItem.objects.bulk_create(items)
    return [disposal for disposal, _ in found.values()]


def item(disposal, submission):
    return DisposalItem(
        disposal=disposal,
        received_id=submission.pk,
        reference=submission.reference,
        diary_number=submission.diary_number,
        municipality=submission.municipality.name,
        received_at=submission.submitted_at,
        answers=sum(bool(answer.text) for answer in submission.answers.all()),
        fingerprint=submission.fingerprint,
    )


@transaction.atomic
def decide(disposal, *, decision, reason):
    """Write which decision the disposal follows and which rule. Raises NotAllowed once somebody has approved it."""
    stored = Disposal.objects.select_for_update().get(pk=disposal.pk)
    if stored.approved_at:
        raise NotAllowed("Gallringen har godkänts. Beslutet står kvar som det var.")
    stored.decision, stored.reason = decision, reason
    stored.save(update_fields=["decision", "reason"])


@transaction.atomic
def approve(disposal, *, read, by):
    """Stand behind the disposal as the second person, who has read this decision and this rule. Raises NotAllowed."""
    stored = Disposal.objects.select_for_update().get(pk=disposal.pk)
    if stored.approved_at:
        raise NotAllowed("Gallringen är redan godkänd.")
    if read != (stored.decision, stored.reason):
        raise NotAllowed("Beslutet har ändrats sedan du öppnade sidan. Läs det igen innan du godkänner.")
    if stored.proposed_by == by:
        raise NotAllowed("Den som har föreslagit gallringen kan inte godkänna den. Be en kollega.")
    if not (stored.decision and stored.reason):
        raise NotAllowed("Ange beslutet och vilken regel det följer innan gallringen godkänns.")
    stored.approved_by, stored.approved_at = by, timezone.now()
    stored.save(update_fields=["approved_by", "approved_at"])
    note(stored, by)


@transaction.atomic
def carry_out(disposal, *, by):
    """Delete what the disposal names, but for what has been held or changed status since; return how many went. Raises NotAllowed."""
    stored = Disposal.objects.select_for_update().get(pk=disposal.pk)
    if not stored.approved_at:
        raise NotAllowed("Gallringen måste godkännas av en andra person innan den verkställs.")
    if stored.carried_out_at:
        raise NotAllowed("Gallringen är redan verkställd.")
    items = list(stored.items.all())
    # In one order, so that two disposals of the same submissions wait for each other and not crosswise.
    locked = Submission.objects.select_for_update().order_by("pk")
    submissions = locked.in_bulk([one.received_id for one in items])
    gone = []
    for one in items:
        one.left_out = why_left(submissions.get(one.received_id))
        if not one.left_out:
            gone.append(one.received_id)
    DisposalItem.objects.bulk_update(items, ["left_out"])
    delete(gone)
    stored.carried_out_at = timezone.now()
    stored.save(update_fields=["carried_out_at"])
    note(stored, by)
    return len(gone)


def why_left(submission):
    if submission is None:
        return GONE
    if submission.held_at:
        return f"{HELD} {submission.hold_reason}"[:200]
    return "" if submission.status == Submission.Status.DONE else NOT_DONE


def delete(keys):
    """Delete the submissions with all that hangs on them; what the access log says of them stays."""
    Answer.objects.filter(submission__in=keys).delete()
    Submission.objects.filter(pk__in=keys).delete()


def note(disposal, by):
    AccessLog.record(
        by, AccessLog.Action.CHANGED, disposal, reference=str(disposal.pk), county=disposal.county
    )
