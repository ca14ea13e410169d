"""A whole meeting, led from one screen: the film stops at a question, notes land in the draft, the connection drops."""

import re

import pytest
from django.core.management import call_command
from playwright.sync_api import expect

from feedback.models import Draft
from lectures.models import Lecture, Meeting, Place
from metodstod.models import Municipality
from tests.factories import make_team, make_user
from tests.journeys.steps import come_to
from tests.waiting import wait_until

FIRST, SECOND = "inledande-presentation", "vad-ar-manniskohandel"
IN_THE_DRAFT = "Anteckningen ligger i utkastet."


@pytest.fixture
def films(programme, settings, tmp_path):
    """The first two lectures have a short film, with chapters and questions to stop at."""
    settings.DEMO = True
    settings.MEDIA_ROOT = tmp_path
    Lecture.objects.exclude(slug__in=[FIRST, SECOND]).update(film_url="https://film.example.se/en")
    call_command("make_demo_films", verbosity=0)


@pytest.fixture
def team(films):
    person = make_user("anna.lind@halmstad.example.se", name="Anna Lind")
    return make_team(person, name="Barn och unga", municipality=Municipality.objects.get(code="1380"))


def answer(team, number):
    """What the draft holds so far; None before there is one."""
    draft = Draft.objects.of(team)
    return draft and next(one.text for one in draft.answers.all() if one.question.position == number)


def then_the_page_says(page, words):
    page.get_by_role("status").filter(has_text=words).wait_for()


def test_group_leads_a_whole_meeting_from_the_screen(team, visit, log_in):
    page = visit()
    log_in(page, team.contact())

    when_the_meeting_begins(page, team)
    when_the_film_is_played_with_a_key_until_it_stops_at_a_question(page)
    when_a_note_is_written_by_keyboard(page)
    then_the_draft_holds_it(page, team)
    when_the_connection_drops_while_two_notes_are_written(page)
    then_they_wait_on_the_page_and_nothing_is_left(page)
    when_the_connection_is_back(page)
    then_both_are_in_the_draft_once(page, team)
    when_the_lecture_has_been_seen(page)
    when_the_next_is_stopped_in_the_middle_and_the_meeting_ends(page)
    then_the_meeting_holds_what_was_seen(page, team)
    then_the_next_meeting_goes_on_where_this_one_stopped(page, team)


def when_the_meeting_begins(page, team):
    page.goto(team.get_absolute_url())
    page.get_by_role("link", name="Led en träff från en skärm").click()
    come_to(page, "Börja en träff")
    page.get_by_label("socialsekreterare och handläggare", exact=False).fill("4")
    page.get_by_role("button", name="Börja träffen").click()
    come_to(page, "Inledande presentation")


def when_the_film_is_played_with_a_key_until_it_stops_at_a_question(page):
    page.evaluate(
        "() => { const video = document.querySelector('video'); video.muted = true; video.playbackRate = 4; }"
    )
    page.keyboard.press("k")
    page.get_by_role("heading", name="Stanna och prata").wait_for()
    assert page.evaluate("() => document.querySelector('video').paused")


def when_a_note_is_written_by_keyboard(page):
    page.locator("[name=note_1]").focus()
    # No letter of it moves the film.
    page.keyboard.type("Vi känner igen oss: klockan, jul, kaffe, lucka.")
    page.keyboard.press("Control+Enter")
    then_the_page_says(page, IN_THE_DRAFT)


def then_the_draft_holds_it(page, team):
    assert page.evaluate("() => document.querySelector('video').paused")
    assert answer(team, 1) == "Vi känner igen oss: klockan, jul, kaffe, lucka."
    assert page.locator("[name=note_1]").input_value() == ""


def when_the_connection_drops_while_two_notes_are_written(page):
    page.context.set_offline(True)
    page.locator("[name=note_1]").fill("Och en sak till.")
    page.get_by_role("button", name="Lägg i utkastet").first.click()
    then_the_page_says(page, "det finns ingen kontakt med Metodstöd")
    page.locator("[name=note_4]").fill("Vi bokar en ny träff.")


def then_they_wait_on_the_page_and_nothing_is_left(page):
    assert page.get_by_text("Väntar på att sparas: Och en sak till.").is_visible()
    page.get_by_role("button", name="Vi har sett hela").click()
    then_the_page_says(page, "en anteckning är inte sparad än")
    assert page.get_by_text("Väntar på att sparas: Vi bokar en ny träff.").is_visible()
    assert page.url.endswith("/leda/")


def when_the_connection_is_back(page):
    page.context.set_offline(False)
    then_the_page_says(page, IN_THE_DRAFT)
    page.get_by_text("Väntar på att sparas").first.wait_for(state="hidden")


def then_both_are_in_the_draft_once(page, team):
    assert answer(team, 1) == "Vi känner igen oss: klockan, jul, kaffe, lucka.\n\nOch en sak till."
    assert answer(team, 4) == "Vi bokar en ny träff."


def when_the_lecture_has_been_seen(page):
    page.get_by_role("button", name="Vi har sett hela").click()
    come_to(page, "Vad är människohandel")
    assert list(Meeting.objects.get().lectures.values_list("slug", flat=True)) == [FIRST]


