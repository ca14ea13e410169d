"""Two at the same draft: nobody is written over unseen, and no text is lost."""

import pytest
from django.test import Client

from feedback.models import DraftAnswer
from tests.factories import make_draft, make_member, make_question_set, make_team
from tests.feedback.pages import (
    form_data,
    main_text,
    open_draft,
    save,
    save_by_script,
    soup,
    texts,
)
from tests.racing import at_once

# Two writers ---------------------------------------------------------------------------------------


def test_two_writers_at_different_answers_keep_both(client, team, anna, bo):
    make_draft(team, "Ett")
    hers, his = open_draft(client, team, answer_2="Annas"), open_draft(bo, team, answer_3="Bos")

    save(client, team, hers)
    response = save(bo, team, his)

    assert response.status_code == 302
    assert texts(team) == ["Ett", "Annas", "Bos", "", ""]


def test_two_writers_at_the_same_answer_see_both_texts(client, team, anna, bo):
    make_draft(team, "Ett")
    hers, his = (
        open_draft(client, team, answer_1="Annas"),
        open_draft(bo, team, answer_1="Bos", answer_2="Mer"),
    )

    save(client, team, hers)
    response = save(bo, team, his)

    assert response.status_code == 409
    assert texts(team)[:2] == ["Annas", "Mer"]
    assert form_data(response)["answer_1"] == "Bos"
    assert "Anna Lind skrev så här Annas" in main_text(response)
    assert "Anna Lind har ändrat svaret" in soup(response).find(id="id_answer_1_error").text


def test_who_writes_in_two_windows_is_told_that_it_was_oneself(client, team, anna):
    make_draft(team, "Ett")
    first, second = (open_draft(client, team, answer_1=text) for text in ("I ena", "I andra"))
    save(client, team, first)

    told = save_by_script(client, team, second).json()["message"]
    response = save(client, team, second)

    assert told.startswith("Svar 1 är inte sparat. Du har i ett annat fönster ändrat det.")
    assert "Så här skrev du i ett annat fönster I ena" in main_text(response)
    assert form_data(response)["answer_1"] == "I andra"


def test_writer_who_has_seen_both_texts_decides(client, team, anna, bo):
    make_draft(team, "Ett")
    his = open_draft(bo, team, answer_1="Bos")
    save(client, team, open_draft(client, team, answer_1="Annas"))
    response = save(bo, team, his)

    response = save(bo, team, form_data(response, answer_1="Annas och Bos"))

    assert response.status_code == 302
    assert texts(team)[0] == "Annas och Bos"


def test_conflict_shows_that_the_other_emptied_the_answer(client, team, anna, bo):
    make_draft(team, "Ett")
    his = open_draft(bo, team, answer_1="Bos")
    save(client, team, open_draft(client, team, answer_1=""))

    response = save(bo, team, his)

    assert "Svaret är tömt." in main_text(response)
    assert form_data(response)["answer_1"] == "Bos"


def test_both_write_the_same(client, team, anna, bo):
    hers, his = open_draft(client, team, answer_1="Lika"), open_draft(bo, team, answer_1="Lika")

    answers = [save(client, team, hers), save(bo, team, his)]

    assert [answer.status_code for answer in answers] == [302, 302]
    assert texts(team)[0] == "Lika"


def test_stale_page_that_changed_nothing_undoes_nothing(client, team, anna, bo):
    make_draft(team, "Ett", "Två")
    stale = open_draft(client, team)
    save(bo, team, open_draft(bo, team, answer_1="Bos", answer_2=""))

    response = save(client, team, stale)

    assert response.status_code == 302
    assert texts(team)[:2] == ["Bos", ""]


@pytest.mark.parametrize(
    "token", [None, "", "x", "-1-abc", "99999999999999999999-abc", "1", "\0", "9" * 6000]
)
def test_broken_token_never_overwrites_and_never_loses(client, team, anna, token):
    make_draft(team, "Ett", "Två")
    data = open_draft(client, team, answer_1="Annat", answer_3="Tre", version_1=token, version_2=token)
    data = {name: value for name, value in data.items() if value is not None}

    response = save(client, team, data)

    if response.status_code == 302:  # A bare version number says enough.
        assert token == "1"
        assert texts(team)[:3] == ["Annat", "Två", "Tre"]
    else:
        assert response.status_code == 409
        assert texts(team)[:3] == ["Ett", "Två", "Tre"]
        assert form_data(response)["answer_1"] == "Annat"


