"""Which of the proposed times suit each municipality that takes part."""

from django.db import models
from django.utils import timezone

from metodstod.models import User

from .booking import Booking
from .party import Party


class TimeAnswer(models.Model):
    """One municipality's word on one proposed time. `by` is empty for a contact without an account."""

    booking = models.ForeignKey(
        Booking, models.CASCADE, related_name="answers", verbose_name="föreslagen tid"
    )
    party = models.ForeignKey(Party, models.CASCADE, related_name="time_answers", verbose_name="part")
    suits = models.BooleanField("passar")
    answered_at = models.DateTimeField("svarade", default=timezone.now, editable=False)
    by = models.ForeignKey(
        User, models.SET_NULL, null=True, related_name="+", editable=False, verbose_name="svarade för gruppen"
    )

    class Meta:
        verbose_name = "svar om en tid"
        verbose_name_plural = "svar om tider"
        ordering = ["booking__starts_at", "pk"]
        constraints = [models.UniqueConstraint(fields=["booking", "party"], name="time_answer_once")]

    def __str__(self):
        return f"{self.party}: {'passar' if self.suits else 'passar inte'}"
