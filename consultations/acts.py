"""What every act in a consultation has in common: one at a time, once each, by someone who may, and noted."""

from contextlib import contextmanager

from django.core.exceptions import PermissionDenied
from django.db import transaction

from .models import Act, Consultation


class Conflict(Exception):
    """The act no longer fits how things stand: someone was quicker. Its text is for the reader."""


class TooMany(Exception):
    """The same thing has been done too often in a short time."""


@contextmanager
def acting(consultation, kind, *, by, key=None, mandate=None):
    """Take the consultation alone, in a transaction, and give it as it stands now; acts on it come in a row.

    `key` is the form's own. Gives None when it says that this very act has been done already.
    """
    with transaction.atomic():
        locked = Consultation.objects.select_for_update().get(pk=consultation.pk)
        done = Act.objects.filter(key=key).first() if key else None
        if done and (done.consultation, done.kind, done.by, done.mandate) != (locked, kind, by, mandate):
            raise Conflict("Formuläret har redan använts till något annat. Läs igenom och skicka igen.")
        if done:
            yield None
            return
        if not locked.is_open:
            raise Conflict("Förfrågan är redan avslutad. Inget har ändrats.")
        yield locked


def note(consultation, kind, *, by=None, key=None, mandate=None, booking=None, text=""):
    """Add the act to the consultation's history."""
    act = Act(consultation=consultation, kind=kind, by=by, mandate=mandate, booking=booking, text=text)
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
