"""Meetings that the demo's group in Halmstad has held, and where it stopped in the film at the last one."""

from datetime import timedelta
from uuid import UUID, uuid5

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from lectures.models import Lecture, Meeting, Place
from metodstod.models import Team

GROUP = UUID("0d1c6f4e-6a0e-4a35-9a53-6f1b7d2c1380")
# How many days ago, how many of each role, which lectures by their place in the programme.
HELD = (
    (27, {"count_social_worker": 5, "count_treatment": 1, "count_manager": 1}, (0, 1)),
    (6, {"count_social_worker": 4, "count_treatment": 1}, (3,)),
)
STOPPED = (4, 21)  # Which lecture, and at which second: within the short example film.


class Command(BaseCommand):
    help = (
        "Load meetings of the demo's group in Halmstad. Only in the demo; a group that has met is left alone."
    )

    @transaction.atomic
    def handle(self, **options):
        if not settings.DEMO:
            raise CommandError("The demo's meetings are loaded only with DEMO=1.")
        team = Team.objects.filter(pk=GROUP).first()
        lectures = list(Lecture.objects.published())
        if team is None or team.meetings.exists() or len(lectures) <= STOPPED[0]:
            return
        for days, counts, seen in HELD:
            meeting = Meeting(
                key=uuid5(GROUP, str(days)),
                team=team,
                held_on=timezone.localdate() - timedelta(days=days),
                logged_by=team.contact(),
                **counts,
            )
            meeting.log([lectures[place] for place in seen])
        Place.keep(team, lectures[STOPPED[0]], STOPPED[1])
