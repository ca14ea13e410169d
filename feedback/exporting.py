"""Take out what has been filtered: a table of many rows, or documents for the diary. What leaves has been noted first."""

from functools import partial

from django.db import connection
from django.db.models import CharField, Count, F, Value
from django.db.models.functions import Cast, Concat
from django.utils import timezone

from metodstod.exports import CONTENT_TYPES, export_response, streamed
from metodstod.models import AccessLog

from . import copying, diary
from .export_rows import columns, questions_of, rows
from .models import Submission

DOCUMENTS = "zip"
KINDS = (*CONTENT_TYPES, DOCUMENTS)
MOST_NOTED_ONE_BY_ONE = 500


def export(selection, kind, *, by):
    """Return the download of the selected submissions; `kind` is one of `KINDS`. It is noted as it begins to leave."""
    name = f"aterkoppling-{timezone.localdate():%Y-%m-%d}"
    if kind == DOCUMENTS:
        return streamed(documents(selection, by=by), f"{name}.zip", "application/zip")
    asked = questions_of(selection)
    if connection.vendor == "postgresql":
        return streamed(copied(selection, asked, kind, by=by), f"{name}.{kind}", CONTENT_TYPES[kind])
    return export_response(kind, name, columns(asked), noted_rows(selection, asked, kind, by=by))


def copied(selection, asked, kind, *, by):
    # The headings leave at once; what is noted takes its time, and is noted before a row does.
    yield from copying.PIECES[kind](columns(asked), partial(noted, selection, kind, by=by), asked)


def noted_rows(selection, asked, kind, *, by):
    yield from rows(noted(selection, kind, by=by), asked)


def documents(selection, *, by):
    yield from diary.bundle(noted(selection, DOCUMENTS, by=by))


def noted(selection, kind, *, by):
    """Note the export in the access log and return what may leave: of the selection, what the log now tells of.

    Of some hundreds each submission is noted; of more, how many of each group. Either way every group can be told.
    """
    if selection[: MOST_NOTED_ONE_BY_ONE + 1].count() <= MOST_NOTED_ONE_BY_ONE:
        few = list(selection.select_related("municipality__county"))
        note_each(few, kind, by=by)
        return selection.filter(pk__in=[submission.pk for submission in few])
    at = timezone.now()
    groups = (
        selection.order_by()
        .values("team", county=F("municipality__county"))
        .annotate(reference=Concat(Cast(Count("pk"), CharField()), Value(f" st, {kind}")))
    )
    AccessLog.record_groups(by, AccessLog.Action.EXPORTED, groups, kind=Submission._meta.verbose_name, at=at)
    return selection.filter(team__in=AccessLog.objects.filter(at=at, who=by).values("team"))


def note_each(submissions, kind, *, by):
    for submission in submissions:
        AccessLog.record(
            by,
            AccessLog.Action.EXPORTED,
            submission,
            reference=f"{submission.reference} {kind}",
            county=submission.municipality.county,
        )
