"""Where colleagues are writing: a hint that fades, never a lock, and never anything for those outside the group."""

import pytest
import time_machine
from django.core.cache import cache
from django.urls import reverse

from feedback import presence
from feedback.models import Draft
from tests.factories import make_draft, make_member
from tests.feedback.pages import draft_url, main_text, open_draft, save, soup


@pytest.fixture(autouse=True)
def nobody_writes(db):
    cache.clear()


def presence_url(team):
    return reverse("feedback:presence", args=[team.pk])


def tell(client, team, at="", **fields):
    return client.post(presence_url(team), open_draft(client, team) | {"at": at} | fields)


def test_member_is_told_where_a_colleague_is_writing(client, team, anna, bo):
    make_draft(team)

    own = tell(bo, team, "3").json()
    hers = tell(client, team, "1").json()

    assert own["writing"] == ""
    assert hers["writing"] == "Bo Ek skriver på fråga 3."
    assert tell(bo, team, "3").json()["writing"] == "Anna Lind skriver på fråga 1."
    assert "Bo Ek skriver på fråga 3." in main_text(client.get(draft_url(team)))


def test_hint_is_gone_when_the_colleague_stops_or_goes(client, team, anna, bo, monkeypatch):
    make_draft(team)
    tell(bo, team, "3")
    tell(bo, team, "")
    assert tell(client, team).json()["writing"] == ""

    monkeypatch.setattr(presence, "REMEMBERED", -1)
    tell(bo, team, "3")

    assert tell(client, team).json()["writing"] == ""


def test_hint_is_no_lock(client, team, anna, bo):
    make_draft(team)
    tell(bo, team, "1")

    assert save(client, team, open_draft(client, team, answer_1="Annas")).status_code == 302


def test_page_is_handed_what_a_colleague_has_saved_since(client, team, anna, bo):
    make_draft(team, "Ett", "Två")
    shown = open_draft(client, team)
    save(bo, team, open_draft(bo, team, answer_2="Bos"))

    fresh = client.post(presence_url(team), shown).json()["fresh"]

    stored = Draft.objects.of(team).answers.all()[1]
    assert fresh == {"answer_2": {"text": "Bos", "version": stored.token, "line": stored.saved_line}}
    assert "av Bo Ek" in fresh["answer_2"]["line"]


def test_page_of_another_draft_is_handed_nothing(client, team, anna):
    make_draft(team, "Ett")

    answer = tell(client, team, draft="00000000-0000-0000-0000-000000000000").json()

    assert (answer["draft"], answer["fresh"]) == ("", {})


def test_nothing_is_noted_without_a_draft_or_in_a_closed_group(client, team, anna, bo):
    assert tell(bo, team, "1").json() == {"writing": "", "draft": "", "fresh": {}}
    make_draft(team)
    team.close(by=anna)
    assert bo.post(presence_url(team), {"at": "1"}).status_code == 200

    assert presence.others(team, anna) == []


@pytest.mark.parametrize("at", ["0", "6", "-1", "x", "\0", "9" * 5000, "<b>"])
def test_odd_place_is_no_place(client, team, anna, bo, at):
    make_draft(team)

    assert tell(bo, team, at).status_code == 200
    assert presence.others(team, anna) == []


def test_place_is_for_members_alone(client, team, anna, outsider, coordinator, log_in):
    make_draft(team, "Hemligt")
    tell(client, team, "1")

    for person in (outsider, coordinator):
        log_in(client, person)
        response = client.post(presence_url(team), {"at": "1"})
        assert (response.status_code, b"Hemligt" in response.content) == (404, False)
    assert client.get(presence_url(team)).status_code == 405


def test_member_who_has_left_is_not_named(client, team, anna, log_in):
    from django.test import Client

    make_draft(team)
    cia, browser = make_member(team, name="Cia"), Client()
    log_in(browser, cia)
    tell(browser, team, "2")
    team.memberships.filter(user=cia).delete()

    assert tell(client, team).json()["writing"] == ""


def test_open_page_asks_with_few_statements_and_writes_nothing_twice(
    client, team, anna, bo, django_assert_num_queries
):
    make_draft(team, "Ett")
    shown = open_draft(client, team) | {"at": "1"}
    client.post(presence_url(team), shown)

    with django_assert_num_queries(3) as captured:  # The session with its person, the draft, the others.
        client.post(presence_url(team), shown)

    assert not [query["sql"] for query in captured if not query["sql"].startswith("SELECT")]


def test_alone_in_a_group_nobody_is_asked_for(client, team, anna, django_assert_num_queries):
    team.memberships.exclude(user=anna).delete()
    make_draft(team, "Ett")
    shown = open_draft(client, team) | {"at": "1"}

    with django_assert_num_queries(2):
        client.post(presence_url(team), shown)

    assert presence.places(team.pk) == {}


def test_hint_that_is_kept_up_is_noted_anew_before_it_fades(client, team, anna, bo):
    make_draft(team)
    with time_machine.travel("2026-11-24 10:00 +0100", tick=False) as clock:
        tell(bo, team, "3")
        for _ in range(4):
            clock.shift(15)
            tell(bo, team, "3")
        clock.shift(14)
        kept_up = tell(client, team).json()["writing"]
        clock.shift(40)
        gone = tell(client, team).json()["writing"]

    assert kept_up == "Bo Ek skriver på fråga 3."
    assert gone == ""


def test_page_says_it_politely(client, team, anna):
    line = soup(client.get(draft_url(team))).select_one("[data-writing]")

    assert line["role"] == "status"
