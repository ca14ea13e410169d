"""Every page in every state is correct HTML and can be used by everyone: three judges, none with anything to say."""

import json
import subprocess

import pytest
from django.conf import settings
from django.urls import resolve

from tests.gallery import ROOT
from tests.pages import NOT_PAGES, OPEN, PAGES, addresses

# The gallery is fetched from the database.
pytestmark = [pytest.mark.django_db, pytest.mark.once]

MODULES = ROOT / "node_modules"
AXE = (MODULES / "axe-core" / "axe.min.js").read_text()
LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
OURS = [page.name for page in PAGES if not page.admin]


def axe(page):
    """Return what axe finds on the page, as `rule: where`."""
    page.evaluate(AXE)
    found = page.evaluate(
        "levels => axe.run(document, {runOnly: levels, resultTypes: ['violations']})", LEVELS
    )
    return [
        f"{violation['id']}: {node['target']} {node['failureSummary']}"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]


def name_of(file):
    """Return the name of the page that a checker's file holds; the files are numbered as the inventory is."""
    return PAGES[int(file[-8:-5])].name


def test_every_page_answers(gallery):
    assert gallery.failed == []


# HTML ----------------------------------------------------------------------------------------------


# An outside film's player needs both, and is of another origin than the portal, so it cannot reach out of its frame.
KNOWN = "for attribute “sandbox” on element “iframe”: Setting both “allow-scripts” and “allow-same-origin”"


def test_nu_checker_finds_nothing(gallery, gallery_files):
    jar = MODULES / "vnu-jar" / "build" / "dist" / "vnu.jar"
    command = ["java", "-Xmx512m", "-jar", jar, "--errors-only", "--format", "json", gallery_files]

    answer = subprocess.run(command, capture_output=True, text=True)
    found = [
        f"{name_of(message['url'])}: {message.get('lastLine')}: {message['message']}"
        for message in json.loads(answer.stderr)["messages"]
    ]

    assert [line for line in found if not line.startswith("admin") and KNOWN not in line] == []


def test_html_validate_finds_nothing(gallery, gallery_files):
    for file in gallery_files.iterdir():
        if name_of(file.name).startswith("admin"):  # Django's own markup, which is not ours to write.
            file.unlink()
    command = ["node", MODULES / "html-validate" / "bin" / "html-validate.mjs", "--formatter", "json"]
    command += ["--config", ROOT / ".htmlvalidate.mjs", gallery_files]
    report = gallery_files.parent / "report.json"

    # To a file: into a pipe the program writes no more than fits at once before it ends.
    with report.open("w") as out:
        subprocess.run(command, stdout=out, cwd=ROOT)
    found = [
        f"{name_of(checked['filePath'])}: {message['line']}: {message['ruleId']} {message['message']}"
        for checked in json.loads(report.read_text())
        for message in checked["messages"]
    ]

    assert found == []


# Accessibility -------------------------------------------------------------------------------------


# After a click that has said where it leads.
ASKS_OUTSIDE = {"lecture elsewhere, shown"}


@pytest.mark.parametrize("name", OURS)
def test_axe_finds_nothing(viewer, name):
    page = viewer(name)

    assert [fault for fault in page.faults if name not in ASKS_OUTSIDE] == []
    assert axe(page) == []


def ours(gallery):
    """Yield each page of ours with its parsed HTML."""
    for page in PAGES:
        if not page.admin and page.name in gallery:
            yield page, gallery.soup(page.name)


ADMIN = [page.name for page in PAGES if page.admin]


@pytest.mark.parametrize("name", ADMIN)
def test_axe_finds_in_admin_only_what_is_djangos_own(viewer, name):
    page = viewer(name)

    assert page.faults == []
    assert {finding.partition(":")[0] for finding in axe(page)} == OF_DJANGO.get(name, set())


# What axe says about the stock admin's own markup, which no setting changes: an inline table's column of links to the
# rows has no heading.
OF_DJANGO = {
    "admin group": {"empty-table-header"},
}


# What every page has -------------------------------------------------------------------------------


def test_pages_have_a_language_a_title_and_one_heading(gallery):
    wrong = []
    for page, soup in ours(gallery):
        headings = soup.select("main h1")
        if soup.html.get("lang") != "sv" or len(headings) != 1 or len(soup.select("h1")) != 1:
            wrong.append(f"{page.name}: language or headings")
        if not soup.title.string.strip().endswith("– Metodstöd") or soup.title.string.strip().startswith("–"):
            wrong.append(f"{page.name}: title {soup.title.string!r}")

    assert wrong == []


def test_title_begins_with_the_word_after_an_error_and_only_then(gallery):
    wrong = []
    for page, soup in ours(gallery):
        has_summary = bool(soup.select(".govuk-error-summary"))
        if has_summary != soup.title.string.strip().startswith("Fel: "):
            wrong.append(page.name)

    assert wrong == []


def test_error_summary_leads_to_the_fields(gallery):
    summaries, dead = 0, []
    for page, soup in ours(gallery):
        for link in soup.select(".govuk-error-summary a"):
            summaries += 1
            target = soup.find(id=link["href"].removeprefix("#"))
            fields = {"input", "textarea", "select"}
            # On the page of review nothing is typed: there the summary leads to the answers that were changed.
            if target is None or (target.name not in fields and not page.name.startswith("review")):
                dead.append(f"{page.name}: {link['href']}")

    assert summaries
    assert dead == []


def test_error_summary_stands_above_the_heading(gallery):
    """In one place on every page, so that whoever has met it once knows where to look."""
    below = [
        page.name
        for page, soup in ours(gallery)
        if (summary := soup.select_one("main .govuk-error-summary")) and summary.find_previous("h1")
    ]

    assert below == []


def test_leaving_fast_is_the_first_link_of_every_page(gallery):
    wrong = [page.name for page, soup in ours(gallery) if soup.a.get("href") != settings.LEAVE_URL]

    assert wrong == []


def test_public_pages_are_the_same_for_everyone(gallery):
    """No cookie, and nothing that varies by one: no session, no name, no message."""
    assert [page.name for page in OPEN if page.name in gallery and not gallery[page.name].is_plain] == []


# The inventory is whole ----------------------------------------------------------------------------


def test_every_address_that_answers_with_a_page_is_in_the_inventory(gallery):
    shown = {
        resolve(kept.path.partition("?")[0]).view_name
        for kept in gallery.values()
        if kept.path and kept.status != 404
    }

    assert addresses() - shown - set(NOT_PAGES) == set()
    assert set(NOT_PAGES) - addresses() == set()


def test_every_template_of_a_page_is_shown(gallery):
    """A state that no page of the inventory is in would be looked at by nobody."""
    shown = {name for kept in gallery.values() for name in kept.templates}

    ours = {
        path.relative_to(ROOT / "templates").as_posix()
        for path in (ROOT / "templates").rglob("*.html")
        # The form pack is compared with the design system's own examples.
        if path.relative_to(ROOT / "templates").parts[0] != "govuk"
    }

    assert sorted(ours - shown) == []
