"""The planner: no lecture is cut where that can be avoided, talk and pauses are there, and the days are right."""

from datetime import date, datetime, time, timedelta
from types import SimpleNamespace
from unittest import mock
from zoneinfo import ZoneInfo

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from lectures.models import Chapter
from lectures.planner import Meeting, Part, on_days, pack, parts_of
from lectures.shelf import MOST_REMEMBERED, Shelf
from tests.factories import make_field_of_work, make_lecture
from tests.lectures.test_search import FIXTURES

ADDRESS = reverse("lectures:plan")
STOCKHOLM = ZoneInfo("Europe/Stockholm")


class Film(SimpleNamespace):
    """A lecture as the planner needs it, without a database."""

    __hash__ = object.__hash__
    __eq__ = object.__eq__


def film(seconds, *, provider=1, field=None, chapters=()):
    return Film(
        length=timedelta(seconds=seconds),
        provider=provider,
        field_of_work=field,
        chapters=[(second, "Ett kapitel") for second in chapters],
    )


@pytest.fixture
def programme(db):
    for name in ("target_groups", "fields_of_work", "providers", "lectures"):
        call_command("loaddata", FIXTURES / f"{name}.json", verbosity=0)


def lectures():
    return Shelf().cards


def seen(meetings):
    return [[(part.lecture.slug, part.number) for part in meeting.parts] for meeting in meetings]


# Packing ---------------------------------------------------------------------------------------------


def test_programme_in_meetings_of_ninety_minutes_cuts_nothing(programme):
    meetings = pack(lectures(), 90)

    assert seen(meetings) == [
        [("inledande-presentation", 1), ("vad-ar-manniskohandel", 1)],
        [("kopare-av-sexuella-tjanster", 1)],
        [("sex-mot-ersattning", 1)],
        [
            ("sex-mot-ersattning-upptacka-bemota-och-erbjuda-stod", 1),
            ("stod-ekonomi-och-forsorjning", 1),
        ],
        [("stod-barn-och-unga", 1), ("stod-missbruk", 1), ("stod-funktionsstod", 1)],
        [("stod-behandling-och-trauma", 1)],
    ]


def test_programme_in_meetings_of_sixty_minutes_cuts_only_the_one_that_is_longer(programme):
    meetings = pack(lectures(), 60)

    parts = [part for meeting in meetings for part in meeting.parts]
    assert {part.lecture.slug for part in parts if part.is_cut} == {"kopare-av-sexuella-tjanster"}
    assert len(meetings) == 8
    assert meetings[0].parts[0].lecture.slug == "inledande-presentation"


def test_film_that_fills_a_meeting_is_talked_about_at_the_next():
    long, short = film(58 * 60, field=1), film(10 * 60, field=2)

    first, second = pack([long, short], 60)

    assert [(minutes, kind) for minutes, kind, _ in first.agenda] == [(58, "film"), (2, "end")]
    assert [(kind, what) for _, kind, what in second.agenda][:1] == [("talk", long)]
    assert second.parts[0].lecture == short


def test_film_that_fills_the_last_meeting_gets_one_more_to_talk_at():
    long = film(60 * 60)

    first, second = pack([long], 60)

    assert (first.agenda[0][1], second.agenda[0][1:]) == ("film", ("talk", long))


@pytest.mark.parametrize(
    ("chapters", "cut"),
    [((), 1920), ((1500, 2100, 3500), 2100), ((300, 3800), 1920), ((1933,), 1933)],
)
def test_lecture_is_cut_where_a_chapter_begins_if_one_begins_near(chapters, cut):
    kast = film(3867, chapters=chapters)

    first, second = parts_of(kast, 60)

    assert (first.start, first.end, second.start, second.end) == (0, cut, cut, 3867)
    assert (first.of, second.number) == (2, 2)


def test_long_meeting_has_a_pause_and_a_short_one_none():
    parts = [Part(film(45 * 60), 0, 45 * 60)]

    assert "pause" in [kind for _, kind, _ in Meeting(90, parts).agenda]
    assert "pause" not in [kind for _, kind, _ in Meeting(60, parts).agenda]


def test_what_a_sender_builds_on_comes_first(programme):
    for minutes in (60, 90):
        order = [slug for meeting in seen(pack(lectures(), minutes)) for slug, _ in meeting]

        basic = order.index("sex-mot-ersattning")
        assert basic < order.index("sex-mot-ersattning-upptacka-bemota-och-erbjuda-stod")
        assert all(basic < place for place, slug in enumerate(order) if slug.startswith("stod-"))


