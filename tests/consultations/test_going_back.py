"""Back in the browser, a page left open, something changed meanwhile: nothing written is lost or taken for something else."""

import uuid
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from consultations import asking, booking, partner
from consultations.models import Act, BookableTime, Consultation, ManagerQuestion, Mandate
from metodstod.models import Mail
from tests.consultations.pages import create_url, manager_link, request_data, slot_data, soup, text
from tests.consultations.test_partner import accepted, answer_data, invited
from tests.factories import make_bookable, make_booking, make_consultation

pytestmark = pytest.mark.django_db


@pytest.fixture
def consultation(team, varberg):
    return make_consultation(team, partners=[varberg])


def test_a_manager_who_goes_back_and_asks_something_else_asks_twice(client, consultation):
    data = {"key": str(uuid.uuid4()), "decision": "question", "message": "Hur många dagar?"}

    for message in ("Hur många dagar?", "Hur många dagar?", "Och vilka är med?"):
        client.post(manager_link(), data | {"message": message})

    assert [one.text for one in ManagerQuestion.objects.all()] == ["Hur många dagar?", "Och vilka är med?"]


def test_a_manager_who_goes_back_and_decides_otherwise_is_told_and_reads_their_words(client, consultation):
    data = {"key": str(uuid.uuid4()), "decision": "given", "message": ""}
    client.post(manager_link(), data)

    changed = client.post(manager_link(), data | {"decision": "declined", "message": "Vi har inte tid."})

    assert changed.status_code == 409
    assert "Vi har inte tid." in text(changed)
    assert Mandate.objects.get().is_given


def test_a_partner_who_goes_back_and_wishes_for_something_else_is_heard(client, party, social_worker):
    link = accepted(party, social_worker)
    data = {"key": str(uuid.uuid4()), "wished_times": "Helst en torsdag."}

    for wish in ("Helst en torsdag.", "Nej, helst en fredag."):
        client.post(f"{link}annan-tid/", data | {"wished_times": wish})

    party.refresh_from_db()
    assert party.wished_times == "Nej, helst en fredag."


def test_a_group_that_goes_back_and_sends_other_words_is_told_that_it_has_asked(member, team):
    data = request_data()
    first = member.post(create_url(team), data)
    repeated = member.post(create_url(team), data)

    changed = member.post(create_url(team), data | {"need": "Något helt annat."})

    assert first["Location"] == repeated["Location"]
    assert changed.status_code == 409
    assert "Förfrågan är redan skickad" in soup(changed).select_one(".govuk-error-summary").text
    assert soup(changed).select_one("[name=need]").text.strip() == "Något helt annat."
    assert Consultation.objects.count() == 1
    assert Mail.objects.filter(purpose="consultation_mandate").count() == 1


def test_a_coordinator_who_goes_back_and_publishes_another_time_has_both(staff):
    data = {
        "key": str(uuid.uuid4()),
        "minutes": 60,
        "ways": ["digital"],
        "before": 0,
        "after": 0,
    }

    day = slot_data()
    fields = {f"date_{part}": day[f"date_1_{part}"] for part in ("day", "month", "year")}
    for clock in ("9.00", "9.00", "13.00"):
        staff.post("/tider/ny/", data | fields | {"time": clock})

    assert BookableTime.objects.count() == 2


def test_a_partner_who_answers_when_the_request_is_taken_back_reads_their_words(
    client, party, consultation, social_worker
):
    link = invited(party, social_worker)
    asking.withdraw(consultation, "", by=social_worker, key=uuid.uuid4())

    answer = client.post(link, answer_data(need="Våra egna ord.", wished_times="Helst en torsdag."))

    page = text(answer)
    assert answer.status_code == 409
    assert "Förfrågan är avslutad" in page
    assert "Våra egna ord." in page
    assert "Helst en torsdag." in page


