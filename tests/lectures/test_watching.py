"""Watching, in a real browser."""

import pytest
from django.core.management import call_command

from lectures import example_film, ranges
from lectures.models import Lecture
from tests.factories import make_lecture
from tests.waiting import wait_until

STATE = """() => {
    const video = document.querySelector("video");
    return {time: video.currentTime, duration: video.duration, ended: video.ended, error: video.error && video.error.message};
}"""


@pytest.fixture
def lecture(transactional_db, settings, tmp_path, capsys):
    settings.DEMO = True
    settings.MEDIA_ROOT = tmp_path
    make_lecture("Vad är människohandel?")
    call_command("make_demo_films")
    return Lecture.objects.get()


def play(page, *, until):
    """Play without sound until the film says that `until` is true, and return its state."""
    page.evaluate(
        "() => { const video = document.querySelector('video'); video.muted = true; video.play(); }"
    )

    def come_so_far():
        state = page.evaluate(STATE)
        return state if until(state) or state["error"] else None

    return wait_until(come_so_far, page=page)


def test_nothing_of_the_film_is_fetched_before_it_is_played(page, lecture):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(lecture.get_absolute_url())
    page.wait_for_load_state("networkidle")

    assert [address for address in asked if address.endswith("/film")] == []
    assert page.locator("video").bounding_box()["height"] == pytest.approx(
        page.locator("video").bounding_box()["width"] * 9 / 16, abs=1
    )


def test_film_plays_and_is_moved_about_in_though_it_comes_in_small_parts(page, lecture, monkeypatch):
    monkeypatch.setattr(ranges, "LONGEST_PART", 16_000)
    answers = []
    page.on("response", lambda answer: answers.append(answer) if answer.url.endswith("/film") else None)
    page.goto(lecture.get_absolute_url())

    begun = play(page, until=lambda state: state["time"] > 1)
    page.evaluate(
        "() => { const video = document.querySelector('video'); video.currentTime = video.duration - 1; }"
    )
    ended = play(page, until=lambda state: state["ended"])

    length = sum(scene.seconds for scene in example_film.scenes(lecture))
    assert (begun["error"], begun["duration"]) == (None, pytest.approx(length, abs=0.2))
    assert (ended["error"], ended["ended"]) == (None, True)
    assert {answer.status for answer in answers} == {206}
    assert len(answers) > 2


def test_captions_are_shown(page, lecture):
    page.goto(lecture.get_absolute_url())
    play(page, until=lambda state: state["time"] > 0.3)

    cues = page.evaluate(
        "() => { const track = document.querySelector('video').textTracks[0];"
        " return [track.mode, track.language, [...track.activeCues].map(cue => cue.text)]; }"
    )

    assert cues == ["showing", "sv", ["Det här är en exempelfilm."]]


def test_outside_film_is_asked_for_only_after_the_click(page, lecture, outside_requests):
    Lecture.objects.update(
        film="", film_url="https://vimeo.example.com/1", embed_url="https://player.vimeo.example.com/video/1"
    )
    page.goto(lecture.get_absolute_url())
    page.wait_for_load_state("networkidle")
    before = list(outside_requests)

    page.get_by_role("link", name="Visa filmen här, från player.vimeo.example.com").click()
    page.wait_for_load_state("networkidle")

    assert before == []
    assert set(outside_requests) == {"https://player.vimeo.example.com/video/1"}
    assert page.frames[1].url == "https://player.vimeo.example.com/video/1"


def test_lecture_is_whole_without_javascript(open_browser, lecture):
    page = open_browser(width=390, javascript=False)
    page.goto("/forelasningar/")

    page.get_by_text("Sök och filtrera").click()
    page.get_by_label("Sök", exact=True).fill("MÄNNISKOHANDEL")
    page.get_by_role("button", name="Visa").click()
    page.get_by_role("link", name="Vad är människohandel?").click()

    assert page.get_by_role("heading", level=1).inner_text().endswith("Vad är människohandel?")
    assert page.locator("video").is_visible()
    assert page.context.cookies() == []
