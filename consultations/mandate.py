"""The manager's mandate: asked for by a link of its own, given or declined once, void when the request changes.

Each municipality that takes part has its own. The group asks for the asking municipality's; a partner's
contact, who acts by a link (`party`), asks for the partner's.
"""

from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from metodstod.working_days import working_days_between

from . import booking, letters
from .acts import Conflict, TooMany, acting, must_be_of_the_group, must_handle, note
from .links import digest, is_token, new_token
from .models import Act, ManagerQuestion, Mandate

LIFE = timedelta(days=30)
REMINDED_AFTER = 5  # Working days.
ASKED_A_DAY = 10  # Mails to managers in one municipality's part; a manager is not to be flooded.
QUESTIONS = 10  # Unanswered ones on one link.
LETTERS = {
    Mandate.Decision.GIVEN: "consultation_mandate_given",
    Mandate.Decision.DECLINED: "consultation_mandate_declined",
}
# What a mandate is said to mean. Change the words, change the version: each mandate keeps those that were read.
TEXT_VERSION = "2026-11"
TERMS = [
    "Du vet vad gruppen ber om och står bakom att den får stödet.",
    "Gruppen får tid till mötet och till att arbeta vidare efteråt.",
    "Mandatet gäller just det som står här. Ändrar gruppen det den ber om får du frågan igen.",
    "Mötet bekräftas först när mandatet finns.",
]
JOINT_TERM = "Mötet kan hållas tillsammans med andra kommuner som behöver samma sak. Varje kommun har sitt eget mandat."


def find(token):
    """Return the mandate that a link leads to, void and expired ones too, or None."""
    if not is_token(token):
        return None
    return (
        Mandate.objects.select_related("party__municipality", "party__consultation__team__municipality")
        .filter(Q(token_hash=digest(token)) | Q(reminder_hash=digest(token)))
        .first()
    )


def describe(party):
    """Return what is asked of the manager, as pairs of heading and text: the mandate is for exactly this.

    A partner's manager reads the partner's own need and nothing that the asking group has written freely.
    """
    consultation = party.consultation
    meeting = [
        ["Målgrupper", ", ".join(str(group) for group in consultation.target_groups.all())],
        ["Mötesform", form_and_place(consultation)],
        ["Mötets längd", f"Ungefär {in_words(consultation.minutes)}"],
    ]
    team = consultation.team
    if not party.is_lead:
        name, email = party.contact_name, party.contact_email
        return [
            ["Kontaktperson hos er", f"{name}, {email}" if name else email],
            ["Kommunen som frågar", str(team.municipality)],
            ["Er kommuns behov", party.need or "Samma som målgrupperna nedan. Inget mer är skrivet."],
            *meeting,
        ]
    partners = consultation.parties.filter(is_lead=False).exclude(answer=party.Answer.REMOVED)
    contact = team.contact()
    asked = [
        ["Arbetsgrupp", f"{team.name}, {team.workplace}, {team.municipality}"],
        ["Kontaktperson", f"{contact}, {contact.email}" if contact.name else contact.email],
        ["Behov", consultation.need],
        *meeting,
        [
            "Andra kommuner",
            ", ".join(map(str, partners.select_related("municipality"))) or joint(consultation),
        ],
    ]
    if consultation.participants:
        asked.insert(-1, ["Vilka som deltar", consultation.participants])
    return asked


def form_and_place(consultation):
    form = consultation.get_form_display()
    return f"{form}: {consultation.place}" if consultation.place else form


def joint(consultation):
    return "De som behöver samma sak" if consultation.open_to_joint else "Inga andra kommuner"


def in_words(minutes):
    """Return a length of time as people say it."""
    hours, rest = divmod(minutes, 60)
    if not hours:
        return f"{rest} minuter"
    whole = "en timme" if hours == 1 else f"{hours} timmar"
    return f"{whole} och {rest} minuter" if rest else whole


# Asking, by the group or a partner's contact -------------------------------------------------------


def ask(party, manager, *, because, answered=None):
    """Ask a manager for the mandate, inside an act. What was asked before, if anything, becomes void.

    `manager` holds name, title and email. `answered` is a question that has just been answered.
    """
    day = timezone.now() - timedelta(days=1)
    if party.mandates.filter(asked_at__gte=day).count() >= ASKED_A_DAY:
        raise TooMany
    void(party, because=because)
    token = new_token()
    consultation = party.consultation
    mandate = Mandate.objects.create(
        party=party,
        scope=consultation.scope,
        manager_name=manager["name"],
        manager_title=manager["title"],
        manager_email=manager["email"],
        asked=describe(party) + told_so_far(party),
        terms=TERMS + ([JOINT_TERM] if consultation.open_to_joint or not party.is_lead else []),
        text_version=TEXT_VERSION,
        token_hash=digest(token),
        expires_at=timezone.now() + LIFE,
    )
    letters.ask_manager(mandate, token, answered=answered is not None)
    return mandate


