"""The county's coordinator: in by two steps, the answers read and worked on, a time proposed, confirmed, moved, called off."""

import re
import uuid

import pytest
from django.utils import timezone

from consultations.models import Booking, Consultation
from feedback.models import Draft, QuestionSet, Submission
from feedback.submitting import submit
from metodstod.models import User
from metodstod.working_days import working_days_after
from tests.factories import make_team
from tests.journeys.steps import (
    ask_for_consultation,
    calendar_in,
    come_to,
    link_in,
    log_in_by_code,
    propose_times,
    totp,
)

SARA = "sara@halmstad.example.se"
MAJA = "maja.malm@halmstad.example.se"
KARIN = "samordnare.halland@lansstyrelsen.example.se"
VIKTOR = "samordnare.vastragotaland@lansstyrelsen.example.se"


@pytest.fixture
def group(programme, visit, log_in):
    """A member's page; the group has sent its answers, has begun a draft anew, and has asked for a consultation."""
    sara = User.objects.create_user(SARA, name="Sara Svensson")
    team = make_team(sara, name="Vuxenenheten", municipality=sara.municipality)
    write(team, sara, "Vi har fått ett gemensamt språk.")
    draft = Draft.objects.of(team)
    submit(team, key=draft.key, versions=draft.versions, by=sara)
    write(team, sara, "Det här är bara ett utkast.")
    page = visit(judged=False)
    log_in(page, sara)
    page.goto(f"/arbetsgrupp/{team.pk}/konsultation/ny/")
    ask_for_consultation(page)
    return page


def write(team, person, text):
    draft = Draft.begin(team, QuestionSet.objects.latest_published())
    for answer in draft.answers.all():
        answer.write(text, version=answer.version, page=uuid.uuid4(), turn=1, by=person)


def when_the_coordinator_logs_in_for_the_first_time(page, letters):
    """First by a code to the mailbox, then with an app that is added on the spot."""
    page.goto("/admin/")
    log_in_by_code(page, KARIN, letters)
    come_to(page, "Lägg till ett andra steg")
    secret = page.locator("code").inner_text()
    page.get_by_label("Kod som appen visar").fill(totp(secret))
    page.get_by_role("button", name="Lägg till appen").click()
    page.locator("h1").wait_for()
    page.goto("/admin/")
    page.get_by_role("heading", name="Översikt").wait_for()


def test_coordinator_reads_the_answers_and_works_on_them(group, visit, letters):
    page = visit(judged=False)

    when_the_coordinator_logs_in_for_the_first_time(page, letters)
    page.goto(link_in(next(one for one in letters(KARIN) if "återkoppling" in one.subject)))
    page.get_by_role("heading", name="Svar", exact=True).wait_for()
    read = page.locator("#content").inner_text()
    page.get_by_label("Status").select_option("in_work")
    page.get_by_label("Ny intern anteckning").fill("Ring gruppen i januari.")
    page.get_by_role("button", name="Spara", exact=True).click()
    page.locator(".messagelist").wait_for()

    assert "Vilken nytta har ni haft av föreläsningarna?" in read
    assert "Vi har fått ett gemensamt språk." in read
    submission = Submission.objects.get()
    assert (submission.status, submission.notes.get().text) == ("in_work", "Ring gruppen i januari.")
    then_the_draft_is_nowhere(page, submission)


def test_coordinator_finds_answers_counts_and_takes_out(group, visit, log_in, letters):
    page = visit(judged=False)
    log_in(page, User.objects.get(email=KARIN))
    submission = Submission.objects.get()

    page.goto("/admin/feedback/submission/")
    page.get_by_label("Sök:").fill("gemensamt språket")
    page.get_by_role("button", name="Sök", exact=True).click()
    page.get_by_role("link", name="Spara sökningen").click()
    page.get_by_label("Namn").fill("Om språket")
    page.get_by_label("Skicka brev").check()
    page.get_by_role("button", name="Spara sökningen").click()
    page.get_by_role("link", name=submission.reference).click()
    when_the_group_is_answered(page)
    when_a_sentence_is_marked(page, "Gemensamt språk")
    page.goto("/admin/feedback/submission/")
    page.get_by_role("link", name="Om språket").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    page.get_by_role("link", name="Teman i urvalet").click()
    page.get_by_role("heading", name="Gemensamt språk").wait_for()

    assert "1 återkoppling." in page.locator("#content").inner_text()
    assert submission.reference in download.value.path().read_text()
    group.goto(submission.get_absolute_url())
    assert "Tack, vi ordnar handledning." in group.locator("main").inner_text()
    mail = next(one for one in letters(SARA) if "Ni har fått svar" in one.subject)
    assert link_in(mail) == submission.get_absolute_url()
    assert "handledning" not in mail.body


