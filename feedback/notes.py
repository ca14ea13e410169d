"""What a group notes at its meeting is added to its draft, under the right question, whoever else is writing there."""

from django.db import transaction

from metodstod import notes
from metodstod.forms import write_once

from .models import ANSWER_LENGTH, Draft, NoteReceipt, QuestionSet

NONE_TO_ANSWER = "Just nu finns det inga frågor att anteckna under. Kopiera texten om ni vill ha den kvar."
CLOSED = "Arbetsgruppen är avslutad. Kopiera texten om ni vill ha den kvar."
OTHER_QUESTIONS = "Frågorna har bytts ut sedan du öppnade sidan. Texten står kvar: lägg den under rätt fråga."


class DraftNotebook(notes.Notebook):
    """The draft as a meeting sees it: each question with its answer so far."""

    longest = ANSWER_LENGTH

    def questions(self, team):
        draft = Draft.objects.of(team)
        question_set = draft.question_set if draft else QuestionSet.objects.current()
        if question_set is None:
            return "", ()
        written = {answer.question_id: answer.text for answer in draft.answers.all()} if draft else {}
        found = [
            notes.Question(question.position, question.text, question.hint, written.get(question.pk, ""))
            for question in question_set.questions.all()
        ]
        return str(question_set.number), tuple(found)

    def written(self, team):
        draft = Draft.objects.of(team)
        return {answer.question.position: answer.text for answer in draft.answers.all()} if draft else {}

    @transaction.atomic
    def add(self, team, texts, *, of, key, by):
        _, is_new = self.receive(team, key)
        if not is_new:
            return
        draft = self.draft(team, of)
        answers = {answer.question.position: answer for answer in draft.answers.all()}
        longer = {
            number: joined(answers[number].text, text) for number, text in texts.items() if number in answers
        }
        too_long = {number: no_room(text) for number, text in longer.items() if len(text) > ANSWER_LENGTH}
        if too_long or longer.keys() != texts.keys():
            raise notes.NotTaken(too_long or {0: OTHER_QUESTIONS})
        for number, text in longer.items():
            answer = answers[number]
            # The draft is locked: nobody has come between.
            answer.write(text, version=answer.version, page=None, turn=0, by=by)

    def receive(self, team, key):
        stored, is_new = write_once(NoteReceipt(team=team, key=key))
        if stored.team_id != team.pk:
            raise LookupError("the key belongs to another group")
        NoteReceipt.forget_old(team)
        return stored, is_new

    def draft(self, team, of):
        """Return the group's draft, locked and begun if need be."""
        draft = Draft.objects.locked().of(team)
        question_set = draft.question_set if draft else QuestionSet.objects.current()
        if not team.is_open:
            raise notes.NotTaken({0: CLOSED})
        if question_set is None:
            raise notes.NotTaken({0: NONE_TO_ANSWER})
        if str(question_set.number) != of:
            raise notes.NotTaken({0: OTHER_QUESTIONS})
        return draft or Draft.begin(team, question_set)


def joined(before, text):
    """Return an answer with a note added as a paragraph of its own."""
    return f"{before.rstrip()}\n\n{text.strip()}" if before.strip() else text.strip()


def no_room(text):
    over = len(text) - ANSWER_LENGTH
    return f"Svaret får ha högst {ANSWER_LENGTH} tecken. Med anteckningen blir det {over} för många. Korta den, eller korta svaret i utkastet."
