import re
import uuid
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from consultations import asking, booking, mandate
from consultations.acts import Conflict, TooMany
from consultations.models import Act, ManagerQuestion, Mandate
from metodstod.models import Mail
from tests.factories import make_booking, make_consultation, make_team
from tests.racing import at_once

pytestmark = pytest.mark.django_db


def link_in_last_mail():
    body = Mail.objects.filter(purpose="consultation_mandate").order_by("created_at").last().body
    return re.search(r"http://testserver(/mandat/\S+)", body)[1]


def give(consultation, *, message="", key=None):
    asked = Mandate.objects.of_lead(consultation).standing().get()
    mandate.decide(asked, Mandate.Decision.GIVEN, message, key=key or uuid.uuid4())


def purposes(*, to):
    return sorted(Mail.objects.filter(to=to).values_list("purpose", flat=True))


# The link ------------------------------------------------------------------------------------------


def test_link_is_128_bits_stored_hashed_and_gone_from_the_mail_once_delivered(social_worker, deliver_mail):
    make_consultation(make_team(social_worker))
    token = link_in_last_mail().split("/")[2]
    asked = Mandate.objects.get()

    assert re.fullmatch(r"[A-Za-z0-9_-]{22}", token)
    assert asked.token_hash == mandate.digest(token)
    assert token not in str(vars(asked))
    sent = deliver_mail()
    assert sum(token in mail.body for mail in sent) == 1
    assert not Mail.objects.filter(body__contains=token).exists()


@pytest.mark.parametrize("token", ["", "x", "A" * 22, "A" * 23, "Å" * 22, "A" * 10_000, "../../etc/passwd"])
def test_find_knows_no_other_links(social_worker, token):
    make_consultation(make_team(social_worker))

    assert mandate.find(token) is None


def test_link_ends_after_thirty_days(social_worker):
    consultation = make_consultation(make_team(social_worker))

    with time_machine.travel(timezone.now() + timedelta(days=30, seconds=1)):
        assert consultation.mandate.has_expired
        with pytest.raises(Conflict, match="gäller inte längre"):
            give(consultation)
    assert not Mandate.objects.get().decision


# The decision --------------------------------------------------------------------------------------


def test_mandate_given_is_noted_and_both_sides_are_told(social_worker, coordinator):
    consultation = make_consultation(make_team(social_worker))

    give(consultation, message="Viktigt för oss.")

    given = Mandate.objects.get()
    assert (given.decision, given.message) == ("given", "Viktigt för oss.")
    act = Act.objects.get(kind="mandate_given")
    assert (act.by, act.who) == (None, "Maja Malm, enhetschef")
    assert "consultation_mandate_given" in purposes(to=social_worker.email)
    assert "consultation_mandate_given" in purposes(to=coordinator.email)


def test_decision_stands_and_another_one_is_refused(social_worker):
    consultation = make_consultation(make_team(social_worker))
    give(consultation)

    with pytest.raises(Conflict, match="redan lämnat"):
        mandate.decide(Mandate.objects.get(), Mandate.Decision.DECLINED, "Nej.", key=uuid.uuid4())

    assert Mandate.objects.get().decision == "given"


def test_decision_twice_is_one_decision_and_one_mail(social_worker):
    consultation, key = make_consultation(make_team(social_worker)), uuid.uuid4()

    give(consultation, key=key)
    give(consultation, key=key)
    give(consultation)

    assert Act.objects.filter(kind="mandate_given").count() == 1
    assert Mail.objects.filter(purpose="consultation_mandate_given", to=social_worker.email).count() == 1


def test_declined_mandate_confirms_nothing(social_worker, coordinator):
    consultation = make_consultation(make_team(social_worker))
    booking.accept(make_booking(consultation, coordinator), by=social_worker)

    mandate.decide(Mandate.objects.get(), Mandate.Decision.DECLINED, "Inte i år.", key=uuid.uuid4())

    consultation.refresh_from_db()
    assert consultation.status == "accepted"
    assert consultation.booking.state == "held"
    assert "consultation_mandate_declined" in purposes(to=social_worker.email)


def test_mandate_given_for_an_older_request_is_refused(social_worker):
    consultation = make_consultation(make_team(social_worker))
    old = consultation.mandate
    mandate.name_manager(
        consultation,
        {"name": "Nils Ny", "title": "chef", "email": "nils@halmstad.example.se"},
        by=social_worker,
        key=uuid.uuid4(),
    )

    with pytest.raises(Conflict, match="gäller inte längre"):
        mandate.decide(old, Mandate.Decision.GIVEN, "", key=uuid.uuid4())

    old.refresh_from_db()
    assert (old.decision, old.voided_because) == ("", "manager")


