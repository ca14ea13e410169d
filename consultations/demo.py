"""Invented consultations for the demo, made by the product's own acts, so that every part can be seen at once."""

import uuid
from datetime import time, timedelta

from django.utils import timezone

from metodstod.models import Municipality, TargetGroup, Team, User

from . import afterwards, asking, booking, joint, mandate, open_times, partner, wishes
from .forms.joint import coming_months
from .models import Consultation, JointMeeting, Mandate, WeeklyPattern

COORDINATOR = "samordnare.halland@lansstyrelsen.example.se"
OTHER_COORDINATOR = "samordnare.vastragotaland@lansstyrelsen.example.se"
HELD_AGO = timedelta(days=95)  # So that the follow-up after three months is due.


def fill():
    """Let three groups have come different ways; done before, it does nothing. Other groups begin from nothing."""
    if Consultation.objects.exists():
        return
    by = User.objects.get(email=COORDINATOR)
    laholm = ask(
        "Familjecentralen, Laholm",
        "Vi möter unga som berättar om sex mot ersättning på nätet, och vill veta hur vi frågar vidare.",
        open_to_joint=True,
        wished_times="Helst en tisdag eller torsdag förmiddag.",
    )
    varberg = ask(
        "Ungdomsteamet, Varberg",
        "Vi vill kunna ställa frågan till ungdomar på ett tryggt sätt, och veta vad vi gör med svaret.",
        open_to_joint=True,
        partners=["1382", "1315"],
    )
    give(varberg)
    invite(varberg, "1382", {"name": "Frida Falk", "email": "frida.falk@falkenberg.example.se"})
    join(invite(varberg, "1315", {"name": "Hugo Hall", "email": "hugo.hall@hylte.example.se"}))
    meeting = JointMeeting(
        key=uuid.uuid4(),
        subject="Unga och sex mot ersättning",
        month=coming_months()[2],
        county=laholm.team.municipality.county,
        is_listed=True,
    )
    joint.offer(meeting, [laholm, varberg], target_groups=laholm.target_groups.all(), by=by)
    publish_times()
    meet(ask("Mottagningen, Kungsbacka", "Vi behöver en rutin för människohandel.", form="on_site"), by)


def publish_times():
    """Let each county's coordinator have times to choose among: calls and video on Tuesdays, visits on Thursdays."""
    first = timezone.localdate() + timedelta(days=7)
    span = {"first_day": first, "last_day": first + timedelta(weeks=20)}
    for email in (COORDINATOR, OTHER_COORDINATOR):
        by = User.objects.get(email=email)
        for fields in (
            {"weekday": 1, "time": time(9), "minutes": 90, "digital": True, "phone": True},
            {"weekday": 3, "time": time(13), "minutes": 120, "on_site": True},
        ):
            open_times.publish_weekly(WeeklyPattern(**fields, **span), by=by)


def ask(team, need, *, partners=(), form="digital", **fields):
    team = Team.objects.get(name=team)
    contact = team.contact()
    domain = contact.email.partition("@")[2]
    return asking.ask(
        Consultation(
            team=team,
            key=uuid.uuid4(),
            need=need,
            form=form,
            participants="Fem socialsekreterare och en enhetschef",
            **fields,
        ),
        target_groups=list(TargetGroup.objects.all()[:2]),
        partners=list(Municipality.objects.filter(code__in=partners)),
        manager={"name": "Maja Malm", "title": "enhetschef", "email": f"maja.malm@{domain}"},
        by=contact,
    )


def give(consultation):
    asked = Mandate.objects.of_lead(consultation).standing().get()
    mandate.decide(asked, Mandate.Decision.GIVEN, "", key=uuid.uuid4())


def invite(consultation, code, contact):
    """Ask the municipality with this code to take part, by the one who asked; return it as a party."""
    party = consultation.parties.get(municipality__code=code)
    partner.invite(party, contact, by=consultation.team.contact(), key=uuid.uuid4())
    party.refresh_from_db()
    return party


def join(party):
    """Let the municipality say yes, and wish for other times than those that are proposed or published."""
    manager = {
        "name": "Märta Holm",
        "title": "verksamhetschef",
        "email": f"marta.holm@{party.contact_email.partition('@')[2]}",
    }
    partner.accept(party, "Vi möter unga som säljer bilder på nätet.", manager, key=uuid.uuid4())
    wishes.wish(party, "Tisdagar går inte för oss. Onsdagar efter 13 passar bra.", key=uuid.uuid4())


def meet(consultation, by):
    """Let the meeting have been held some months ago, with next steps agreed."""
    give(consultation)
    booking.take(consultation, by=by)
    afterwards.hold(consultation, timezone.localdate() - HELD_AGO, "", by=by, key=uuid.uuid4())
    lead = consultation.parties.get(is_lead=True)
    for text, party in (("Skriva en rutin och visa den för alla nya.", lead), ("Skicka mallen.", None)):
        afterwards.agree(
            consultation, {"text": text, "party": party, "due_on": None}, by=by, key=uuid.uuid4()
        )
    afterwards.finish(consultation.next_steps.last(), by=by)
