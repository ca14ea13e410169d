"""A lecture's parts, and where a group pauses to talk."""

from django.db import models
from django.utils import timezone
from simple_history.models import HistoricalRecords

from .lecture import Lecture
from .publishing import Published, PublishedQuerySet


class ChapterManager(models.Manager.from_queryset(PublishedQuerySet)):
    def get_by_natural_key(self, lecture, second):
        return self.get(lecture__slug=lecture, second=second)


class Chapter(Published):
    """A part of a lecture, from its second; with a question, the group pauses where the part ends."""

    lecture = models.ForeignKey(Lecture, models.CASCADE, related_name="chapters", verbose_name="föreläsning")
    second = models.PositiveIntegerField("börjar vid")
    title = models.CharField("rubrik", max_length=120)
    question = models.CharField(
        "fråga att pausa vid",
        max_length=300,
        blank=True,
        help_text="Visas när kapitlet är slut. Gruppen stannar filmen och talar om den.",
    )
    published_at = models.DateTimeField(
        "publiceras",
        null=True,
        blank=True,
        default=timezone.now,
        help_text="Kapitlet syns tillsammans med föreläsningen, tidigast då. Tom: ett utkast som bara ni ser.",
    )

    history = HistoricalRecords()
    objects = ChapterManager()

    class Meta:
        verbose_name = "kapitel"
        verbose_name_plural = "kapitel"
        ordering = ["lecture", "second"]
        constraints = [
            models.UniqueConstraint(
                fields=["lecture", "second"],
                name="chapter_second_once_in_lecture",
                violation_error_message="Två kapitel kan inte börja samtidigt.",
            ),
        ]

    def __str__(self):
        return self.title

    def natural_key(self):
        return (*self.lecture.natural_key(), self.second)

    natural_key.dependencies = ["lectures.lecture"]
