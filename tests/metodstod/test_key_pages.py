"""Lists of what has happened are turned by key: nothing is missed or shown twice, and no page asks more than another."""

from datetime import UTC, datetime, timedelta

import pytest
from bs4 import BeautifulSoup
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from feedback.models import Submission
from metodstod.key_pages import KeyPage
from metodstod.models import AccessLog
from tests.factories import make_member, make_municipality, make_staff, make_submission, make_team

INBOX = "/admin/feedback/submission/"
NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)


@pytest.fixture
def desk(client, log_in, coordinator):
    log_in(client, coordinator)
    return client


@pytest.fixture
def received(db, monkeypatch):
    """Eight submissions, newest first, three to a page; four came at the same moment."""
    monkeypatch.setattr(admin.site.get_model_admin(Submission), "list_per_page", 3)
    team = make_team(municipality=make_municipality())
    for hours in (0, 1, 1, 1, 1, 2, 3, 4):
        make_submission(team, "Vi vill ha mer tid.", submitted_at=NOON - timedelta(hours=hours))
    return [one.reference for one in Submission.objects.order_by("-submitted_at", "-pk")]


def shown(response):
    page = BeautifulSoup(response.content, "html.parser")
    return [cell.get_text(strip=True) for cell in page.select("#result_list .field-reference")]


def turns(response):
    """Return where the page leads to other pages, by the words of the link."""
    page = BeautifulSoup(response.content, "html.parser")
    return {link.get_text(): INBOX + link["href"] for link in page.select(".paginator a")}


def walk(client, response, words):
    pages = [shown(response)]
    while address := turns(response).get(words):
        response = client.get(address)
        pages.append(shown(response))
    return pages, response


def test_older_leads_through_all_and_newer_back(desk, received):
    whole = [received[:3], received[3:6], received[6:]]

    forth, last = walk(desk, desk.get(INBOX), "Äldre")
    back, first = walk(desk, last, "Nyare")

    assert forth == whole
    assert back == whole[::-1]
    assert list(turns(first)) == ["Äldre", "Äldst"]
    assert list(turns(last)) == ["Nyast", "Nyare"]


def test_oldest_is_a_whole_page_and_newest_is_where_one_began(desk, received):
    oldest = desk.get(turns(desk.get(INBOX))["Äldst"])

    assert shown(oldest) == received[5:]
    assert shown(desk.get(turns(oldest)["Nyare"])) == received[2:5]
    assert shown(desk.get(turns(oldest)["Nyast"])) == received[:3]


def test_page_begins_where_it_did_when_something_new_comes(desk, received):
    older = turns(desk.get(INBOX))["Äldre"]
    make_submission(make_team(municipality=make_municipality()), "Nytt", submitted_at=NOON)

    assert shown(desk.get(older)) == received[3:6]


def test_newer_than_what_is_less_than_a_page_from_the_newest_is_the_newest_page(desk, received):
    row = Submission.objects.get(reference=received[1])
    place = f"fore-{int(row.submitted_at.timestamp()) * 1_000_000}-{row.pk}"

    response = desk.get(INBOX, {"p": place})

    assert shown(response) == received[:3]
    assert list(turns(response)) == ["Äldre", "Äldst"]


@pytest.mark.parametrize(
    "place", ["2", "0", "efter", "efter-", "fore-x-y", "efter-1-1", f"efter-{10**30}-1", "sist-på-sidan", "ä"]
)
def test_odd_address_shows_a_page_all_the_same(desk, received, place):
    response = desk.get(INBOX, {"p": place})

    assert shown(response) == (received[5:] if place.startswith("sist") else received[:3])


def test_filter_and_search_are_kept_from_page_to_page(desk, received):
    Submission.objects.filter(reference__in=received[::2]).update(status="done")

    pages, _ = walk(desk, desk.get(INBOX, {"status__exact": "done", "q": "tid"}), "Äldre")

    assert pages == [received[:6:2], received[6::2]]


def test_what_is_not_counted_is_not_offered_to_be_chosen_as_a_whole(desk, received, monkeypatch):
    counted = desk.get(INBOX).content.decode()
    monkeypatch.setattr(KeyPage, "MOST", 7)
    many = desk.get(INBOX).content.decode()

    assert "Markera alla 8" in counted or "Välj alla 8" in counted
    assert "8 inskickade återkopplingar" in " ".join(BeautifulSoup(counted, "html.parser").get_text().split())
    assert "Fler än 7 inskickade återkopplingar" in " ".join(
        BeautifulSoup(many, "html.parser").get_text().split()
    )
    assert 'class="question' not in many


def test_empty_list_is_counted_too(desk, received):
    response = desk.get(INBOX, {"q": "finnsinte"})

    assert (shown(response), turns(response)) == ([], {})
    assert "0 inskickade återkopplingar" in " ".join(
        BeautifulSoup(response.content, "html.parser").get_text().split()
    )


def test_page_after_the_last_row_leads_back(desk, received):
    last = Submission.objects.order_by("submitted_at").first()
    place = f"efter-{int(last.submitted_at.timestamp()) * 1_000_000}-{last.pk}"

    response = desk.get(INBOX, {"p": place})

    assert (shown(response), list(turns(response))) == ([], ["Nyast"])
    assert "8 inskickade återkopplingar" in " ".join(
        BeautifulSoup(response.content, "html.parser").get_text().split()
    )


def test_list_sorted_by_a_column_has_numbered_pages(desk, received):
    response = desk.get(INBOX, {"o": "-4.1", "p": "2"})

    assert len(shown(response)) == 3
    assert "1" in turns(response)


@pytest.mark.parametrize("query", ["", "?p=sist", "?p=efter", "?status__exact=new", "?q=tid", "?q=sinkadus"])
def test_inbox_asks_no_more_than_eight_statements(desk, received, query):
    address = turns(desk.get(INBOX))["Äldre"] if query == "?p=efter" else INBOX + query

    with CaptureQueriesContext(connection) as statements:
        response = desk.get(address)

    asked = [one["sql"] for one in statements if not one["sql"].startswith(("SAVEPOINT", "RELEASE", "BEGIN"))]
    assert response.status_code == 200
    assert len(asked) <= 8, "\n".join(asked)


def test_access_log_is_turned_by_key(db, client, log_in, monkeypatch):
    monkeypatch.setattr(admin.site.get_model_admin(AccessLog), "list_per_page", 2)
    person = make_member(make_team(municipality=make_municipality()))
    rows = [AccessLog.record(person, AccessLog.Action.READ, person, reference=str(n)) for n in range(3)]
    log_in(client, make_staff(role="programledare"))

    first = client.get(reverse("admin:metodstod_accesslog_changelist"))
    (link,) = BeautifulSoup(first.content, "html.parser").select(".paginator a[rel=next]")
    second = client.get(reverse("admin:metodstod_accesslog_changelist") + link["href"])

    assert [shown_reference(page) for page in (first, second)] == [["2", "1"], ["0"]]
    assert len(rows) == 3


def shown_reference(response):
    page = BeautifulSoup(response.content, "html.parser")
    return [cell.get_text(strip=True) for cell in page.select("#result_list .field-reference")]
