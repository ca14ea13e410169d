"""The filters of staff's tables: beside the table in a wide window, before it behind a word in a narrow one; no script is needed."""

import pytest

from tests.factories import make_submission

INBOX = "/admin/feedback/submission/"
FILTER = "#changelist-filter"


@pytest.fixture
def inbox(open_browser, log_in, coordinator):
    """Return a function that opens the inbox, where one submission is new and one is done, in a window of this width."""
    done = make_submission(None, "Svar", status="done")
    make_submission(done.team, "Svar")

    def open_(width):
        page = open_browser(width=width, javascript=False)
        log_in(page, coordinator)
        page.goto(INBOX)
        return page

    return open_


def box(page, selector):
    return page.locator(selector).bounding_box()


@pytest.mark.parametrize("width", [390, 1280])
def test_filters_are_opened_before_the_table_in_a_narrow_window(inbox, width):
    page = inbox(width)
    choice = page.locator(FILTER).get_by_role("link", name="Klar")
    hidden = not choice.is_visible()
    above = box(page, FILTER)["y"] < box(page, "#result_list")["y"]

    page.get_by_text("Filtrera listan").press("Enter")
    choice.click()

    assert (hidden, above) == (True, True)
    assert page.url.endswith("?status__exact=done")
    assert page.locator("#result_list tbody tr").count() == 1
    assert not choice.is_visible()
    page.get_by_role("link", name="Rensa alla filter").click()
    assert page.locator("#result_list tbody tr").count() == 2


def test_filters_stand_open_beside_the_table_in_a_wide_window(inbox):
    page = inbox(1440)

    table, filters = box(page, "#result_list"), box(page, FILTER)
    assert filters["x"] >= table["x"] + table["width"]
    assert not page.get_by_text("Filtrera listan").is_visible()
    page.locator(FILTER).get_by_role("link", name="Klar").click()
    assert page.locator("#result_list tbody tr").count() == 1
