"""The coordinator's work: inbox, notes, replies, saved searches, who is silent, one person's data."""

import json
import uuid
from datetime import timedelta

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone
from django_q.models import Schedule

from feedback import watching
from feedback.models import Correction, InternalNote, Reminder, Reply, ReplyTemplate, SavedSearch, Submission
from metodstod.models import AccessLog, Mail
from tests.factories import (
    make_county,
    make_lecture,
    make_meeting,
    make_member,
    make_municipality,
    make_staff,
    make_submission,
    make_team,
    make_user,
)

LIST = "/admin/feedback/submission/"


def page(name, *args):
    return reverse(f"admin:feedback_submission_{name}", args=args)


def soup(response):
    return BeautifulSoup(response.content, "html.parser")


def text_of(response):
    return " ".join(soup(response).get_text(" ").split())


def listed(response):
    return [cell.get_text(strip=True) for cell in soup(response).select("#result_list .field-reference")]


@pytest.fixture
def halmstad(db):
    team = make_team(name="Barn och unga", municipality=make_municipality("Halmstad", code="1380"))
    return make_submission(
        team, "Stor nytta.", "Ett samtalsstöd.", submitted_by=make_member(team, name="Anna")
    )


@pytest.fixture
def boras(db):
    team = make_team(name="Vuxenenheten", municipality=make_municipality("Borås", code="1490"))
    return make_submission(team, "Svar från Borås", submitted_by=make_member(team))


@pytest.fixture
def desk(client, log_in, coordinator):
    log_in(client, coordinator)
    return client


# Inbox ---------------------------------------------------------------------------------------------


def test_inbox_is_narrowed_by_assignee_follow_up_and_diary(desk, coordinator, halmstad):
    today = timezone.localdate()
    mine = make_submission(halmstad.team, "a", assignee=coordinator, follow_up_on=today)
    other = make_submission(halmstad.team, "b", assignee=make_staff(), diary_number="801-1-2026")
    late = make_submission(halmstad.team, "c", follow_up_on=today + timedelta(days=9))
    done = make_submission(halmstad.team, "d", follow_up_on=today, status="done")

    found = {
        query: set(listed(desk.get(f"{LIST}?{query}")))
        for query in (
            "handlaggare=jag",
            "handlaggare=annan",
            "folj_upp=nu",
            "folj_upp=senare",
            "diarium=stopp",
            "status__exact=done",
        )
    }

    assert found == {
        "handlaggare=jag": {mine.reference},
        "handlaggare=annan": {other.reference},
        "folj_upp=nu": {mine.reference},
        "folj_upp=senare": {late.reference},
        "diarium=stopp": set(),
        "status__exact=done": {done.reference},
    }
    assert other.reference not in listed(desk.get(f"{LIST}?diarium=utan"))


def test_taking_care_of_what_nobody_has(desk, coordinator, halmstad):
    taken = make_submission(halmstad.team, "x", assignee=make_staff())

    desk.post(LIST, {"action": "take", "_selected_action": [halmstad.pk, taken.pk]})

    halmstad.refresh_from_db()
    assert (halmstad.assignee, halmstad.status) == (coordinator, "in_work")
    assert Submission.objects.get(pk=taken.pk).assignee != coordinator
    assert [(one.before, one.after) for one in halmstad.status_changes.all()] == [("new", "in_work")]


# Notes and hold ------------------------------------------------------------------------------------


def test_notes_are_rows_of_their_own_that_the_group_never_sees(desk, log_in, coordinator, halmstad):
    for text in ("Ring dem.", "De ringde."):
        desk.post(page("change", halmstad.pk), {"status": "new", "note": text})

    shown = text_of(desk.get(page("change", halmstad.pk)))
    log_in(desk, halmstad.submitted_by)
    seen_by_group = text_of(desk.get(halmstad.get_absolute_url()))

    assert [note.text for note in InternalNote.objects.order_by("pk")] == ["Ring dem.", "De ringde."]
    assert "Ring dem." in shown
    assert "Karin Karlsson" in shown
    assert "Ring dem." not in seen_by_group


def test_note_with_an_identity_number_is_refused(desk, halmstad):
    response = desk.post(page("change", halmstad.pk), {"status": "new", "note": "Född 811218-9876."})

    assert response.status_code == 200
    assert InternalNote.objects.count() == 0


