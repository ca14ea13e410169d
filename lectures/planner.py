"""Plan a group's meetings: which lectures fit together, when there is talk and when a pause.

A lecture is cut only when it is longer than a meeting, and then where a chapter begins if one begins near.
"""

import uuid
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from functools import cached_property
from itertools import pairwise
from math import ceil

from django import forms
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from metodstod.forms import PortalForm
from metodstod.later import Later
from metodstod.mail import absolute
from metodstod.models import FieldOfWork
from metodstod.widgets import DateField
from metodstod.working_days import holiday_name

from . import lengths, shelf
from .pages import PAGE, Paged
from .shelf import Card

icalendar = Later("icalendar")

SHORT, LONG_MEETING = 60, 90
SHORT_FILM = 20  # minutes; after one so short there is less to talk about at once
TALK_AFTER_SHORT, TALK, LEAST_TALK = 5, 10, 5
PAUSE, PAUSE_AFTER = 10, 40
# Every order is weighed among so many lectures; the programme has ten, and the time grows with the fifth power.
MOST_WEIGHED = 20
# The programme itself takes ten, and is printed as a whole.
MEETINGS_PER_PAGE = 20
FARTHEST = timedelta(days=2 * 366)
EARLIEST, LATEST = time(7), time(20)
# What a plan's calendar entries are known by, so that a file fetched again replaces them.
NAMESPACE = uuid.UUID("6f0c8a52-5f4b-4f0e-9f2b-3e1d6a7c9b10")


# What is seen ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Part:
    """A lecture, or the stretch of a cut one from `start` to `end` (seconds); `number` of `of` when it is cut."""

    lecture: Card
    start: int
    end: int
    number: int = 1
    of: int = 1

    @property
    def minutes(self):
        return ceil((self.end - self.start) / 60)

    @property
    def is_cut(self):
        return self.of > 1

    @property
    def talk(self):
        """How long one would want to talk after it."""
        return TALK_AFTER_SHORT if self.minutes <= SHORT_FILM else TALK


def parts_of(lecture, minutes):
    """Return the lecture whole, or cut into as few parts of like length as fit in meetings so long, talk included."""
    seconds = round(lecture.length.total_seconds())
    if ceil(seconds / 60) <= minutes:
        return [Part(lecture, 0, seconds)]
    longest = (minutes - TALK) * 60
    number = ceil(seconds / longest)
    cuts = [0]
    for part in range(1, number):
        even = seconds * part // number
        cuts.append(nearest_chapter(lecture, even, longest, cuts[-1], seconds, number - part))
    cuts.append(seconds)
    return [Part(lecture, start, end, place, number) for place, (start, end) in enumerate(pairwise(cuts), 1)]


