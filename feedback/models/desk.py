"""What the authority writes around a submission, kept apart from the record."""

from django.db import models
from django.utils import timezone

from metodstod.models import Team, User

from .submissions import Submission


class InternalNote(models.Model):
    """A coordinator's note to colleagues. No part of what was received, and never shown to the group."""

    submission = models.ForeignKey(
        Submission, models.CASCADE, related_name="notes", verbose_name="inskickad återkoppling"
    )
    text = models.TextField("intern anteckning", max_length=4000)
    at = models.DateTimeField("tid", default=timezone.now)
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name="vem")

    class Meta:
        verbose_name = "intern anteckning"
        verbose_name_plural = "interna anteckningar"
        ordering = ["-at", "-pk"]

    def __str__(self):
        return f"Anteckning om {self.submission.reference}"


class StatusChange(models.Model):
    """That a submission went from one status to another."""

    submission = models.ForeignKey(
        Submission, models.CASCADE, related_name="status_changes", verbose_name="inskickad återkoppling"
    )
    before = models.CharField("från", max_length=10, choices=Submission.Status.choices)
    after = models.CharField("till", max_length=10, choices=Submission.Status.choices)
    at = models.DateTimeField("tid", default=timezone.now)
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name="vem")

    class Meta:
        verbose_name = "ändrad status"
        verbose_name_plural = "ändrade statusar"
        ordering = ["-at", "-pk"]

    def __str__(self):
        return f"{self.get_before_display()} → {self.get_after_display()}"


class Correction(models.Model):
    """A statement of what is wrong in something received. The record itself stays as it came (GDPR art. 16)."""

    submission = models.ForeignKey(
        Submission, models.CASCADE, related_name="corrections", verbose_name="inskickad återkoppling"
    )
    text = models.TextField("rättelse", max_length=2000)
    at = models.DateTimeField("tid", default=timezone.now)
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name="vem")

    class Meta:
        verbose_name = "rättelse"
        verbose_name_plural = "rättelser"
        ordering = ["at", "pk"]

    def __str__(self):
        return f"Rättelse till {self.submission.reference}"


class SavedSearch(models.Model):
    """A filter of the inbox that someone has given a name; with `tell`, what is new in it comes as a mail."""

    owner = models.ForeignKey(User, models.CASCADE, related_name="+", verbose_name="vem")
    name = models.CharField("namn", max_length=80)
    query = models.CharField("urval", max_length=1000, blank=True)
    tell = models.BooleanField("skicka brev när något nytt kommer", default=False)
    # What had come by then has been told of.
    told_until = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = "sparad sökning"
        verbose_name_plural = "sparade sökningar"
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "name"],
                name="saved_search_name_once",
                violation_error_message="Du har redan en sparad sökning med det namnet.",
            )
        ]

    def __str__(self):
        return self.name


class Reminder(models.Model):
    """That a group that has watched but not answered was reminded: once, at a coordinator's word."""

    team = models.OneToOneField(Team, models.CASCADE, related_name="reminder", verbose_name="arbetsgrupp")
    at = models.DateTimeField("tid", default=timezone.now)
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name="vem")

    class Meta:
        verbose_name = "påminnelse"
        verbose_name_plural = "påminnelser"
        ordering = ["-at"]

    def __str__(self):
        return f"Påminnelse till {self.team}"
