"""Staff's table and reading view: own counties only, drafts nowhere, every reading noted."""

import pytest
from bs4 import BeautifulSoup
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from feedback.models import Draft, DraftAnswer, QuestionSet, Submission
from metodstod.models import AccessLog
from tests.factories import (
    make_county,
    make_draft,
    make_municipality,
    make_question_set,
    make_staff,
    make_submission,
    make_team,
    make_user,
)

LIST = "/admin/feedback/submission/"


def reading_view(submission):
    return reverse("admin:feedback_submission_change", args=[submission.pk])


def listed(response):
    """The references in the table, in order."""
    page = BeautifulSoup(response.content, "html.parser")
    return [cell.get_text(strip=True) for cell in page.select("#result_list .field-reference")]


def text_of(response):
    return " ".join(BeautifulSoup(response.content, "html.parser").get_text(" ").split())


@pytest.fixture
def halmstad(db):
    team = make_team(name="Barn och unga", municipality=make_municipality("Halmstad", code="1380"))
    return make_submission(team, "Stor nytta.", "Ett samtalsstöd.", lectures_seen=["Vad är människohandel?"])


@pytest.fixture
def boras(db):
    team = make_team(name="Vuxenenheten", municipality=make_municipality("Borås", code="1490"))
    return make_submission(team, "Svar från Borås")


# The table -----------------------------------------------------------------------------------------


def test_coordinator_sees_own_counties_only(client, log_in, coordinator, halmstad, boras):
    log_in(client, coordinator)

    response = client.get(LIST)

    assert listed(response) == [halmstad.reference]
    assert "Borås" not in text_of(response)


@pytest.mark.parametrize("query", ["q=", "q=Vuxenenheten", "municipality__id__exact=1490", "lan=14"])
def test_no_search_or_filter_reaches_the_other_county(client, log_in, coordinator, halmstad, boras, query):
    log_in(client, coordinator)

    response = client.get(f"{LIST}?{query}", follow=True)

    assert boras.reference not in response.content.decode()
    assert "Borås" not in text_of(response)


def test_other_countys_reading_view_is_not_there(client, log_in, coordinator, boras):
    log_in(client, coordinator)

    responses = [
        client.get(reading_view(boras), follow=True),
        client.post(reading_view(boras), {"status": "done"}, follow=True),
        client.get(reverse("admin:feedback_submission_history", args=[boras.pk]), follow=True),
    ]

    assert [response.status_code for response in responses] == [404] * 3
    assert not any(
        words in response.content.decode()
        for response in responses
        for words in ("Svar från Borås", "Vuxenenheten", boras.reference)
    )
    boras.refresh_from_db()
    assert boras.status == "new"
    assert AccessLog.objects.count() == 0


def test_lead_sees_every_county(client, log_in, halmstad, boras):
    log_in(client, make_staff(role="programledare"))

    assert set(listed(client.get(LIST))) == {halmstad.reference, boras.reference}
    assert listed(client.get(f"{LIST}?lan=14")) == [boras.reference]


def test_editor_reads_no_submissions(client, log_in, halmstad):
    log_in(client, make_staff(counties=[make_county("13")], role="redaktör"))

    assert client.get(LIST).status_code == 403
    assert client.get(reading_view(halmstad)).status_code in {302, 403}


def test_submission_is_found_by_reference_group_and_municipality(client, log_in, coordinator, halmstad):
    make_submission(
        make_team(name="En annan", municipality=make_municipality("Laholm", code="1381")), "Annat"
    )
    log_in(client, coordinator)

    for words in (
        halmstad.reference,
        halmstad.reference.lower(),
        halmstad.reference.replace("-", ""),
        halmstad.reference.replace("-", " ").lower(),
        "barn och",
        "halmst",
    ):
        assert listed(client.get(LIST, {"q": words})) == [halmstad.reference], words


def test_search_looks_into_the_answers(client, log_in, coordinator, halmstad, boras):
    log_in(client, coordinator)

    assert listed(client.get(LIST, {"q": "samtalsstöd"})) == [halmstad.reference]
    assert listed(client.get(LIST, {"q": "svar"})) == []


