"""How it went with what a group planned: asked three and six months after it had sent its answers."""

import hashlib
import re
import secrets

from django.db import models
from django.utils import timezone

from .submissions import Answer, Submission

MONTHS = (3, 6)
LONGEST_WORD = 2000
TOKEN = re.compile(r"[A-Za-z0-9_-]{22}")  # 128 random bits, as `secrets.token_urlsafe(16)` writes them.


def fingerprint(token):
    """Return what is stored instead of the token itself."""
    return hashlib.sha256(token.encode()).hexdigest()


def new_token():
    return secrets.token_urlsafe(16)


class FollowUpQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Whoever may read the submission may read how it went."""
        return self.filter(submission__in=Submission.objects.visible_to(user))

    def answered(self):
        """Those that the group has answered, the earliest first, with its words."""
        answers = FollowUpAnswer.objects.select_related("answer__question")
        found = self.filter(answered_at__isnull=False).order_by("months")
        return found.prefetch_related(models.Prefetch("answers", answers))

    def by_token(self, token):
        """Return the follow-up that the link leads to, or None."""
        if not TOKEN.fullmatch(token):
            return None
        found = self.select_related("submission__municipality__county", "submission__team")
        return found.filter(token_hash=fingerprint(token), expires_at__gt=timezone.now()).first()


class FollowUp(models.Model):
    """A question to the group about its own plans, asked by a link; answered once, it is part of the public record."""

    submission = models.ForeignKey(
        Submission, models.CASCADE, related_name="follow_ups", verbose_name="inskickad återkoppling"
    )
    months = models.PositiveSmallIntegerField("månader efteråt", choices=[(3, "tre"), (6, "sex")])
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    asked_at = models.DateTimeField("frågan skickad", default=timezone.now)
    expires_at = models.DateTimeField("länken gäller till")
    answered_at = models.DateTimeField("besvarad", null=True)

    objects = FollowUpQuerySet.as_manager()

    class Meta:
        verbose_name = "uppföljning"
        verbose_name_plural = "uppföljningar"
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["submission", "months"], name="follow_up_once"),
            models.CheckConstraint(condition=models.Q(months__in=MONTHS), name="follow_up_months"),
        ]

    def __str__(self):
        return f"{self.submission.reference}, {self.get_months_display()} månader"

    @property
    def plans(self):
        """The group's own answers to the questions that come back."""
        return self.submission.answers.coming_back()


class FollowUpAnswer(models.Model):
    """How it went with one plan, in the group's own words. The database refuses every change of it."""

    class Went(models.TextChoices):
        DONE = "done", "Det har blivit av"
        PARTLY = "partly", "Det har blivit av till en del"
        NOT_YET = "not_yet", "Det har inte blivit av än"
        OTHERWISE = "otherwise", "Det blev på ett annat sätt"

    follow_up = models.ForeignKey(
        FollowUp, models.CASCADE, related_name="answers", verbose_name="uppföljning"
    )
    answer = models.ForeignKey(Answer, models.CASCADE, related_name="+", verbose_name="det ni skrev")
    went = models.CharField("hur det gick", max_length=10, choices=Went.choices)
    text = models.TextField("med egna ord", max_length=LONGEST_WORD, blank=True)

    class Meta:
        verbose_name = "svar i uppföljning"
        verbose_name_plural = "svar i uppföljningar"
        ordering = ["answer__question__position"]
        constraints = [models.UniqueConstraint(fields=["follow_up", "answer"], name="follow_up_answer_once")]

    def __str__(self):
        return f"Uppföljning av {self.answer}"
