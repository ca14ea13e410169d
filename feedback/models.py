"""Step 2: a group's draft answers, closed to the authority, and the submission that it receives."""

import itertools
import uuid
from hashlib import blake2s

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from metodstod.models import FieldOfWork, Municipality, OncePerKey, Team, User
from metodstod.references import new_reference

ANSWER_LENGTH = 5000


def in_words(moment):
    """Return a time in Swedish words, Stockholm time; the year only when it is not this year.

    `tisdag 24 november kl. 10.32`
    """
    local = timezone.localtime(moment)
    year = "" if local.year == timezone.localtime().year else " Y"
    return date_format(local, f"l j F{year} \\k\\l. H.i")


def digest(text):
    """Return a short fingerprint of a text, by which a page remembers what it showed."""
    return blake2s(text.encode(), digest_size=6).hexdigest()


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

    def clean(self):
        """Say in words what the database would refuse: a published set may end, nothing else."""
        stored = QuestionSet.objects.filter(pk=self.pk, published_at__isnull=False).first()
        fixed = ("number", "title", "published_at")
        if stored and any(getattr(stored, name) != getattr(self, name) for name in fixed):
            raise ValidationError("En publicerad frågeuppsättning kan inte ändras, bara avslutas.")


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

    def clean(self):
        """Say in words what the database would refuse: a published question stays as it is."""
        stored = Question.objects.filter(pk=self.pk, question_set__published_at__isnull=False).first()
        fixed = ("question_set_id", "position", "text", "hint")
        if stored and any(getattr(stored, name) != getattr(self, name) for name in fixed):
            raise ValidationError("En publicerad fråga kan inte ändras.")

    @property
    def field_name(self):
        """The answer's name in forms: `answer_1` for the first."""
        return f"answer_{self.position}"

    @property
    def version_name(self):
        """The name, in forms, of what the page keeps about the answer: `version_1` for the first."""
        return f"version_{self.position}"


class DraftQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Members only. Staff never see a draft, whatever their role: it is the group's own."""
        if not user.is_authenticated or user.is_staff or not user.is_admitted:
            return self.none()
        return self.filter(team__memberships__user=user)

    def with_answers(self):
        answers = DraftAnswer.objects.select_related("question", "saved_by")
        return self.select_related("question_set").prefetch_related(models.Prefetch("answers", answers))

    def of(self, team):
        """Return the group's draft with its answers, or None."""
        return self.with_answers().filter(team=team).first()

    def locked(self, team):
        """Return the group's draft, or None; nobody else saves or submits it until the transaction ends."""
        # Two steps: a row that has waited for a lock must be read anew, answers included.
        held = self.select_for_update().filter(team=team).first()
        return held and self.of(team)


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

    @classmethod
    @transaction.atomic
    def begin(cls, team, question_set):
        """Return the group's draft, locked, with a place for each answer; begun by two at once it is one."""
        if draft := cls.objects.locked(team):
            return draft
        cls.objects.bulk_create([cls(team=team, question_set=question_set)], ignore_conflicts=True)
        draft = cls.objects.locked(team)
        DraftAnswer.objects.bulk_create(
            [DraftAnswer(draft=draft, question=question) for question in draft.question_set.questions.all()],
            ignore_conflicts=True,
        )
        return cls.objects.of(team)

    @property
    def written(self):
        """The answers that say something."""
        return [answer for answer in self.answers.all() if answer.text]

    @property
    def last_saved(self):
        """The answer that was saved last, or None."""
        saved = [answer for answer in self.answers.all() if answer.saved_at]
        return max(saved, key=lambda answer: answer.saved_at, default=None)

    @property
    def versions(self):
        """What a page showed of the whole draft, answer by answer: `3-1-0-2-4`."""
        return "-".join(str(answer.version) for answer in self.answers.all())

    def changed_since(self, versions):
        """Return the answers that differ from what a page showed, by its `versions`."""
        read = versions.split("-")
        answers = self.answers.all()
        return [
            answer
            for answer, version in itertools.zip_longest(answers, read[: len(answers)])
            if str(answer.version) != version
        ]


class DraftAnswer(models.Model):
    """One answer in a draft. `version` counts its changes, so that two writers are told of each other.

    `page` is the key of the page that made the last change, and `turn` that page's count of what it has sent: a page
    may follow up its own change before it has heard that it arrived, and what arrives late never undoes what is newer.
    """

    draft = models.ForeignKey(Draft, models.CASCADE, related_name="answers", verbose_name="utkast")
    question = models.ForeignKey(Question, models.PROTECT, related_name="+", verbose_name="fråga")
    text = models.TextField("svar", max_length=ANSWER_LENGTH, blank=True)
    version = models.PositiveIntegerField("version", default=0)
    page = models.UUIDField(null=True, editable=False)
    turn = models.PositiveIntegerField(default=0, editable=False)
    saved_at = models.DateTimeField("sparat", null=True)
    saved_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name="sparat av")

    class Meta:
        verbose_name = "svar i utkast"
        verbose_name_plural = "svar i utkast"
        ordering = ["question__position"]
        constraints = [models.UniqueConstraint(fields=["draft", "question"], name="draft_answer_once")]

    def __str__(self):
        return f"Utkast till svar på fråga {self.question.position}"

    @property
    def token(self):
        """What a page that shows this answer keeps about it: its version and a fingerprint of its text."""
        return f"{self.version}-{digest(self.text)}"

    @property
    def saved_line(self):
        """`Sparat tisdag 24 november kl. 10.32 av Anna Lind`"""
        who = f" av {self.saved_by}" if self.saved_by else ""
        return f"Sparat {in_words(self.saved_at)}{who}"

    def write(self, text, *, version, page, turn, by):
        """Store the text if its writer has seen the latest version; return whether nothing was lost.

        `version` is the one that the writer's page showed; `page` and `turn` say which page, and how many times it had
        sent. False means that somebody else has changed the answer: nothing is stored. The draft is to be locked.
        """
        if text == self.text:
            return True
        seen = Q(version=version)
        if page:
            seen |= Q(page=page, turn__lt=turn)
        changed = DraftAnswer.objects.filter(seen, pk=self.pk).update(
            text=text, version=F("version") + 1, page=page, turn=turn, saved_at=timezone.now(), saved_by=by
        )
        overtaken = page is not None and self.page == page and self.turn > turn
        return bool(changed) or overtaken


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

    @property
    def received(self):
        """The time of receipt in words, Stockholm time."""
        return date_format(timezone.localtime(self.submitted_at), "DATETIME_FORMAT")


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
