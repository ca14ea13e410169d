"""A visitor without an account, and without JavaScript: from the start page to a film, the steps and the help numbers."""

import io

import pytest
from django.core.management import call_command

from lectures.models import Lecture
from tests.journeys.steps import come_to
from tests.waiting import wait_until


@pytest.fixture
def page(visit):
    return visit(javascript=False, width=390, height=844)


@pytest.fixture
def answers(page):
    """Every answer that the visitor's browser gets."""
    found = []
    page.on("response", lambda answer: found.append(answer))
    return found


@pytest.fixture
def film(programme, settings, tmp_path):
    """A short example film for one lecture, made as the demo makes them."""
    settings.DEMO, settings.MEDIA_ROOT = True, tmp_path
    others = Lecture.objects.exclude(slug="vad-ar-manniskohandel")
    others.update(film_url="https://film.example.se/")
    call_command("make_demo_films", stdout=io.StringIO())
    others.update(film_url="")
    settings.DEMO = False


def when_the_catalogue_is_filtered(page):
    page.get_by_role("link", name="Se föreläsningarna", exact=True).click()
    come_to(page, "Föreläsningar")
    page.locator("summary").click()
    page.get_by_label("Människohandel för sexuella ändamål").check()
    page.get_by_role("searchbox", name="Sök").fill("regionkoordinatorerna")
    page.get_by_role("button", name="Visa").click()
    come_to(page, "Föreläsningar")


def then_only_lectures_that_fit_are_listed(page):
    assert page.locator(".ms-count").inner_text().startswith("1 av 10 föreläsningar")
    assert page.locator(".ms-lecture__title").all_inner_texts() == ["Vad är människohandel?"]


def when_the_film_is_played(page, answers):
    page.get_by_role("link", name="Vad är människohandel?").click()
    come_to(page, "Vad är människohandel")
    # Without scripts of its own the page leaves playing to the browser: the keyboard starts it, a leap goes to the end.
    page.locator("video").focus()
    page.keyboard.press("Space")
    wait_until(lambda: parts_of_a_film(answers), page=page)
    page.keyboard.press("End")
    page.wait_for_timeout(1_000)


def parts_of_a_film(answers):
    return [answer for answer in answers if answer.url.endswith("/film")]


def then_the_film_came_in_parts(answers):
    film = parts_of_a_film(answers)
    assert film
    assert {answer.status for answer in film} == {206}
    assert all(answer.headers["content-range"].startswith("bytes ") for answer in film)


def when_the_steps_and_the_help_are_read(page):
    page.get_by_role("link", name="Återkoppling", exact=True).click()
    come_to(page, "")
    assert "Vilken nytta har ni haft av föreläsningarna?" in page.locator("main").inner_text()
    page.get_by_role("link", name="Konsultation", exact=True).click()
    come_to(page, "")
    assert "mandat" in page.locator("main").inner_text()
    page.get_by_role("link", name="Material", exact=True).click()
    come_to(page, "Material")
    page.get_by_role("link", name="Stöd och kontakt").click()
    come_to(page, "")
    assert page.locator("a[href='tel:112']").first.is_visible()
    for name in ("Om Metodstöd", "Personuppgifter", "Tillgänglighet"):
        page.get_by_role("link", name=name, exact=True).click()
        come_to(page, "")


def then_nothing_is_left_behind_and_nobody_else_was_asked(page, answers, outside_requests):
    assert page.context.cookies() == []
    assert [answer.url for answer in answers if "set-cookie" in answer.headers] == []
    assert outside_requests == []
    assert {answer.status for answer in answers} <= {200, 206}


def test_visitor_finds_a_lecture_and_help_without_leaving_a_trace(film, page, answers, outside_requests):
    page.goto("/")
    come_to(page, "Upptäck, bemöt och ge stöd")
    when_the_catalogue_is_filtered(page)
    then_only_lectures_that_fit_are_listed(page)
    when_the_film_is_played(page, answers)
    then_the_film_came_in_parts(answers)
    when_the_steps_and_the_help_are_read(page)

    then_nothing_is_left_behind_and_nobody_else_was_asked(page, answers, outside_requests)


def test_visitor_leaves_at_once_by_link_and_by_key(programme, visit, outside_requests):
    page = visit()
    page.goto("/forelasningar/")
    page.goto("/stod-och-kontakt/")
    come_to(page, "")

    for _ in range(3):
        page.keyboard.press("Shift")
    page.wait_for_url("https://www.smhi.se/**")
    page.go_back()

    # The page that was left is not the one that comes back.
    assert page.url.removeprefix(page.own_address) == "/forelasningar/"
    page.locator("body").wait_for()
    page.get_by_role("link", name="Lämna sidan snabbt").click()
    page.wait_for_url("https://www.smhi.se/**")
    assert {address.partition("?")[0] for address in outside_requests} >= {"https://www.smhi.se/"}
