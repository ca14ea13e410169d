"""That a meeting's notes have been added to the draft, so that they are added once."""

import uuid
from datetime import timedelta

from django.db import models
from django.utils import timezone

from metodstod.models import OncePerKey, Team

KEPT = timedelta(days=30)  # Long after the last page that could send them again is gone.


class NoteReceipt(OncePerKey):
    """The key of notes that have been added to a group's draft. The text lies in the draft alone."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    team = models.ForeignKey(Team, models.CASCADE, related_name="+", verbose_name="arbetsgrupp")
    added_at = models.DateTimeField("tillagd", default=timezone.now)

    class Meta:
        verbose_name = "kvitto på anteckningar"
        verbose_name_plural = "kvitton på anteckningar"

    def __str__(self):
        return f"{self.key}"

    @classmethod
    def forget_old(cls, team):
        cls.objects.filter(team=team, added_at__lt=timezone.now() - KEPT).delete()
