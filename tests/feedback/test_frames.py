"""The draft's page is drawn once for its questions and filled with each group's words: to the byte what its templates draw."""

import pytest
from bs4 import BeautifulSoup
from django.template.loader import render_to_string

from feedback import frames, views
from feedback.forms import draft_form
from tests.factories import make_draft, make_question_set, make_team
from tests.feedback.pages import draft_url, open_draft

ODD = ["</textarea><b>&amp;", "\nTvå\r\nrader ", "{{ hål }} {0} %s \\1", "Åsa 'citerar' \"dig\"", ""]


@pytest.fixture
def draft(db):
    return make_draft(make_team(), *ODD)


def drawn_by_the_templates(form, shown):
    return render_to_string("feedback/_draft_answer.html", {"answer": shown | {"drawn": ""}})


def test_answers_are_drawn_as_by_the_templates(draft):
    form = draft_form(draft.question_set).showing(draft)

    shown = views.fields(form, draft, None, own=frozenset())

    assert [one["drawn"] for one in shown] == [drawn_by_the_templates(form, one) for one in shown]
    assert [BeautifulSoup(one["drawn"], "html5lib").textarea.text for one in shown] == [
        text.replace("\r\n", "\n") for text in ODD
    ]


def test_what_is_unseen_is_drawn_as_by_the_widgets(draft):
    form = draft_form(draft.question_set).showing(draft)

    assert form.unseen == "".join(str(field) for field in form.hidden_fields())
    assert form.unseen == frames.of_unseen(type(form)).filled(form.initial)
    assert form.initial["version_5"] in form.unseen


def test_answer_of_which_there_is_something_to_say_is_drawn_by_the_templates(draft):
    draft.answers.filter(question__position=1).update(text="Ring 070-174 06 05.")
    form = draft_form(draft.question_set).showing(draft.fetch_answers())

    shown = views.fields(form, draft, None, own=frozenset())

    assert [bool(one["drawn"]) for one in shown] == [False, True, True, True, True]
    assert "070-174 06 05" in drawn_by_the_templates(form, shown[0])


def test_frame_kept_for_the_questions_holds_no_groups_words(draft):
    other = make_draft(make_team(name="En annan grupp"), "Bara vårt.")
    form_class = draft_form(draft.question_set)

    views.fields(form_class.showing(other), other, None, own=frozenset())

    kept = [piece for frame in frames.of_answers(form_class).values() for piece in frame.pieces]
    assert "Bara vårt." not in "".join(kept)
    assert any("Fråga 1?" in piece for piece in kept)


def test_another_set_of_questions_has_frames_of_its_own(client, team, anna):
    first = open_draft(client, team)
    team_draft = make_draft(team, question_set=make_question_set(2))

    page = client.get(draft_url(team)).content.decode()

    assert first["question_set"] != str(team_draft.question_set_id)
    assert f'value="{team_draft.question_set_id}"' in page
