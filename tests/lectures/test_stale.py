"""What editors need to see to."""

from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from django.utils import timezone

from lectures.models import Link
from tests.factories import make_lecture, make_material, make_notice, make_staff

PAGE = "/admin/lectures/lecture/att-se-till/"


@pytest.fixture
def editor(client, db, log_in):
    log_in(client, make_staff(role="redaktör"))
    return client


def table(page, heading):
    """Return the rows below a heading, or the one sentence that stands there instead."""
    title = next(h2 for h2 in page.find_all("h2") if h2.text == heading)
    below = title.find_next(["table", "ul", "p"])
    if below.name == "p" and below.get("class") == ["help"]:
        below = below.find_next("table")
    rows = below.select("tbody tr") or below.find_all("li")
    return [
        " | ".join(cell.get_text(" ").strip() for cell in row.find_all(["th", "td"]) or [row]) for row in rows
    ] or below.text


def test_editor_sees_what_is_old_unread_failing_and_waiting(editor):
    today = timezone.localdate()
    old = today - timedelta(days=181)
    make_lecture("Aldrig")
    make_lecture("Nyss", reviewed_at=today - timedelta(days=180))
    make_notice(title="Gammal notis", reviewed_at=old)
    make_material(title="Gammalt utkast", reviewed_at=old, published_at=None)
    make_lecture("Maskin", reviewed_at=today, captions="captions/t.vtt", captions_by_machine=True)
    later = timezone.now() + timedelta(days=1)
    make_material(title="Senare", published_at=later)
    Link.objects.create(
        address="https://borta.example.se/",
        outcome="gone",
        used_by="Notisen ”Lagen”",
        failing_since=timezone.now(),
    )
    Link.objects.create(address="https://finns.example.se/", outcome="good", used_by="Notisen ”Lagen”")

    page = BeautifulSoup(editor.get(PAGE).content, "html.parser")

    assert [row.split(" | ")[:2] for row in table(page, "Inte granskat på 180 dagar")] == [
        ["Aldrig", "föreläsning"],
        ["Gammal notis", "notis"],
    ]
    assert table(page, "Undertexter som ingen har läst") == ["Maskin"]
    assert [row.split(" | ")[:3] for row in table(page, "Länkar och filer som inte är som de ska")] == [
        ["https://borta.example.se/", "finns inte.", "Notisen ”Lagen”"]
    ]
    assert [row.split(" | ")[:2] for row in table(page, "Väntar på att publiceras")] == [
        ["Senare", "material"]
    ]
    assert all(editor.get(link["href"]).status_code == 200 for link in page.select("#content-main a"))


def test_page_says_so_when_there_is_nothing(editor):
    page = BeautifulSoup(editor.get(PAGE).content, "html.parser")

    assert table(page, "Inte granskat på 180 dagar") == "Allt är granskat det senaste halvåret."
    assert table(page, "Väntar på att publiceras") == "Inget."


def test_coordinator_has_no_such_page(client, coordinator, log_in):
    log_in(client, coordinator)

    assert client.get(PAGE).status_code == 403