def test_table_needs_the_same_queries_for_one_and_thirty_rows(
    client, log_in, coordinator, django_assert_num_queries
):
    def count():
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(connection) as queries:
            response = client.get(LIST)
        return len(listed(response)), len(queries)

    log_in(client, coordinator)
    make_submission(assignee=coordinator)
    client.get(LIST)
    rows, queries = count()
    for number in range(29):
        municipality = make_municipality(
            f"Kommun {number}", code=f"13{number:02}", domain=f"k{number}.example.se"
        )
        make_submission(make_team(municipality=municipality), "Svar", assignee=make_staff())

    many_rows, many_queries = count()

    assert (rows, many_rows) == (1, 30)
    assert many_queries == queries
    assert queries <= 14


# Reading and working -------------------------------------------------------------------------------


def test_reading_view_shows_what_was_received(client, log_in, coordinator, halmstad):
    log_in(client, coordinator)

    text = text_of(client.get(reading_view(halmstad)))

    for words in (
        "1. Fråga 1? Stor nytta. 2. Fråga 2? Ett samtalsstöd. 3. Fråga 3? Inget svar",
        "Barn och unga",
        "Halmstad, Socialkontoret",
        "Vad är människohandel?",
        halmstad.received,
        halmstad.reference,
    ):
        assert words in text


def test_each_opening_of_the_reading_view_is_noted_once(client, log_in, coordinator, halmstad):
    log_in(client, coordinator)

    client.get(reading_view(halmstad))
    client.get(LIST)
    client.get(reading_view(halmstad))

    rows = AccessLog.objects.values_list("who", "action", "kind", "reference", "county__code")
    assert list(rows) == [(coordinator.pk, "read", "inskickad återkoppling", halmstad.reference, "13")] * 2


def test_coordinator_works_on_a_submission(client, log_in, coordinator, halmstad):
    log_in(client, coordinator)
    work = {
        "status": "in_work",
        "assignee": coordinator.pk,
        "note": "Ring upp gruppen.",
        "diary_number": "801-1234-2026",
        "follow_up_on": "2026-12-01",
    }

    response = client.post(reading_view(halmstad), work)

    assert response.status_code == 302
    halmstad.refresh_from_db()
    assert (halmstad.status, halmstad.assignee, halmstad.diary_number) == (
        "in_work",
        coordinator,
        "801-1234-2026",
    )
    assert str(halmstad.follow_up_on) == "2026-12-01"
    assert [(note.text, note.by) for note in halmstad.notes.all()] == [("Ring upp gruppen.", coordinator)]
    assert [(one.before, one.after, one.by) for one in halmstad.status_changes.all()] == [
        ("new", "in_work", coordinator)
    ]
    assert AccessLog.objects.get().action == "changed"


def test_what_was_received_is_not_among_the_fields(client, log_in, coordinator, halmstad):
    log_in(client, coordinator)

    page = BeautifulSoup(client.get(reading_view(halmstad)).content, "html.parser")
    # Beside each field stands what it held when the page was opened.
    names = {field["name"].removeprefix("initial-") for field in page.select("#submission_form [name]")}
    client.post(reading_view(halmstad), {"status": "done", "team_name": "Annat", "reference": "222-222-222"})

    fields = {"status", "assignee", "follow_up_on", "diary_number", "hold_reason", "note"}
    assert names - fields <= {"csrfmiddlewaretoken", "_save", "_continue"}
    stored = Submission.objects.get()
    assert (stored.team_name, stored.reference, stored.status) == (
        "Barn och unga",
        halmstad.reference,
        "done",
    )


