"""What leaves the desk: the filtered rows and no others, harmless, noted, in the same memory for many as for few."""

import csv
import gc
import hashlib
import io
import json
import tracemalloc
import zipfile
from datetime import UTC, date, datetime, timedelta

import pytest
from django.contrib import admin
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook
from pypdf import PdfReader

from feedback import copying, diary, export_rows, exporting, following
from feedback.models import Answer, Correction, FollowUp, Question, Submission
from metodstod import exports
from metodstod.models import AccessLog
from tests.factories import (
    make_county,
    make_field_of_work,
    make_municipality,
    make_question_set,
    make_staff,
    make_submission,
    make_team,
)


@pytest.fixture
def halmstad(db):
    team = make_team(name="Barn och unga", municipality=make_municipality("Halmstad", code="1380"))
    return make_submission(
        team,
        "Stor nytta.",
        "=HYPERLINK(1)",
        lectures_seen=["Vad är människohandel?", "Mikamottagningen"],
        submitted_at=datetime(2026, 11, 3, 9, 30, tzinfo=UTC),
        diary_number="801-7-2026",
    )


@pytest.fixture
def others(db, halmstad):
    make_submission(halmstad.team, "Avslutad", status="done")
    return make_submission(
        make_team(name="Vuxenenheten", municipality=make_municipality("Borås", code="1490")), "Från Borås"
    )


@pytest.fixture
def desk(client, log_in, coordinator):
    log_in(client, coordinator)
    return client


def export(client, kind, query=""):
    response = client.get(reverse("admin:feedback_submission_export", args=[kind]) + query)
    return response.getvalue() if response.status_code == 200 else response


def test_csv_holds_what_is_filtered_with_an_answer_a_column(desk, halmstad, others):
    text = export(desk, "csv", "?status__exact=new").decode("utf-8-sig")

    (row,) = csv.DictReader(io.StringIO(text), delimiter=";")
    assert row["Referens"] == halmstad.reference
    assert row["Inkom"] == "2026-11-03 10:30"
    assert row["Sedda föreläsningar"] == "Vad är människohandel?, Mikamottagningen"
    assert row["Kontrollsumma (SHA-256)"] == halmstad.fingerprint
    assert (row["Fråga 1?"], row["Fråga 2?"], row["Fråga 5?"]) == ("Stor nytta.", "'=HYPERLINK(1)", "")


def test_xlsx_and_json_hold_the_same(desk, halmstad, others):
    sheet = load_workbook(io.BytesIO(export(desk, "xlsx", "?status__exact=new"))).active
    (row,) = json.loads(export(desk, "json", "?status__exact=new"))

    heading, values = sheet.iter_rows(values_only=True)
    found = dict(zip(heading, values, strict=True))
    assert found["Referens"] == row["Referens"] == halmstad.reference
    assert (found["Fråga 2?"], row["Fråga 2?"]) == ("'=HYPERLINK(1)", "=HYPERLINK(1)")


def test_search_narrows_the_export_too(desk, halmstad, others):
    rows = json.loads(export(desk, "json", "?q=avslutad"))

    assert [row["Fråga 1?"] for row in rows] == ["Avslutad"]


def test_all_pages_of_the_inbox_are_in_the_export(desk, halmstad):
    for number in range(109):
        make_submission(halmstad.team, f"Svar {number}")

    rows = json.loads(export(desk, "json", "?p=2"))

    assert len(rows) == 110


@pytest.mark.parametrize(
    "query", ["", "?lan=14", "?municipality__id__exact=1490", "?q=Vuxenenheten", "?q=Borås"]
)
@pytest.mark.parametrize("kind", ["csv", "json", "zip"])
def test_no_export_reaches_the_other_county(desk, halmstad, others, kind, query):
    data = export(desk, kind, query)

    assert "Vuxenenheten" not in data.decode("utf-8", "ignore")
    assert others.reference not in data.decode("utf-8", "ignore")


def test_questions_in_the_same_words_share_a_column(halmstad):
    make_question_set(2, questions=6)
    make_submission(
        halmstad.team, "Nytt svar", question_set=type(halmstad.question_set).objects.get(number=2)
    )

    asked = export_rows.questions_of(Submission.objects.all())

    assert [one.heading for one in asked] == [f"Fråga {number}?" for number in range(1, 7)]


