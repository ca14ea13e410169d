"""Captions read strictly: what is wrong, and on which line."""

from datetime import timedelta

import pytest

from lectures.webvtt import BadCaptions, Caption, read

GOOD = """WEBVTT - Undertexter

NOTE Granskad av redaktören.

STYLE
::cue { color: white }

1
00:00.000 --> 00:02.000 align:start line:90%
Det här är en film.

00:00:02.000 --> 00:00:04.500
<v Anna>– Hej &amp; <i>välkommen</i>!
– Tack.
"""


def captions(*cues):
    return "\n\n".join(["WEBVTT", *cues]).encode()


def faults(data, **how):
    with pytest.raises(BadCaptions) as refused:
        read(data, **how)
    return refused.value.messages


@pytest.mark.parametrize(
    "change", [lambda text: text, lambda text: text.replace("\n", "\r\n"), lambda text: "\ufeff" + text]
)
def test_captions_are_read(change):
    found = read(change(GOOD).encode())

    assert found.lines == (
        Caption(0, 2000, "Det här är en film."),
        Caption(2000, 4500, "– Hej & välkommen! – Tack."),
    )
    assert not found.by_machine


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", ["Filen är tom."]),
        (b" \n\n", ["Filen är tom."]),
        (b"WEBVTT\n", ["Filen innehåller inga undertexter."]),
        (b"Hej\n", ["Rad 1: Första raden ska vara WEBVTT."]),
        (b"WEBVTTX\n\n00:01.000 --> 00:02.000\nHej\n", ["Rad 1: Första raden ska vara WEBVTT."]),
        (
            b"1\n00:00:01,000 --> 00:00:02,000\nHej\n",
            ["Rad 1: Det här är SubRip (.srt). Spara undertexterna som WebVTT (.vtt)."],
        ),
        ("WEBVTT\n\nå".encode("utf-16"), ["Rad 1: Filen är sparad som UTF-16. Spara den som UTF-8."]),
        (
            "WEBVTT\n\n00:01.000 --> 00:02.000\nPå svenska".encode("latin-1"),
            ["Rad 4: Här finns ett tecken som inte är UTF-8. Spara filen som UTF-8."],
        ),
        (
            captions("00:01.000 --> 00:02.000\nPÃ¥ svenska"),
            ["Rad 4: Å, ä eller ö har blivit fel tecken. Spara filen om som UTF-8 från början."],
        ),
        (
            captions("00:01.000 --> 00:02.000\nHej\x00"),
            ["Rad 4: Här finns ett trasigt tecken. Skriv det på nytt."],
        ),
        (
            captions("00:01,000 --> 00:02,000\nHej"),
            ["Rad 3: Tiden ska ha punkt före tusendelarna, inte komma."],
        ),
        (
            captions("00:01 --> 00:02\nHej"),
            ["Rad 3: Tiderna går inte att läsa. Skriv dem som 00:01.000 --> 00:04.000."],
        ),
        (
            captions("00:61.000 --> 00:62.000\nHej"),
            ["Rad 3: Tiderna går inte att läsa. Skriv dem som 00:01.000 --> 00:04.000."],
        ),
        (
            captions("Bara text"),
            ["Rad 3: Här saknas en rad med tider, till exempel 00:01.000 --> 00:04.000."],
        ),
        (captions("00:02.000 --> 00:01.000\nHej"), ["Rad 3: Undertexten slutar innan den börjar."]),
        (captions("00:02.000 --> 00:02.000\nHej"), ["Rad 3: Undertexten slutar innan den börjar."]),
        (
            captions("00:05.000 --> 00:06.000\nEtt", "00:01.000 --> 00:02.000\nTvå"),
            ["Rad 6: Undertexten börjar före den på rad 3. De ska stå i tidsordning."],
        ),
        (
            captions("00:01.000 --> 00:03.000\nEtt", "00:02.999 --> 00:04.000\nTvå"),
            ["Rad 6: Undertexten börjar innan den på rad 3 är slut. De får inte överlappa."],
        ),
        (captions("00:01.000 --> 00:02.000"), ["Rad 3: Undertexten är tom."]),
        (captions("00:01.000 --> 00:02.000\n<i></i>"), ["Rad 3: Undertexten är tom."]),
        (
            captions("00:01.000 --> 00:02.000\n" + "å" * 43),
            ["Rad 4: Raden har 43 tecken. Högst 42 går att läsa."],
        ),
        (
            captions("00:01.000 --> 00:02.000\nEtt\nTvå\nTre"),
            ["Rad 3: Undertexten har 3 rader. Högst 2 får plats."],
        ),
        (
            captions("00:01.000 --> 00:02.000\nEtt\n00:02.000 --> 00:03.000\nTvå"),
            [
                "Rad 3: Undertexten har 3 rader. Högst 2 får plats.",
                "Rad 5: Här saknas en tom rad före tiderna.",
            ],
        ),
        (
            captions("00:01.000 --> 00:02.000\n<font>Hej</font>"),
            [
                "Rad 4: Märkningen </font> finns inte i WebVTT.",
                "Rad 4: Märkningen <font> finns inte i WebVTT.",
            ],
        ),
        (
            captions("00:01.000 --> 00:02.000 color:red\nHej"),
            ["Rad 3: Inställningen color:red finns inte i WebVTT."],
        ),
        (b"WEBVTT\n\n" + b"x" * 2_200_000, ["Filen är större än 2 MB. En undertextfil är bara text."]),
    ],
)
def test_fault_is_told_with_its_line(data, told):
    assert faults(data) == told


def test_caption_beyond_the_films_end_is_told():
    data = captions("00:01.000 --> 00:02.000\nEtt", "01:00:01.000 --> 01:00:02.000\nTvå")

    assert faults(data, film_length=timedelta(minutes=1)) == [
        "Rad 6: Undertexten visas till 1:00:02, men filmen slutar vid 1:00."
    ]
    assert len(read(data, film_length=timedelta(hours=1, seconds=2)).lines) == 2


def test_many_faults_are_told_as_far_as_one_reads():
    told = faults(captions(*["00:01.000 --> 00:00.500\nHej"] * 1 + ["nej"] * 30))

    assert len(told) == 16
    assert told[0] == "Rad 3: Undertexten slutar innan den börjar."
    assert told[-1] == "Och 16 fel till. Rätta de första och försök igen."


@pytest.mark.parametrize(
    "head",
    ["WEBVTT\nKind: asr", "WEBVTT\n\nNOTE Automatiskt skapad", "WEBVTT\n\nNOTE\nMade with whisper.cpp"],
)
def test_captions_that_a_machine_has_made_are_known_by_what_they_say(head):
    assert read(f"{head}\n\n00:01.000 --> 00:02.000\nHej\n".encode()).by_machine


def test_words_about_machines_in_what_is_said_make_no_machine():
    assert not read(captions("00:01.000 --> 00:02.000\nAutomatiskt skapad text")).by_machine
