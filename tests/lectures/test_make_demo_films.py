"""The demo's example films: short, small, captioned, and made only where no film is."""

from pathlib import Path

import av
import pytest
from django.core.files.base import ContentFile
from django.core.management import CommandError, call_command

from lectures import example_film
from lectures.models import Lecture
from tests.factories import make_lecture


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
        assert film.duration / av.time_base == pytest.approx(12, abs=0.2)
        assert sum(1 for _ in film.decode(video=0)) == 60


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
    assert cues[0] == "00:00:00.000 --> 00:00:02.900\nDet här är en exempelfilm."
    assert "att upptäcka, bemöta" in " ".join(cues[1].split())
    assert max(len(line) for line in captions.splitlines()) <= example_film.LONGEST_CAPTION_LINE
    times = [time for cue in cues for time in cue.splitlines()[0].split(" --> ")]
    assert times == sorted(times)


def test_films_are_made_once(db, capsys):
    make_lecture()
    make_films(capsys)
    before = files_of(Lecture.objects.get())

    assert make_films(capsys) == "Made 0 example films."
    assert files_of(Lecture.objects.get()) == before


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
