"""Which days people at a Swedish authority or municipality are at work, and how many of them lie ahead.

Holidays are those of lagen (1989:253) om allmänna helgdagar. Midsummer Eve, Christmas Eve and New Year's Eve
count as holidays too: semesterlagen (1977:480) 3 a § puts them beside Sundays, and nobody answers then.
"""

from datetime import timedelta
from functools import lru_cache

from .later import alone

WITH_EVES = ("public", "de_facto")


@lru_cache(maxsize=64)
def holidays_of(year):
    """Return the year's holidays and the eves that are as good as one: date → name in Swedish."""
    Sweden = alone("holidays.countries.sweden").Sweden
    return dict(Sweden(years=year, include_sundays=False, categories=WITH_EVES, language="sv", expand=False))


def holiday_name(day):
    """Return what the holiday is called, or an empty string on any other day."""
    return holidays_of(day.year).get(day, "")


def holiday_in_text(day):
    """Return the holiday's name as it is written within a sentence: only the one of Christ keeps its capital."""
    name = holiday_name(day)
    return name if name.startswith("Kristi") else name.lower()


def is_holiday(day):
    """Whether the date is a holiday or one of the three great eves; an ordinary weekend is none."""
    return bool(holiday_name(day))


def is_working_day(day):
    return day.weekday() < 5 and not is_holiday(day)


def working_days_after(day, number):
    """Return the date that comes `number` working days after the date; the date itself is not counted."""
    while number > 0:
        day += timedelta(days=1)
        number -= is_working_day(day)
    return day


def working_days_between(first, last):
    """Return how many working days come after the first date, up to and with the last."""
    days = (first + timedelta(days=number) for number in range(1, (last - first).days + 1))
    return sum(is_working_day(day) for day in days)
