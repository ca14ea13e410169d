"""How often the themes come back: counted over what has been filtered, with the widths of the bars."""

from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass
from datetime import date

from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import Count
from django.db.models.functions import Coalesce, ExtractMonth, ExtractYear
from django.utils.formats import date_format

from metodstod.models import FieldOfWork, Municipality
from metodstod.replica import from_replica

from .models import Passage, Question, Theme


@dataclass(frozen=True)
class Row:
    """A line of a table: how many submissions, how many passages in them, and the bar's length of 100."""

    label: str
    submissions: int
    passages: int
    width: int
    theme: int | None = None


def passages_in(selection):
    return Passage.objects.filter(submission__in=selection.order_by().values("pk"))


@from_replica
def by_theme(passages):
    """Return a row a theme that is marked somewhere, the most common first."""
    names = dict(Theme.objects.values_list("pk", "name"))
    [counted] = counts(passages, "theme")
    return sized([(names[theme], *numbers, theme) for theme, *numbers in counted])


@from_replica
def by_dimension(passages, theme):
    """Return, for each way of dividing the passages, its name and a row a part where the theme is marked."""
    passages = passages.filter(theme=theme)
    municipalities, fields, months = counts(
        passages, "municipality", "field_of_work", month_of("submitted_at")
    )
    return [
        ("Fråga", by_question(passages)),
        ("Kommun", named(municipalities, in_order(Municipality, "sort_key"))),
        ("Verksamhetsområde", named(fields, in_order(FieldOfWork, "position"))),
        ("Månad", named(months, {month: (month, name_of(month)) for month, *_ in months})),
    ]


def month_of(moment):
    """Return the months since year 0 of a moment, by Stockholm's calendar."""
    return ExtractYear(moment) * 12 + ExtractMonth(moment) - 1


def name_of(month):
    year, number = divmod(int(month), 12)
    return date_format(date(year, number + 1, 1), "F Y")


def by_question(passages):
    # A question that is the same as one of an earlier set is counted with it, in the first one's words.
    words = {
        key: (position, text)
        for key, position, text in Question.objects.values_list(
            "pk", Coalesce("same_as__position", "position"), Coalesce("same_as__text", "text")
        )
    }
    # Of one question a submission has one answer, and of questions that are the same its set holds one.
    [counted] = counts(passages, "question", one="answer")
    found = defaultdict(lambda: (0, 0))
    for question, submissions, number in counted:
        before = found[words[question]]
        found[words[question]] = (before[0] + submissions, before[1] + number)
    return sized([(words[1], *found[words], None) for words in sorted(found)], keep_order=True)


def counts(passages, *ways, one="submission"):
    """Return, for each way of dividing the passages, the rows (value, submissions, passages).

    The passages are grouped first by their submission, or by `one` that stands for it, which is far quicker than to count distinct ones.
    """
    query = passages.order_by().values_list(*ways, one).annotate(number=Count("pk")).query
    parts = [f"part_{place}" for place in range(len(ways))]
    found = [[] for _ in parts]
    with suppress(EmptyResultSet), connections[passages.db].cursor() as cursor:
        inner, values = query.sql_with_params()
        cursor.execute(
            f"WITH once ({', '.join(parts)}, one, number) AS ({inner}) "  # noqa: S608  no typed text
            + " UNION ALL ".join(
                f"SELECT {place}, {part}, count(*), sum(number) FROM once GROUP BY {part}"  # noqa: S608  nor here
                for place, part in enumerate(parts)
            ),
            values,
        )
        for place, value, submissions, passages in cursor.fetchall():
            found[place].append((value, submissions, int(passages)))
    return found


def in_order(model, order):
    """Return for each row's key what to sort by and its name."""
    return {key: (place, name) for key, place, name in model.objects.values_list("pk", order, "name")}


def named(counted, names):
    """Return the rows in the order and with the names of their values; what has no value comes last."""
    counted = sorted(counted, key=lambda row: (row[0] is None, names.get(row[0])))
    return sized(
        [("Inte angivet" if key is None else names[key][1], *numbers, None) for key, *numbers in counted],
        keep_order=True,
    )


def sized(rows, *, keep_order=False):
    most = max((submissions for _, submissions, _, _ in rows), default=1)
    if not keep_order:
        rows = sorted(rows, key=lambda row: (-row[1], row[0]))
    return [
        Row(label, submissions, passages, round(100 * submissions / most), theme)
        for label, submissions, passages, theme in rows
    ]