@pytest.mark.parametrize("act", ["tider/", "annan-tid/", "dra-sig-ur/", "chef/", "chef/igen/"])
def test_a_partners_page_with_nothing_left_to_do_leads_to_how_things_stand(client, party, social_worker, act):
    link = accepted(party, social_worker)
    partner.withdraw(party, "", key=uuid.uuid4())

    answer = client.get(f"{link}{act}")

    assert (answer.status_code, answer["Location"]) == (302, link)


def test_the_second_of_two_clicks_on_the_last_answer_leads_on(
    client, member, party, consultation, coordinator, social_worker
):
    link = accepted(party, social_worker)
    make_booking(consultation, coordinator)
    booking.settle(Consultation.objects.get(pk=consultation.pk))
    answers = {}
    for who, address in ((client, f"{link}tider/"), (member, f"{consultation.get_absolute_url()}passar/")):
        page = soup(who.get(address))
        seen = page.select_one("[name=seen]")["value"]
        data = {"key": str(uuid.uuid4()), "seen": seen, "suits": [seen]}
        answers[address] = [who.post(address, data).status_code for _ in range(2)]

    assert list(answers.values()) == [[302, 302], [302, 302]]
    assert consultation.bookings.chosen().exists()


def test_the_second_of_two_clicks_on_a_free_time_leads_on(member, consultation, coordinator):
    bookable = make_bookable(coordinator)
    data = {"key": str(uuid.uuid4()), "time": str(bookable.pk)}
    address = f"{consultation.get_absolute_url()}lediga-tider/"

    answers = [member.post(address, data) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [302, 302]
    assert consultation.bookings.chosen().get().bookable == bookable


def test_an_answer_about_earlier_times_is_sent_anew_for_those_that_stand(
    client, party, consultation, coordinator, social_worker
):
    link = accepted(party, social_worker)
    first = make_booking(consultation, coordinator)
    data = {"key": str(uuid.uuid4()), "seen": str(first.pk), "suits": [str(first.pk)]}
    second = make_booking(consultation, coordinator, timezone.now() + timedelta(days=9))

    told = client.post(f"{link}tider/", data | {"wished_times": "Helst en torsdag."})
    page = soup(told)
    again = data | {"seen": page.select_one("[name=seen]")["value"]}
    done = client.post(f"{link}tider/", again)

    assert "Förslagen har ändrats. Läs de nya och svara igen." in text(told)
    assert [box["value"] for box in page.select("[name=suits][checked]")] == [str(first.pk)]
    assert page.select_one("[name=wished_times]").text.strip() == "Helst en torsdag."
    assert done.status_code == 302
    assert {said.booking: said.suits for said in party.time_answers.all()} == {first: True, second: False}


def test_a_partner_withdraws_its_managers_link(client, party, social_worker):
    link = accepted(party, social_worker)
    manager = manager_link()
    data = {"key": str(uuid.uuid4())}

    answers = [client.post(f"{link}chef/aterkalla/", data) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [302, 302]
    assert client.get(manager).status_code == 410
    assert "Ingen chef är tillfrågad." in text(client.get(link))


def test_times_that_have_been_are_not_offered_any_longer(
    client, member, party, consultation, coordinator, social_worker
):
    link = accepted(party, social_worker)
    soon, later = (
        make_booking(consultation, coordinator, timezone.now() + timedelta(days=days)) for days in (1, 9)
    )
    booking.settle(Consultation.objects.get(pk=consultation.pk))

    with time_machine.travel(timezone.now() + timedelta(days=2)):
        page = soup(client.get(f"{link}tider/"))
        data = {
            "key": str(uuid.uuid4()),
            "suits": [str(later.pk)],
            "seen": page.select_one("[name=seen]")["value"],
        }
        done = client.post(f"{link}tider/", data)

    assert [box["value"] for box in page.select("[name=suits]")] == [str(later.pk)]
    assert done.status_code == 302
    assert not soon.answers.exists()
    assert Act.objects.filter(kind="times_answered").count() == 1
