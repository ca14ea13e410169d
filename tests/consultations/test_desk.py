import csv
import io
import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from consultations import afterwards
from consultations.figures import figures
from metodstod.models import AccessLog
from tests.consultations.pages import confirmed, text
from tests.factories import make_consultation, make_member, make_team


def test_week_shows_the_meetings_of_the_named_week_and_who_is_waited_for(
    consultation, coordinator, social_worker, staff
):
    waiting = make_consultation(make_team())
    booked = confirmed(consultation, coordinator, social_worker)
    day = timezone.localdate(booked.starts_at)

    page = text(staff.get(f"/konsultationer/vecka/?vecka={day}"))

    assert str(consultation.team) in page
    assert "Bekräftad" in page
    assert str(waiting.team) in page
    assert "Maja Malm (enhetschef) ska ge besked om mandat" in page


@pytest.mark.parametrize("week", ["", "x", "2026-13-40", "0001-01-01", "9999-12-31", "%00"])
def test_week_that_makes_no_sense_is_this_one(staff, week):
    answer = staff.get(f"/konsultationer/vecka/?vecka={week}")

    assert answer.status_code in {200, 400}


def test_week_asks_the_database_as_much_for_many_as_for_one(coordinator, staff):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    make_consultation(make_team())
    with CaptureQueriesContext(connection) as one:
        staff.get("/konsultationer/vecka/")
    for _ in range(5):
        make_consultation(make_team())
    with CaptureQueriesContext(connection) as many:
        staff.get("/konsultationer/vecka/")

    assert len(one) == len(many)


def test_figures_count_by_county_form_and_target_group_within_reach(
    consultation, coordinator, social_worker, outsider
):
    make_consultation(make_team(outsider, municipality=outsider.municipality))
    confirmed(consultation, coordinator, social_worker)
    afterwards.hold(consultation, timezone.localdate(), "", by=coordinator, key=uuid.uuid4())
    make_consultation(make_team(make_member(make_team())), form="phone")

    found = figures(coordinator)

    facts = {fact.name: fact.shown for fact in found["facts"]}
    by = {table.by: dict(table.lines) for table in found["tables"]}
    assert facts == {
        "Förfrågningar": 2,
        "Hållna möten": 1,
        "Hållna möten med flera kommuner": 0,
        "På gång": 1,
        "Från fråga till chefens besked": "0 dagar (median)",
    }
    assert by["Län"] == {"Län 13": [2, 2, 1, 1]}
    assert by["Mötesform"] == {"Digitalt möte": [1, 1, 1, 0], "Per telefon": [1, 1, 0, 1]}
    assert by["Målgrupp"] == {"Anhöriga": [2, 2, 1, 1]}
    assert by["Status"] == {"Förfrågan skickad": [1, 1, 0, 1], "Mötet är hållet": [1, 1, 1, 0]}


def test_figures_of_a_year_leave_out_the_others(consultation, coordinator, staff):
    earlier = make_consultation(make_team(municipality=consultation.team.municipality))
    type(earlier).objects.filter(pk=earlier.pk).update(asked_at="2019-05-02T10:00:00Z")

    page = staff.get("/konsultationer/siffror/?ar=2019")

    assert page.context["facts"][0].shown == 1
    assert "Siffror om konsultationer 2019" in text(page)
    assert figures(coordinator)["facts"][0].shown == 2


@pytest.mark.parametrize("year", ["2018", "0001", "9999", "tvåtusen"])
@pytest.mark.parametrize("place", ["siffror/", "export.csv"])
def test_year_in_which_nothing_was_asked_for_is_not_found(consultation, staff, place, year):
    assert staff.get(f"/konsultationer/{place}", {"ar": year}).status_code == 404


@pytest.mark.parametrize("kind", ["csv", "json", "xlsx"])
def test_export_is_given_and_noted(consultation, staff, coordinator, kind):
    answer = staff.get(f"/konsultationer/export.{kind}")

    content = b"".join(answer.streaming_content)
    assert answer.status_code == 200
    assert len(content) > 100
    assert AccessLog.objects.filter(action="exported", who=coordinator).count() == 1


def test_export_makes_formulas_harmless_and_holds_no_addresses(staff, social_worker):
    make_consultation(make_team(social_worker), need="=HYPERLINK(1)")

    content = b"".join(staff.get("/konsultationer/export.csv").streaming_content).decode("utf-8-sig")

    rows = list(csv.DictReader(io.StringIO(content), delimiter=";"))
    assert rows[0]["behov"] == "'=HYPERLINK(1)"
    assert "maja.malm@" not in content


@pytest.mark.parametrize("path", ["vecka/", "siffror/", "export.csv", "tillsammans/", "export.exe"])
def test_desk_is_for_staff_alone(member, path):
    assert member.get(f"/konsultationer/{path}").status_code == 404


def test_follow_ups_of_the_coming_month_stand_in_the_week(consultation, coordinator, social_worker, staff):
    confirmed(consultation, coordinator, social_worker)
    afterwards.hold(
        consultation, timezone.localdate() - timedelta(days=80), "", by=coordinator, key=uuid.uuid4()
    )

    assert "efter 3 månader" in text(staff.get("/konsultationer/vecka/"))
