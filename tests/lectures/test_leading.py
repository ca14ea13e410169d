"""A meeting led from one screen: notes land in the group's draft, once and unlost, and the film goes on where it stopped."""

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from feedback.models import Draft, NoteReceipt, QuestionSet
from lectures.models import Chapter, Meeting, Place
from tests.factories import (
    make_draft,
    make_lecture,
    make_meeting,
    make_member,
    make_question_set,
    make_team,
)


@pytest.fixture
def team(social_worker):
    make_question_set()
    return make_team(social_worker)


@pytest.fixture
def meeting(team):
    return make_meeting(team, lectures=[])


@pytest.fixture
def member(client, social_worker, log_in):
    log_in(client, social_worker)
    return client


def address(meeting):
    return reverse("lectures:meeting_lead", args=[meeting.team_id, meeting.pk])


def sent(**fields):
    return {"key": str(uuid.uuid4()), "questions": "1", "do": "save"} | fields


def page_of(response):
    return BeautifulSoup(response.content, "html.parser").main


def text_of(response):
    return " ".join(page_of(response).get_text(" ").split())


def answers(team):
    return [answer.text for answer in Draft.objects.of(team).answers.all()]


# Beginning -------------------------------------------------------------------------------------------


def test_meeting_begins_with_a_head_count_and_leads_to_the_screen(member, team, social_worker):
    make_lecture("Ett")
    fields = {"key": str(uuid.uuid4()), "count_social_worker": "5", "count_manager": "1"}

    response = member.post(reverse("lectures:meeting_start", args=[team.pk]), fields, follow=True)
    again = member.post(reverse("lectures:meeting_start", args=[team.pk]), fields)

    meeting = Meeting.objects.get()
    assert (meeting.held_on, meeting.head_count, meeting.logged_by) == (
        timezone.localdate(),
        6,
        social_worker,
    )
    assert response.redirect_chain == [(address(meeting), 302)]
    assert again["Location"] == address(meeting)
    assert "Ett" in page_of(response).h1.text


def test_nobody_present_is_no_meeting(member, team):
    response = member.post(reverse("lectures:meeting_start", args=[team.pk]), {"key": str(uuid.uuid4())})

    assert "Skriv hur många som deltog, minst en." in text_of(response)
    assert not Meeting.objects.exists()


# The screen ------------------------------------------------------------------------------------------


def test_screen_shows_film_pause_questions_and_what_has_been_written(member, team, meeting):
    lecture = make_lecture("Ett", film="film/ett.mp4", captions="captions/ett.vtt")
    Chapter.objects.create(lecture=lecture, second=75, title="Början", question="Hur gör vi?")
    make_draft(team, "Det här har vi skrivit.")

    page = page_of(member.get(address(meeting)))

    assert page.find("video").source["src"] == reverse("lectures:film", args=[lecture.slug])
    assert "Stanna efteråt och prata: Hur gör vi?" in page.text
    assert [box.h3.text for box in page.find_all(class_="ms-lead__question")] == [
        f"{number}. Fråga {number}?" for number in range(1, 6)
    ]
    written = page.find_all(attrs={"data-written": True})
    assert [one.has_attr("hidden") for one in written] == [False, True, True, True, True]
    assert "Det här har vi skrivit." in written[0].text
    assert page.find("textarea", attrs={"name": "note_1"}).text.strip() == ""


def test_screen_begins_with_what_the_group_has_not_seen(member, team, meeting):
    seen = make_lecture("Sedd")
    make_lecture("Ny")
    make_meeting(team, lectures=[seen])

    page = page_of(member.get(address(meeting)))

    assert "Ny" in page.h1.text
    assert page.find("button", string="Sedd")["value"] == f"go:{seen.slug}"


def test_screen_goes_on_where_the_group_stopped_at_its_last_meeting(member, team, meeting):
    make_lecture("Ett")
    second = make_lecture("Två", film="film/tva.mp4", captions="captions/tva.vtt")
    Place.keep(team, second, 310)
    Place.keep(make_team(), second, 20)

    page = page_of(member.get(address(make_meeting(team, lectures=[]))))

    assert "Två" in page.h1.text
    assert page.find("video").source["src"].endswith("/film#t=310")
    assert "Ni stannade vid 5:10. Filmen börjar där." in " ".join(page.text.split())


def test_big_type_is_kept_from_page_to_page(member, meeting):
    lecture = make_lecture("Ett")

    big = member.post(address(meeting), sent(do="big", lecture=lecture.slug), follow=True)
    after = member.post(address(meeting), sent(stor="1", lecture=lecture.slug), follow=True)
    small = member.post(address(meeting), sent(do="small", stor="1", lecture=lecture.slug), follow=True)

    assert ["ms-lead--big" in page_of(response)["class"] for response in (big, after, small)] == [
        True,
        True,
        False,
    ]


def test_screen_takes_as_many_queries_for_thirty_lectures(
    member, team, meeting, django_assert_max_num_queries
):
    for number in range(30):
        lecture = make_lecture()
        Place.keep(team, lecture, number + 1)

    with django_assert_max_num_queries(22):
        response = member.get(address(meeting))

    assert len(page_of(response).find_all("button", class_="ms-linklike")) == 30


