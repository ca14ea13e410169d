from datetime import UTC, date, datetime, time

import pytest

from consultations.local_time import NoSuchTime, TwoSuchTimes, moment, moments

SPRING, AUTUMN = date(2027, 3, 28), date(2026, 10, 25)


@pytest.mark.parametrize(
    ("day", "clock", "utc"),
    [
        (date(2027, 1, 12), time(9, 30), datetime(2027, 1, 12, 8, 30, tzinfo=UTC)),
        (date(2027, 6, 15), time(9, 30), datetime(2027, 6, 15, 7, 30, tzinfo=UTC)),
        (SPRING, time(1, 59), datetime(2027, 3, 28, 0, 59, tzinfo=UTC)),
        (SPRING, time(3, 0), datetime(2027, 3, 28, 1, 0, tzinfo=UTC)),
        (AUTUMN, time(1, 59), datetime(2026, 10, 24, 23, 59, tzinfo=UTC)),
        (AUTUMN, time(3, 0), datetime(2026, 10, 25, 2, 0, tzinfo=UTC)),
    ],
)
def test_moment_is_what_the_clock_on_the_wall_says(day, clock, utc):
    assert moment(day, clock) == utc


@pytest.mark.parametrize("clock", [time(2, 0), time(2, 30), time(2, 59)])
def test_moment_refuses_a_time_that_the_clock_skips(clock):
    assert moments(SPRING, clock) == []
    with pytest.raises(NoSuchTime):
        moment(SPRING, clock, which="first")


@pytest.mark.parametrize("clock", [time(2, 0), time(2, 30), time(2, 59)])
def test_moment_asks_which_when_the_clock_shows_a_time_twice(clock):
    with pytest.raises(TwoSuchTimes):
        moment(AUTUMN, clock)


def test_moment_takes_the_answer_to_which():
    first = moment(AUTUMN, time(2, 30), which="first")
    second = moment(AUTUMN, time(2, 30), which="second")

    assert first == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert second == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


def test_moment_pays_no_heed_to_a_fold_that_came_with_the_time():
    with pytest.raises(TwoSuchTimes):
        moment(AUTUMN, time(2, 30, fold=1))
