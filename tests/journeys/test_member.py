"""A work group's member: in by a code, a group, a meeting, five answers, a receipt, a consultation with a time."""

import re

from django.utils import timezone

from consultations.models import Consultation
from feedback.models import Answer, Draft, Submission
from metodstod.models import Team, User
from metodstod.working_days import working_days_after
from tests.journeys.steps import (
    ask_for_consultation,
    come_to,
    form_group,
    link_in,
    log_in_by_code,
    propose_times,
)

ANNA = "anna.lind@halmstad.example.se"
BODIL = "bodil@halmstad.example.se"
SAVED = re.compile(r"^\s*Sparat")
KARIN = "samordnare.halland@lansstyrelsen.example.se"


def test_group_goes_from_login_to_receipt_without_javascript(programme, visit, letters):
    page = visit(javascript=False)

    when_anna_logs_in_and_forms_a_group(page, letters)
    when_she_logs_a_meeting(page)
    when_she_writes_two_answers_and_saves(page)
    then_the_draft_holds_them(page)
    when_she_reviews_and_sends(page)

    then_there_is_one_receipt_by_page_and_mail(page, letters)
    then_the_coordinator_is_told_without_the_answers(letters)
    then_the_way_was_short(page)


def when_anna_logs_in_and_forms_a_group(page, letters):
    page.goto("/arbetsgrupp/ny/")
    log_in_by_code(page, ANNA, letters)
    form_group(page, "Barn och unga, centrum")
    assert page.get_by_text("Halmstad").first.is_visible()


def when_she_logs_a_meeting(page):
    page.locator("main").get_by_role("link", name="Anteckna en träff").click()
    come_to(page, "Anteckna en träff")
    page.get_by_label(re.compile("Vad är människohandel")).check()
    page.get_by_label("socialsekreterare och handläggare", exact=False).fill("4")
    page.get_by_role("button", name="Spara träffen").click()
    come_to(page, "Träff|träff|20")


def when_she_writes_two_answers_and_saves(page):
    page.goto(Team.objects.get().get_absolute_url())
    page.locator("main").get_by_role("link", name=re.compile("svar|frågor", re.IGNORECASE)).first.click()
    come_to(page, "Svara på frågorna")
    page.locator("[name=answer_1]").fill("Vi har fått ett gemensamt språk.\n\nOch mod att fråga.")
    page.locator("[name=answer_4]").fill("Vi tar upp det på arbetsplatsträffen.")
    page.get_by_role("button", name="Spara utkast").click()
    come_to(page, "Svara på frågorna")


def then_the_draft_holds_them(page):
    assert page.locator("[name=answer_1]").input_value() == (
        "Vi har fått ett gemensamt språk.\n\nOch mod att fråga."
    )
    assert page.get_by_role("status").filter(has_text=SAVED).count() == 1


def when_she_reviews_and_sends(page):
    page.get_by_role("button", name="Spara och granska svaren").click()
    come_to(page, "Granska svaren")
    assert "3 frågor saknar svar" in page.locator("main").inner_text()
    page.get_by_role("button", name="Skicka svaren").click()
    come_to(page, "Svaren är mottagna")


def then_there_is_one_receipt_by_page_and_mail(page, letters):
    submission = Submission.objects.get()
    assert page.locator(".ms-reference").inner_text() == submission.reference
    assert submission.lectures_seen == ["Vad är människohandel?"]
    assert Answer.objects.get(question__position=1).text.endswith("Och mod att fråga.")
    assert Draft.objects.count() == 0
    receipts = [letter for letter in letters(ANNA) if submission.reference in letter.subject + letter.body]
    assert len(receipts) == 1
    # Going back does not lead to the button again, but to what was sent.
    page.go_back()
    come_to(page, "Svara på frågorna")
    page.get_by_role("link", name=f"referens {submission.reference}").click()
    come_to(page, "Svaren är mottagna")
    assert Submission.objects.get() == submission
    assert len(letters(KARIN)) == 1


def then_the_coordinator_is_told_without_the_answers(letters):
    letter = letters(KARIN)[-1]
    assert Submission.objects.get().reference in letter.body
    assert "gemensamt språk" not in letter.body + letter.subject


def then_the_way_was_short(page):
    """Six pages at the most in a step, from login to receipt; a page that is come to again is counted again."""
    start = next(place for place, path in enumerate(page.passed) if path.endswith("/aterkoppling/"))
    end = next(place for place, path in enumerate(page.passed) if path.startswith("/aterkoppling/"))
    to_log_in = [path for path in page.passed if path.startswith("/konto/")]
    assert len(to_log_in) <= 2
    assert end - start + 1 + len(to_log_in) <= 6


