"""Where a group stands in step 2."""

from django.urls import reverse

from metodstod.path import Action, Stage, State

from .models import Draft, in_words

TITLE = "Svara på frågorna"


def stage(team):
    draft = Draft.objects.of(team)
    sent = team.submissions.first()
    if sent:
        return after_sending(team, sent, draft)
    if draft is None:
        text = "Ni har inte börjat på svaren."
        return Stage(2, TITLE, State.NOT_BEGUN, text, next=writing(team, "Börja på svaren"))
    return Stage(2, TITLE, State.UNDER_WAY, progress(draft), next=writing(team, "Fortsätt på svaren"))


def after_sending(team, sent, draft):
    text = f"Ni skickade era svar {in_words(sent.submitted_at)}. Referens {sent.reference}."
    if draft:
        text += " Ni har börjat på ett tillägg."
    more = writing(team, "Fortsätt på tillägget" if draft else "Skriv ett tillägg")
    links = (Action("Läs det ni skickade", sent.get_absolute_url()), more)
    return Stage(2, TITLE, State.DONE, text, links=tuple(link for link in links if link))


def progress(draft):
    """Return how far the draft has come: how many answers, and who saved last."""
    answers = draft.answers.all()
    text = f"{len(draft.written)} av {len(answers)} frågor har svar i utkastet."
    return f"{text} {draft.last_saved.saved_line}." if draft.last_saved else text


def writing(team, label):
    """Return the way to the draft, unless the group has ended its work."""
    return Action(label, reverse("feedback:draft", args=[team.pk])) if team.is_open else None
