"""Our own pages are written in plain Swedish, and measured for it."""

import re

import pytest
from bs4 import BeautifulSoup

from tests.pages import PROSE

# The gallery is fetched from the database.
pytestmark = [pytest.mark.django_db, pytest.mark.once]

# The Language Act asks for plain words; LIX 45 is where a text begins to be hard (Björnsson 1968).
HARDEST = 45
# What is not running text of ours: names, numbers, choices, and what groups have written.
NOT_PROSE = "nav, form, dl, table, ul, ol, .ms-tags, .govuk-visually-hidden, script"


def lix(text):
    """Return Björnsson's readability index: words a sentence plus the share of words of more than six letters."""
    words = re.findall(r"[^\W\d_]+", text)
    sentences = max(len(re.findall(r"[.:!?]+(?=\s|$)", text)), 1)
    long = sum(len(word) > 6 for word in words)
    return len(words) / sentences + 100 * long / len(words)


def test_lix_is_counted_as_its_inventor_did():
    assert lix("Hon går hem. Han stannar kvar.") == pytest.approx(3 + 100 / 6)


@pytest.mark.parametrize("name", PROSE)
def test_page_can_be_read_without_effort(gallery, name):
    main = BeautifulSoup(gallery[name].html, "html.parser").main
    for aside in main.select(NOT_PROSE):
        aside.decompose()
    text = "\n".join(
        paragraph.get_text(" ", strip=True).rstrip(".:!?") + "." for paragraph in main.select("p, li, h2")
    )

    assert len(text.split()) > 40
    assert lix(text) <= HARDEST
