"""What the browser gets: built from its sources, small, ours alone, readable, and of help only."""

import os
import re
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import brotli
import pytest
from bs4 import BeautifulSoup
from django.contrib.staticfiles import finders
from django.template import Context, engines
from django.template.loader import get_template
from django.urls import reverse

from metodstod.templatetags.layout import MOST_KEPT, Once

pytestmark = pytest.mark.once

ROOT = Path(__file__).parent.parent
STATIC = ROOT / "static"
THEME = (ROOT / "frontend" / "css" / "_theme.scss").read_text()
BUILT = sorted(path for path in STATIC.rglob("*") if path.suffix in {".css", ".js", ".svg"})
ERROR_PAGES = ("400", "403", "404", "409", "429", "500", "503")


def sent(path):
    """Return how many bytes the file is on its way to the browser."""
    content = path.read_bytes()
    return len(content) if path.suffix in {".woff2", ".png", ".ico"} else len(brotli.compress(content))


# Built files ---------------------------------------------------------------------------------------


def test_built_files_are_what_their_sources_give():
    if not (ROOT / "node_modules").exists() and os.environ.get("CI") != "true":
        pytest.skip("the npm packages are not installed (make test installs them)")

    answer = subprocess.run(
        ["node", "frontend/build.js", "--check"], cwd=ROOT, capture_output=True, text=True
    )

    assert (answer.returncode, answer.stderr) == (0, "")


def test_built_files_ask_for_nothing_elsewhere():
    for path in BUILT:
        text = path.read_text().replace('xmlns="http://www.w3.org/2000/svg"', "")
        fetched = re.findall(
            r"(?:url\(|@import|src=|href=)[\"']?((?:https?:)?//[^\"')]*|data:[^\"')]*)", text
        )
        assert fetched == [], path

        if path.suffix == ".js":
            assert re.findall(r"https?://", text) == [], path


def test_every_file_that_the_style_sheet_asks_for_is_there():
    css = STATIC / "css" / "metodstod.css"

    addresses = re.findall(r"url\([\"']?([^\"')]+)", css.read_text())

    assert addresses == ["../fonts/source-sans-3-latin.woff2"]
    assert all((css.parent / address).exists() for address in addresses)


def test_scripts_that_every_page_may_have_weigh_at_most_5_kb():
    assert sum(sent(STATIC / "js" / name) for name in ("site.js", "leave.js")) <= 5_000


def test_start_page_weighs_at_most_50_kb_cold(client, db):
    html = client.get(reverse("start")).content
    page = BeautifulSoup(html, "html5lib")
    addresses = {
        element.get("href") or element["src"]
        for element in page.select("link:not([rel=apple-touch-icon]), script[src], main img")
    }

    files = [finders.find(urlsplit(address).path.removeprefix("/static/")) for address in sorted(addresses)]
    weight = len(brotli.compress(html)) + sum(sent(Path(file)) for file in files)

    assert len(files) >= 6
    assert weight <= 50_000


# Colours -------------------------------------------------------------------------------------------


def colours():
    return dict(re.findall(r"^\$([\w-]+): (#[0-9a-f]{6});", THEME, re.MULTILINE))


def pairs():
    listed = re.search(r"\$pairs: \((.*?)\);", THEME, re.DOTALL)[1]
    return [tuple(pair) for pair in re.findall(r"\$([\w-]+) \$([\w-]+)", listed)]


