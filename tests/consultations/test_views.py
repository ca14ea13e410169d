import re
import uuid
from datetime import timedelta

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.test import Client
from django.utils import timezone

from consultations import asking, booking, mandate
from consultations.models import Act, Booking, Consultation, ManagerQuestion, Mandate
from metodstod.models import AccessLog, Mail
from tests.factories import (
    make_booking,
    make_consultation,
    make_county,
    make_member,
    make_municipality,
    make_staff,
    make_target_group,
    make_team,
)
from tests.racing import at_once

pytestmark = pytest.mark.django_db

NUL, LONG, MARKUP = "a\0b", "x" * 10_000, "<script>alert(1)</script> & \"'"
PERSONNUMMER = "Gäller 850709-9805 från i går."


@pytest.fixture
def team(social_worker):
    return make_team(social_worker)


@pytest.fixture
def member(client, social_worker, log_in):
    log_in(client, social_worker)
    return client


@pytest.fixture
def staff(coordinator, log_in):
    client = Client()
    log_in(client, coordinator)
    return client


@pytest.fixture
def consultation(team):
    return make_consultation(team)


def soup(response):
    return BeautifulSoup(response.content, "html.parser")


def text(response):
    return " ".join(soup(response).main.get_text(" ").split())


def manager_link():
    mail = Mail.objects.filter(purpose="consultation_mandate").order_by("created_at").last()
    return re.search(r"http://testserver(/mandat/\S+)", mail.body)[1]


def request_data(**fields):
    data = {
        "key": str(uuid.uuid4()),
        "need": "Vi vill kunna möta ungdomar.\r\nOch deras föräldrar.",
        "target_groups": [make_target_group().slug],
        "form": "on_site",
        "place": "Rådhuset",
        "wished_times": "Helst en tisdag.",
        "manager_name": "Maja Malm",
        "manager_title": "enhetschef",
        "manager_email": "maja.malm@halmstad.example.se",
    }
    return data | fields


def slot_data(start=None, *, row=1, **fields):
    local = timezone.localtime(start or timezone.now() + timedelta(days=7))
    data = {
        "key": str(uuid.uuid4()),
        f"date_{row}_day": local.day,
        f"date_{row}_month": local.month,
        f"date_{row}_year": local.year,
        f"time_{row}": "9.30",
        "minutes": 90,
        "before": 30,
        "after": 30,
    }
    return data | fields


def create_url(team):
    return f"/arbetsgrupp/{team.pk}/konsultation/ny/"


# Open to everyone ----------------------------------------------------------------------------------