def test_another_managers_naming_lets_a_given_mandate_fall(social_worker, coordinator):
    consultation = make_consultation(make_team(social_worker))
    give(consultation)
    booking.accept(make_booking(consultation, coordinator), by=social_worker)

    mandate.name_manager(
        consultation,
        {"name": "Nils Ny", "title": "chef", "email": "nils@halmstad.example.se"},
        by=social_worker,
        key=uuid.uuid4(),
    )

    consultation.refresh_from_db()
    assert consultation.status == "accepted"
    gone = Mail.objects.get(purpose="consultation_no_longer_in_it")
    assert (gone.to, gone.calendar_method) == ("maja.malm@halmstad.example.se", "CANCEL")
    assert purposes(to="nils@halmstad.example.se") == ["consultation_mandate"]


# Asking again --------------------------------------------------------------------------------------


def test_ask_again_gives_a_new_link_and_the_old_one_is_void(social_worker):
    consultation, key = make_consultation(make_team(social_worker)), uuid.uuid4()
    old = link_in_last_mail().split("/")[2]

    mandate.ask_again(consultation, by=social_worker, key=key)
    mandate.ask_again(consultation, by=social_worker, key=key)

    new = link_in_last_mail().split("/")[2]
    assert mandate.find(old).voided_because == "again"
    assert mandate.find(new).voided_at is None
    assert Mail.objects.filter(purpose="consultation_mandate").count() == 2


def test_ask_again_after_a_given_mandate_is_refused(social_worker):
    consultation = make_consultation(make_team(social_worker))
    give(consultation)

    with pytest.raises(Conflict, match="redan gett"):
        mandate.ask_again(consultation, by=social_worker, key=uuid.uuid4())


def test_a_manager_is_not_flooded(social_worker):
    consultation = make_consultation(make_team(social_worker))
    for _ in range(mandate.ASKED_A_DAY - 1):
        mandate.ask_again(consultation, by=social_worker, key=uuid.uuid4())

    with pytest.raises(TooMany):
        mandate.ask_again(consultation, by=social_worker, key=uuid.uuid4())

    assert Mandate.objects.standing().count() == 1
    assert Mail.objects.filter(purpose="consultation_mandate").count() == mandate.ASKED_A_DAY


# Questions -----------------------------------------------------------------------------------------


def test_question_keeps_the_link_open_and_tells_the_group_by_link(social_worker):
    consultation, key = make_consultation(make_team(social_worker)), uuid.uuid4()
    asked = consultation.mandate

    mandate.ask_back(asked, "Hur mycket tid tar det?", key=key)
    mandate.ask_back(asked, "Hur mycket tid tar det?", key=key)

    assert ManagerQuestion.objects.get().text == "Hur mycket tid tar det?"
    told = Mail.objects.get(purpose="consultation_question")
    assert told.to == social_worker.email
    assert "Hur mycket" not in told.subject + told.body
    give(consultation)
    assert Mandate.objects.get().decision == "given"


def test_answer_reaches_the_manager_by_a_new_link_where_it_stands(social_worker):
    consultation, key = make_consultation(make_team(social_worker)), uuid.uuid4()
    mandate.ask_back(consultation.mandate, "Hur mycket tid tar det?", key=uuid.uuid4())
    question = ManagerQuestion.objects.get()

    mandate.answer(question, "Ett möte.", by=social_worker, key=key)
    mandate.answer(question, "Ett möte.", by=social_worker, key=key)

    new = Mandate.objects.standing().get()
    assert new.asked[-2:] == [
        ["Fråga från chefen", "Hur mycket tid tar det?"],
        ["Svar på frågan", "Ett möte."],
    ]
    assert Mandate.objects.exclude(pk=new.pk).get().voided_because == "answered"
    assert Mail.objects.filter(purpose="consultation_mandate").count() == 2
    question.refresh_from_db()
    assert (question.answer, question.answered_by) == ("Ett möte.", social_worker)


def test_answer_by_two_members_keeps_the_first_and_refuses_the_second(social_worker):
    consultation = make_consultation(make_team(social_worker))
    mandate.ask_back(consultation.mandate, "Hur?", key=uuid.uuid4())
    question = ManagerQuestion.objects.get()
    mandate.answer(question, "Så.", by=social_worker, key=uuid.uuid4())

    with pytest.raises(Conflict, match="redan fått ett svar"):
        mandate.answer(question, "Inte så.", by=social_worker, key=uuid.uuid4())

    question.refresh_from_db()
    assert question.answer == "Så."


