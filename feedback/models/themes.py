"""What the answers are about, as coordinators read them."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from metodstod.models import FieldOfWork, Municipality, NaturalKeyManager, User

from .questions import Question
from .submissions import Answer, OfMunicipality, Submission


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


class PassageQuerySet(OfMunicipality):
    def visible_to(self, user):
        """Whoever may read the submission; for staff by what is written on the passage itself."""
        if user.is_active and user.is_staff:
            return self.seen_by_staff(user)
        return self.filter(submission__in=Submission.objects.visible_to(user))


class Passage(models.Model):
    """A part of an answer, from character `start` up to `end`, that is about a theme.

    What it is counted by is written on it too (`COPIED`), so that figures over many need no other table. All of it is of
    what was received and cannot change, and the database refuses a passage that says otherwise.
    """

    COPIED = ("municipality", "field_of_work", "submitted_at")

    answer = models.ForeignKey(Answer, models.CASCADE, related_name="passages", verbose_name="svar")
    theme = models.ForeignKey(Theme, models.PROTECT, related_name="passages", verbose_name="tema")
    start = models.PositiveIntegerField("från tecken")
    end = models.PositiveIntegerField("till tecken")
    at = models.DateTimeField("tid", default=timezone.now)
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name="vem")

    submission = models.ForeignKey(Submission, models.CASCADE, related_name="+", db_index=False)
    question = models.ForeignKey(Question, models.PROTECT, related_name="+", db_index=False)
    municipality = models.ForeignKey(Municipality, models.PROTECT, related_name="+", db_index=False)
    field_of_work = models.ForeignKey(
        FieldOfWork, models.PROTECT, null=True, related_name="+", db_index=False
    )
    submitted_at = models.DateTimeField()

    objects = PassageQuerySet.as_manager()

    class Meta:
        verbose_name = "märkt stycke"
        verbose_name_plural = "märkta stycken"
        ordering = ["answer", "start", "pk"]
        indexes = [
            models.Index(
                fields=["theme", "submission"],
                include=["answer", "question", "municipality", "field_of_work", "submitted_at"],
                name="passage_counted",
            ),
            models.Index(fields=["submission"], name="passage_submission"),
        ]
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

    @classmethod
    def of(cls, answer, **fields):
        """Return a passage of the answer, with what is copied from it, unsaved."""
        submission = answer.submission
        copied = {name: getattr(submission, name) for name in cls.COPIED}
        return cls(answer=answer, submission=submission, question_id=answer.question_id, **copied, **fields)

    @property
    def quote(self):
        return self.answer.text[self.start : self.end]
