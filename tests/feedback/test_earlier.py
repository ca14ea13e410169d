"""What an answer said before can be brought back until it is sent; what lost a race is kept beside it."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from feedback.models import MOST_VERSIONS, Draft, DraftAnswer, DraftVersion
from tests.factories import make_draft, make_member
from tests.feedback.pages import (
    form_data,
    main_text,
    open_draft,
    review_url,
    save,
    save_by_script,
    soup,
    texts,
)


def earlier_url(team, position=1):
    return reverse("feedback:earlier", args=[team.pk, position])


def kept(team):
    return list(DraftVersion.objects.filter(answer__draft__team=team).values_list("text", "aside"))


def shown(client, team, position=1):
    """The earlier texts on the page, newest first."""
    page = soup(client.get(earlier_url(team, position)))
    return [text.get_text(strip=True) for text in page.select("ol .ms-answer__text")]


def bring_back(client, team, number=0, position=1):
    """Press the button of the version with this number from the top."""
    form = soup(client.get(earlier_url(team, position))).select("main form")[number]
    return client.post(
        earlier_url(team, position), {field["name"]: field["value"] for field in form.select("input")}
    )


# Keeping -------------------------------------------------------------------------------------------


def test_text_that_is_replaced_is_kept(client, team, anna):
    make_draft(team, "Det första", by=anna)

    save(client, team, open_draft(client, team, answer_1="Något helt annat"))
    save(client, team, open_draft(client, team, answer_1=""))

    assert shown(client, team) == ["Något helt annat", "Det första"]


def test_text_that_only_grows_leaves_no_versions(client, team, anna):
    for text in ("E", "Ett", "Ett och två", "Först: Ett och två"):
        save(client, team, open_draft(client, team, answer_1=text))

    assert kept(team) == []


def test_burst_from_one_page_is_kept_as_the_longest(client, team, anna):
    data = open_draft(client, team)
    written = ["Ett två tre fyra", "Ett två fyra", "Ett fyra", "Fyra", ""]

    for turn, text in enumerate(written, start=2):
        save_by_script(client, team, data | {"answer_1": text, "turn": turn})

    assert kept(team) == [("Ett två tre fyra", False)]


def test_text_of_long_ago_is_kept_though_the_page_is_the_same(client, team, anna):
    data = open_draft(client, team)
    now = timezone.now()

    for turn, text in enumerate(["Ett två", "Två", "Tre"], start=2):
        with time_machine.travel(now + timedelta(minutes=turn * 3)):
            save_by_script(client, team, data | {"answer_1": text, "turn": turn})

    assert kept(team) == [("Två", False), ("Ett två", False)]


def test_versions_are_bounded(team, anna):
    draft = make_draft(team, "0")
    for number in range(1, MOST_VERSIONS + 8):
        (answer, *_) = Draft.objects.of(team).answers.all()
        answer.write(f"Text {number}.", version=answer.version, page=None, turn=0, by=anna)

    texts_kept = [text for text, _ in kept(team)]
    assert len(texts_kept) == MOST_VERSIONS
    assert texts_kept[0] == f"Text {MOST_VERSIONS + 6}."
    assert "0" not in texts_kept
    assert draft.answers.count() == 5


def test_text_that_lost_the_race_is_kept_beside_even_if_the_page_is_closed(client, team, anna, bo):
    make_draft(team, "Ett")
    his = open_draft(bo, team, answer_1="Bos långa text")
    save(client, team, open_draft(client, team, answer_1="Annas"))

    save_by_script(bo, team, his)

    assert texts(team)[0] == "Annas"
    assert kept(team) == [("Bos långa text", True), ("Ett", False)]
    assert "Lades åt sidan" in main_text(client.get(earlier_url(team)))
    assert "av Bo Ek" in main_text(client.get(earlier_url(team)))


def test_writer_who_goes_on_after_a_lost_race_has_the_latest_words_kept_once(client, team, anna, bo):
    make_draft(team, "Ett")
    his = open_draft(bo, team, answer_1="Bos")
    save(client, team, open_draft(client, team, answer_1="Annas"))
    save_by_script(bo, team, his)

    response = save_by_script(bo, team, his | {"answer_1": "Bos, och mer", "aside": "answer_1", "turn": "7"})

    assert response.status_code == 200
    assert texts(team)[0] == "Annas"
    assert kept(team)[0] == ("Bos, och mer", True)
    assert [aside for _, aside in kept(team)].count(True) == 1


def test_writer_takes_the_others_text_and_the_own_one_is_kept(client, team, anna, bo):
    make_draft(team, "Ett")
    his = open_draft(bo, team, answer_1="Bos")
    save(client, team, open_draft(client, team, answer_1="Annas"))
    response = save(bo, team, his)
    assert [button["name"] for button in soup(response).select(".ms-sides__theirs button")] == [
        "take",
        "mine",
    ]

    response = save(bo, team, form_data(response, answer_1="Bos, ändrat") | {"take": "answer_1"})

    assert response.status_code == 302
    assert texts(team)[0] == "Annas"
    assert ("Bos, ändrat", True) in kept(team)


def test_writer_takes_the_own_text_and_the_others_is_kept(client, team, anna, bo):
    make_draft(team, "Ett")
    his = open_draft(bo, team, answer_1="Bos")
    save(client, team, open_draft(client, team, answer_1="Annas"))
    response = save(bo, team, his)

    save(bo, team, form_data(response) | {"mine": "answer_1"})

    assert texts(team)[0] == "Bos"
    assert ("Annas", False) in kept(team)


# Bringing back -------------------------------------------------------------------------------------


def test_earlier_text_is_brought_back_by_any_member_and_nothing_is_lost(client, team, anna, bo):
    make_draft(team, "Det första", by=anna)
    save(client, team, open_draft(client, team, answer_1="Raderat av misstag"))

    response = bring_back(bo, team)

    assert response.url == f"{reverse('feedback:draft', args=[team.pk])}#id_answer_1"
    assert texts(team)[0] == "Det första"
    assert "Raderat av misstag" in shown(client, team)
    assert Draft.objects.of(team).answers.all()[0].saved_by.name == "Bo Ek"


def test_text_is_not_brought_back_over_one_that_has_not_been_seen(client, team, anna, bo):
    make_draft(team, "Det första", by=anna)
    save(client, team, open_draft(client, team, answer_1="Det andra"))
    form = form_data(bo.get(earlier_url(team)))
    save(client, team, open_draft(client, team, answer_1="Det tredje"))

    response = bo.post(earlier_url(team), form)

    assert response.status_code == 409
    assert texts(team)[0] == "Det tredje"
    assert "Anna Lind har skrivit i svaret sedan du öppnade sidan." in main_text(response)


def test_double_click_brings_back_once(client, team, anna):
    make_draft(team, "Det första", by=anna)
    save(client, team, open_draft(client, team, answer_1="Det andra"))
    form = form_data(client.get(earlier_url(team)))

    answers = [client.post(earlier_url(team), form) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [302, 302]
    assert texts(team)[0] == "Det första"
    assert DraftAnswer.objects.get(question__position=1).version == 3


def test_draft_page_leads_to_the_earlier_versions(client, team, anna):
    make_draft(team, "Ett", "Två")
    save(client, team, open_draft(client, team, answer_2="Annat"))

    links = soup(client.get(reverse("feedback:draft", args=[team.pk]))).find_all(
        "a", href=earlier_url(team, 2)
    )

    assert [" ".join(link.text.split()) for link in links] == ["Tidigare versioner av svar 2 (1)"]
    assert "(1)" not in main_text(client.get(earlier_url(team, 1)))


def test_versions_go_with_the_draft_when_it_is_sent(client, team, anna):
    make_draft(team, "Ett")
    save(client, team, open_draft(client, team, answer_1="Annat"))

    client.post(review_url(team), form_data(client.get(review_url(team))))

    assert DraftVersion.objects.count() == 0


@pytest.mark.parametrize(
    "damage",
    [
        {"earlier": ""},
        {"earlier": "x"},
        {"earlier": "0"},
        {"earlier": "9" * 400},
        {"version": "x"},
        {"version": ""},
    ],
)
def test_damaged_form_brings_nothing_back(client, team, anna, damage):
    make_draft(team, "Ett")
    save(client, team, open_draft(client, team, answer_1="Annat"))

    response = client.post(earlier_url(team), form_data(client.get(earlier_url(team))) | damage)

    assert response.status_code in {404, 409}
    assert texts(team)[0] == "Annat"


def test_version_of_another_answer_or_group_is_not_there(client, team, anna, outsider, coordinator, log_in):
    make_draft(team, "Ett", "Två")
    save(client, team, open_draft(client, team, answer_1="Annat"))
    form = form_data(client.get(earlier_url(team)))

    assert client.post(earlier_url(team, 2), form).status_code == 404
    assert [client.get(earlier_url(team, position)).status_code for position in (0, 9, 10**20)] == [404] * 3
    for person in (outsider, coordinator):
        log_in(client, person)
        assert client.get(earlier_url(team)).status_code == 404
        assert client.post(earlier_url(team), form).status_code == 404
    assert texts(team)[:2] == ["Annat", "Två"]


def test_closed_group_brings_nothing_back(client, team, anna):
    make_draft(team, "Ett")
    save(client, team, open_draft(client, team, answer_1="Annat"))
    form = form_data(client.get(earlier_url(team)))
    team.close(by=anna)

    client.post(earlier_url(team), form)

    assert texts(team)[0] == "Annat"
    assert soup(client.get(earlier_url(team))).select("main form") == []


def test_page_needs_the_same_queries_for_one_and_thirty_versions(
    client, team, anna, django_assert_max_num_queries
):
    make_draft(team, "Ett")
    answer = DraftAnswer.objects.get(question__position=1)
    for number in range(30):
        DraftVersion.objects.create(
            answer=answer, text=f"Text {number}", saved_by=make_member(team) if number < 3 else anna
        )

    with django_assert_max_num_queries(9):
        assert len(shown(client, team)) == 30
