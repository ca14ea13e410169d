"""What the answers are about, as coordinators read them."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from metodstod.models import NaturalKeyManager, User

from .submissions import Answer, Submission


class Theme(models.Model):
    """Something that comes back in answers. The same list in all counties, so that they can be compared."""

    name = models.CharField("namn", max_length=80, unique=True)
    description = models.CharField("vad som hör dit", max_length=300, blank=True)
    in_use = models.BooleanField(
        "används", default=True, help_text="Ett tema som inte används kan inte märkas."
    )

    objects = NaturalKeyManager("name")

    class Meta:
        verbose_name = "tema"
        verbose_name_plural = "teman"
        ordering = ["name"]

    def __str__(self):
        return self.name

    def natural_key(self):
        return (self.name,)


class PassageQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(answer__submission__in=Submission.objects.visible_to(user))


class Passage(models.Model):
    """A part of an answer, from character `start` up to `end`, that is about a theme."""

    answer = models.ForeignKey(Answer, models.CASCADE, related_name="passages", verbose_name="svar")
    theme = models.ForeignKey(Theme, models.PROTECT, related_name="passages", verbose_name="tema")
    start = models.PositiveIntegerField("från tecken")
    end = models.PositiveIntegerField("till tecken")
    at = models.DateTimeField("tid", default=timezone.now)
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name="vem")

    objects = PassageQuerySet.as_manager()

    class Meta:
        verbose_name = "märkt stycke"
        verbose_name_plural = "märkta stycken"
        ordering = ["answer", "start", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["answer", "theme", "start", "end"], name="passage_once"),
            models.CheckConstraint(
                condition=Q(start__lt=F("end")),
                name="passage_holds_something",
                violation_error_message="Märk minst ett tecken.",
            ),
        ]

    def __str__(self):
        return f"{self.theme}, {self.start}–{self.end}"

    @property
    def quote(self):
        return self.answer.text[self.start : self.end]
