"""Every mail of step 3, caught and read: no personal data in any, and only the words that a letter is allowed."""

import re
import uuid
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.conf import settings
from django.utils import timezone

from consultations import asking, booking, mandate, open_times, partner, reminders, suitability, waiting
from consultations.booking import Slot
from consultations.models import ManagerQuestion, Mandate, Party
from metodstod.personal_data import find_identity_numbers
from tests.factories import (
    make_bookable,
    make_consultation,
    make_member,
    make_municipality,
    make_team,
    make_user,
)

LETTERS = Path(settings.BASE_DIR / "templates" / "mail")
# What a letter may say of a consultation. None of it is about a person: a group's name, a municipality, a time.
ALLOWED = {
    "reference",
    "link",
    "site_url",
    "team.name",
    "municipality",
    "party",
    "days",
    "answered",
    "booking.starts_at",
    "booking.ends_at",
    "booking.held_until",
    "mandate.expires_at",
}
# Whom and what it is about, in words that nothing else has.
SECRETS = {
    "the need": "Hemligtbehov",
    "the wished times": "Hemligönskan",
    "a reason": "Hemligtskäl",
    "a question": "Hemligfråga",
    "an answer": "Hemligtsvar",
    "the manager's name": "Chefsnamn",
    "the manager's title": "Chefstitel",
    "a member's name": "Medlemsnamn",
    "the coordinator's name": "Karin Karlsson",
    "the contact's name": "Kontaktnamn",
    "the contact's need": "Hemligtpartnerbehov",
    "a phone number": "070-174 06 05",
}
MANAGER = {"name": "Chefsnamn", "title": "Chefstitel", "email": "chef@halmstad.example.se"}


def consultation_letters():
    return sorted(LETTERS.glob("consultation_*.txt"))


@pytest.mark.parametrize("letter", consultation_letters(), ids=lambda path: path.stem)
def test_a_letter_says_only_what_is_allowed(letter):
    """What is not in the list cannot be in a letter, whatever someone has written in the portal."""
    text = letter.read_text()
    printed = {re.split(r"[|\s]", found.strip())[0] for found in re.findall(r"{{(.*?)}}", text)}
    asked = {
        word
        for tag in re.findall(r"{%\s*(?:el)?if (.*?)%}", text)
        for word in re.findall(r"[a-z_][\w.]*", re.sub(r"\"[^\"]*\"|'[^']*'", "", tag))
    } - {"and", "or", "not", "in", "is", "None"}

    assert printed <= ALLOWED
    assert {"link", "reference"} & printed
    assert not {
        name for name in asked if name.partition(".")[0] not in {one.partition(".")[0] for one in ALLOWED}
    }


@pytest.fixture
def sink(deliver_mail, coordinator, client):
    """Live through a consultation's whole life, with everything that could leak, and catch what was sent."""
    caught = []
    make_municipality("Halmstad", code="1380", domain="halmstad.example.se")
    member = make_user("medlem@halmstad.example.se", name="Medlemsnamn")
    team = make_team(member, name="Gruppen")
    make_member(team, email="kollega@halmstad.example.se", name="Medlemsnamn Två")
    falkenberg = make_municipality("Falkenberg", code="1382")
    asked = make_consultation(
        team,
        need="Hemligtbehov, ring 070-174 06 05",
        wished_times="Hemligönskan",
        partners=[falkenberg],
        manager=MANAGER,
    )
    invited = asked.parties.get(is_lead=False)
    contact = {"name": "Kontaktnamn", "email": "kontakt@falkenberg.example.se"}
    partner.invite(invited, contact, by=member, key=uuid.uuid4())
    partner.accept(
        invited, "Hemligtpartnerbehov", MANAGER | {"email": "chef@falkenberg.example.se"}, key=uuid.uuid4()
    )
    mandate.ask_back(manager_of(asked), "Hemligfråga", key=uuid.uuid4())
    mandate.answer(ManagerQuestion.objects.get(), "Hemligtsvar", by=member, key=uuid.uuid4())
    caught += deliver_mail()

    # Times: refused, answered, confirmed, swapped, moved, reminded of, called off.
    days = timezone.now().replace(minute=0, second=0, microsecond=0) + timedelta(days=20)
    slots = [Slot.of(days + timedelta(days=one), minutes=60, before=0, after=0) for one in range(3)]
    booking.propose(asked, slots, by=coordinator, key=uuid.uuid4())
    booking.refuse(asked, "Hemligönskan", by=member, key=uuid.uuid4())
    booking.propose(asked, slots, by=coordinator, key=uuid.uuid4())
    mandate.decide(manager_of(asked), Mandate.Decision.GIVEN, "Hemligtskäl", key=uuid.uuid4())
    lead = asked.parties.get(is_lead=True)
    proposed = {one.pk for one in asked.bookings.filter(state="proposed")}
    suitability.answer(invited, proposed, seen=proposed, key=uuid.uuid4())
    suitability.answer(lead, proposed, seen=proposed, by=member, key=uuid.uuid4())
    booked = asked.bookings.chosen().get()
    other = make_bookable(coordinator, days + timedelta(days=10))
    open_times.swap(asked, other, "Hemligtskäl", seen_sequence=booked.sequence, by=member, key=uuid.uuid4())
    booked.refresh_from_db()
    later = Slot.of(days + timedelta(days=12), minutes=60, before=0, after=0)
    booking.move(asked, later, "Hemligtskäl", seen_sequence=booked.sequence, by=coordinator, key=uuid.uuid4())
    caught += deliver_mail()
    with time_machine.travel(later.starts_at - timedelta(hours=16)):
        reminders.send_due()
        caught += deliver_mail()
    booking.cancel_time(asked, "Hemligtskäl", by=coordinator, key=uuid.uuid4())

    # The line, an offer, a hold that ends, and the end of it all.
    booked = other_life(member, coordinator)
    with time_machine.travel(booked.held_until + timedelta(minutes=1)):
        booking.let_go_everywhere()
        caught += deliver_mail()
    asking.withdraw(asked, "Hemligtskäl", by=member, key=uuid.uuid4())
    return caught + deliver_mail()


