from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metodstod.working_days import (
    holiday_name,
    is_holiday,
    is_working_day,
    working_days_after,
    working_days_between,
)

DAYS = st.dates(date(2024, 1, 1), date(2040, 12, 31))


@pytest.mark.parametrize(
    "day",
    [
        date(2027, 1, 1),
        date(2027, 1, 6),
        date(2027, 3, 26),  # Good Friday
        date(2027, 3, 29),  # Easter Monday
        date(2027, 5, 6),  # Ascension Day
        date(2028, 6, 6),  # the National Day, a Tuesday
        date(2027, 6, 25),  # Midsummer Eve
        date(2026, 12, 24),
        date(2026, 12, 25),
        date(2026, 12, 31),
    ],
)
def test_holidays_and_the_great_eves_are_no_working_days(day):
    assert is_holiday(day)
    assert not is_working_day(day)


@pytest.mark.parametrize("day", [date(2027, 1, 5), date(2027, 4, 30), date(2027, 5, 7), date(2028, 6, 5)])
def test_half_days_and_days_between_are_worked(day):
    assert is_working_day(day)


def test_holidays_have_their_swedish_names():
    names = [holiday_name(day) for day in (date(2027, 3, 29), date(2026, 12, 31), date(2027, 3, 30))]

    assert names == ["Annandag påsk", "Nyårsafton", ""]


def test_a_weekend_is_no_holiday_and_no_working_day():
    assert (is_holiday(date(2027, 2, 6)), is_working_day(date(2027, 2, 6))) == (False, False)


@pytest.mark.parametrize(
    ("day", "number", "then"),
    [
        (date(2026, 11, 24), 5, date(2026, 12, 1)),
        (date(2027, 3, 24), 5, date(2027, 4, 2)),  # over Easter
        (date(2026, 12, 22), 5, date(2027, 1, 4)),  # over Christmas and the turn of the year
        (date(2027, 2, 6), 1, date(2027, 2, 8)),  # from a Saturday
        (date(2027, 2, 6), 0, date(2027, 2, 6)),
    ],
)
def test_working_days_after_jumps_over_weekends_and_holidays(day, number, then):
    assert working_days_after(day, number) == then


@given(day=DAYS, number=st.integers(1, 30))
def test_working_days_after_lands_on_a_working_day_with_so_many_between(day, number):
    then = working_days_after(day, number)

    assert is_working_day(then)
    assert working_days_between(day, then) == number
    assert working_days_between(day, then - timedelta(days=1)) == number - 1
