from datetime import timedelta

import pytest

from lectures.lengths import in_short, in_words


@pytest.mark.parametrize(
    ("length", "words", "short"),
    [
        (timedelta(), "0 sekunder", "0 s"),
        (timedelta(seconds=1), "1 sekund", "1 s"),
        (timedelta(minutes=1, seconds=0.6), "1 minut och 1 sekund", "1 min 1 s"),
        (timedelta(minutes=42, seconds=49), "42 minuter och 49 sekunder", "42 min 49 s"),
        (timedelta(hours=1, minutes=4, seconds=27), "1 timme, 4 minuter och 27 sekunder", "1 tim 4 min 27 s"),
        (timedelta(hours=2, seconds=5), "2 timmar och 5 sekunder", "2 tim 5 s"),
        (
            timedelta(hours=5, minutes=31, seconds=27),
            "5 timmar, 31 minuter och 27 sekunder",
            "5 tim 31 min 27 s",
        ),
        (timedelta(hours=30), "30 timmar", "30 tim"),
    ],
)
def test_length_is_said_in_words(length, words, short):
    assert in_words(length) == words
    assert in_short(length).replace("\N{NO-BREAK SPACE}", " ") == short


def test_short_length_keeps_number_and_unit_on_one_line():
    assert in_short(timedelta(minutes=9, seconds=56)) == "9\N{NO-BREAK SPACE}min 56\N{NO-BREAK SPACE}s"
