"""Another time, wished for by a municipality that takes part: in its own words, for the coordinator alone."""

from datetime import timedelta

from django.utils import timezone

from . import letters
from .acts import Conflict, TooMany, acting, must_handle, note
from .models import Act

WISHED_A_DAY = 10  # Wishes of one municipality: each is a mail to the coordinator.


def wish(party, wished_times, *, key):
    """Tell the coordinator, by a partner's link, which other times would suit. What is proposed or booked stands."""
    kind = Act.Kind.TIMES_WISHED
    with acting(party.consultation, kind, by=None, key=key, party=party) as current:
        if current is None:
            return
        mine = current.parties.get(pk=party.pk)
        if not mine.takes_part:
            raise Conflict("Kommunen är inte längre med. Inget har ändrats.")
        put(current, mine, wished_times, key=key)


def put(consultation, party, wished_times, *, key=None):
    """Keep the wish, inside an act, and tell whoever coordinates. The same words again tell nobody anything new."""
    if party.wishes and party.wished_times == wished_times:
        return
    day = timezone.now() - timedelta(days=1)
    said = consultation.acts.filter(kind=Act.Kind.TIMES_WISHED, party=party, at__gte=day)
    if said.count() >= WISHED_A_DAY:
        raise TooMany
    keep(party, wished_times)
    note(consultation, Act.Kind.TIMES_WISHED, key=key, party=party)
    letters.tell(letters.coordinators(consultation), "consultation_partner_wished", consultation)


def keep(party, wished_times):
    """Write the wish down, in place of the one before."""
    party.wished_times, party.wished_at, party.wish_met_at = wished_times, timezone.now(), None
    party.save(update_fields=["wished_times", "wished_at", "wish_met_at"])


def meet(consultation):
    """Note, inside an act, that the coordinator has set other times since; return who had wished for them."""
    wishing = list(consultation.parties.wishing().select_related("municipality"))
    consultation.parties.wishing().update(wish_met_at=timezone.now())
    return wishing


def let_stand(consultation, *, by, key):
    """Let what is proposed or booked stand, by the coordinator. Those who wished for another time are told."""
    with acting(consultation, Act.Kind.WISH_MET, by=by, key=key) as current:
        if current is None:
            return
        must_handle(current, by)
        wishing = meet(current)
        if not wishing:
            raise Conflict("Det finns inget önskemål att svara på längre.")
        note(current, Act.Kind.WISH_MET, by=by, key=key)
        for party in wishing:
            letters.write_to_partner(party, "consultation_partner_time_stands")
