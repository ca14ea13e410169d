"""What the group asks for: sent once, changed, taken back."""

import uuid
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from metodstod.forms import write_once
from metodstod.references import new_reference

from . import booking, joint, letters, mandate, open_times, partner
from .acts import Conflict, TooMany, acting, must_be_of_the_group, note
from .models import Act, Consultation, Mandate, Party

# What a mandate is for. Wished times are not: finding a time is between the group and the coordinator.
SCOPE = ("need", "form", "place", "minutes", "participants", "open_to_joint")
WRITTEN = ("need", "form", "place", "minutes", "participants", "wished_times")
ALREADY_SENT = (
    "Förfrågan är redan skickad, med andra ord än de här. Vill ni ändra den öppnar ni den från gruppens sida. "
    "Skickar ni det här blir det en förfrågan till."
)
ASKED_A_DAY = 10


@transaction.atomic
def ask(consultation, *, target_groups, partners, manager, by, open_time=None, joint_meeting=None):
    """Store the request once, ask the manager, and tell the coordinators and the group.

    `open_time` is a published time that the group wants: when someone else has got it, nothing is stored.
    `joint_meeting` is one it wants a seat in: when it is no longer open, nothing is stored either.

    Returns the stored row; sent again with the same key it is the same row and nothing more happens.
    """
    consultation.asked_by = by
    consultation.open_to_joint = consultation.open_to_joint or joint_meeting is not None
    must_not_flood(consultation)
    stored, created = write_with_reference(consultation)
    if not created:
        if (stored.team_id, stored.asked_by) != (consultation.team_id, by):
            raise Conflict("Formuläret har redan använts till något annat. Läs igenom och skicka igen.")
        if any(getattr(stored, name) != getattr(consultation, name) for name in WRITTEN):
            raise Conflict(ALREADY_SENT)
        return stored
    must_be_of_the_group(stored, by)
    stored.target_groups.set(target_groups)
    lead = Party.objects.create(consultation=stored, municipality=stored.team.municipality, is_lead=True)
    Party.objects.bulk_create([Party(consultation=stored, municipality=place) for place in partners])
    note(stored, Act.Kind.ASKED, by=by)
    mandate.ask(lead, manager, because=Mandate.Voided.AGAIN)
    letters.tell(letters.coordinators(stored), "consultation_asked", stored)
    letters.tell(letters.members(stored), "consultation_receipt", stored)
    if joint_meeting:
        joint.ask_to_join(joint_meeting, stored, by=by)
    if open_time:
        open_times.choose(stored, open_time, by=by, key=uuid.uuid4())
    return stored


def must_not_flood(consultation):
    """Each request mails a manager and the coordinators: a group has no use for very many a day."""
    day = timezone.now() - timedelta(days=1)
    others = consultation.team.consultations.filter(asked_at__gte=day).exclude(key=consultation.key)
    if others.count() >= ASKED_A_DAY:
        raise TooMany


def write_with_reference(consultation):
    """Insert the row, with another reference in the rare case that someone else's has the same."""
    for _ in range(3):
        try:
            return write_once(consultation)
        except Consultation.DoesNotExist:
            consultation.reference = new_reference()
    return write_once(consultation)


def change(consultation, changes, *, target_groups, partners, seen_scope, by, key):
    """Change what is asked. The mandate becomes void and the manager is asked anew; times stay as they are.

    Proposed times are still offered, and a chosen time is kept but waits for the new mandate: the
    coordinator's calendar is not to fall apart because a word was put right. Changed wishes about times
    alone touch no mandate. `seen_scope` is the one the writer had before their eyes.
    """
    with acting(consultation, Act.Kind.CHANGED, by=by, key=key) as current:
        if current is None:
            return
        must_be_of_the_group(current, by)
        if current.scope != seen_scope:
            raise Conflict("Någon annan i gruppen ändrade förfrågan medan du skrev.")
        new_scope = differs(current, changes, target_groups, partners)
        if not new_scope and current.wished_times == changes["wished_times"]:
            return
        for name, value in changes.items():
            setattr(current, name, value)
        current.scope += int(new_scope)
        current.save(update_fields=[*changes, "scope"])
        current.target_groups.set(target_groups)
        keep_partners(current, partners)
        note(current, Act.Kind.CHANGED, by=by, key=key)
        if new_scope:
            mandate.ask_those_it_concerns(current, because=Mandate.Voided.CHANGED)
        letters.tell(letters.coordinators(current), "consultation_changed", current)
        booking.settle(current)


def differs(consultation, changes, target_groups, partners):
    """Whether what a manager gives a mandate for is changed."""
    parties = consultation.parties.filter(is_lead=False).exclude(answer=Party.Answer.REMOVED)
    municipalities = parties.values_list("municipality", flat=True)
    return (
        any(name in changes and getattr(consultation, name) != changes[name] for name in SCOPE)
        or set(consultation.target_groups.all()) != set(target_groups)
        or set(municipalities) != {place.pk for place in partners}
    )


def keep_partners(consultation, partners):
    """Let the others be those chosen now. One that was let go and is wanted again is asked as if for the first time."""
    for party in consultation.parties.filter(is_lead=False).exclude(municipality__in=partners):
        partner.remove(party)
    consultation.parties.filter(municipality__in=partners, answer=Party.Answer.REMOVED).update(
        answer="", answered_at=None, invited_at=None, invited_by=None
    )
    Party.objects.bulk_create(
        [Party(consultation=consultation, municipality=place) for place in partners], ignore_conflicts=True
    )


def withdraw(consultation, reason, *, by, key):
    """Take the request back; a chosen time is cancelled in everyone's calendar."""
    with acting(consultation, Act.Kind.WITHDRAWN, by=by, key=key) as current:
        if current is None:
            return
        must_be_of_the_group(current, by)
        booking.end(current, Consultation.Status.WITHDRAWN, by=by)
        note(current, Act.Kind.WITHDRAWN, by=by, key=key, text=reason)
