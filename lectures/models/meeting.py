"""A work group's meetings in front of one screen."""

import uuid

from django.db import models, transaction
from django.db.models import F, Q
from django.db.models.lookups import LessThanOrEqual
from django.urls import reverse
from django.utils import timezone

from metodstod.forms import write_once
from metodstod.models import OncePerKey, Team, User

from .lecture import Lecture


class MeetingQuerySet(models.QuerySet):
    def visible_to(self, user):
        """A member: the own groups' meetings. Staff: those in the counties they handle. Others: none."""
        return self.filter(team__in=Team.objects.visible_to(user))


class Meeting(OncePerKey):
    """A work group's sitting (träff): when, what was seen, how many of each role. Never who."""

    COUNTS = ("count_social_worker", "count_treatment", "count_manager", "count_other")
    LARGEST = 500

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    team = models.ForeignKey(Team, models.CASCADE, related_name="meetings", verbose_name="arbetsgrupp")
    held_on = models.DateField("datum")
    lectures = models.ManyToManyField(Lecture, related_name="meetings", verbose_name="föreläsningar")
    count_social_worker = models.PositiveSmallIntegerField("socialsekreterare och handläggare", default=0)
    count_treatment = models.PositiveSmallIntegerField("behandlare och stödpersonal", default=0)
    count_manager = models.PositiveSmallIntegerField("chefer och arbetsledare", default=0)
    count_other = models.PositiveSmallIntegerField("andra", default=0)
    logged_at = models.DateTimeField("antecknad", default=timezone.now, editable=False)
    logged_by = models.ForeignKey(
        User, models.SET_NULL, null=True, editable=False, related_name="+", verbose_name="antecknad av"
    )

    objects = MeetingQuerySet.as_manager()

    class Meta:
        verbose_name = "träff"
        verbose_name_plural = "träffar"
        ordering = ["-held_on", "-logged_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(count_social_worker__gte=1)
                | Q(count_treatment__gte=1)
                | Q(count_manager__gte=1)
                | Q(count_other__gte=1),
                name="meeting_someone_took_part",
                violation_error_message="Ange minst en deltagare.",
            ),
            models.CheckConstraint(
                condition=LessThanOrEqual(
                    F("count_social_worker") + F("count_treatment") + F("count_manager") + F("count_other"),
                    500,
                ),
                name="meeting_not_too_large",
                violation_error_message="Högst 500 deltagare kan antecknas för en träff.",
            ),
        ]

    def __str__(self):
        return f"{self.team} {self.held_on}"

    def get_absolute_url(self):
        return reverse("lectures:meeting", args=[self.team_id, self.pk])

    @transaction.atomic
    def log(self, lectures):
        """Store the meeting and what was seen, unless one with its key is stored already; return the stored one.

        Raises Meeting.DoesNotExist when the key belongs to another group's meeting.
        """
        stored, is_new = write_once(self)
        if stored.team_id != self.team_id:
            raise Meeting.DoesNotExist
        if is_new:
            stored.lectures.set(lectures)
        return stored

    @transaction.atomic
    def saw(self, lecture):
        """Note that the group has seen the lecture to its end at this meeting. Said twice, it is seen once."""
        self.lectures.add(lecture)
        self.team.places.filter(lecture=lecture).delete()

    @property
    def head_count(self):
        """How many took part, all roles together."""
        return sum(getattr(self, name) for name in self.COUNTS)

    @property
    def counts(self):
        """The roles that were there and how many of each, in words."""
        roles = ((self._meta.get_field(name).verbose_name, getattr(self, name)) for name in self.COUNTS)
        return [(role, number) for role, number in roles if number]
