"""What every act in a consultation has in common: one at a time, once each, by someone who may, and noted."""

from contextlib import contextmanager

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from .models import Act, Consultation


class Conflict(Exception):
    """The act no longer fits how things stand: someone was quicker. Its text is for the reader."""


class TooMany(Exception):
    """The same thing has been done too often in a short time."""


@contextmanager
def acting(consultation, kind, *, by, key=None, mandate=None, party=None):
    """Take the consultation alone, in a transaction, and give it as it stands now; acts on it come in a row.

    `key` is the form's own; `by`, or the `mandate` or `party` whose link it came by, says who acts. Gives
    None when that very act has been done already.
    """
    with transaction.atomic():
        locked = take_alone(consultation)
        done = Act.objects.filter(key=key).first() if key else None
        if done and (done.consultation, done.kind, *actor(done)) != (locked, kind, by, mandate, party):
            raise Conflict("Formuläret har redan använts till något annat. Läs igenom och skicka igen.")
        if done:
            yield None
            return
        if not locked.is_open:
            raise Conflict("Förfrågan är redan avslutad. Inget har ändrats.")
        must_fit(locked, kind)
        yield locked


def take_alone(consultation):
    """Lock the consultation and those it meets with, always in the same order, so that nobody waits in a ring."""
    family = Consultation.objects.filter(
        Q(pk=consultation.pk)
        | Q(seat__consultation=consultation.pk)
        | Q(parties__joined_from=consultation.pk)
    )
    keys = sorted(set(family.values_list("pk", flat=True)))
    locked = Consultation.objects.select_for_update(of=("self",)).select_related(
        "team__municipality", "seat__consultation"
    )
    locked = locked.filter(pk__in=keys).order_by("pk")
    return next(one for one in locked if one.pk == consultation.pk)


# What can still be done once the meeting has been, and what a guest in another's meeting does for itself.
AFTER_THE_MEETING = {"taken", "held", "step_agreed", "step_done", "followed_up"}
AS_GUEST = {
    "changed",
    "manager_named",
    "manager_asked",
    "link_withdrawn",
    "mandate_given",
    "mandate_declined",
    "question_asked",
    "question_answered",
    "taken",
    "joint_offered",
    "joint_declined",
    "joint_accepted",
    "joint_left",
    "withdrawn",
    "cancelled",
}


def must_fit(consultation, kind):
    """Refuse what can no longer be done when the meeting has been, or is another's to arrange."""
    if consultation.is_held and kind not in AFTER_THE_MEETING:
        raise Conflict("Mötet har redan hållits. Inget har ändrats.")
    if consultation.own_seat and kind not in AS_GUEST:
        raise Conflict("Förfrågan är med i ett gemensamt möte, och det ordnas där. Inget har ändrats.")


def actor(act):
    """Return who did it. An act that a manager did names their municipality too, which says nothing more."""
    return act.by, act.mandate, None if act.mandate else act.party


def note(consultation, kind, *, by=None, key=None, mandate=None, party=None, booking=None, text=""):
    """Add the act to the consultation's history."""
    act = Act(
        consultation=consultation, kind=kind, by=by, mandate=mandate, party=party, booking=booking, text=text
    )
    if key:
        act.key = key
    act.save(force_insert=True)
    return act


def must_be_of_the_group(consultation, user):
    """Let only the asking group's members on, and only while the group is at work."""
    if not consultation.is_of(user):
        raise PermissionDenied("Bara arbetsgruppen kan göra detta.")
    if not consultation.team.is_open:
        raise Conflict("Arbetsgruppen är avslutad, och inget kan ändras längre.")


def must_coordinate(consultation, user):
    """Let only a coordinator of the counties concerned on."""
    if not consultation.is_handled_by(user):
        raise PermissionDenied("Bara samordnaren kan göra detta.")


def must_handle(consultation, by):
    """Let only the coordinator who has taken the consultation on; one who acts first takes it."""
    must_coordinate(consultation, by)
    if consultation.coordinator is None:
        consultation.coordinator, consultation.taken_at = by, timezone.now()
        consultation.save(update_fields=["coordinator", "taken_at"])
        note(consultation, Act.Kind.TAKEN, by=by)
    elif consultation.coordinator != by:
        raise Conflict(
            f"{consultation.coordinator} har hand om förfrågan. Ta över den först, om det är du som ska göra det."
        )