def test_same_question_in_other_words_shares_a_column_under_the_latest(halmstad):
    second = make_question_set(2, questions=0, published_at=None)
    first = halmstad.question_set.questions.first()
    Question.objects.create(question_set=second, position=1, text="Med andra ord?", same_as=first)
    other = make_submission(halmstad.team, "Nytt svar", question_set=second)

    joined, *rest = export_rows.questions_of(Submission.objects.all())

    assert joined.heading == "Med andra ord?"
    assert set(joined.keys) == {first.pk, other.question_set.questions.get().pk}
    assert [one.heading for one in rest] == [f"Fråga {number}?" for number in range(2, 6)]


def test_each_submission_that_leaves_is_noted(desk, coordinator, halmstad, others):
    export(desk, "csv", "?status__exact=new")

    row = AccessLog.objects.get()
    assert (row.who, row.action, row.reference, row.county.code, row.team_id) == (
        coordinator,
        "exported",
        f"{halmstad.reference} csv",
        "13",
        halmstad.team_id,
    )


@pytest.mark.parametrize("kind", ["csv", "json", "xlsx", "zip"])
def test_very_many_are_noted_by_group(desk, coordinator, halmstad, others, monkeypatch, kind):
    monkeypatch.setattr(exporting, "MOST_NOTED_ONE_BY_ONE", 2)
    other = make_submission(make_team(name="En till", municipality=halmstad.municipality), "Svar")

    data = export(desk, kind)

    rows = AccessLog.objects.values_list("who", "action", "kind", "team", "county__code", "reference")
    assert sorted(rows, key=lambda row: row[-1]) == [
        (coordinator.pk, "exported", "inskickad återkoppling", other.team_id, "13", f"1 st, {kind}"),
        (coordinator.pk, "exported", "inskickad återkoppling", halmstad.team_id, "13", f"2 st, {kind}"),
    ]
    assert len(data) > 100


@pytest.mark.parametrize("most", [0, 500])
def test_nothing_leaves_that_is_not_noted(desk, halmstad, others, monkeypatch, most):
    """What comes while the export is noted waits for the next one."""
    monkeypatch.setattr(exporting, "MOST_NOTED_ONE_BY_ONE", most)
    late = make_team(name="De sena", municipality=halmstad.municipality)
    note = AccessLog.record_groups if most == 0 else exporting.note_each

    def and_one_more_comes(*args, **kwargs):
        note(*args, **kwargs)
        make_submission(late, "Sent svar")

    monkeypatch.setattr(
        *((AccessLog, "record_groups") if most == 0 else (exporting, "note_each")), and_one_more_comes
    )

    text = export(desk, "csv").decode()

    assert halmstad.reference in text
    assert "De sena" not in text
    assert Submission.objects.filter(team=late).count() == 1


def test_headings_leave_at_once_and_no_row_before_it_is_noted(desk, halmstad):
    pieces = desk.get(reverse("admin:feedback_submission_export", args=["csv"])).streaming_content

    headings, noted = next(pieces), AccessLog.objects.count()
    rest, noted_then = b"".join(pieces), AccessLog.objects.count()

    assert headings.decode("utf-8-sig").startswith("Referens;")
    assert halmstad.reference in rest.decode()
    assert (noted, noted_then) == (0, 1)


def test_download_that_is_never_taken_leaves_and_notes_nothing(desk, halmstad):
    desk.get(reverse("admin:feedback_submission_export", args=["csv"]))

    assert AccessLog.objects.count() == 0


@pytest.mark.parametrize("address", ["exe", "csv?nonsense=1"])
def test_odd_exports_are_not_there(desk, halmstad, address):
    kind, _, query = address.partition("?")

    assert export(desk, kind, f"?{query}").status_code == 404
    assert AccessLog.objects.count() == 0


def test_bundle_for_the_diary_has_a_document_each_and_a_list_with_checksums(desk, halmstad, others):
    Correction.objects.create(submission=halmstad, text="Gruppen har sex medlemmar.")

    bundle = zipfile.ZipFile(io.BytesIO(export(desk, "zip", "?status__exact=new")))

    assert bundle.testzip() is None
    assert bundle.namelist() == [f"{halmstad.reference}.pdf", "innehall.csv"]
    data = bundle.read(f"{halmstad.reference}.pdf")
    (row,) = csv.DictReader(io.StringIO(bundle.read("innehall.csv").decode("utf-8-sig")), delimiter=";")
    assert row["Filens kontrollsumma (SHA-256)"] == hashlib.sha256(data).hexdigest()
    assert row["Svarens kontrollsumma (SHA-256)"] == halmstad.fingerprint
    text = " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages).split())
    for words in (
        halmstad.reference,
        "Återkoppling från arbetsgruppen Barn och unga, Halmstad",
        "801-7-2026",
        "Stor nytta.",
        "=HYPERLINK(1)",
        "Inget svar",
        "Gruppen har sex medlemmar.",
    ):
        assert words in text


