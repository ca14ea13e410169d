"""Step 2: a group's draft answers, closed to the authority, and the submission that it receives."""

import uuid

from django.db import models
from django.urls import reverse
from django.utils import timezone

from metodstod.models import FieldOfWork, Municipality, OncePerKey, Team, User
from metodstod.references import new_reference

ANSWER_LENGTH = 5000


class QuestionSetQuerySet(models.QuerySet):
    def current(self):
        """Return the set that new drafts are written against, or None."""
        return self.filter(published_at__isnull=False, retired_at__isnull=True).order_by("-number").first()

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


class QuestionManager(models.Manager):
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

    objects = QuestionManager()

    class Meta:
        verbose_name = "fråga"
        verbose_name_plural = "frågor"
        ordering = ["question_set", "position"]
        constraints = [
            models.UniqueConstraint(fields=["question_set", "position"], name="question_position_once"),
        ]

    def __str__(self):
        return self.text

    def natural_key(self):
        return (self.question_set.number, self.position)

    @property
    def field_name(self):
        """The answer's name in forms: `answer_1` for the first."""
        return f"answer_{self.position}"


class DraftQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Members only. Staff never see a draft, whatever their role: it is the group's own."""
        if not user.is_authenticated or not user.is_admitted:
            return self.none()
        return self.filter(team__memberships__user=user)


class Draft(models.Model):
    """A group's answers in the making, kept on the group's behalf and closed to the authority."""

    team = models.OneToOneField(Team, models.CASCADE, related_name="draft", verbose_name="arbetsgrupp")
    question_set = models.ForeignKey(
        QuestionSet, models.PROTECT, related_name="+", verbose_name="frågeuppsättning"
    )
    # The key of the submission that this draft will become: sent twice, it is still one.
    key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    created_at = models.DateTimeField("påbörjad", auto_now_add=True)

    objects = DraftQuerySet.as_manager()

    class Meta:
        verbose_name = "utkast"
        verbose_name_plural = "utkast"

    def __str__(self):
        return f"Utkast, {self.team}"


class DraftAnswer(models.Model):
    """One answer in a draft. `version` counts its changes, so that two writers are told of each other."""

    draft = models.ForeignKey(Draft, models.CASCADE, related_name="answers", verbose_name="utkast")
    question = models.ForeignKey(Question, models.PROTECT, related_name="+", verbose_name="fråga")
    text = models.TextField("svar", max_length=ANSWER_LENGTH, blank=True)
    version = models.PositiveIntegerField("version", default=0)
    saved_at = models.DateTimeField("sparat", null=True)
    saved_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name="sparat av")

    class Meta:
        verbose_name = "svar i utkast"
        verbose_name_plural = "svar i utkast"
        ordering = ["question__position"]
        constraints = [models.UniqueConstraint(fields=["draft", "question"], name="draft_answer_once")]

    def __str__(self):
        return f"Utkast till svar på fråga {self.question.position}"


class SubmissionQuerySet(models.QuerySet):
    def visible_to(self, user):
        """The group's members; staff who may view submissions, in the counties they handle."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        if user.is_staff:
            if not user.has_perm("feedback.view_submission"):
                return self.none()
            return self.filter(municipality__county__in=user.reach())
        return self.filter(team__memberships__user=user) if user.is_admitted else self.none()


class Submission(OncePerKey):
    """Answers that the authority has received: a public record, with what the group was at that time."""

    class Status(models.TextChoices):
        NEW = "new", "Ny"
        IN_WORK = "in_work", "Under arbete"
        ANSWERED = "answered", "Besvarad"
        DONE = "done", "Klar"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    reference = models.CharField(
        "referens", max_length=11, unique=True, default=new_reference, editable=False
    )
    team = models.ForeignKey(
        Team, models.PROTECT, related_name="submissions", editable=False, verbose_name="arbetsgrupp"
    )
    municipality = models.ForeignKey(
        Municipality, models.PROTECT, related_name="submissions", editable=False, verbose_name="kommun"
    )
    team_name = models.CharField("arbetsgruppens namn", max_length=120, editable=False)
    workplace = models.CharField("arbetsplats", max_length=120, editable=False)
    field_of_work = models.ForeignKey(
        FieldOfWork,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        editable=False,
        verbose_name="verksamhetsområde",
    )
    lectures_seen = models.JSONField("föreläsningar som gruppen sett", default=list, editable=False)
    question_set = models.ForeignKey(
        QuestionSet,
        models.PROTECT,
        related_name="submissions",
        editable=False,
        verbose_name="frågeuppsättning",
    )
    submitted_at = models.DateTimeField("inkom", default=timezone.now, editable=False, db_index=True)
    submitted_by = models.ForeignKey(
        User, models.SET_NULL, null=True, related_name="+", editable=False, verbose_name="inskickad av"
    )
    status = models.CharField("status", max_length=10, choices=Status.choices, default=Status.NEW)
    assignee = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="handläggare"
    )
    internal_note = models.TextField("intern anteckning", max_length=4000, blank=True)
    diary_number = models.CharField("diarienummer", max_length=40, blank=True)
    follow_up_on = models.DateField("följ upp", null=True, blank=True)

    objects = SubmissionQuerySet.as_manager()

    class Meta:
        verbose_name = "inskickad återkoppling"
        verbose_name_plural = "inskickad återkoppling"
        ordering = ["-submitted_at", "-pk"]

    def __str__(self):
        return f"{self.reference} {self.team_name}"

    def get_absolute_url(self):
        return reverse("feedback:receipt", args=[self.reference])


class Answer(models.Model):
    """A received answer. The database refuses every change of it."""

    submission = models.ForeignKey(
        Submission, models.PROTECT, related_name="answers", verbose_name="inskickad återkoppling"
    )
    question = models.ForeignKey(Question, models.PROTECT, related_name="+", verbose_name="fråga")
    text = models.TextField("svar", max_length=ANSWER_LENGTH, blank=True)

    class Meta:
        verbose_name = "svar"
        verbose_name_plural = "svar"
        ordering = ["question__position"]
        constraints = [models.UniqueConstraint(fields=["submission", "question"], name="answer_once")]

    def __str__(self):
        return f"Svar på fråga {self.question.position}"
