"""Plain builders: each makes one thing that is valid, and takes any field by name."""

import itertools
import json
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path

from allauth.mfa.webauthn.internal.auth import WebAuthn
from cryptography.hazmat.primitives.asymmetric import ec
from django.contrib.auth.models import Group, Permission
from django.utils import timezone
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import (
    Aaguid,
    AttestationObject,
    AttestedCredentialData,
    AuthenticatorData,
    CollectedClientData,
)

from consultations import asking
from consultations.booking import Slot
from consultations.models import BookableTime, Booking, Consultation
from feedback.models import Answer, Draft, DraftAnswer, Question, QuestionSet, SearchableText, Submission
from lectures.models import Chapter, ComingCaptions, Cue, Lecture, Material, Meeting, Notice, Provider
from metodstod.models import County, EmailDomain, FieldOfWork, Municipality, TargetGroup, Team, User
from metodstod.sorting import swedish_key

_numbers = itertools.count(1)
ROLES = Path(__file__).resolve().parent.parent / "fixtures" / "roles.json"


def make_county(code="13", **fields):
    defaults = {"name": f"Län {code}", "participates": True}
    return County.objects.get_or_create(code=code, defaults=defaults | fields)[0]


def make_municipality(name="Halmstad", *, code="1380", domain=None, **fields):
    """Make a municipality with its mail domain, in the county that its code begins with."""
    county = fields.pop("county", None) or make_county(code[:2])
    municipality, _ = Municipality.objects.get_or_create(
        code=code, defaults={"name": name, "county": county, "sort_key": swedish_key(name)} | fields
    )
    EmailDomain.objects.get_or_create(
        name=domain or f"{swedish_key(name)}.example.se", defaults={"municipality": municipality}
    )
    return municipality


def make_user(email=None, **fields):
    return User.objects.create_user(email or f"person{next(_numbers)}@okand.example.se", **fields)


def make_role(name):
    """Make a role of staff, with the permissions that the product gives it."""
    role, made = Group.objects.get_or_create(name=name)
    if made:
        rows = {row["fields"]["name"]: row["fields"]["permissions"] for row in json.loads(ROLES.read_text())}
        role.permissions.set(Permission.objects.get_by_natural_key(*key) for key in rows[name])
    return role


def make_staff(email=None, *, counties=(), role=None, **fields):
    """Make a person on the authority's side who handles the given counties: `role` is "samordnare", for instance."""
    user = make_user(email, is_staff=True, **fields)
    user.counties.set(counties)
    if role:
        user.groups.add(make_role(role))
    return user


def make_passkey(person, name="Arbetstelefonen"):
    """Make a passkey as a browser would have sent it; nobody holds its private key."""
    public = ES256.from_cryptography_key(ec.generate_private_key(ec.SECP256R1()).public_key())
    held = AttestedCredentialData.create(Aaguid.NONE, b"a-credential-of-the-tests", public)
    said = AuthenticatorData.create(sha256(b"testserver").digest(), AuthenticatorData.FLAG.AT, 0, held)
    client = CollectedClientData.create(
        type="webauthn.create", challenge=b"x" * 32, origin="https://testserver"
    )
    return WebAuthn.add(
        person,
        name,
        {
            "id": websafe_encode(held.credential_id),
            "rawId": websafe_encode(held.credential_id),
            "type": "public-key",
            "response": {
                "clientDataJSON": websafe_encode(client),
                "attestationObject": websafe_encode(AttestationObject.create("none", said, {})),
            },
        },
    ).instance


def make_member(team, **fields):
    """Make a person with a place in the team."""
    user = make_user(fields.pop("email", None), municipality=team.municipality, **fields)
    team.join(user)
    return user


def make_field_of_work(slug="barn-och-unga", **fields):
    return FieldOfWork.objects.get_or_create(slug=slug, defaults={"name": "Barn och unga"} | fields)[0]


def make_target_group(slug="anhoriga", **fields):
    return TargetGroup.objects.get_or_create(slug=slug, defaults={"name": "Anhöriga"} | fields)[0]


def make_team(*members, **fields):
    """Make a work group; its members, if any, join in order, the first as contact."""
    defaults = {"name": f"Grupp {next(_numbers)}", "workplace": "Socialkontoret"}
    fields.setdefault("municipality", None)
    fields["municipality"] = fields["municipality"] or make_municipality()
    team = Team.objects.create(**defaults | fields)
    for member in members:
        team.join(member)
    return team


def make_provider(slug="mikamottagningen", **fields):
    return Provider.objects.get_or_create(slug=slug, defaults={"name": "Mikamottagningen"} | fields)[0]


def make_lecture(title=None, **fields):
    number = next(_numbers)
    groups = fields.pop("target_groups", None) or [make_target_group()]
    defaults = {
        "title": title or f"Föreläsning {number}",
        "slug": f"forelasning-{number}",
        "provider": fields.pop("provider", None) or make_provider(),
        "summary": "En sammanfattning.",
        "audience": "Alla som möter målgrupperna.",
        "length": timedelta(minutes=10),
        "position": number,
        "published_at": timezone.now() - timedelta(days=1),
    }
    lecture = Lecture.objects.create(**defaults | fields)
    lecture.target_groups.set(groups)
    return lecture


def make_cue(lecture, text="Det här sägs.", *, second=None, **fields):
    """Make a caption of three seconds; without a second it comes four seconds after the one before."""
    number = lecture.cues.count() + 1
    start = (number - 1) * 4000 if second is None else second * 1000
    defaults = {"number": number, "start": start, "end": start + 3000, "text": text}
    return Cue.objects.create(lecture=lecture, **defaults | fields)


