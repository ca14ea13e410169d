"""Joint meetings: which requests are alike, one meeting offered to several, each answering for itself.

The first group that accepts is the meeting's host, and the time is found in its request. The others get a
seat there, as a partner municipality does, and keep their own request with its words and its mandate.
"""

from django.db import transaction
from django.utils import timezone

from metodstod.forms import write_once

from . import booking, letters, mandate, partner
from .acts import Conflict, acting, must_be_of_the_group, must_coordinate, note
from .models import Act, Booking, Consultation, JointMeeting, JointOffer, Mandate, Party


def offer(meeting, consultations, *, target_groups, by):
    """Make a joint meeting and offer it to the requests; each group is told once. Sent again it is the same meeting."""
    with transaction.atomic():
        meeting.made_by = by
        stored, created = write_once(meeting)
        if not created:
            if stored.made_by != by:
                raise Conflict("Formuläret har redan använts till något annat. Läs igenom och skicka igen.")
            return stored
        stored.target_groups.set(target_groups)
        consultations = sorted(consultations, key=lambda one: one.pk)
        JointOffer.objects.bulk_create(
            JointOffer(meeting=stored, consultation=consultation) for consultation in consultations
        )
        for consultation in consultations:
            offer_to(stored, consultation, by=by)
        return stored


def offer_to(meeting, consultation, *, by):
    """Note the offer in the request's own history and tell its group."""
    with acting(consultation, Act.Kind.JOINT_OFFERED, by=by) as current:
        must_coordinate(current, by)
        note(current, Act.Kind.JOINT_OFFERED, by=by, text=meeting.subject)
        letters.tell(letters.members(current), "consultation_joint_offered", current)


def ask_to_join(meeting, consultation, *, by):
    """Let a group that has seen the meeting in the open list take a seat in it at once, inside its own asking."""
    one, _ = JointOffer.objects.get_or_create(meeting=meeting, consultation=consultation)
    seat(one, consultation, by=by)


def accept(one, *, by, key):
    """Say yes for one's own group. The first becomes the host, the others get a seat in its request."""
    with acting(one.consultation, Act.Kind.JOINT_ACCEPTED, by=by, key=key) as current:
        if current is None:
            return
        must_be_of_the_group(current, by)
        one.refresh_from_db()
        if one.answer == JointOffer.Answer.ACCEPTED:
            return
        seat(one, current, by=by, key=key)


def seat(one, consultation, *, by, key=None):
    """Give the request its place in the meeting, inside an act that holds it."""
    meeting = JointMeeting.objects.select_for_update().get(pk=one.meeting_id)
    if not meeting.is_open:
        raise Conflict("Det gemensamma mötet är inte öppet längre.")
    if consultation.own_seat:
        raise Conflict("Ni är redan med i ett gemensamt möte.")
    if meeting.host is None or not meeting.host.is_open or meeting.host == consultation:
        if JointMeeting.objects.filter(host=consultation).exclude(pk=meeting.pk).exists():
            raise Conflict("Ni håller redan i ett annat gemensamt möte.")
        meeting.host = consultation
        meeting.save(update_fields=["host"])
    else:
        must_be_movable(consultation)
        join(consultation, meeting.host, by=by)
    one.answer, one.answered_at = JointOffer.Answer.ACCEPTED, timezone.now()
    one.save(update_fields=["answer", "answered_at"])
    note(consultation, Act.Kind.JOINT_ACCEPTED, by=by, key=key, text=meeting.subject)
    open_to_others(consultation)


def must_be_movable(consultation):
    if JointMeeting.objects.filter(host=consultation).exists():
        raise Conflict("Ni håller redan i ett gemensamt möte, och kan inte samtidigt vara med i ett annat.")
    if consultation.bookings.occupying().exists():
        raise Conflict("Ni har redan valt en egen tid. Släpp den först, om ni hellre vill mötas tillsammans.")


