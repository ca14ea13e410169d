"""What is said in a lecture's film, line by line."""

from django.db import models
from django.db.models import F, Q

from .lecture import Lecture


class Cue(models.Model):
    """One caption: its number in the film, its start and end in milliseconds, its text without markup.

    Made from the lecture's caption file when that is stored (`lectures.captioning`), never by hand.
    """

    lecture = models.ForeignKey(Lecture, models.CASCADE, related_name="cues", verbose_name="föreläsning")
    number = models.PositiveIntegerField("nummer")
    start = models.PositiveIntegerField("början, millisekunder")
    end = models.PositiveIntegerField("slut, millisekunder")
    text = models.TextField("text")

    class Meta:
        verbose_name = "undertext"
        verbose_name_plural = "undertexter"
        ordering = ["lecture", "number"]
        constraints = [
            models.UniqueConstraint(fields=["lecture", "number"], name="cue_number_once_in_lecture"),
            models.CheckConstraint(condition=Q(end__gt=F("start")), name="cue_ends_after_it_starts"),
        ]

    def __str__(self):
        return self.text

    @property
    def second(self):
        """The whole second in which it starts: where a link to it leads."""
        return self.start // 1000
