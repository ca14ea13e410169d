import uuid
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest
import time_machine
import vobject
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from consultations import asking, booking, mandate
from consultations.calendar_file import calendar_file
from consultations.models import Booking, Consultation, Mandate
from metodstod.mail import message
from metodstod.models import Mail
from tests.factories import make_booking, make_consultation, make_team

pytestmark = pytest.mark.django_db

GOLDEN = Path(__file__).parent / "golden"
NOW = datetime(2027, 3, 1, 8, 0, tzinfo=UTC)
START = datetime(2027, 3, 30, 7, 0, tzinfo=UTC)  # 9.00 in summer time
LENGTH = timedelta(minutes=90)
UID = uuid.UUID("0b9f3c3e-6a52-4a36-9c0d-5f0b8b1f2a77")


@pytest.fixture
def chosen(social_worker, coordinator):
    with time_machine.travel(NOW, tick=False):
        consultation = make_consultation(
            make_team(social_worker),
            reference="K7P-4MX-2RK",
            form="on_site",
            place="Rådhuset, Stora torg; plan 2",
        )
        booked = make_booking(consultation, coordinator, START, calendar_uid=UID)
        mandate.decide(consultation.mandate, Mandate.Decision.GIVEN, "", key=uuid.uuid4())
        booking.accept(booked, by=social_worker)
        booked.refresh_from_db()
        yield booked


def event_of(text):
    """Read the text back as a calendar does, and return its one event."""
    (event,) = Calendar.from_ical(text).walk("VEVENT")
    return event


@pytest.mark.parametrize(
    ("name", "method", "attendee", "state"),
    [
        ("request", "REQUEST", "sara@halmstad.example.se", "confirmed"),
        ("tentative", "REQUEST", "sara@halmstad.example.se", "held"),
        ("cancel", "CANCEL", "sara@halmstad.example.se", "cancelled"),
        ("publish", "PUBLISH", None, "confirmed"),
    ],
)
def test_calendar_file_is_the_golden_one(chosen, name, method, attendee, state):
    chosen.state = state

    text = calendar_file(chosen, method=method, attendee=attendee)

    assert text.encode() == (GOLDEN / f"{name}.ics").read_bytes()


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.ics")), ids=lambda path: path.stem)
def test_golden_file_is_read_alike_by_two_libraries(path):
    """What one library writes and reads may be its own idea of the standard; another must agree."""
    text = path.read_bytes().decode()

    one, other = event_of(text), vobject.readOne(text).vevent

    assert other.uid.value == str(one["UID"]) == str(UID)
    assert (other.dtstart.value, other.dtend.value) == (one.start, one.end) == (START, START + LENGTH)
    assert other.summary.value == str(one["SUMMARY"]) == "Möte om metodstöd"
    assert other.location.value == str(one["LOCATION"]) == "Rådhuset, Stora torg; plan 2"
    assert int(other.sequence.value) == one["SEQUENCE"] == 0
    assert other.status.value == str(one["STATUS"])
    assert other.organizer.value == str(one["ORGANIZER"]) == "mailto:metodstod@example.se"
    assert vobject.readOne(text).method.value == str(Calendar.from_ical(text)["METHOD"])
    assert (hasattr(other, "attendee"), "ATTENDEE" in one) in {(True, True), (False, False)}


# Around both changes of the clock and the turns of the years, and all between.
FIRST, LAST = datetime(2025, 10, 1, tzinfo=UTC), datetime(2032, 4, 30, tzinfo=UTC)


