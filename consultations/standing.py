"""Where a consultation stands, in words: who is waited for, and what for."""

from dataclasses import dataclass

from django.utils import timezone

GROUP, COORDINATOR = "Arbetsgruppen", "Samordnaren"


@dataclass(frozen=True)
class Wait:
    """Someone is waited for: who, and to do what (`ska …`)."""

    who: str
    what: str

    @property
    def is_for_group(self):
        return self.who == GROUP

    @property
    def is_for_coordinator(self):
        return self.who.startswith(COORDINATOR)


def waits(consultation):
    """Return what is waited for now, the mandate first; nothing when all is settled or the request has ended."""
    if not consultation.is_open:
        return []
    if consultation.is_held:
        return waits_afterwards(consultation)
    if consultation.own_seat:
        found = [wait_for_mandate(consultation.mandate), wait_for_joint_time(consultation)]
        return [wait for wait in found if wait]
    found = [
        wait_for_mandate(consultation.mandate),
        wait_for_word_on_wishes(consultation),
        wait_for_time(consultation),
        *(wait_for_partner(party, consultation) for party in consultation.partners),
    ]
    return [wait for wait in found if wait]


def waits_afterwards(consultation):
    """After the meeting: the follow-up whose day has come."""
    due = [one for one in consultation.follow_ups.all() if one.is_due]
    return [Wait(GROUP, f"berätta hur det har gått {one.months} månader efter mötet") for one in due[:1]]


def wait_for_joint_time(consultation):
    if consultation.booking:
        return None
    return Wait(COORDINATOR, "hitta en tid för det gemensamma mötet")


def wait_for_partner(party, consultation):
    """A partner is waited for until it has answered; its mandate only when the time waits for everyone's."""
    if party.is_asked:
        return Wait(str(party), "svara på om kommunen vill vara med")
    needed = consultation.mandate_rule == consultation.MandateRule.ALL and party.takes_part
    if needed and not (party.mandate and party.mandate.is_given):
        return Wait(f"Chefen i {party}", "ge besked om mandat")
    return None


def wait_for_mandate(mandate):
    if mandate is None:
        return Wait(GROUP, "utse vilken chef som ska få frågan om mandat")
    if mandate.is_given:
        return None
    if mandate.is_declined:
        return Wait(GROUP, "bestämma hur ni går vidare, eftersom chefen inte gav mandat")
    if mandate.open_questions:
        return Wait(GROUP, "svara på chefens fråga")
    if mandate.has_expired:
        return Wait(GROUP, "skicka en ny länk till chefen, eftersom den förra har gått ut")
    return Wait(f"{mandate.manager_name} ({mandate.manager_title})", "ge besked om mandat")


def wait_for_word_on_wishes(consultation):
    """A partner has wished for another time than those that stand. Before there is any, it is only good to know."""
    wishing = [str(party) for party in consultation.partners if party.wishes]
    if not wishing or not (consultation.booking or consultation.proposals):
        return None
    return Wait(coordinator_of(consultation), f"svara på att {' och '.join(wishing)} önskar en annan tid")


def coordinator_of(consultation):
    return f"{COORDINATOR} {consultation.coordinator}" if consultation.coordinator else COORDINATOR


def wait_for_choice(consultation, proposals):
    """Wait for one group to choose among the times, or for each of several municipalities to say which suit."""
    parties = [party for party in consultation.parties.all() if party.takes_part]
    if len(parties) < 2:
        return Wait(GROUP, "välja en av de föreslagna tiderna")
    for party in parties:
        if not all(any(said.party_id == party.pk for said in one.answers.all()) for one in proposals):
            return Wait(GROUP if party.is_lead else str(party), "svara vilka tider som passar")
    return Wait(coordinator_of(consultation), "föreslå nya tider, eftersom ingen passar alla")


def wait_for_time(consultation):
    booked = consultation.booking
    if booked and booked.ends_at <= timezone.now():
        return Wait(coordinator_of(consultation), "notera om mötet blev av")
    if consultation.booking:
        return None
    if any(one.is_offered for one in consultation.bookings.all()):
        return Wait(GROUP, "svara om ni vill ha tiden ur kön")
    if consultation.proposals:
        return wait_for_choice(consultation, consultation.proposals)
    if consultation.mandate and consultation.mandate.is_declined:
        return None  # There is nothing to find a time for until the group has gone on.
    return Wait(coordinator_of(consultation), "föreslå tider")