def test_about_explains_mandate_and_forms_and_sets_no_cookie(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        response = client.get("/konsultation/")

    assert response.status_code == 200
    for words in ("På plats i kommunen", "Per telefon", "Digitalt möte", "Mandat från ansvarig chef", "fler"):
        assert words in text(response)
    assert not response.cookies
    assert "Cookie" not in response.headers.get("Vary", "")


# Asking --------------------------------------------------------------------------------------------


def test_ask_shows_every_other_municipality_of_the_counties_taking_part(member, team):
    make_municipality("Laholm", code="1381")
    make_municipality("Åmål", code="1492")
    make_municipality("Ängelholm", code="1292", county=make_county("12", participates=False))

    boxes = soup(member.get(create_url(team))).select("input[name=partners]")

    assert [box["value"] for box in boxes] == ["1381", "1492"]


def test_ask_leads_to_the_consultations_own_page(member, team):
    laholm = make_municipality("Laholm", code="1381")

    response = member.post(create_url(team), request_data(partners=[laholm.code]))

    asked = Consultation.objects.get()
    assert response.headers["Location"] == f"/konsultation/{asked.reference}/"
    assert asked.need == "Vi vill kunna möta ungdomar.\nOch deras föräldrar."
    assert [str(party) for party in asked.parties.all()] == ["Halmstad", "Laholm"]
    assert asked.mandate.manager_email == "maja.malm@halmstad.example.se"


def test_ask_twice_is_one_request_and_the_same_page(member, team):
    data = request_data()

    first, second = member.post(create_url(team), data), member.post(create_url(team), data)

    assert first.headers["Location"] == second.headers["Location"]
    assert Consultation.objects.count() == 1
    assert Mail.objects.filter(purpose="consultation_mandate").count() == 1


@pytest.mark.django_db(transaction=True)
def test_ask_eight_times_at_once_is_one_request_and_one_mail_each(team, social_worker, coordinator):
    data, clients = request_data(), [Client() for _ in range(8)]
    for client in clients:
        client.force_login(social_worker)

    answers = at_once(8, lambda number: clients[number].post(create_url(team), data))

    assert {(answer.status_code, answer.headers["Location"]) for answer in answers} == {
        (302, Consultation.objects.get().get_absolute_url())
    }
    assert Mail.objects.filter(purpose="consultation_mandate").count() == 1
    assert Mail.objects.filter(purpose="consultation_asked", to=coordinator.email).count() == 1


def test_ask_with_a_key_that_is_used_keeps_the_text_and_can_be_sent_again(member, team, outsider):
    used = make_consultation(make_team(outsider, municipality=outsider.municipality))

    response = member.post(create_url(team), request_data(key=str(used.key)))

    assert response.status_code == 409
    page = soup(response)
    assert page.select_one("[name=need]").text.strip().splitlines() == [
        "Vi vill kunna möta ungdomar.",
        "Och deras föräldrar.",
    ]
    again = member.post(create_url(team), request_data(key=page.select_one("[name=key]")["value"]))
    assert again.status_code == 302


@pytest.mark.parametrize("need", [NUL, LONG, PERSONNUMMER, ""])
def test_ask_with_a_need_that_cannot_be_taken_keeps_everything_else(member, team, need):
    response = member.post(create_url(team), request_data(need=need))

    page = soup(response)
    assert response.status_code == 200
    assert page.title.text.startswith("Fel: ")
    assert page.select_one("[name=place]")["value"] == "Rådhuset"
    assert page.select_one("[name=manager_name]")["value"] == "Maja Malm"
    assert page.select_one("[name=form][value=on_site]").has_attr("checked")
    assert page.select_one("[name=need]").text.strip() == need.strip()
    assert Consultation.objects.count() == 0


def test_ask_masks_a_personnummer_on_request(member, team):
    refused = soup(member.post(create_url(team), request_data(need=PERSONNUMMER)))
    assert refused.select_one("button[name=mask]")

    response = member.post(create_url(team), request_data(need=PERSONNUMMER, mask="1"))

    assert response.status_code == 302
    assert Consultation.objects.get().need == "Gäller [personnummer borttaget] från i går."


def test_ask_shows_markup_as_text(member, team, staff):
    response = member.post(create_url(team), request_data(need=MARKUP, place=MARKUP))

    for client in (member, staff):
        page = client.get(response.headers["Location"])
        assert b"<script>alert(1)" not in page.content
        assert MARKUP in soup(page).main.get_text()


@pytest.mark.parametrize(
    "fields",
    [
        {"target_groups": ["9" * 30]},
        {"target_groups": ["a\0b"]},
        {"target_groups": ["finns-inte", "' or 1=1"]},
        {"partners": ["9" * 30]},
        {"partners": ["1\0"]},
        {"partners": ["1380"]},
        {"form": "teleportering"},
        {"place": LONG},
        {"manager_name": LONG},
        {"manager_title": "a\0b"},
        {"manager_email": "inte en adress"},
        {"manager_email": f"{LONG}@example.se"},
        {"manager_email": "a@example.se\nBcc: b@example.se"},
        {"key": "inte en nyckel"},
        {"key": ""},
    ],
)
def test_ask_with_odd_values_is_refused_in_words_and_the_need_is_kept(member, team, fields):
    response = member.post(create_url(team), request_data(**fields))

    assert response.status_code == 200
    assert soup(response).select(".govuk-error-summary li")
    assert "Vi vill kunna möta ungdomar." in soup(response).select_one("[name=need]").text
    assert Consultation.objects.count() == 0


def test_ask_names_someone_else_as_manager(member, team, social_worker):
    response = member.post(create_url(team), request_data(manager_email=social_worker.email.upper()))

    assert "Det är din egen adress" in text(response)
    assert Consultation.objects.count() == 0


def test_ask_for_a_closed_group_keeps_what_was_written(member, team, social_worker):
    team.close(by=social_worker)

    response = member.post(create_url(team), request_data())

    assert response.status_code == 409
    assert "Vi vill kunna möta ungdomar." in soup(response).select_one("[name=need]").text
    assert "avslutad" in text(member.get(create_url(team)))


@pytest.mark.parametrize("method", ["get", "post"])
def test_ask_is_only_for_the_groups_own_members(method, team, outsider, coordinator, log_in):
    for person in (outsider, coordinator):
        client = Client()
        log_in(client, person)
        assert getattr(client, method)(create_url(team), request_data()).status_code == 404
    assert Consultation.objects.count() == 0


# Following -----------------------------------------------------------------------------------------


def test_detail_says_who_is_waited_for_and_what_has_happened(member, consultation):
    shown = text(member.get(consultation.get_absolute_url()))

    assert "Maja Malm, enhetschef ska ge besked om mandat" in shown
    assert "Samordnaren ska föreslå tider" in shown
    assert "Förfrågan skickades: Sara Svensson" in shown
    assert "För dig som samordnar" not in shown


def test_detail_shows_the_coordinator_the_same_and_notes_the_reading(staff, consultation, coordinator):
    response = staff.get(consultation.get_absolute_url())

    shown = text(response)
    assert "Vi vill kunna möta ungdomar." in shown
    assert "Ta hand om förfrågan" in shown
    assert "Ta tillbaka förfrågan" not in shown
    log = AccessLog.objects.get()
    assert (log.who, log.action, log.reference) == (coordinator, "read", consultation.reference)
    assert log.county == consultation.team.municipality.county


def test_detail_is_not_noted_when_the_group_reads_its_own(member, consultation):
    member.get(consultation.get_absolute_url())

    assert AccessLog.objects.count() == 0


PAGES = [
    "",
    "kalender.ics",
    "andra/",
    "chef/",
    "andra-tider/",
    "ta-tillbaka/",
    "tider/",
    "flytta/",
    "stall-in/",
]


@pytest.mark.parametrize("page", PAGES)
def test_pages_of_a_consultation_do_not_exist_for_others(page, consultation, outsider, coordinator, log_in):
    make_booking(
        consultation,
        coordinator,
        state="held",
        accepted_at=timezone.now(),
        accepted_by=consultation.asked_by,
    )
    elsewhere = make_staff(role="samordnare", counties=[make_county("14")])
    editor = make_staff(role="redaktör", counties=[make_county("13")])

    for person in (outsider, elsewhere, editor):
        client = Client()
        log_in(client, person)
        response = client.get(consultation.get_absolute_url() + page)
        assert response.status_code == 404
        assert consultation.need not in response.content.decode()
    assert AccessLog.objects.count() == 0


def test_pages_of_a_consultation_ask_a_visitor_to_log_in(client, consultation):
    for page in PAGES:
        response = client.get(consultation.get_absolute_url() + page)
        assert response.status_code == 302
        assert response.headers["Location"].startswith("/konto/")


def test_coordinator_of_a_partners_county_follows_and_acts(consultation, team, log_in):
    boras = make_municipality("Borås", code="1490")
    joint = make_consultation(team, partners=[boras])
    elsewhere = make_staff(role="samordnare", counties=[make_county("14")])
    client = Client()
    log_in(client, elsewhere)

    assert client.get(joint.get_absolute_url()).status_code == 200
    assert client.post(f"{joint.get_absolute_url()}ta-hand-om/").status_code == 302
    joint.refresh_from_db()
    assert joint.coordinator == elsewhere
    assert client.get(consultation.get_absolute_url()).status_code == 404


@pytest.mark.parametrize("page", ["andra/", "chef/", "andra-tider/", "ta-tillbaka/"])
def test_coordinator_may_not_do_what_is_the_groups(page, staff, consultation):
    assert staff.get(consultation.get_absolute_url() + page).status_code == 403
    assert staff.post(consultation.get_absolute_url() + page, {}).status_code == 403


@pytest.mark.parametrize("page", ["tider/", "flytta/", "stall-in/"])
def test_member_may_not_do_what_is_the_coordinators(page, member, consultation):
    assert member.get(consultation.get_absolute_url() + page).status_code == 403
    assert member.post(consultation.get_absolute_url() + page, {}).status_code == 403


@pytest.mark.parametrize("page", ["ta-hand-om/", "chef/igen/", f"tid/{uuid.UUID(int=7)}/"])
def test_acts_do_nothing_on_get(page, member, consultation):
    assert member.get(consultation.get_absolute_url() + page).status_code == 405


def test_member_of_a_closed_group_reads_but_is_offered_no_acts(member, consultation, team, social_worker):
    team.close(by=social_worker)

    shown = text(member.get(consultation.get_absolute_url()))

    assert "Vi vill kunna möta ungdomar." in shown
    assert "Ta tillbaka förfrågan" not in shown
    response = member.post(f"{consultation.get_absolute_url()}ta-tillbaka/", {"key": uuid.uuid4()})
    assert response.status_code == 409


def fill(consultation, coordinator, number):
    """Give the consultation `number` of everything its page lists."""
    for _ in range(number):
        asked = Mandate.objects.standing().get(party__consultation=consultation)
        ManagerQuestion.objects.create(mandate=asked, text="Hur?")
        make_booking(consultation, coordinator)
        Act.objects.create(
            consultation=consultation, kind="changed", by=make_member(consultation.team), mandate=asked
        )


@pytest.mark.parametrize("who", ["member", "staff"])
def test_detail_asks_the_database_as_much_for_thirty_as_for_one(
    who, request, consultation, coordinator, django_assert_max_num_queries
):
    client = request.getfixturevalue(who)
    fill(consultation, coordinator, 1)
    client.get(consultation.get_absolute_url())

    def queries():
        with django_assert_max_num_queries(30) as captured:
            client.get(consultation.get_absolute_url())
        return len(captured)

    one = queries()
    fill(consultation, coordinator, 29)
    assert queries() == one


# The group's acts ----------------------------------------------------------------------------------


def change_data(consultation, **fields):
    names = ("need", "form", "place", "wished_times", "scope")
    data = {name: getattr(consultation, name) for name in names}
    data["target_groups"] = [group.slug for group in consultation.target_groups.all()]
    return data | {"key": str(uuid.uuid4())} | fields


def test_change_begins_with_what_stands(member, consultation):
    page = soup(member.get(f"{consultation.get_absolute_url()}andra/"))

    assert page.select_one("[name=need]").text.strip() == consultation.need
    assert page.select_one("[name=scope]")["value"] == "1"
    assert page.select_one("[name=target_groups][checked]")["value"] == "anhoriga"


def test_change_that_lost_the_race_keeps_the_text_shows_theirs_and_can_be_sent(member, consultation, team):
    colleague = make_member(team)
    asking.change(
        consultation,
        {"need": "Kollegans text.", "form": "digital", "place": "", "wished_times": ""},
        target_groups=list(consultation.target_groups.all()),
        partners=[],
        seen_scope=1,
        by=colleague,
        key=uuid.uuid4(),
    )
    url = f"{consultation.get_absolute_url()}andra/"

    response = member.post(url, change_data(consultation, need="Min text."))

    page = soup(response)
    assert response.status_code == 409
    assert page.select_one("[name=need]").text.strip() == "Min text."
    assert "Kollegans text." in text(response)
    fields = {name: page.select_one(f"[name={name}]")["value"] for name in ("key", "scope")}
    again = member.post(url, change_data(consultation, need="Vår text.", **fields))
    assert again.status_code == 302
    consultation.refresh_from_db()
    assert (consultation.need, consultation.scope) == ("Vår text.", 3)


@pytest.mark.parametrize(
    ("page", "data", "kind"),
    [
        (
            "chef/",
            {"manager_name": "Nils Ny", "manager_title": "chef", "manager_email": "nils@halmstad.example.se"},
            "manager_named",
        ),
        ("chef/igen/", {}, "manager_asked"),
        ("ta-tillbaka/", {"reason": "Vi hann inte."}, "withdrawn"),
        ("andra-tider/", {"wished_times": "I mars."}, "times_refused"),
    ],
)
def test_group_act_sent_twice_is_done_once(page, data, kind, member, consultation, coordinator):
    make_booking(consultation, coordinator)
    data = data | {"key": str(uuid.uuid4())}

    answers = [member.post(consultation.get_absolute_url() + page, data) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [302, 302]
    assert Act.objects.filter(kind=kind).count() == 1


@pytest.mark.parametrize("value", [NUL, LONG, PERSONNUMMER])
@pytest.mark.parametrize(
    ("page", "field"),
    [("ta-tillbaka/", "reason"), ("andra-tider/", "wished_times"), ("chef/", "manager_name")],
)
def test_group_act_with_odd_text_keeps_it_or_takes_it(page, field, value, member, consultation):
    data = {
        "key": str(uuid.uuid4()),
        "manager_title": "chef",
        "manager_email": "inte en adress",
        field: value,
    }

    response = member.post(consultation.get_absolute_url() + page, data)

    shown = soup(response).select_one(f"[name={field}]")
    assert response.status_code == 200
    assert value.strip() in (shown.get("value") or shown.text)


def test_act_in_an_ended_consultation_keeps_the_text(member, consultation, social_worker):
    asking.withdraw(consultation, "", by=social_worker, key=uuid.uuid4())
    url = f"{consultation.get_absolute_url()}ta-tillbaka/"

    response = member.post(url, {"key": str(uuid.uuid4()), "reason": "Mitt skäl."})

    assert response.status_code == 409
    assert soup(response).select_one("[name=reason]").text.strip() == "Mitt skäl."
    assert member.get(url).status_code == 409


def test_question_is_answered_on_its_own_page(member, consultation):
    mandate.ask_back(consultation.mandate, "Hur många är ni?", key=uuid.uuid4())
    url = f"{consultation.get_absolute_url()}fraga/{ManagerQuestion.objects.get().pk}/"
    assert url in member.get(consultation.get_absolute_url()).content.decode()
    assert "Hur många är ni?" in text(member.get(url))

    data = {"key": str(uuid.uuid4()), "answer": "Fem."}
    answers = [member.post(url, data) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [302, 302]
    assert ManagerQuestion.objects.get().answer == "Fem."
    assert "Fem." in text(member.get(consultation.get_absolute_url()))


@pytest.mark.parametrize("number", ["0", "9" * 30])
def test_question_that_does_not_exist_is_not_found(member, consultation, number):
    assert member.get(f"{consultation.get_absolute_url()}fraga/{number}/").status_code == 404


def test_question_of_another_consultation_is_not_found(member, consultation, outsider):
    other = make_consultation(make_team(outsider, municipality=outsider.municipality))
    mandate.ask_back(other.mandate, "Hemlig fråga?", key=uuid.uuid4())

    response = member.get(f"{consultation.get_absolute_url()}fraga/{ManagerQuestion.objects.get().pk}/")

    assert response.status_code == 404


def test_time_is_chosen_by_a_button_and_lost_times_answered_in_words(member, consultation, coordinator):
    chosen = make_booking(consultation, coordinator)
    url = f"{consultation.get_absolute_url()}tid/{chosen.pk}/"
    assert url in member.get(consultation.get_absolute_url()).content.decode()

    assert [member.post(url).status_code for _ in range(2)] == [302, 302]

    gone = make_booking(consultation, coordinator, state="dropped")
    response = member.post(f"{consultation.get_absolute_url()}tid/{gone.pk}/")
    assert response.status_code == 409
    assert "Tiden erbjuds inte längre." in text(response)


def test_time_of_another_consultation_cannot_be_chosen_here(member, consultation, coordinator, outsider):
    other = make_consultation(make_team(outsider, municipality=outsider.municipality))
    foreign = make_booking(other, coordinator)

    response = member.post(f"{consultation.get_absolute_url()}tid/{foreign.pk}/")

    assert response.status_code == 404
    foreign.refresh_from_db()
    assert foreign.state == "proposed"


# The coordinator's acts ----------------------------------------------------------------------------


def test_take_is_a_button(staff, consultation, coordinator):
    for _ in range(2):
        assert staff.post(f"{consultation.get_absolute_url()}ta-hand-om/").status_code == 302

    consultation.refresh_from_db()
    assert consultation.coordinator == coordinator


def test_propose_stores_the_time_that_the_clock_on_the_wall_shows(staff, consultation, coordinator, log_in):
    with time_machine.travel("2027-03-01T08:00:00Z", tick=False):
        log_in(staff, coordinator)
        data = slot_data(date_1_day=30, date_1_month=3, date_1_year=2027)
        data |= slot_data(row=2, date_2_day=23, date_2_month=3, date_2_year=2027)
        answers = [staff.post(f"{consultation.get_absolute_url()}tider/", data) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [302, 302]
    starts = [f"{one.starts_at:%Y-%m-%d %H:%M}" for one in Booking.objects.all()]
    assert starts == ["2027-03-23 08:30", "2027-03-30 07:30"]


def test_propose_refuses_a_time_that_the_clock_skips(staff, consultation, coordinator, log_in):
    data = slot_data(date_1_day=28, date_1_month=3, date_1_year=2027, time_1="02:30")

    with time_machine.travel("2027-03-01T08:00:00Z", tick=False):
        log_in(staff, coordinator)
        response = staff.post(f"{consultation.get_absolute_url()}tider/", data)

    assert "klockan ställs fram till sommartid" in text(response)
    assert soup(response).select_one("[name=time_1]")["value"] == "02:30"
    assert Booking.objects.count() == 0


@pytest.mark.parametrize(("which", "utc"), [("first", "00:30"), ("second", "01:30")])
def test_propose_asks_which_when_the_clock_shows_a_time_twice(staff, consultation, which, utc):
    data = slot_data(date_1_day=25, date_1_month=10, date_1_year=2026, time_1="02.30")
    url = f"{consultation.get_absolute_url()}tider/"

    with time_machine.travel("2026-10-01T08:00:00Z", tick=False):
        asked = staff.post(url, data)
        stored_before = Booking.objects.count()
        done = staff.post(url, data | {"which_1": which})
        shown = text(staff.get(consultation.get_absolute_url()))

    assert "klockslaget kommer två gånger" in text(asked)
    assert [radio["value"] for radio in soup(asked).select("[name=which_1]")] == ["first", "second"]
    assert (stored_before, done.status_code) == (0, 302)
    assert f"{Booking.objects.get().starts_at:%H:%M}" == utc
    assert {"first": "(sommartid)", "second": "(vintertid)"}[which] in shown


@pytest.mark.parametrize(
    "fields",
    [
        {"time_1": "25.00"},
        {"time_1": "a\0b"},
        {"time_1": LONG},
        {"date_1_day": "31", "date_1_month": "2"},
        {"date_1_year": "9" * 30},
        {"date_1_day": "a\0b"},
        {"date_1_year": "9999"},
        {"date_1_year": "2020"},
        {"minutes": "0"},
        {"minutes": "9" * 30},
        {"before": "-1"},
        {"after": "NaN"},
        {"date_2_day": "1"},
        {"time_3": "9.00"},
        {"which_1": "tredje"},
    ],
)
def test_propose_with_odd_values_is_refused_in_words_and_they_are_kept(staff, consultation, fields):
    response = staff.post(f"{consultation.get_absolute_url()}tider/", slot_data(**fields))

    page = soup(response)
    assert response.status_code == 200
    assert page.select(".govuk-error-summary li")
    for name, value in fields.items():
        if not name.startswith("which"):
            assert page.select_one(f"[name={name}]")["value"] == value
    assert Booking.objects.count() == 0


def test_propose_begins_with_the_times_that_stand(staff, consultation, coordinator):
    booking.take(consultation, by=coordinator)
    start = timezone.localtime(make_booking(consultation, coordinator, minutes=60, before=45).starts_at)

    page = soup(staff.get(f"{consultation.get_absolute_url()}tider/"))

    names = ("date_1_day", "date_1_month", "date_1_year", "time_1", "minutes", "before", "after")
    assert [page.select_one(f"[name={name}]")["value"] for name in names] == [
        str(start.day),
        str(start.month),
        str(start.year),
        f"{start:%H.%M}",
        "60",
        "45",
        "30",
    ]


def confirmed(consultation, coordinator, by):
    booking.take(consultation, by=coordinator)
    mandate.decide(
        Mandate.objects.standing().get(party__consultation=consultation), "given", "", key=uuid.uuid4()
    )
    chosen = make_booking(consultation, coordinator)
    booking.accept(chosen, by=by)
    return chosen


def test_move_is_done_once_and_an_older_page_is_refused_with_its_text(
    staff, consultation, coordinator, social_worker
):
    confirmed(consultation, coordinator, social_worker)
    url = f"{consultation.get_absolute_url()}flytta/"
    later = timezone.now() + timedelta(days=14)
    data = slot_data(later, sequence=0, reason="Sjukdom.")

    answers = [staff.post(url, data) for _ in range(2)]
    stale = staff.post(url, slot_data(later, sequence=0, reason="Mitt andra skäl."))

    assert [answer.status_code for answer in answers] == [302, 302]
    assert Booking.objects.get().sequence == 1
    assert stale.status_code == 409
    assert soup(stale).select_one("[name=reason]").text.strip() == "Mitt andra skäl."
    assert soup(stale).select_one("[name=sequence]")["value"] == "1"
    assert "Sjukdom." in text(staff.get(consultation.get_absolute_url()))


def test_move_without_a_time_says_so(staff, consultation):
    assert staff.get(f"{consultation.get_absolute_url()}flytta/").status_code == 409


@pytest.mark.parametrize(("what", "status"), [("time", "asked"), ("whole", "cancelled")])
def test_cancel_of_the_time_or_of_everything(staff, consultation, coordinator, social_worker, what, status):
    confirmed(consultation, coordinator, social_worker)
    data = {"key": str(uuid.uuid4()), "what": what, "reason": "Sjukdom."}

    answers = [staff.post(f"{consultation.get_absolute_url()}stall-in/", data) for _ in range(2)]

    consultation.refresh_from_db()
    assert [answer.status_code for answer in answers] == [302, 302]
    assert consultation.status == status
    assert Booking.objects.get().state == "cancelled"


# The calendar --------------------------------------------------------------------------------------


def test_calendar_is_given_to_group_and_coordinator(member, staff, consultation, coordinator, social_worker):
    url = f"{consultation.get_absolute_url()}kalender.ics"
    assert member.get(url).status_code == 404
    chosen = confirmed(consultation, coordinator, social_worker)

    for client in (member, staff):
        response = client.get(url)
        assert response.headers["Content-Type"] == "text/calendar; charset=utf-8"
        assert f"UID:{chosen.calendar_uid}" in response.content.decode()
        assert "STATUS:CONFIRMED" in response.content.decode()
        assert "ATTENDEE" not in response.content.decode()


def test_calendar_of_a_cancelled_time_says_so(member, consultation, coordinator, social_worker):
    confirmed(consultation, coordinator, social_worker)
    booking.cancel(consultation, "Skäl.", by=coordinator, key=uuid.uuid4())

    assert b"STATUS:CANCELLED" in member.get(f"{consultation.get_absolute_url()}kalender.ics").content


# The manager's link --------------------------------------------------------------------------------


def decide(client, link, decision="given", message="", **fields):
    data = {"key": str(uuid.uuid4()), "decision": decision, "message": message}
    return client.post(link, data | fields)


def test_link_shows_what_is_asked_and_is_kept_private(client, consultation):
    response = client.get(manager_link())

    assert "Vi vill kunna möta ungdomar." in text(response)
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert response.headers["Cache-Control"] == "no-store"
    assert "noindex" in response.headers["X-Robots-Tag"]
    assert not response.cookies


def test_link_does_nothing_until_it_is_posted(client, consultation):
    for method in ("get", "head"):
        getattr(client, method)(manager_link())
    for method in ("put", "delete", "patch", "options"):
        assert getattr(client, method)(manager_link()).status_code == 405

    assert Act.objects.count() == 1
    assert not Mandate.objects.get().decision


@pytest.mark.parametrize("token", ["x", "A" * 22, "A" * 5_000, "%00", "%ff", "%C3%85" * 22])
def test_unknown_link_says_nothing_but_that_it_is_not_there(client, consultation, token):
    response = client.get(f"/mandat/{token}/")

    assert response.status_code in {400, 404}
    assert consultation.reference not in response.content.decode()


def test_mandate_is_given_without_cookie_or_account_and_the_link_then_shows_it(consultation):
    browser, link = Client(enforce_csrf_checks=True), manager_link()

    response = browser.post(
        link,
        {"key": str(uuid.uuid4()), "decision": "given", "message": ""},
        headers={"Origin": "null"},
    )

    assert response.status_code == 302
    assert not response.cookies
    shown = browser.get(link)
    assert "Ditt besked är registrerat" in text(shown)
    assert not soup(shown).select("form[method=post]")


def test_second_decision_is_refused_with_what_was_written(client, consultation):
    link = manager_link()
    decide(client, link)

    response = decide(client, link, "declined", "Jag ångrar mig.")

    assert response.status_code == 409
    assert "kan inte ändras" in text(response)
    assert "Jag ångrar mig." in text(response)
    assert Mandate.objects.get().decision == "given"


@pytest.mark.parametrize("decision", ["declined", "question"])
def test_no_and_question_need_words(client, consultation, decision):
    response = decide(client, manager_link(), decision)

    assert soup(response).title.text.startswith("Fel: ")
    assert soup(response).select_one(f"[value={decision}]").has_attr("checked")
    assert Act.objects.count() == 1


def test_question_is_shown_on_the_same_link_and_on_the_groups_page(
    client, consultation, social_worker, log_in
):
    link = manager_link()

    response = decide(client, link, "question", "Hur många är ni?")

    assert response.status_code == 302
    assert "Hur många är ni?" in text(client.get(link))
    log_in(client, social_worker)
    assert "Svara på frågan" in text(client.get(consultation.get_absolute_url()))


@pytest.mark.parametrize("message", [NUL, LONG, PERSONNUMMER])
def test_message_that_cannot_be_taken_is_kept(client, consultation, message):
    response = decide(client, manager_link(), "declined", message)

    assert response.status_code == 200
    assert message.strip() in soup(response).select_one("[name=message]").text
    assert not Mandate.objects.get().decision


@pytest.mark.parametrize("data", [{}, {"decision": "kanske"}, {"decision": "given", "key": "x"}])
def test_broken_form_decides_nothing(client, consultation, data):
    response = client.post(manager_link(), data)

    assert response.status_code == 200
    assert soup(response).select(".govuk-error-summary li")
    assert not Mandate.objects.get().decision


def test_link_to_a_changed_request_says_so_and_gives_back_what_was_written(
    client, consultation, social_worker
):
    link = manager_link()
    asking.change(
        consultation,
        {"need": "Något helt annat.", "form": "digital", "place": "", "wished_times": ""},
        target_groups=list(consultation.target_groups.all()),
        partners=[],
        seen_scope=1,
        by=social_worker,
        key=uuid.uuid4(),
    )

    seen, sent = client.get(link), decide(client, link, "declined", "Mitt skäl.")

    assert (seen.status_code, sent.status_code) == (410, 409)
    assert "Förfrågan har ändrats. En ny länk har skickats." in text(seen)
    assert "Något helt annat." not in text(seen)
    assert "Mitt skäl." in text(sent)
    assert not Mandate.objects.exclude(decision="").exists()


def test_expired_link_says_so(client, consultation):
    link = manager_link()

    with time_machine.travel(timezone.now() + timedelta(days=31)):
        seen, sent = client.get(link), decide(client, link)

    assert "Länken har gått ut." in text(seen)
    assert (seen.status_code, sent.status_code) == (410, 409)
    assert not Mandate.objects.get().decision


@pytest.mark.django_db(transaction=True)
def test_mandate_posted_eight_times_at_once_is_one_decision(consultation, social_worker):
    link, key = manager_link(), str(uuid.uuid4())

    answers = at_once(8, lambda _: decide(Client(), link, key=key))

    assert [answer.status_code for answer in answers] == [302] * 8
    assert Act.objects.filter(kind="mandate_given").count() == 1
    assert Mail.objects.filter(purpose="consultation_mandate_given", to=social_worker.email).count() == 1
