""" "Ni sa – vi gjorde": only approved words, and no figure with fewer than five groups behind it."""

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from feedback.models import Outcome, Passage, Theme
from tests.factories import make_county, make_municipality, make_staff, make_submission, make_team

LIST = "/admin/feedback/outcome/"


@pytest.fixture
def colleague(db):
    return make_staff(counties=[make_county("13")], role="samordnare")


@pytest.fixture
def outcome(coordinator):
    theme = Theme.objects.create(name="Stöd")
    one = Outcome(
        county=make_county("13"), heard="Ni saknar stöd.", did="Vi har startat handledning.", theme=theme
    )
    one.write(by=coordinator)
    return one


def behind(theme, number, *, place="Halmstad", code="1380"):
    for _ in range(number):
        team = make_team(municipality=make_municipality(place, code=code))
        for _ in range(2):
            answer = make_submission(team, "Vi saknar stöd.").answers.first()
            Passage.of(answer, theme=theme, start=0, end=4).save()


def public(client):
    return client.get(reverse("feedback:outcomes")).content.decode()


@pytest.mark.parametrize(("groups", "told"), [(4, None), (5, 5), (6, 6)])
def test_figure_is_told_from_five_groups_of_the_county(client, outcome, colleague, groups, told):
    behind(outcome.theme, groups)
    behind(outcome.theme, 5, place="Borås", code="1490")

    outcome.approve(by=colleague)

    outcome.refresh_from_db()
    assert outcome.groups == told
    assert ("arbetsgrupper har skrivit om det" in public(client)) is (told is not None)


def test_only_approved_words_are_public(client, outcome, coordinator, colleague):
    before = public(client)
    by_oneself = outcome.approve(by=coordinator)
    outcome.approve(by=colleague)
    approved = public(client)
    outcome.refresh_from_db()
    outcome.did = "Något annat."
    outcome.write(by=colleague)

    assert "Ni saknar stöd." not in before
    assert by_oneself is False
    assert "Vi har startat handledning." in approved
    assert "Något annat." not in public(client)
    assert "Ni saknar stöd." not in public(client)


def test_words_written_anew_meanwhile_are_not_approved_by_mistake(outcome, coordinator, colleague):
    read = Outcome.objects.get()
    outcome.did = "Något annat."
    outcome.write(by=coordinator)

    assert read.approve(by=colleague) is False


def test_database_keeps_the_rules(outcome, coordinator, colleague):
    for fields in (
        {"approved_by": coordinator, "approved_at": outcome.written_at},
        {"approved_by": colleague},
        {"groups": 4},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Outcome.objects.update(**fields)


def test_written_and_approved_in_admin(client, log_in, coordinator, colleague):
    log_in(client, coordinator)
    client.post(
        f"{LIST}add/", {"county": make_county("13").pk, "heard": "Ni vill mötas.", "did": "Vi bjuder in."}
    )
    one = Outcome.objects.get()
    client.post(LIST, {"action": "approve", "_selected_action": [one.pk]})
    not_by_oneself = Outcome.objects.get().approved_at
    log_in(client, colleague)
    client.post(LIST, {"action": "approve", "_selected_action": [one.pk]})
    shown = public(client)
    client.post(LIST, {"action": "withdraw", "_selected_action": [one.pk]})

    assert one.written_by == coordinator
    assert not_by_oneself is None
    assert "Vi bjuder in." in shown
    assert "Vi bjuder in." not in public(client)


def test_another_countys_words_are_neither_seen_nor_approved(client, log_in, outcome):
    log_in(client, make_staff(counties=[make_county("14")], role="samordnare"))

    seen = client.get(LIST).content.decode()
    status = client.get(f"{LIST}{outcome.pk}/change/").status_code
    client.post(LIST, {"action": "approve", "_selected_action": [outcome.pk]})
    client.post(f"{LIST}add/", {"county": make_county("13").pk, "heard": "x", "did": "y"})

    assert "Ni saknar stöd." not in seen
    assert status == 404
    assert Outcome.objects.get().approved_at is None


def test_public_page_sets_no_cookie(client, outcome):
    response = client.get(reverse("feedback:outcomes"))

    assert not response.cookies
    assert "Cookie" not in response.get("Vary", "")
    assert "Ännu finns det inget att berätta" in response.content.decode()
