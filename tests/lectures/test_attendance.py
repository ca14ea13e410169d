"""What a group has seen over its meetings: on its page, in a tagged PDF, and on a note to print where no name is sent."""

import io
from datetime import date, timedelta

import pytest
from bs4 import BeautifulSoup
from django.core.management import CommandError, call_command
from django.urls import reverse
from pypdf import PdfReader

from lectures.attendance import Progress
from lectures.models import Place
from metodstod.models import Team
from tests.factories import make_lecture, make_meeting, make_team


@pytest.fixture
def team(social_worker):
    return make_team(social_worker, name="Vuxenteamet", workplace="Socialkontoret")


@pytest.fixture
def member(client, social_worker, log_in):
    log_in(client, social_worker)
    return client


def text_of(response):
    return " ".join(BeautifulSoup(response.content, "html.parser").main.get_text(" ").split())


def test_progress_is_counted_over_all_meetings(team):
    first, second, third = make_lecture("Ett"), make_lecture("Två"), make_lecture("Tre")
    gone = make_lecture("Borttagen", published_at=None)
    make_meeting(team, lectures=[first, gone], held_on=date(2026, 9, 1))
    make_meeting(team, lectures=[first], held_on=date(2026, 10, 1))
    make_meeting(make_team(), lectures=[third])
    Place.keep(team, second, 75)
    Place.keep(team, first, 20)

    summary = Progress(team).summary()

    assert [(row.lecture.title, row.seen_on, row.second) for row in summary["rows"]] == [
        ("Ett", date(2026, 9, 1), None),
        ("Två", None, 75),
        ("Tre", None, None),
        ("Borttagen", date(2026, 9, 1), None),
    ]
    assert (summary["seen"], summary["total"]) == (2, 4)
    assert (summary["seen_length"], summary["left_length"]) == (timedelta(minutes=20), timedelta(minutes=20))


def test_page_of_meetings_tells_how_far_the_group_has_come(member, team):
    first, second = make_lecture("Ett"), make_lecture("Två")
    make_meeting(team, lectures=[first])
    Place.keep(team, second, 75)

    text = text_of(member.get(reverse("lectures:meeting_list", args=[team.pk])))

    assert "Ni har sett 1 av 2 föreläsningar, 10 minuter. 10 minuter är kvar." in text
    assert "Ni stannade vid 1:15" in text


def test_progress_takes_as_many_queries_for_thirty_meetings(team, django_assert_num_queries):
    for _ in range(30):
        make_meeting(team)

    with django_assert_num_queries(4):
        summary = Progress(team).summary()

    assert summary["seen"] == 30


def pdf_of(response):
    assert response["Content-Type"] == "application/pdf"
    reader = PdfReader(io.BytesIO(response.content))
    return reader, " ".join(" ".join(page.extract_text() for page in reader.pages).split())


def test_group_gets_its_attendance_as_a_tagged_document(member, team):
    lecture = make_lecture("Vad är #människohandel? *stjärna*", length=timedelta(minutes=40, seconds=4))
    make_meeting(team, lectures=[lecture], held_on=date(2026, 9, 1), count_social_worker=4, count_manager=1)
    make_meeting(team, lectures=[], held_on=date(2026, 9, 15))
    make_meeting(make_team(), lectures=[make_lecture("Andras")])

    reader, text = pdf_of(member.get(reverse("lectures:attendance_pdf", args=[team.pk])))

    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert reader.trailer["/Root"]["/Lang"] == "sv"
    assert "Vuxenteamet" in text
    assert "tisdag 1 september 2026" in text
    assert "Deltagare: 5" in text
    assert "Chefer och arbetsledare: 1" in text
    assert "Vad är #människohandel? *stjärna*" in text
    assert "Ingen föreläsning sågs till slutet." in text
    assert "Andras" not in text


def test_document_names_nobody(member, team, social_worker):
    make_meeting(team, logged_by=social_worker)

    _, text = pdf_of(member.get(reverse("lectures:attendance_pdf", args=[team.pk])))

    assert social_worker.name not in text
    assert social_worker.email not in text


@pytest.mark.parametrize("name", ["attendance_pdf", "personal_note"])
def test_there_is_no_note_before_the_first_meeting(member, team, name):
    assert member.get(reverse(f"lectures:{name}", args=[team.pk])).status_code == 404


def test_personal_note_can_send_no_name(member, team):
    seen, _ = make_lecture("Sedd"), make_lecture("Inte sedd")
    make_meeting(team, lectures=[seen], held_on=date(2026, 9, 1))

    page = BeautifulSoup(
        member.get(reverse("lectures:personal_note", args=[team.pk])).content, "html.parser"
    ).main

    assert page.find("form") is None
    assert [
        field for field in page.find_all("input") if field.has_attr("name") or field.has_attr("form")
    ] == []
    assert "den 1 september 2026" in page.text
    assert "Sedd, Mikamottagningen" in page.text
    assert "Inte sedd" not in page.text


def test_demo_shows_a_group_on_its_way(db, settings):
    settings.DEMO = True
    for name in ("load_content", "load_demo", "load_demo_meetings", "load_demo_meetings"):
        call_command(name, verbosity=0)

    team = Team.objects.get(name="Barn och unga, Halmstad")

    summary = Progress(team).summary()
    assert (team.meetings.count(), summary["seen"], summary["total"]) == (2, 3, 10)
    assert [row.second for row in summary["rows"] if row.second] == [21]


def test_demos_meetings_are_for_the_demo_alone(db):
    with pytest.raises(CommandError):
        call_command("load_demo_meetings")