# Notes -----------------------------------------------------------------------------------------------


def test_notes_land_in_the_draft_under_the_right_question(member, team, meeting, social_worker):
    make_draft(team, "", "Vi saknar en film.")

    response = member.post(address(meeting), sent(note_2="Och mer om\r\nlagen.", note_4="  "), follow=True)

    assert answers(team) == ["", "Vi saknar en film.\n\nOch mer om\nlagen.", "", "", ""]
    assert Draft.objects.of(team).last_saved.saved_by == social_worker
    assert page_of(response).find("textarea", attrs={"name": "note_2"}).text.strip() == ""


def test_first_note_begins_the_draft(member, team, meeting):
    member.post(address(meeting), sent(note_1="Vi har fått ord."))

    assert answers(team) == ["Vi har fått ord.", "", "", "", ""]


def test_same_notes_sent_again_are_added_once(member, team, meeting):
    fields = sent(note_1="En gång.")

    for _ in range(3):
        member.post(address(meeting), fields)

    assert answers(team)[0] == "En gång."


@pytest.mark.django_db(transaction=True)
def test_same_notes_sent_eight_times_at_once_are_added_once(social_worker, log_in):
    make_question_set()
    team = make_team(social_worker)
    meeting = make_meeting(team, lectures=[])
    clients = [Client() for _ in range(8)]
    for client in clients:
        log_in(client, social_worker)
    fields = sent(note_1="En gång.")

    def post(client):
        try:
            return client.post(address(meeting), fields).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        statuses = list(threads.map(post, clients))

    assert statuses == [302] * 8
    assert answers(team)[0] == "En gång."
    assert NoteReceipt.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_notes_of_eight_at_once_are_all_there(social_worker, log_in):
    make_question_set()
    team = make_team(social_worker)
    meeting = make_meeting(team, lectures=[])
    clients = [Client() for _ in range(8)]
    for client in clients:
        log_in(client, social_worker)

    def post(number):
        try:
            return clients[number].post(address(meeting), sent(note_1=f"Nummer {number}.")).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        statuses = list(threads.map(post, range(8)))

    assert statuses == [302] * 8
    assert sorted(answers(team)[0].split("\n\n")) == [f"Nummer {number}." for number in range(8)]


def test_note_with_an_identity_number_is_refused_and_kept_on_the_page(member, team, meeting):
    text = "Hon är född 811218-9876."

    response = member.post(address(meeting), sent(note_3=text, note_1="Ett svar."))
    masked = member.post(address(meeting), sent(note_3=text, mask="1"))

    assert "Det ser ut att stå ett personnummer här" in text_of(response)
    assert page_of(response).find("textarea", attrs={"name": "note_3"}).text.strip() == text
    assert page_of(response).find("textarea", attrs={"name": "note_1"}).text.strip() == "Ett svar."
    assert masked.status_code == 302
    assert "811218" not in answers(team)[2]
    assert answers(team)[0] == ""


def test_note_that_has_no_room_is_refused_and_nothing_is_stored(member, team, meeting):
    make_draft(team, "a" * 4990)

    response = member.post(address(meeting), sent(note_1="Det här får inte plats.", note_2="Men det här."))

    assert "Med anteckningen blir det 15 för många." in text_of(response)
    assert page_of(response).find("textarea", attrs={"name": "note_2"}).text.strip() == "Men det här."
    assert answers(team)[:2] == ["a" * 4990, ""]
    assert not NoteReceipt.objects.exists()


def test_notes_for_questions_that_have_been_replaced_stay_on_the_page(member, team, meeting):
    QuestionSet.objects.filter(number=1).update(retired_at=timezone.now())
    make_question_set(2)

    response = member.post(address(meeting), sent(note_1="Till de gamla frågorna."))
    again = member.post(address(meeting), sent(note_1="Till de nya frågorna.", questions="2"))

    assert "Frågorna har bytts ut sedan du öppnade sidan." in text_of(response)
    assert page_of(response).find("textarea", attrs={"name": "note_1"}).text.strip() == (
        "Till de gamla frågorna."
    )
    assert page_of(response).find(attrs={"name": "questions"})["value"] == "2"
    assert again.status_code == 302
    assert answers(team)[0] == "Till de nya frågorna."


def test_group_that_ended_meanwhile_keeps_its_text_on_the_page(member, team, meeting, social_worker):
    team.close(by=social_worker)

    response = member.post(address(meeting), sent(note_1="Det sista."))
    shown = member.get(address(meeting))

    assert response.status_code == 409
    assert page_of(response).find("textarea", attrs={"name": "note_1"}).text.strip() == "Det sista."
    assert shown["Location"] == meeting.get_absolute_url()
    assert Draft.objects.of(team) is None


