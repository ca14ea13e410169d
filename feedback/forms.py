"""The draft's form: five texts, and what the page keeps about each so that two writers never write over each other."""

import uuid
from functools import lru_cache

from django import forms
from django.utils.functional import cached_property
from django.utils.safestring import SafeString

from metodstod.forms import PlainText, PortalForm

from . import frames
from .models import ANSWER_LENGTH, DraftAnswer, QuestionSet, digest

LARGEST = 2**31 - 1  # PostgreSQL's integer.


def number(value):
    value = int(value)
    if not 0 <= value <= LARGEST:
        raise ValueError("out of range")
    return value


def token(value):
    """Return the version and the fingerprint of `DraftAnswer.token`."""
    version, _, mark = value.partition("-")
    return number(version), mark


class Carried(forms.Field):
    """What a page carries unseen. A broken or missing value counts as none: it must not stop the text from being saved."""

    widget = forms.HiddenInput

    def __init__(self, parse, **kwargs):
        super().__init__(required=False, **kwargs)
        self.parse = parse

    def clean(self, value):
        try:
            return self.parse(value)
        except (TypeError, ValueError, AttributeError):
            return None


class DraftForm(PortalForm, forms.Form):
    """The answers of one question set; made by `draft_form`, which adds `answer_1`, `version_1` and so on."""

    mark_optional = False
    question_set = Carried(number)
    draft = Carried(uuid.UUID)
    key = Carried(uuid.UUID)
    turn = Carried(number)

    questions = ()
    set_pk = None

    @classmethod
    def showing(cls, draft):
        """Return the form with what the draft, if any, holds now."""
        initial = cls.carried(draft)
        for question, answer in cls.stored(draft):
            initial |= {question.field_name: answer.text, question.version_name: answer.token}
        return cls(initial=initial)

    @classmethod
    def carried(cls, draft):
        """Return what a newly made page carries: its own key, and which draft and questions it shows."""
        return {
            "key": str(uuid.uuid4()),
            "turn": "1",
            "draft": str(draft.key) if draft else "",
            "question_set": str(cls.set_pk),
        }

    @classmethod
    def stored(cls, draft):
        """Return each question with its answer in the draft, an empty one where nothing is stored."""
        answers = {answer.question_id: answer for answer in draft.answers.all()} if draft else {}
        return [(question, answers.get(question.pk, DraftAnswer())) for question in cls.questions]

    @property
    def unseen(self):
        """What the page carries unseen, drawn."""
        # Without a draft some of it is empty, and drawn without a value.
        is_usual = not self.is_bound and all(self.initial.values())
        return frames.of_unseen(type(self)).filled(self.initial) if is_usual else self.drawn_unseen()

    def drawn_unseen(self):
        return SafeString("".join(map(str, self.hidden_fields())))

    @property
    def is_for_other_questions(self):
        """Whether the page showed another set of questions than the one that is answered now."""
        return self.cleaned_data["question_set"] not in (None, self.set_pk)

    @cached_property
    def changed(self):
        """The acceptable answers that differ from what the page showed, by question."""
        self.is_valid()
        found = {}
        for question in self.questions:
            name = question.field_name
            if name not in self.data or name in self.errors:
                continue
            _, shown = self.cleaned_data[question.version_name] or (0, "")
            if digest(self.cleaned_data[name]) != (shown or digest("")):
                found[question] = self.cleaned_data[name]
        return found

    @property
    def asides(self):
        """The names of the answers that the page only wants to put aside: their writer has not seen both texts yet."""
        return self.data.getlist("aside") if hasattr(self.data, "getlist") else []

    def version(self, question, draft):
        """Return the version that the page showed; 0, which fits an empty answer only, if it showed another draft."""
        version, _ = self.cleaned_data[question.version_name] or (0, "")
        return version if self.cleaned_data["draft"] == draft.key else 0

    def renew(self, draft, *, unsaved):
        """Make the form ready to be shown again: what is stored as it is stored, the rest as it was written."""
        self.data = self.data.copy()
        for name, value in self.carried(draft).items():
            self.data[name] = value
        for question, answer in self.stored(draft):
            refused = question.field_name in self.errors
            if not refused and question not in unsaved:
                self.data[question.field_name] = answer.text
            # A refused text still stands against what its page showed; another's change since then is not seen yet.
            if not refused:
                self.data[question.version_name] = answer.token
            elif draft is None or self.cleaned_data["draft"] != draft.key:
                self.data[question.version_name] = DraftAnswer().token


def draft_form(question_set):
    """Return the form class for a set of questions; of a published one, which does not change, the same each time."""
    if question_set.is_published:
        return published_form(question_set.pk, question_set.published_at)
    return made_form(question_set)


@lru_cache(maxsize=16)
def published_form(set_pk, published_at):
    return made_form(QuestionSet(pk=set_pk, published_at=published_at))


def made_form(question_set):
    questions = question_set.asked
    fields = {"questions": questions, "set_pk": question_set.pk}
    for question in questions:
        fields[question.field_name] = PlainText(
            label=question.text,
            help_text=question.hint,
            max_length=ANSWER_LENGTH,
            required=False,
            rows=6,
            error_messages={
                "max_length": "Svaret får ha högst %(limit_value)d tecken. Det har %(show_value)d."
            },
        )
        fields[question.version_name] = Carried(token)
    return type("DraftForm", (DraftForm,), fields)


class SubmitForm(PortalForm, forms.Form):
    """What the page of review carries: which draft, and which versions of its answers the sender has read.

    `decided` is asked for only where something may point somebody out.
    """

    key = Carried(uuid.UUID)
    versions = Carried(str)
    decided = forms.BooleanField(
        required=False, label="Vi har läst det som är markerat. Det pekar inte ut någon enskild person."
    )

    def __init__(self, *args, asks=False, **kwargs):
        super().__init__(*args, **kwargs)
        if not asks:
            del self.fields["decided"]


class RestoreForm(forms.Form):
    """Which earlier version is wanted back, and which version of the answer the page showed."""

    earlier = Carried(number)
    version = Carried(token)