def ask_those_it_concerns(consultation, *, because):
    """Ask anew each manager who has read something else than what is asked now, inside an act.

    A partner's manager has not read the asking group's own words, and is not troubled when they change.
    """
    for standing in Mandate.objects.of_parties(consultation).standing().select_related("party"):
        party = consultation.parties.get(pk=standing.party_id)
        party.consultation = consultation
        if party.is_lead or describe(party) != standing.asked[: len(describe(party))]:
            ask(party, manager_of(standing), because=because)
        else:
            standing.scope = consultation.scope
            standing.save(update_fields=["scope"])


def told_so_far(party):
    """Return the questions about the request as it is now, with the answers, for the next link."""
    questions = ManagerQuestion.objects.filter(
        mandate__party=party,
        mandate__scope=party.consultation.scope,
        answered_at__isnull=False,
    )
    return [
        pair
        for question in questions
        for pair in (["Fråga från chefen", question.text], ["Svar på frågan", question.answer])
    ]


def void(party, *, because):
    party.mandates.standing().update(voided_at=timezone.now(), voided_because=because)


def manager_of(mandate):
    return {
        "name": mandate.manager_name,
        "title": mandate.manager_title,
        "email": mandate.manager_email,
    }


def ask_again(consultation, *, by, key, party=None):
    """Send the same manager a new link; the old one no longer works."""
    with acting(consultation, Act.Kind.MANAGER_ASKED, by=by, key=key, party=party) as current:
        if current is None:
            return
        mine = part_of(current, by, party)
        latest = mine.mandates.order_by("-asked_at").first()
        if latest is None:
            raise Conflict("Ingen chef är utsedd än.")
        if latest.is_given and latest.voided_at is None:
            raise Conflict("Chefen har redan gett sitt mandat, så ingen ny länk behövs.")
        ask(mine, manager_of(latest), because=Mandate.Voided.AGAIN)
        note(current, Act.Kind.MANAGER_ASKED, by=by, key=key, party=party)


def name_manager(consultation, manager, *, by, key, party=None):
    """Ask another manager instead. A mandate that the earlier one has given falls with it."""
    with acting(consultation, Act.Kind.MANAGER_NAMED, by=by, key=key, party=party) as current:
        if current is None:
            return
        ask(part_of(current, by, party), manager, because=Mandate.Voided.MANAGER)
        note(current, Act.Kind.MANAGER_NAMED, by=by, key=key, party=party)
        booking.settle(current)


def withdraw_link(consultation, *, by, key, party=None):
    """Make the manager's link lead nowhere, without asking anyone else yet."""
    with acting(consultation, Act.Kind.LINK_WITHDRAWN, by=by, key=key, party=party) as current:
        if current is None:
            return
        mine = part_of(current, by, party)
        standing = mine.mandates.standing().first()
        if standing and not standing.is_undecided:
            raise Conflict(
                "Chefen har redan lämnat sitt besked. Utse en annan chef om frågan ska ställas om."
            )
        void(mine, because=Mandate.Voided.WITHDRAWN)
        note(current, Act.Kind.LINK_WITHDRAWN, by=by, key=key, party=party)


def answer(question, text, *, by, key, party=None):
    """Answer the manager's question; the manager gets a new link where the answer can be read."""
    consultation = question.mandate.party.consultation
    with acting(consultation, Act.Kind.QUESTION_ANSWERED, by=by, key=key, party=party) as current:
        if current is None:
            return
        mine = part_of(current, by, party)
        question.refresh_from_db()
        if question.answered_at:
            raise Conflict("Frågan har redan fått ett svar från någon annan hos er.")
        if question.mandate.voided_at and question.mandate.scope != current.scope:
            raise Conflict("Förfrågan har ändrats sedan frågan ställdes, och chefen har fått en ny länk.")
        standing = mine.mandates.standing().first()
        if standing is None:
            raise Conflict("Chefens länk är återkallad. Utse en chef först.")
        if not standing.is_undecided:
            raise Conflict("Chefen har redan lämnat sitt besked.")
        question.answer, question.answered_at, question.answered_by = text, timezone.now(), by
        question.answered_as = "" if by else mine.contact_name or mine.contact_email[:120]
        question.save(update_fields=["answer", "answered_at", "answered_by", "answered_as"])
        ask(mine, manager_of(standing), because=Mandate.Voided.ANSWERED, answered=question)
        note(current, Act.Kind.QUESTION_ANSWERED, by=by, key=key, party=party)


