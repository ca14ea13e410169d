"""The draft: no text is lost, and nobody is written over unseen."""

import uuid
from datetime import UTC, datetime

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from feedback.models import Draft, QuestionSet
from tests.factories import (
    make_draft,
    make_question_set,
    make_submission,
)
from tests.feedback.pages import (
    draft_url,
    form_data,
    main_text,
    open_draft,
    review_url,
    save,
    save_by_script,
    soup,
    texts,
)

PERSONNUMMER = "850709-9805"


# Saving and opening again --------------------------------------------------------------------------


@time_machine.travel(datetime(2026, 11, 24, 9, 32, tzinfo=UTC), tick=False)
def test_draft_is_saved_and_opened_by_another_member(client, team, anna, bo):
    data = open_draft(client, team, answer_1="Stor nytta.\nVi såg alla.", answer_3="Tid.")

    response = save(client, team, data, follow=True)

    assert response.redirect_chain == [(draft_url(team), 302)]
    opened = open_draft(bo, team)
    assert [opened[f"answer_{n}"] for n in range(1, 6)] == ["Stor nytta.\nVi såg alla.", "", "Tid.", "", ""]
    assert "Sparat tisdag 24 november kl. 10.32 av Anna Lind." in main_text(bo.get(draft_url(team)))


def test_looking_at_the_draft_stores_nothing(client, team, anna):
    client.get(draft_url(team))
    save(client, team, open_draft(client, team))

    assert Draft.objects.count() == 0


def test_page_says_that_the_draft_is_closed_to_the_authority(client, team, anna):
    text = main_text(client.get(draft_url(team)))

    assert "Utkastet är stängt för länsstyrelsen" in text
    assert "Skriv så att ingen enskild person går att känna igen." in text
    assert "Inget är sparat än." in text
    assert soup(client.get(draft_url(team))).find("button", attrs={"name": "mask"}).has_attr("hidden")


def test_line_breaks_count_once_and_are_kept(client, team, anna):
    written = "a\r\n" * 2500

    save(client, team, open_draft(client, team, answer_1=written))

    assert texts(team)[0] == ("a\n" * 2500).strip()


def test_answer_can_be_emptied(client, team, anna):
    make_draft(team, "Något")

    save(client, team, open_draft(client, team, answer_1=""))

    assert texts(team) == [""] * 5


def test_save_and_review_goes_on_to_review(client, team, anna):
    data = open_draft(client, team, answer_2="Nej.") | {"review": "1"}

    response = save(client, team, data)

    assert response.url == review_url(team)
    assert texts(team)[1] == "Nej."


def test_draft_goes_on_with_its_own_questions_when_new_ones_come(client, team, anna):
    make_draft(team, "Något")
    QuestionSet.objects.update(retired_at=timezone.now())
    make_question_set(2, questions=3)

    save(client, team, open_draft(client, team, answer_5="Mer"))

    assert texts(team) == ["Något", "", "", "", "Mer"]


def test_text_written_while_the_questions_were_retired_is_saved(client, team, anna):
    data = open_draft(client, team, answer_1="Något")
    QuestionSet.objects.update(retired_at=timezone.now())

    save(client, team, data)

    assert texts(team)[0] == "Något"
    assert "Inga frågor" not in main_text(client.get(draft_url(team)))


def test_text_for_questions_that_were_exchanged_is_kept_in_the_page(client, team, anna):
    data = open_draft(client, team, answer_1="Svar på den gamla frågan")
    QuestionSet.objects.update(retired_at=timezone.now())
    make_question_set(2)

    response = save(client, team, data)

    assert response.status_code == 409
    assert form_data(response)["answer_1"] == "Svar på den gamla frågan"
    assert "Frågorna har bytts ut" in main_text(response)
    assert Draft.objects.count() == 0


def test_page_without_questions_says_so(client, team, anna):
    QuestionSet.objects.update(retired_at=timezone.now())

    assert "Just nu finns det inga frågor att svara på." in main_text(client.get(draft_url(team)))


# Refused texts -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (f"Hon, {PERSONNUMMER}, kom hit.", f"”Hon, {PERSONNUMMER}, kom hit.”"),
        ("x" * 5001, "Svaret får ha högst 5000 tecken. Det har 5001."),
    ],
)
def test_refused_answer_stays_in_its_field_and_the_others_are_saved(client, team, anna, text, reason):
    make_draft(team, "Ett", "Två")

    response = save(
        client, team, open_draft(client, team, answer_1="Ett till", answer_2=text, answer_4="Fyra")
    )

    assert texts(team) == ["Ett till", "Två", "", "Fyra", ""]
    assert form_data(response)["answer_2"] == text
    field = soup(response).find(id="id_answer_2")
    assert reason in soup(response).find(id="id_answer_2_error").text
    assert "id_answer_2_error" in field["aria-describedby"]
    assert soup(response).title.text.startswith("Fel: ")
    assert "Allt är inte sparat." in main_text(response)


