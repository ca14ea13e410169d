"""Groups in line for a time in a month, in the order in which they came."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from metodstod.models import OncePerKey, User

from .consultation import Consultation


class WaitingPlaceQuerySet(models.QuerySet):
    def standing(self):
        """The places that are still in line, the first comer first."""
        open_ones = self.filter(left_at__isnull=True, consultation__ended_at__isnull=True)
        return open_ones.order_by("since", "pk")


class WaitingPlace(OncePerKey):
    """A consultation's place in line for one month; `month` is the first day of it."""

    class Left(models.TextChoices):
        CHOSEN = "chosen", "en tid är vald"
        SELF = "self", "gruppen lämnade kön"
        SILENT = "silent", "gruppen svarade inte i tid"
        ENDED = "ended", "förfrågan är avslutad"

    consultation = models.ForeignKey(
        Consultation, models.CASCADE, related_name="places", verbose_name="konsultation"
    )
    month = models.DateField("månad")
    since = models.DateTimeField("i kö sedan", default=timezone.now, editable=False)
    by = models.ForeignKey(
        User, models.SET_NULL, null=True, related_name="+", editable=False, verbose_name="ställd i kö av"
    )
    left_at = models.DateTimeField("lämnade kön", null=True, blank=True, editable=False)
    left_because = models.CharField(
        "lämnade kön därför att", max_length=10, choices=Left.choices, blank=True, editable=False
    )

    objects = WaitingPlaceQuerySet.as_manager()

    class Meta:
        verbose_name = "köplats"
        verbose_name_plural = "köplatser"
        ordering = ["month", "since", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["consultation", "month"], condition=Q(left_at__isnull=True), name="waiting_once"
            ),
            models.CheckConstraint(
                condition=Q(left_because="", left_at__isnull=True)
                | (~Q(left_because="") & Q(left_at__isnull=False)),
                name="waiting_left_has_reason",
            ),
            models.CheckConstraint(
                condition=Q(left_at__isnull=True) | Q(left_at__gte=F("since")),
                name="waiting_left_after_it_came",
            ),
        ]

    def __str__(self):
        return f"{self.consultation.reference} {self.month:%Y-%m}"
