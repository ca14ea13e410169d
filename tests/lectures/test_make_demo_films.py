"""The demo's example films: short, small, captioned, and made only where no film is."""

from pathlib import Path

import av
import pytest
from django.core.files.base import ContentFile
from django.core.management import CommandError, call_command
from django.utils import timezone

from lectures import example_film, film_check, webvtt
from lectures.captioning import exchange
from lectures.models import ComingCaptions, Lecture
from tests.factories import make_lecture, make_notice


@pytest.fixture(autouse=True)
def demo(settings, tmp_path):
    settings.DEMO = True
    settings.MEDIA_ROOT = tmp_path


def make_films(capsys):
    call_command("make_demo_films")
    return capsys.readouterr().out.strip()


def files_of(lecture):
    return [lecture.film.name, lecture.poster.name, lecture.captions.name]


def test_example_film_plays_and_is_small(db, capsys):
    lecture = make_lecture("Vad är människohandel?")

    assert make_films(capsys) == "Made 1 example films."

    lecture.refresh_from_db()
    assert lecture.is_example
    assert lecture.film.size < 100_000
    with av.open(lecture.film.path) as film:
        video, audio = film.streams.video[0], film.streams.audio[0]
        assert (video.codec_context.name, audio.codec_context.name) == ("h264", "aac")
        assert (video.width, video.height, video.pix_fmt) == (960, 540, "yuv420p")
        length = sum(scene.seconds for scene in example_film.scenes(lecture))
        assert film.duration / av.time_base == pytest.approx(length, abs=0.2)
        assert sum(1 for _ in film.decode(video=0)) == length * example_film.FRAMES_A_SECOND


def test_example_is_what_an_upload_must_be(db, capsys):
    make_lecture("Vad är människohandel?", summary="Om lagen. Om hur arbetet går till när någon är utsatt.")
    make_films(capsys)

    lecture = Lecture.objects.get()
    film = film_check.check(lecture.film.path, name=lecture.film.name)
    captions = webvtt.read(Path(lecture.captions.path).read_bytes(), film_length=film.length)

    assert film.index_is_first
    assert [cue.text for cue in lecture.cues.all()] == [said.text for said in captions.lines]
    assert "Om lagen." in [cue.text for cue in lecture.cues.all()]


def test_example_has_chapters_that_begin_with_what_is_said(db, capsys):
    notice = make_notice(make_lecture("Vad är människohandel?"))
    make_films(capsys)

    lecture = Lecture.objects.get()
    seconds = {cue.second for cue in lecture.cues.all()}

    assert [chapter.title for chapter in lecture.chapters.all()] == [
        "Om exemplet",
        "Vad föreläsningen handlar om",
        "För vem den är gjord",
    ]
    assert {chapter.second for chapter in lecture.chapters.all()} <= seconds
    assert {place.second for place in notice.places.all()} <= seconds


def test_example_film_can_start_before_it_has_all_come(db, capsys):
    make_lecture()
    make_films(capsys)

    stored = Path(Lecture.objects.get().film.path).read_bytes()

    assert stored.index(b"moov") < stored.index(b"mdat")


def test_example_film_has_a_still_and_swedish_captions(db, capsys):
    make_lecture("Sex mot ersättning och sexuellt självskadebeteende - att upptäcka, bemöta och erbjuda stöd")
    make_films(capsys)

    lecture = Lecture.objects.get()
    captions = Path(lecture.captions.path).read_text()

    assert Path(lecture.poster.path).read_bytes()[:4] == b"RIFF"
    head, *cues = captions.strip().split("\n\n")
    assert head == "WEBVTT"
    assert cues[0] == "00:00:00.000 --> 00:00:01.525\nDet här är en exempelfilm."
    assert "att upptäcka, bemöta" in " ".join(captions.split())
    times = [time for cue in cues for time in cue.splitlines()[0].split(" --> ")]
    assert times == sorted(times)


def test_films_are_made_once(db, capsys):
    make_lecture()
    make_films(capsys)
    before = files_of(Lecture.objects.get())

    assert make_films(capsys) == "Made 0 example films."
    assert files_of(Lecture.objects.get()) == before


def test_new_captions_wait_for_one_example_and_can_take_their_place(db, capsys):
    first, _ = make_lecture(position=1), make_lecture(position=2)
    make_films(capsys)
    coming = ComingCaptions.objects.get()
    waits = coming.is_waiting

    ComingCaptions.objects.update(published_at=timezone.now())
    assert exchange(coming.pk)

    assert (coming.lecture, waits) == (first, True)
    assert first.cues.first().text == "Exempelfilmen har fått nya undertexter."
    film = film_check.check(Lecture.objects.get(pk=first.pk).film.path, name="film.mp4")
    webvtt.read(Path(Lecture.objects.get(pk=first.pk).captions.path).read_bytes(), film_length=film.length)


def test_an_editors_waiting_captions_are_left(db, capsys):
    lecture = make_lecture()
    make_films(capsys)
    ComingCaptions.objects.update(published_at=None)
    lecture.refresh_from_db()
    lecture.film.storage.delete(lecture.film.name)

    assert make_films(capsys) == "Made 1 example films."
    assert ComingCaptions.objects.get().published_at is None


def test_film_that_has_been_lost_is_made_again(db, capsys):
    make_lecture()
    make_films(capsys)
    lecture = Lecture.objects.get()
    before = files_of(lecture)
    lecture.film.storage.delete(lecture.film.name)

    assert make_films(capsys) == "Made 1 example films."
    assert files_of(Lecture.objects.get()) == before


def test_lecture_with_a_film_keeps_it(db, capsys):
    own, outside = make_lecture(), make_lecture(film_url="https://vimeo.example.com/1")
    own.captions = "captions/riktiga.vtt"
    own.film.save("riktig.mp4", ContentFile(b"riktig"))

    assert make_films(capsys) == "Made 0 example films."
    assert list(Lecture.objects.filter(is_example=True)) == []
    assert files_of(Lecture.objects.get(pk=outside.pk)) == ["", "", ""]


def test_films_are_made_in_the_demo_alone(db, settings):
    settings.DEMO = False
    make_lecture()

    with pytest.raises(CommandError, match="only for the demo"):
        call_command("make_demo_films")
    assert not Lecture.objects.get().film