@given(
    minute=st.integers(0, int((LAST - FIRST).total_seconds() // 60)),
    length=st.integers(15, 480),
    place=st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=200),
)
def test_whatever_the_time_and_place_two_libraries_read_what_was_meant(minute, length, place):
    start = FIRST + timedelta(minutes=minute)
    booked = Booking(
        consultation=Consultation(reference="K7P-4MX-2RK", form="on_site", place=place),
        starts_at=start,
        ends_at=start + timedelta(minutes=length),
        state="confirmed",
    )

    text = calendar_file(booked, method="PUBLISH")

    one, other = event_of(text), vobject.readOne(text).vevent
    assert one.start == other.dtstart.value == start
    assert one.end == other.dtend.value == booked.ends_at
    assert str(one["LOCATION"]) == other.location.value == (place or "På plats i kommunen")
    assert max(len(line.encode()) for line in text.split("\r\n")) <= 75


def test_calendar_file_says_when_in_utc_and_reads_back_right(chosen):
    text = calendar_file(chosen, method="REQUEST", attendee="sara@halmstad.example.se")

    event = event_of(text)
    assert "DTSTART:20270330T070000Z" in text
    assert event.start == START
    assert event.end == datetime(2027, 3, 30, 8, 30, tzinfo=UTC)
    assert event["SUMMARY"] == "Möte om metodstöd"
    assert event["LOCATION"] == "Rådhuset, Stora torg; plan 2"
    assert event["ORGANIZER"] == "mailto:metodstod@example.se"
    assert event["ATTENDEE"] == "mailto:sara@halmstad.example.se"
    assert text.endswith("\r\n")
    assert text.count("\n") == text.count("\r\n")
    assert max(len(line.encode()) for line in text.split("\r\n")) <= 75


def test_calendar_file_holds_nothing_of_what_the_group_wrote_and_nobodys_name(chosen, coordinator):
    text = calendar_file(chosen, method="REQUEST", attendee=coordinator.email).replace("\r\n ", "")

    for word in (
        "ungdomar",
        "Maja",
        "Karin",
        "Sara",
        chosen.consultation.team.name,
        "maja.malm",
        "prostitution",
    ):
        assert word not in text
    assert text.count("@") == 2  # the portal's and the receiver's own


@pytest.mark.parametrize(("form", "says"), [("phone", "Per telefon"), ("digital", "Digitalt möte")])
def test_calendar_file_says_how_one_meets_when_there_is_no_place(chosen, form, says):
    chosen.consultation.form = form

    assert event_of(calendar_file(chosen, method="PUBLISH"))["LOCATION"] == says


def test_mail_is_an_invitation_in_body_and_in_mime_for_its_receiver_alone(chosen, social_worker):
    mail = Mail.objects.get(purpose="consultation_confirmed", to=social_worker.email)

    read = message_from_bytes(message(mail).message().as_bytes(linesep="\r\n"), policy=policy.default)

    (part,) = (part for part in read.walk() if part.get_content_type() == "text/calendar")
    assert read.get_content_type() == "multipart/alternative"
    assert part["content-type"].params["method"] == "REQUEST"
    calendar = Calendar.from_ical(part.get_content())
    assert calendar["METHOD"] == "REQUEST"
    assert event_of(part.get_content())["ATTENDEE"] == f"mailto:{social_worker.email}"


def test_uid_stays_and_sequence_rises_through_the_whole_life(chosen, social_worker, coordinator):
    consultation = chosen.consultation
    booking.take(consultation, by=coordinator)
    booking.move(
        consultation,
        booking.Slot.of(START, minutes=60, before=0, after=0),
        "Skäl.",
        seen_sequence=0,
        by=coordinator,
        key=uuid.uuid4(),
    )
    asking.change(
        consultation,
        {"need": "Nytt.", "form": "on_site", "place": "", "wished_times": ""},
        target_groups=list(consultation.target_groups.all()),
        partners=[],
        seen_scope=1,
        by=social_worker,
        key=uuid.uuid4(),
    )
    mandate.decide(Mandate.objects.standing().get(), Mandate.Decision.GIVEN, "", key=uuid.uuid4())
    asking.withdraw(consultation, "", by=social_worker, key=uuid.uuid4())

    mails = Mail.objects.filter(to=social_worker.email).exclude(calendar="")
    events = [(mail.calendar_method, event_of(mail.calendar)) for mail in mails]

    life = sorted((event["SEQUENCE"], method, str(event["STATUS"])) for method, event in events)
    assert life == [
        (0, "REQUEST", "CONFIRMED"),
        (1, "REQUEST", "CONFIRMED"),
        (2, "REQUEST", "TENTATIVE"),
        (3, "REQUEST", "CONFIRMED"),
        (4, "CANCEL", "CANCELLED"),
    ]
    assert {str(event["UID"]) for _, event in events} == {str(UID)}
