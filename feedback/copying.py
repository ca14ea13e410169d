"""The same table as `export_rows` makes, written by PostgreSQL itself, which takes a fraction of the time.

The database makes formula characters harmless, writes times as Stockholm's and joins what stands in one cell; in JSON the texts
are as they came, and times in ISO 8601. The tests hold it to the other way, row for row.
"""

import csv
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice

from django.core.exceptions import EmptyResultSet
from django.db import connection, transaction
from django.db.models.expressions import RawSQL

from metodstod import sheets
from metodstod.exports import Line, harmless_sql

from .export_rows import PLAIN, coming_back
from .models import FollowUpAnswer, Submission

ROWS_A_PIECE = 200
# The client may be slow to take the file; the database's own limit is meant for pages.
LONGEST = "10min"


def csv_pieces(columns, select, asked):
    """Yield the file: the headings at once, then some hundreds of lines together, as they come from the database."""
    line = Line()
    csv.writer(line, delimiter=";", lineterminator="\r\n").writerow(columns)
    # The mark tells spreadsheet programs how the file is written.
    yield f"\ufeff{line.take()}".encode()
    # The protocol ends each line with a line feed alone.
    lines = (bytes(line[:-1]) for line in copied(select, asked, FOR_CSV))
    while piece := list(islice(lines, ROWS_A_PIECE)):
        yield b"\r\n".join([*piece, b""])


def json_pieces(columns, select, asked):
    """Yield a list of objects, one to a line."""
    yield b"[\n"
    # The only thing in JSON that the protocol writes differently is the backslash.
    lines = (bytes(line[:-1]).replace(rb"\\", b"\\") for line in copied(select, asked, FOR_JSON, columns))
    comma = b""
    while piece := list(islice(lines, ROWS_A_PIECE)):
        yield comma + b",\n".join(piece)
        comma = b",\n"
    yield b"\n]\n"


def xlsx_pieces(columns, select, asked):
    """Yield a spreadsheet file."""
    yield from sheets.pieces(columns, copied(select, asked, FOR_SHEETS, read=lambda copy: copy.rows()))


def copied(select, asked, form, columns=(), *, read=iter):
    """Yield what the database sends of what `select` returns, a row at a time."""
    selection = select()  # In a transaction of its own: what it notes stands, though the file is broken off.
    with suppress(EmptyResultSet), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL statement_timeout = '{LONGEST}'")
        statement, values = copy_statement(by_keys(selection, cursor), asked, form, columns)
        with cursor.cursor.copy(statement, values) as copy:
            yield from read(copy)


def by_keys(selection, cursor):
    """Return the selection chosen by keys alone, if text stands in its conditions.

    COPY takes no values apart from its statement, and the server logs a statement that fails: what somebody has searched
    for is not to stand there.
    """
    chosen, values = selection.values("pk").query.sql_with_params()
    if not any(isinstance(value, str) for value in values):
        return selection
    cursor.execute("DROP TABLE IF EXISTS feedback_chosen")
    cursor.execute("CREATE TEMPORARY TABLE feedback_chosen (id uuid) ON COMMIT DROP")
    cursor.execute(f"INSERT INTO feedback_chosen {chosen}", values)
    kept = Submission.objects.filter(pk__in=RawSQL("SELECT id FROM feedback_chosen", ()))
    return kept.order_by(*selection.query.order_by)


@dataclass(frozen=True)
class Form:
    """How a row is written: SQL for a text, for a moment and for all cells together, and what COPY is told."""

    text: Callable[[str], str]
    moment: Callable[[str], str]
    row: str
    options: str


def copy_statement(selection, asked, form, columns=()):
    inner, values = selection.values_list(*PLAIN.values()).query.sql_with_params()
    # The rows come in the selection's order, since each is joined with what belongs to it alone.
    statement = (
        f"COPY (SELECT {form.row.format(', '.join(cells(asked, form)))}"  # noqa: S608  no typed text
        f" FROM ({inner}) AS s ({', '.join(PLAIN)})"
        f" LEFT JOIN LATERAL ({answers(asked)}) AS a ON TRUE {how_it_went(asked)})"
        f" TO STDOUT ({form.options})"
    )
    return statement, (list(columns), *values) if columns else values


