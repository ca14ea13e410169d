"""What an uploaded film is taken for: by what it holds, whatever it is called."""

from datetime import timedelta
from functools import partial

import av
import pytest

from lectures.film_check import BadFilm, check, check_size, index_first, put_index_first, still
from tests.lectures.films import blanked, cut, film_bytes, make_film, only_box

BROKEN = "Filmen går inte att läsa. Filen är trasig; hämta eller spara den på nytt."


def webm(**how):
    return film_bytes("webm", **{"picture": "libvpx", "sound": "libopus"} | how)


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("h264.mp4", film_bytes),
        ("mp3.mp4", partial(film_bytes, sound="libmp3lame")),
        ("av1.mp4", partial(film_bytes, picture="libsvtav1")),
        ("VERSALER.MP4", film_bytes),
        ("index-last.mp4", partial(film_bytes, index_first=False)),
        ("vp8.webm", webm),
        ("vp9.webm", partial(webm, picture="libvpx-vp9")),
    ],
)
def test_film_that_browsers_play_is_taken(tmp_path, name, make):
    path = tmp_path / "upload"
    path.write_bytes(make())

    film = check(path, name=name, stated_length=timedelta(seconds=2))

    assert film.container == name.rpartition(".")[2].lower()
    assert film.length.total_seconds() == pytest.approx(2, abs=0.2)
    assert (film.width, film.height) == (320, 180)
    assert film.index_is_first is (name != "index-last.mp4")


LOCKED = {"encryption_scheme": "cenc-aes-ctr", "encryption_key": "0f" * 16, "encryption_kid": "a0" * 16}

# Each: what it is called, how it is made, and what the editor is told.
BAD = {
    "nothing": ("film.mp4", lambda: b"", "Filen är tom."),
    "a program": (
        "film.mp4",
        lambda: b"MZ" + bytes(200),
        "Filen är ett program, inte en film i mp4 eller webm.",
    ),
    "a PDF": (
        "film.mp4",
        lambda: b"%PDF-1.7\n" + bytes(200),
        "Filen är en PDF, inte en film i mp4 eller webm.",
    ),
    "a Word document": (
        "film.mp4",
        lambda: b"PK\x03\x04" + bytes(200),
        "Filen är en zip-fil eller ett Office-dokument, inte en film i mp4 eller webm.",
    ),
    "a web page": (
        "film.mp4",
        lambda: b"\n<!DOCTYPE html><title>404</title>",
        "Filen är en webbsida, inte en film i mp4 eller webm.",
    ),
    "a picture": (
        "film.mp4",
        lambda: b"\x89PNG\r\n\x1a\n" + bytes(99),
        "Filen är en bild, inte en film i mp4 eller webm.",
    ),
    "a playlist that names a file of the server's": (
        "film.mp4",
        lambda: b"#EXTM3U\n#EXTINF:10,\nfile:///etc/passwd\n",
        "Filen är en spellista, inte en film i mp4 eller webm.",
    ),
    "noise": ("film.mp4", lambda: b"\x07\x03" * 4000, "Filen är inte en film i mp4 eller webm."),
    "noise with the right start": (
        "film.mp4",
        lambda: b"\x00\x00\x00\x18ftypisom" + b"\x07\x03" * 4000,
        BROKEN,
    ),
    "QuickTime": (
        "film.mp4",
        partial(film_bytes, "mov"),
        "Filen är QuickTime (.mov), som inte alla webbläsare spelar. Spara den som mp4.",
    ),
    "Matroska": (
        "film.webm",
        partial(film_bytes, "matroska"),
        "Filen är Matroska (.mkv), som inte alla webbläsare spelar. Spara den som mp4.",
    ),
    "AVI": (
        "film.mp4",
        partial(film_bytes, "avi", picture="mpeg4", sound="libmp3lame"),
        "Filen är AVI. Spara den som mp4.",
    ),
    "a transport stream": (
        "film.mp4",
        partial(film_bytes, "mpegts"),
        "Filen är en MPEG-ström (TS), inte en film i mp4 eller webm.",
    ),
    "mp4 called webm": ("film.webm", film_bytes, "Filen heter .webm men innehåller mp4. Ge den namnet .mp4."),
    "webm called mp4": ("film.mp4", webm, "Filen heter .mp4 men innehåller webm. Ge den namnet .webm."),
    "sound alone": ("film.mp4", partial(film_bytes, pictures=0), "Filen innehåller ingen rörlig bild."),
    "sound alone, by its brand": (
        "film.mp4",
        partial(film_bytes, "ipod", pictures=0),
        "Filen innehåller bara ljud.",
    ),
    "no sound": ("film.mp4", partial(film_bytes, sounds=0), "Filmen har inget ljud."),
    "two pictures": (
        "film.mp4",
        partial(film_bytes, pictures=2),
        "Filen innehåller 2 bildspår. En webbläsare visar bara ett av dem.",
    ),
    "two languages": (
        "film.mp4",
        partial(film_bytes, sounds=2),
        "Filen innehåller 2 ljudspår. En webbläsare spelar bara ett av dem.",
    ),
    "HEVC, as telephones film": (
        "film.mp4",
        partial(film_bytes, picture="libx265"),
        "Bilden är kodad som hevc, som inte alla webbläsare spelar. Spara om filmen med H.264, AV1 eller VP9.",
    ),
    "MPEG-4 of 2001": (
        "film.mp4",
        partial(film_bytes, picture="mpeg4"),
        "Bilden är kodad som mpeg4, som inte alla webbläsare spelar. Spara om filmen med H.264, AV1 eller VP9.",
    ),
    "AC-3, as discs sound": (
        "film.mp4",
        partial(film_bytes, sound="ac3"),
        "Ljudet är kodad som ac3, som inte alla webbläsare spelar. Spara om filmen med AAC, MP3 eller Opus.",
    ),
    "colours of the studio's": (
        "film.mp4",
        partial(film_bytes, pixels="yuv444p"),
        "Bilden har färgformatet yuv444p, som inte alla webbläsare spelar. Spara om filmen med 8 bitar och 4:2:0 (yuv420p).",
    ),
    "ten bits": (
        "film.mp4",
        partial(film_bytes, pixels="yuv420p10le"),
        "Bilden har färgformatet yuv420p10le, som inte alla webbläsare spelar. Spara om filmen med 8 bitar och 4:2:0 (yuv420p).",
    ),
    "a stamp": (
        "film.mp4",
        partial(film_bytes, size=(160, 90)),
        "Bilden är bara 160 × 90 punkter. Minst 320 × 180 behövs.",
    ),
    "copy protected": (
        "film.mp4",
        partial(film_bytes, **LOCKED),
        "Filmen är låst med kopieringsskydd. Lägg upp en olåst fil.",
    ),
    "cut off at half, index first": (
        "film.mp4",
        lambda: cut(film_bytes(seconds=20), 0.5),
        "Filmen är avbruten: bara * procent av den finns i filen. Lägg upp den på nytt.",
    ),
    "cut off near its end": (
        "film.mp4",
        lambda: cut(film_bytes(seconds=20), 0.97),
        "Filmen är avbruten: bara * procent av den finns i filen. Lägg upp den på nytt.",
    ),
    "cut off, index last": ("film.mp4", lambda: cut(film_bytes(seconds=20, index_first=False), 0.9), BROKEN),
    "its head alone": (
        "film.mp4",
        lambda: only_box(film_bytes(), b"moov"),
        "Filmen är avbruten: den innehåller inget av det som filens början lovar.",
    ),
    "all but its head": ("film.mp4", lambda: only_box(film_bytes(), b"mdat"), BROKEN),
    "webm cut off": (
        "film.webm",
        lambda: cut(webm(seconds=20), 0.5),
        "Filmen är avbruten: den ska vara 20 sekunder men slutar efter * sekunder.",
    ),
    "blank in the middle": (
        "film.mp4",
        lambda: blanked(film_bytes(seconds=20, key_every=5), 0.3, 0.9),
        BROKEN,
    ),
    "sound that ends early": (
        "film.mp4",
        partial(film_bytes, seconds=20, sound_seconds=5),
        "Ljudet tar slut efter 5 sekunder, men bilden fortsätter till 20 sekunder.",
    ),
    "picture that ends early": (
        "film.mp4",
        partial(film_bytes, seconds=5, sound_seconds=20),
        "Bilden tar slut efter 5 sekunder, men ljudet fortsätter till 20 sekunder.",
    ),
    "nowhere to jump to": (
        "film.mp4",
        partial(film_bytes, seconds=70, a_second=1, key_every=1000),
        "Det går inte att hoppa i filmen: den har för långt mellan nyckelbilderna (1 minut och 10 sekunder). "
        "Spara om den med en nyckelbild minst var tionde sekund.",
    ),
    "another film": (
        "film.mp4",
        partial(film_bytes, seconds=20),
        "Filmen är 20 sekunder, men längden är angiven till 2 sekunder. Är det rätt film? Rätta i så fall längden.",
    ),
}