def manager_of(consultation):
    return Mandate.objects.standing().get(party__consultation=consultation, party__is_lead=True)


def other_life(member, coordinator):
    """Let another group stand in line and be offered a time, that it takes and then cannot keep."""
    team = make_team(member, name="Andra gruppen")
    asked = make_consultation(team, need="Hemligtbehov", manager=MANAGER)
    month = waiting.months()[3]
    waiting.stand(asked, [month], by=member, key=uuid.uuid4())
    start = timezone.now().replace(year=month.year, month=month.month, day=12, hour=9, minute=0)
    make_bookable(coordinator, start)
    waiting.offer()
    waiting.accept(asked.bookings.get(), by=member)
    return asked.bookings.get()


@pytest.mark.django_db
def test_no_mail_of_a_whole_life_holds_personal_data(sink):
    leaks = []
    for mail in sink:
        parts = [mail.subject, mail.body, *(str(part[0]) for part in mail.alternatives)]
        text = "\n".join(parts).replace("\r\n ", "")
        leaks += [(mail.subject, what) for what, words in SECRETS.items() if words in text]
        leaks += [(mail.subject, "an identity number") for _ in find_identity_numbers(text)]
        addresses = set(re.findall(r"[\w.+-]+@[\w.-]+", text))
        # In an invitation stands its receiver, who is asked nothing, and the portal itself. In a text nobody does.
        own = {*mail.to, "metodstod@example.se"} if mail.alternatives else set()
        leaks += [(mail.subject, address) for address in addresses - own]

    assert leaks == []
    assert len(sink) > 50
    assert {len(mail.to) for mail in sink} == {1}
    assert not any(mail.cc or mail.bcc for mail in sink)


@pytest.mark.django_db
def test_every_mail_leads_to_its_page_by_https_or_the_portals_own_address(sink):
    links = [link for mail in sink for link in re.findall(r"https?://\S+", mail.body)]

    assert links
    assert {link.split("/")[2] for link in links} == {"testserver"}


@pytest.mark.django_db
def test_the_life_in_the_sink_sends_the_letters_about_time(sink):
    about_time = {
        "Förslag på tider",
        "Vilka tider passar er?",
        "Gruppen ber om andra tider",
        "Tiden är bekräftad",
        "Ny tid",
        "Påminnelse",
        "Inställt",
        "Det finns en ledig tid åt er",
        "Tiden är släppt",
    }

    assert {
        words for words in about_time if any(mail.subject.startswith(words) for mail in sink)
    } == about_time


@pytest.mark.django_db
def test_partners_hear_of_the_joint_meeting_without_the_asking_groups_words(sink):
    to_partner = [mail for mail in sink if mail.to == ["kontakt@falkenberg.example.se"]]

    assert len(to_partner) >= 5
    assert Party.objects.get(contact_email="kontakt@falkenberg.example.se").municipality.name == "Falkenberg"
