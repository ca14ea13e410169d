"""What the group asks for: sent once, changed, taken back."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from metodstod.forms import write_once
from metodstod.references import new_reference

from . import booking, letters, mandate
from .acts import Conflict, TooMany, acting, must_be_of_the_group, note
from .models import Act, Consultation, Mandate, Party

# What a mandate is for. Wished times are not: finding a time is between the group and the coordinator.
SCOPE = ("need", "form", "place")
ASKED_A_DAY = 10


@transaction.atomic
def ask(consultation, *, target_groups, partners, manager, by):
    """Store the request once, ask the manager, and tell the coordinators and the group.

    Returns the stored row; sent again with the same key it is the same row and nothing more happens.
    """
    consultation.asked_by = by
    must_not_flood(consultation)
    stored, created = write_with_reference(consultation)
    if not created:
        if (stored.team_id, stored.asked_by) != (consultation.team_id, by):
            raise Conflict("Formuläret har redan använts till något annat. Läs igenom och skicka igen.")
        return stored
    must_be_of_the_group(stored, by)
    stored.target_groups.set(target_groups)
    Party.objects.create(consultation=stored, municipality=stored.team.municipality, is_lead=True)
    Party.objects.bulk_create([Party(consultation=stored, municipality=place) for place in partners])
    note(stored, Act.Kind.ASKED, by=by)
    mandate.ask(stored, manager, because=Mandate.Voided.AGAIN)
    letters.tell(letters.coordinators(stored), "consultation_asked", stored)
    letters.tell(letters.members(stored), "consultation_receipt", stored)
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
            standing = Mandate.objects.of_lead(current).standing().get()
            mandate.ask(current, mandate.manager_of(standing), because=Mandate.Voided.CHANGED)
        letters.tell(letters.coordinators(current), "consultation_changed", current)
        booking.settle(current)


def differs(consultation, changes, target_groups, partners):
    """Whether what a manager gives a mandate for is changed."""
    municipalities = consultation.parties.filter(is_lead=False).values_list("municipality", flat=True)
    return (
        any(getattr(consultation, name) != changes[name] for name in SCOPE)
        or set(consultation.target_groups.all()) != set(target_groups)
        or set(municipalities) != {place.pk for place in partners}
    )


def keep_partners(consultation, partners):
    consultation.parties.filter(is_lead=False).exclude(municipality__in=partners).delete()
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
