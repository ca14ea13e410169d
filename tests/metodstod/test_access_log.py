"""Who has read what: added to and never changed, told to whom it is about, kept five years."""

import logging
from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from django.db import DatabaseError, transaction
from django.utils import timezone

from metodstod.models import AccessLog
from metodstod.models.access_log import forget_old_reading
from tests.factories import make_county, make_member, make_staff, make_team, make_user


@pytest.fixture
def team(social_worker):
    return make_team(social_worker, municipality=social_worker.municipality, name="Barn och unga")


def read(who, thing, **fields):
    return AccessLog.record(who, AccessLog.Action.READ, thing, reference="x", **fields)


def words(response):
    return " ".join(BeautifulSoup(response.content, "html.parser").main.get_text(" ").split())


def refused(act):
    """Whether the database itself refuses."""
    try:
        with transaction.atomic():
            act()
    except DatabaseError as error:
        return "access log" in str(error)
    return False


def test_row_cannot_be_changed_or_removed_even_past_the_models(coordinator, team):
    row = read(coordinator, team)

    attempts = [
        lambda: AccessLog.objects.filter(pk=row.pk).update(reference="y"),
        lambda: AccessLog.objects.filter(pk=row.pk).update(who=None),
        lambda: AccessLog.objects.filter(pk=row.pk).delete(),
        lambda: AccessLog.objects.all().delete(),
    ]

    assert [refused(attempt) for attempt in attempts] == [True] * 4
    assert list(AccessLog.objects.values_list("pk", "reference", "who")) == [(row.pk, "x", coordinator.pk)]


def test_row_ends_after_five_years_and_not_before(coordinator, team):
    old = AccessLog.objects.create(
        at=timezone.now() - timedelta(days=5 * 365 + 2),
        who=coordinator,
        action="read",
        kind="arbetsgrupp",
        reference="gammal",
    )
    young = AccessLog.objects.create(
        at=timezone.now() - timedelta(days=5 * 365 - 2),
        who=coordinator,
        action="read",
        kind="arbetsgrupp",
        reference="ung",
    )

    forget_old_reading()

    assert list(AccessLog.objects.values_list("pk", flat=True)) == [young.pk]
    assert old.pk != young.pk


def test_row_outlives_the_account_it_is_about(coordinator):
    person = make_user("borta@okand.example.se")
    row = read(coordinator, person)
    number = person.pk

    person.delete()

    assert AccessLog.objects.get(pk=row.pk).about_id == number


def test_person_is_told_who_read_about_them_and_their_group(client, social_worker, coordinator, team, log_in):
    read(coordinator, social_worker)
    read(coordinator, team)
    log_in(client, social_worker)

    page = words(client.get("/konto/last/"))

    assert page.count("Karin Karlsson läste") == 2
    assert "läste dina uppgifter" in page
    assert "läste arbetsgrupp (Barn och unga)" in page


def test_person_is_told_nothing_of_others_nor_of_before_they_joined(
    client, social_worker, outsider, coordinator, team, log_in
):
    read(coordinator, outsider)
    read(coordinator, make_team(outsider, municipality=outsider.municipality, name="Boråsgruppen"))
    read(coordinator, team)
    late = make_member(team)
    log_in(client, late)

    page = words(client.get("/konto/last/"))

    assert "Ingen har läst" in page
    assert "Boråsgruppen" not in page


def test_opening_a_person_and_a_group_in_admin_is_noted(client, coordinator, social_worker, team, log_in):
    log_in(client, coordinator)

    client.get(f"/admin/metodstod/user/{social_worker.pk}/change/")
    client.get(f"/admin/metodstod/team/{team.pk}/change/")

    rows = AccessLog.objects.order_by("pk").values_list(
        "who", "action", "kind", "about", "team", "county__code"
    )
    assert list(rows) == [
        (coordinator.pk, "read", "person", social_worker.pk, None, "13"),
        (coordinator.pk, "read", "arbetsgrupp", None, team.pk, "13"),
    ]


@pytest.mark.django_db(transaction=True)
def test_row_is_told_outside_the_database_when_it_is_certain(caplog):
    person = make_staff("karin@halland.example.se", counties=[make_county("13")], name="Karin Karlsson")
    caplog.set_level(logging.INFO, logger="metodstod.access")

    with transaction.atomic():
        row = read(person, person)
        before = list(caplog.records)

    assert before == []
    assert [record.fields for record in caplog.records] == [
        {"row": row.pk, "who": person.pk, "act": "read", "kind": "person"}
    ]


@pytest.fixture
def log(client, log_in, coordinator, social_worker, team):
    """The access log as the programme lead opens it, with a reading of a person, one of a group and one without a county."""
    read(coordinator, social_worker, county=social_worker.municipality.county)
    read(coordinator, team, county=team.municipality.county)
    read(coordinator, coordinator)
    log_in(client, make_staff("lead@halland.example.se", role="programledare"))
    return lambda query="": client.get(f"/admin/metodstod/accesslog/{query}")


def filters(response):
    """Return the words of each filter's choices, by its name."""
    page = BeautifulSoup(response.content, "html.parser")
    return {
        found["data-filter-title"]: [choice.get_text(strip=True) for choice in found.select("li")]
        for found in page.select("#changelist-filter [data-filter-title]")
    }


def test_log_is_narrowed_by_what_it_holds(log, team):
    county = team.municipality.county
    make_county("14")

    choices = filters(log())
    narrowed = BeautifulSoup(log(f"?kind=person&county__id__exact={county.pk}").content, "html.parser")

    assert choices["sort"] == ["Alla", "arbetsgrupp", "person"]
    assert choices["län"] == ["Alla", county.name, "-"]
    assert [row.select_one(".field-kind").text for row in narrowed.select("#result_list tbody tr")] == [
        "person"
    ]


def test_nothing_is_counted_for_each_filter_whatever_the_address_says(log):
    assert filters(log("?_facets=True")) == filters(log())


def test_log_is_searched_by_the_beginning_of_a_reference_and_by_whose_reading_it_was(log, coordinator, team):
    lead = make_user("annan@example.se", is_staff=True)
    for who, reference in ((lead, "QH9-9PZ-N7Q"), (lead, "QH9-9PZ-N7Q pdf"), (coordinator, "9PZ")):
        AccessLog.record(who, AccessLog.Action.READ, team, reference=reference)

    def found(words):
        page = BeautifulSoup(log(f"?q={words}").content, "html.parser")
        return sorted(cell.text for cell in page.select("#result_list .field-reference"))

    assert found("qh9-9pz") == ["QH9-9PZ-N7Q", "QH9-9PZ-N7Q pdf"]
    assert found("annan@") == ["QH9-9PZ-N7Q", "QH9-9PZ-N7Q pdf"]
    assert found("9PZ") == ["9PZ"]
    assert found("finns-inte") == []
