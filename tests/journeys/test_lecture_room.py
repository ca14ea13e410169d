"""A group in front of one screen: moving about in the film by its text and its chapters, by keys alone, on a phone, without script."""

import io
import re

import pytest
from django.core.management import call_command

from lectures.models import Lecture
from tests.factories import make_lecture, make_staff
from tests.lectures.films import cut, film_bytes
from tests.waiting import wait_until

STATE = """() => {
    const video = document.querySelector("video");
    const said = document.querySelector("[data-transcript] [aria-current]");
    return {
        time: video.currentTime,
        paused: video.paused,
        said: said && said.textContent,
        captions: video.textTracks[0].mode,
        kept: localStorage.length + sessionStorage.length,
    };
}"""


@pytest.fixture
def lecture(transactional_db, settings, tmp_path):
    settings.DEMO = True
    settings.MEDIA_ROOT, settings.UPLOAD_DIR = tmp_path / "media", tmp_path / "uploads"
    make_lecture("Vad är människohandel?", summary="Om lagen. Om hur arbetet går till när någon är utsatt.")
    call_command("make_demo_films", stdout=io.StringIO())
    return Lecture.objects.get()


def chapter(lecture, number):
    return list(lecture.chapters.all())[number]


def state(page):
    return page.evaluate(STATE)


def until(page, is_so):
    return wait_until(lambda: is_so(found := state(page)) and found, page=page)


def given_the_lectures_page(page, lecture, address=""):
    page.goto(lecture.get_absolute_url() + address)
    page.locator("[data-controls]").wait_for()
    page.evaluate("() => { document.querySelector('video').muted = true; }")


def then_the_film_is_at(page, second):
    found = until(page, lambda state: second - 0.1 <= state["time"] < second + 3)
    assert second - 0.1 <= found["time"] < second + 3


def test_group_moves_by_chapter_and_by_text_and_stops_at_the_question(page, lecture):
    about, audience = chapter(lecture, 1), chapter(lecture, 2)
    given_the_lectures_page(page, lecture)

    page.locator(".ms-chapters").get_by_role("link", name=about.title).click()
    then_the_film_is_at(page, about.second)
    until(page, lambda state: state["said"] == "Om lagen.")
    assert page.url.endswith(f"#t={about.second}")

    page.locator(f"[data-transcript] a[href='#t={audience.second}']").click()
    then_the_film_is_at(page, audience.second)
    assert page.locator("[data-film][data-away]").count() == 1  # In view, though the text is far below it.
    assert page.locator("video").bounding_box()["y"] < page.viewport_size["height"] / 2

    page.evaluate(f"() => {{ document.querySelector('video').currentTime = {audience.second - 1.5}; }}")
    question = page.get_by_role("region", name="Stanna och prata")
    question.wait_for()
    assert state(page)["paused"]
    assert about.question in question.inner_text()

    question.get_by_role("button", name="Fortsätt filmen").click()
    until(page, lambda state: not state["paused"])
    assert question.is_hidden()
    assert state(page)["kept"] == 0
    assert page.context.cookies() == []


def test_address_with_a_second_leads_into_the_film(page, lecture):
    second = chapter(lecture, 1).second

    given_the_lectures_page(page, lecture, f"#t={second}")

    then_the_film_is_at(page, second)
    assert state(page)["paused"]
    assert page.locator(f"[id='t={second}']").is_visible()


def test_film_obeys_the_keys_and_leaves_forms_alone(page, lecture):
    second = chapter(lecture, 1).second
    given_the_lectures_page(page, lecture)
    link = page.locator(".ms-chapters a").nth(1)

    # By Tab and Enter alone.
    for _ in range(60):
        page.keyboard.press("Tab")
        if link.evaluate("link => link === document.activeElement"):
            break
    page.keyboard.press("Enter")
    until(page, lambda state: state["time"] >= second and not state["paused"])
    page.keyboard.press("k")
    held = until(page, lambda state: state["paused"])
    page.keyboard.press("j")
    until(page, lambda state: abs(state["time"] - max(0, held["time"] - 10)) < 0.5)
    page.keyboard.press("l")
    until(page, lambda state: abs(state["time"] - max(10, held["time"])) < 0.5)

    assert state(page)["captions"] == "showing"
    page.keyboard.press("c")
    assert state(page)["captions"] == "hidden"
    page.keyboard.press("c")
    assert state(page)["captions"] == "showing"

    page.get_by_label("Hastighet").focus()
    page.keyboard.press("k")
    assert state(page)["paused"]
    page.get_by_label("Hastighet").select_option("1.5")
    assert page.evaluate("() => document.querySelector('video').playbackRate") == 1.5

    page.get_by_text("Fler val och kortkommandon").click()
    page.get_by_label("Filmen lyder tangenterna").uncheck()
    page.keyboard.press("k")
    assert state(page)["paused"]


