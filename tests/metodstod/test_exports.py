"""Exports: readable by others, harmless to open, and no larger in memory for being long."""

import csv
import io
import json
import tracemalloc
from datetime import UTC, date, datetime

import pytest
from django.core.signals import request_finished
from django.db import close_old_connections
from openpyxl import load_workbook
from openpyxl.utils.escape import unescape

from metodstod import exports, sheets

COLUMNS = ["Referens", "Inkom", "Antal", "Svar"]
ROW = ["MS-ABCD-EFGH", datetime(2026, 7, 1, 10, 30, tzinfo=UTC), 3, "Mer tid; och å ä ö\nny rad"]


@pytest.fixture(autouse=True)
def no_database():
    """A response that is closed lets go of its database connection; here there is none to let go of."""
    request_finished.disconnect(close_old_connections)
    yield
    request_finished.connect(close_old_connections)


def content(kind, rows):
    response = exports.export_response(kind, "aterkoppling", COLUMNS, rows)
    body = b"".join(response.streaming_content)
    response.close()
    return response, body


def test_csv_opens_in_swedish_spreadsheet_programs():
    response, body = content("csv", [ROW])

    assert response["Content-Disposition"] == 'attachment; filename="aterkoppling.csv"'
    assert body.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(body.decode("utf-8-sig"), newline=""), delimiter=";"))
    assert rows == [COLUMNS, ["MS-ABCD-EFGH", "2026-07-01 12:30", "3", "Mer tid; och å ä ö\nny rad"]]


def test_xlsx_holds_same_rows():
    response, body = content("xlsx", [ROW])

    assert response["Content-Disposition"] == 'attachment; filename="aterkoppling.xlsx"'
    rows = list(load_workbook(io.BytesIO(body)).active.iter_rows(values_only=True))
    assert rows == [tuple(COLUMNS), ("MS-ABCD-EFGH", "2026-07-01 12:30", 3, "Mer tid; och å ä ö\nny rad")]


def test_json_holds_same_rows_as_objects():
    _, body = content("json", [ROW, ROW])

    first, second = json.loads(body)
    assert first == second
    assert first == dict(zip(COLUMNS, ["MS-ABCD-EFGH", "2026-07-01T10:30:00Z", 3, ROW[3]], strict=True))


@pytest.mark.parametrize("kind", exports.KINDS)
def test_export_of_nothing_can_be_read(kind):
    _, body = content(kind, [])

    assert body
    if kind == "json":
        assert json.loads(body) == []


@pytest.mark.parametrize("start", [*exports.FORMULA_STARTS, "  =", "\u00a0+"])
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_no_cell_is_a_formula(kind, start):
    _, body = content(kind, [["r", None, 1, f"{start}1+1"]])

    if kind == "csv":
        cell = list(csv.reader(io.StringIO(body.decode("utf-8-sig"), newline=""), delimiter=";"))[1][3]
    else:
        cell = load_workbook(io.BytesIO(body)).active["D2"]
        assert cell.data_type == "s"
        cell = cell.value
    assert cell.startswith("'")


def test_values_are_as_people_write_them():
    assert [exports.as_text(value) for value in (None, True, False, date(2026, 11, 24))] == [
        "",
        "ja",
        "nej",
        "2026-11-24",
    ]


def test_minus_before_a_number_stays_a_number():
    assert exports.harmless(-5) == -5


def test_long_cell_fits_the_format():
    _, body = content("xlsx", [["r", None, 1, "x" * 40_000]])

    assert len(load_workbook(io.BytesIO(body)).active["D2"].value) == sheets.MOST_IN_A_CELL


@pytest.mark.parametrize(
    "text", ["\x00\x07", "_x0041_", "<b>&amp;</b>", "  i mitten  ", "rad\nrad", "😀", "\ufffe"]
)
def test_any_text_can_stand_in_a_cell(text):
    _, body = content("xlsx", [["r", None, 1, text]])

    sheet = load_workbook(io.BytesIO(body)).active
    assert unescape(sheet["D2"].value) == text
    assert [cell.font.b for cell in sheet[1]] == [True] * 4
    assert sheet.freeze_panes == "A2"
    assert sheet["B2"].value is None


@pytest.mark.parametrize("kind", ["csv", "json"])
def test_export_begins_before_its_last_row_is_made(kind):
    made = []
    rows = (made.append(number) or [f"r{number}", None, number, "svar"] for number in range(5_000))

    response = exports.export_response(kind, "x", COLUMNS, rows)
    next(iter(response.streaming_content))

    assert len(made) < 1_000


@pytest.mark.parametrize("kind", exports.KINDS)
def test_export_of_many_rows_needs_no_more_memory(kind):
    def peak(count):
        response = exports.export_response(
            kind, "x", COLUMNS, ([f"r{i}", None, i, "svar " * 40] for i in range(count))
        )
        for _ in response.streaming_content:
            pass
        response.close()
        return tracemalloc.get_traced_memory()[1]

    tracemalloc.start()
    few = peak(1_000)
    tracemalloc.reset_peak()
    many = peak(10_000)
    tracemalloc.stop()

    assert many < few + 500_000
