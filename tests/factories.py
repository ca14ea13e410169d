"""Plain builders: each makes one thing that is valid, and takes any field by name."""

import itertools
from datetime import timedelta

from django.utils import timezone

from feedback.models import Question, QuestionSet
from lectures.models import Lecture, Provider
from metodstod.models import County, EmailDomain, FieldOfWork, Municipality, TargetGroup, Team, User
from metodstod.sorting import swedish_key

_numbers = itertools.count(1)


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


def make_staff(email=None, *, counties=(), **fields):
    """Make a person on the authority's side who handles the given counties."""
    user = make_user(email, is_staff=True, **fields)
    user.counties.set(counties)
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


def make_question_set(number=1, *, questions=5, **fields):
    """Make a published set of questions."""
    question_set = QuestionSet.objects.create(
        number=number, title="Frågor till arbetsgruppen", **{"published_at": timezone.now()} | fields
    )
    for position in range(1, questions + 1):
        Question.objects.create(question_set=question_set, position=position, text=f"Fråga {position}?")
    return question_set
