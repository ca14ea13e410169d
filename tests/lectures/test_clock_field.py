"""Times in a film, and its length, as editors and groups write them."""

import re
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from lectures.clock_field import ClockField, LengthField


@pytest.mark.parametrize(
    ("written", "second"),
    [
        ("0", 0),
        ("75", 75),
        ("1:15", 75),
        ("1.15", 75),
        ("1:04:27", 3867),
        ("1.04.27", 3867),
        (" 90:00 ", 5400),
        ("", None),
    ],
)
def test_time_is_read_as_people_write_it(written, second):
    assert ClockField(required=False).clean(written) == second


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("42:49", 2569),
        ("42.49", 2569),
        ("1:04:27", 3867),
        ("0:42:49", 2569),
        ("42 min 49 s", 2569),
        ("42 minuter och 49 sekunder", 2569),
        ("1 timme, 4 minuter och 27 sekunder", 3867),
        ("1 tim 4 min", 3840),
        ("1 h", 3600),
        ("25 min", 1500),
    ],
)
def test_length_is_read_as_people_write_it_and_shown_in_one_way(written, seconds):
    field = LengthField()

    length = field.clean(written)

    assert length == timedelta(seconds=seconds)
    assert field.clean(field.prepare_value(length)) == length
    assert re.fullmatch(r"(1:)?\d?\d:\d\d", field.prepare_value(length))


@pytest.mark.parametrize(
    "written", ["42", "12:60", "1:60:00", "tio minuter", "42 min 49", "-1:00", "1:2:3:4"]
)
def test_length_that_can_be_misread_is_refused(written):
    with pytest.raises(ValidationError, match="Skriv längden som minuter och sekunder, till exempel 42:49"):
        LengthField().clean(written)
