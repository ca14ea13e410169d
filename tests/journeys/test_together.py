"""Two municipalities come to one meeting: the group, two managers of whom one says no, the partner's contact, the coordinator."""

import re

import pytest

from consultations.models import Consultation
from metodstod.models import User
from tests.factories import make_municipality
from tests.journeys.steps import at_a_new_request, come_to, link_in

MAJA = "maja.malm@halmstad.example.se"
VERA = "vera.varg@varberg.example.se"
BERIT = "berit.bok@varberg.example.se"
BO = "bo.berg@varberg.example.se"
KARIN = "samordnare.halland@lansstyrelsen.example.se"
SECRET = "Halmstads egna ord om vad som är svårt."


@pytest.fixture
def municipalities(programme):
    make_municipality("Varberg", code="1383", domain="varberg.example.se")


def given_a_request_together_with_varberg(page, log_in):
    at_a_new_request(page, log_in)
    come_to(page, "Be om en konsultation")
    page.get_by_label("Vad behöver ni hjälp med?").fill(SECRET)
    page.get_by_label("Människohandel för sexuella ändamål").check()
    page.get_by_label("Digitalt möte").check()
    page.locator("summary", has_text="Halland").click()
    page.get_by_label("Varberg").check()
    page.get_by_label("Chefens namn").fill("Maja Malm")
    page.get_by_label("Chefens titel").fill("enhetschef")
    page.get_by_label("Chefens e-post i arbetet").fill(MAJA)
    page.get_by_role("button", name="Skicka förfrågan").click()
    come_to(page, "Konsultation")


def when_the_group_asks_varberg(page):
    page.get_by_role("link", name="Fråga Varberg").click()
    come_to(page, "Fråga Varberg")
    page.get_by_label("Kontaktpersonens namn").fill("Vera Varg")
    page.get_by_label("Kontaktpersonens e-post i arbetet").fill(VERA)
    page.get_by_role("button", name="Skicka frågan").click()
    come_to(page, "Konsultation")


def when_the_partner_says_yes(page, *, manager, title="verksamhetschef"):
    page.get_by_label("Ja, vi vill vara med").check()
    page.get_by_label("Er chefs namn").fill("Berit Bok")
    page.get_by_label("Er chefs titel").fill(title)
    page.get_by_label("Er chefs e-post i arbetet").fill(manager)
    page.get_by_role("button", name="Skicka svaret").click()
    come_to(page, "Varberg är med")


def when_a_manager_answers(page, choice, message=""):
    come_to(page, "Kan du ge mandat")
    page.get_by_label(choice).check()
    page.get_by_label("Skäl eller fråga").fill(message)
    page.get_by_role("button", name="Skicka beskedet").click()
    come_to(page, "Ditt besked är registrerat")


@pytest.mark.parametrize("javascript", [True, False], ids=["with scripts", "without scripts"])
def test_two_municipalities_two_managers_and_one_no(municipalities, visit, letters, log_in, javascript):
    sara = visit(judged=False, javascript=javascript)
    given_a_request_together_with_varberg(sara, log_in)
    when_the_group_asks_varberg(sara)

    vera = visit(width=390, javascript=javascript)
    link = link_in(letters(VERA)[-1])
    vera.goto(link)
    come_to(vera, "Vill Varberg vara med")
    assert SECRET not in vera.content()
    when_the_partner_says_yes(vera, manager=BERIT)

    berit = visit(javascript=javascript)
    berit.goto(link_in(letters(BERIT)[-1]))
    assert SECRET not in berit.content()
    when_a_manager_answers(berit, "Nej, jag ger inte mandat", "Vi har inte tid i vår.")

    vera.goto(link)
    assert "Mandat nekat" in vera.locator("main").inner_text()
    vera.get_by_role("link", name="Utse en annan chef").click()
    come_to(vera, "Utse en annan chef")
    vera.get_by_label("Er chefs namn").fill("Bo Berg")
    vera.get_by_label("Er chefs titel").fill("enhetschef")
    vera.get_by_label("Er chefs e-post i arbetet").fill(BO)
    vera.get_by_role("button", name="Skicka frågan till chefen").click()
    come_to(vera, "Varberg är med")
    bo, maja = visit(javascript=javascript), visit(javascript=javascript)
    bo.goto(link_in(letters(BO)[-1]))
    when_a_manager_answers(bo, "Ja, jag ger mandat")
    maja.goto(link_in(letters(MAJA)[-1]))
    when_a_manager_answers(maja, "Ja, jag ger mandat")

    consultation = Consultation.objects.get()
    karin = visit(judged=False, javascript=javascript)
    log_in(karin, User.objects.get(email=KARIN))
    karin.goto(consultation.get_absolute_url())
    come_to(karin, "Konsultation")
    states = karin.locator("table", has_text="Kommunerna").inner_text()
    assert re.search(r"Varberg\s+Är med\s+Mandat givet", states)
    sara.reload()
    assert "Vi har inte tid i vår." not in sara.content()
    assert vera.context.cookies() == []


def press_to(page, tag, text):
    """Press Tab until the focus is at something of the kind with the text."""
    for _ in range(90):
        page.keyboard.press("Tab")
        focused = page.evaluate("[document.activeElement.tagName, document.activeElement.textContent.trim()]")
        if focused[0].lower() == tag and text in focused[1]:
            return
    raise AssertionError(f"the keyboard never came to {text}")


def press_to_field(page, name):
    for _ in range(90):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.name") == name:
            return
    raise AssertionError(f"the keyboard never came to {name}")


def test_partner_answers_with_the_keyboard_alone(municipalities, visit, letters, log_in):
    sara = visit(judged=False)
    given_a_request_together_with_varberg(sara, log_in)
    when_the_group_asks_varberg(sara)
    vera = visit()
    vera.goto(link_in(letters(VERA)[-1]))
    come_to(vera, "Vill Varberg vara med")

    press_to_field(vera, "decision")
    vera.keyboard.press("Space")
    for name, words in (
        ("need", "Vi vill lära av andra."),
        ("manager_name", "Berit Bok"),
        ("manager_title", "verksamhetschef"),
        ("manager_email", BERIT),
    ):
        press_to_field(vera, name)
        vera.keyboard.type(words)
    press_to(vera, "button", "Skicka svaret")
    vera.keyboard.press("Enter")

    come_to(vera, "Varberg är med")
    party = Consultation.objects.get().parties.get(is_lead=False)
    assert (party.answer, party.need) == ("accepted", "Vi vill lära av andra.")
    assert letters(BERIT)
