"""Plain builders: each makes one thing that is valid, and takes any field by name."""

import itertools
import json
from datetime import date, timedelta
from pathlib import Path

from django.contrib.auth.models import Group, Permission
from django.utils import timezone

from consultations import asking
from consultations.booking import Slot
from consultations.models import Booking, Consultation
from feedback.models import Answer, Draft, DraftAnswer, Question, QuestionSet, Submission
from lectures.models import Lecture, Material, Meeting, Notice, Provider
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
        "published": True,
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
        "published": True,
    }
    return Material.objects.create(**defaults | fields)


def make_question_set(number=1, *, questions=5, **fields):
    """Make a published set of questions."""
    question_set = QuestionSet.objects.create(
        number=number, title="Frågor till arbetsgruppen", **{"published_at": timezone.now()} | fields
    )
    for position in range(1, questions + 1):
        Question.objects.create(question_set=question_set, position=position, text=f"Fråga {position}?")
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
    submission = Submission.objects.create(**defaults | fields)
    for question, text in itertools.zip_longest(question_set.questions.all(), texts, fillvalue=""):
        Answer.objects.create(submission=submission, question=question, text=text)
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