def part_of(consultation, by, party):
    """Return the part that the actor may act for: the group the asking municipality's, a partner its own."""
    if party is None:
        must_be_of_the_group(consultation, by)
    mine = consultation.parties.get(pk=party.pk) if party else consultation.parties.get(is_lead=True)
    if not mine.takes_part:
        raise Conflict("Kommunen är inte med längre. Inget har ändrats.")
    mine.consultation = consultation
    return mine


def set_rule(consultation, rule, *, by, key):
    """Let the time wait for the asking municipality's mandate alone, or for everyone's; by the coordinator."""
    with acting(consultation, Act.Kind.RULE_SET, by=by, key=key) as current:
        if current is None:
            return
        must_handle(current, by)
        if current.mandate_rule == rule:
            return
        current.mandate_rule = rule
        current.save(update_fields=["mandate_rule"])
        note(current, Act.Kind.RULE_SET, by=by, key=key, text=current.get_mandate_rule_display())
        booking.settle(current)


# Answering, by the manager -------------------------------------------------------------------------


def decide(mandate, decision, message, *, key):
    """Give or decline the mandate, once. The same decision again is harmless, another one is refused."""
    kinds = {
        Mandate.Decision.GIVEN: Act.Kind.MANDATE_GIVEN,
        Mandate.Decision.DECLINED: Act.Kind.MANDATE_DECLINED,
    }
    party, kind = mandate.party, kinds[decision]
    with acting(party.consultation, kind, by=None, key=key, mandate=mandate) as current:
        if current is None:
            return
        must_stand(mandate)
        if mandate.decision == decision and mandate.message == message:
            return
        if not mandate.is_undecided:
            raise Conflict("Du har redan lämnat ditt besked, och det kan inte ändras här.")
        mandate.decision, mandate.message, mandate.decided_at = decision, message, timezone.now()
        mandate.save(update_fields=["decision", "message", "decided_at"])
        note(current, kind, key=key, mandate=mandate, party=None if party.is_lead else party)
        if not booking.settle(current):
            letters.tell_all(current, LETTERS[decision])
            letters.invite_new(current.meets_in)


def ask_back(mandate, text, *, key):
    """Put a question to the group before deciding; the link stays open for the decision."""
    kind, party = Act.Kind.QUESTION_ASKED, mandate.party
    with acting(party.consultation, kind, by=None, key=key, mandate=mandate) as current:
        if current is None:
            return
        must_stand(mandate)
        if not mandate.is_undecided:
            raise Conflict("Du har redan lämnat ditt besked, och det kan inte ändras här.")
        if mandate.questions.filter(answered_at__isnull=True).count() >= QUESTIONS:
            raise TooMany
        ManagerQuestion.objects.create(mandate=mandate, text=text)
        note(current, kind, key=key, mandate=mandate, party=None if party.is_lead else party)
        if party.is_lead:
            letters.tell(letters.members(current), "consultation_question", current)
        else:
            letters.write_to_partner(party, "consultation_partner_question")


def must_stand(mandate):
    """Read the mandate anew, inside the act, and refuse when its link no longer leads anywhere."""
    mandate.refresh_from_db()
    if mandate.voided_at or (mandate.is_undecided and mandate.has_expired):
        raise Conflict("Länken gäller inte längre. Inget har ändrats.")


# By the clock --------------------------------------------------------------------------------------


def remind_managers():
    """Remind, once each, the managers who have had their question for five working days; run by the clock."""
    waiting = Mandate.objects.standing().filter(decision="", reminded_at=None, expires_at__gt=timezone.now())
    for mandate in waiting.select_related("party__consultation"):
        if has_waited_long(mandate):
            remind(mandate)


def has_waited_long(mandate):
    asked_on = timezone.localdate(mandate.asked_at)
    return working_days_between(asked_on, timezone.localdate()) >= REMINDED_AFTER


@transaction.atomic
def remind(mandate):
    """Mail the manager a link once more, unless that is done or it is somebody else who is waited for.

    The reminder's link is a second one to the same question; the first goes on working.
    """
    held = Mandate.objects.select_for_update().get(pk=mandate.pk)
    if held.reminded_at or held.voided_at or not held.is_undecided or held.open_questions:
        return
    token = new_token()
    held.reminder_hash, held.reminded_at = digest(token), timezone.now()
    held.save(update_fields=["reminder_hash", "reminded_at"])
    party = held.party
    note(party.consultation, Act.Kind.REMINDED, party=None if party.is_lead else party)
    letters.ask_manager(held, token, reminder=True)
