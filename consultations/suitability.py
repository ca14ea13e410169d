"""Several municipalities say which of the proposed times suit them; the one that suits all becomes theirs."""

from django.utils import timezone

from . import letters, wishes
from .acts import Conflict, acting, must_be_of_the_group, must_handle, note
from .booking import Taken, chosen_in, settle, take_proposed, time_of
from .models import Act, Booking, TimeAnswer


def is_shared(consultation):
    """Whether more than the asking municipality takes part, so that a time must suit them all."""
    return sum(party.takes_part for party in consultation.parties.all()) > 1


def answer(party, suiting, *, seen, by=None, key, wished_times=""):
    """Say for one municipality which of the times suit, in place of what it said before.

    `suiting` and `seen` are ids of bookings; `seen` is what the writer had to choose among. `by` is a member
    of the group when it answers for itself, and empty for a partner's contact, who has no account.
    `wished_times` is another time that the partner would rather have, in its own words.
    """
    consultation = party.consultation
    actor = {"by": by} if by else {"by": None, "party": party}
    with acting(consultation, Act.Kind.TIMES_ANSWERED, key=key, **actor) as current:
        if current is None:
            return
        if by:
            must_be_of_the_group(current, by)
        party.refresh_from_db()
        if not party.takes_part:
            raise Conflict("Kommunen är inte längre med, så svaret behövs inte.")
        proposed = list(current.bookings.filter(state=Booking.State.PROPOSED, starts_at__gt=timezone.now()))
        if {one.pk for one in proposed} != set(seen):
            raise Conflict("Förslagen har ändrats medan du svarade. Läs de nya och svara igen.")
        party.time_answers.filter(booking__in=proposed).delete()
        TimeAnswer.objects.bulk_create(
            [TimeAnswer(booking=one, party=party, suits=one.pk in suiting, by=by) for one in proposed]
        )
        note(current, Act.Kind.TIMES_ANSWERED, by=by, party=None if by else party, key=key)
        if wished_times:
            wishes.put(current, party, wished_times)
        fit(current)


def fit(consultation):
    """Take the first time that suits everyone, once all have answered; when none does, tell the coordinator."""
    parties = {party.pk for party in consultation.parties.taking_part()}
    proposed = list(
        consultation.bookings.filter(state=Booking.State.PROPOSED, starts_at__gt=timezone.now())
        .select_related("coordinator")
        .prefetch_related("answers__by")
    )
    if len(parties) < 2 or not proposed or chosen_in(consultation):
        return
    answers = {one.pk: {said.party_id: said for said in one.answers.all()} for one in proposed}
    if any(parties - set(said) for said in answers.values()):
        return
    suiting = [one for one in proposed if all(answers[one.pk][party].suits for party in parties)]
    for one in suiting:
        by = next((said.by for said in answers[one.pk].values() if said.by), None)
        if by and take_fitting(consultation, one, by=by):
            return
    letters.tell(letters.coordinators(consultation), "consultation_no_time_fits", consultation)


def take_fitting(consultation, chosen, *, by):
    """Hold the time for all of them; return whether it was still free."""
    try:
        with time_of(chosen.coordinator):
            take_proposed(consultation, chosen, by=by)
    except Taken:
        return False
    note(consultation, Act.Kind.FITTED, booking=chosen)
    if not settle(consultation):
        letters.tell_of_time(chosen, "consultation_accepted")
    return True


def settle_on(chosen, *, by):
    """Let the coordinator take a time that suits the asking municipality without waiting for everybody."""
    with acting(chosen.consultation, Act.Kind.FITTED, by=by) as current:
        must_handle(current, by)
        chosen.refresh_from_db()
        with time_of(chosen.coordinator):
            if chosen.is_chosen:
                return
            lead = chosen.answers.filter(party__is_lead=True, suits=True).select_related("by").first()
            if lead is None or lead.by is None:
                raise Conflict("Kommunen som frågar har inte sagt att tiden passar.")
            take_proposed(current, chosen, by=lead.by)
        note(current, Act.Kind.FITTED, by=by, booking=chosen)
        if not settle(current):
            letters.tell_of_time(chosen, "consultation_accepted")


def grid(consultation):
    """Return the proposed times with what each municipality has said of them: True, False, or None for nothing yet.

    Only municipalities' names are in it: nobody learns another's address.
    """
    parties = [party for party in consultation.parties.all() if party.takes_part]
    rows = []
    for one in consultation.proposals:
        said = {reply.party_id: reply.suits for reply in one.answers.all()}
        cells = [(party, said.get(party.pk)) for party in parties]
        rows.append(
            {
                "booking": one,
                "cells": cells,
                "lead_suits": any(party.is_lead and suits for party, suits in cells),
            }
        )
    return parties, rows
