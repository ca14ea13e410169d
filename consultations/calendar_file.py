"""A booking as an iCalendar object (RFC 5545), and as the invitation that calendars act on (RFC 5546).

Nothing in it says what the meeting is about or who is in it: calendars are shared within a workplace.
The organiser is the portal's own address. RFC 5546 asks for an attendee in a REQUEST and a CANCEL, and
Outlook shows its buttons only to one: that is the receiver's own address, each in a copy of its own.
"""

from datetime import timedelta
from email.utils import parseaddr

from django.conf import settings
from django.utils import timezone

from metodstod.later import Later
from metodstod.mail import absolute

from .models import Booking, Consultation

icalendar = Later("icalendar")

STATUS = {Booking.State.HELD: "TENTATIVE", Booking.State.CONFIRMED: "CONFIRMED"}


REFRESH = timedelta(hours=1)  # How often a calendar is asked to fetch a feed anew.


def calendar_file(booking, *, method, attendee=None, request=None):
    """Return the booking as text with the line breaks that RFC 5545 asks for.

    `method` is REQUEST or CANCEL to an `attendee`, or PUBLISH in a file that anyone may import. `request` is
    the one whose page the receiver may open, when that is not the booking's own: a guest's, in a joint meeting.
    """
    calendar = empty_calendar(method)
    calendar.add_component(event(booking, attendee=attendee, request=request))
    return calendar.to_ical().decode()


def feed_file(bookings):
    """Return the bookings as one calendar to subscribe to (RFC 7986 for its name and how often to fetch it)."""
    calendar = empty_calendar("PUBLISH")
    calendar.add("name", "Metodstöd")
    calendar.add("x-wr-calname", "Metodstöd")
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", icalendar.vDuration(REFRESH))
    for booking in bookings:
        calendar.add_component(event(booking, attendee=None))
    return calendar.to_ical().decode()


def empty_calendar(method):
    calendar = icalendar.Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", "-//Metodstod//Konsultation//SV")
    calendar.add("method", method)
    return calendar


def event(booking, *, attendee, request=None):
    event = icalendar.Event()
    link = absolute((request or booking.consultation).get_absolute_url())
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
    organiser = icalendar.vCalAddress(f"mailto:{address}")
    organiser.params["CN"] = icalendar.vText(name or "Metodstöd")
    return organiser


def guest(address):
    """Return the receiver as an attendee who is asked for no answer: the portal's address reads none."""
    guest = icalendar.vCalAddress(f"mailto:{address}")
    guest.params["ROLE"] = icalendar.vText("REQ-PARTICIPANT")
    guest.params["PARTSTAT"] = icalendar.vText("NEEDS-ACTION")
    guest.params["RSVP"] = icalendar.vText("FALSE")
    return guest
