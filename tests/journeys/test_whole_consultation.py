"""From a need to a followed-up meeting: two groups, a partner by link, three managers and the coordinator, in one story.

Everyone has a browser of their own. The partner's has no scripts, and the group says with the keyboard alone which times suit.
"""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from consultations.models import Consultation, Mandate
from metodstod.models import User
from metodstod.working_days import working_days_after
from tests.factories import make_consultation, make_municipality, make_team
from tests.journeys.steps import ask_for_consultation, at_a_new_request, calendar_in, come_to, link_in
from tests.journeys.test_together import (
    press_to,
    press_to_field,
    when_a_manager_answers,
    when_the_partner_says_yes,
)

SARA = "sara@halmstad.example.se"
MAJA = "maja.malm@halmstad.example.se"
LEO = "leo@laholm.example.se"
LENA = "lena.lund@laholm.example.se"
VERA = "vera.varg@varberg.example.se"
BERIT = "berit.bok@varberg.example.se"
BO = "bo.berg@varberg.example.se"
KARIN = "samordnare.halland@lansstyrelsen.example.se"
OTHERS_WORDS = "Laholms egna ord om vad som är svårt."
WISH = "Vi kan bara på förmiddagen."


@pytest.fixture
def laholm(programme):
    """Another group that asks for the same, with its manager's mandate."""
    place = make_municipality("Laholm", code="1381", domain="laholm.example.se")
    leo = User.objects.create_user(LEO, name="Leo Lind")
    asked = make_consultation(
        make_team(leo, name="Ungdomsteamet", municipality=place),
        need=OTHERS_WORDS,
        manager={"name": "Lena Lund", "title": "enhetschef", "email": LENA},
        open_to_joint=True,
    )
    make_municipality("Varberg", code="1383", domain="varberg.example.se")
    return asked


@pytest.fixture
def sara(programme, visit, log_in):
    """The asking group's member, at the request that has just been sent."""
    page = visit(judged=False)
    at_a_new_request(page, log_in)
    return page


@pytest.fixture
def karin(programme, visit, log_in):
    page = visit(judged=False)
    log_in(page, User.objects.get(email=KARIN))
    return page


def given_that_varberg_takes_part(sara, visit, letters):
    """The partner's manager says no, another is named and says yes; all of it by links and without scripts."""
    sara.get_by_role("link", name="Fråga Varberg").click()
    come_to(sara, "Fråga Varberg")
    sara.get_by_label("Kontaktpersonens namn").fill("Vera Varg")
    sara.get_by_label("Kontaktpersonens e-post i arbetet").fill(VERA)
    sara.get_by_role("button", name="Skicka frågan").click()
    come_to(sara, "Konsultation")
    vera = visit(width=390, javascript=False)
    vera.goto(link_in(letters(VERA)[-1]))
    when_the_partner_says_yes(vera, manager=BERIT)
    berit = visit(javascript=False)
    berit.goto(link_in(letters(BERIT)[-1]))
    when_a_manager_answers(berit, "Nej, jag ger inte mandat", "Vi har inte tid i vår.")
    vera.reload()
    vera.get_by_role("link", name="Utse en annan chef").click()
    vera.get_by_label("Er chefs namn").fill("Bo Berg")
    vera.get_by_label("Er chefs titel").fill("enhetschef")
    vera.get_by_label("Er chefs e-post i arbetet").fill(BO)
    vera.get_by_role("button", name="Skicka frågan till chefen").click()
    come_to(vera, "Varberg är med")
    berit.goto(link_in(letters(BO)[-1]))
    when_a_manager_answers(berit, "Ja, jag ger mandat")
    return vera


def when_a_joint_meeting_is_offered(karin):
    karin.goto("/konsultationer/vecka/")
    karin.get_by_role("link", name="Vilka ber om samma sak?").click()
    come_to(karin, "Vilka ber om samma sak")
    for group in ("Halmstad: Vuxenenheten", "Laholm: Ungdomsteamet"):
        karin.get_by_label(group).check()
    karin.get_by_role("button", name="Erbjud ett gemensamt möte").click()
    come_to(karin, "Erbjud ett gemensamt möte")
    karin.get_by_label("Vad ska mötet handla om?").fill("Unga och sex mot ersättning")
    karin.get_by_role("radio").first.check()
    karin.get_by_label("Visa mötet öppet").check()
    karin.get_by_role("button", name="Skicka erbjudandet").click()
    come_to(karin, "Vilka ber om samma sak")


def when_a_group_accepts(page):
    page.get_by_role("button", name="Ja, vi vill vara med").click()
    come_to(page, "Konsultation")
    page.get_by_text("Gruppen tackade ja till ett gemensamt möte").wait_for()


def write_time(page, row, day, clock):
    for part in ("day", "month", "year"):
        page.locator(f"[name=date_{row}_{part}]").fill(str(getattr(day, part)))
    page.locator(f"[name=time_{row}]").fill(clock)


def when_times_are_proposed(karin, days):
    """The second is on a Saturday, which is told and confirmed."""
    karin.get_by_role("link", name="Föreslå tider").click()
    come_to(karin, "Föreslå tider")
    for row, day in enumerate(days, start=1):
        write_time(karin, row, day, "9.30")
    karin.get_by_role("button", name="Skicka förslagen").click()
    karin.get_by_role("link", name="Det är en lördag.").wait_for()
    karin.get_by_label("Ja, jag har läst det").check()
    karin.get_by_role("button", name="Skicka förslagen").click()
    come_to(karin, "Konsultation")


