"""Who is told what by mail. Mail carries links, never what someone has written."""

from django.db.models import F, Q
from django.urls import reverse

from metodstod.mail import queue_mail
from metodstod.models import County, User

from .calendar_file import calendar_file
from .links import new_partner_path
from .models import Booking, Consultation, Invitee, Mandate


def members(consultation):
    """Return the addresses of the group's members."""
    people = User.objects.filter(memberships__team=consultation.team_id, is_active=True)
    return list(people.order_by("email").values_list("email", flat=True))


def coordinators(consultation):
    """Return the address of the coordinator who has taken the consultation, else of all it concerns.

    A county without a coordinator in the portal is told through its public contact, if it has one.
    """
    if consultation.coordinator_id and consultation.coordinator.is_active:
        return [consultation.coordinator.email]
    counties = County.objects.filter(municipalities__parties__consultation=consultation).distinct()
    found = list(
        User.objects.filter(
            is_staff=True, is_active=True, groups__name="samordnare", counties__in=counties
        ).values_list("email", "counties")
    )
    manned = {county for _, county in found}
    contacts = [county.contact_email for county in counties if county.pk not in manned]
    return sorted({email for email, _ in found} | {email for email in contacts if email})


def tell(addresses, name, consultation, **context):
    """Queue the same mail, with a link to the consultation's page, to each address."""
    for address in addresses:
        queue_mail(address, name, facts(consultation) | context)


def tell_all(consultation, name):
    """Tell both sides: the group, and whoever coordinates."""
    tell(dict.fromkeys([*members(consultation), *coordinators(consultation)]), name, consultation)


def facts(consultation):
    return {
        "path": consultation.get_absolute_url(),
        "reference": consultation.reference,
        "team": consultation.team,
        "municipality": consultation.team.municipality,
    }


def ask_manager(mandate, token, *, answered=False, reminder=False):
    """Queue the mail with the manager's own link. It acts, so the mail is emptied once it is delivered."""
    party = mandate.party
    context = facts(party.consultation) | {
        "path": reverse("consultations:mandate", args=[token]),
        "mandate": mandate,
        "party": party,
        "answered": answered,
    }
    name = "consultation_mandate_reminder" if reminder else "consultation_mandate"
    queue_mail(mandate.manager_email, name, context, secret=True)


# Partner municipalities ----------------------------------------------------------------------------


def write_to_partner(party, name, **context):
    """Queue a mail to the partner's contact, with a link of its own to the partner's page.

    The link acts, so the mail is emptied once it is delivered.
    """
    context = facts(party.consultation) | context | {"path": new_partner_path(party), "party": party}
    queue_mail(party.contact_email, name, context, secret=True)


def write_to_partners(consultation, name, **context):
    """Queue the same mail to the contact of every partner that takes part."""
    for party in consultation.parties.taking_part().filter(is_lead=False).exclude(contact_email=""):
        write_to_partner(party, name, **context)


def tell_partners_of_end(consultation):
    """Tell the partners that are in it, or have been asked, that nothing more will come of it."""
    in_it = consultation.parties.filter(is_lead=False, answer__in=["", "accepted"]).exclude(contact_email="")
    for party in in_it:
        tell_partner_without_link(party, "consultation_partner_ended")


def tell_partner_without_link(party, name):
    """Queue a mail to a partner for whom there is nothing more to see."""
    queue_mail(party.contact_email, name, {"party": party, "reference": party.consultation.reference})


# A time, in people's calendars ---------------------------------------------------------------------


def guests(booking):
    """Return who should have the booking in their calendar: the group, the coordinator, partners, managers."""
    consultation = booking.consultation
    taking_part = consultation.parties.taking_part()
    partners = taking_part.exclude(contact_email="").values_list("contact_email", flat=True)
    guests = User.objects.filter(
        is_active=True, memberships__team__consultations__seat__in=taking_part
    ).values_list("email", flat=True)
    standing = Mandate.objects.standing().filter(
        Q(party__in=taking_part) | Q(party__is_lead=True, party__consultation__seat__in=taking_part)
    )
    managers = standing.values_list("manager_email", flat=True)
    given = standing.given().values_list("manager_email", flat=True) if booking.mandate else []
    # A manager who is asked anew keeps what already stands in the calendar.
    kept = booking.invitees.filter(email__in=managers).values_list("email", flat=True)
    return {*members(consultation), booking.coordinator.email, *partners, *guests, *given, *kept}


def invite_new(consultation):
    """Queue a confirmed time, inside an act, to those who have come to it since, and its end to those who have left."""
    booking = consultation.bookings.filter(state=Booking.State.CONFIRMED).first()
    if booking:
        invite(booking, "consultation_confirmed", only_new=True)


def requests_of_guests(consultation):
    """Return, for each address in a guest's group, the guest's own request: the host's page is not theirs to open."""
    guests = Consultation.objects.filter(
        seat__consultation=consultation, team__memberships__user__is_active=True
    ).select_related("team__municipality")
    guests = guests.annotate(address=F("team__memberships__user__email"))
    return {guest.address: guest for guest in guests}


def invite(booking, name, *, only_new=False, **context):
    """Queue the booking to everyone's calendar as it stands, and a cancellation to those who are no longer in it."""
    invited = set(booking.invitees.values_list("email", flat=True))
    wanted, own = guests(booking), requests_of_guests(booking.consultation)
    for address in sorted(wanted - invited if only_new else wanted):
        send(booking, name, address, "REQUEST", context, own.get(address))
    for address in sorted(invited - wanted):
        send(booking, "consultation_no_longer_in_it", address, "CANCEL", context)
    booking.invitees.exclude(email__in=wanted).delete()
    Invitee.objects.bulk_create(
        [Invitee(booking=booking, email=address) for address in sorted(wanted)], ignore_conflicts=True
    )


def tell_of_time(booking, name, **context):
    """Tell the group and the coordinator about a chosen time, in the calendar too where it stands there.

    A cancelled time is taken out of every calendar that has it.
    """
    if booking.state in Booking.OCCUPYING:
        if booking.invitees.exists():
            invite(booking, name, **context)
        else:
            everyone = [*members(booking.consultation), booking.coordinator.email]
            tell(everyone, name, booking.consultation, booking=booking, **context)
        return
    invited = set(booking.invitees.values_list("email", flat=True))
    own = requests_of_guests(booking.consultation)
    for address in sorted({*invited, *members(booking.consultation), booking.coordinator.email}):
        if address in invited:
            send(booking, name, address, "CANCEL", context, own.get(address))
        else:
            tell([address], name, booking.consultation, booking=booking, **context)
    booking.invitees.all().delete()


def send(booking, name, address, method, context, request=None):
    queue_mail(
        address,
        name,
        facts(request or booking.consultation) | {"booking": booking} | context,
        calendar=calendar_file(booking, method=method, attendee=address, request=request),
        calendar_method=method,
    )
