"""What a group has seen together: its progress over all meetings, and the notes of it to keep."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Q
from django.http import Http404
from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import date_format
from django.views.decorators.http import require_safe

from metodstod.documents import pdf_response

from . import lengths
from .models import Lecture


def in_words(day):
    """Return a day as it is read: `tisdag 24 november 2026`."""
    return date_format(day, "l j F Y")


@dataclass(frozen=True)
class Row:
    """A lecture and how far the group has come in it: the day it saw it, or the second where it stopped."""

    lecture: Lecture
    seen_on: date | None = None
    second: int | None = None


class Progress:
    """A group's way through the lectures, over all its meetings. Four queries, however many they are."""

    def __init__(self, team):
        self.team = team
        self.meetings = list(team.meetings.order_by("held_on", "logged_at").prefetch_related("lectures"))

    @property
    def rows(self):
        """Every lecture that is published or that the group has seen, in the programme's order."""
        seen = {}
        for meeting in self.meetings:
            for lecture in meeting.lectures.all():
                seen.setdefault(lecture.pk, meeting.held_on)
        places = {place.lecture_id: place.second for place in self.team.places.all()}
        lectures = Lecture.objects.filter(Q(published_at__lte=timezone.now()) | Q(pk__in=seen))
        return [
            Row(
                lecture,
                seen.get(lecture.pk),
                None if lecture.pk in seen else places.get(lecture.pk),
            )
            for lecture in lectures.select_related("provider")
        ]

    def summary(self):
        """Return what the pages show: the rows, what has been seen, and how long that and the rest last."""
        rows = self.rows
        seen = [row.lecture.length for row in rows if row.seen_on]
        left = [row.lecture.length for row in rows if not row.seen_on]
        return {
            "rows": rows,
            "seen": len(seen),
            "total": len(rows),
            "seen_length": sum(seen, timedelta()),
            "left_length": sum(left, timedelta()),
        }


@require_safe
def attendance_pdf(request, *, team):
    """Send the group's own note of its meetings as a document. 404 before the first meeting."""
    progress = Progress(team)
    if not progress.meetings:
        raise Http404
    return pdf_response("attendance", document(progress), filename="narvaro.pdf")


def document(progress):
    """Return what the document says: counts, days and lectures, and no names but the group's."""
    team, summary = progress.team, progress.summary()
    return {
        "title": "Våra träffar med Metodstöd",
        "particulars": [
            ["Arbetsgrupp", team.name],
            ["Arbetsplats", team.workplace],
            ["Kommun", team.municipality.name],
            ["Antal träffar", str(len(progress.meetings))],
            ["Sedda föreläsningar", f"{summary['seen']} av {summary['total']}"],
            ["Sedd tid", lengths.in_words(summary["seen_length"])],
        ],
        "meetings": [
            {
                "day": in_words(meeting.held_on),
                "roles": [f"{role[:1].upper()}{role[1:]}: {number}" for role, number in meeting.counts],
                "heads": meeting.head_count,
                "lectures": [
                    [lecture.title, lengths.in_short(lecture.length)] for lecture in meeting.lectures.all()
                ],
            }
            for meeting in progress.meetings
        ],
        "made": in_words(timezone.localdate()),
    }


@require_safe
def personal_note(request, *, team):
    """Show a note for one person to print. The name is written in the page or on paper, and is never sent."""
    progress = Progress(team)
    if not progress.meetings:
        raise Http404
    days = [meeting.held_on for meeting in progress.meetings]
    context = progress.summary() | {"team": team, "first": days[0], "last": days[-1]}
    return render(request, "lectures/attendance.html", context)