def test_key_of_another_groups_notes_opens_nothing(member, team, meeting, outsider, log_in):
    foreign = make_team(outsider)
    theirs = Client()
    log_in(theirs, outsider)
    fields = sent(note_1="Deras.")
    theirs.post(address(make_meeting(foreign, lectures=[])), fields)

    response = member.post(address(meeting), fields | {"note_1": "Våra."})

    assert response.status_code == 404
    assert answers(foreign)[0] == "Deras."


def test_logged_out_writer_gets_the_text_back(client, meeting):
    response = client.post(
        address(meeting),
        sent(note_1="En lång anteckning som ingen vill skriva en gång till."),
        headers={"origin": "http://testserver"},
    )

    assert response.status_code == 401
    assert "En lång anteckning som ingen vill skriva en gång till." in response.content.decode()


@pytest.mark.parametrize("odd", ["\x00", "a\x00b", "<script>alert(1)</script>", "å" * 10_000, "\ud800"])
def test_screen_stands_what_nobody_would_write(member, team, meeting, odd):
    fields = {"note_1": odd, "second": odd, "lecture": odd, "questions": odd, "key": odd, "do": odd}

    for name, value in fields.items():
        body = sent(**{name: value.encode("utf-8", "surrogatepass").decode("latin-1")})
        assert member.post(address(meeting), body).status_code in {200, 302}


# What the buttons do ---------------------------------------------------------------------------------


def test_every_button_stores_the_notes_first(member, team, meeting):
    lecture, other = make_lecture("Ett"), make_lecture("Två")

    for number, do in enumerate(("seen", f"go:{other.slug}", "big", "end", "nonsense", ""), 1):
        member.post(address(meeting), sent(do=do, lecture=lecture.slug, note_1=f"Nummer {number}."))

    assert answers(team)[0].split("\n\n") == [f"Nummer {number}." for number in range(1, 7)]


def test_seen_lecture_is_noted_and_the_next_is_shown(member, team, meeting):
    first, second = make_lecture("Ett"), make_lecture("Två")
    Place.keep(team, first, 500)

    for _ in range(2):
        response = member.post(address(meeting), sent(do="seen", lecture=first.slug), follow=True)

    assert list(meeting.lectures.all()) == [first]
    assert "Två" in page_of(response).h1.text
    assert "Ni har sett Ett." in response.content.decode()
    assert not Place.objects.exists()
    assert second not in meeting.lectures.all()


def test_end_leads_to_the_meeting(member, meeting):
    response = member.post(address(meeting), sent(do="end"), follow=True)

    assert response.redirect_chain[-1][0] == meeting.get_absolute_url()
    assert "Det ni har antecknat ligger i utkastet." in response.content.decode()


@pytest.mark.parametrize(
    ("written", "second"), [("12.30", 750), ("12:30", 750), ("90", 90), ("1.04.27", 600), ("0", 0)]
)
def test_place_is_kept_as_it_is_written(member, team, meeting, written, second):
    lecture = make_lecture()  # ten minutes

    member.post(address(meeting), sent(lecture=lecture.slug, second=written))
    member.post(address(meeting), sent(lecture=lecture.slug, second=written))

    assert Place.objects.get().second == min(second, 600)


@pytest.mark.parametrize("written", ["tolv", "1.2.3.4", "-5", "99999999", "٣"])
def test_place_that_is_none_is_told(member, meeting, written):
    lecture = make_lecture()

    response = member.post(address(meeting), sent(lecture=lecture.slug, second=written))

    assert "Skriv tiden som minuter och sekunder" in text_of(response)
    assert not Place.objects.exists()


# The script's side -----------------------------------------------------------------------------------

JSON = {"headers": {"accept": "application/json"}}


def test_script_is_told_what_is_written_and_what_is_refused(member, team, meeting):
    member.post(address(meeting), sent(note_1="Noll."), **JSON)
    stored = member.post(address(meeting), sent(note_1="Ett."), **JSON)
    refused = member.post(address(meeting), sent(note_1="811218-9876"), **JSON)

    assert stored.json()["written"]["note_1"] == "Noll.\n\nEtt."
    assert refused.status_code == 422
    assert list(refused.json()["refused"]) == ["note_1"]
    assert refused.json()["mask"] is True
    assert "csrf" in member.get(address(meeting), **JSON).json()


# Who may ---------------------------------------------------------------------------------------------


def test_notes_are_closed_to_staff_and_to_others(client, meeting, coordinator, outsider, log_in):
    for person in (coordinator, outsider):
        log_in(client, person)

        assert client.get(address(meeting)).status_code == 404
        assert client.post(address(meeting), sent(note_1="Hej.")).status_code == 404
    assert Draft.objects.of(meeting.team) is None


def test_meeting_of_another_group_is_not_found_by_ones_own(member, team):
    other = make_meeting(make_team(), lectures=[])

    assert member.get(reverse("lectures:meeting_lead", args=[team.pk, other.pk])).status_code == 404


def test_colleague_sees_the_notes_in_the_draft(client, member, team, meeting, log_in):
    member.post(address(meeting), sent(note_1="Från träffen."))
    other = Client()
    log_in(other, make_member(team))

    assert "Från träffen." in other.get(reverse("feedback:draft", args=[team.pk])).content.decode()