def test_two_coordinators_do_not_undo_each_other(log_in, coordinator, halmstad, monkeypatch):
    from feedback.admin.submissions import SubmissionAdmin

    first, second = Client(), Client()
    log_in(first, coordinator)
    log_in(second, make_staff(counties=[make_county("13")], role="samordnare"))
    save = SubmissionAdmin.save_model

    def save_after_the_other(self, request, obj, form, change):
        """The second one's save comes between the first one's reading of the row and her own save."""
        monkeypatch.setattr(SubmissionAdmin, "save_model", save)
        second.post(reading_view(halmstad), {"status": "new", "diary_number": "801-1-2026"})
        save(self, request, obj, form, change)

    monkeypatch.setattr(SubmissionAdmin, "save_model", save_after_the_other)
    first.post(reading_view(halmstad), {"status": "in_work"})

    halmstad.refresh_from_db()
    assert (halmstad.status, halmstad.diary_number) == ("in_work", "801-1-2026")


def test_assignee_is_one_of_the_countys_own_staff(client, log_in, coordinator, halmstad):
    other = make_staff(counties=[make_county("14")], role="samordnare")
    log_in(client, coordinator)

    page = BeautifulSoup(client.get(reading_view(halmstad)).content, "html.parser")
    offered = {option["value"] for option in page.select("select[name=assignee] option")}
    for person in (other, make_user(), make_staff()):
        client.post(reading_view(halmstad), {"status": "new", "assignee": person.pk})

    assert offered == {"", str(coordinator.pk)}
    halmstad.refresh_from_db()
    assert halmstad.assignee is None


def test_assignee_who_has_left_the_county_may_stay_until_another_is_chosen(
    client, log_in, coordinator, halmstad
):
    Submission.objects.update(assignee=make_staff(name="Har slutat", is_active=False))
    log_in(client, coordinator)

    client.post(reading_view(halmstad), {"status": "done", "assignee": Submission.objects.get().assignee_id})

    assert Submission.objects.get().status == "done"


@pytest.mark.parametrize("text", ["a\0b", "x" * 10_000, "<script>alert(1)</script>"])
def test_odd_notes_are_no_fault_of_ours(client, log_in, coordinator, halmstad, text):
    log_in(client, coordinator)

    response = client.post(reading_view(halmstad), {"status": "new", "note": text})

    assert response.status_code in {200, 302}
    assert b"<script>alert" not in client.get(reading_view(halmstad)).content


def test_nothing_is_added_or_deleted_by_hand(client, log_in, halmstad):
    log_in(client, make_staff(is_superuser=True))

    assert client.get(f"{LIST}add/").status_code == 403
    assert client.post(reading_view(halmstad).replace("change", "delete"), {"post": "yes"}).status_code == 403
    client.post(LIST, {"action": "delete_selected", "_selected_action": [halmstad.pk], "post": "yes"})
    assert Submission.objects.count() == 1


def test_admin_needs_no_inline_script_or_style(client, log_in, coordinator, halmstad):
    log_in(client, coordinator)

    for address in (LIST, reading_view(halmstad)):
        page = BeautifulSoup(client.get(address).content, "html.parser")
        main = page.select_one("#content")
        assert main.select("script:not([src]):not([type='application/json']), style") == []
        assert [tag for tag in main.find_all(True) if any(name.startswith("on") for name in tag.attrs)] == []


# Drafts and questions ------------------------------------------------------------------------------


def test_drafts_are_nowhere_in_admin(client, log_in, coordinator, halmstad):
    make_draft(halmstad.team, "En hemlighet i utkastet")
    registered = set(admin.site._registry)

    assert not {Draft, DraftAnswer} & registered
    for person in (coordinator, make_staff(is_superuser=True)):
        log_in(client, person)
        for address in ("/admin/", "/admin/feedback/", LIST, reading_view(halmstad)):
            assert "hemlighet" not in client.get(address).content.decode()


def test_published_questions_are_read_only(client, log_in, db):
    question_set = make_question_set()
    log_in(client, make_staff(role="redaktör"))
    address = reverse("admin:feedback_questionset_change", args=[question_set.pk])

    text = text_of(client.get(address))
    answer = client.post(address, {"title": "Annat", "number": 9})

    assert all(f"Fråga {number}?" in text for number in range(1, 6))
    assert answer.status_code == 403
    assert QuestionSet.objects.get().title == "Frågor till arbetsgruppen"
