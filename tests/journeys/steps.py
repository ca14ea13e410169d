"""Steps that several stories take, in words that a story can be read by."""

import base64
import hmac
import re
import time
from pathlib import Path

from icalendar import Calendar

from metodstod.models import User
from tests.factories import make_team

AXE = (Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js").read_text()
LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def come_to(page, heading):
    """Wait for the page with this heading, and let axe judge it once."""
    page.get_by_role("heading", level=1, name=re.compile(heading)).wait_for()
    if page.judged:
        page.wait_for_load_state("load")
        page.evaluate(AXE)
        found = page.evaluate(
            "levels => axe.run(document, {runOnly: levels, resultTypes: ['violations']})", LEVELS
        )
        assert [f"{one['id']}: {one['nodes'][0]['target']}" for one in found["violations"]] == []


def link_in(letter):
    """Return the path of the link that a letter carries."""
    return re.search(r"http://testserver(/\S+)", letter.body)[1]


def calendar_in(letter):
    """Return the calendar object of a letter and the method that its MIME part declares."""
    part = next(part for part in letter.message().walk() if part.get_content_type() == "text/calendar")
    return Calendar.from_ical(part.get_payload(decode=True)), part.get_param("method")


def totp(secret, *, at=None):
    """Return the six digits that an authenticator app shows now (RFC 6238: SHA-1, thirty seconds)."""
    key = base64.b32decode(secret.replace(" ", ""))
    step = int((at or time.time()) // 30)
    digest = hmac.digest(key, step.to_bytes(8, "big"), "sha1")
    start = digest[-1] & 15
    return f"{(int.from_bytes(digest[start : start + 4], 'big') & 0x7FFFFFFF) % 1_000_000:06}"


def log_in_by_code(page, address, letters):
    """Ask for a code at the page one has been led to, read it in the mail, and write it."""
    come_to(page, "Logga in")
    page.get_by_label("Din e-postadress på jobbet").fill(address)
    page.get_by_role("button", name="Skicka kod").click()
    come_to(page, "Skriv koden")
    code = re.search(r"Din kod är: (\S+)", letters(address)[-1].body)[1]
    page.get_by_label("Kod").fill(code)
    page.get_by_role("button", name="Logga in").click()


def form_group(page, name):
    """Fill in the form of a new work group; the municipality is proposed from the address."""
    come_to(page, "Bilda en arbetsgrupp")
    page.get_by_label("Vad ska arbetsgruppen heta?").fill(name)
    page.get_by_label("Arbetsplats").fill("Familjecentralen")
    if page.get_by_label("Ditt namn").count():
        page.get_by_label("Ditt namn").fill("Anna Lind")
    page.get_by_role("button", name="Bilda gruppen").click()
    come_to(page, name)


def at_a_new_request(page, log_in):
    """Log in Sara, whose group Vuxenenheten is new, and open the form of its request."""
    sara = User.objects.create_user("sara@halmstad.example.se", name="Sara Svensson")
    team = make_team(sara, name="Vuxenenheten", municipality=sara.municipality)
    log_in(page, sara)
    page.goto(f"/arbetsgrupp/{team.pk}/konsultation/ny/")


def ask_for_consultation(page, *, manager="maja.malm@halmstad.example.se"):
    """Fill in the whole request and send it."""
    come_to(page, "Be om en konsultation")
    page.get_by_label("Vad behöver ni hjälp med?").fill("Vi vill kunna ställa frågan på ett bra sätt.")
    page.get_by_label("Människohandel för sexuella ändamål").check()
    page.get_by_label("Digitalt möte").check()
    page.get_by_label("Önskade tider").fill("Helst en tisdag.")
    page.get_by_label("Chefens namn").fill("Maja Malm")
    page.get_by_label("Chefens titel").fill("enhetschef")
    page.get_by_label("Chefens e-post i arbetet").fill(manager)
    page.get_by_role("button", name="Skicka förfrågan").click()
    come_to(page, "Konsultation")


def propose_times(page, first, *, clock="9.30"):
    """Propose one time, on the given day, at the given clock."""
    page.get_by_role("link", name="Föreslå tider").click()
    come_to(page, "Föreslå tider")
    for part in ("day", "month", "year"):
        page.locator(f"[name=date_1_{part}]").fill(str(getattr(first, part)))
    page.locator("[name=time_1]").fill(clock)
    page.get_by_role("button", name="Skicka förslagen").click()
    come_to(page, "Konsultation")
