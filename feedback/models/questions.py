"""The questions that groups are asked, in sets that do not change once published."""

from functools import lru_cache

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import F
from django.db.models.functions import Coalesce
from django.utils import timezone


class QuestionSetQuerySet(models.QuerySet):
    def current(self):
        """Return the set that new drafts are written against, or None."""
        return self.filter(published_at__isnull=False, retired_at__isnull=True).order_by("-number").first()

    def latest_published(self):
        """Return the current set or, between two, the one that has just been retired; raises DoesNotExist."""
        return self.current() or self.filter(published_at__isnull=False).latest("number")

    def get_by_natural_key(self, number):
        return self.get(number=number)


class QuestionSet(models.Model):
    """The questions asked at one time. Once published, neither it nor its questions change."""

    number = models.PositiveSmallIntegerField("nummer", unique=True)
    title = models.CharField("rubrik", max_length=120)
    published_at = models.DateTimeField("publicerad", null=True, blank=True)
    retired_at = models.DateTimeField("avslutad", null=True, blank=True)

    objects = QuestionSetQuerySet.as_manager()

    class Meta:
        verbose_name = "frågeuppsättning"
        verbose_name_plural = "frågeuppsättningar"
        ordering = ["-number"]

    def __str__(self):
        return f"{self.number}. {self.title}"

    def natural_key(self):
        return (self.number,)

    @property
    def is_published(self):
        return self.published_at is not None

    @property
    def asked(self):
        """The questions in order; of a published set, whose questions do not change, the same each time."""
        return (
            published_questions(self.pk, self.published_at)
            if self.is_published
            else tuple(self.questions.all())
        )

    @property
    def state(self):
        """Where the set is in its life, in a word."""
        if self.retired_at:
            return "avslutad"
        return "publicerad" if self.published_at else "utkast"

    @transaction.atomic
    def publish(self):
        """Ask these questions from now on, numbered from 1, and end the set that was asked until now.

        Drafts that have been begun keep their own questions. Raises ValidationError when there is nothing to publish.
        """
        held = QuestionSet.objects.select_for_update().get(pk=self.pk)
        if held.published_at:
            raise ValidationError("Frågeuppsättningen är redan publicerad.")
        questions = list(held.questions.all())
        if not questions:
            raise ValidationError("Skriv minst en fråga innan du publicerar.")
        for position, question in enumerate(questions, start=1):
            if question.position != position:
                question.position = position
                question.save(update_fields=["position"])
        now = timezone.now()
        published = QuestionSet.objects.filter(published_at__isnull=False, retired_at__isnull=True)
        published.update(retired_at=now)
        self.published_at = now
        self.save(update_fields=["published_at"])

    @transaction.atomic
    def copy(self, *, number):
        """Return a new set, not published, with the same questions, each tied to where it was asked first."""
        copied = QuestionSet.objects.create(number=number, title=self.title)
        Question.objects.bulk_create(
            Question(
                question_set=copied,
                position=question.position,
                text=question.text,
                hint=question.hint,
                comes_back=question.comes_back,
                same_as_id=question.origin_pk if self.is_published else None,
            )
            for question in self.questions.all()
        )
        return copied

    @transaction.atomic
    def retire(self):
        """Ask these questions no more; drafts that have been begun may still be sent."""
        changed = QuestionSet.objects.filter(
            pk=self.pk, published_at__isnull=False, retired_at__isnull=True
        ).update(retired_at=timezone.now())
        if not changed:
            raise ValidationError("Bara en publicerad frågeuppsättning kan avslutas.")
        self.refresh_from_db()

    def clean(self):
        """Say in words what the database would refuse: a published set may end, nothing else."""
        stored = QuestionSet.objects.filter(pk=self.pk, published_at__isnull=False).first()
        fixed = ("number", "title", "published_at")
        if stored and any(getattr(stored, name) != getattr(self, name) for name in fixed):
            raise ValidationError("En publicerad frågeuppsättning kan inte ändras, bara avslutas.")


class QuestionQuerySet(models.QuerySet):
    def originals(self):
        """Questions that are asked for the first time; those of later sets point at them."""
        return self.filter(same_as__isnull=True)

    def with_origin(self):
        """Note which question it is, whatever the set: the same number for all that are the same."""
        return self.annotate(origin=Coalesce(F("same_as"), F("pk")))

    def get_by_natural_key(self, set_number, position):
        return self.get(question_set__number=set_number, position=position)


class Question(models.Model):
    """One question for a work group, in words that do not change once published."""

    question_set = models.ForeignKey(
        QuestionSet, models.PROTECT, related_name="questions", verbose_name="frågeuppsättning"
    )
    position = models.PositiveSmallIntegerField("ordning")
    text = models.CharField("fråga", max_length=300)
    hint = models.CharField("stöd för samtalet", max_length=300, blank=True)
    same_as = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="later",
        verbose_name="samma fråga som",
        help_text="Välj den tidigare frågan om svaren ska kunna jämföras, även om orden är andra.",
    )
    comes_back = models.BooleanField(
        "kommer tillbaka",
        default=False,
        help_text="Gruppen får se sitt eget svar efter tre och sex månader och berättar hur det gick.",
    )

    objects = QuestionQuerySet.as_manager()

    class Meta:
        verbose_name = "fråga"
        verbose_name_plural = "frågor"
        ordering = ["question_set", "position"]
        constraints = [
            models.UniqueConstraint(fields=["question_set", "position"], name="question_position_once"),
            models.UniqueConstraint(
                fields=["question_set", "same_as"],
                name="question_same_once_a_set",
                violation_error_message="Två frågor i samma uppsättning kan inte vara samma tidigare fråga.",
            ),
            models.CheckConstraint(condition=~models.Q(same_as=F("pk")), name="question_not_same_as_itself"),
        ]

    def __str__(self):
        return self.text

    def natural_key(self):
        return (self.question_set.number, self.position)

    def clean(self):
        """Say in words what the database would refuse: a published question stays as it is."""
        stored = Question.objects.filter(pk=self.pk, question_set__published_at__isnull=False).first()
        fixed = ("question_set_id", "position", "text", "hint", "same_as_id", "comes_back")
        if stored and any(getattr(stored, name) != getattr(self, name) for name in fixed):
            raise ValidationError("En publicerad fråga kan inte ändras.")
        if self.same_as and (self.same_as.same_as_id or self.same_as.question_set_id == self.question_set_id):
            raise ValidationError(
                {"same_as": "Välj frågan i den uppsättning där den ställdes första gången."}
            )

    @property
    def origin_pk(self):
        """The same for every question that is the same, whatever the set."""
        return self.same_as_id or self.pk

    @property
    def field_name(self):
        """The answer's name in forms: `answer_1` for the first."""
        return f"answer_{self.position}"

    @property
    def version_name(self):
        """The name, in forms, of what the page keeps about the answer: `version_1` for the first."""
        return f"version_{self.position}"


@lru_cache(maxsize=16)
def published_questions(set_pk, published_at):
    return tuple(Question.objects.filter(question_set=set_pk))