def test_text_is_kept_by_itself_and_when_the_session_runs_out(programme, visit, letters):
    page = visit(width=768)
    page.goto("/arbetsgrupp/ny/")
    log_in_by_code(page, ANNA, letters)
    form_group(page, "Vuxenenheten")
    page.goto(f"{Team.objects.get().get_absolute_url()}aterkoppling/")
    come_to(page, "Svara på frågorna")

    when_she_writes(page, 1, "Det här sparas av sig själv.")
    then_it_is_saved(page, 1, "Det här sparas av sig själv.")
    page.context.clear_cookies()
    when_she_writes(page, 2, "Det här skrevs efter utloggningen.")
    page.get_by_role("status").filter(has_text="du har loggats ut").wait_for()
    page.get_by_role("button", name="Spara utkast").click()
    come_to(page, "")

    # The portal hands the text back, and it can be sent on after a new login.
    assert "Det här skrevs efter utloggningen." in page.content()
    assert Draft.objects.get().answers.get(question__position=2).text == ""
    in_a_new_tab = page.context.new_page()
    in_a_new_tab.judged, in_a_new_tab.own_address = False, page.own_address
    in_a_new_tab.goto(f"{page.own_address}/konto/login/")
    log_in_by_code(in_a_new_tab, ANNA, letters)
    come_to(in_a_new_tab, "Vuxenenheten")
    page.get_by_role("button", name="Fortsätt").click()
    come_to(page, "Svara på frågorna")
    then_it_is_saved(page, 2, "Det här skrevs efter utloggningen.")


def when_she_writes(page, number, text):
    page.locator(f"[name=answer_{number}]").fill(text)


def then_it_is_saved(page, number, text):
    page.get_by_role("status").filter(has_text=SAVED).wait_for()
    assert Draft.objects.get().answers.get(question__position=number).text == text


def test_colleague_is_invited_and_joins(programme, visit, letters):
    anna, bodil = visit(judged=False), visit(width=390)
    anna.goto("/arbetsgrupp/ny/")
    log_in_by_code(anna, ANNA, letters)
    form_group(anna, "Familjeteamet")

    anna.get_by_role("link", name="Bjud in en kollega").click()
    come_to(anna, "Bjud in en kollega")
    anna.get_by_label("Kollegans e-postadress på jobbet").fill(BODIL)
    anna.get_by_role("button", name="Skicka inbjudan").click()
    come_to(anna, "Familjeteamet")
    bodil.goto(link_in(letters(BODIL)[-1]))
    log_in_by_code(bodil, BODIL, letters)
    come_to(bodil, "Dina arbetsgrupper")
    bodil.get_by_role("button", name="Gå med i Familjeteamet").click()
    come_to(bodil, "")

    members = Team.objects.get().memberships.order_by("joined_at")
    assert [place.user.email for place in members] == [ANNA, BODIL]
    assert [place.is_contact for place in members] == [True, False]


def test_group_asks_and_chooses_a_time_with_the_keyboard_alone(programme, visit, letters, log_in):
    karin, anna = visit(judged=False), visit()
    anna.goto("/arbetsgrupp/ny/")
    log_in_by_code(anna, ANNA, letters)
    form_group(anna, "Vuxenenheten")
    anna.goto(f"{Team.objects.get().get_absolute_url()}konsultation/ny/")
    ask_for_consultation(anna)
    consultation = Consultation.objects.get()
    log_in(karin, User.objects.get(email=KARIN))
    karin.goto(consultation.get_absolute_url())
    karin.get_by_role("button", name="Ta hand om förfrågan").click()
    propose_times(karin, working_days_after(timezone.localdate() + timezone.timedelta(days=19), 1))

    anna.goto(link_in(letters(ANNA)[-1]))
    come_to(anna, "Konsultation")
    when_the_keyboard_goes_to(anna, "button", "Välj")
    anna.keyboard.press("Enter")
    anna.get_by_text("Tiden hålls åt er").wait_for()

    consultation.refresh_from_db()
    assert consultation.status == Consultation.Status.ACCEPTED


def when_the_keyboard_goes_to(page, tag, text):
    """Press Tab until the thing with this text has the focus, as someone without a mouse does."""
    for _ in range(60):
        page.keyboard.press("Tab")
        found = page.evaluate("() => [document.activeElement.localName, document.activeElement.innerText]")
        if found[0] == tag and (found[1] or "").startswith(text):
            return
    raise AssertionError(f"the keyboard never came to {text}")
