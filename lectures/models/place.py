"""How far a group has come in a lecture it has not seen to the end."""

from django.db import models
from django.utils import timezone

from metodstod.models import Team

from .lecture import Lecture


class Place(models.Model):
    """Where the group stopped the film, to go on from there at this meeting or the next."""

    team = models.ForeignKey(Team, models.CASCADE, related_name="places", verbose_name="arbetsgrupp")
    lecture = models.ForeignKey(Lecture, models.CASCADE, related_name="+", verbose_name="föreläsning")
    second = models.PositiveIntegerField("sekund")
    saved_at = models.DateTimeField("sparad", default=timezone.now)

    class Meta:
        verbose_name = "plats i en film"
        verbose_name_plural = "platser i filmer"
        ordering = ["-saved_at"]
        constraints = [
            models.UniqueConstraint(fields=["team", "lecture"], name="place_once_in_lecture"),
        ]

    def __str__(self):
        return f"{self.lecture} {self.second} s"

    @classmethod
    def keep(cls, team, lecture, second):
        """Remember where the group is; of two who say so at once, one remains. Past the lecture's end is its end."""
        last = round(lecture.length.total_seconds())
        cls.objects.bulk_create(
            [cls(team=team, lecture=lecture, second=min(second, last), saved_at=timezone.now())],
            update_conflicts=True,
            unique_fields=["team", "lecture"],
            update_fields=["second", "saved_at"],
        )