def join(consultation, host, *, by):
    """Give the request a seat in the host's: the host's time is from now on its own."""
    if host.is_held:
        raise Conflict("Det gemensamma mötet har redan varit.")
    contact = consultation.team.contact()
    place = host.parties.filter(municipality=consultation.team.municipality).first()
    if place and (place.is_lead or place.takes_part):
        raise Conflict("Er kommun är redan med i det mötet.")
    place = place or Party(consultation=host, municipality=consultation.team.municipality)
    place.joined_from = consultation
    place.contact_name = contact.name if contact else ""
    place.contact_email = contact.email if contact else ""
    place.invited_at = place.invited_at or timezone.now()
    place.answer, place.answered_at = Party.Answer.ACCEPTED, timezone.now()
    place.save()
    for offered in consultation.bookings.filter(state=Booking.State.PROPOSED):
        booking.drop(offered)
    consultation.status = Consultation.Status.JOINED
    consultation.save(update_fields=["status"])
    consultation.seat = place
    note(host, Act.Kind.JOINT_JOINED, party=place)
    letters.tell_all(host, "consultation_joint_joined")
    open_to_others(host)
    booking.settle(host)
    letters.invite_new(host)


def open_to_others(consultation):
    """See to it that the manager has read that others may be there; one who has not is asked anew."""
    if consultation.open_to_joint:
        return
    consultation.open_to_joint = True
    consultation.scope += 1
    consultation.save(update_fields=["open_to_joint", "scope"])
    mandate.ask_those_it_concerns(consultation, because=Mandate.Voided.CHANGED)
    booking.settle(consultation.meets_in)


def decline(one, *, by, key):
    """Say no for one's own group; its request goes on as it was."""
    with acting(one.consultation, Act.Kind.JOINT_DECLINED, by=by, key=key) as current:
        if current is None:
            return
        must_be_of_the_group(current, by)
        one.refresh_from_db()
        if one.answer == JointOffer.Answer.ACCEPTED:
            raise Conflict("Ni har redan tackat ja. Vill ni inte vara med längre kan ni lämna mötet.")
        one.answer, one.answered_at = JointOffer.Answer.DECLINED, timezone.now()
        one.save(update_fields=["answer", "answered_at"])
        note(current, Act.Kind.JOINT_DECLINED, by=by, key=key, text=one.meeting.subject)


def leave(consultation, *, by, key):
    """Leave the host's meeting; the request goes on alone, and needs a time of its own."""
    with acting(consultation, Act.Kind.JOINT_LEFT, by=by, key=key) as current:
        if current is None:
            return
        must_be_of_the_group(current, by)
        if not current.own_seat:
            raise Conflict("Ni är inte med i något gemensamt möte.")
        note(current, Act.Kind.JOINT_LEFT, by=by, key=key)
        give_up_seat(current)
        current.status = Consultation.Status.ASKED
        current.save(update_fields=["status"])
        letters.tell(letters.coordinators(current), "consultation_joint_left", current)


def give_up_seat(consultation):
    """Take the request out of its host's meeting, inside an act that holds both."""
    place = consultation.own_seat
    if place is None:
        return
    host = place.consultation
    place.joined_from = None
    partner.leave(place, Party.Answer.WITHDRAWN, "")
    JointOffer.objects.filter(consultation=consultation, meeting__host=host).delete()
    note(host, Act.Kind.PARTNER_WITHDREW, party=place)
    if host.is_open and not host.is_held:
        booking.settle(host)
        letters.invite_new(host)


def let_guests_go(host):
    """Send the guests of a request that ends back to their own, inside its act: they need a time of their own."""
    JointMeeting.objects.filter(host=host).update(host=None)
    for place in host.parties.filter(joined_from__isnull=False):
        guest = place.joined_from
        place.joined_from = None
        partner.leave(place, Party.Answer.REMOVED, "")
        if guest.is_open and not guest.is_held:
            guest.status = Consultation.Status.ASKED
            guest.save(update_fields=["status"])
            note(guest, Act.Kind.JOINT_LEFT)
            letters.tell_all(guest, "consultation_joint_ended")


def close(meeting, *, by):
    """Let no more in. Those who are in it stay; doing it twice is harmless."""
    JointMeeting.objects.filter(pk=meeting.pk, closed_at__isnull=True).update(
        closed_at=timezone.now(), closed_by=by
    )
