"""Partner municipalities: asked by a link to a contact there, who answers, and may draw back, without an account."""

from datetime import timedelta

from django.core.exceptions import PermissionDenied
from django.utils import timezone

from . import booking, letters, mandate, wishes
from .acts import Conflict, TooMany, acting, must_be_of_the_group, note
from .links import digest, is_token
from .models import Act, Mandate, PartnerLink, Party

ASKED_A_DAY = 20  # Invitations in one consultation.


def find(token):
    """Return the link, also one that no longer works, or None."""
    if not is_token(token):
        return None
    links = PartnerLink.objects.select_related(
        "party__municipality", "party__consultation__team__municipality", "party__consultation__coordinator"
    )
    return links.filter(token_hash=digest(token)).first()


def withdraw_links(party):
    """Make all the party's links lead nowhere."""
    party.links.filter(withdrawn_at__isnull=True).update(withdrawn_at=timezone.now())


# By the group or the coordinator -------------------------------------------------------------------


def invite(party, contact, *, by, key):
    """Ask a municipality's contact whether it wants to take part. Asked anew, earlier links stop working.

    `contact` holds name and email. One that has said no may be asked again; one that takes part may get
    a new contact, and stays in.
    """
    with acting(party.consultation, Act.Kind.PARTNER_ASKED, by=by, key=key, party=party) as current:
        if current is None:
            return
        must_be_of_the_group_or_handle(current, by)
        asked = current.parties.get(pk=party.pk)
        if asked.is_lead or asked.joined_from_id or asked.answer == Party.Answer.REMOVED:
            raise PermissionDenied("Kommunen kan inte tillfrågas här.")
        day = timezone.now() - timedelta(days=1)
        if current.acts.filter(kind=Act.Kind.PARTNER_ASKED, at__gte=day).count() >= ASKED_A_DAY:
            raise TooMany
        withdraw_links(asked)
        asked.contact_name, asked.contact_email = contact["name"], contact["email"]
        asked.invited_at, asked.invited_by = timezone.now(), by
        if not asked.takes_part:
            asked.answer, asked.answered_at = "", None
        asked.save()
        note(current, Act.Kind.PARTNER_ASKED, by=by, key=key, party=asked)
        letters.write_to_partner(asked, "consultation_partner_asked")
        letters.invite_new(current)


def must_be_of_the_group_or_handle(consultation, user):
    if user.is_staff and consultation.is_handled_by(user):
        return
    must_be_of_the_group(consultation, user)


def remove(party):
    """Let a municipality that has been asked go, inside an act; it is told, and its row stays with what was said."""
    if party.is_wished:
        party.delete()
        return
    if party.answer == Party.Answer.REMOVED:
        return
    was_in_it = party.answer in {"", Party.Answer.ACCEPTED}
    leave(party, Party.Answer.REMOVED, party.message)
    if was_in_it and party.contact_email:
        letters.tell_partner_without_link(party, "consultation_partner_removed")
    withdraw_links(party)


# By the partner's contact --------------------------------------------------------------------------


def accept(party, need, manager, *, key, wished_times=""):
    """Say yes for the municipality, with the times that would suit it, and ask its own manager for the mandate."""
    with acting(party.consultation, Act.Kind.PARTNER_ACCEPTED, by=None, key=key, party=party) as current:
        if current is None:
            return
        mine = answering(current, party)
        if mine.takes_part:
            raise Conflict("Ni har redan svarat ja.")
        mine.answer, mine.answered_at, mine.need, mine.message = "accepted", timezone.now(), need, ""
        mine.save(update_fields=["answer", "answered_at", "need", "message"])
        if wished_times:
            wishes.keep(mine, wished_times)
        note(current, Act.Kind.PARTNER_ACCEPTED, key=key, party=mine)
        mandate.ask(mine, manager, because=Mandate.Voided.AGAIN)
        letters.tell_all(current, "consultation_partner_answered")
        booking.settle(current)
        letters.invite_new(current)


def decline(party, message, *, key):
    """Say no for the municipality."""
    with acting(party.consultation, Act.Kind.PARTNER_DECLINED, by=None, key=key, party=party) as current:
        if current is None:
            return
        mine = answering(current, party)
        if mine.takes_part:
            raise Conflict("Ni har redan svarat ja. Vill ni inte vara med längre kan ni dra er ur.")
        mine.answer, mine.answered_at, mine.message = "declined", timezone.now(), message
        mine.save(update_fields=["answer", "answered_at", "message"])
        note(current, Act.Kind.PARTNER_DECLINED, key=key, party=mine)
        letters.tell_all(current, "consultation_partner_answered")


def withdraw(party, message, *, key):
    """Draw the municipality back from what it has said yes to. The meeting goes on without it."""
    with acting(party.consultation, Act.Kind.PARTNER_WITHDREW, by=None, key=key, party=party) as current:
        if current is None:
            return
        mine = current.parties.get(pk=party.pk)
        if not mine.takes_part:
            raise Conflict("Ni är inte med, så det finns inget att dra sig ur.")
        mine.consultation = current
        leave(mine, Party.Answer.WITHDRAWN, message)
        note(current, Act.Kind.PARTNER_WITHDREW, key=key, party=mine)
        letters.tell_all(current, "consultation_partner_answered")
        booking.settle(current)
        letters.invite_new(current)


def leave(party, answer, message):
    """Take the municipality out: its answer says why, and its manager's link leads nowhere."""
    party.answer, party.answered_at, party.message = answer, timezone.now(), message
    party.save(update_fields=["answer", "answered_at", "message"])
    mandate.void(party, because=Mandate.Voided.ENDED)


def answering(consultation, party):
    """Return the party as it stands now, if it is still asked."""
    mine = consultation.parties.get(pk=party.pk)
    if mine.answer in {Party.Answer.REMOVED, Party.Answer.WITHDRAWN}:
        raise Conflict("Er kommun är inte tillfrågad längre. Inget har ändrats.")
    mine.consultation = consultation
    return mine
