"""The manager's mandate: asked for by a link of its own, given or declined once, void when the request changes."""

import hashlib
import re
import secrets
from datetime import timedelta

from django.utils import timezone

from . import booking, letters
from .acts import Conflict, TooMany, acting, must_be_of_the_group, note
from .models import Act, ManagerQuestion, Mandate

LIFE = timedelta(days=30)
ASKED_A_DAY = 10  # Mails to managers in one consultation; a manager is not to be flooded.
QUESTIONS = 10  # Unanswered ones on one link.
LETTERS = {
    Mandate.Decision.GIVEN: "consultation_mandate_given",
    Mandate.Decision.DECLINED: "consultation_mandate_declined",
}
TOKEN = re.compile(r"[A-Za-z0-9_-]{22}")  # 128 random bits, as `secrets.token_urlsafe(16)` writes them.


def digest(token):
    """Return what is stored instead of the token itself."""
    return hashlib.sha256(token.encode()).hexdigest()


def find(token):
    """Return the mandate that a link leads to, void and expired ones too, or None."""
    if not TOKEN.fullmatch(token):
        return None
    return (
        Mandate.objects.select_related("party__consultation__team__municipality")
        .filter(token_hash=digest(token))
        .first()
    )


def describe(consultation):
    """Return what is asked of the manager, as pairs of heading and text: the mandate is for exactly this."""
    team = consultation.team
    partners = consultation.parties.filter(is_lead=False).select_related("municipality")
    form, contact = consultation.get_form_display(), team.contact()
    return [
        ["Arbetsgrupp", f"{team.name}, {team.workplace}, {team.municipality}"],
        ["Kontaktperson", f"{contact}, {contact.email}" if contact.name else contact.email],
        ["Behov", consultation.need],
        ["Målgrupper", ", ".join(str(group) for group in consultation.target_groups.all())],
        ["Mötesform", f"{form}: {consultation.place}" if consultation.place else form],
        ["Andra kommuner", ", ".join(str(party) for party in partners) or "Inga andra kommuner"],
    ]


# Asking, by the group ------------------------------------------------------------------------------


def ask(consultation, manager, *, because, answered=None):
    """Ask a manager for the mandate, inside an act. What was asked before, if anything, becomes void.

    `manager` holds name, title and email. `answered` is a question that the group has just answered.
    """
    day = timezone.now() - timedelta(days=1)
    if Mandate.objects.of_lead(consultation).filter(asked_at__gte=day).count() >= ASKED_A_DAY:
        raise TooMany
    void(consultation, because=because)
    token = secrets.token_urlsafe(16)
    mandate = Mandate.objects.create(
        party=consultation.parties.get(is_lead=True),
        scope=consultation.scope,
        manager_name=manager["name"],
        manager_title=manager["title"],
        manager_email=manager["email"],
        asked=describe(consultation) + told_so_far(consultation),
        token_hash=digest(token),
        expires_at=timezone.now() + LIFE,
    )
    letters.ask_manager(mandate, token, answered=answered is not None)
    return mandate


def told_so_far(consultation):
    """Return the questions about the request as it is now, with the group's answers, for the next link."""
    questions = ManagerQuestion.objects.filter(
        mandate__party__consultation=consultation,
        mandate__scope=consultation.scope,
        answered_at__isnull=False,
    )
    return [
        pair
        for question in questions
        for pair in (["Fråga från chefen", question.text], ["Arbetsgruppens svar", question.answer])
    ]


def void(consultation, *, because):
    Mandate.objects.of_lead(consultation).standing().update(voided_at=timezone.now(), voided_because=because)


def manager_of(mandate):
    return {
        "name": mandate.manager_name,
        "title": mandate.manager_title,
        "email": mandate.manager_email,
    }


