"""Save what a group writes, answer by answer: no text is lost, and nobody is written over unseen."""

from dataclasses import dataclass, field

from django.db import transaction

from .forms import DraftForm, draft_form
from .models import Draft, QuestionSet, Submission


@dataclass
class Outcome:
    """What became of what was sent; `form` is ready to be shown again."""

    form: DraftForm
    draft: Draft | None
    written: list = field(default_factory=list)  # Questions whose answers are stored.
    conflicts: dict = field(default_factory=dict)  # Question → the answer that somebody else has stored.
    sent: Submission | None = None  # The page's draft has been submitted: nothing was stored.
    replaced: bool = False  # The page showed other questions: nothing was stored.
    closed: bool = False  # The group has ended its work: nothing was stored.

    @property
    def refused(self):
        """Question → what is wrong with the text."""
        return {
            question: self.form.errors[question.field_name]
            for question in self.form.questions
            if question.field_name in self.form.errors
        }

    @property
    def lost_race(self):
        return bool(self.conflicts or self.sent or self.replaced or self.closed)

    @property
    def status(self):
        """What a script is told: 200 all stored, 409 somebody was first, 422 a text was refused."""
        return 409 if self.lost_race else 422 if self.refused else 200

    @property
    def reason(self):
        """Why nothing at all was stored, or an empty text."""
        if self.closed:
            return "Arbetsgruppen är avslutad. Kopiera din text om du vill ha den kvar."
        if self.sent:
            return (
                f"Svaren skickades in {self.sent.received} och kan inte ändras. Välj Spara utkast om din text ska bli"
                " ett tillägg."
            )
        if self.replaced:
            return "Frågorna har bytts ut sedan du öppnade sidan. Din text står kvar: spara den under rätt fråga."
        return ""

    @property
    def message(self):
        """What became of it in words, for the line that says whether all is saved."""
        if self.reason:
            return f"Inte sparat. {self.reason}"
        lines = [
            f"Svar {question.position} är inte sparat: {theirs.saved_by or 'någon annan'} har ändrat det."
            " Välj Spara utkast för att se båda texterna."
            for question, theirs in self.conflicts.items()
        ]
        lines += [
            f"Svar {question.position} är inte sparat. {' '.join(errors)}"
            for question, errors in self.refused.items()
        ]
        if not lines and self.draft and self.draft.last_saved:
            lines = [f"{self.draft.last_saved.saved_line}."]
        return " ".join(lines)

    def explain(self):
        """Put the reasons beside the fields, for the page that shows the form again."""
        for question, theirs in self.conflicts.items():
            self.form.add_error(
                question.field_name,
                f"{theirs.saved_by or 'Någon annan'} har ändrat svaret sedan du öppnade sidan. Båda texterna står här."
                " Skriv ihop dem och spara.",
            )
        if self.reason:
            self.form.add_error(None, self.reason)
        # The page's script leaves these to the button.
        for question in self.refused.keys() | self.form.changed.keys() - set(self.written):
            self.form.fields[question.field_name].widget.attrs["data-unsaved"] = ""

    def as_json(self):
        """Return what the page's script needs: the words, the draft, and the versions of what was stored."""
        stored = dict(self.form.stored(self.draft))
        return {
            "message": self.message,
            "draft": str(self.draft.key) if self.draft else "",
            "versions": {question.version_name: stored[question].token for question in self.written},
            "conflicts": [question.field_name for question in self.conflicts],
            "refused": [question.field_name for question in self.refused],
            "mask": self.form.holds_identity_number,
            "stop": bool(self.sent or self.replaced or self.closed),
        }


@transaction.atomic
def save(team, data, *, by):
    """Store every answer that can be stored, and return what became of each."""
    draft = Draft.objects.locked(team)
    question_set = draft.question_set if draft else QuestionSet.objects.latest_published()
    form = draft_form(question_set)(data)
    outcome = Outcome(form=form, draft=draft)
    changed = form.changed
    carried = form.cleaned_data
    outcome.closed = not team.is_open
    outcome.replaced = bool(changed) and form.is_for_other_questions
    if carried["draft"] and (draft is None or carried["draft"] != draft.key):
        outcome.sent = team.submissions.filter(key=carried["draft"]).first()
    if changed and not outcome.lost_race:
        outcome.draft = Draft.begin(team, question_set)
        write(outcome, by=by)
    form.renew(outcome.draft, unsaved=changed.keys() - set(outcome.written))
    return outcome


def write(outcome, *, by):
    form, conflicts = outcome.form, []
    for question, answer in form.stored(outcome.draft):
        if question not in form.changed:
            continue
        stored = answer.write(
            form.changed[question],
            version=form.version(question, outcome.draft),
            page=form.cleaned_data["key"],
            turn=form.cleaned_data["turn"] or 0,
            by=by,
        )
        (outcome.written if stored else conflicts).append(question)
    outcome.draft = Draft.objects.of(outcome.draft.team)
    now = dict(form.stored(outcome.draft))
    outcome.conflicts = {question: now[question] for question in conflicts}
