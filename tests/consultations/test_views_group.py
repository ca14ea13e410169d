import uuid

import pytest

from consultations import asking, mandate
from consultations.models import Act, ManagerQuestion
from tests.consultations.pages import (
    LONG,
    NUL,
    PERSONNUMMER,
    soup,
    text,
)
from tests.factories import (
    make_booking,
    make_consultation,
    make_member,
    make_team,
)

pytestmark = pytest.mark.django_db


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
