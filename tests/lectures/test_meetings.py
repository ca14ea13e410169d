"""A group's meetings: logged once, put right, removed, and seen by nobody else."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from urllib.parse import urlencode

import pytest
from bs4 import BeautifulSoup
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from lectures.models import Meeting
from tests.factories import make_lecture, make_meeting, make_member, make_municipality, make_team


@pytest.fixture
def team(social_worker):
    return make_team(social_worker)


@pytest.fixture
def member(client, social_worker, log_in):
    """The client of someone in the group."""
    log_in(client, social_worker)
    return client


def new_address(team):
    return reverse("lectures:meeting_create", args=[team.pk])


def filled_in(*lectures, **fields):
    held_on = fields.pop("held_on", timezone.localdate() - timedelta(days=3))
    return {
        "key": str(uuid.uuid4()),
        "held_on_day": held_on.day,
        "held_on_month": held_on.month,
        "held_on_year": held_on.year,
        "lectures": [lecture.pk for lecture in lectures],
        "count_social_worker": "4",
        "count_treatment": "",
        "count_manager": "1",
        "count_other": "0",
    } | fields


def text_of(response):
    return " ".join(BeautifulSoup(response.content, "html.parser").main.get_text(" ").split())


def errors_of(response):
    assert response.status_code == 200
    return response.context["form"].errors


# Logging one -----------------------------------------------------------------------------------------


def test_meeting_is_logged(member, team, social_worker):
    first, second, _ = make_lecture("Ett"), make_lecture("Två"), make_lecture("Tre")

    response = member.post(new_address(team), filled_in(first, second), follow=True)

    meeting = Meeting.objects.get()
    assert (meeting.team, meeting.logged_by) == (team, social_worker)
    assert meeting.held_on == timezone.localdate() - timedelta(days=3)
    assert list(meeting.lectures.all()) == [first, second]
    assert meeting.counts == [("socialsekreterare och handläggare", 4), ("chefer och arbetsledare", 1)]
    assert response.redirect_chain == [(meeting.get_absolute_url(), 302)]
    assert "Träffen är sparad." in text_of(response)


def test_form_proposes_today_and_tells_what_has_been_seen(member, team):
    seen, not_seen = make_lecture("Sedd"), make_lecture("Ny")
    make_meeting(team, lectures=[seen])
    make_meeting(make_team(), lectures=[not_seen])

    page = BeautifulSoup(member.get(new_address(team)).content, "html.parser").main

    today = timezone.localdate()
    assert [page.find(attrs={"name": f"held_on_{part}"})["value"] for part in ("day", "month", "year")] == [
        str(today.day),
        str(today.month),
        str(today.year),
    ]
    labels = [" ".join(label.text.split()) for label in page.find_all(class_="govuk-checkboxes__label")]
    assert labels == ["Sedd (10 min) – ni har sett den", "Ny (10 min)"]
    assert page.find_all("input", checked=True) == []


def test_form_offers_published_lectures_alone(member, team):
    draft = make_lecture("Utkast", published_at=None)

    response = member.post(new_address(team), filled_in(draft))

    assert errors_of(response) == {"lectures": ["En av föreläsningarna finns inte längre. Välj på nytt."]}
    assert not Meeting.objects.exists()


@pytest.mark.parametrize(
    ("fields", "errors"),
    [
        (
            {"held_on_day": "", "held_on_month": "", "held_on_year": ""},
            {"held_on": ["Skriv vilken dag ni träffades."]},
        ),
        (
            {"held_on": timezone.localdate() + timedelta(days=2)},
            {"held_on": ["Datumet har inte varit än. Anteckna träffen när den är hållen."]},
        ),
        (
            {"held_on": date(2023, 2, 19)},
            {"held_on": ["Metodstödet kom den 20 februari 2023. Skriv ett senare datum."]},
        ),
        ({"lectures": []}, {"lectures": ["Välj minst en föreläsning."]}),
        (
            {"count_social_worker": "0", "count_manager": ""},
            {"count_social_worker": ["Skriv hur många som deltog, minst en."]},
        ),
        ({"count_other": "-1"}, {"count_other": ["Antalet kan inte vara mindre än noll."]}),
        ({"count_other": "fyra"}, {"count_other": ["Skriv antalet med siffror."]}),
        ({"count_other": "1.5"}, {"count_other": ["Skriv antalet med siffror."]}),
        ({"count_other": "501"}, {"count_other": ["Högst 500 deltagare kan antecknas för en träff."]}),
        (
            {"count_other": "300", "count_manager": "300"},
            {"count_social_worker": ["Högst 500 deltagare kan antecknas för en träff."]},
        ),
        ({"count_other": "9" * 10_000}, {"count_other": ["Skriv antalet med siffror."]}),
    ],
)
def test_meeting_that_cannot_be_is_not_logged(member, team, fields, errors):
    response = member.post(new_address(team), filled_in(make_lecture(), **fields))

    assert errors_of(response) == errors
    assert not Meeting.objects.exists()


@pytest.mark.parametrize(
    "odd", ["%00", "a%00b", "%ff%fe%c3", "%3Cscript%3Ealert(1)%3C/script%3E", "%C3%A5" * 10_000]
)
@pytest.mark.parametrize("field", ["held_on_day", "lectures", "count_other", "key"])
def test_form_stands_what_nobody_would_write(member, team, field, odd):
    sent = urlencode(filled_in(make_lecture()) | {field: ""}, doseq=True).replace(
        f"{field}=", f"{field}={odd}"
    )

    response = member.post(new_address(team), sent, content_type="application/x-www-form-urlencoded")

    assert errors_of(response)
    assert b"<script>alert" not in response.content
    assert not Meeting.objects.exists()


def test_form_gives_back_what_was_written(member, team):
    lecture = make_lecture()

    response = member.post(new_address(team), filled_in(lecture, count_social_worker="12", count_other="x"))

    page = BeautifulSoup(response.content, "html.parser").main
    assert page.find(attrs={"name": "count_social_worker"})["value"] == "12"
    assert page.find("input", checked=True)["value"] == str(lecture.pk)
    assert page.find(class_="govuk-error-summary") is not None


@pytest.mark.parametrize("key", ["", "skadad", None])
def test_form_without_its_key_is_asked_for_again_with_a_new_one(member, team, key):
    sent = filled_in(make_lecture(), key=key)
    if key is None:
        del sent["key"]

    response = member.post(new_address(team), sent)

    assert errors_of(response)
    assert not Meeting.objects.exists()
    again = sent | {"key": response.context["form"]["key"].value()}
    assert member.post(new_address(team), again).status_code == 302
    assert Meeting.objects.count() == 1


def test_meeting_sent_twice_is_one(member, team):
    sent = filled_in(make_lecture())

    first, second = member.post(new_address(team), sent), member.post(new_address(team), sent)

    assert Meeting.objects.count() == 1
    assert first["Location"] == second["Location"] == Meeting.objects.get().get_absolute_url()


def test_key_of_another_groups_meeting_leads_nowhere(member, team):
    foreign = make_meeting(make_team())

    response = member.post(new_address(team), filled_in(make_lecture(), key=str(foreign.key)))

    assert response.status_code == 404
    assert Meeting.objects.get() == foreign


@pytest.mark.django_db(transaction=True)
def test_meeting_sent_eight_times_at_once_is_one(team, social_worker, log_in):
    lectures = [make_lecture(), make_lecture()]
    sent = filled_in(*lectures)
    clients = [Client() for _ in range(8)]
    for client in clients:
        log_in(client, social_worker)

    def send(client):
        try:
            return client.post(new_address(team), sent)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(send, clients))

    meeting = Meeting.objects.get()
    assert {answer["Location"] for answer in answers} == {meeting.get_absolute_url()}
    assert list(meeting.lectures.all()) == lectures


# Reading, putting right, removing --------------------------------------------------------------------


def test_meeting_is_read(member, team):
    meeting = make_meeting(
        team,
        lectures=[make_lecture("Vad är människohandel?")],
        held_on=date(2026, 11, 3),
        count_social_worker=4,
        count_other=2,
    )

    text = text_of(member.get(meeting.get_absolute_url()))

    assert "Träff tisdag 3 november 2026" in text
    assert "Vad är människohandel?" in text
    assert "Socialsekreterare och handläggare: 4 Andra: 2 Tillsammans: 6" in text


def test_meetings_are_listed_latest_first(member, team):
    make_meeting(team, held_on=date(2026, 9, 1))
    make_meeting(team, held_on=date(2026, 11, 3))
    make_meeting(make_team(), held_on=date(2026, 10, 6))

    page = BeautifulSoup(
        member.get(reverse("lectures:meeting_list", args=[team.pk])).content, "html.parser"
    ).main

    assert [heading.text.strip() for heading in page.find_all("h3")] == [
        "tisdag 3 november 2026",
        "tisdag 1 september 2026",
    ]


def test_list_says_when_there_is_no_meeting(member, team):
    assert "Ni har inte antecknat någon träff än." in text_of(
        member.get(reverse("lectures:meeting_list", args=[team.pk]))
    )


def test_pages_ask_the_database_as_often_for_one_as_for_thirty(member, team, django_assert_max_num_queries):
    meeting = make_meeting(team, lectures=[make_lecture() for _ in range(2)])
    addresses = [
        reverse("lectures:meeting_list", args=[team.pk]),
        new_address(team),
        meeting.get_absolute_url(),
        reverse("lectures:meeting_update", args=[team.pk, meeting.pk]),
    ]

    def queries():
        counts = []
        for address in addresses:
            with django_assert_max_num_queries(20) as captured:
                member.get(address)
            counts.append(len(captured))
        return counts

    before = queries()
    lectures = [make_lecture() for _ in range(30)]
    meeting.lectures.set(lectures)
    for _ in range(29):
        make_meeting(team, lectures=lectures)

    assert queries() == before


def test_meeting_is_put_right(member, team):
    old, new = make_lecture("Gammal"), make_lecture("Ny")
    meeting = make_meeting(team, lectures=[old])
    address = reverse("lectures:meeting_update", args=[team.pk, meeting.pk])

    shown = BeautifulSoup(member.get(address).content, "html.parser").main
    response = member.post(address, filled_in(new, held_on=date(2026, 9, 1), count_other="7"))

    assert [box["value"] for box in shown.find_all("input", checked=True)] == [str(old.pk)]
    assert "ni har sett den" not in shown.text
    meeting.refresh_from_db()
    assert response["Location"] == meeting.get_absolute_url()
    assert (meeting.held_on, meeting.count_other) == (date(2026, 9, 1), 7)
    assert list(meeting.lectures.all()) == [new]
    assert Meeting.objects.count() == 1


def test_meeting_keeps_a_lecture_that_has_left_the_catalogue(member, team):
    gone = make_lecture("Borttagen")
    meeting = make_meeting(team, lectures=[gone])
    gone.published_at = None
    gone.save()

    response = member.post(reverse("lectures:meeting_update", args=[team.pk, meeting.pk]), filled_in(gone))

    assert response.status_code == 302
    assert list(meeting.lectures.all()) == [gone]


def test_meeting_is_not_put_wrong(member, team):
    meeting = make_meeting(team, count_social_worker=4)

    response = member.post(
        reverse("lectures:meeting_update", args=[team.pk, meeting.pk]),
        filled_in(count_social_worker="0", count_manager="0"),
    )

    assert set(errors_of(response)) == {"lectures", "count_social_worker"}
    meeting.refresh_from_db()
    assert meeting.count_social_worker == 4


def test_meeting_is_removed_after_a_question(member, team):
    meeting, kept = make_meeting(team), make_meeting(team)
    address = reverse("lectures:meeting_delete", args=[team.pk, meeting.pk])

    question = member.get(address)
    assert Meeting.objects.count() == 2
    answers = [member.post(address), member.post(address)]

    assert "Vill ni ta bort träffen" in text_of(question)
    assert [answer["Location"] for answer in answers] == [
        reverse("lectures:meeting_list", args=[team.pk])
    ] * 2
    assert Meeting.objects.get() == kept


# Others ----------------------------------------------------------------------------------------------


def every_address(meeting):
    place = [meeting.team_id, meeting.pk]
    return [
        reverse("lectures:meeting_list", args=place[:1]),
        reverse("lectures:meeting_create", args=place[:1]),
        *(
            reverse(f"lectures:{name}", args=place)
            for name in ("meeting", "meeting_update", "meeting_delete")
        ),
    ]


def test_nobody_else_reads_a_meeting(client, team, outsider, coordinator, log_in):
    meeting = make_meeting(team)
    colleague = make_member(make_team(municipality=make_municipality()))

    for person in (outsider, coordinator, colleague):
        log_in(client, person)
        assert [client.get(address).status_code for address in every_address(meeting)] == [404] * 5


def test_nobody_else_changes_a_meeting(client, team, outsider, coordinator, log_in):
    meeting, lecture = make_meeting(team, count_social_worker=4), make_lecture()

    for person in (outsider, coordinator):
        log_in(client, person)
        _, create, _, update, delete = every_address(meeting)
        answers = [client.post(address, filled_in(lecture)) for address in (create, update, delete)]
        assert [answer.status_code for answer in answers] == [404] * 3

    unchanged = Meeting.objects.get()
    assert (unchanged, unchanged.count_manager) == (meeting, 0)


def test_whoever_is_logged_out_is_asked_to_log_in(client, team):
    for address in every_address(make_meeting(team)):
        response = client.get(address)
        assert response.status_code == 302
        assert response["Location"].startswith(reverse("account_login"))


def test_meeting_is_not_found_under_another_of_ones_own_groups(member, team, social_worker):
    other = make_team(social_worker)
    meeting = make_meeting(team)

    addresses = [
        reverse(f"lectures:{name}", args=[other.pk, meeting.pk])
        for name in ("meeting", "meeting_update", "meeting_delete")
    ]
    assert [member.get(address).status_code for address in addresses] == [404] * 3
    member.post(addresses[2])
    assert Meeting.objects.get() == meeting


def test_group_that_has_ended_reads_and_writes_no_more(member, team, social_worker):
    meeting = make_meeting(team, count_social_worker=4)
    team.close(by=social_worker)
    listed, create, detail, update, delete = every_address(meeting)

    answers = [member.post(address, filled_in(make_lecture())) for address in (create, update, delete)]

    assert [answer["Location"] for answer in answers] == [team.get_absolute_url()] * 3
    assert Meeting.objects.get().count_manager == 0
    assert [member.get(address).status_code for address in (listed, detail)] == [200, 200]
    assert "Ändra" not in text_of(member.get(detail))
    assert "Anteckna en träff" not in text_of(member.get(listed))


# Always true -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "counts",
    [
        {"count_social_worker": 0},
        {"count_social_worker": 501},
        {"count_social_worker": 300, "count_other": 201},
    ],
)
def test_database_holds_how_many_can_have_met(db, counts):
    team = make_team()

    with pytest.raises(IntegrityError), transaction.atomic():
        make_meeting(team, lectures=[], **counts)
    assert not Meeting.objects.exists()


def test_meetings_are_visible_to_members_and_their_countys_staff(team, social_worker, coordinator, outsider):
    meeting = make_meeting(team)
    make_meeting(make_team(municipality=make_municipality("Borås", code="1490", domain="boras.example.se")))

    assert list(Meeting.objects.visible_to(social_worker)) == [meeting]
    assert list(Meeting.objects.visible_to(coordinator)) == [meeting]
    assert list(Meeting.objects.visible_to(outsider)) == []
