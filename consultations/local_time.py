"""What the clock on the wall says, and which moment that is, also on the nights when it is changed.

Times are kept in UTC and written and read as Europe/Stockholm (EU directive 2000/84/EC: the clock goes
forward at 02.00 on March's last Sunday and back at 03.00 on October's).
"""

from datetime import UTC, datetime

from django.utils import timezone


class NoSuchTime(ValueError):
    """The clock skips the time that night."""


class TwoSuchTimes(ValueError):
    """The clock shows the time twice that night, and nobody has said which is meant."""


def moments(date, time):
    """Return the moments, UTC, when the clock shows the date and time: none, one, or two (the earlier first)."""
    zone = timezone.get_default_timezone()
    naive = datetime.combine(date, time.replace(fold=0, tzinfo=None))
    found = {naive.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)}
    return sorted(moment for moment in found if moment.astimezone(zone).replace(tzinfo=None) == naive)


def moment(date, time, *, which=None):
    """Return the one moment, UTC; `which` ("first" or "second") chooses when the clock shows the time twice.

    Raises NoSuchTime and TwoSuchTimes; nothing is moved in silence.
    """
    found = moments(date, time)
    if not found:
        raise NoSuchTime
    if len(found) == 1:
        return found[0]
    if which not in {"first", "second"}:
        raise TwoSuchTimes
    return found[0] if which == "first" else found[1]
