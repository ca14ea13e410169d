"""Which requests are alike: the same target groups, the same obstacles, near enough to meet.

Obstacles are what the groups have told of in step 2: the themes that staff have found in the answer, and
the words that two answers share.
"""

import re
from dataclasses import dataclass, field

from metodstod.told import OBSTACLES, told

from .distance import kilometres
from .models import Consultation

NEAR = 80  # Kilometres that a group may be asked to travel; farther apart one meets digitally.
SHORTEST_WORD = 6  # Letters: shorter words are about everything.
MOST_WORDS = 5
# Long enough, and yet about everything in this work.
EVERYDAY = {
    "kommun", "kommunen", "kommuner", "verksamhet", "verksamheten", "verksamheter", "arbetar", "arbeta",
    "arbetet", "personal", "personer", "målgruppen", "målgrupper", "målgrupperna", "behöver", "utmaning",
    "utmaningar", "hinder", "socialtjänsten", "socialtjänst", "mycket", "många", "saknas", "saknar",
}  # fmt: skip


@dataclass
class Alike:
    """A request on the desk, and those that ask for the same: each with what they share and how far apart they are."""

    consultation: Consultation
    others: list = field(default_factory=list)


@dataclass(frozen=True)
class Likeness:
    """What two requests have in common. `kilometres` is None when one of the places is not on the map."""

    other: Consultation
    groups: list
    obstacles: list
    kilometres: float | None

    @property
    def is_near(self):
        return self.kilometres is not None and self.kilometres <= NEAR

    @property
    def weight(self):
        return 2 * len(self.groups) + len(self.obstacles) + self.is_near


def desk(user):
    """Return the open requests that still have no time, those with most in common first.

    Only those the person may see; the number of queries does not grow with them.
    """
    requests = list(
        Consultation.objects.visible_to(user)
        .open()
        .filter(held_on=None, status__in=["asked", "proposed"], joint_meeting=None)
        .select_related("team__municipality__county")
        .prefetch_related("target_groups", "offers__meeting", "parties__municipality")
        .order_by("asked_at", "pk")
    )
    answers = told(one.team for one in requests)
    obstacles = {one.pk: obstacles_in(answers.get(one.team_id, [])) for one in requests}
    rows = [Alike(one, likenesses(one, requests, obstacles)) for one in requests]
    return sorted(rows, key=lambda row: -max((other.weight for other in row.others), default=0))


def likenesses(one, requests, obstacles):
    found = [
        likeness(one, other, obstacles)
        for other in requests
        if other.team.municipality_id != one.team.municipality_id
    ]
    return sorted((like for like in found if like.groups), key=lambda like: -like.weight)


def likeness(one, other, obstacles):
    mine, theirs = obstacles[one.pk], obstacles[other.pk]
    groups = [group for group in one.target_groups.all() if group in other.target_groups.all()]
    here, there = one.team.municipality.code, other.team.municipality.code
    return Likeness(other, groups, sorted(mine & theirs)[:MOST_WORDS], kilometres(here, there))


def obstacles_in(answers):
    """Return the themes and the telling words of the answer about obstacles."""
    answer = next((one for one in answers if one.question == OBSTACLES), None)
    if answer is None:
        return set()
    words = {word for word in re.findall(r"[a-zåäöé]+", answer.text.lower()) if len(word) >= SHORTEST_WORD}
    return set(answer.themes) | (words - EVERYDAY)