def test_document_is_the_same_bytes_each_time(halmstad):
    first, second = (diary.document(Submission.objects.with_content().get(pk=halmstad.pk)) for _ in range(2))

    assert first == second


def test_too_many_documents_are_asked_to_be_fewer(desk, halmstad, others, monkeypatch):
    monkeypatch.setattr(diary, "MOST_AT_ONCE", 1)

    response = export(desk, "zip")

    assert response.status_code == 302
    assert "Högst 1 dokument" in desk.get(response["Location"]).content.decode()
    assert AccessLog.objects.count() == 0


def test_fingerprint_changes_with_a_letter(halmstad):
    other = Submission.objects.get()
    other.team_name = "Barn och unge"

    assert len(halmstad.fingerprint) == 64
    assert halmstad.is_as_received
    assert not other.is_as_received


def many(team, question_set, number):
    submissions = Submission.objects.bulk_create(
        Submission(
            team=team,
            municipality=team.municipality,
            team_name=team.name,
            workplace=team.workplace,
            question_set=question_set,
        )
        for _ in range(number)
    )
    questions = list(question_set.questions.all())
    Answer.objects.bulk_create(
        Answer(submission=one, question=question, text="Vi har talat om det. " * 10)
        for one in submissions
        for question in questions
    )


def memory_held(client):
    """Return the size of the export, and the most memory that was in use between two pieces of it.

    What is no longer in use, but points in a ring, waits for Python's own collection: it is asked to collect each time.
    """
    tracemalloc.start()
    try:
        response = client.get(reverse("admin:feedback_submission_export", args=["csv"]))
        size = most = 0
        for piece in response.streaming_content:
            gc.collect()
            size, most = size + len(piece), max(most, tracemalloc.get_traced_memory()[0])
        return size, most
    finally:
        tracemalloc.stop()


def test_many_times_as_many_rows_need_no_more_memory(desk, halmstad, monkeypatch):
    monkeypatch.setattr(export_rows, "ROWS_AT_A_TIME", 50)
    monkeypatch.setattr(exporting, "MOST_NOTED_ONE_BY_ONE", 10)
    many(halmstad.team, halmstad.question_set, 300)  # More than a piece of the stream.
    export(desk, "csv")
    small, memory_for_few = memory_held(desk)
    many(halmstad.team, halmstad.question_set, 1200)

    large, memory_for_many = memory_held(desk)

    assert large > 4.5 * small
    assert memory_for_many < 1.5 * memory_for_few


# Two ways to one table -----------------------------------------------------------------------------

ODD = [
    *("=1+1", " =1+1", "\u00a0@x", "+46", "-1", "＝1", "\tx", "\nx", "\rx", "'x", '"x"', "a;b", "a\r\nb", ""),
    *("\\.", "\\N", "å ä ö 😀", "%s %% {x}", "  ", "NULL", "1", "null", "a\\nb", "\u202eabc", "\x1f", "，"),
]


@pytest.fixture
def odd(db, coordinator):
    """Submissions where every text that there is is odd in its own way; the newest has been followed up."""
    make_question_set(coming_back=(4, 5))
    team = make_team(name="Vanlig", municipality=make_municipality("Halmstad", code="1380"))
    found = []
    for number, text in enumerate(ODD):
        found.append(
            make_submission(
                team,
                *(text, "x", text * 2, f"{text}\n{text}", "Plan"),
                team_name=text[:120],
                workplace=text,
                field_of_work=make_field_of_work(name="-Fält") if number % 2 else None,
                lectures_seen=[text, "Två; tre", '"'][: number % 4],
                submitted_at=datetime(2026, 3, 29, 0, 59, 59, 999_999, tzinfo=UTC) + timedelta(hours=number),
                status=Submission.Status.values[number % 4],
                assignee=[None, coordinator, make_staff(name="=Kalle")][number % 3],
                follow_up_on=date(2027, 1, 1) if number % 2 else None,
                diary_number=text[:40],
                **held(text, coordinator),
            )
        )
        Correction.objects.create(submission=found[-1], text=text or "-")
    Correction.objects.create(submission=found[-1], text="Två")
    for months in (6, 3):
        asked = FollowUp.objects.create(
            submission=found[-1], months=months, token_hash=str(months), expires_at=timezone.now()
        )
        went = dict(
            zip(asked.plans, [("done", "=1"), ("partly", "")][:: 1 if months == 3 else -1], strict=True)
        )
        following.receive(asked, went)
    FollowUp.objects.create(submission=found[0], months=3, token_hash="x", expires_at=timezone.now())
    return found


