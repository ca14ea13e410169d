import uuid
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from consultations import asking
from consultations.models import Act, Mandate
from metodstod.models import Mail
from tests.consultations.pages import (
    LONG,
    NUL,
    PERSONNUMMER,
    manager_link,
    soup,
    text,
)
from tests.racing import at_once

pytestmark = pytest.mark.django_db


def decide(client, link, decision="given", message="", **fields):
    data = {"key": str(uuid.uuid4()), "decision": decision, "message": message}
    return client.post(link, data | fields)


def test_link_shows_what_is_asked_and_is_kept_private(client, consultation):
    response = client.get(manager_link())

    assert "Vi vill kunna möta ungdomar." in text(response)
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert response.headers["Cache-Control"] == "no-store"
    assert "noindex" in response.headers["X-Robots-Tag"]
    assert not response.cookies


def test_link_does_nothing_until_it_is_posted(client, consultation):
    for method in ("get", "head"):
        getattr(client, method)(manager_link())
    for method in ("put", "delete", "patch", "options"):
        assert getattr(client, method)(manager_link()).status_code == 405

    assert Act.objects.count() == 1
    assert not Mandate.objects.get().decision


@pytest.mark.parametrize("token", ["x", "A" * 22, "A" * 5_000, "%00", "%ff", "%C3%85" * 22])
def test_unknown_link_says_nothing_but_that_it_is_not_there(client, consultation, token):
    response = client.get(f"/mandat/{token}/")

    assert response.status_code in {400, 404}
    assert consultation.reference not in response.content.decode()


def test_mandate_is_given_without_cookie_or_account_and_the_link_then_shows_it(consultation):
    browser, link = Client(enforce_csrf_checks=True), manager_link()

    response = browser.post(
        link,
        {"key": str(uuid.uuid4()), "decision": "given", "message": ""},
        headers={"Origin": "null"},
    )

    assert response.status_code == 302
    assert not response.cookies
    shown = browser.get(link)
    assert "Ditt besked är registrerat" in text(shown)
    assert not soup(shown).select("form[method=post]")


def test_second_decision_is_refused_with_what_was_written(client, consultation):
    link = manager_link()
    decide(client, link)

    response = decide(client, link, "declined", "Jag ångrar mig.")

    assert response.status_code == 409
    assert "kan inte ändras" in text(response)
    assert "Jag ångrar mig." in text(response)
    assert Mandate.objects.get().decision == "given"


@pytest.mark.parametrize("decision", ["declined", "question"])
def test_no_and_question_need_words(client, consultation, decision):
    response = decide(client, manager_link(), decision)

    assert soup(response).title.text.startswith("Fel: ")
    assert soup(response).select_one(f"[value={decision}]").has_attr("checked")
    assert Act.objects.count() == 1


def test_question_is_shown_on_the_same_link_and_on_the_groups_page(
    client, consultation, social_worker, log_in
):
    link = manager_link()

    response = decide(client, link, "question", "Hur många är ni?")

    assert response.status_code == 302
    shown = text(client.get(link))
    assert shown.startswith("Din fråga har gått till arbetsgruppen.")
    assert "Hur många är ni?" in shown
    log_in(client, social_worker)
    assert "Svara på frågan" in text(client.get(consultation.get_absolute_url()))


@pytest.mark.parametrize("message", [NUL, LONG, PERSONNUMMER])
def test_message_that_cannot_be_taken_is_kept(client, consultation, message):
    response = decide(client, manager_link(), "declined", message)

    assert response.status_code == 200
    assert message.strip() in soup(response).select_one("[name=message]").text
    assert not Mandate.objects.get().decision


@pytest.mark.parametrize("data", [{}, {"decision": "kanske"}, {"decision": "given", "key": "x"}])
def test_broken_form_decides_nothing(client, consultation, data):
    response = client.post(manager_link(), data)

    assert response.status_code == 200
    assert soup(response).select(".govuk-error-summary li")
    assert not Mandate.objects.get().decision


def test_link_to_a_changed_request_says_so_and_gives_back_what_was_written(
    client, consultation, social_worker
):
    link = manager_link()
    asking.change(
        consultation,
        {"need": "Något helt annat.", "form": "digital", "place": "", "wished_times": ""},
        target_groups=list(consultation.target_groups.all()),
        partners=[],
        seen_scope=1,
        by=social_worker,
        key=uuid.uuid4(),
    )

    seen, sent = client.get(link), decide(client, link, "declined", "Mitt skäl.")

    assert (seen.status_code, sent.status_code) == (410, 409)
    assert "Förfrågan har ändrats. En ny länk har skickats." in text(seen)
    assert "Något helt annat." not in text(seen)
    assert "Mitt skäl." in text(sent)
    assert not Mandate.objects.exclude(decision="").exists()


def test_expired_link_says_so(client, consultation):
    link = manager_link()

    with time_machine.travel(timezone.now() + timedelta(days=31)):
        seen, sent = client.get(link), decide(client, link)

    assert "Länken har gått ut." in text(seen)
    assert (seen.status_code, sent.status_code) == (410, 409)
    assert not Mandate.objects.get().decision


@pytest.mark.django_db(transaction=True)
def test_mandate_posted_eight_times_at_once_is_one_decision(consultation, social_worker):
    link, key = manager_link(), str(uuid.uuid4())

    answers = at_once(8, lambda _: decide(Client(), link, key=key))

    assert [answer.status_code for answer in answers] == [302] * 8
    assert Act.objects.filter(kind="mandate_given").count() == 1
    assert Mail.objects.filter(purpose="consultation_mandate_given", to=social_worker.email).count() == 1