def ask_again(consultation, *, by, key):
    """Send the same manager a new link; the old one no longer works."""
    with acting(consultation, Act.Kind.MANAGER_ASKED, by=by, key=key) as current:
        if current is None:
            return
        must_be_of_the_group(current, by)
        standing = Mandate.objects.of_lead(current).standing().get()
        if standing.is_given:
            raise Conflict("Chefen har redan gett sitt mandat, så ingen ny länk behövs.")
        ask(current, manager_of(standing), because=Mandate.Voided.AGAIN)
        note(current, Act.Kind.MANAGER_ASKED, by=by, key=key)


def name_manager(consultation, manager, *, by, key):
    """Ask another manager instead. A mandate that the earlier one has given falls with it."""
    with acting(consultation, Act.Kind.MANAGER_NAMED, by=by, key=key) as current:
        if current is None:
            return
        must_be_of_the_group(current, by)
        ask(current, manager, because=Mandate.Voided.MANAGER)
        note(current, Act.Kind.MANAGER_NAMED, by=by, key=key)
        booking.settle(current)


def answer(question, text, *, by, key):
    """Answer the manager's question; the manager gets a new link where the answer can be read."""
    consultation = question.mandate.party.consultation
    with acting(consultation, Act.Kind.QUESTION_ANSWERED, by=by, key=key) as current:
        if current is None:
            return
        must_be_of_the_group(current, by)
        question.refresh_from_db()
        if question.answered_at:
            raise Conflict("Frågan har redan fått ett svar från någon annan i gruppen.")
        if question.mandate.voided_at and question.mandate.scope != current.scope:
            raise Conflict("Förfrågan har ändrats sedan frågan ställdes, och chefen har fått en ny länk.")
        standing = Mandate.objects.of_lead(current).standing().get()
        if not standing.is_undecided:
            raise Conflict("Chefen har redan lämnat sitt besked.")
        question.answer, question.answered_at, question.answered_by = text, timezone.now(), by
        question.save(update_fields=["answer", "answered_at", "answered_by"])
        ask(current, manager_of(standing), because=Mandate.Voided.ANSWERED, answered=question)
        note(current, Act.Kind.QUESTION_ANSWERED, by=by, key=key, mandate=None)


# Answering, by the manager -------------------------------------------------------------------------


def decide(mandate, decision, message, *, key):
    """Give or decline the mandate, once. The same decision again is harmless, another one is refused."""
    kinds = {
        Mandate.Decision.GIVEN: Act.Kind.MANDATE_GIVEN,
        Mandate.Decision.DECLINED: Act.Kind.MANDATE_DECLINED,
    }
    consultation, kind = mandate.party.consultation, kinds[decision]
    with acting(consultation, kind, by=None, key=key, mandate=mandate) as current:
        if current is None:
            return
        must_stand(mandate)
        if mandate.decision == decision and mandate.message == message:
            return
        if not mandate.is_undecided:
            raise Conflict("Du har redan lämnat ditt besked, och det kan inte ändras här.")
        mandate.decision, mandate.message, mandate.decided_at = decision, message, timezone.now()
        mandate.save(update_fields=["decision", "message", "decided_at"])
        note(current, kind, key=key, mandate=mandate)
        if not booking.settle(current):
            letters.tell_all(current, LETTERS[decision])


def ask_back(mandate, text, *, key):
    """Put a question to the group before deciding; the link stays open for the decision."""
    kind = Act.Kind.QUESTION_ASKED
    with acting(mandate.party.consultation, kind, by=None, key=key, mandate=mandate) as current:
        if current is None:
            return
        must_stand(mandate)
        if not mandate.is_undecided:
            raise Conflict("Du har redan lämnat ditt besked, och det kan inte ändras här.")
        if mandate.questions.filter(answered_at__isnull=True).count() >= QUESTIONS:
            raise TooMany
        ManagerQuestion.objects.create(mandate=mandate, text=text)
        note(current, kind, key=key, mandate=mandate)
        letters.tell(letters.members(current), "consultation_question", current)


def must_stand(mandate):
    """Read the mandate anew, inside the act, and refuse when its link no longer leads anywhere."""
    mandate.refresh_from_db()
    if mandate.voided_at or (mandate.is_undecided and mandate.has_expired):
        raise Conflict("Länken gäller inte längre. Inget har ändrats.")
