"""Figures over all steps: what is counted, for whom, and what is not told so that no group can be known by it."""

from datetime import date, timedelta

import pytest
import time_machine
from django.utils import timezone

from metodstod.figures import hidden_rows
from metodstod.models import Team
from tests.factories import (
    make_consultation,
    make_lecture,
    make_meeting,
    make_municipality,
    make_staff,
    make_submission,
    make_team,
)

pytestmark = pytest.mark.usefixtures("in_november")
SECRET = "En mening som ingen statistikläsare ska få se."


@pytest.fixture
def in_november():
    with time_machine.travel("2026-11-24T12:00:00+00:00"):
        yield


def work(*, halland, vastra_gotaland):
    """So many groups in each county that have met, answered and asked."""
    lecture = make_lecture(title="Vad är människohandel?")
    for code, name, number in (("1380", "Halmstad", halland), ("1490", "Borås", vastra_gotaland)):
        place = make_municipality(name, code=code)
        for _ in range(number):
            team = make_team(municipality=place, name="Familjeteamet")
            make_meeting(team, lectures=[lecture], held_on=date(2026, 3, 5), count_social_worker=4)
            make_submission(team, SECRET)
            make_consultation(team, need=SECRET)


@pytest.fixture
def reader(client, db, log_in):
    log_in(client, make_staff("siffror@lansstyrelsen.example.se", role="statistikläsare"))
    return client


def tables(page):
    return {table.caption: dict(table.lines) for table in page.context["tables"]}


def test_figures_count_every_step_by_county(reader):
    work(halland=6, vastra_gotaland=5)

    found = tables(reader.get("/siffror/"))

    assert found["Träffar, per län"] == {"Län 13": [6, 6, 24], "Län 14": [5, 5, 20]}
    assert found["Sedda föreläsningar"] == {"Vad är människohandel?": [11, 11]}
    assert found["Mottagna återkopplingar, per län"] == {"Län 13": [6, 6], "Län 14": [5, 5]}
    assert found["Konsultationer, per län"] == {"Län 13": [6, 6, 0, 6], "Län 14": [5, 5, 0, 5]}


def test_figures_of_fewer_than_five_groups_are_not_told_nor_to_be_worked_out(reader):
    work(halland=6, vastra_gotaland=2)

    page = reader.get("/siffror/")

    assert tables(page)["Mottagna återkopplingar, per län"] == {"Län 13": None, "Län 14": None}
    assert [*tables(page)["Mottagna återkopplingar, per månad"].values()] == [[8, 8]]
    assert "färre än fem grupper" in page.text


def test_figures_hold_no_word_that_anyone_has_written(reader):
    work(halland=6, vastra_gotaland=5)

    page = reader.get("/siffror/")

    assert SECRET not in page.text
    assert "Familjeteamet" not in page.text


def test_figures_can_be_had_for_a_year(reader):
    work(halland=6, vastra_gotaland=5)
    Team.objects.update(created_at=timezone.now() - timedelta(days=400))

    this_year, no_year = reader.get("/siffror/?ar=2026"), reader.get("/siffror/?ar=%E0%A5%A8")
    last_year = reader.get("/siffror/?ar=2025")

    assert tables(this_year)["Träffar, per månad"] == {"mars 2026": [11, 11, 44]}
    assert tables(last_year)["Träffar, per månad"] == {}
    assert no_year.status_code == 404


def test_coordinator_counts_the_own_county_alone(client, coordinator, log_in):
    work(halland=6, vastra_gotaland=5)
    log_in(client, coordinator)

    assert list(tables(client.get("/siffror/"))["Träffar, per län"]) == ["Län 13"]


def test_number_of_statements_does_not_grow_with_the_groups(reader, django_assert_max_num_queries):
    work(halland=6, vastra_gotaland=5)

    with django_assert_max_num_queries(16):
        page = reader.get("/siffror/")

    assert len(page.context["tables"]) == 6


def test_statistics_reader_finds_the_figures_over_all_steps(reader):
    assert 'href="/siffror/"' in reader.get("/admin/").text


@pytest.mark.parametrize(
    ("groups", "hidden"),
    [
        ([], set()),
        ([6, 9, 5], set()),
        ([0, 9, 5], set()),
        ([4, 9, 5], {0, 2}),  # Alone it would follow from the sum: the smallest of the others goes too.
        ([1, 1, 9, 6], {0, 1, 3}),
        ([4, 4, 9], {0, 1}),
        ([2], {0}),
        ([2, 0], {0}),
    ],
)
def test_hidden_rows_cannot_be_worked_out(groups, hidden):
    assert hidden_rows(groups) == hidden