def when_the_keyboard_alone_says_which_suit(page):
    press_to(page, "a", "Svara vilka tider som passar er")
    page.keyboard.press("Enter")
    come_to(page, "Svara vilka tider som passar")
    press_to_field(page, "suits")
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    press_to(page, "button", "Skicka svaret")
    page.keyboard.press("Enter")
    come_to(page, "Konsultation")


def when_a_link_says_which_suit(page, *, wish=""):
    page.get_by_role("link", name="Svara vilka tider som passar").click()
    come_to(page, "Svara vilka tider som passar")
    page.get_by_role("checkbox").first.check()
    page.get_by_label("Vill ni föreslå en annan tid?").fill(wish)
    page.get_by_role("button", name="Skicka svaret").click()
    come_to(page, "är med")


def then_everyone_has_it_in_the_calendar(letters):
    found = {}
    for address in (SARA, LEO, VERA, MAJA, LENA, BO, KARIN):
        invitation = next(one for one in reversed(letters(address)) if one.alternatives)
        calendar, method = calendar_in(invitation)
        (event,) = calendar.walk("VEVENT")
        assert (method, str(event["SUMMARY"])) == ("REQUEST", "Möte om metodstöd")
        found[address] = (str(event["UID"]), event.decoded("DTSTART"))
    assert len(set(found.values())) == 1
    return next(iter(found.values()))


def when_the_meeting_is_noted_as_held(karin):
    karin.reload()
    karin.get_by_role("link", name="Mötet har redan hållits").click()
    come_to(karin, "Blev mötet av?")
    karin.get_by_label("Mötet hölls en annan dag").check()
    today = timezone.localdate()
    for part in ("day", "month", "year"):
        karin.locator(f"[name=held_on_{part}]").fill(str(getattr(today, part)))
    karin.get_by_role("button", name="Spara").click()
    come_to(karin, "Konsultation")


def when_a_next_step_is_agreed(sara):
    sara.reload()
    sara.get_by_role("link", name="Lägg till ett nästa steg").click()
    come_to(sara, "Lägg till ett nästa steg")
    sara.get_by_label("Vad ska göras?").fill("Skriva en gemensam rutin.")
    sara.get_by_label("Varberg").check()
    sara.get_by_role("button", name="Lägg till").click()
    come_to(sara, "Konsultation")


def when_it_is_followed_up(page, months):
    page.reload()
    page.get_by_role("link", name=f"Skriv hur det har gått efter {months} månader").click()
    come_to(page, f"Uppföljning efter {months} månader")
    page.get_by_label("Hur har det gått?").fill(f"Efter {months} månader går det bra.")
    page.get_by_role("button", name="Spara uppföljningen").click()
    come_to(page, "Konsultation")


def test_from_a_need_to_a_meeting_that_is_followed_up(laholm, sara, karin, visit, log_in, letters):
    # Asked for, with Varberg wished for; each manager answers for their own municipality.
    sara.locator("summary", has_text="Halland").click()
    sara.get_by_label("Varberg").check()
    ask_for_consultation(sara)
    asked = Consultation.objects.get(team__name="Vuxenenheten")
    vera = given_that_varberg_takes_part(sara, visit, letters)
    leo = visit(judged=False)
    log_in(leo, User.objects.get(email=LEO))

    # Offered together, and accepted by each for itself.
    when_a_joint_meeting_is_offered(karin)
    for page, one in ((sara, asked), (leo, laholm)):
        page.goto(one.get_absolute_url())
        when_a_group_accepts(page)
    manager = visit()
    for address in (MAJA, LENA):
        manager.goto(link_in(letters(address)[-1]))
        when_a_manager_answers(manager, "Ja, jag ger mandat")
    assert OTHERS_WORDS not in sara.content()

    # Times, until one suits everyone.
    karin.goto(asked.get_absolute_url())
    day = working_days_after(timezone.localdate() + timedelta(days=14), 1)
    saturday = day + timedelta(days=5 - day.weekday())
    karin.get_by_role("button", name="Ta hand om förfrågan").click()
    when_times_are_proposed(karin, [day, saturday])
    sara.reload()
    when_the_keyboard_alone_says_which_suit(sara)
    vera.goto(link_in(letters(VERA)[-1]))
    when_a_link_says_which_suit(vera, wish=WISH)
    karin.reload()
    assert WISH in karin.locator("main").inner_text()
    seat = visit()
    seat.goto(link_in(next(one for one in reversed(letters(LEO)) if "/tid/" in one.body)))
    when_a_link_says_which_suit(seat)

    uid, start = then_everyone_has_it_in_the_calendar(letters)
    booked = asked.bookings.chosen().get()
    assert (booked.state, booked.starts_at) == ("confirmed", start)
    assert uid.startswith(str(booked.calendar_uid))
    assert timezone.localtime(start).strftime("%H.%M") == "09.30"
    assert WISH not in leo.content()

    # Held, with what was agreed for all to read, and followed up twice.
    when_the_meeting_is_noted_as_held(karin)
    when_a_next_step_is_agreed(sara)
    vera.reload()
    assert re.search(r"Varberg: Skriva en gemensam rutin\.", vera.locator("main").inner_text())
    leo.goto(laholm.get_absolute_url())
    assert "Skriva en gemensam rutin." in leo.locator("main").inner_text()
    when_it_is_followed_up(sara, 3)
    when_it_is_followed_up(karin, 6)

    asked.refresh_from_db()
    laholm.refresh_from_db()
    assert (asked.status, laholm.status) == ("followed_up", "followed_up")
    assert Mandate.objects.given().count() == 3
    assert vera.context.cookies() == []
