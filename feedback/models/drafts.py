"""A group's answers in the making, closed to the authority."""

import itertools
import uuid
from hashlib import blake2s

from django.db import models, transaction
from django.db.models import F, Q
from django.utils import timezone

from metodstod.models import Team, User

from .moments import in_words
from .questions import Question, QuestionSet
from .submissions import ANSWER_LENGTH
from .versions import DraftVersion


def digest(text):
    """Return a short fingerprint of a text, by which a page remembers what it showed."""
    return blake2s(text.encode(), digest_size=6).hexdigest()


def all_answers():
    """Return what to prefetch: each answer with its question and who saved it."""
    return models.Prefetch("answers", DraftAnswer.objects.select_related("question", "saved_by"))


class DraftQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Members only. Staff never see a draft, whatever their role: it is the group's own."""
        if not user.is_authenticated or user.is_staff or not user.is_admitted:
            return self.none()
        return self.filter(team__memberships__user=user)

    def with_answers(self):
        return self.select_related("question_set").prefetch_related(all_answers())

    def of(self, team):
        """Return the group's draft with its answers, or None."""
        return self.with_answers().filter(team=team).first()

    def locked(self):
        """Drafts that nobody else saves or submits until the transaction ends."""
        # A row that has waited for its lock is read anew; its answers are to be read after that.
        return self.select_for_update(of=("self",))


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
        if draft := cls.objects.locked().of(team):
            return draft
        cls.objects.bulk_create([cls(team=team, question_set=question_set)], ignore_conflicts=True)
        draft = cls.objects.locked().of(team)
        DraftAnswer.objects.bulk_create(
            [DraftAnswer(draft=draft, question=question) for question in draft.question_set.questions.all()],
            ignore_conflicts=True,
        )
        return cls.objects.of(team)

    def fetch_answers(self):
        """Fetch the answers as they are now, with how many earlier versions each has; return the draft."""
        asked = {question.pk: question for question in self.question_set.asked}
        found = [answer.as_fetched(self, asked) for answer in DraftAnswer.objects.raw(AS_THEY_ARE, [self.pk])]
        # As Django leaves what it has prefetched; its own takes five times as long to ask.
        answers = self.answers.all()
        answers._result_cache = sorted(found, key=lambda answer: answer.question.position)
        answers._prefetch_done = True
        self._prefetched_objects_cache = {"answers": answers}
        return self

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

    earlier = 0  # How many earlier versions there are, when the draft has been told to fetch its answers.

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

    def as_fetched(self, draft, asked):
        """Give an answer found by `AS_THEY_ARE` what belongs to it; `asked` are its draft's questions by their keys."""
        self.draft, self.question = draft, asked[self.question_id]
        if self.saved_by_id:
            # In the order of the model's fields, as Django wants them.
            known = (self.saved_by_id, self.person_email, self.person_name)
            self.saved_by = User.from_db(self._state.db, ("id", "email", "name"), known)
        return self

    def write(self, text, *, version, page, turn, by):
        """Store the text if its writer has seen the latest version; return whether nothing was lost.

        `version` is the one that the writer's page showed; `page` and `turn` say which page, and how many times it had
        sent. False means that somebody else has changed the answer: the text is put aside. The draft is to be locked.
        """
        if text == self.text:
            return True
        seen = Q(version=version)
        if page:
            seen |= Q(page=page, turn__lt=turn)
        now = timezone.now()
        changed = DraftAnswer.objects.filter(seen, pk=self.pk).update(
            text=text, version=F("version") + 1, page=page, turn=turn, saved_at=now, saved_by=by
        )
        if changed:
            DraftVersion.keep(self, text)
            # As the database has it: nobody else has written since the draft was locked.
            self.text, self.version, self.page, self.turn = text, self.version + 1, page, turn
            self.saved_at, self.saved_by = now, by
            return True
        overtaken = page is not None and self.page == page and self.turn > turn
        if not overtaken:
            DraftVersion.put_aside(self, text, page=page, by=by)
        return overtaken


# Written by hand: it is asked each time a draft is opened, and to put it together takes Django longer than all the rest.
AS_THEY_ARE = """
    SELECT answer.*, person.name AS person_name, person.email AS person_email,
           (SELECT count(*) FROM feedback_draftversion version WHERE version.answer_id = answer.id) AS earlier
    FROM feedback_draftanswer answer
    LEFT JOIN metodstod_user person ON person.id = answer.saved_by_id
    WHERE answer.draft_id = %s
"""
