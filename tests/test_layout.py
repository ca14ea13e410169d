"""What a page looks like where it is hardest: on a narrow telephone, in high contrast, with large text, on paper."""

import io

import pytest
from PIL import Image, ImageChops

from tests.pages import CHOICES, PAGES, PRINTED

# The gallery is fetched from the database.
pytestmark = [pytest.mark.django_db, pytest.mark.once]

OURS = [page.name for page in PAGES if not page.admin]
# A tick, a dot or a ring is at the least this many pixels of the control.
SEEN = 20

WIDER_THAN_THE_WINDOW = """() => {
  if (document.scrollingElement.scrollWidth <= innerWidth) return [];
  const wide = [...document.body.querySelectorAll("*")].filter(e => {
    for (let up = e.parentElement; up; up = up.parentElement)
      if (getComputedStyle(up).overflowX !== "visible") return false;
    return e.getBoundingClientRect().right > innerWidth + 0.5;
  });
  return wide.map(e => `${e.tagName.toLowerCase()}.${e.className} ${Math.round(e.getBoundingClientRect().right)}`);
}"""


def picture(page, box):
    return Image.open(io.BytesIO(page.screenshot(clip=box))).convert("L")


def pixels_that_differ(before, after):
    """Return how many pixels of two pictures are clearly not the same: by a fifth of the way from black to white."""
    return sum(ImageChops.difference(before, after).histogram()[51:])


def around(element, *, margin=8):
    box = element.bounding_box()
    left, top = max(box["x"] - margin, 0), max(box["y"] - margin, 0)
    return {
        "x": left,
        "y": top,
        "width": min(box["x"] + box["width"] + margin, 1280) - left,
        "height": box["y"] + box["height"] + margin - top,
    }


# Narrow --------------------------------------------------------------------------------------------


HEADER = "() => document.querySelector('header')?.getBoundingClientRect().bottom ?? 0"


@pytest.mark.parametrize("name", OURS)
def test_nothing_is_wider_than_the_window_on_a_narrow_telephone_or_with_text_twice_as_large(viewer, name):
    """And the header leaves half of the telephone to the page. One visit for it all: to fetch a page is what takes time."""
    page = viewer(name, width=320, height=640)
    narrow = page.evaluate(WIDER_THAN_THE_WINDOW), page.evaluate("document.scrollingElement.scrollWidth")
    header = page.evaluate(HEADER)
    page.set_viewport_size({"width": 1280, "height": 900})
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    large = page.evaluate(WIDER_THAN_THE_WINDOW), page.evaluate("document.scrollingElement.scrollWidth")

    assert (narrow[0], narrow[1] <= 320) == ([], True)
    assert header <= 640 / 2
    assert (large[0], large[1] <= 1280) == ([], True)


def test_filters_leave_the_first_lecture_in_sight_on_a_telephone(viewer):
    page = viewer("lectures", width=390, height=844)

    assert page.locator(".ms-lecture").first.bounding_box()["y"] < 844


# High contrast -------------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["dark", "light"])
@pytest.mark.parametrize("name", CHOICES)
def test_choice_is_seen_in_forced_colours(viewer, name, scheme):
    page = viewer(name)
    page.emulate_media(forced_colors="active", color_scheme=scheme)
    page.evaluate("document.querySelectorAll('details').forEach(fold => { fold.open = true })")
    unseen, looked_at = [], set()
    for control in page.locator("main input[type=radio], main input[type=checkbox]").all():
        kind = control.get_attribute("type"), control.get_attribute("name")
        if kind in looked_at or not control.is_enabled() or not control.is_visible():
            continue
        looked_at.add(kind)
        box = around(control)
        control.evaluate("e => { e.checked = false; e.blur(); e.scrollIntoView({block: 'center'}) }")
        box = around(control)
        before = picture(page, box)
        control.evaluate("e => { e.checked = true }")
        if pixels_that_differ(before, picture(page, box)) < SEEN:
            unseen.append(kind)

    assert looked_at
    assert unseen == []


KINDS = {
    "link": "main a[href]",
    "button": "main button[type=submit]",
    "text": "main input[type=text], main input[type=email]",
    "textarea": "main textarea",
    "radio": "main input[type=radio]",
    "checkbox": "main input[type=checkbox]",
    "select": "main select",
    "fold": "summary",
}


@pytest.mark.parametrize("colours", ["none", "active"])
@pytest.mark.parametrize("name", [*CHOICES, "start", "lecture"])
def test_focus_is_seen(viewer, name, colours):
    page = viewer(name)
    page.emulate_media(forced_colors=colours)
    unseen, looked_at = [], 0
    for kind, selector in KINDS.items():
        control = next((one for one in page.locator(selector).all() if one.is_visible()), None)
        if control is None:
            continue
        looked_at += 1
        control.evaluate("e => { document.activeElement.blur(); e.scrollIntoView({block: 'center'}) }")
        box = around(control)
        before = picture(page, box)
        # As by the keyboard: a browser rings what it reaches by Tab and not always what a script focuses.
        control.evaluate("e => e.focus({focusVisible: true, preventScroll: true})")
        if pixels_that_differ(before, picture(page, box)) < SEEN:
            unseen.append(kind)

    assert looked_at
    assert unseen == []


# Paper ---------------------------------------------------------------------------------------------

NOT_ON_PAPER = ".ms-nav, .ms-leave, .ms-account, .govuk-skip-link, .govuk-breadcrumbs, [data-print], .ms-demo"


@pytest.mark.parametrize("name", PRINTED)
def test_paper_shows_the_page_without_its_navigation(viewer, name):
    page = viewer(name)
    page.emulate_media(media="print")

    shown = [one.get_attribute("class") for one in page.locator(NOT_ON_PAPER).all() if one.is_visible()]

    assert shown == []
    assert page.locator("h1").is_visible()
