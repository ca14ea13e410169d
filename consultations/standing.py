"""Where a consultation stands, in words: who is waited for, and what for."""

from dataclasses import dataclass

from django.utils import timezone

GROUP = "Arbetsgruppen"


@dataclass(frozen=True)
class Wait:
    """Someone is waited for: who, and to do what (`ska …`)."""

    who: str
    what: str

    @property
    def is_for_group(self):
        return self.who == GROUP


def waits(consultation):
    """Return what is waited for now, the mandate first; nothing when all is settled or the request has ended."""
    if not consultation.is_open:
        return []
    found = [wait_for_mandate(consultation.mandate), wait_for_time(consultation)]
    return [wait for wait in found if wait]


def wait_for_mandate(mandate):
    if mandate.is_given:
        return None
    if mandate.is_declined:
        return Wait(GROUP, "bestämma hur ni går vidare, eftersom chefen inte gav mandat")
    if mandate.open_questions:
        return Wait(GROUP, "svara på chefens fråga")
    if mandate.has_expired:
        return Wait(GROUP, "skicka en ny länk till chefen, eftersom den förra har gått ut")
    return Wait(f"{mandate.manager_name} ({mandate.manager_title})", "ge besked om mandat")


def wait_for_time(consultation):
    if consultation.booking:
        return None
    if any(one.starts_at > timezone.now() for one in consultation.proposals):
        return Wait(GROUP, "välja en av de föreslagna tiderna")
    if consultation.mandate.is_declined:
        return None  # There is nothing to find a time for until the group has gone on.
    who = f"Samordnaren {consultation.coordinator}" if consultation.coordinator else "Samordnaren"
    return Wait(who, "föreslå tider")
