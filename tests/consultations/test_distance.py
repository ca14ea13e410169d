import json

import pytest
from django.conf import settings

from consultations.distance import AUTHORITIES, SEATS, kilometres, travel_minutes


def test_every_municipality_of_the_programme_is_on_the_map():
    rows = json.loads((settings.BASE_DIR / "fixtures" / "municipalities.json").read_text())
    places = [row["fields"] for row in rows if row["model"] == "metodstod.municipality"]
    codes = {place["code"] for place in places if place["county"][0] in AUTHORITIES}

    assert codes == set(SEATS)
    assert set(AUTHORITIES.values()) <= codes


@pytest.mark.parametrize(
    ("one", "other", "about"),
    [("1380", "1382", 35), ("1380", "1480", 127), ("1480", "1496", 135), ("1481", "1480", 6)],
)
def test_kilometres_is_about_what_a_map_says(one, other, about):
    assert kilometres(one, other) == pytest.approx(about, abs=4)
    assert kilometres(one, other) == kilometres(other, one)


@pytest.mark.parametrize(
    ("one", "other", "minutes"), [("1380", "1380", 15), ("1380", "1382", 60), ("1480", "1496", 165)]
)
def test_travel_takes_whole_quarters_with_time_to_park(one, other, minutes):
    assert travel_minutes(one, other) == minutes


def test_a_place_that_is_not_on_the_map_is_far_away():
    assert kilometres("1380", "0180") is None
    assert travel_minutes("1380", "0180") == 120
