"""What an answer said before: kept with the draft until it is sent, so that nothing written is lost on the way."""

from datetime import timedelta

from django.db import models
from django.db.models import Q
from django.utils import timezone

from metodstod.models import User

from .moments import in_words

MOST_VERSIONS = 50  # for each answer
A_BURST = timedelta(minutes=1)  # What one page saves while its writer goes on writing.


class DraftVersion(models.Model):
    """An earlier text of an answer, or one put aside: written at the same time as another's, and never the answer itself."""

    answer = models.ForeignKey(
        "feedback.DraftAnswer", models.CASCADE, related_name="versions", verbose_name="svar i utkast"
    )
    text = models.TextField("text")
    kept_at = models.DateTimeField("lagd undan", default=timezone.now)
    saved_at = models.DateTimeField("sparad", null=True)
    saved_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name="sparad av")
    # The page that wrote it. Of what one page has put aside, the latest is kept.
    page = models.UUIDField(null=True, editable=False)
    aside = models.BooleanField("lagd åt sidan", default=False)

    class Meta:
        verbose_name = "tidigare version"
        verbose_name_plural = "tidigare versioner"
        ordering = ["-kept_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["answer", "page"], condition=Q(aside=True), name="draft_version_aside_once"
            )
        ]

    def __str__(self):
        return f"Tidigare version av {self.answer}"

    @property
    def title(self):
        """Who wrote it and when, and whether it was ever the answer."""
        who = f" av {self.saved_by}" if self.saved_by else ""
        how = "Lades åt sidan" if self.aside else "Sparades"
        return f"{how} {in_words(self.saved_at or self.kept_at)}{who}"

    @classmethod
    def keep(cls, answer, new_text):
        """Keep what the answer said, unless the new text holds all of it or the same burst has kept more already."""
        if not answer.text or answer.text in new_text:
            return
        now = timezone.now()
        last = cls.objects.filter(answer=answer, aside=False).first()
        of_the_burst = (
            last
            and last.page is not None
            and last.page == answer.page
            and now - last.kept_at < A_BURST
            and len(last.text) >= len(answer.text)
        )
        if of_the_burst:
            return
        cls.objects.create(
            answer=answer,
            text=answer.text,
            kept_at=now,
            saved_at=answer.saved_at,
            saved_by_id=answer.saved_by_id,
            page=answer.page,
        )
        cls.trim(answer)

    @classmethod
    def put_aside(cls, answer, text, *, page, by):
        """Keep a text that somebody else's stood in the way of."""
        if not text or text == answer.text:
            return
        now = timezone.now()
        values = {"text": text, "kept_at": now, "saved_at": now, "saved_by": by}
        if page is None:
            cls.objects.create(answer=answer, aside=True, **values)
        else:
            cls.objects.update_or_create(answer=answer, page=page, aside=True, defaults=values)
        cls.trim(answer)

    @classmethod
    def trim(cls, answer):
        """Let the oldest go when there are too many."""
        old = list(cls.objects.filter(answer=answer).values_list("pk", flat=True)[MOST_VERSIONS:])
        if old:
            cls.objects.filter(pk__in=old).delete()