def when_the_group_is_answered(page):
    page.get_by_role("link", name="Svara gruppen").click()
    page.get_by_label("Börja med en mall").select_option("Vi återkommer")
    page.get_by_role("button", name="Hämta mallen").click()
    assert "Vi återkommer till er" in page.get_by_label("Svar till arbetsgruppen").input_value()
    page.get_by_label("Svar till arbetsgruppen").fill("Tack, vi ordnar handledning.")
    page.get_by_role("button", name="Skicka svaret").click()
    page.get_by_text("Svaret är skickat.").wait_for()


def when_a_sentence_is_marked(page, theme):
    page.get_by_role("link", name="Märk teman").click()
    page.get_by_label("Tema").select_option(theme)
    page.get_by_label("Vi har fått ett gemensamt språk.").first.check()
    page.get_by_role("button", name="Märk", exact=True).click()
    page.get_by_text(f"Märkt med {theme}.").wait_for()


def then_the_draft_is_nowhere(page, submission):
    """Every table, and a row of each, that links lead to from the first page of admin."""
    waiting, seen = ["/admin/"], {}
    while waiting:
        address = waiting.pop()
        kind = re.sub(r"/[^/]+/(change|history)/$", r"/…/\1/", address)
        if kind in seen:
            continue
        seen[kind] = address
        if re.search(r"/(dokument|exportera|protokoll)/", address):
            assert "bara ett utkast" not in page.request.get(address).body().decode("utf-8", "ignore"), (
                address
            )
            continue
        page.goto(address)
        assert "bara ett utkast" not in page.content(), address
        found = page.evaluate("() => [...document.querySelectorAll('#content a[href]')].map(a => a.pathname)")
        waiting += [path for path in found if path.startswith("/admin/")]
    assert seen["/admin/feedback/submission/…/change/"].endswith(f"/{submission.pk}/change/")
    assert len(seen) > 10


def test_time_is_proposed_chosen_confirmed_moved_and_called_off(group, visit, log_in, letters):
    karin, manager = visit(), visit(judged=False)
    log_in(karin, User.objects.get(email=KARIN))
    karin.goto(Consultation.objects.get().get_absolute_url())
    come_to(karin, "Konsultation")
    karin.get_by_role("button", name="Ta hand om förfrågan").click()
    day = working_days_after(timezone.localdate() + timezone.timedelta(days=20), 1)

    propose_times(karin, day)
    group.goto(link_in(letters(SARA)[-1]))
    group.get_by_role("button", name="Välj").click()
    group.get_by_text("Tiden hålls åt er").wait_for()
    assert invitations(letters) == []
    manager.goto(link_in(next(one for one in letters(MAJA) if "mandat" in one.subject)))
    manager.get_by_label("Ja, jag ger mandat").check()
    manager.get_by_role("button", name="Skicka beskedet").click()
    come_to(manager, "Ditt besked är registrerat")
    then_all_parties_have_it_in_their_calendars(letters, method="REQUEST", sequence=0)

    when_the_time_is_moved(karin, working_days_after(day, 1))
    then_all_parties_have_it_in_their_calendars(letters, method="REQUEST", sequence=1)

    when_the_time_is_called_off(karin)
    then_all_parties_have_it_in_their_calendars(letters, method="CANCEL", sequence=2)
    assert Booking.objects.get().state == Booking.State.CANCELLED


