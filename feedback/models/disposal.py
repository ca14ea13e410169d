"""Disposal (gallring) of what was received: by a recorded decision, by two people, and with a protocol that stays."""

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from metodstod.models import County, User, who_and_when


class DisposalQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Staff who may view disposals, in the counties they handle."""
        if not user.is_authenticated or not user.is_staff or not user.has_perm("feedback.view_disposal"):
            return self.none()
        return self.filter(county__in=user.reach())

    def awaiting(self):
        """Those that two people stand behind, and that are still to be carried out."""
        return self.filter(approved_at__isnull=False, carried_out_at__isnull=True)


class Disposal(models.Model):
    """A proposal to dispose of some submissions of a county; then a decision; then, carried out, the protocol."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    county = models.ForeignKey(County, models.PROTECT, related_name="+", editable=False, verbose_name="län")
    decision = models.CharField(
        "beslut",
        max_length=120,
        blank=True,
        help_text="Gallringsbeslutets diarienummer och datum, till exempel 004-123-2026, 3 november 2026.",
    )
    reason = models.CharField(
        "stöd i bevarandeplanen", max_length=300, blank=True, help_text="Vilken regel gallringen följer."
    )
    proposed_at = models.DateTimeField("föreslagen", default=timezone.now, editable=False)
    proposed_by = models.ForeignKey(
        User, models.PROTECT, related_name="+", editable=False, verbose_name="föreslagen av"
    )
    approved_at = models.DateTimeField("godkänd", null=True, blank=True, editable=False)
    approved_by = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name="godkänd av",
    )
    carried_out_at = models.DateTimeField("verkställd", null=True, blank=True, editable=False)

    objects = DisposalQuerySet.as_manager()

    class Meta:
        verbose_name = "gallring"
        verbose_name_plural = "gallringar"
        ordering = ["-proposed_at", "-pk"]
        constraints = [
            who_and_when("approved_by", "approved_at", name="disposal_approved_who_and_when"),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("proposed_by")),
                name="disposal_by_two_people",
                violation_error_message="Den som har föreslagit gallringen kan inte godkänna den.",
            ),
            models.CheckConstraint(
                condition=Q(approved_at__isnull=True) | (~Q(decision="") & ~Q(reason="")),
                name="disposal_by_decision",
                violation_error_message="Ange beslutet och vilken regel det följer.",
            ),
            models.CheckConstraint(
                condition=Q(carried_out_at__isnull=True) | Q(approved_at__isnull=False),
                name="disposal_approved_first",
                violation_error_message="Gallringen måste godkännas innan den verkställs.",
            ),
        ]

    def __str__(self):
        return f"Gallring {self.decision or timezone.localdate(self.proposed_at).isoformat()}"


class DisposalItem(models.Model):
    """One submission in a disposal; once it is carried out, all that is left to tell what it was."""

    disposal = models.ForeignKey(Disposal, models.CASCADE, related_name="items", verbose_name="gallring")
    # The submission's own key: no relation, since the row outlives it.
    received_id = models.UUIDField(db_index=True, editable=False)
    reference = models.CharField("referens", max_length=11)
    diary_number = models.CharField("diarienummer", max_length=40, blank=True)
    municipality = models.CharField("kommun", max_length=60)
    received_at = models.DateTimeField("inkom")
    answers = models.PositiveSmallIntegerField("antal svar", default=0)
    fingerprint = models.CharField("kontrollsumma (SHA-256)", max_length=64)
    left_out = models.CharField("undantagen", max_length=200, blank=True)

    class Meta:
        verbose_name = "gallrad handling"
        verbose_name_plural = "gallrade handlingar"
        ordering = ["received_at", "pk"]
        constraints = [models.UniqueConstraint(fields=["disposal", "received_id"], name="disposal_item_once")]

    def __str__(self):
        return self.reference
