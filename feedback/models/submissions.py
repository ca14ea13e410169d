"""What the authority has received: a public record."""

import hashlib
import json
import uuid

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from metodstod.models import FieldOfWork, Municipality, OncePerKey, Team, User, who_and_when
from metodstod.references import new_reference

from .questions import Question, QuestionSet

ANSWER_LENGTH = 5000


class OfMunicipality(models.QuerySet):
    def seen_by_staff(self, user):
        """Staff who may view submissions, in the counties they handle."""
        if not user.has_perm("feedback.view_submission"):
            return self.none()
        return self.filter(municipality__in=user.place_keys)


class SubmissionQuerySet(OfMunicipality):
    def visible_to(self, user):
        """The group's members; staff who may view submissions, in the counties they handle."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        if user.is_staff:
            return self.seen_by_staff(user)
        return self.filter(team__memberships__user=user) if user.is_admitted else self.none()

    def searched(self, text):
        """Those whose answers, group, workplace or municipality hold the words; or the one with the reference."""
        from ..searching import matching

        return self.filter(matching(text))

    def due(self, day):
        """Those to follow up by the day, unless they are done."""
        return self.filter(follow_up_on__lte=day).exclude(status=Submission.Status.DONE)

    def with_content(self):
        """Fetch what a document or an export of them holds."""
        return self.select_related(
            "municipality__county", "field_of_work", "question_set", "submitted_by", "assignee"
        ).prefetch_related("answers__question", "corrections", "follow_ups__answers__answer__question")


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
        Municipality,
        models.PROTECT,
        related_name="submissions",
        editable=False,
        db_index=False,  # The index in order of time begins with it.
        verbose_name="kommun",
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
    # An addition to what the same group has sent before. The first may be disposed of before it.
    follows = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="additions",
        editable=False,
        verbose_name="tillägg till",
    )
    submitted_at = models.DateTimeField("inkom", default=timezone.now, editable=False)
    submitted_by = models.ForeignKey(
        User, models.SET_NULL, null=True, related_name="+", editable=False, verbose_name="inskickad av"
    )
    # Taken when it was received, so that anybody can tell later that nothing has changed.
    fingerprint = models.CharField("kontrollsumma (SHA-256)", max_length=64, editable=False)
    status = models.CharField("status", max_length=10, choices=Status.choices, default=Status.NEW)
    assignee = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="handläggare"
    )
    diary_number = models.CharField("diarienummer", max_length=40, blank=True)
    follow_up_on = models.DateField("följ upp", null=True, blank=True)
    hold_reason = models.CharField(
        "gallringsstopp",
        max_length=200,
        blank=True,
        help_text="Skriv varför svaren inte får gallras, till exempel en begäran om att få läsa dem. Tomt: inget stopp.",
    )
    held_at = models.DateTimeField("stoppad", null=True, blank=True, editable=False)
    held_by = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name="stoppad av",
    )

    objects = SubmissionQuerySet.as_manager()

    class Meta:
        verbose_name = "inskickad återkoppling"
        verbose_name_plural = "inskickade återkopplingar"
        ordering = ["-submitted_at", "-pk"]
        # In the order of the inbox, with what says who may see the row; and what is looked for among many and is rare.
        indexes = [
            models.Index(fields=["-submitted_at", "-id"], include=["municipality"], name="submission_newest"),
            models.Index(
                fields=["status", "-submitted_at", "-id"],
                include=["municipality"],
                name="submission_status_newest",
            ),
            models.Index(fields=["municipality", "-submitted_at", "-id"], name="submission_place_newest"),
            models.Index(
                fields=["follow_up_on"],
                condition=Q(follow_up_on__isnull=False),
                name="submission_to_follow_up",
            ),
            models.Index(fields=["held_at"], condition=Q(held_at__isnull=False), name="submission_held"),
        ]
        constraints = [
            who_and_when("held_by", "held_at", name="submission_held_who_and_when"),
            models.CheckConstraint(
                condition=Q(hold_reason="", held_at__isnull=True)
                | (Q(held_at__isnull=False) & ~Q(hold_reason="")),
                name="submission_held_for_a_reason",
                violation_error_message="Ange varför svaren inte får gallras.",
            ),
        ]

    def __str__(self):
        return f"{self.reference} {self.team_name}"

    def get_absolute_url(self):
        return reverse("feedback:receipt", args=[self.reference])

    @property
    def received(self):
        """The time of receipt in words, Stockholm time."""
        return date_format(timezone.localtime(self.submitted_at), "DATETIME_FORMAT")

    @property
    def subject(self):
        """What the diary calls it."""
        return f"Återkoppling från arbetsgruppen {self.team_name}, {self.municipality}"

    def seal(self, answers):
        """Take the fingerprint of what is received and return the submission; `answers` are (the question's words, the answer), in order."""
        self.fingerprint = fingerprint_of(self, answers)
        return self

    @property
    def is_as_received(self):
        """Whether not a letter of the record has changed since its fingerprint was taken."""
        answers = [(answer.question.text, answer.text) for answer in self.answers.select_related("question")]
        return self.fingerprint == fingerprint_of(self, answers)


def fingerprint_of(submission, answers):
    """Return SHA-256, in hexadecimal, of the record in plain values: who, when, and each question with its answer."""
    content = {
        "reference": submission.reference,
        "submitted_at": submission.submitted_at,
        "municipality": submission.municipality.code,
        "team_name": submission.team_name,
        "workplace": submission.workplace,
        "lectures_seen": submission.lectures_seen,
        "answers": answers,
    }
    text = json.dumps(content, cls=DjangoJSONEncoder, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


class AnswerQuerySet(models.QuerySet):
    def to(self, question):
        """Answers to this question, in whatever set and words it was asked."""
        same = Question.objects.with_origin().filter(origin=question.origin_pk)
        return self.filter(question__in=same)

    def coming_back(self):
        """What was planned, and is asked about later."""
        return self.filter(question__comes_back=True).exclude(text="").select_related("question")


class Answer(models.Model):
    """A received answer. The database refuses every change of it."""

    submission = models.ForeignKey(
        Submission, models.PROTECT, related_name="answers", verbose_name="inskickad återkoppling"
    )
    question = models.ForeignKey(Question, models.PROTECT, related_name="+", verbose_name="fråga")
    text = models.TextField("svar", max_length=ANSWER_LENGTH, blank=True)

    objects = AnswerQuerySet.as_manager()

    class Meta:
        verbose_name = "svar"
        verbose_name_plural = "svar"
        ordering = ["question__position"]
        # Figures over marked passages need to know whose answer it is, and not to read it.
        indexes = [models.Index(fields=["id"], include=["submission", "question"], name="answer_whose")]
        constraints = [models.UniqueConstraint(fields=["submission", "question"], name="answer_once")]

    def __str__(self):
        return f"Svar på fråga {self.question.position}"
