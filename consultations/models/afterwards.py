"""What comes after the meeting: the next steps that were agreed, and how it has gone."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from metodstod.models import OncePerKey, User, who_and_when

from .consultation import Consultation
from .party import Party


class NextStep(OncePerKey):
    """Something agreed at the meeting. All parties read it; without a party it is the authority's to do."""

    consultation = models.ForeignKey(
        Consultation, models.CASCADE, related_name="next_steps", verbose_name="konsultation"
    )
    text = models.TextField("vad", max_length=500)
    party = models.ForeignKey(
        Party, models.PROTECT, null=True, blank=True, related_name="next_steps", verbose_name="kommun"
    )
    due_on = models.DateField("klart senast", null=True, blank=True)
    added_at = models.DateTimeField("tillagt", default=timezone.now, editable=False)
    added_by = models.ForeignKey(
        User, models.SET_NULL, null=True, related_name="+", editable=False, verbose_name="tillagt av"
    )
    done_at = models.DateTimeField("klart", null=True, blank=True, editable=False)
    done_by = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        editable=False,
        verbose_name="klart enligt",
    )

    class Meta:
        verbose_name = "nästa steg"
        verbose_name_plural = "nästa steg"
        ordering = ["added_at", "pk"]
        constraints = [who_and_when("done_by", "done_at", name="next_step_done_who_and_when")]

    def __str__(self):
        return self.text[:60]

    @property
    def whose(self):
        return str(self.party or "Länsstyrelsen")


class FollowUp(models.Model):
    """How it has gone, three and six months after the meeting. `text` is for the group and the authority."""

    consultation = models.ForeignKey(
        Consultation, models.CASCADE, related_name="follow_ups", verbose_name="konsultation"
    )
    months = models.PositiveSmallIntegerField("månader efter mötet")
    due_on = models.DateField("ska göras")
    reminded_at = models.DateTimeField("påmind", null=True, blank=True, editable=False)
    text = models.TextField("hur det har gått", max_length=4000, blank=True)
    done_at = models.DateTimeField("gjord", null=True, blank=True, editable=False)
    done_by = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        editable=False,
        verbose_name="gjord av",
    )

    class Meta:
        verbose_name = "uppföljning"
        verbose_name_plural = "uppföljningar"
        ordering = ["due_on", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["consultation", "months"], name="consultation_follow_up_once"),
            models.CheckConstraint(
                condition=Q(months__in=[3, 6]), name="consultation_follow_up_three_or_six"
            ),
            who_and_when("done_by", "done_at", name="consultation_follow_up_done_who_and_when"),
        ]

    def __str__(self):
        return f"Uppföljning efter {self.months} månader"

    @property
    def is_due(self):
        return self.done_at is None and self.due_on <= timezone.localdate()