def test_step_can_be_read_without_script_and_without_the_film(open_browser, lecture):
    second = chapter(lecture, 1).second
    page = open_browser(width=390, javascript=False)
    page.goto(lecture.get_absolute_url())

    page.locator(".ms-chapters a").nth(1).click()

    assert page.url.endswith(f"#t={second}")
    assert page.locator(f"[id='t={second}']").bounding_box()["y"] < 100  # Where the address leads.
    assert page.get_by_text("Om lagen.").last.is_visible()
    assert page.get_by_text("Stanna och prata:").first.is_visible()
    assert page.locator("[data-controls]").is_hidden()
    assert page.locator("[data-pause]").is_hidden()


def test_film_stays_in_view_on_a_phone_and_hides_nothing_that_is_reached(open_browser, lecture):
    page = open_browser(width=390)
    given_the_lectures_page(page, lecture)
    last = page.locator("[data-transcript] a").last

    last.click()
    page.locator("[data-film][data-away]").wait_for()

    frame = page.locator("[data-frame]").bounding_box()
    assert (frame["x"], frame["y"], frame["width"]) == (0, 0, 390)
    assert frame["height"] <= page.viewport_size["height"] * 0.31
    page.keyboard.press("Shift+Tab")
    reached = page.evaluate("() => document.activeElement.getBoundingClientRect().top")
    assert reached > frame["height"] - 2
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 390


def test_printed_lecture_is_what_is_said_with_its_times(page, lecture):
    given_the_lectures_page(page, lecture)
    page.emulate_media(media="print")

    assert page.get_by_text("Om lagen.").last.is_visible()
    assert page.locator("[data-transcript] .ms-time").first.is_visible()
    assert page.locator("video").is_hidden()
    assert page.locator("[data-controls]").is_hidden()


def test_editor_is_told_what_is_wrong_with_a_film_and_keeps_what_was_written(page, lecture, log_in):
    log_in(page, make_staff(role="redaktör"))
    page.goto(f"/admin/lectures/lecture/{lecture.pk}/change/")
    # The example's chapters come along in the form, and go with the example.
    page.get_by_label("Sammanfattning").fill("Ny sammanfattning.")
    page.get_by_label("Längd").fill("0:00:20")
    film = {"name": "film.mp4", "mimeType": "video/mp4", "buffer": cut(film_bytes(seconds=20), 0.5)}
    page.locator("input[name=film]").set_input_files(film)

    page.get_by_role("button", name="Spara", exact=True).click()
    told = page.locator("[data-refused]")
    told.wait_for()

    assert re.search(
        r"Inget är sparat än\. Filmfil: Filmen är avbruten: bara \d+ procent",
        told.inner_text().replace("\n", " "),
    )
    assert page.get_by_label("Sammanfattning").input_value() == "Ny sammanfattning."
    assert Lecture.objects.get().is_example

    page.locator("input[name=film]").set_input_files(film | {"buffer": film_bytes(seconds=20)})
    vtt = b"WEBVTT\n\n00:00.000 --> 00:02.000\nHej.\n"
    page.locator("input[name=captions]").set_input_files(
        {"name": "text.vtt", "mimeType": "text/vtt", "buffer": vtt}
    )
    page.get_by_role("button", name="Spara", exact=True).click()
    page.wait_for_url("**/admin/lectures/lecture/")

    stored = Lecture.objects.get()
    assert (stored.is_example, stored.summary) == (False, "Ny sammanfattning.")
    assert stored.cues.get().text == "Hej."
    assert "Sparat: föreläsning" in page.locator(".messagelist .success").inner_text()


def test_editor_is_told_only_of_what_is_still_wrong(page, lecture, log_in):
    log_in(page, make_staff(role="redaktör"))
    page.goto(f"/admin/lectures/lecture/{lecture.pk}/change/")
    page.get_by_label("Sammanfattning").fill("")
    page.get_by_role("button", name="Spara", exact=True).click()
    page.locator(".errorlist").wait_for()

    page.get_by_label("Sammanfattning").fill("Ny sammanfattning.")
    page.locator("input[name=captions]").set_input_files(
        {"name": "text.vtt", "mimeType": "text/vtt", "buffer": b"WEBVTT"}
    )
    page.get_by_role("button", name="Spara", exact=True).click()
    page.locator("[data-refused]").wait_for()

    assert page.locator(".errornote:visible").all_inner_texts() == [
        "Inget är sparat än.\nUndertexter (WebVTT): Filen innehåller inga undertexter."
    ]
    assert page.locator(".errorlist").count() == 0
    assert page.locator(".errors").count() == 1
    assert page.locator(".errors input[name=captions]").count() == 1