def nearest_chapter(lecture, even, longest, before, total, left):
    """Return the chapter's beginning nearest the second where the parts are alike, or a whole minute there."""
    earliest, latest = total - left * longest, before + longest
    possible = [second for second, _ in lecture.chapters if max(earliest, before + 1) <= second <= latest]
    at_hand = min(max(even // 60 * 60, earliest), latest)
    return min(possible, key=lambda second: abs(second - even), default=at_hand)


# How it is packed ------------------------------------------------------------------------------------


@dataclass
class Meeting:
    """One planned meeting: its parts in order, and the talk that there was no time for the last time."""

    minutes: int
    parts: list = field(default_factory=list)
    carried: Card | None = None
    starts_at: datetime | None = None
    moved: str = ""  # The holiday that it has been moved from.

    @property
    def ends_at(self):
        return self.starts_at and self.starts_at + timedelta(minutes=self.minutes)

    @property
    def room(self):
        """The minutes that are left when last time's talk is over."""
        return self.minutes - (TALK if self.carried else 0)

    @property
    def owes_talk(self):
        """Whether the talk after its one long film must wait until the next meeting."""
        return len(self.parts) == 1 and self.must_wait(self.parts)

    def must_wait(self, parts):
        return self.room - parts[0].minutes < LEAST_TALK

    def fits(self, parts):
        return self.needed(parts) <= self.room

    def needed(self, parts):
        """Return how many minutes the parts take, with the talk after each and a pause if they are long."""
        return sum(part.minutes for part in parts) + sum(self.talks(parts)) + self.pause(parts)

    def talks(self, parts):
        """Return how long to talk after each part, at least; a film alone leaves what it leaves."""
        if len(parts) == 1:
            return [0 if self.must_wait(parts) else LEAST_TALK]
        return [part.talk for part in parts]

    def pause(self, parts):
        seen = sum(part.minutes for part in parts)
        if self.minutes < LONG_MEETING or seen <= PAUSE_AFTER:
            return 0
        return PAUSE if len(parts) > 1 or seen + LEAST_TALK + PAUSE <= self.room else 0

    @property
    def agenda(self):
        """What happens, in order: (minutes, kind, part or lecture). The minutes are the meeting's own."""
        if not self.parts:
            return [(self.minutes, "talk", self.carried)]
        rows = [(TALK, "talk", self.carried)] if self.carried else []
        pause, spare = self.pause(self.parts), self.room - self.needed(self.parts)
        seen = 0
        for part, talk in zip(self.parts, self.talks(self.parts), strict=True):
            is_last = part is self.parts[-1]
            rows.append((part.minutes, "film", part))
            seen += part.minutes
            if pause and (is_last or seen >= PAUSE_AFTER):
                rows.append((pause, "pause", None))
                pause = 0
            if is_last:
                talk += spare
            if talk:
                rows.append((talk, "end", None) if self.owes_talk else (talk, "talk", part.lecture))
        return rows

    @property
    def timetable(self):
        """The agenda with the minute each thing begins, or its time of day when the day is chosen."""
        begins = 0
        for minutes, kind, what in self.agenda:
            at = self.starts_at + timedelta(minutes=begins) if self.starts_at else None
            yield Line(begins, minutes, kind, what, at)
            begins += minutes


@dataclass(frozen=True)
class Line:
    begins: int
    minutes: int
    kind: str
    what: object
    at: datetime | None


def pack(lectures, minutes):
    """Return the meetings that the lectures are seen in: as few as may be, the programme's order kept where it matters."""
    if len(lectures) > MOST_WEIGHED:
        return in_a_row(lectures, minutes)
    in_order = packed(lectures, minutes, by_size=False)
    by_size = packed(lectures, minutes, by_size=True)
    return by_size if len(by_size) < len(in_order) else in_order


def in_a_row(lectures, minutes):
    """Return the meetings with the lectures one after another, as they come, without weighing one order against another."""
    meetings, last = [], 0
    for lecture in lectures:
        for part in parts_of(lecture, minutes):
            last = put(part, meetings, last + (part.number > 1), minutes)
    return carry(meetings, minutes)


def packed(lectures, minutes, *, by_size):
    meetings, placed = [], {}
    waiting = list(lectures)
    while waiting:
        ready = [one for one in waiting if not any(is_before(other, one, lectures) for other in waiting)]
        lecture = max(ready, key=lambda one: one.length) if by_size else ready[0]
        waiting.remove(lecture)
        earliest = max(
            (place for other, place in placed.items() if is_before(other, lecture, lectures)), default=0
        )
        for part in parts_of(lecture, minutes):
            earliest = put(part, meetings, earliest, minutes)
            placed[lecture] = earliest
            earliest += 1
    for meeting in meetings:
        meeting.parts.sort(key=lambda part: lectures.index(part.lecture))
    orders = [carry(order, minutes) for order in sensible_orders(meetings, lectures)]
    return min(orders, key=len)


def sensible_orders(meetings, lectures):
    """Yield the meetings in the programme's order, then with each moved forward in turn, where nothing comes too early.

    A long film is better seen before a meeting with room for the talk about it than last of all.
    """

    def begins(meeting):
        return min((lectures.index(part.lecture), part.number) for part in meeting.parts)

    in_order = sorted(meetings, key=begins)
    if comes_in_order(in_order, lectures):
        yield in_order
    else:
        in_order = meetings
        yield meetings
    for place, meeting in reversed(list(enumerate(in_order))):
        rest = in_order[:place] + in_order[place + 1 :]
        for other in range(place - 1, -1, -1):
            order = [*rest[:other], meeting, *rest[other:]]
            if meeting.owes_talk and comes_in_order(order, lectures):
                yield order


def comes_in_order(meetings, lectures):
    places = [(place, part) for place, meeting in enumerate(meetings) for part in meeting.parts]
    return not any(
        is_before(part.lecture, earlier.lecture, lectures)
        or (part.lecture == earlier.lecture and part.number < earlier.number)
        for at, earlier in places
        for place, part in places
        if at < place
    )


def is_before(first, second, lectures):
    """Whether one lecture is to be seen no later than another: the introduction, and what the same sender builds on."""
    if first == second:
        return False
    if first == lectures[0] and not first.field_of_work:
        return True
    same = first.provider == second.provider and not first.field_of_work
    return same and lectures.index(first) < lectures.index(second)


def put(part, meetings, earliest, minutes):
    """Put the part in the first meeting with room for it, a new one if need be; return which."""
    for place in range(earliest, len(meetings)):
        if meetings[place].fits([*meetings[place].parts, part]):
            meetings[place].parts.append(part)
            return place
    meetings.append(Meeting(minutes, [part]))
    return len(meetings) - 1


def carry(meetings, minutes):
    """Begin the meeting after a long film with the talk that there was no time for; what no longer fits moves on."""
    result, left = [], [meeting.parts for meeting in meetings]
    carried = None
    while left or carried:
        parts = left.pop(0) if left else []
        meeting = Meeting(minutes, [], carried)
        over = []
        for part in parts:
            if not over and meeting.fits([*meeting.parts, part]):
                meeting.parts.append(part)
            else:
                over.append(part)
        if over:
            left.insert(0, over)
        carried = meeting.parts[0].lecture if meeting.owes_talk else None
        result.append(meeting)
    return result


# When it is ------------------------------------------------------------------------------------------


def on_days(meetings, first, clock, weeks):
    """Yield each meeting with its day, so many weeks apart; one that falls on a holiday is held the week after."""
    day = first
    for meeting in meetings:
        moved = ""
        while name := holiday_name(day):
            moved = name
            day += timedelta(weeks=1)
        starts_at = timezone.make_aware(datetime.combine(day, clock))
        yield replace(meeting, starts_at=starts_at, moved=moved)
        day += timedelta(weeks=weeks)


class PlanForm(PortalForm, forms.Form):
    """What the plan is to hold. Sent by GET, so that its address can be shared within the group."""

    mark_optional = False
    verksamhet = forms.ModelMultipleChoiceField(
        FieldOfWork.objects.all(),
        label="Vilka verksamheter arbetar ni i?",
        help_text="Kryssa för de riktade föreläsningar som ni vill ha med. Utan kryss är alla med, och det rekommenderar vi.",
        required=False,
        to_field_name="slug",
        widget=forms.CheckboxSelectMultiple,
        error_messages=dict.fromkeys(
            ("invalid_choice", "invalid_pk_value", "invalid_list"), "Välj bland verksamheterna i listan."
        ),
    )
    minuter = forms.TypedChoiceField(
        label="Hur långa är träffarna?",
        choices=[("60", "60 minuter"), ("90", "90 minuter")],
        coerce=int,
        initial="90",
        widget=forms.RadioSelect,
        error_messages={
            "required": "Välj 60 eller 90 minuter.",
            "invalid_choice": "Välj 60 eller 90 minuter.",
        },
    )
    start = DateField(label="Första träffen (frivilligt)", required=False)
    tid = forms.TimeField(
        label="Klockan",
        required=False,
        input_formats=["%H.%M", "%H:%M", "%H"],
        help_text="Till exempel 13.00.",
        widget=forms.TextInput(attrs={"class": "govuk-input--width-5"}),
        error_messages={"invalid": "Skriv klockslaget som timmar och minuter, till exempel 13.00."},
    )
    veckor = forms.TypedChoiceField(
        label="Hur ofta?",
        choices=[("1", "Varje vecka"), ("2", "Varannan vecka"), ("4", "Var fjärde vecka")],
        coerce=int,
        initial="2",
        required=False,
        empty_value=2,
        error_messages={"invalid_choice": "Välj i listan."},
    )

    def clean_start(self):
        start = self.cleaned_data["start"]
        if start and not timezone.localdate() <= start <= timezone.localdate() + FARTHEST:
            raise ValidationError("Välj en dag från i dag till två år framåt.")
        return start

    def clean_tid(self):
        clock = self.cleaned_data["tid"]
        if clock and not EARLIEST <= clock <= LATEST:
            raise ValidationError("Välj ett klockslag mellan 7 och 20.")
        return clock

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("start") and not cleaned.get("tid") and "tid" not in self.errors:
            self.add_error("tid", "Skriv när på dagen ni träffas.")
        if cleaned.get("tid") and not cleaned.get("start") and "start" not in self.errors:
            self.add_error("start", "Skriv vilken dag ni träffas första gången.")
        return cleaned


class Packed:
    """The lectures of a choice, and the meetings they are seen in, before any day is chosen."""

    def __init__(self, cards, names, minutes):
        self.lectures = [
            one for one in cards if not names or not one.field_of_work or one.field_of_work in names
        ]
        self.meetings = pack(self.lectures, minutes)
        self.length = sum((one.length for one in self.lectures), lengths.NOTHING)
        # Those that had to be cut.
        self.cut = [one for one in self.lectures if ceil(one.length.total_seconds() / 60) > minutes]


class Plan(Paged):
    """The meetings that a form's answers give. Nothing is packed twice while the lectures are the same."""

    per_page = MEETINGS_PER_PAGE

    def __init__(self, form, query):
        self.is_valid = form.is_valid() if form.is_bound else True
        chosen = form.cleaned_data if form.is_bound else {}
        self.minutes = chosen.get("minuter") or LONG_MEETING
        names = frozenset(field.name for field in chosen.get("verksamhet") or ())
        self.first, self.clock = chosen.get("start"), chosen.get("tid")
        self.weeks = chosen.get("veckor") or 2
        self.all = shelf.current()
        self.packed = self.all.remember(
            (names, self.minutes), lambda: Packed(self.all.cards, names, self.minutes)
        )
        self.asked_page = query.get(PAGE, "")
        self.choice = [(name, value) for name, values in query.lists() if name != PAGE for value in values]

    @property
    def is_dated(self):
        return bool(self.is_valid and self.first and self.clock)

    @property
    def left_out(self):
        return len(self.all) - len(self.packed.lectures)

    @property
    def meetings(self):
        return self.packed.meetings if self.is_valid else []

    @cached_property
    def listed(self):
        """The meetings with their numbers, and with their days once the first is chosen."""
        meetings = self.meetings
        if self.is_dated:
            meetings = on_days(meetings, self.first, self.clock, self.weeks)
        return list(enumerate(meetings, 1))


def asked(request):
    """Return the form with what the address asks, or as it is to begin with."""
    return PlanForm(request.GET if "minuter" in request.GET else None)


@require_safe
def plan(request):
    form = asked(request)
    return render(
        request,
        "lectures/plan.html",
        {
            "form": form,
            "plan": Plan(form, request.GET),
            "query": request.GET.urlencode() if form.is_bound else "",
        },
    )


@require_safe
def plan_calendar(request):
    """Send the plan as a calendar file, once its first day is chosen."""
    plan = Plan(asked(request), request.GET)
    if not plan.is_dated:
        raise Http404
    response = HttpResponse(calendar_of(plan), content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="traffar.ics"'
    return response


def calendar_of(plan):
    """Return the meetings as iCalendar (RFC 5545). They say nothing of who meets: calendars are shared at work."""
    calendar = icalendar.Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", "-//Metodstod//Traffplan//SV")
    calendar.add("method", "PUBLISH")
    for number, meeting in plan.listed:
        event = icalendar.Event()
        event.add("uid", str(uuid.uuid5(NAMESPACE, f"{plan.first} {plan.clock} {plan.minutes} {number}")))
        event.add("dtstamp", timezone.now())
        event.add("dtstart", meeting.starts_at.astimezone(UTC))
        event.add("dtend", meeting.ends_at.astimezone(UTC))
        event.add("summary", f"Metodstöd, träff {number} av {len(plan.meetings)}")
        event.add("description", "\n".join(described(meeting)))
        event.add("class", "PRIVATE")
        calendar.add_component(event)
    return calendar.to_ical()


def described(meeting):
    for line in meeting.timetable:
        if line.kind == "film":
            part = f", del {line.what.number} av {line.what.of}" if line.what.is_cut else ""
            yield f"{line.what.lecture.title}{part} ({line.minutes} min)"
    yield absolute(reverse("lectures:list"))
