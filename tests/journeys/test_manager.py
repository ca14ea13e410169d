"""The responsible manager, by a link and without an account: gives the mandate, says no, or asks first."""

import pytest

from consultations.models import Consultation, Mandate
from tests.journeys.steps import ask_for_consultation, at_a_new_request, come_to, link_in

SARA = "sara@halmstad.example.se"
MAJA = "maja.malm@halmstad.example.se"
KARIN = "samordnare.halland@lansstyrelsen.example.se"


@pytest.fixture
def group(programme, visit, log_in):
    """A member's page on a consultation that has just been asked for."""
    page = visit(judged=False)
    at_a_new_request(page, log_in)
    ask_for_consultation(page)
    return page


@pytest.fixture
def manager(group, visit, letters):
    """The manager's own browser, at the page that the link in the letter leads to."""
    page = visit(width=390)
    page.goto(link_in(letters(MAJA)[-1]))
    come_to(page, "Kan du ge mandat")
    return page


def when_the_manager_answers(page, choice, message=""):
    page.get_by_label(choice).check()
    page.get_by_label("Skäl eller fråga").fill(message)
    page.get_by_role("button", name="Skicka beskedet").click()


def then_the_manager_saw_exactly_what_is_asked(page):
    asked = page.locator("dl").first.inner_text()
    assert "Vi vill kunna ställa frågan på ett bra sätt." in asked
    assert "Människohandel för sexuella ändamål" in asked
    assert "Digitalt möte" in asked
    assert "Helst en tisdag" not in asked


def then_both_sides_are_told(letters, subject):
    for address in (SARA, KARIN):
        assert subject in letters(address)[-1].subject


def test_manager_gives_the_mandate(group, manager, letters):
    then_the_manager_saw_exactly_what_is_asked(manager)

    when_the_manager_answers(manager, "Ja, jag ger mandat")
    come_to(manager, "Ditt besked är registrerat")

    assert Mandate.objects.get().is_given
    assert manager.context.cookies() == []
    then_both_sides_are_told(letters, "andat")
    group.reload()
    assert "Mandat givet" in group.locator("main").inner_text()


def test_manager_says_no_and_must_say_why(group, manager, letters):
    when_the_manager_answers(manager, "Nej, jag ger inte mandat")
    come_to(manager, "Kan du ge mandat")
    assert manager.title().startswith("Fel: ")
    manager.get_by_role("link", name="Skriv varför du säger nej").click()
    manager.keyboard.type("Vi har ingen tid före sommaren.")
    manager.get_by_role("button", name="Skicka beskedet").click()
    come_to(manager, "Ditt besked är registrerat")

    assert Mandate.objects.get().is_declined
    then_both_sides_are_told(letters, "andat")
    group.reload()
    assert "Vi har ingen tid före sommaren." in group.locator("main").inner_text()


def test_manager_asks_first_and_gives_the_mandate_by_a_new_link(group, manager, visit, letters):
    when_the_manager_answers(manager, "Jag vill fråga något först", "Hur många dagar tar det?")
    manager.get_by_text("har gått till arbetsgruppen").first.wait_for()
    group.goto(link_in(letters(SARA)[-1]))
    group.get_by_role("link", name="Svara").first.click()
    come_to(group, "Svara på chefens fråga")
    group.get_by_label("Ert svar").fill("En halv dag, och en uppföljning.")
    group.get_by_role("button", name="Skicka svaret").click()
    come_to(group, "Konsultation")

    old = manager.url.removeprefix(manager.own_address)
    new = link_in(letters(MAJA)[-1])
    manager.goto(new)
    come_to(manager, "Kan du ge mandat")
    assert "En halv dag, och en uppföljning." in manager.locator("main").inner_text()
    when_the_manager_answers(manager, "Ja, jag ger mandat")
    come_to(manager, "Ditt besked är registrerat")

    assert new != old
    assert manager.goto(old).status == 410
    assert Mandate.objects.standing().get().is_given


def test_link_is_void_when_the_request_changes(group, manager, letters):
    group.get_by_role("link", name="Ändra förfrågan").click()
    come_to(group, "Ändra")
    group.get_by_label("Vad behöver ni hjälp med?").fill("Vi behöver hjälp med något helt annat.")
    group.locator("main form").get_by_role("button").last.click()
    come_to(group, "Konsultation")

    when_the_manager_answers(manager, "Ja, jag ger mandat")
    manager.locator("h1").wait_for()

    assert not Mandate.objects.filter(decision="given").exists()
    assert Consultation.objects.get().scope == 2
    manager.goto(link_in(letters(MAJA)[-1]))
    come_to(manager, "Kan du ge mandat")
    assert "något helt annat" in manager.locator("main").inner_text()
