"""What the full-text search looks into."""

from django.db import models
from django.db.models import Value
from django.db.models.functions import Concat

from .submissions import Submission


class SearchableText(models.Model):
    """A submission's words in one row, in lower case. On PostgreSQL the row also has `vector`, which the database makes of it.

    Internal notes and replies are not in it: one searches in what groups have written.
    """

    submission = models.OneToOneField(
        Submission,
        models.CASCADE,
        primary_key=True,
        related_name="searchable",
        verbose_name="inskickad återkoppling",
    )
    text = models.TextField("text")

    class Meta:
        verbose_name = "sökbar text"
        verbose_name_plural = "sökbara texter"

    def __str__(self):
        return f"Sökbar text, {self.submission_id}"

    @classmethod
    def add(cls, submission, texts):
        """Let what the group has said later be found too."""
        more = "".join(f"\n{text}" for text in texts if text).casefold()
        if more:
            cls.objects.filter(submission=submission).update(text=Concat("text", Value(more)))

    @classmethod
    def of(cls, submission, answers):
        """Return the row of a submission with these answers, not yet stored."""
        texts = [submission.team_name, submission.workplace, submission.municipality.name]
        texts += [answer.text for answer in answers]
        return cls(submission=submission, text="\n".join(texts).casefold())