def test_hold_tells_who_and_when_and_goes_with_its_reason(desk, coordinator, halmstad):
    desk.post(page("change", halmstad.pk), {"status": "new", "hold_reason": "Begäran om utlämnande."})
    halmstad.refresh_from_db()
    held = (halmstad.held_by, halmstad.held_at is not None)

    desk.post(page("change", halmstad.pk), {"status": "new", "hold_reason": ""})
    halmstad.refresh_from_db()

    assert held == (coordinator, True)
    assert (halmstad.held_by, halmstad.held_at, halmstad.hold_reason) == (None, None, "")


# Replies -------------------------------------------------------------------------------------------


def test_reply_is_seen_by_the_group_and_told_by_mail_without_its_words(desk, log_in, coordinator, halmstad):
    key = str(uuid.uuid4())
    for _ in range(2):
        desk.post(page("reply", halmstad.pk), {"text": "Tack! Vi ordnar ett samtalsstöd.", "key": key})

    halmstad.refresh_from_db()
    mail = Mail.objects.get(purpose="feedback_reply")
    log_in(desk, halmstad.submitted_by)
    receipt = text_of(desk.get(halmstad.get_absolute_url()))

    assert Reply.objects.get().by == coordinator
    assert halmstad.status == "answered"
    assert mail.to == halmstad.submitted_by.email
    assert halmstad.get_absolute_url() in mail.body
    assert "samtalsstöd" not in mail.body
    assert "Tack! Vi ordnar ett samtalsstöd." in receipt
    assert "Karin Karlsson" in receipt


def test_reply_begins_with_a_template_of_ones_own_county(desk, halmstad):
    shared = ReplyTemplate.objects.create(name="Tack", text="Tack för era svar.")
    foreign = ReplyTemplate.objects.create(name="Tack", text="Från Borås.", county=make_county("14"))

    first, second, third = (
        soup(desk.post(page("reply", halmstad.pk), {"mall": pk, "fetch": "1"}))
        .select_one("textarea")
        .text.strip()
        for pk in (shared.pk, foreign.pk, "x")
    )

    assert (first, second, third) == ("Tack för era svar.", "", "")
    assert Reply.objects.count() == 0


def test_template_is_put_after_what_has_been_written(desk, halmstad):
    shared = ReplyTemplate.objects.create(name="Tack", text="Tack för era svar.")
    key = str(uuid.uuid4())
    typed = {"text": "Hej! Vi läste det med glädje.", "key": key, "mall": shared.pk, "fetch": "1"}

    once = soup(desk.post(page("reply", halmstad.pk), typed))
    whole = once.select_one("textarea").text.strip()
    again = soup(desk.post(page("reply", halmstad.pk), typed | {"text": whole}))

    assert whole == "Hej! Vi läste det med glädje.\n\nTack för era svar."
    assert once.select_one("[name=key]")["value"] == key
    assert again.select_one("textarea").text.strip() == whole


def filled_in(response):
    """Return what a browser would send from the form as it is shown."""
    form = soup(response).select_one("#submission_form")
    fields = {one["name"]: one.get("value", "") for one in form.select("input[name]:not([type=submit])")}
    fields |= {one["name"]: one.text.lstrip("\r\n") for one in form.select("textarea")}
    for one in form.select("select"):
        chosen = one.select_one("option[selected]")
        fields[one["name"]] = chosen["value"] if chosen else ""
    return fields


def test_old_page_undoes_nobodys_work(desk, halmstad):
    first = filled_in(desk.get(page("change", halmstad.pk)))
    second = dict(first)

    desk.post(page("change", halmstad.pk), first | {"diary_number": "801-1-2026"})
    desk.post(page("change", halmstad.pk), second | {"status": "done", "follow_up_on": "2027-01-15"})

    halmstad.refresh_from_db()
    assert (halmstad.diary_number, halmstad.status) == ("801-1-2026", "done")
    assert halmstad.follow_up_on.isoformat() == "2027-01-15"


