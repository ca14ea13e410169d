"""The mandate by the clock and to keep: reminders, links that are withdrawn, the document."""

import io
import uuid
from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone
from pypdf import PdfReader

from consultations import mandate
from consultations.acts import Conflict
from consultations.models import Mandate
from metodstod.models import Mail
from tests.consultations.pages import manager_link, text

MAJA = "maja.malm@halmstad.example.se"


@pytest.fixture
def asked(consultation):
    return Mandate.objects.of_lead(consultation).standing().get()


def asked_days_ago(asked, days):
    Mandate.objects.filter(pk=asked.pk).update(asked_at=timezone.now() - timedelta(days=days))


# Reminders -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        (date(2026, 12, 23), False),
        (date(2026, 12, 28), False),  # Three days before Christmas, the eve and the day off, and Monday.
        (date(2026, 12, 29), True),
        (date(2027, 1, 4), True),
    ],
)
def test_five_working_days_leave_christmas_out(monkeypatch, today, expected):
    friday = Mandate(asked_at=datetime(2026, 12, 18, 15, tzinfo=UTC))
    localdate = timezone.localdate
    monkeypatch.setattr(
        mandate.timezone, "localdate", lambda value=None: localdate(value) if value else today
    )

    assert mandate.has_waited_long(friday) is expected


def test_manager_is_reminded_once_and_both_links_work(asked, client):
    first = manager_link()
    asked_days_ago(asked, 20)

    for _ in range(2):
        mandate.remind_managers()

    reminder = Mail.objects.get(purpose="consultation_mandate_reminder")
    second = reminder.body.split("http://testserver")[1].split()[0]
    assert (reminder.to, reminder.secret) == (MAJA, True)
    assert second != first
    for link in (first, second):
        assert "Kan du ge mandat" in text(client.get(link))
    assert asked.party.consultation.acts.filter(kind="reminded").count() == 1


def test_manager_who_has_just_been_asked_is_not_reminded(asked):
    asked_days_ago(asked, 2)

    mandate.remind_managers()

    assert not Mail.objects.filter(purpose="consultation_mandate_reminder").exists()


@pytest.mark.parametrize("state", ["decided", "asking", "withdrawn", "expired"])
def test_manager_who_is_not_waited_for_is_not_reminded(asked, state, social_worker):
    asked_days_ago(asked, 20)
    if state == "decided":
        mandate.decide(asked, "given", "", key=uuid.uuid4())
    elif state == "asking":
        mandate.ask_back(asked, "Hur länge?", key=uuid.uuid4())
    elif state == "withdrawn":
        mandate.withdraw_link(asked.party.consultation, by=social_worker, key=uuid.uuid4())
    else:
        Mandate.objects.update(expires_at=timezone.now())

    mandate.remind_managers()

    assert not Mail.objects.filter(purpose="consultation_mandate_reminder").exists()


# Links withdrawn -----------------------------------------------------------------------------------


def test_withdrawn_link_leads_nowhere_and_the_group_is_asked_to_name_someone(asked, member, client):
    link, consultation = manager_link(), asked.party.consultation

    member.post(consultation.get_absolute_url() + "chef/aterkalla/", {"key": uuid.uuid4()})

    answer = client.get(link)
    assert (answer.status_code, "återkallad" in text(answer)) == (410, True)
    assert "utse vilken chef som ska få frågan" in text(member.get(consultation.get_absolute_url()))


def test_same_manager_can_be_asked_again_after_that(asked, social_worker):
    consultation = asked.party.consultation
    mandate.withdraw_link(consultation, by=social_worker, key=uuid.uuid4())

    mandate.ask_again(consultation, by=social_worker, key=uuid.uuid4())

    assert Mandate.objects.of_lead(consultation).standing().get().manager_email == MAJA


def test_link_of_a_manager_who_has_decided_is_not_withdrawn(asked, social_worker):
    mandate.decide(asked, "given", "", key=uuid.uuid4())

    with pytest.raises(Conflict, match="redan lämnat sitt besked"):
        mandate.withdraw_link(asked.party.consultation, by=social_worker, key=uuid.uuid4())

    assert Mandate.objects.given().count() == 1


# The document --------------------------------------------------------------------------------------


def test_manager_saves_the_mandate_as_a_document_with_text_version_time_name_and_title(asked, client):
    link = manager_link()
    before = client.get(link + "mandat.pdf").status_code
    mandate.decide(asked, "given", "Bra <b>initiativ</b> #1", key=uuid.uuid4())

    answer = client.get(link + "mandat.pdf")

    words = " ".join(
        "".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.content)).pages).split()
    )
    assert (before, answer["Content-Type"]) == (404, "application/pdf")
    for expected in (
        "Maja Malm, enhetschef",
        "Vi vill kunna möta ungdomar.",
        mandate.TEXT_VERSION,
        "Bra <b>initiativ</b> #1",
        mandate.TERMS[0],
    ):
        assert expected in words
    assert answer.headers["Cache-Control"] == "no-store"
    assert client.get(link + "mandat.pdf").content == answer.content


def test_both_sides_save_it_and_others_do_not(asked, member, staff, outsider, log_in, client):
    mandate.decide(asked, "declined", "Nej.", key=uuid.uuid4())
    url = f"{asked.party.consultation.get_absolute_url()}mandat/{asked.pk}.pdf"

    answers = [one.get(url).status_code for one in (member, staff)]
    log_in(client, outsider)

    assert (answers, client.get(url).status_code) == ([200, 200], 404)
