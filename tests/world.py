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

from consultations import afterwards, asking, booking, joint, mandate, open_times, partner, waiting, wishes
from consultations.models import BookableTime, Consultation, JointMeeting, ManagerQuestion, WeeklyPattern
from feedback import following
from feedback.disposing import approve, propose
from feedback.handling import handle
from feedback.marking import mark
from feedback.models import (
    Correction,
    Draft,
    GuardCount,
    InternalNote,
    Outcome,
    QuestionSet,
    SavedSearch,
    Theme,
)
from feedback.replying import reply
from feedback.submitting import submit
from lectures.models import Lecture, Link, Material, Meeting
from metodstod.models import AccessLog, County, FieldOfWork, Invitation, Mail, Municipality, TargetGroup
from metodstod.personal_data import Kind
from tests.factories import (
    make_chapter,
    make_coming_captions,
    make_consultation,
    make_cue,
    make_municipality,
    make_notice,
    make_passkey,
    make_staff,
    make_team,
    make_user,
)

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
        self.make_desk()
        self.make_consultations()
        self.make_times()
        self.make_meetings()

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
            "statistician": self.make_staff("statistikläsare", "sten", [], name="Sten Siffer"),
            "archivist": self.make_staff("arkivarie", "arne", ["13"], name="Arne Arkiv"),
            "other_archivist": self.make_staff("arkivarie", "asa", ["14"], name="Åsa Akt"),
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
            self.passkey = make_passkey(person)
        if who in {"half_in", "unenrolled"}:
            self.log_in_by_code(client, person)
            return client
        client.force_login(person)
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
        self.filmed.film, self.filmed.captions = "film/exempel.mp4", "captions/exempel.vtt"
        self.filmed.captions_by_machine = True
        self.filmed.visual_description = "En bild visar hur många som har svarat."
        self.filmed.save()
        self.chapter = make_chapter(self.filmed, "Lagen", second=60, question="Vad gör ni i dag?")
        make_chapter(self.filmed, "Inte klart", second=3700, published_at=None)
        for second in (0, 4, 61, 64):
            make_cue(self.filmed, f"Det här sägs vid sekund {second}.", second=second)
        for second in range(100, 400, 60):
            make_cue(self.filmed, "Då börjar betänketiden.", second=second)
            make_cue(self.filmed, "Och sedan väntar vi.", second=second + 4)
        make_cue(self.filmed, "Det här sägs vid sekund 3701.", second=3701)
        self.coming_captions = make_coming_captions(self.filmed)
        self.notice = self.filmed.notices.first()
        self.notice.places.filter(lecture=self.filmed).update(second=61)
        self.drafted_notice = make_notice(published_at=None)
        Lecture.objects.filter(pk=self.elsewhere.pk).update(
            film_url="https://film.example.se/1", embed_url="https://film.example.se/1/inbaddad"
        )
        Link.objects.create(
            address="https://film.example.se/1",
            used_by=f"Föreläsningen ”{self.elsewhere}”",
            outcome=Link.Outcome.GONE,
            detail="Svaret var 404.",
            failing_since=timezone.now() - timedelta(days=2),
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
        self.write_draft(self.busy, f"Det första försöket. Ring Lisa på 070-174 06 05. {LONG_WORD}")
        self.write_draft(self.busy, LONG_TEXT)
        self.sent = self.make_team("Familjeteamet")
        self.sent_meeting = self.hold_meeting(self.sent, Lecture.objects.published()[:3])
        self.submission = self.submit(self.sent, LONG_TEXT)
        self.follow_up, self.follow_up_token = self.ask_how_it_went(3)
        answered, self.answered_token = self.ask_how_it_went(6)
        following.receive(answered, dict.fromkeys(answered.plans, ("partly", LONG_TEXT[:2000])))
        GuardCount.add([Kind.EMAIL], GuardCount.Outcome.SENT)
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

    # The coordinator's desk ------------------------------------------------------------------------

    def make_desk(self):
        """Let the coordinator have worked on what was received, and told what came of it."""
        karin, lead = self.people["coordinator"], self.people["lead"]
        answer = self.submission.answers.first()
        self.theme = Theme.objects.first()
        mark([answer], {answer.pk: {0, 1}}, theme=self.theme, by=karin)
        reply(self.submission, text=LONG_TEXT[:4_000], key=uuid.uuid4(), by=karin)
        InternalNote.objects.create(submission=self.submission, text=LONG_TEXT[:4_000], by=karin)
        Correction.objects.create(submission=self.submission, text="Gruppen har sex medlemmar.", by=karin)
        SavedSearch.objects.create(owner=karin, name=LONG_WORD[:80], query="q=stöd", tell=True)
        done = self.closed.submissions.first()
        done.status = "done"
        handle(done, changed=["status"], by=karin)
        (self.disposal,) = propose(self.closed.submissions.all(), by=karin)
        self.disposal.decision, self.disposal.reason = "004-1-2026", "Gallras efter fem år."
        self.disposal.save()
        approve(self.disposal, read=(self.disposal.decision, self.disposal.reason), by=lead)
        self.outcome = Outcome(
            county=self.halmstad.county, heard="Ni vill våga fråga.", did=LONG_TEXT[:600], theme=self.theme
        )
        self.outcome.write(by=karin)
        self.outcome.approve(by=lead)

    def ask_how_it_went(self, months):
        """Ask about what was sent, as the clock does after so many months; return the question and its link's secret."""
        following.ask(self.submission, months)
        letter = Mail.objects.filter(purpose="feedback_how_did_it_go").latest("created_at")
        return self.submission.follow_ups.get(months=months), re.search(
            r"/uppfoljning/([^/]+)/", letter.body
        )[1]

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
        AccessLog.record(
            self.people["coordinator"], "read", self.submission, reference=self.submission.reference
        )
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

    # Times -----------------------------------------------------------------------------------------

    def make_times(self):
        """Publish times, let a group stand in line, another be offered a time, and two municipalities choose together."""
        by, member = self.people["coordinator"], self.people["member"]
        self.pattern, _ = open_times.publish_weekly(
            WeeklyPattern(
                weekday=2,
                time=clock(13),
                minutes=60,
                first_day=timezone.localdate() + timedelta(days=30),
                last_day=timezone.localdate() + timedelta(days=90),
                digital=True,
                on_site=True,
            ),
            by=by,
        )
        self.queued, _ = self.ask("Som står i kö")
        waiting.stand(self.queued, waiting.months()[8:10], by=member, key=uuid.uuid4())
        self.offered, _ = self.ask("Som erbjuds en tid")
        waiting.stand(self.offered, [waiting.months()[5]], by=member, key=uuid.uuid4())
        start = timezone.make_aware(datetime.combine(waiting.months()[5] + timedelta(days=9), clock(10)))
        self.bookable = open_times.publish(
            BookableTime(starts_at=start, ends_at=start + timedelta(minutes=90), on_site=True), by=by
        )
        waiting.offer()
        self.joint, _ = self.ask("Som möts tillsammans")
        self.partner = self.joint.parties.get(is_lead=False)
        contact = {"name": "Frida Falk", "email": "frida@falkenberg.example.se"}
        partner.invite(self.partner, contact, by=member, key=uuid.uuid4())
        letter = Mail.objects.filter(to=contact["email"]).order_by("-created_at", "-pk").first()
        self.partner_token = re.search(r"/tid/([\w-]+)/", letter.body)[1]
        partner.accept(self.partner, "Vi vill lära av andra.", MANAGER, key=uuid.uuid4())
        self.propose(self.joint, day=42)
        wishes.wish(self.partner, "Helst en torsdag efter klockan 13.", key=uuid.uuid4())
        self.elsewhere_asked = make_consultation(self.foreign)

    # Meetings ----------------------------------------------------------------------------------------

    def make_meetings(self):
        """Let a meeting have been held, two groups meet together, a third be offered to, and a partner be asked."""
        by, member = self.people["coordinator"], self.people["member"]
        self.met, _ = self.ask("Som har haft sitt möte")
        booking.take(self.met, by=by)
        day = timezone.localdate() - timedelta(days=100)
        afterwards.hold(self.met, day, "Mötet blev bra.", by=by, key=uuid.uuid4())
        step = {"text": "Skriva en rutin för orosanmälan.", "party": self.met.parties.get(is_lead=True)}
        afterwards.agree(self.met, step | {"due_on": None}, by=member, key=uuid.uuid4())
        afterwards.agree(
            self.met, {"text": LONG_WORD, "party": None, "due_on": None}, by=by, key=uuid.uuid4()
        )
        self.host, _ = self.ask("Som är värd")
        laholm = make_municipality("Laholm", code="1381", domain="laholm.example.se")
        self.guest = make_consultation(make_team(name="Gästen", municipality=laholm), open_to_joint=True)
        self.invited, _ = self.ask("Som erbjuds att mötas")
        self.meeting_offer = joint.offer(
            JointMeeting(
                key=uuid.uuid4(),
                subject="Unga och sex mot ersättning",
                month=timezone.localdate().replace(day=1),
                county=laholm.county,
                is_listed=True,
            ),
            [self.host, self.guest, self.invited],
            target_groups=[],
            by=by,
        )
        for one in (self.host, self.guest):
            joint.accept(one.offers.get(), by=one.team.contact(), key=uuid.uuid4())
        self.people["guest"] = self.guest.team.contact()
        self.wished = self.asked.parties.get(is_lead=False)
        # The first one asked was the wrong person: that link leads nowhere since the second one was asked.
        self.replaced_token = self.ask_partner("Frans Falk", "frans@falkenberg.example.se")
        self.asked_token = self.ask_partner("Fia Falk", "fia@falkenberg.example.se")

    def ask_partner(self, name, email):
        """Ask somebody whether the wished municipality wants to take part; return their link's token."""
        contact = {"name": name, "email": email}
        partner.invite(self.wished, contact, by=self.people["member"], key=uuid.uuid4())
        return re.search(r"/tid/([\w-]+)/", Mail.objects.get(to=email).body)[1]

    # Addresses -------------------------------------------------------------------------------------

    def fill(self, route):
        """Return the address of a route with things that exist in each argument's place."""
        reference = self.confirmed if route.startswith("konsultation") else self.submission
        values = {
            "<reference:reference>": reference.reference,
            "<uuid:team>": self.team.pk,
            "<uuid:invitation>": self.invitation.pk,
            "<slug:provider_id>": "oidc",
            "<uuid:booking_id>": self.proposed.bookings.first().pk,
            "<int:question>": self.question.pk,
            "<uuid:bookable>": self.bookable.pk,
            "<uuid:pattern>": self.pattern.pk,
            "<int:party>": self.confirmed.parties.get(is_lead=False).pk,
            "<uuid:mandate>": self.confirmed.parties.get(is_lead=True).mandates.first().pk,
            "<uuid:meeting>": "00000000-0000-4000-8000-000000000000",
            "<str:token>": self.follow_up_token if route.startswith("uppfoljning") else self.token,
            "<slug:slug>": Material.objects.first().slug
            if route.startswith("material")
            else Lecture.objects.published().first().slug,
            "<uuid:pk>": self.meeting.pk
            if "/traff/" in route
            else self.invitation.pk
            if "inbjudan" in route
            else self.team.pk,
        }
        if route.startswith("konsultationer/"):
            values["<str:kind>"] = "csv"
        if route.startswith("tid/"):
            values["<str:token>"] = self.partner_token
        if "/traff/<uuid:pk>" in route or route.endswith(("/narvaro.pdf", "/intyg/")):
            values["<uuid:team>"] = self.busy.pk
        return "/" + re.sub(r"<[^>]+>", lambda match: str(values.get(match[0], "1")), route)