def test_same_field_changed_in_two_pages_is_asked_about_and_kept_in_the_form(desk, halmstad):
    opened = filled_in(desk.get(page("change", halmstad.pk)))
    desk.post(page("change", halmstad.pk), opened | {"diary_number": "801-1-2026"})

    asked = desk.post(
        page("change", halmstad.pk), opened | {"diary_number": "801-2-2026", "note": "Ring dem."}
    )
    halmstad.refresh_from_db()
    kept, again = halmstad.diary_number, filled_in(asked)
    desk.post(page("change", halmstad.pk), again)
    halmstad.refresh_from_db()

    assert kept == "801-1-2026"
    assert "Någon annan har ändrat det här" in text_of(asked)
    assert (again["diary_number"], again["note"]) == ("801-2-2026", "Ring dem.")
    assert halmstad.diary_number == "801-2-2026"


def test_same_correction_twice_is_one(desk, halmstad):
    answers = [
        desk.post(page("correct", halmstad.pk), {"text": "Det ska stå tre."}, follow=True) for _ in range(2)
    ]

    assert Correction.objects.count() == 1
    assert "Rättelsen är antecknad." in text_of(answers[0])
    assert "Rättelsen var redan antecknad." in text_of(answers[1])


def test_who_only_reads_has_no_empty_note(client, log_in, halmstad):
    log_in(client, make_staff(counties=[halmstad.municipality.county], role="arkivarie"))

    response = client.get(page("change", halmstad.pk))

    assert response.status_code == 200
    assert [row["class"][-1] for row in soup(response).select("fieldset .form-row")] == [
        "field-status",
        "field-assignee",
        "field-follow_up_on",
        "field-diary_number",
        "field-hold_reason",
    ]


def test_addition_and_what_it_adds_to_lead_to_each_other(desk, halmstad):
    later = make_submission(halmstad.team, "Vi glömde en sak.", follows=halmstad)

    first, second = (
        {a["href"]: a.text for a in soup(desk.get(page("change", one.pk))).select(".desk-facts a")}
        for one in (halmstad, later)
    )

    assert first[page("change", later.pk)] == later.reference
    assert second[page("change", halmstad.pk)] == halmstad.reference


@pytest.mark.parametrize("text", ["", "a" * 4001, "Hon är född 811218-9876."])
def test_reply_that_cannot_be_sent_is_kept_in_the_form(desk, halmstad, text):
    response = desk.post(page("reply", halmstad.pk), {"text": text, "key": str(uuid.uuid4())})

    assert soup(response).select_one("textarea").text.lstrip("\r\n") == text
    assert soup(response).select(".errorlist")
    assert Reply.objects.count() == 0


def test_reply_key_of_another_submission_sends_nothing(desk, halmstad):
    other = make_submission(halmstad.team, "x")
    key = str(uuid.uuid4())
    desk.post(page("reply", other.pk), {"text": "Tack!", "key": key})

    desk.post(page("reply", halmstad.pk), {"text": "Något annat", "key": key})

    assert [(one.submission, one.text) for one in Reply.objects.all()] == [(other, "Tack!")]


# Saved searches ------------------------------------------------------------------------------------


def test_search_is_saved_found_again_and_removed(desk, coordinator, halmstad):
    make_submission(halmstad.team, "Annat", status="done")

    desk.post(f"{page('saved')}?status__exact=done&q=annat", {"name": "Färdiga", "tell": "on"})
    search = SavedSearch.objects.get()
    link = next(a["href"] for a in soup(desk.get(LIST)).select(".desk-tools a") if a.text == "Färdiga")
    found = listed(desk.get(LIST + link))
    desk.post(page("saved"), {"switch": search.pk})
    switched = SavedSearch.objects.get().tell
    desk.post(page("saved"), {"remove": search.pk})

    assert (search.owner, search.query, search.tell) == (coordinator, "status__exact=done&q=annat", True)
    assert len(found) == 1
    assert switched is False
    assert SavedSearch.objects.count() == 0


def test_saved_searches_are_ones_own(desk, log_in, halmstad):
    search = SavedSearch.objects.create(owner=make_staff(), name="Min egen", query="q=x")

    shown = text_of(desk.get(page("saved"))) + text_of(desk.get(LIST))
    statuses = [desk.post(page("saved"), {act: search.pk}).status_code for act in ("remove", "switch")]

    assert "Min egen" not in shown
    assert statuses == [404, 404]
    assert SavedSearch.objects.get().tell is False


def test_filter_that_does_not_work_is_not_saved(desk, halmstad):
    response = desk.post(f"{page('saved')}?nonsense=1", {"name": "Trasig"})

    assert response.status_code == 404
    assert SavedSearch.objects.count() == 0


