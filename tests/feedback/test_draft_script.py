"""The draft saves itself in a real browser, and loses no text when something is in the way."""

import re

import pytest
from playwright.sync_api import expect

from feedback.models import Draft, DraftVersion, Submission
from tests.factories import make_draft, make_member, make_question_set, make_submission, make_team
from tests.feedback.pages import draft_url, review_url, texts
from tests.waiting import wait_until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def team(transactional_db):
    make_question_set()
    return make_team(name="Barn och unga")


@pytest.fixture
def anna(team):
    return make_member(team, name="Anna Lind")


@pytest.fixture
def draft_page(page, team, anna, log_in):
    """The draft, open in Anna's browser."""
    log_in(page, anna)
    page.goto(draft_url(team))
    return page


def write(page, number, text):
    page.locator(f"#id_answer_{number}").fill(text)


def await_line(page, words):
    """Wait until the line about what is saved begins with the words, and return the whole of it."""
    line = page.locator("[data-line]")
    line.filter(has_text=re.compile(rf"^\s*{words}")).wait_for()
    return line.inner_text()


def assert_stored(page, team, *expected):
    """Wait until the draft holds these texts first."""
    wait_until(lambda: texts(team)[: len(expected)] == list(expected), page=page)


def press(page, name):
    page.get_by_role("button", name=name, exact=True).click()


def test_draft_saves_itself(draft_page, team):
    write(draft_page, 1, "Stor nytta.")

    assert await_line(draft_page, "Sparat").endswith("av Anna Lind.")
    write(draft_page, 1, "Stor nytta, och mer.")
    write(draft_page, 3, "Tid.")
    assert_stored(draft_page, team, "Stor nytta, och mer.", "", "Tid.")


def test_button_after_autosave_meets_no_conflict(draft_page, team):
    write(draft_page, 1, "Stor nytta.")
    await_line(draft_page, "Sparat")
    write(draft_page, 1, "Stor nytta!")

    press(draft_page, "Spara och granska svaren")

    draft_page.wait_for_url(f"**{review_url(team)}")
    assert texts(team)[0] == "Stor nytta!"


def test_last_words_are_saved_when_the_page_is_left(draft_page, team):
    write(draft_page, 1, "I sista sekund")

    draft_page.goto("/om/")

    assert_stored(draft_page, team, "I sista sekund")


def test_lost_connection_keeps_the_text_and_saves_it_later(draft_page, team):
    draft_page.context.set_offline(True)
    write(draft_page, 1, "Skrivet på tåget")
    assert "Texten står kvar här på sidan" in await_line(draft_page, "Inte sparat")

    draft_page.context.set_offline(False)

    await_line(draft_page, "Sparat")
    assert texts(team)[0] == "Skrivet på tåget"


def test_lost_answer_is_no_conflict_with_oneself(draft_page, team):
    """The text arrives, the word that it did does not: the next attempt goes through."""

    def lose_the_answer(route):
        route.fetch()
        route.abort()

    draft_page.route(f"**{draft_url(team)}", lose_the_answer, times=1)
    write(draft_page, 1, "Ett")
    await_line(draft_page, "Inte sparat")
    write(draft_page, 1, "Ett, två")

    await_line(draft_page, "Sparat")
    assert texts(team)[0] == "Ett, två"


def test_server_fault_keeps_the_text_and_tries_again(draft_page, team):
    draft_page.route(f"**{draft_url(team)}", lambda route: route.fulfill(status=503), times=1)
    write(draft_page, 1, "Ett")
    assert "något gick fel hos oss" in await_line(draft_page, "Inte sparat")

    await_line(draft_page, "Sparat")

    assert texts(team)[0] == "Ett"


def test_login_that_ran_out_keeps_the_text_until_one_is_back(draft_page, team, anna, log_in):
    draft_page.context.clear_cookies()
    write(draft_page, 1, "Mitt i en mening")
    assert "du har loggats ut" in await_line(draft_page, "Inte sparat")
    link = draft_page.locator("[data-line] a")
    assert link.get_attribute("target") == "_blank"
    assert link.get_attribute("href").endswith(f"?next={draft_url(team)}")

    log_in(draft_page, anna)
    draft_page.evaluate("window.dispatchEvent(new Event('focus'))")

    await_line(draft_page, "Sparat")
    assert texts(team)[0] == "Mitt i en mening"


def test_identity_number_is_refused_at_once_and_the_rest_is_saved(draft_page, team):
    write(draft_page, 1, "Hon är född 850709-9805.")
    write(draft_page, 2, "Nej.")

    assert "Svar 1 är inte sparat. Det ser ut att stå ett personnummer här" in await_line(
        draft_page, "Svar 1"
    )
    assert texts(team)[:2] == ["", "Nej."]
    press(draft_page, "Dölj personnummer")
    await_line(draft_page, "Sparat")
    assert texts(team)[:2] == ["Hon är född [personnummer borttaget].", "Nej."]
    assert draft_page.locator("[data-mask]").is_hidden()


