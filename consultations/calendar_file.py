"""A booking as an iCalendar object (RFC 5545), and as the invitation that calendars act on (RFC 5546).

Nothing in it says what the meeting is about or who is in it: calendars are shared within a workplace.
The organiser is the portal's own address. RFC 5546 asks for an attendee in a REQUEST and a CANCEL, and
Outlook shows its buttons only to one: that is the receiver's own address, each in a copy of its own.
"""

from email.utils import parseaddr

from django.conf import settings
from django.utils import timezone
from icalendar import Calendar, Event, vCalAddress, vText

from metodstod.mail import absolute

from .models import Booking, Consultation

STATUS = {Booking.State.HELD: "TENTATIVE", Booking.State.CONFIRMED: "CONFIRMED"}


def calendar_file(booking, *, method, attendee=None):
    """Return the booking as text with the line breaks that RFC 5545 asks for.

    `method` is REQUEST or CANCEL to an `attendee`, or PUBLISH in a file that anyone may import.
    """
    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", "-//Metodstod//Konsultation//SV")
    calendar.add("method", method)
    calendar.add_component(event(booking, attendee=attendee))
    return calendar.to_ical().decode()


def event(booking, *, attendee):
    event = Event()
    link = absolute(booking.consultation.get_absolute_url())
    event.add("uid", str(booking.calendar_uid))
    event.add("sequence", booking.sequence)
    event.add("dtstamp", timezone.now())
    event.add("dtstart", booking.starts_at)
    event.add("dtend", booking.ends_at)
    event.add("summary", "Möte om metodstöd")
    event.add("description", f"Läs mer, och se om tiden har ändrats: {link}")
    event.add("location", location(booking.consultation))
    event.add("url", link)
    event.add("status", STATUS.get(booking.state, "CANCELLED"))
    event.add("class", "PRIVATE")
    event.add("transp", "OPAQUE")
    event.add("organizer", organiser())
    if attendee:
        event.add("attendee", guest(attendee))
    return event


def location(consultation):
    """Return the place if there is one to go to, else how one meets."""
    if consultation.form == Consultation.Form.ON_SITE and consultation.place:
        return consultation.place
    return consultation.get_form_display()


def organiser():
    name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    organiser = vCalAddress(f"mailto:{address}")
    organiser.params["CN"] = vText(name or "Metodstöd")
    return organiser


def guest(address):
    """Return the receiver as an attendee who is asked for no answer: the portal's address reads none."""
    guest = vCalAddress(f"mailto:{address}")
    guest.params["ROLE"] = vText("REQ-PARTICIPANT")
    guest.params["PARTSTAT"] = vText("NEEDS-ACTION")
    guest.params["RSVP"] = vText("FALSE")
    return guest
