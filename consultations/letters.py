"""Who is told what by mail. Mail carries links, never what someone has written."""

from django.urls import reverse

from metodstod.mail import queue_mail
from metodstod.models import County, User

from .calendar_file import calendar_file
from .models import Booking, Invitee, Mandate


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


def ask_manager(mandate, token, *, answered=False):
    """Queue the mail with the manager's own link. It acts, so the mail is emptied once it is delivered."""
    context = facts(mandate.party.consultation) | {
        "path": reverse("consultations:mandate", args=[token]),
        "mandate": mandate,
        "answered": answered,
    }
    queue_mail(mandate.manager_email, "consultation_mandate", context, secret=True)


# A time, in people's calendars ---------------------------------------------------------------------


def guests(booking):
    """Return who should have the booking in their calendar: the group, the coordinator, the manager."""
    consultation = booking.consultation
    managers = Mandate.objects.of_lead(consultation).standing().values_list("manager_email", flat=True)
    given = [booking.mandate.manager_email] if booking.mandate else []
    # A manager who is asked anew keeps what already stands in the calendar.
    kept = booking.invitees.filter(email__in=managers).values_list("email", flat=True)
    return {*members(consultation), booking.coordinator.email, *given, *kept}


def invite(booking, name, *, only_new=False, **context):
    """Queue the booking to everyone's calendar as it stands, and a cancellation to those who are no longer in it."""
    invited = set(booking.invitees.values_list("email", flat=True))
    wanted = guests(booking)
    for address in sorted(wanted - invited if only_new else wanted):
        send(booking, name, address, "REQUEST", context)
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
    for address in sorted({*invited, *members(booking.consultation), booking.coordinator.email}):
        if address in invited:
            send(booking, name, address, "CANCEL", context)
        else:
            tell([address], name, booking.consultation, booking=booking, **context)
    booking.invitees.all().delete()


def send(booking, name, address, method, context):
    queue_mail(
        address,
        name,
        facts(booking.consultation) | {"booking": booking} | context,
        calendar=calendar_file(booking, method=method, attendee=address),
        calendar_method=method,
    )
