"""From a group's need to a confirmed time, by three people in three browsers, none of them with scripts."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from consultations.models import Booking, Consultation
from metodstod.models import Mail
from metodstod.working_days import working_days_after
from tests.factories import make_municipality, make_target_group, make_team

pytestmark = pytest.mark.django_db(transaction=True)


def press(page, name):
    page.get_by_role("button", name=name).click()


def link_in_mail():
    body = Mail.objects.filter(purpose="consultation_mandate").order_by("created_at").last().body
    return re.search(r"/mandat/\S+", body)[0]


def test_group_manager_and_coordinator_come_to_a_confirmed_time(
    open_browser, log_in, social_worker, coordinator
):
    group, manager, staff = (open_browser(javascript=False, width=width) for width in (390, 1280, 768))
    log_in(group, social_worker)
    log_in(staff, coordinator)
    make_municipality("Laholm", code="1381")
    make_target_group()
    team = make_team(social_worker)

    group.goto(f"/arbetsgrupp/{team.pk}/konsultation/ny/")
    press(group, "Skicka förfrågan")
    assert group.title().startswith("Fel: ")
    group.get_by_label("Vad behöver ni hjälp med?").fill("Vi vill ha en gemensam rutin.")
    group.get_by_label("Anhöriga").check()
    group.get_by_label("På plats i kommunen").check()
    group.locator("summary").first.click()
    group.get_by_label("Laholm").check()
    group.get_by_label("Chefens namn").fill("Maja Malm")
    group.get_by_label("Chefens titel").fill("enhetschef")
    group.get_by_label("Chefens e-post").fill("maja.malm@halmstad.example.se")
    press(group, "Skicka förfrågan")
    group.get_by_text("Maja Malm (enhetschef) ska ge besked om mandat.", exact=True).wait_for()

    # The link's page sends no referrer, so the browser says `Origin: null`: it must be let in all the same.
    manager.goto(link_in_mail())
    manager.get_by_label("Jag vill fråga något först").check()
    manager.get_by_label("Skäl eller fråga").fill("Hur många är ni?")
    press(manager, "Skicka beskedet")
    manager.get_by_text("Frågan har gått till arbetsgruppen.").wait_for()
    group.reload()
    group.get_by_role("link", name="Svara på frågan").click()
    group.get_by_label("Ert svar").fill("Vi är fem.")
    press(group, "Skicka svaret")
    manager.reload()
    manager.get_by_text("En ny länk har skickats.").wait_for()

    consultation = Consultation.objects.get()
    start = working_days_after(timezone.localdate() + timedelta(days=13), 1)
    staff.goto(consultation.get_absolute_url())
    press(staff, "Ta hand om förfrågan")
    staff.get_by_role("link", name="Föreslå tider").click()
    for part, value in {"day": start.day, "month": start.month, "year": start.year}.items():
        staff.locator(f"[name=date_1_{part}]").fill(str(value))
    staff.get_by_label("Klockslag, förslag 1").fill("9.30")
    press(staff, "Skicka förslagen")

    group.reload()
    group.get_by_role("button", name="Välj").click()
    group.get_by_text("Den bekräftas när chefen har gett sitt mandat.").wait_for()

    manager.goto(link_in_mail())
    manager.get_by_text("Vi är fem.").wait_for()
    manager.get_by_label("Ja, jag ger mandat").check()
    press(manager, "Skicka beskedet")
    manager.get_by_role("heading", name="Ditt besked är registrerat").wait_for()

    for page in (group, staff):
        page.goto(consultation.get_absolute_url())
        page.get_by_text("Tiden är bekräftad.").wait_for()
    assert Booking.objects.get().state == "confirmed"
    assert manager.context.cookies() == []
    assert Mail.objects.filter(purpose="consultation_confirmed", calendar_method="REQUEST").count() == 3