def luminance(colour):
    """Return the relative luminance of WCAG 2.2."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_all_text_has_a_contrast_of_7_to_1():
    colour = colours()

    weak = [pair for pair in pairs() if contrast(colour[pair[0]], colour[pair[1]]) < 7]

    assert weak == []
    assert len(pairs()) == 25


def test_edges_of_controls_have_a_contrast_of_3_to_1():
    colour = colours()

    for edge in ("ink", "surface-border", "error", "success", "brand"):
        for behind in ("paper", "surface"):
            assert contrast(colour[edge], colour[behind]) >= 3, (edge, behind)


def test_pages_tell_the_browser_the_brand_colour():
    assert (
        f'<meta name="theme-color" content="{colours()["brand"]}">'
        in (ROOT / "templates/base.html").read_text()
    )


# Pages ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ERROR_PAGES)
def test_error_page_needs_no_request_and_no_database(name):
    page = BeautifulSoup(get_template(f"{name}.html").render(), "html5lib")

    assert page.html["lang"] == "sv"
    assert page.title.text == f"{page.h1.text.replace(' på kort tid', '')} – Metodstöd"
    assert len(page.select("main h1")) == 1
    assert len(page.select("main p")) >= 2
    assert page.body.select_one("a")["href"] == "https://www.smhi.se/"


@pytest.mark.parametrize("name", ["500", "503"])
def test_error_page_of_our_own_faults_builds_no_address(name):
    template = (ROOT / "templates" / f"{name}.html").read_text() + (
        ROOT / "templates/_error.html"
    ).read_text()

    assert "{% url" not in template
    assert "{% include" not in template


def test_way_out_is_the_first_link_of_every_page(client, db, settings):
    settings.LEAVE_URL = "https://neutral.example/"

    for name in ("start", "about", "help"):
        page = BeautifulSoup(client.get(reverse(name)).content, "html5lib")
        first = page.body.select("a")[0]
        assert (first.text, first["href"]) == ("Lämna sidan snabbt", "https://neutral.example/")
        assert first["rel"] == ["noreferrer", "noopener"]
        assert "target" not in first.attrs


def test_navigation_says_where_the_reader_is(client, db):
    page = BeautifulSoup(client.get(reverse("help")).content, "html5lib")

    here = page.select("nav [aria-current]")

    assert [(link.text, link["aria-current"]) for link in here if link.has_attr("href")] == [
        ("Stöd och kontakt", "page")
    ]


def test_navigation_marks_the_section_above_the_page(rf):
    request = rf.get(reverse("lectures:detail", args=["vad-ar-manniskohandel"]))

    html = get_template("base.html").template.render(Context({"request": request}))
    page = BeautifulSoup(html, "html5lib")

    assert [(link.text, link["aria-current"]) for link in page.select("[aria-current]")] == [
        ("Föreläsningar", "true")
    ]


def test_every_link_of_the_menu_is_marked_on_its_own_page_and_below_it(rf):
    base, menu = get_template("base.html").template, ".govuk-service-navigation__link"
    links = BeautifulSoup(base.render(Context({})), "html5lib").select(menu)
    addresses = [link["href"] for link in links]

    marked = {}
    for path in [address + below for address in addresses for below in ("", "a/", "a/b/")]:
        page = BeautifulSoup(base.render(Context({"request": rf.get(path)})), "html5lib")
        marked[path] = [(link["href"], link.get("aria-current")) for link in page.select(menu)]

    assert len(addresses) == 6
    assert marked == {
        address + below: [(one, said if one == address else None) for one in addresses]
        for address in addresses
        for below, said in (("", "page"), ("a/", "true"), ("a/b/", "true"))
    }


def test_once_draws_again_for_another_value_and_knows_nothing_else_of_the_page():
    text = "{% load layout %}{% once kind %}{{ kind }}{% if name %}{{ name }}{% endif %}{% endonce %}"
    once = engines["django"].from_string(text).template

    drawn = [once.render(Context({"kind": kind, "name": "Anna"})) for kind in ("<b>", "c", "<b>")]

    assert drawn == ["&lt;b&gt;", "c", "&lt;b&gt;"]


def test_once_keeps_no_more_than_it_has_room_for():
    once = engines["django"].from_string("{% load layout %}{% once kind %}{{ kind }}{% endonce %}").template

    drawn = [once.render(Context({"kind": number})) for number in range(500)]

    assert drawn == [str(number) for number in range(500)]
    assert len(once.nodelist.get_nodes_by_type(Once)[0].kept) <= MOST_KEPT


# In the browser ------------------------------------------------------------------------------------


def press_shift(page, times):
    for _ in range(times):
        page.keyboard.press("Shift")


@pytest.mark.django_db(transaction=True)
def test_three_presses_of_shift_leave_the_site(page, outside_requests):
    page.goto(reverse("about"))
    page.goto(reverse("privacy"))

    press_shift(page, 2)
    assert (
        page.get_by_role("status").first.text_content() == "Tryck på Skift en gång till för att lämna sidan."
    )
    press_shift(page, 1)
    page.wait_for_url("https://www.smhi.se/")
    page.go_back()

    # The page that was left is gone from the history: "back" leads to the one before it.
    assert urlsplit(page.url).path == reverse("about")
    assert outside_requests[0] == "https://www.smhi.se/"


@pytest.mark.django_db(transaction=True)
def test_shift_for_capital_letters_leaves_nothing(page):
    page.goto(reverse("privacy"))

    for letter in "ABC":
        page.keyboard.down("Shift")
        page.keyboard.press(letter)
        page.keyboard.up("Shift")
    press_shift(page, 2)

    assert urlsplit(page.url).path == reverse("privacy")


@pytest.mark.django_db(transaction=True)
def test_shift_never_leaves_a_page_with_a_form(page):
    page.goto(reverse("account_login"))

    press_shift(page, 4)
    page.wait_for_timeout(100)

    assert urlsplit(page.url).path == reverse("account_login")
    assert page.get_by_role("link", name="Lämna sidan snabbt").is_visible()


@pytest.mark.django_db(transaction=True)
def test_way_out_by_a_click_replaces_the_page(page, outside_requests):
    page.goto(reverse("about"))
    page.goto(reverse("help"))

    page.get_by_role("link", name="Lämna sidan snabbt").click()
    page.wait_for_url("https://www.smhi.se/")
    page.go_back()

    assert urlsplit(page.url).path == reverse("about")
    assert outside_requests[0] == "https://www.smhi.se/"


@pytest.mark.django_db(transaction=True)
def test_way_out_works_without_javascript(open_browser, outside_requests):
    page = open_browser(javascript=False)
    page.goto(reverse("about"))

    page.get_by_role("link", name="Lämna sidan snabbt").click()
    page.wait_for_url("https://www.smhi.se/")

    assert outside_requests[0] == "https://www.smhi.se/"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_nothing_is_wider_than_the_window(open_browser, width):
    page = open_browser(width=width)

    page.goto(reverse("start"))

    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.django_db(transaction=True)
def test_header_leaves_room_for_the_page_on_the_smallest_screen(open_browser):
    page = open_browser(width=320, height=568)

    page.goto(reverse("about"))

    assert page.locator("header").bounding_box()["height"] <= 568 * 0.4
    assert page.get_by_role("heading", level=1).bounding_box()["y"] < 568 * 0.6
