"""The addresses and films that content leads to, and how they answered the last time."""

from django.db import models
from django.utils import timezone


class Link(models.Model):
    """An outside address, or a file of ours, that is looked at every night (`lectures.link_check`)."""

    class Outcome(models.TextChoices):
        GOOD = "good", "finns"
        MOVED = "moved", "har flyttat"
        GONE = "gone", "finns inte"
        NO_ANSWER = "no_answer", "svarar inte"
        NOT_EMBEDDABLE = "not_embeddable", "får inte visas här"
        OTHER_LENGTH = "other_length", "har en annan längd"

    address = models.CharField("adress", max_length=500, unique=True)
    used_by = models.TextField("används av")
    outcome = models.CharField("resultat", max_length=20, choices=Outcome)
    detail = models.CharField("mer om resultatet", max_length=500, blank=True)
    checked_at = models.DateTimeField("kontrollerad", default=timezone.now)
    failing_since = models.DateTimeField("fel sedan", null=True, blank=True)

    class Meta:
        verbose_name = "kontrollerad länk"
        verbose_name_plural = "kontrollerade länkar"
        ordering = [models.F("failing_since").asc(nulls_last=True), "address"]

    def __str__(self):
        return self.address