def test_form_without_anything_hidden_saves_a_first_time(client, team, anna):
    save(client, team, {"answer_1": "Ett", "answer_5": "Fem"})

    assert texts(team) == ["Ett", "", "", "", "Fem"]


def test_answer_that_is_not_sent_is_left_alone(client, team, anna):
    make_draft(team, "Ett", "Två")
    data = open_draft(client, team, answer_2="Två till")
    del data["answer_1"]

    save(client, team, data)

    assert texts(team)[:2] == ["Ett", "Två till"]


# The same page, many times -------------------------------------------------------------------------


def test_double_click_saves_once(client, team, anna):
    data = open_draft(client, team, answer_1="Ett")

    answers = [save(client, team, data), save(client, team, data)]

    assert [answer.status_code for answer in answers] == [302, 302]
    assert DraftAnswer.objects.get(question__position=1).version == 1


def test_page_follows_up_its_own_change_without_having_heard_of_it(client, team, anna):
    data = open_draft(client, team)

    for turn, text in enumerate(["E", "Et", "Ett"], start=2):
        save_by_script(client, team, data | {"answer_1": text, "turn": turn})

    assert texts(team)[0] == "Ett"


def test_what_arrives_late_from_the_same_page_undoes_nothing(client, team, anna):
    data = open_draft(client, team)
    save_by_script(client, team, data | {"answer_1": "Ett", "turn": 3})

    late = save_by_script(client, team, data | {"answer_1": "E", "turn": 2})

    assert late.status_code == 200
    assert texts(team)[0] == "Ett"


def test_page_does_not_follow_up_over_another_writer(client, team, anna, bo):
    data = open_draft(client, team)
    save_by_script(client, team, data | {"answer_1": "Annas", "turn": 2})
    save(bo, team, open_draft(bo, team, answer_1="Bos"))

    response = save_by_script(client, team, data | {"answer_1": "Annas, mer", "turn": 3})

    assert response.status_code == 409
    assert texts(team)[0] == "Bos"


def test_older_page_of_ones_own_is_no_better_than_anothers(client, team, anna):
    old = open_draft(client, team)
    save(client, team, open_draft(client, team, answer_1="I den nya fliken"))

    response = save(client, team, old | {"answer_1": "I den gamla fliken"})

    assert response.status_code == 409
    assert texts(team)[0] == "I den nya fliken"
    assert form_data(response)["answer_1"] == "I den gamla fliken"


# At once -------------------------------------------------------------------------------------------


def members(team, count, log_in):
    clients = [Client() for _ in range(count)]
    for client in clients:
        log_in(client, make_member(team))
    return clients


@pytest.mark.django_db(transaction=True)
def test_eight_clicks_at_once_save_one_draft(log_in):
    make_question_set()
    team = make_team()
    (client,) = members(team, 1, log_in)
    data = open_draft(client, team, answer_1="Ett", answer_5="Fem")

    answers = at_once(8, lambda _: save(client, team, data))

    assert [answer.status_code for answer in answers] == [302] * 8
    assert texts(team) == ["Ett", "", "", "", "Fem"]
    assert list(DraftAnswer.objects.values_list("version", flat=True)) == [1, 0, 0, 0, 1]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("begun", [False, True])
def test_eight_writers_at_once_lose_no_text(log_in, begun):
    make_question_set()
    team = make_team()
    if begun:
        make_draft(team, "Början")
    clients = members(team, 8, log_in)
    pages = [open_draft(client, team, answer_1=f"Text {number}") for number, client in enumerate(clients)]

    answers = at_once(8, lambda number: save(clients[number], team, pages[number]))

    statuses = [answer.status_code for answer in answers]
    assert sorted(statuses) == [302] + [409] * 7
    assert texts(team)[0] == f"Text {statuses.index(302)}"
    for number, answer in enumerate(answers):
        if answer.status_code == 409:
            assert form_data(answer)["answer_1"] == f"Text {number}"
