"""What staff take out: CSV, XLSX and JSON, a row at a time, so that a hundred thousand rows need no more memory than ten.

An export is `columns` (the headings) and `rows` (any iterable of lists of plain values in that order); the caller
notes it in the access log. No cell can be a formula, whatever it begins with.
"""

import csv
from datetime import date, datetime

from django.core.serializers.json import DjangoJSONEncoder
from django.http import StreamingHttpResponse
from django.utils import timezone

from . import sheets

# What makes a spreadsheet program take a cell for a formula, or for the next cell.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")

ROWS_A_PIECE = 200

CONTENT_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def harmless(value):
    """Return the text with an apostrophe before what a spreadsheet program would run as a formula; others as they are.

    A space in front does not fool the programs, and does not fool this.
    """
    if isinstance(value, str) and value.lstrip(" \u00a0").startswith(FORMULA_STARTS):
        return f"'{value}"
    return value


def harmless_sql(text):
    """Return SQL for PostgreSQL that does to the text expression what `harmless` does; an empty text becomes NULL."""
    first = ",".join(str(ord(one)) for one in (*FORMULA_STARTS, *" \u00a0"))
    risky = ",".join(str(ord(one)) for one in FORMULA_STARTS)
    # Most texts are let through by their first character.
    return (
        f"CASE WHEN ascii({text}) = ANY ('{{{first}}}'::int[])"
        f" AND ascii(ltrim({text}, ' ' || chr(160))) = ANY ('{{{risky}}}'::int[])"
        f" THEN '''' || {text} ELSE nullif({text}, '') END"
    )


def as_text(value):
    """Return a value as people write it: yes and no in Swedish, times in Stockholm's."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "ja" if value else "nej"
    if isinstance(value, datetime):
        return f"{timezone.localtime(value):%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return f"{value:%Y-%m-%d}"
    return value


class Line:
    """A file to the csv module; keeps what it is given until it is taken."""

    def __init__(self):
        self.written = []

    def write(self, text):
        self.written.append(text)

    def take(self):
        text, self.written = "".join(self.written), []
        return text


def csv_pieces(columns, rows):
    """Yield the file in pieces: UTF-8 with a mark, semicolons, as Swedish spreadsheet programs open it."""
    line = Line()
    writer = csv.writer(line, delimiter=";", lineterminator="\r\n")
    line.write("\ufeff")
    writer.writerow(columns)
    # The headings at once, so that the download begins.
    yield line.take()
    for number, row in enumerate(rows, start=1):
        writer.writerow([harmless(as_text(value)) for value in row])
        if number % ROWS_A_PIECE == 0:
            yield line.take()
    yield line.take()


def json_pieces(columns, rows):
    """Yield a list of objects, one to a line; times in ISO 8601 with their offset."""
    encoder = DjangoJSONEncoder(ensure_ascii=False)
    yield "[\n"
    for number, row in enumerate(rows):
        comma = ",\n" if number else ""
        yield comma + encoder.encode(dict(zip(columns, row, strict=True)))
    yield "\n]\n"


def xlsx_pieces(columns, rows):
    """Yield a spreadsheet file with the headings in bold."""
    written = ([harmless(as_text(value)) for value in row] for row in rows)
    return sheets.pieces([harmless(heading) for heading in columns], written)


def export_response(kind, name, columns, rows):
    """Return the download `<name>.<kind>`; `kind` is one of `KINDS`, `name` plain ASCII."""
    return streamed(PIECES[kind](columns, rows), f"{name}.{kind}", CONTENT_TYPES[kind])


def streamed(pieces, filename, content_type):
    """Return the download of a file that is sent while it is made."""
    response = StreamingHttpResponse(pieces, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{filename}"'
    return response


PIECES = {"csv": csv_pieces, "json": json_pieces, "xlsx": xlsx_pieces}
KINDS = tuple(PIECES)
