"""What came of the answers, told to everyone: "Ni sa – vi gjorde"."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from metodstod.models import County, User, who_and_when

from .themes import Passage, Theme

# A figure is told only when it hides who is behind it.
LEAST_GROUPS = 5


class OutcomeQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Staff who may view outcomes, in the counties they handle."""
        if not user.is_authenticated or not user.is_staff or not user.has_perm("feedback.view_outcome"):
            return self.none()
        return self.filter(county__in=user.reach())

    def published(self):
        return self.filter(approved_at__isnull=False)


class Outcome(models.Model):
    """What groups said and what the county did about it. Public once somebody else has approved these very words."""

    county = models.ForeignKey(County, models.PROTECT, related_name="+", verbose_name="län")
    heard = models.CharField(
        "ni sa",
        max_length=400,
        help_text="Det som kommit fram i svaren, utan citat och utan att någon grupp pekas ut.",
    )
    did = models.CharField("vi gjorde", max_length=600)
    theme = models.ForeignKey(
        Theme,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="tema",
        help_text=f"Visar hur många grupper som har skrivit om temat, om de är minst {LEAST_GROUPS}.",
    )
    written_at = models.DateTimeField("skriven", default=timezone.now, editable=False)
    written_by = models.ForeignKey(
        User, models.PROTECT, related_name="+", editable=False, verbose_name="skriven av"
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
    # How many groups were behind it when it was approved; unknown, or too few to tell, is NULL.
    groups = models.PositiveIntegerField("antal grupper", null=True, blank=True, editable=False)

    objects = OutcomeQuerySet.as_manager()

    class Meta:
        verbose_name = "text till Ni sa – vi gjorde"
        verbose_name_plural = "texter till Ni sa – vi gjorde"
        ordering = ["-approved_at", "-written_at"]
        permissions = [("approve_outcome", "Godkänner det som sägs offentligt om svaren")]
        constraints = [
            who_and_when("approved_by", "approved_at", name="outcome_approved_who_and_when"),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("written_by")),
                name="outcome_by_two_people",
                violation_error_message="Den som har skrivit texten kan inte godkänna den.",
            ),
            models.CheckConstraint(
                condition=Q(groups__isnull=True) | Q(groups__gte=LEAST_GROUPS),
                name="outcome_hides_who",
                violation_error_message="Färre än fem grupper får inte räknas.",
            ),
        ]

    def __str__(self):
        return self.heard

    def write(self, *, by):
        """Store new words. Nobody has approved them yet, so they are not public."""
        self.written_by, self.written_at = by, timezone.now()
        self.approved_by = self.approved_at = self.groups = None
        self.save()

    def approve(self, *, by):
        """Make exactly these words public, with the number of groups behind them; return whether it was done.

        Not by the one who wrote them, and not when they have been written anew since `self` was read.
        """
        return bool(
            Outcome.objects.filter(
                pk=self.pk, approved_at__isnull=True, heard=self.heard, did=self.did, theme=self.theme
            )
            .exclude(written_by=by)
            .update(approved_by=by, approved_at=timezone.now(), groups=self.told_groups())
        )

    def withdraw(self):
        """Take the words back from the public page."""
        self.approved_by = self.approved_at = self.groups = None
        self.save(update_fields=["approved_by", "approved_at", "groups"])

    def told_groups(self):
        """Return how many groups in the county have written about the theme, or None if they are too few to tell."""
        if self.theme is None:
            return None
        passages = Passage.objects.filter(theme=self.theme, municipality__county=self.county)
        groups = passages.values("submission__team").distinct().count()
        return groups if groups >= LEAST_GROUPS else None