def test_something_new_that_matches_is_told_once_and_without_its_words(coordinator, halmstad, boras):
    ago = timezone.now() - timedelta(minutes=9)
    search = SavedSearch.objects.create(
        owner=coordinator, name="Stöd", query="q=samtalsst%C3%B6d", tell=True, told_until=ago
    )
    watching.tell_about_new()
    before = Mail.objects.filter(purpose="feedback_new_matches").count()
    later = ago + timedelta(minutes=3)
    make_submission(halmstad.team, "Mer samtalsstöd, tack.", submitted_at=later)
    make_submission(halmstad.team, "Något helt annat.", submitted_at=later)
    make_submission(boras.team, "Samtalsstöd även i Borås.", submitted_at=later)

    for _ in range(2):
        watching.tell_about_new()

    mail = Mail.objects.get(purpose="feedback_new_matches")
    assert before == 0
    assert mail.to == coordinator.email
    assert "1 ny återkoppling" in mail.body
    assert f"{LIST}?q=samtalsst%C3%B6d" in mail.body
    assert "Mer samtalsstöd" not in mail.body
    search.refresh_from_db()
    assert search.told_until == later


def test_what_came_this_very_minute_is_told_of_the_next_time(coordinator, halmstad):
    SavedSearch.objects.create(
        owner=coordinator, name="Allt", tell=True, told_until=halmstad.submitted_at - timedelta(seconds=1)
    )
    watching.tell_about_new()
    at_once = Mail.objects.filter(purpose="feedback_new_matches").count()

    with time_machine.travel(timezone.now() + timedelta(minutes=2)):
        watching.tell_about_new()

    assert (at_once, Mail.objects.filter(purpose="feedback_new_matches").count()) == (0, 1)


@pytest.mark.parametrize("fields", [{"is_staff": False}, {"is_active": False}])
def test_who_has_left_is_told_nothing(coordinator, halmstad, fields):
    SavedSearch.objects.create(
        owner=coordinator, name="Allt", tell=True, told_until=timezone.now() - timedelta(days=1)
    )
    type(coordinator).objects.filter(pk=coordinator.pk).update(**fields)

    watching.tell_about_new()

    assert Mail.objects.filter(purpose="feedback_new_matches").count() == 0


def test_saved_search_that_no_longer_works_is_passed_over(coordinator, halmstad):
    SavedSearch.objects.create(
        owner=coordinator,
        name="Trasig",
        query="nonsense=1",
        tell=True,
        told_until=timezone.now() - timedelta(days=1),
    )

    watching.tell_about_new()

    assert Mail.objects.filter(purpose="feedback_new_matches").count() == 0


def test_telling_stands_in_the_schedule(db):
    call_command("schedule")

    assert Schedule.objects.get(func="feedback.watching.tell_about_new").schedule_type == Schedule.HOURLY


# Watched, not answered -----------------------------------------------------------------------------


@pytest.fixture
def silent(db):
    team = make_team(name="De tysta", municipality=make_municipality("Laholm", code="1381"))
    make_member(team)
    make_meeting(team, lectures=[make_lecture(), make_lecture()])
    return team


def test_groups_that_have_watched_but_not_answered(desk, halmstad, boras, silent):
    make_meeting(halmstad.team)
    make_team(name="De som inte har sett något", municipality=silent.municipality)
    closed = make_team(name="De avslutade", municipality=silent.municipality)
    make_meeting(closed)
    closed.close(by=make_member(closed))
    make_meeting(make_team(name="Andra länet", municipality=boras.municipality))

    response = desk.get(page("unanswered"))

    rows = [
        [cell.get_text(" ", strip=True) for cell in row.select("th, td")][:2]
        for row in soup(response).select("#content-main tbody tr")
    ]
    assert [group for group, _ in rows] == ["De tysta Laholm"]
    assert rows[0][1].startswith("2 föreläsningar senast ")
    assert "Laholm: 2 grupper" in text_of(response)
    assert "Halmstad:" not in text_of(response)


def test_group_is_reminded_once(desk, coordinator, silent):
    for _ in range(2):
        desk.post(page("unanswered"), {"team": silent.pk})

    mail = Mail.objects.get(purpose="feedback_reminder")
    assert mail.to == silent.contact().email
    assert reverse("feedback:draft", args=[silent.pk]) in mail.body
    assert Reminder.objects.get().by == coordinator
    assert "Skickad" in text_of(desk.get(page("unanswered")))