def make_coming_captions(lecture, **fields):
    defaults = {"file": "captions/exempel-2.vtt", "published_at": timezone.now() + timedelta(days=7)}
    return ComingCaptions.objects.create(lecture=lecture, **defaults | fields)


def make_chapter(lecture, title="Lagen", *, second=0, **fields):
    defaults = {"title": title, "second": second, "published_at": timezone.now() - timedelta(days=1)}
    return Chapter.objects.create(lecture=lecture, **defaults | fields)


def make_meeting(team=None, *, lectures=None, **fields):
    """Make a meeting that has been held; without lectures one is made."""
    defaults = {"held_on": timezone.localdate() - timedelta(days=1), "count_social_worker": 4}
    meeting = Meeting.objects.create(team=team or make_team(), **defaults | fields)
    meeting.lectures.set([make_lecture()] if lectures is None else lectures)
    return meeting


def make_notice(*lectures, **fields):
    """Make a published notice, tied to the lectures; without any it concerns all."""
    number = next(_numbers)
    defaults = {
        "slug": f"notis-{number}",
        "title": f"Ny lag {number}",
        "text": "Lagen har ändrats.",
        "valid_from": date(2025, 7, 1),
        "source": "prop. 2024/25:124",
        "reviewed_at": date(2026, 11, 3),
        "published_at": timezone.now() - timedelta(days=1),
    }
    notice = Notice.objects.create(**defaults | fields)
    notice.lectures.set(lectures)
    return notice


def make_material(**fields):
    number = next(_numbers)
    defaults = {
        "slug": f"material-{number}",
        "title": f"Material {number}",
        "summary": "En sammanfattning.",
        "owner": "Länsstyrelsen i Hallands län",
        "reviewed_at": date(2026, 11, 3),
        "published_at": timezone.now() - timedelta(days=1),
    }
    return Material.objects.create(**defaults | fields)


def make_question_set(number=1, *, questions=5, coming_back=(), **fields):
    """Make a published set of questions; a published set takes no more of them, so that comes last."""
    published_at = fields.pop("published_at", timezone.now())
    question_set = QuestionSet.objects.create(number=number, title="Frågor till arbetsgruppen", **fields)
    for position in range(1, questions + 1):
        Question.objects.create(
            question_set=question_set,
            position=position,
            text=f"Fråga {position}?",
            comes_back=position in coming_back,
        )
    question_set.published_at = published_at
    question_set.save(update_fields=["published_at"])
    return question_set


def make_draft(team, *texts, question_set=None, by=None):
    """Make a group's draft; each text that is given has been saved once."""
    question_set = question_set or QuestionSet.objects.current() or make_question_set()
    draft = Draft.begin(team, question_set)
    for answer, text in zip(draft.answers.all(), texts, strict=False):
        DraftAnswer.objects.filter(pk=answer.pk, text="").exclude(text=text).update(
            text=text, version=1, saved_at=timezone.now(), saved_by=by
        )
    return Draft.objects.of(team)


def make_submission(team=None, *texts, **fields):
    """Make what the authority has received from a group."""
    team = team or make_team()
    question_set = fields.pop("question_set", None) or QuestionSet.objects.current() or make_question_set()
    defaults = {
        "team": team,
        "municipality": team.municipality,
        "team_name": team.name,
        "workplace": team.workplace,
        "question_set": question_set,
    }
    answers = list(itertools.zip_longest(question_set.questions.all(), texts, fillvalue=""))
    submission = Submission(**defaults | fields)
    submission.seal([(question.text, text) for question, text in answers]).save(force_insert=True)
    for question, text in answers:
        Answer.objects.create(submission=submission, question=question, text=text)
    SearchableText.of(submission, submission.answers.all()).save(force_insert=True)
    return submission


def make_consultation(team=None, *, by=None, partners=(), manager=None, **fields):
    """Let a member ask for a consultation, as the page does; the mail to the manager waits in the queue."""
    team = team or make_team()
    by = by or team.contact() or make_member(team)
    defaults = {"need": "Vi vill kunna möta ungdomar.", "form": "digital", "wished_times": "Helst en tisdag."}
    groups = fields.pop("target_groups", None) or [make_target_group()]
    manager = {
        "name": "Maja Malm",
        "title": "enhetschef",
        "email": "maja.malm@halmstad.example.se",
    } | (manager or {})
    return asking.ask(
        Consultation(team=team, **defaults | fields),
        target_groups=groups,
        partners=partners,
        manager=manager,
        by=by,
    )


def make_booking(consultation, coordinator, starts_at=None, *, minutes=90, before=30, after=30, **fields):
    """Make a time that the coordinator has proposed: a week from now unless told."""
    starts_at = starts_at or timezone.now().replace(minute=0, second=0, microsecond=0) + timedelta(days=7)
    slot = Slot.of(starts_at, minutes=minutes, before=before, after=after)
    return Booking.objects.create(
        consultation=consultation, coordinator=coordinator, proposed_by=coordinator, **vars(slot) | fields
    )


def make_bookable(coordinator, starts_at=None, *, minutes=90, **fields):
    """Publish a time for digital meetings: ten days from now at nine unless told."""
    morning = timezone.localtime().replace(hour=9, minute=0, second=0, microsecond=0)
    starts_at = starts_at or morning + timedelta(days=10)
    fields = {"digital": True} | fields
    return BookableTime.objects.create(
        coordinator=coordinator, starts_at=starts_at, ends_at=starts_at + timedelta(minutes=minutes), **fields
    )