def held(text, by):
    return {"hold_reason": text, "held_at": timezone.now(), "held_by": by} if text else {}


@pytest.mark.parametrize(
    "query",
    ["", "?o=2.3", "?o=-6.7", "?q=plan", "?status__exact=new", "?q=plan&handlaggare=jag", "?q=finns+inte"],
)
@pytest.mark.parametrize("most", [0, 500])
def test_both_ways_make_the_same_table(desk, odd, rf, coordinator, monkeypatch, query, most):
    monkeypatch.setattr(exporting, "MOST_NOTED_ONE_BY_ONE", most)
    request = rf.get(f"/{query}")
    request.user = coordinator
    selection = admin.site.get_model_admin(Submission).get_changelist_instance(request).queryset
    asked = export_rows.questions_of(selection)

    def plain(kind):
        pieces = exports.PIECES[kind](export_rows.columns(asked), export_rows.rows(selection, asked))
        return b"".join(piece if isinstance(piece, bytes) else piece.encode() for piece in pieces)

    table = plain("csv")
    assert export(desk, "csv", query).split(b"\r\n") == table.split(b"\r\n")
    assert json.loads(export(desk, "json", query)) == json.loads(plain("json"))
    assert cells_in(export(desk, "xlsx", query)) == cells_in(plain("xlsx"))
    assert len(table) > (100 if "finns" in query else 1000)


def cells_in(book):
    return list(load_workbook(io.BytesIO(book)).active.iter_rows(values_only=True))


def test_table_is_word_for_word_this(desk, odd):
    first, *_, last = list(
        csv.reader(io.StringIO(export(desk, "csv").decode("utf-8-sig"), newline=""), delimiter=";")
    )[1:]

    newest, oldest = odd[-1], odd[0]
    day = f"{timezone.localtime(FollowUp.objects.filter(answered_at__isnull=False).latest('pk').answered_at):%Y-%m-%d %H:%M}"
    assert first == [
        *(
            newest.reference,
            "2026-03-30 03:59",
            "Län 13",
            "Halmstad",
            "，",
            "，",
            "'-Fält",
            "，",
            "Under arbete",
        ),
        *(
            "Karin Karlsson",
            "2027-01-01",
            "，",
            "，",
            "， Två",
            newest.fingerprint,
            "，",
            "x",
            "，，",
            "，\n，",
            "Plan",
        ),
        *(day, "Det har blivit av. =1", "Det har blivit av till en del."),
        *(day, "Det har blivit av till en del.", "Det har blivit av. =1"),
    ]
    assert last == [
        *(
            oldest.reference,
            "2026-03-29 01:59",
            "Län 13",
            "Halmstad",
            "'=1+1",
            "'=1+1",
            "",
            "",
            "Ny",
            "",
            "",
            "'=1+1",
        ),
        *(
            "'=1+1",
            "'=1+1",
            oldest.fingerprint,
            "'=1+1",
            "x",
            "'=1+1=1+1",
            "'=1+1\n=1+1",
            "Plan",
            "",
            "",
            "",
            "",
            "",
            "",
        ),
    ]


@pytest.mark.postgresql
def test_what_was_searched_for_is_not_in_the_statement(odd):
    with transaction.atomic(), connection.cursor() as cursor:
        chosen = copying.by_keys(Submission.objects.searched("hemligt ord"), cursor)

    _, values = copying.copy_statement(chosen, [], copying.FOR_CSV)

    assert values == ()


def test_pdf_for_the_diary_tells_how_it_went(odd):
    whole = Submission.objects.with_content().get(pk=odd[-1].pk)

    text = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(diary.document(whole))).pages)

    assert "Efter tre månader, " in text
    assert "Det har blivit av. =1" in " ".join(text.split())


def test_export_is_closed_without_the_right(client, log_in, halmstad):
    log_in(client, make_staff(counties=[make_county("13")], role="redaktör"))

    assert export(client, "csv").status_code == 403