FILMS = st.lists(
    st.builds(
        film,
        st.integers(min_value=1, max_value=4 * 3600),
        provider=st.integers(1, 3),
        field=st.sampled_from([None, 1, 2]),
        chapters=st.lists(st.integers(1, 4 * 3600), max_size=4),
    ),
    min_size=1,
    max_size=9,
)


@settings(max_examples=80, deadline=None, derandomize=True)
@given(films=FILMS, minutes=st.sampled_from([60, 90]), weighed=st.booleans())
def test_whatever_the_films_all_is_seen_once_in_order_and_on_time(films, minutes, weighed):
    with mock.patch("lectures.planner.MOST_WEIGHED", len(films) - (not weighed)):
        meetings = pack(films, minutes)

    parts = [part for meeting in meetings for part in meeting.parts]
    for one in films:
        own = [part for part in parts if part.lecture is one]
        assert [part.number for part in own] == list(range(1, len(own) + 1))
        assert [part.start for part in own] == [0, *(part.end for part in own[:-1])]
        assert own[-1].end == one.length.total_seconds()
        assert len(own) == 1 or one.length > timedelta(minutes=minutes)
    for meeting in meetings:
        assert sum(length for length, _, _ in meeting.agenda) == minutes
        assert all(length > 0 for length, _, _ in meeting.agenda)
    talked = {id(what) for meeting in meetings for _, kind, what in meeting.agenda if kind == "talk"}
    assert talked == {id(one) for one in films}


def test_more_films_than_are_weighed_come_as_in_the_catalogue():
    films = [film(600 + number) for number in range(1000)]

    meetings = pack(films, 90)

    assert [part.lecture for meeting in meetings for part in meeting.parts] == films


# Days ------------------------------------------------------------------------------------------------


def test_meetings_keep_their_time_of_day_when_the_clock_is_changed():
    meetings = [Meeting(90), Meeting(90)]

    meetings = list(on_days(meetings, date(2027, 3, 23), time(13), 1))

    assert [meeting.starts_at for meeting in meetings] == [
        datetime(2027, 3, 23, 13, tzinfo=STOCKHOLM),
        datetime(2027, 3, 30, 13, tzinfo=STOCKHOLM),
    ]
    assert [meeting.starts_at.utcoffset() for meeting in meetings] == [
        timedelta(hours=1),
        timedelta(hours=2),
    ]


def test_meeting_on_a_holiday_is_held_the_week_after():
    meetings = [Meeting(90), Meeting(90)]

    meetings = list(on_days(meetings, date(2027, 5, 6), time(9), 2))

    assert [meeting.starts_at.date() for meeting in meetings] == [date(2027, 5, 13), date(2027, 5, 27)]
    assert [bool(meeting.moved) for meeting in meetings] == [True, False]


# The page --------------------------------------------------------------------------------------------


def page_of(response):
    return BeautifulSoup(response.content, "html.parser").main


def text_of(response):
    return " ".join(page_of(response).get_text(" ").split())


DATED = {
    "minuter": "90",
    "start_day": "12",
    "start_month": "1",
    "start_year": "2027",
    "tid": "13.00",
    "veckor": "2",
}


def test_page_proposes_all_lectures_at_once(client, programme):
    response = client.get(ADDRESS)

    assert "6 träffar på 90 minuter, 10 föreläsningar, 5 timmar, 31 minuter och 27 sekunder film" in text_of(
        response
    )
    assert len(page_of(response).find_all("table")) == 6
    assert response.cookies == {}
    assert "Cookie" not in response.get("Vary", "")


def test_chosen_field_leaves_out_the_others_and_advises_to_see_them(client, programme):
    text = text_of(client.get(ADDRESS, {"minuter": "60", "verksamhet": "barn-och-unga"}))

    assert "6 föreläsningar" in text
    assert "4 riktade föreläsningar är inte med. Vi rekommenderar att ni ser alla" in text
    assert "Köpare av sexuella tjänster - KAST är längre än en träff." in text