def test_other_writer_is_shown_and_nothing_is_written_over(draft_page, open_browser, team, log_in):
    bo = open_browser(width=390)
    log_in(bo, make_member(team, name="Bo Ek"))
    bo.goto(draft_url(team))
    write(bo, 1, "Bos")
    await_line(bo, "Sparat")

    write(draft_page, 1, "Annas")
    write(draft_page, 2, "Mer")
    assert "Bo Ek har ändrat det" in await_line(draft_page, "Svar 1")
    assert texts(team)[:2] == ["Bos", "Mer"]

    press(draft_page, "Spara utkast")
    draft_page.get_by_role("heading", name="Bo Ek skrev så här").wait_for()
    assert draft_page.locator("#id_answer_1").input_value() == "Annas"
    write(draft_page, 1, "Bos och Annas")
    write(draft_page, 3, "Tre")
    assert_stored(draft_page, team, "Bos", "Mer", "Tre")
    await_line(draft_page, "Allt är inte sparat")

    press(draft_page, "Spara utkast")
    await_line(draft_page, "Sparat")
    assert texts(team)[0] == "Bos och Annas"


def test_text_that_comes_after_sending_waits_for_the_button(draft_page, team):
    draft = make_draft(team, "Ett")
    draft_page.reload()
    make_submission(team, "Ett", key=draft.key)
    draft.delete()

    write(draft_page, 2, "Sista ordet")
    assert "Svaren skickades in" in await_line(draft_page, "Inte sparat")
    press(draft_page, "Spara utkast")
    draft_page.get_by_text("Det ni skriver här nu blir ett tillägg.").wait_for()
    assert draft_page.locator("#id_answer_2").input_value() == "Sista ordet"
    assert Draft.objects.count() == 0

    press(draft_page, "Spara utkast")
    await_line(draft_page, "Sparat")
    assert texts(team) == ["", "Sista ordet", "", "", ""]


def test_nothing_is_stored_on_the_device(draft_page):
    write(draft_page, 1, "Stor nytta.")
    await_line(draft_page, "Sparat")

    kept = draft_page.evaluate("[localStorage.length, sessionStorage.length]")

    assert kept == [0, 0]
    assert {cookie["name"] for cookie in draft_page.context.cookies()} == {"session", "csrf"}


def test_draft_works_without_script(open_browser, team, anna, log_in):
    page = open_browser(javascript=False, width=390)
    log_in(page, anna)
    page.goto(draft_url(team))

    write(page, 1, "Stor nytta.")
    press(page, "Spara utkast")
    assert "av Anna Lind." in await_line(page, "Sparat")
    press(page, "Spara och granska svaren")
    page.get_by_role("button", name="Skicka svaren").dblclick()

    page.get_by_role("heading", name="Svaren är mottagna").wait_for()
    assert Submission.objects.get().reference in page.locator("main").inner_text()
    assert Submission.objects.get().answers.first().text == "Stor nytta."


def test_suspected_words_are_shown_at_once_and_hidden_at_a_press(draft_page, team):
    write(draft_page, 2, "Ring Lisa på 070-174 06 05.")
    assert "Svar 2 kan peka ut någon" in await_line(draft_page, "Sparat")
    box = draft_page.locator("[data-guard=answer_2]")
    assert "Telefonnummer: ”Ring Lisa på 070-174 06 05.”" in box.inner_text()
    assert draft_page.locator("[data-guard=answer_1]").is_hidden()

    press(draft_page, "Dölj det i svar 2")

    await_line(draft_page, "Sparat")
    assert texts(team)[1] == "Ring Lisa på [telefonnummer borttaget]."
    assert box.is_hidden()


def test_colleagues_are_named_and_what_they_save_is_shown_where_nothing_was_written(
    draft_page, open_browser, team, log_in
):
    make_draft(team, "Ett", "Två")
    draft_page.reload()
    bo = open_browser(width=390)
    log_in(bo, make_member(team, name="Bo Ek"))
    bo.goto(draft_url(team))
    write(draft_page, 2, "Annas ord")
    write(bo, 1, "Bos ord")
    assert_stored(bo, team, "Bos ord", "Annas ord")
    draft_page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")

    draft_page.locator("[data-writing]", has_text="Bo Ek skriver på fråga 1.").wait_for()
    expect(draft_page.locator("#id_answer_1")).to_have_value("Bos ord")
    assert draft_page.locator("#id_answer_2").input_value() == "Annas ord"
    write(draft_page, 1, "Bos ord, och Annas")
    assert_stored(draft_page, team, "Bos ord, och Annas", "Annas ord")


def test_words_written_after_a_lost_race_are_kept_aside(draft_page, open_browser, team, log_in):
    bo = open_browser(width=390)
    log_in(bo, make_member(team, name="Bo Ek"))
    bo.goto(draft_url(team))
    write(bo, 1, "Bos")
    await_line(bo, "Sparat")
    write(draft_page, 1, "Annas")
    await_line(draft_page, "Svar 1")

    write(draft_page, 1, "Annas, och mycket mer")

    aside = DraftVersion.objects.filter(text="Annas, och mycket mer", aside=True)
    wait_until(aside.exists, page=draft_page)
    assert list(DraftVersion.objects.values_list("text", "aside")) == [("Annas, och mycket mer", True)]
    assert texts(team)[0] == "Bos"
