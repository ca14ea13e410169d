import pytest
from django.test import Client

from consultations.models import Consultation
from metodstod.models import Mail
from tests.consultations.pages import (
    LONG,
    MARKUP,
    NUL,
    PERSONNUMMER,
    create_url,
    request_data,
    soup,
    text,
)
from tests.factories import (
    make_consultation,
    make_county,
    make_municipality,
    make_team,
)
from tests.racing import at_once

pytestmark = pytest.mark.django_db


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