def when_the_next_is_stopped_in_the_middle_and_the_meeting_ends(page):
    page.evaluate(
        "() => { const video = document.querySelector('video'); video.muted = true; return video.play(); }"
    )
    page.wait_for_function("() => document.querySelector('video').currentTime > 3")
    page.evaluate("() => document.querySelector('video').pause()")
    then_the_page_says(page, "Metodstöd minns var ni är i filmen.")
    page.get_by_role("button", name="Avsluta träffen").click()
    come_to(page, "Träff")


def then_the_meeting_holds_what_was_seen(page, team):
    assert "Inledande presentation" in page.locator("main").inner_text()
    assert Meeting.objects.get().head_count == 4
    page.goto(f"{team.get_absolute_url()}traff/")
    assert "Ni har sett 1 av 10 föreläsningar" in page.locator("main").inner_text()
    document = page.request.get(f"{team.get_absolute_url()}traff/narvaro.pdf")
    assert document.body().startswith(b"%PDF")


def then_the_next_meeting_goes_on_where_this_one_stopped(page, team):
    page.get_by_role("link", name="Börja en träff").click()
    come_to(page, "Börja en träff")
    page.get_by_label("behandlare", exact=False).fill("2")
    page.get_by_role("button", name="Börja träffen").click()
    come_to(page, "Vad är människohandel")
    place = Place.objects.get(team=team)
    assert place.second >= 3
    assert page.locator("video source").get_attribute("src").endswith(f"#t={place.second}")
    assert "Ni stannade vid" in page.locator("main").inner_text()


def test_meeting_is_led_on_a_telephone_without_javascript(team, visit, log_in):
    page = visit(javascript=False, width=390)
    log_in(page, team.contact())

    when_the_meeting_begins(page, team)
    page.locator("[name=note_5]").fill("Vi ses om två veckor.")
    page.locator("[name=second]").fill("0.12")
    page.get_by_role("button", name="Stor text").click()

    # Whatever button is pressed, what was written is there.
    assert answer(team, 5) == "Vi ses om två veckor."
    assert Place.objects.get().second == 12
    assert "ms-lead--big" in page.locator("main").get_attribute("class")
    page.locator("[name=note_5]").fill("Och en sak till.")
    page.get_by_role("button", name=re.compile("Vad är människohandel")).click()
    come_to(page, "Vad är människohandel")
    page.get_by_role("button", name="Vi har sett hela").click()
    page.get_by_role("button", name="Avsluta träffen").click()
    come_to(page, "Träff")
    assert answer(team, 5) == "Vi ses om två veckor.\n\nOch en sak till."
    assert list(Meeting.objects.get().lectures.values_list("slug", flat=True)) == [SECOND]


def test_note_goes_along_when_the_page_is_left(team, visit, log_in):
    page = visit(judged=False)
    log_in(page, team.contact())
    when_the_meeting_begins(page, team)

    page.locator("[name=note_2]").fill("Det sista som skrevs.")
    page.goto("/forelasningar/")

    assert wait_until(lambda: answer(team, 2) == "Det sista som skrevs.", page=page)


def test_note_is_laid_in_the_draft_when_nobody_has_written_for_a_minute(team, visit, log_in):
    page = visit(judged=False)
    page.clock.install()
    log_in(page, team.contact())
    when_the_meeting_begins(page, team)

    page.locator("[name=note_2]").press_sequentially("Vi talar en stund.")
    page.clock.run_for(59_000)
    early = page.locator("[name=note_2]").input_value()
    page.clock.run_for(2_000)
    then_the_page_says(page, IN_THE_DRAFT)

    assert early == "Vi talar en stund."
    assert page.locator("[name=note_2]").input_value() == ""
    assert answer(team, 2) == "Vi talar en stund."


def test_leader_sees_at_the_foot_of_the_page_that_a_note_is_not_sent(team, visit, log_in):
    page = visit(judged=False)
    log_in(page, team.contact())
    when_the_meeting_begins(page, team)
    page.context.set_offline(True)

    page.locator("[name=note_1]").fill("Utan kontakt.")
    page.get_by_role("button", name="Avsluta träffen").click()
    then_the_page_says(page, "en anteckning är inte sparad än")

    expect(page.get_by_role("status").filter(has_text="inte sparad än")).to_be_in_viewport(ratio=1)
    expect(page.get_by_role("button", name="Avsluta träffen")).to_be_in_viewport(ratio=1)
    page.context.set_offline(False)
    then_the_page_says(page, IN_THE_DRAFT)


def test_refused_note_comes_back_to_its_field(team, visit, log_in):
    page = visit(judged=False)
    log_in(page, team.contact())
    when_the_meeting_begins(page, team)

    page.locator("[name=note_3]").fill("Hon är född 811218-9876.")
    page.locator("[name=note_3]").press("Control+Enter")
    then_the_page_says(page, "Inte sparat. Se det som är markerat.")

    assert page.locator("[name=note_3]").input_value() == "Hon är född 811218-9876."
    assert page.get_by_text("Det ser ut att stå ett personnummer här", exact=False).is_visible()
    page.get_by_role("button", name="Dölj personnummer").click()
    page.wait_for_load_state("load")
    assert "811218" not in answer(team, 3)
    assert answer(team, 3).startswith("Hon är född")