def test_second_question_can_be_answered_after_the_first(social_worker):
    consultation = make_consultation(make_team(social_worker))
    mandate.ask_back(consultation.mandate, "Hur?", key=uuid.uuid4())
    mandate.ask_back(consultation.mandate, "När?", key=uuid.uuid4())

    for question, text in zip(ManagerQuestion.objects.all(), ["Så.", "Då."], strict=True):
        mandate.answer(question, text, by=social_worker, key=uuid.uuid4())

    assert [text for _, text in Mandate.objects.standing().get().asked[-4:]] == ["Hur?", "Så.", "När?", "Då."]


def test_questions_on_one_link_have_a_limit(social_worker):
    consultation = make_consultation(make_team(social_worker))
    for number in range(mandate.QUESTIONS):
        mandate.ask_back(consultation.mandate, f"Fråga {number}?", key=uuid.uuid4())

    with pytest.raises(TooMany):
        mandate.ask_back(consultation.mandate, "En till?", key=uuid.uuid4())


# At once -------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_decision_eight_times_at_once_is_one_decision_and_one_mail(social_worker):
    consultation, key = make_consultation(make_team(social_worker)), uuid.uuid4()

    outcomes = at_once(8, lambda _: give(consultation, key=key))

    assert outcomes == [None] * 8
    assert Act.objects.filter(kind="mandate_given").count() == 1
    assert Mail.objects.filter(purpose="consultation_mandate_given", to=social_worker.email).count() == 1


@pytest.mark.django_db(transaction=True)
def test_yes_and_no_at_once_leave_one_decision_and_the_others_are_told(social_worker):
    make_consultation(make_team(social_worker))
    asked = Mandate.objects.get()
    choices = [Mandate.Decision.GIVEN, Mandate.Decision.DECLINED] * 4

    outcomes = at_once(8, lambda number: mandate.decide(asked, choices[number], "", key=uuid.uuid4()))

    assert outcomes.count(None) == 4
    assert sum(isinstance(outcome, Conflict) for outcome in outcomes) == 4
    assert Act.objects.filter(kind__startswith="mandate_").count() == 1


@pytest.mark.django_db(transaction=True)
def test_yes_and_a_changed_request_at_once_never_leave_a_mandate_for_what_was_not_read(social_worker):
    consultation = make_consultation(make_team(social_worker))
    asked = Mandate.objects.get()

    def act(number):
        if number % 2:
            mandate.decide(asked, Mandate.Decision.GIVEN, "", key=uuid.uuid4())
        else:
            asking.change(
                consultation,
                {"need": f"Nytt {number}", "form": "phone", "place": "", "wished_times": ""},
                target_groups=list(consultation.target_groups.all()),
                partners=[],
                seen_scope=1,
                by=social_worker,
                key=uuid.uuid4(),
            )

    outcomes = at_once(8, act)

    consultation.refresh_from_db()
    assert all(outcome is None or isinstance(outcome, Conflict) for outcome in outcomes)
    assert consultation.scope == 2
    assert Mandate.objects.standing().get().scope == 2
    assert not Mandate.objects.given_for(consultation).exists()


@pytest.mark.django_db(transaction=True)
def test_ask_again_eight_times_at_once_sends_one_link(social_worker):
    consultation, key = make_consultation(make_team(social_worker)), uuid.uuid4()

    outcomes = at_once(8, lambda _: mandate.ask_again(consultation, by=social_worker, key=key))

    assert outcomes == [None] * 8
    assert Mail.objects.filter(purpose="consultation_mandate").count() == 2


@pytest.mark.django_db(transaction=True)
def test_question_and_answer_eight_times_at_once_are_one_of_each(social_worker):
    consultation, key = make_consultation(make_team(social_worker)), uuid.uuid4()

    asked = at_once(8, lambda _: mandate.ask_back(consultation.mandate, "Hur?", key=key))
    question = ManagerQuestion.objects.get()
    key = uuid.uuid4()
    answered = at_once(
        8,
        lambda _: mandate.answer(
            ManagerQuestion.objects.select_related("mandate__party__consultation").get(pk=question.pk),
            "Så.",
            by=social_worker,
            key=key,
        ),
    )

    assert asked == answered == [None] * 8
    assert Mail.objects.filter(purpose="consultation_question").count() == 1
    assert Mail.objects.filter(purpose="consultation_mandate").count() == 2