def cells(asked, form):
    """Yield the expression of each column, in the order of `export_rows.columns`."""
    yield "s.reference"
    yield form.moment("s.submitted_at")
    for name in ("county", "municipality", "team_name", "workplace", "field_of_work"):
        yield form.text(f"s.{name}")
    yield lectures(form)
    yield chosen("s.status", Submission.Status.choices)
    yield form.text("coalesce(nullif(s.assignee, ''), s.assignee_email)")
    yield "to_char(s.follow_up_on, 'YYYY-MM-DD')"
    yield form.text("s.diary_number")
    yield form.text("s.hold_reason")
    yield corrections(form)
    yield form.text("s.fingerprint")
    for number in range(len(asked)):
        yield form.text(f"a.text_{number}")
    for months, _, back in coming_back(asked):
        yield form.moment(f"w{months}.at")
        for number in range(len(back)):
            yield form.text(f"w{months}.word_{number}")


# Asked row by row only where there is something to find; what is joined is then written as a text, once.
def lectures(form):
    return f"""CASE WHEN s.lectures_seen = '[]' THEN {form.text("''")} ELSE (
        SELECT {form.text("seen")} FROM (
            SELECT string_agg(seen, ', ' ORDER BY place) AS seen
            FROM jsonb_array_elements_text(s.lectures_seen::jsonb) WITH ORDINALITY AS one (seen, place)
        ) AS lectures
    ) END"""  # noqa: S608  no typed text


def corrections(form):
    return f"""CASE WHEN s.pk NOT IN (SELECT submission_id FROM feedback_correction) THEN {form.text("''")} ELSE (
        SELECT {form.text("said")} FROM (
            SELECT string_agg(text, ' ' ORDER BY at, id) AS said FROM feedback_correction WHERE submission_id = s.pk
        ) AS corrections
    ) END"""  # noqa: S608  no typed text


def minute(moment):
    return f"to_char({moment} AT TIME ZONE 'Europe/Stockholm', 'YYYY-MM-DD HH24:MI')"


def iso(moment):
    """Return SQL for the moment as Django writes it in JSON: in UTC, with thousandths when there are any."""
    utc = f"{moment} AT TIME ZONE 'UTC'"
    return (
        f"to_char({utc}, 'YYYY-MM-DD\"T\"HH24:MI:SS')"
        f" || CASE WHEN {utc} = date_trunc('second', {utc}) THEN 'Z' ELSE to_char({utc}, '.MS\"Z\"') END"
    )


def chosen(value, choices):
    """Return SQL for the words of a choice; they are our own, and hold no quotation mark."""
    cases = " ".join(f"WHEN '{key}' THEN '{words}'" for key, words in choices)
    return f"CASE {value} {cases} END"


def answers(asked):
    """Return SQL for one row with an answer a column."""
    texts = [f"max(text) {among('question_id', one)} AS text_{number}" for number, one in enumerate(asked)]
    return f"SELECT {', '.join(texts) or 'NULL'} FROM feedback_answer WHERE submission_id = s.pk"  # noqa: S608  no typed text


def how_it_went(asked):
    return " ".join(
        f"LEFT JOIN LATERAL ({went(months, back)}) AS w{months} ON TRUE"
        for months, _, back in coming_back(asked)
    )


def went(months, back):
    """Return SQL for one row with when the group answered and, of each plan, how it went."""
    said = f"rtrim({chosen('went.went', FollowUpAnswer.Went.choices)} || '. ' || went.text, E' \\n\\r\\t')"
    words = [
        f"max({said}) {among('plan.question_id', one)} AS word_{number}" for number, one in enumerate(back)
    ]
    return (
        f"SELECT max(f.answered_at) AS at, {', '.join(words)} FROM feedback_followup f"  # noqa: S608  no typed text
        " LEFT JOIN feedback_followupanswer went ON went.follow_up_id = f.id"
        " LEFT JOIN feedback_answer plan ON plan.id = went.answer_id"
        f" WHERE f.submission_id = s.pk AND f.months = {months}"
        " AND s.pk IN (SELECT submission_id FROM feedback_followup WHERE answered_at IS NOT NULL)"
    )


def among(column, asked):
    return f"FILTER (WHERE {column} IN ({', '.join(map(str, asked.keys))}))"


def as_it_is(text):
    return f"coalesce({text}, '')"


FOR_CSV = Form(harmless_sql, minute, "{}", "FORMAT csv, DELIMITER ';'")
FOR_SHEETS = Form(harmless_sql, minute, "{}", "FORMAT text")
FOR_JSON = Form(as_it_is, iso, "json_object(%s::text[], ARRAY[{}])", "FORMAT text")

PIECES = {"csv": csv_pieces, "json": json_pieces, "xlsx": xlsx_pieces}
