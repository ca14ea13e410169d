"""How often the guard against personal data has met each kind: figures, never words, never whose."""

from django.db import models
from django.db.models import F
from django.utils import timezone


class GuardCount(models.Model):
    """One day's figure for one kind of thing and what became of it."""

    class Kind(models.TextChoices):
        IDENTITY_NUMBER = "identity_number", "personnummer"
        EMAIL = "email", "e-postadress"
        PHONE = "phone", "telefonnummer"
        CASE = "case", "något om en enskild person eller ett ärende"

    class Outcome(models.TextChoices):
        REFUSED = "refused", "inte sparat"
        MASKED = "masked", "dolt"
        SENT = "sent", "skickat efter beslut"

    day = models.DateField("dag")
    kind = models.CharField("slag", max_length=20, choices=Kind.choices)
    outcome = models.CharField("vad som hände", max_length=10, choices=Outcome.choices)
    count = models.PositiveIntegerField("antal", default=0)

    class Meta:
        verbose_name = "träff i integritetsskyddet"
        verbose_name_plural = "träffar i integritetsskyddet"
        ordering = ["-day", "kind", "outcome"]
        constraints = [
            models.UniqueConstraint(fields=["day", "kind", "outcome"], name="guard_count_once_a_day")
        ]

    def __str__(self):
        return f"{self.day}: {self.get_kind_display()}, {self.get_outcome_display()}"

    @classmethod
    def add(cls, kinds, outcome):
        """Count the findings' kinds (members of `personal_data.Kind`), in an order that no two wait for each other in."""
        day = timezone.localdate()
        for kind in sorted({kind.name.lower() for kind in kinds}):
            number = sum(1 for one in kinds if one.name.lower() == kind)
            key = {"day": day, "kind": kind, "outcome": outcome}
            cls.objects.bulk_create([cls(**key)], ignore_conflicts=True)
            cls.objects.filter(**key).update(count=F("count") + number)
