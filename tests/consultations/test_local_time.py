from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.utils import timezone
from hypothesis import example, given
from hypothesis import strategies as st

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


# Whatever the time ---------------------------------------------------------------------------------

FIRST = datetime(2025, 10, 1, tzinfo=UTC)
MINUTES = st.integers(0, 7 * 366 * 24 * 60)


@given(minute=MINUTES)
@example(minute=int((datetime(2026, 10, 25, 0, 30, tzinfo=UTC) - FIRST).total_seconds() // 60))
@example(minute=int((datetime(2026, 10, 25, 1, 30, tzinfo=UTC) - FIRST).total_seconds() // 60))
@example(minute=int((datetime(2027, 3, 28, 1, 0, tzinfo=UTC) - FIRST).total_seconds() // 60))
@example(minute=int((datetime(2026, 12, 31, 23, 0, tzinfo=UTC) - FIRST).total_seconds() // 60))
def test_every_moment_is_found_again_from_what_the_clock_says(minute):
    meant = FIRST + timedelta(minutes=minute)
    local = timezone.localtime(meant)

    found = moments(local.date(), local.time())

    assert meant in found
    assert moment(local.date(), local.time(), which="second" if local.fold else "first") == meant
    if len(found) == 2:
        assert found[1] - found[0] == timedelta(hours=1)
        assert local.month == 10


@given(day=st.dates(date(2025, 10, 1), date(2032, 4, 30)), clock=st.times(time(7), time(19)))
def test_a_time_in_the_working_day_is_always_one_moment(day, clock):
    assert len(moments(day, clock)) == 1