def test_refused_answer_is_saved_once_it_is_mended(client, team, anna):
    make_draft(team, "Ett")
    response = save(client, team, open_draft(client, team, answer_1=f"Ett, {PERSONNUMMER}", answer_2="Två"))

    save(client, team, form_data(response, answer_1="Ett, mer"))

    assert texts(team)[:2] == ["Ett, mer", "Två"]


def test_identity_number_is_masked_on_request(client, team, anna):
    response = save(client, team, open_draft(client, team, answer_1=f"Född {PERSONNUMMER}."))
    button = soup(response).find("button", attrs={"name": "mask"})
    assert (button.text, button.has_attr("hidden")) == ("Dölj personnummer", False)

    save(client, team, form_data(response) | {"mask": "1"})

    assert texts(team)[0] == "Född [personnummer borttaget]."


def test_refused_text_still_stands_against_what_its_page_showed(client, team, anna, bo):
    make_draft(team, "Ett")
    response = save(client, team, open_draft(client, team, answer_1=f"Annas, {PERSONNUMMER}"))
    save(bo, team, open_draft(bo, team, answer_1="Bos"))

    response = save(client, team, form_data(response, answer_1="Annas"))

    assert response.status_code == 409
    assert texts(team)[0] == "Bos"


# By script -----------------------------------------------------------------------------------------


@time_machine.travel(datetime(2026, 11, 24, 9, 32, tzinfo=UTC), tick=False)
def test_script_is_told_what_it_needs(client, team, anna):
    data = open_draft(client, team, answer_1="Ett")

    response = save_by_script(client, team, data)

    draft = Draft.objects.of(team)
    assert response.status_code == 200
    assert response.json() == {
        "message": "Sparat tisdag 24 november kl. 10.32 av Anna Lind.",
        "draft": str(draft.key),
        "versions": {"version_1": draft.answers.all()[0].token},
        "conflicts": [],
        "refused": [],
        "suspects": {"answer_1": []},
        "mask": False,
        "stop": False,
    }


def test_script_is_told_of_refusal_and_conflict_and_the_rest_is_saved(client, team, anna, bo):
    make_draft(team, "Ett")
    data = open_draft(client, team, answer_1="Annas", answer_2=f"Född {PERSONNUMMER}", answer_3="Tre")
    save(bo, team, open_draft(bo, team, answer_1="Bos"))

    response = save_by_script(client, team, data)

    result = response.json()
    assert response.status_code == 409
    assert (result["conflicts"], result["refused"]) == (["answer_1"], ["answer_2"])
    assert list(result["versions"]) == ["version_3"]
    assert "Svar 1 är inte sparat. Bo Ek har ändrat det." in result["message"]
    assert "Svar 2 är inte sparat. Det ser ut att stå ett personnummer här" in result["message"]
    assert texts(team)[:3] == ["Bos", "", "Tre"]


def test_refusal_alone_is_422_to_a_script(client, team, anna):
    response = save_by_script(client, team, open_draft(client, team, answer_2="x" * 6000))

    assert (response.status_code, response.json()["refused"]) == (422, ["answer_2"])


def test_script_gets_a_new_token(client, team, anna):
    response = client.get(draft_url(team), headers={"Accept": "application/json"})

    assert len(response.json()["csrf"]) == 64


def test_script_without_a_login_is_told_so(client, team):
    response = save_by_script(client, team, {"answer_1": "Ett"})

    assert (response.status_code, response.json()) == (401, {"error": "logged_out"})


# Sent, closed, foreign -----------------------------------------------------------------------------


def test_text_that_comes_after_sending_is_kept_and_becomes_an_addition(client, team, anna, bo):
    draft = make_draft(team, "Ett", "Två")
    his = open_draft(bo, team, answer_2="Bos sista")
    sent = make_submission(team, "Ett", "Två", key=draft.key)
    draft.delete()

    response = save(bo, team, his)

    assert response.status_code == 409
    assert Draft.objects.count() == 0
    again = form_data(response)
    assert [again[f"answer_{n}"] for n in range(1, 6)] == ["", "Bos sista", "", "", ""]
    assert f"Svaren skickades in {sent.received} och kan inte ändras." in main_text(response)
    assert save(bo, team, again).status_code == 302
    assert texts(team) == ["", "Bos sista", "", "", ""]


def test_text_that_comes_after_sending_does_not_change_a_new_draft(client, team, anna, bo):
    draft = make_draft(team, "Ett")
    his = open_draft(bo, team, answer_1="Bos sista")
    make_submission(team, "Ett", key=draft.key)
    draft.delete()
    make_draft(team, "Tillägg")

    response = save_by_script(bo, team, his)

    assert (response.status_code, response.json()["stop"]) == (409, True)
    assert texts(team)[0] == "Tillägg"


