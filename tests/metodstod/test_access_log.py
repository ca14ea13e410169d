"""Who has read what: added to and never changed, told to whom it is about, kept five years."""

import logging
from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from django.db import DatabaseError, transaction
from django.utils import timezone

from metodstod.models import AccessLog
from metodstod.models.access_log import forget_old_reading
from tests.factories import make_member, make_team, make_user


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
    from tests.factories import make_county, make_staff

    person = make_staff("karin@halland.example.se", counties=[make_county("13")], name="Karin Karlsson")
    caplog.set_level(logging.INFO, logger="metodstod.access")

    with transaction.atomic():
        row = read(person, person)
        before = list(caplog.records)

    assert before == []
    assert [record.fields for record in caplog.records] == [
        {"row": row.pk, "who": person.pk, "act": "read", "kind": "person"}
    ]
