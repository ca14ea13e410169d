"""Captions that take the place of a lecture's own when a time has come."""

from django.conf import settings
from django.core.validators import FileExtensionValidator
from django.db import models
from simple_history.models import HistoricalRecords

from metodstod.models import who_and_when

from .. import webvtt
from .lecture import Lecture
from .publishing import Published, PublishedQuerySet


class ComingCaptions(Published):
    """What will be a lecture's captions. The row is gone once they are (`lectures.captioning.exchange_due`)."""

    lecture = models.OneToOneField(
        Lecture,
        models.CASCADE,
        related_name="coming_captions",
        verbose_name="föreläsning",
        error_messages={
            "unique": "Undertexter väntar redan för den föreläsningen. Ändra dem, eller ta bort dem först."
        },
    )
    file = models.FileField(
        "undertexter (WebVTT)",
        upload_to="captions/",
        validators=[FileExtensionValidator(["vtt"])],
        help_text="Högst två rader åt gången med 42 tecken på varje. Det som är fel visas med radens nummer.",
    )
    by_machine = models.BooleanField(
        "undertexterna är gjorda av en maskin",
        default=False,
        help_text="De märks ”ej granskade” tills någon av er har läst dem mot filmen.",
    )
    reviewed_at = models.DateTimeField("granskade", null=True, editable=False)
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name="granskade av",
    )

    history = HistoricalRecords()
    objects = PublishedQuerySet.as_manager()

    class Meta:
        verbose_name = "undertexter som väntar"
        verbose_name_plural = "undertexter som väntar"
        ordering = ["published_at", "lecture"]
        constraints = [who_and_when("reviewed_by", "reviewed_at", name="coming_captions_review_whole")]

    def __str__(self):
        return f"Undertexter till {self.lecture}"

    def read(self, *, film_length=None):
        """Return what they say. Raises BadCaptions if they reach beyond a film so long."""
        with self.file.open() as file:
            return webvtt.read(file.read(), film_length=film_length)