def test_page_of_an_unknown_draft_overwrites_nothing(client, team, anna):
    make_draft(team, "Ett")
    data = open_draft(client, team, answer_1="Annat", answer_2="Två", draft=str(uuid.uuid4()))

    response = save(client, team, data)

    assert response.status_code == 409
    assert texts(team)[:2] == ["Ett", "Två"]


def test_closed_group_is_read_only_and_the_text_is_handed_back(client, team, anna):
    make_draft(team, "Ett")
    data = open_draft(client, team, answer_1="Mer", answer_2=f"Född {PERSONNUMMER}")
    team.close(by=anna)

    response = save(client, team, data)

    assert response.status_code == 409
    page = soup(response)
    assert (page.find(id="id_answer_1").text.strip(), texts(team)[0]) == ("Mer", "Ett")
    assert PERSONNUMMER in page.find(id="id_answer_2").text
    assert page.select("main form") == []
    assert "Arbetsgruppen är avslutad." in main_text(client.get(draft_url(team)))
    assert "Ett" in main_text(client.get(draft_url(team)))


def test_draft_of_another_group_is_not_there(client, team, outsider, coordinator, log_in):
    make_draft(team, "Hemligt")

    for person in (outsider, coordinator):
        log_in(client, person)
        for address in (draft_url(team), review_url(team)):
            responses = [client.get(address), client.post(address, {"answer_1": "Intrång"})]
            assert [response.status_code for response in responses] == [404, 404]
            assert not any("Hemligt" in response.content.decode() for response in responses)

    assert texts(team)[0] == "Hemligt"


def test_logged_out_writer_gets_the_text_back_and_saves_it(client, team, anna, log_in):
    data = open_draft(client, team, answer_1="Skrivet länge\noch väl, med åäö & <b>")
    client.logout()

    held = save(client, team, data, headers={"Sec-Fetch-Site": "same-origin"})

    assert held.status_code == 401
    again = form_data(held)
    log_in(client, anna)
    save(client, team, again)
    assert texts(team)[0] == "Skrivet länge\noch väl, med åäö & <b>"


def test_old_token_hands_the_text_back(team, anna, log_in):
    strict = Client(enforce_csrf_checks=True, headers={"Sec-Fetch-Site": "same-origin"})
    log_in(strict, anna)
    data = open_draft(strict, team, answer_1="Skrivet länge och väl") | {"csrfmiddlewaretoken": "x" * 64}

    held = save(strict, team, data)

    assert held.status_code == 403
    assert save(strict, team, form_data(held)).status_code == 302
    assert texts(team)[0] == "Skrivet länge och väl"


# Odd and hostile -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["a\0b", "<script>alert(1)</script>{{ 7*7 }}", "\u202e\ufeff😀", "%ff", "'; --"]
)
def test_odd_text_is_kept(client, team, anna, text):
    response = save(client, team, open_draft(client, team, answer_1=text))

    kept = texts(team)[0] if response.status_code == 302 else form_data(response)["answer_1"]
    assert kept.replace("\ufffd", "\0") == text
    assert b"<script>alert" not in client.get(draft_url(team)).content


def test_broken_encoding_is_no_fault_of_ours(client, team, anna):
    response = client.post(
        draft_url(team),
        b"answer_1=\xff\xfe%ED%A0%80&key=%ff",
        content_type="application/x-www-form-urlencoded",
    )

    assert response.status_code == 302
    assert texts(team)[0].endswith("\ufffd")


def test_ten_thousand_characters_come_back(client, team, anna):
    response = save(client, team, open_draft(client, team, answer_1="å" * 10_000))

    assert form_data(response)["answer_1"] == "å" * 10_000
    assert Draft.objects.count() == 0


def test_page_needs_the_same_few_queries_empty_and_full(client, team, anna, django_assert_max_num_queries):
    make_draft(team, *["Svar"] * 5, by=anna)
    make_submission(team, "Förr")

    with django_assert_max_num_queries(9):
        response = client.get(draft_url(team))

    assert form_data(response)["answer_5"] == "Svar"


def test_one_answer_is_saved_with_few_questions_to_the_database(
    client, team, anna, django_assert_max_num_queries
):
    make_draft(team, "Ett", *["Svar"] * 4)
    data = open_draft(client, team)
    sent = {name: data[name] for name in ("version_1", "draft", "question_set", "key", "turn")}
    save_by_script(client, team, sent | {"answer_1": "Ett och"})

    # The session with its person, the tries read and counted, the draft locked, the answer read and written; and the
    # savepoint that the transaction is in a test.
    with django_assert_max_num_queries(8):
        response = save_by_script(client, team, sent | {"answer_1": "Ett och mer", "turn": "2"})

    assert (response.status_code, texts(team)[0]) == (200, "Ett och mer")