def test_nobody_is_reminded_who_has_answered_or_is_another_countys(desk, halmstad, boras):
    make_meeting(halmstad.team)
    foreign = make_team(municipality=boras.municipality)
    make_member(foreign)
    make_meeting(foreign)

    statuses = [
        desk.post(page("unanswered"), {"team": pk}).status_code
        for pk in (halmstad.team.pk, foreign.pk, uuid.uuid4(), "x")
    ]

    assert statuses == [302, 404, 404, 404]
    assert Mail.objects.filter(purpose="feedback_reminder").count() == 0


def test_silent_groups_need_the_same_queries_for_one_and_thirty(desk, silent, django_assert_max_num_queries):
    lecture = make_lecture()
    for _ in range(29):
        make_meeting(make_team(municipality=silent.municipality), lectures=[lecture])

    with django_assert_max_num_queries(14):
        response = desk.get(page("unanswered"))

    assert len(soup(response).select("#content-main tbody tr")) == 30


# One person's data ---------------------------------------------------------------------------------


def test_extract_holds_what_a_person_has_sent_and_where_the_address_stands(desk, halmstad, boras):
    email = halmstad.submitted_by.email
    mentioned = make_submission(halmstad.team, f"Fråga gärna {email.upper()} om det.")
    make_submission(boras.team, f"Även här: {email}")
    InternalNote.objects.create(submission=mentioned, text=f"Skrev till {email}.")

    response = desk.post(page("person"), {"email": f" {email.upper()} ", "file": "1"})
    shown = text_of(desk.post(page("person"), {"email": email}))

    extract = json.loads(response.content)
    assert response["Content-Disposition"] == 'attachment; filename="registerutdrag.json"'
    told = extract["uppgifter"]
    assert [one["referens"] for one in told["Inskickade återkopplingar"]] == [
        mentioned.reference,
        halmstad.reference,
    ]
    assert [one["intern anteckning"] for one in told["Interna anteckningar"]] == [f"Skrev till {email}."]
    assert [one["namn"] for one in told["Personer"]] == ["Anna"]
    assert "Även här" not in shown + response.content.decode()
    assert "Stor nytta." in shown
    logged = AccessLog.objects.values_list("action", "reference")
    assert ("exported", halmstad.reference) in logged
    assert ("read", mentioned.reference) in logged


def test_extract_tells_nothing_of_a_person_in_another_county(desk, boras):
    person = boras.submitted_by
    person.name = "Bo Hemlig"
    person.save()

    response = desk.post(page("person"), {"email": person.email, "file": "1"})

    extract = json.loads(response.content)
    assert extract["uppgifter"] == {}


def test_extract_of_an_unknown_or_odd_address(desk, halmstad):
    unknown = desk.post(page("person"), {"email": "ingen@example.se"})
    odd = desk.post(page("person"), {"email": "inte en adress"})

    assert "Adressen finns ingenstans" in text_of(unknown)
    assert soup(odd).select(".errorlist")


def test_correction_leaves_the_record_and_is_seen_by_the_group(desk, log_in, coordinator, halmstad):
    fingerprint = halmstad.fingerprint

    desk.post(page("correct", halmstad.pk), {"text": "Gruppen har sex medlemmar, inte fem."})

    log_in(desk, halmstad.submitted_by)
    receipt = text_of(desk.get(halmstad.get_absolute_url()))
    assert Correction.objects.get().by == coordinator
    assert Submission.objects.get().fingerprint == fingerprint
    assert "Gruppen har sex medlemmar, inte fem." in receipt


# The closed door -----------------------------------------------------------------------------------


def test_pages_of_the_desk_are_closed_to_editors_and_members(client, log_in, halmstad):
    addresses = [page(name) for name in ("saved", "themes", "unanswered", "person")]
    addresses += [page("export", kind) for kind in ("csv", "json", "xlsx", "zip")]
    addresses += [page(name, halmstad.pk) for name in ("reply", "mark", "correct", "document")]
    answers = {}
    for who, person in {
        "editor": make_staff(role="redaktör", counties=[make_county("13")]),
        "member": halmstad.submitted_by,
        "stranger": make_user(),
    }.items():
        log_in(client, person)
        answers[who] = {client.get(address).status_code for address in addresses}

    assert answers == {"editor": {403}, "member": {302}, "stranger": {302}}