@time_machine.travel("2026-11-24 12:00", tick=False)
def test_dated_plan_says_when_and_goes_in_the_calendar(client, programme):
    response = client.get(ADDRESS, DATED)

    page = page_of(response)
    assert page.find("h2").text == "Träff 1, tisdag 12 januari 2027 kl. 13.00–14.30"
    assert page.find("td").text.strip() == "13.00"
    calendar = client.get(page.find("a", string="Lägg träffarna i kalendern (ICS)")["href"])
    assert calendar["Content-Type"] == "text/calendar; charset=utf-8"
    events = Calendar.from_ical(calendar.content).walk("VEVENT")
    assert [event.decoded("dtstart") for event in events][:2] == [
        datetime(2027, 1, 12, 13, tzinfo=STOCKHOLM),
        datetime(2027, 1, 26, 13, tzinfo=STOCKHOLM),
    ]
    assert str(events[0]["summary"]) == "Metodstöd, träff 1 av 6"
    assert len({str(event["uid"]) for event in events}) == 6
    again = Calendar.from_ical(client.get(reverse("lectures:plan_calendar"), DATED).content).walk("VEVENT")
    assert [event["uid"] for event in again] == [event["uid"] for event in events]


@time_machine.travel("2026-11-24 12:00", tick=False)
@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"minuter": "45"}, "Välj 60 eller 90 minuter."),
        ({"minuter": ""}, "Välj 60 eller 90 minuter."),
        ({"verksamhet": "finns-inte"}, "Välj bland verksamheterna i listan."),
        ({"tid": ""}, "Skriv när på dagen ni träffas."),
        ({"tid": "eftermiddag"}, "Skriv klockslaget som timmar och minuter, till exempel 13.00."),
        ({"tid": "3.00"}, "Välj ett klockslag mellan 7 och 20."),
        (
            {"start_day": "", "start_month": "", "start_year": ""},
            "Skriv vilken dag ni träffas första gången.",
        ),
        ({"start_day": "31", "start_month": "2"}, "Det datumet finns inte."),
        ({"start_year": "2025"}, "Välj en dag från i dag till två år framåt."),
        ({"start_year": "9999"}, "Välj en dag från i dag till två år framåt."),
        ({"veckor": "3"}, "Välj i listan."),
    ],
)
def test_wrong_answer_is_told(client, programme, fields, error):
    response = client.get(ADDRESS, DATED | fields)

    assert error in text_of(response)
    assert page_of(response).find("table") is None
    assert client.get(reverse("lectures:plan_calendar"), DATED | fields).status_code == 404


@pytest.mark.django_db
def test_plan_stands_odd_addresses_and_an_empty_catalogue(client):
    assert "0 träffar" in text_of(client.get(ADDRESS))
    for query in (
        "minuter=90&start_day=%ff",
        "minuter=90&tid=" + "9" * 5000,
        "minuter[]=1",
        "verksamhet=%27--",
    ):
        assert client.get(f"{ADDRESS}?{query}").status_code == 200
    assert client.get(reverse("lectures:plan_calendar")).status_code == 404


def test_plan_asks_the_database_as_often_for_thirty_lectures(client, db, django_assert_max_num_queries):
    for number in range(30):
        lecture = make_lecture(field_of_work=make_field_of_work(f"f{number}", name=f"F {number}"))
        Chapter.objects.create(lecture=lecture, second=60, title="Ett")

    with django_assert_max_num_queries(7):
        response = client.get(ADDRESS)

    assert "30 föreläsningar" in text_of(response)


def test_plan_of_many_meetings_is_shown_a_page_at_a_time_with_its_days(client, db):
    for _ in range(30):
        make_lecture(length=timedelta(minutes=80))
    asked = DATED | {"start_year": str(timezone.localdate().year + 1), "veckor": "1"}

    first, second = (client.get(ADDRESS, asked | page) for page in ({}, {"sida": "2"}))

    titles = [heading.text for heading in page_of(second).find_all("h2")]
    assert "30 träffar på 90 minuter" in text_of(second)
    assert [title.split(",")[0] for title in titles] == [f"Träff {number}" for number in range(21, 31)]
    assert all(" kl. 13.00–14.30" in title for title in titles)
    onward = page_of(first).find("a", rel="next")["href"]
    assert [heading.text for heading in page_of(client.get(ADDRESS + onward)).find_all("h2")] == titles
    assert len(page_of(first).find_all("table")) == 20
    calendar = client.get(reverse("lectures:plan_calendar"), asked).content
    assert len(Calendar.from_ical(calendar).walk("VEVENT")) == 30


def test_nothing_is_packed_twice_while_the_lectures_are_the_same():
    shelf = Shelf.__new__(Shelf)
    shelf.remembered = {}
    made = [shelf.remember(key, lambda key=key: [key]) for key in [1, 1, *range(2, 2 + MOST_REMEMBERED), 1]]

    assert made[0] is made[1]
    assert made[-1] == made[0]
    assert made[-1] is not made[0]
    assert len(shelf.remembered) <= MOST_REMEMBERED