@pytest.mark.parametrize("kind", BAD)
def test_bad_film_is_refused_and_told_why(tmp_path, kind):
    name, make, told = BAD[kind]
    path = tmp_path / "upload"
    path.write_bytes(make())

    with pytest.raises(BadFilm) as refused:
        check(path, name=name, stated_length=timedelta(seconds=2 if kind == "another film" else 20))

    before, star, after = told.partition("*")
    if star:
        assert str(refused.value).startswith(before)
        assert str(refused.value).endswith(after)
    else:
        assert str(refused.value) == told


def test_film_that_is_too_large_is_refused_before_it_is_read(settings):
    settings.LARGEST_FILM = 3 * 1024 * 1024

    with pytest.raises(BadFilm, match=r"^Filmen är 4,0.MB\. Högst 3,0.MB tas emot\."):
        check_size(4 * 1024 * 1024)
    assert check_size(3 * 1024 * 1024) is None


def test_length_may_be_rounded(tmp_path):
    path = make_film(tmp_path / "film.mp4", seconds=20)

    assert check(path, name="film.mp4", stated_length=timedelta(seconds=24)).length < timedelta(seconds=21)
    with pytest.raises(BadFilm, match="längden är angiven till 26 sekunder"):
        check(path, name="film.mp4", stated_length=timedelta(seconds=26))


def test_index_is_moved_to_the_front_with_the_same_pictures(tmp_path):
    last = make_film(tmp_path / "last.mp4", seconds=4, index_first=False)
    first = tmp_path / "first.mp4"

    put_index_first(last, first)

    assert (index_first(last), index_first(first)) == (False, True)
    assert packets(first) == packets(last)
    assert check(first, name="film.mp4").index_is_first


def packets(path):
    with av.open(str(path)) as film:
        return sorted(
            (packet.stream.type, float(packet.pts * packet.time_base), bytes(packet))
            for packet in film.demux()
            if packet.size
        )


def test_still_is_the_picture_at_its_time(tmp_path):
    path = make_film(tmp_path / "film.mp4", seconds=20)

    early, late = still(path, timedelta(seconds=1)), still(path, timedelta(seconds=19))

    assert early[:4] == late[:4] == b"RIFF"
    assert early != late
