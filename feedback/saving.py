"""Save what a group writes, answer by answer: no text is lost, and nobody is written over unseen."""

from dataclasses import dataclass, field

from django.db import transaction
from django.utils.functional import cached_property

from metodstod.models import Team, User

from . import guarding
from .forms import DraftForm, draft_form
from .models import Draft, DraftVersion, GuardCount, QuestionSet, Submission
from .room import own_team


@dataclass
class Outcome:
    """What became of what was sent; `form` is ready to be shown again, unless all of it was stored."""

    form: DraftForm
    team: Team
    draft: Draft | None
    written: dict = field(default_factory=dict)  # Question → the answer that is stored.
    put_aside: list = field(
        default_factory=list
    )  # Questions where another's text stays; the sent one is kept beside it.
    conflicts: dict = field(default_factory=dict)  # Question → the answer that somebody else has stored.
    sent: Submission | None = None  # The page's draft has been submitted: nothing was stored.
    replaced: bool = False  # The page showed other questions: nothing was stored.
    closed: bool = False  # The group has ended its work: nothing was stored.
    own: frozenset = frozenset()  # Addresses and numbers that are nobody else's.
    by: User | None = None

    def is_own(self, theirs):
        """Whether it is the writer who has stored the answer that was in the way, in another window."""
        return self.by is not None and theirs.saved_by_id == self.by.pk

    def changed_by(self, theirs):
        """Return who has changed the answer, to begin a sentence with."""
        if self.is_own(theirs):
            return "Du har i ett annat fönster ändrat"
        return f"{theirs.saved_by or 'Någon annan'} har ändrat"

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
            f"Svar {question.position} är inte sparat. {self.changed_by(theirs)} det."
            " Den här texten är lagd åt sidan. Välj Spara utkast för att se båda."
            for question, theirs in self.conflicts.items()
        ]
        lines += [
            f"Svar {question.position} är inte sparat. {' '.join(errors)}"
            for question, errors in self.refused.items()
        ]
        if not lines and self.last_saved:
            lines = [f"{self.last_saved.saved_line}."]
        lines += [
            f"Svar {question.position} kan peka ut någon: se under svaret."
            for question, places in self.suspects.items()
            if places
        ]
        return " ".join(lines)

    @property
    def last_saved(self):
        """The answer that was saved last, by this writer now or by whoever did so before, or None."""
        if self.written:
            return list(self.written.values())[-1]
        return self.draft.last_saved if self.draft else None

    @cached_property
    def suspects(self):
        """Question → what may point somebody out in what was stored just now."""
        return {question: guarding.places(answer.text, self.own) for question, answer in self.written.items()}

    def explain(self):
        """Put the reasons beside the fields, for the page that shows the form again."""
        for question, theirs in self.conflicts.items():
            self.form.add_error(
                question.field_name,
                f"{self.changed_by(theirs)} svaret sedan sidan öppnades. Båda texterna står här."
                " Skriv ihop dem, eller välj en av dem. Den andra ligger kvar bland tidigare versioner.",
            )
        if self.reason:
            self.form.add_error(None, self.reason)
        # The page's script leaves these to the button.
        for question in self.refused.keys() | self.form.changed.keys() - self.written.keys():
            self.form.fields[question.field_name].widget.attrs["data-unsaved"] = ""

    def as_json(self):
        """Return what the page's script needs: the words, the draft, and the versions of what was stored."""
        return {
            "message": self.message,
            "draft": str(self.draft.key) if self.draft else "",
            "versions": {question.version_name: answer.token for question, answer in self.written.items()},
            "conflicts": [question.field_name for question in self.conflicts],
            "refused": [question.field_name for question in self.refused],
            "suspects": {
                question.field_name: [str(place) for place in places]
                for question, places in self.suspects.items()
            },
            "mask": self.form.holds_identity_number,
            "stop": bool(self.sent or self.replaced or self.closed),
        }


@transaction.atomic
def save(team_pk, data, *, by):
    """Store every answer that can be stored in the draft of a group that the person belongs to, and return what became of each.

    `mask` among what is sent hides identity numbers, `hide` everything suspected in the answer that it names; `take`
    names an answer where another's text is to stay, `aside` those that only are to be put aside.
    """
    drafts = Draft.objects.visible_to(by).filter(team=team_pk).select_related("team", "question_set")
    draft = drafts.locked().first()
    team = draft.team if draft else own_team(by, team_pk)
    question_set = draft.question_set if draft else QuestionSet.objects.latest_published()
    form_class = draft_form(question_set)
    own = guarding.own_to(team)
    form = form_class(guarded(form_class, data, own))
    outcome = Outcome(form=form, team=team, draft=draft, own=own, by=by)
    changed = form.changed
    carried = form.cleaned_data
    outcome.closed = not team.is_open
    outcome.replaced = bool(changed) and form.is_for_other_questions
    if carried["draft"] and (draft is None or carried["draft"] != draft.key):
        outcome.sent = team.submissions.filter(key=carried["draft"]).first()
    if changed and not outcome.lost_race:
        outcome.draft = draft or Draft.begin(team, question_set)
        write(outcome, by=by)
    guarding.count_certain(
        (data.get(question.field_name, "") for question in outcome.refused), GuardCount.Outcome.REFUSED
    )
    if outcome.status != 200 or not outcome.written:
        show_again(outcome)
    return outcome


def show_again(outcome):
    """Make the form ready to be shown again, with all the answers as they are while the draft is locked."""
    if outcome.draft:
        outcome.draft.fetch_answers()
    form = outcome.form
    form.renew(outcome.draft, unsaved=form.changed.keys() - {*outcome.written, *outcome.put_aside})
    stored = dict(form.stored(outcome.draft))
    outcome.conflicts = {question: stored[question] for question in outcome.conflicts}


def guarded(form_class, data, own):
    """Return what was sent, masked where its writer has asked for it."""
    names = [question.field_name for question in form_class.questions]
    if data.get("mask"):
        guarding.count_certain((data.get(name, "") for name in names), GuardCount.Outcome.MASKED)
    hidden = data.get("hide")
    return guarding.hide(data, hidden, own) if hidden in names else data


def write(outcome, *, by):
    form = outcome.form
    page, turn = form.cleaned_data["key"], form.cleaned_data["turn"] or 0
    aside = {form.data.get("take"), *form.asides}
    sent = outcome.draft.answers.filter(question__in=[question.pk for question in form.changed])
    answers = {answer.question_id: answer for answer in sent.order_by()}
    for question, text in form.changed.items():
        answer = answers[question.pk]
        if question.field_name in aside:
            DraftVersion.put_aside(answer, text, page=page, by=by)
            outcome.put_aside.append(question)
            continue
        version = form.version(question, outcome.draft)
        stored = answer.write(text, version=version, page=page, turn=turn, by=by)
        if stored:
            outcome.written[question] = answer
        else:
            outcome.conflicts[question] = answer
        if form.data.get("hide") == question.field_name:
            guarding.hide_earlier(answer, outcome.own)
