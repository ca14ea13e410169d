"""What has changed since a lecture was recorded."""

from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from metodstod.models import NaturalKeyManager

from .. import lengths
from .lecture import Lecture
from .publishing import Published, PublishedQuerySet


class NoticeQuerySet(PublishedQuerySet):
    def concerning(self, lecture):
        """Those tied to the lecture, and those tied to none, which concern all."""
        return self.filter(Q(lectures=lecture) | Q(lectures=None)).distinct()


class Notice(Published):
    """What has changed since a lecture was recorded, with source and date; without a lecture it concerns all."""

    slug = models.SlugField("adressnamn", unique=True)
    lectures = models.ManyToManyField(
        Lecture,
        through="NoticePlace",
        blank=True,
        related_name="notices",
        verbose_name="föreläsningar",
    )
    title = models.CharField("rubrik", max_length=120, help_text="En mening som säger vad som är nytt.")
    text = models.TextField("text", help_text="Vad sades förr, vad gäller nu? Två eller tre meningar.")
    valid_from = models.DateField("gäller från")
    source = models.CharField(
        "källa", max_length=200, help_text="Till exempel: 6 kap. 11 § brottsbalken, prop. 2024/25:124."
    )
    source_url = models.URLField("källans webbadress", blank=True)
    reviewed_at = models.DateField("senast granskad")

    history = HistoricalRecords()
    objects = NaturalKeyManager.from_queryset(NoticeQuerySet)("slug")

    class Meta:
        verbose_name = "notis"
        verbose_name_plural = "notiser"
        ordering = ["-valid_from", "slug"]

    def __str__(self):
        return self.title

    def natural_key(self):
        return (self.slug,)


class NoticePlace(models.Model):
    """Where in a lecture a notice belongs; without a second it concerns the lecture as a whole."""

    notice = models.ForeignKey(Notice, models.CASCADE, related_name="places", verbose_name="notis")
    lecture = models.ForeignKey(
        Lecture, models.CASCADE, related_name="notice_places", verbose_name="föreläsning"
    )
    second = models.PositiveIntegerField("tid i filmen", null=True, blank=True)

    class Meta:
        verbose_name = "föreläsning som notisen gäller"
        verbose_name_plural = "föreläsningar som notisen gäller"
        ordering = ["notice", "lecture", "second"]
        constraints = [
            models.UniqueConstraint(
                fields=["notice", "lecture", "second"],
                name="notice_place_once",
                violation_error_message="Notisen står redan där.",
            ),
            models.UniqueConstraint(
                fields=["notice", "lecture"],
                condition=Q(second=None),
                name="notice_place_whole_once",
                violation_error_message="Notisen gäller redan hela föreläsningen.",
            ),
        ]

    def __str__(self):
        return "hela föreläsningen" if self.second is None else f"vid {lengths.clock(self.second)}"
