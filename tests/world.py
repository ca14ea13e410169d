"""One portal with everything in it: the programme's content, people of every kind, groups at every point of the path.

Built by the product's own acts, so that no state is one that nobody can come to. For tests that look at all pages.
"""

import re
import time
import uuid
from datetime import datetime, timedelta
from datetime import time as clock

from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from consultations import asking, booking, mandate
from consultations.models import Consultation, ManagerQuestion
from feedback.models import Draft, QuestionSet
from feedback.submitting import submit
from lectures.models import Lecture, Material, Meeting
from metodstod.models import County, FieldOfWork, Invitation, Mail, Municipality, TargetGroup
from tests.factories import make_municipality, make_staff, make_team, make_user

LONG_WORD = ("flaggstångsknopp" * 13)[:200]
LONG_TEXT = (f"Vi har talat om {LONG_WORD}. " + "Ord på ord på ord, och sedan ännu fler. " * 130)[
    :5_000
].strip()
MANAGER = {
    "name": "Maja Malm",
    "title": "enhetschef",
    "email": "maja.malm@halmstad.example.se",
}


class World:
    def __init__(self):
        call_command("load_content", verbosity=0)
        self.halmstad = make_municipality("Halmstad", code="1380", domain="halmstad.example.se")
        self.boras = make_municipality("Borås", code="1490", domain="boras.example.se")
        self.make_films()
        self.make_people()
        self.make_groups()
        self.make_consultations()

    # People ----------------------------------------------------------------------------------------

    def make_people(self):
        self.people = {
            "member": make_user("sara@halmstad.example.se", name="Sara Svensson"),
            "colleague": make_user("ali@halmstad.example.se", name="Ali Abdi"),
            "fresh": make_user("nils@halmstad.example.se", name="Nils Ny"),
            "nameless": make_user("namnlos@halmstad.example.se"),
            "outsider": make_user("olle@boras.example.se", name="Olle Olsson"),
            "stranger": make_user("okand@nagonstans.example.se"),
            "waiting": make_user("vantar@nagonstans.example.se"),
            "coordinator": self.make_staff("samordnare", "karin", ["13"], name="Karin Karlsson"),
            "other_coordinator": self.make_staff("samordnare", "viktor", ["14"], name="Viktor Ek"),
            "unenrolled": self.make_staff("samordnare", "ulla", ["13"], name="Ulla Ung"),
            "enrolled": self.make_staff("samordnare", "elin", ["13"], name="Elin Ek"),
            "half_in": self.make_staff("samordnare", "hans", ["13"], name="Hans Halv"),
            "editor": self.make_staff("redaktör", "eva", ["13"], name="Eva Edström"),
            "lead": self.make_staff("programledare", "petra", [], name="Petra Lund"),
        }
        self.people["waiting"].ask_admission(
            name="Vera Väntar", municipality=self.halmstad, workplace="Familjecentralen"
        )

    def make_staff(self, role, mailbox, counties, **fields):
        person = make_staff(
            f"{mailbox}@lansstyrelsen.example.se", counties=County.objects.filter(code__in=counties), **fields
        )
        person.groups.add(Group.objects.get(name=role))
        return person

    def client(self, who):
        """Return a client where the person is logged in, staff with their second factor; a visitor is nobody."""
        client = Client()
        if who == "visitor":
            return client
        if who == "code":
            client.post("/konto/login/", {"email": "sara@halmstad.example.se"})
            return client
        person = self.people[who]
        if who in {"half_in", "enrolled"}:
            TOTP.activate(person, generate_totp_secret())
            RecoveryCodes.activate(person)
        if who == "half_in":
            self.log_in_by_code(client, person)
            return client
        client.force_login(person)
        if who == "unenrolled":
            return client
        if person.is_staff:
            session = client.session
            used = {"method": "mfa", "type": "totp", "at": time.time(), "reauthenticated": True}
            session["account_authentication_methods"] = [used]
            session["account_authentication_methods_user"] = str(person.pk)
            session.save()
        return client

    def log_in_by_code(self, client, person):
        client.post("/konto/login/", {"email": person.email})
        letter = Mail.objects.filter(to=person.email, purpose="login_code").latest("created_at")
        client.post("/konto/login/code/confirm/", {"code": re.search(r"\d{4}[ -]?\d{4}", letter.body)[0]})

    # Content ---------------------------------------------------------------------------------------

    def make_films(self):
        """Let one lecture have its film here, and another with somebody else."""
        self.filmed, self.elsewhere = Lecture.objects.published()[2:4]
        self.filmed.film = "film/exempel.mp4"
        self.filmed.visual_description = "En bild visar hur många som har svarat."
        self.filmed.save()
        Lecture.objects.filter(pk=self.elsewhere.pk).update(
            film_url="https://film.example.se/1", embed_url="https://film.example.se/1/inbaddad"
        )

    # Groups ----------------------------------------------------------------------------------------

    def make_groups(self):
        member, colleague = self.people["member"], self.people["colleague"]
        field = FieldOfWork.objects.first()
        self.team = self.make_team("Barn och unga, centrum", field_of_work=field)
        self.team.invite("nils@halmstad.example.se", by=member, key=uuid.uuid4())
        self.team.invite("kollega@okand.example.se", by=member, key=uuid.uuid4())
        self.invitation = Invitation.objects.get(email="nils@halmstad.example.se")
        self.busy = self.make_team("Vuxna " + LONG_WORD[:110], workplace=LONG_WORD[:118])
        self.meeting = self.hold_meeting(self.busy, Lecture.objects.published())
        self.hold_meeting(self.busy, Lecture.objects.published()[:2])
        self.write_draft(self.busy, LONG_TEXT)
        self.sent = self.make_team("Familjeteamet")
        self.hold_meeting(self.sent, Lecture.objects.published()[:3])
        self.submission = self.submit(self.sent, LONG_TEXT)
        self.closed = self.make_team("Den avslutade gruppen")
        self.closed_meeting = self.hold_meeting(self.closed, Lecture.objects.published()[:1])
        self.submit(self.closed, "Ett kort svar.")
        self.closed.close(by=member)
        self.second = make_team(colleague, member, name="Kollegans grupp", municipality=self.halmstad)
        self.foreign = make_team(self.people["outsider"], name="Boråsgruppen", municipality=self.boras)

    def make_team(self, name, **fields):
        fields = {"municipality": self.halmstad, "workplace": "Socialkontoret", "name": name} | fields
        return make_team(self.people["member"], self.people["colleague"], **fields)

    def hold_meeting(self, team, lectures):
        meeting = Meeting(
            team=team,
            held_on=timezone.localdate() - timedelta(days=3),
            count_social_worker=4,
            count_manager=1,
            logged_by=self.people["member"],
        )
        return meeting.log(list(lectures))

    def write_draft(self, team, text):
        draft = Draft.begin(team, QuestionSet.objects.latest_published())
        for answer in draft.answers.all():
            answer.write(text, version=answer.version, page=uuid.uuid4(), turn=1, by=self.people["member"])
        return Draft.objects.of(team)

    def submit(self, team, text):
        draft = self.write_draft(team, text)
        return submit(team, key=draft.key, versions=draft.versions, by=self.people["member"])

    # Consultations ---------------------------------------------------------------------------------

    def make_consultations(self):
        self.asked, self.token = self.ask("Som just har frågat")
        self.long, self.long_token = self.ask("Som skrev mycket", need=LONG_TEXT[:4_000], place=LONG_WORD)
        self.questioned, self.questioned_token = self.ask("Som fick en fråga")
        mandate.ask_back(self.mandate(self.questioned_token), "Hur många dagar tar det?", key=uuid.uuid4())
        self.question = ManagerQuestion.objects.get()
        self.declined, self.declined_token = self.ask("Som fick nej")
        self.decide(self.declined_token, "declined", "Vi har inte tid i vår.")
        self.proposed, self.proposed_token = self.ask("Som har tider att välja på")
        self.propose(self.proposed)
        self.held, self.held_token = self.ask("Som väntar på chefen")
        self.accept(self.held, day=7)
        self.confirmed, self.confirmed_token = self.ask("Som har en tid")
        self.decide(self.confirmed_token, "given", "")
        self.accept(self.confirmed, day=21)
        self.withdrawn, self.withdrawn_token = self.ask("Som ändrade sig")
        asking.withdraw(
            self.withdrawn, "Vi vill vänta till hösten.", by=self.people["member"], key=uuid.uuid4()
        )

    def ask(self, name, *, need="Vi vill kunna ställa frågan om sex mot ersättning.", place=""):
        """Ask for a consultation as a group of its own; return it with the token of the manager's link."""
        consultation = Consultation(
            team=self.make_team(name),
            key=uuid.uuid4(),
            need=need,
            form="on_site",
            place=place[:200],
            wished_times="Helst en tisdag.",
        )
        stored = asking.ask(
            consultation,
            target_groups=list(TargetGroup.objects.all()[:2]),
            partners=[Municipality.objects.get(code="1382")],
            manager=MANAGER,
            by=self.people["member"],
        )
        letter = Mail.objects.filter(to=MANAGER["email"]).order_by("-created_at", "-pk").first()
        return stored, re.search(r"/mandat/([\w-]+)/", letter.body)[1]

    def mandate(self, token):
        return mandate.find(token)

    def decide(self, token, decision, message):
        mandate.decide(self.mandate(token), decision, message, key=uuid.uuid4())

    def propose(self, consultation, day=14):
        first = timezone.localdate() + timedelta(days=day)
        slots = [
            booking.Slot.of(
                timezone.make_aware(datetime.combine(first + timedelta(days=step), clock(9 + step))),
                minutes=90,
                before=30,
                after=30,
            )
            for step in range(3)
        ]
        booking.propose(consultation, slots, by=self.people["coordinator"], key=uuid.uuid4())
        return consultation.bookings.first()

    def accept(self, consultation, *, day):
        booking.accept(self.propose(consultation, day), by=self.people["member"])

    # Addresses -------------------------------------------------------------------------------------

    def fill(self, route):
        """Return the address of a route with things that exist in each argument's place."""
        reference = self.confirmed if route.startswith("konsultation") else self.submission
        values = {
            "<reference:reference>": reference.reference,
            "<uuid:team>": self.team.pk,
            "<uuid:invitation>": self.invitation.pk,
            "<uuid:booking_id>": self.proposed.bookings.first().pk,
            "<int:question>": self.question.pk,
            "<str:token>": self.token,
            "<slug:slug>": Material.objects.first().slug
            if route.startswith("material")
            else Lecture.objects.published().first().slug,
            "<uuid:pk>": self.meeting.pk
            if "/traff/" in route
            else self.invitation.pk
            if "inbjudan" in route
            else self.team.pk,
        }
        if "/traff/<uuid:pk>" in route:
            values["<uuid:team>"] = self.busy.pk
        return "/" + re.sub(r"<[^>]+>", lambda match: str(values.get(match[0], "1")), route)