def invitations(letters):
    """Return the newest calendar object of each party: address, method, UID, SEQUENCE."""
    found = []
    for address in (KARIN, MAJA, SARA):
        with_calendar = [
            letter
            for letter in letters(address)
            if any(part.get_content_type() == "text/calendar" for part in letter.message().walk())
        ]
        if with_calendar:
            calendar, method = calendar_in(with_calendar[-1])
            (event,) = calendar.walk("VEVENT")
            assert str(calendar["METHOD"]) == method
            found.append((address, method, str(event["UID"]), int(event["SEQUENCE"])))
    return found


def then_all_parties_have_it_in_their_calendars(letters, *, method, sequence):
    uid = str(Booking.objects.get().calendar_uid)
    found = invitations(letters)
    assert [(address, done, number) for address, done, _, number in found] == [
        (address, method, sequence) for address in (KARIN, MAJA, SARA)
    ]
    assert {uid in one for _, _, one, _ in found} == {True}
    assert len({one for _, _, one, _ in found}) == 1


def when_the_time_is_moved(page, day):
    page.reload()
    page.get_by_role("link", name="Flytta tiden").click()
    come_to(page, "Flytta tiden")
    for part in ("day", "month", "year"):
        page.locator(f"[name=date_1_{part}]").fill(str(getattr(day, part)))
    page.get_by_label("Varför flyttas tiden?").fill("Tåget går inte den dagen.")
    page.get_by_role("button", name="Flytta tiden").click()
    come_to(page, "Konsultation")


def when_the_time_is_called_off(page):
    page.get_by_role("link", name="Ställ in eller avsluta").click()
    come_to(page, "Ställ in eller avsluta")
    page.get_by_label("Ställa in tiden och föreslå en ny").check()
    page.get_by_label("Varför?").fill("Jag har blivit sjuk.")
    page.get_by_role("button", name="Ställ in").click()
    come_to(page, "Konsultation")


def test_coordinator_of_the_other_county_sees_none_of_it(group, visit, log_in, letters):
    """Everything that Halland's coordinator and the group can open is, to Västra Götaland's, not there."""
    viktor = visit(judged=False)
    log_in(viktor, User.objects.get(email=VIKTOR))
    submission, consultation = Submission.objects.get(), Consultation.objects.get()
    team = submission.team_id
    secrets = ["Vuxenenheten", "gemensamt språk", submission.reference, consultation.reference, SARA]
    addresses = [
        f"/admin/feedback/submission/{submission.pk}/change/",
        f"/admin/consultations/consultation/{consultation.pk}/change/",
        f"/admin/metodstod/team/{team}/change/",
        *(
            f"/admin/feedback/submission/{submission.pk}/{act}/"
            for act in ("svara", "mark", "rattelse", "dokument")
        ),
        submission.get_absolute_url(),
        consultation.get_absolute_url(),
        f"{consultation.get_absolute_url()}kalender.ics",
        f"{consultation.get_absolute_url()}tider/",
        f"/arbetsgrupp/{team}/",
        f"/arbetsgrupp/{team}/aterkoppling/",
        f"/arbetsgrupp/{team}/aterkoppling/granska/",
        f"/arbetsgrupp/{team}/konsultation/ny/",
        f"/arbetsgrupp/{team}/traff/",
    ]
    lists = ["feedback/submission", "consultations/consultation", "consultations/booking", "metodstod/team"]
    lists += ["metodstod/user", "lectures/meeting"]

    answers = {address: viktor.request.get(address, max_redirects=0) for address in addresses}
    tables = {name: viktor.request.get(f"/admin/{name}/?q=Vuxenenheten") for name in lists}

    assert {address: answer.status for address, answer in answers.items() if answer.status == 200} == {}
    told = [*answers.items(), *tables.items()]
    assert [(where, word) for where, answer in told for word in secrets[1:] if word in answer.text()] == []
    assert [where for where, answer in answers.items() if "Vuxenenheten" in answer.text()] == []
    # A search comes back in its own field, and nowhere else.
    assert [
        name
        for name, answer in tables.items()
        if re.search(r"<t[dh][^>]*>[^<]*(<a[^>]*>)?Vuxenenheten", answer.text())
    ] == []
    assert letters(VIKTOR) == []
