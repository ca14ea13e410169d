"""A set of questions is written, previewed, published and ended by an editor; then it stands, and can be compared."""

import pytest
from bs4 import BeautifulSoup
from django.contrib.admin.models import LogEntry
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse

from feedback.models import Answer, Question, QuestionSet
from tests.factories import (
    make_county,
    make_member,
    make_question_set,
    make_staff,
    make_submission,
    make_team,
)
from tests.feedback.pages import draft_url, form_data, main_text, save, texts

ADD = "/admin/feedback/questionset/add/"


@pytest.fixture
def editor(client, db, log_in):
    editor = make_staff(role="redaktör")
    log_in(client, editor)
    return editor


def address(question_set, name):
    return reverse(f"admin:feedback_questionset_{name}", args=[question_set.pk])


def written(number, *questions, total=3, **fields):
    """What the admin's form sends for a set with these questions (text, further fields)."""
    data = {
        "number": number,
        "title": "Nya frågor",
        "questions-TOTAL_FORMS": max(total, len(questions)),
        "questions-INITIAL_FORMS": 0,
    }
    for place, (text, more) in enumerate(questions):
        data |= {f"questions-{place}-position": place + 1, f"questions-{place}-text": text}
        data |= {f"questions-{place}-{name}": value for name, value in more.items()}
    return data | fields


def text_of(response):
    return " ".join(BeautifulSoup(response.content, "html.parser").get_text(" ").split())


# Writing, publishing, ending -----------------------------------------------------------------------


def test_questions_without_a_number_come_last_in_the_order_they_stand(client, editor):
    data = written(7, ("Andra", {}), ("Tredje", {}), ("Första", {}))
    data |= {"questions-0-position": "", "questions-1-position": "", "questions-2-position": "1"}

    client.post(ADD, data)

    questions = QuestionSet.objects.get(number=7).questions.all()
    assert [(one.position, one.text) for one in questions] == [(1, "Första"), (2, "Andra"), (3, "Tredje")]


def test_number_that_is_no_number_is_told_beside_its_question(client, editor):
    response = client.post(ADD, written(7, ("Vad?", {"position": "x"})))

    assert "Fyll i ett heltal." in text_of(response)
    assert not QuestionSet.objects.filter(number=7).exists()


def test_editor_writes_previews_and_publishes_a_set(client, editor):
    old = make_question_set(1)
    original = old.questions.first()

    client.post(
        ADD,
        written(
            2,
            ("Vilken nytta hade ni?", {"same_as": original.pk, "hint": "Tänk brett."}),
            ("Hur går ni vidare?", {"comes_back": "on"}),
        ),
    )

    new = QuestionSet.objects.get(number=2)
    assert list(new.questions.values_list("position", "text", "same_as", "comes_back")) == [
        (1, "Vilken nytta hade ni?", original.pk, False),
        (2, "Hur går ni vidare?", None, True),
    ]
    assert QuestionSet.objects.current() == old
    preview = client.get(address(new, "preview"))
    assert "Vilken nytta hade ni? Tänk brett." in main_text(preview)
    assert "Jämförs med fråga 1 i uppsättning 1: Fråga 1?" in main_text(preview)

    response = client.post(address(new, "publish"), follow=True)

    assert QuestionSet.objects.current() == new
    assert QuestionSet.objects.get(number=1).retired_at
    assert "Publicerad. Grupper som börjar nu får de här frågorna." in text_of(response)


def test_preview_shows_what_is_typed_and_saves_nothing(client, editor):
    old = make_question_set(1)
    new = old.copy(number=2)
    first = new.questions.first()
    change = reverse("admin:feedback_questionset_change", args=[new.pk])
    data = written(2, ("Vad ni skrev nyss?", {"id": first.pk, "same_as": old.questions.first().pk}))
    data |= {"questions-INITIAL_FORMS": 1, "title": "Nyss", "_preview": "Förhandsgranska"}

    page = client.post(change, data)

    assert "2. Nyss Så här ser gruppen frågorna" in main_text(page)
    assert "Vad ni skrev nyss?" in main_text(page)
    assert "Jämförs med fråga 1 i uppsättning 1: Fråga 1?" in main_text(page)
    assert BeautifulSoup(page.content, "html.parser").select("main button") == []
    assert (new.questions.first().text, QuestionSet.objects.get(number=2).title) == (first.text, old.title)
    assert not LogEntry.objects.exists()


def test_preview_of_a_set_that_is_not_added_yet_adds_nothing(client, editor):
    page = client.post(ADD, written(7, ("Först?", {}), ("Sist?", {"comes_back": "on"}), _preview="1"))

    assert "Först? " in main_text(page)
    assert "Sist? " in main_text(page)
    assert "Gruppen får se sitt svar igen" in main_text(page)
    assert not QuestionSet.objects.exists()


def test_published_set_has_nothing_typed_to_preview(client, editor):
    question_set = make_question_set(1)
    drafted = question_set.copy(number=2)

    def buttons(one):
        page = client.get(reverse("admin:feedback_questionset_change", args=[one.pk])).content
        return BeautifulSoup(page, "html.parser").select("input[name=_preview]")

    assert (len(buttons(drafted)), len(buttons(question_set))) == (1, 0)


def test_group_answers_the_published_questions_and_nothing_before(client, editor, log_in):
    make_question_set(1)
    new = QuestionSet.objects.create(number=2, title="Nya frågor")
    Question.objects.create(question_set=new, position=3, text="Den nya frågan?")
    team = make_team()
    member = make_member(team)
    log_in(client, member)
    assert "Den nya frågan?" not in main_text(client.get(draft_url(team)))

    new.publish()

    page = client.get(draft_url(team))
    assert "Den nya frågan?" in main_text(page)
    save(client, team, form_data(page, answer_1="Ett nytt svar"))
    assert texts(team) == ["Ett nytt svar"]


def test_draft_that_was_begun_keeps_its_questions(client, editor, log_in):
    make_question_set(1)
    team = make_team()
    log_in(client, make_member(team))
    save(client, team, form_data(client.get(draft_url(team)), answer_5="Begynt"))
    new = QuestionSet.objects.create(number=2, title="Nya frågor")
    Question.objects.create(question_set=new, position=1, text="Ny?")

    new.publish()

    assert "Fråga 5?" in main_text(client.get(draft_url(team)))


def test_set_without_questions_is_not_published(client, editor):
    empty = QuestionSet.objects.create(number=1, title="Tom")

    response = client.post(address(empty, "publish"), follow=True)

    assert "Skriv minst en fråga" in text_of(response)
    assert QuestionSet.objects.current() is None


def test_set_is_published_and_ended_once(editor):
    question_set = make_question_set(1)

    with pytest.raises(ValidationError):
        question_set.publish()
    question_set.retire()
    with pytest.raises(ValidationError):
        question_set.retire()
    assert QuestionSet.objects.current() is None


def test_published_set_is_for_reading(client, editor):
    question_set = make_question_set(1)
    change = reverse("admin:feedback_questionset_change", args=[question_set.pk])

    page = BeautifulSoup(client.get(change).content, "html.parser")
    response = client.post(change, written(1, ("Ändrad?", {})))

    assert page.select("input[name=_save], #questionset_form input[type=text]") == []
    assert response.status_code == 403
    assert question_set.questions.first().text == "Fråga 1?"


def test_database_takes_no_question_for_a_published_set(db):
    question_set = make_question_set(1)

    with pytest.raises(IntegrityError), transaction.atomic():
        Question.objects.create(question_set=question_set, position=9, text="En till?")
    with pytest.raises(IntegrityError), transaction.atomic():
        Question.objects.filter(position=1).update(comes_back=True)

    assert question_set.questions.filter(comes_back=False).count() == 5


def test_copy_begins_a_set_whose_questions_are_the_same(client, editor):
    first = make_question_set(1, coming_back=(4,))
    client.post(address(first, "copy"))
    second = QuestionSet.objects.get(number=2)
    second.publish()

    client.post(address(second, "copy"))

    third = QuestionSet.objects.get(number=3)
    assert not third.is_published
    originals = list(first.questions.values_list("pk", flat=True))
    assert list(third.questions.values_list("same_as", flat=True)) == originals
    assert third.questions.get(position=4).comes_back


def test_same_question_is_the_original_and_once_in_a_set(client, editor):
    first = make_question_set(1)
    second = first.copy(number=2)
    second.publish()
    original = first.questions.first()

    late = client.post(ADD, written(3, ("Ett?", {"same_as": second.questions.first().pk})))
    twice = client.post(
        ADD, written(3, ("Ett?", {"same_as": original.pk}), ("Två?", {"same_as": original.pk}))
    )

    assert (late.status_code, twice.status_code) == (200, 200)
    assert QuestionSet.objects.filter(number=3).count() == 0


@pytest.mark.parametrize("name", ["publish", "retire", "copy"])
def test_others_publish_end_and_copy_nothing(client, coordinator, log_in, name):
    question_set = make_question_set(1)
    log_in(client, coordinator)

    assert client.post(address(question_set, name)).status_code == 403
    assert client.get(address(question_set, name)).status_code == 405
    assert (QuestionSet.objects.count(), QuestionSet.objects.get().retired_at) == (1, None)


def test_coordinator_may_look_without_buttons(client, coordinator, log_in):
    question_set = make_question_set(1)
    log_in(client, coordinator)

    response = client.get(address(question_set, "preview"))

    assert "Fråga 5?" in main_text(response)
    assert BeautifulSoup(response.content, "html.parser").select("main button") == []
    assert (
        client.get(address(question_set, "preview").replace(str(question_set.pk), "999")).status_code == 404
    )


# Comparing -----------------------------------------------------------------------------------------


@pytest.fixture
def two_sets(db):
    first = make_question_set(1, questions=2)
    make_submission(make_team(), "Ett", "Två")
    make_submission(make_team(), "Ett", "")
    second = first.copy(number=2)
    second.questions.filter(position=1).update(text="Omskriven?")
    second.publish()
    make_submission(make_team(), "Ett igen", "", question_set=second)
    return first, second


def test_comparison_follows_the_questions_that_are_the_same(client, two_sets, coordinator, log_in):
    _, second = two_sets
    log_in(client, coordinator)

    page = BeautifulSoup(client.get(address(second, "compare")).content, "html.parser")

    rows = [[cell.get_text(strip=True) for cell in row.select("th, td")] for row in page.select("tbody tr")]
    title = "Frågor till arbetsgruppen"
    assert rows == [
        [f"1. {title}", "Fråga 1?", "2", "2"],
        [f"2. {title}", "Omskriven?", "1", "1"],
        [f"1. {title}", "Fråga 2?", "2", "1"],
        [f"2. {title}", "Fråga 2?", "1", "0"],
    ]


def test_comparison_counts_only_what_one_may_read(client, two_sets, editor, log_in):
    _, second = two_sets
    assert client.get(address(second, "compare")).status_code == 403

    log_in(client, make_staff(counties=[make_county("14")], role="samordnare"))
    page = BeautifulSoup(client.get(address(second, "compare")).content, "html.parser")

    assert {cell.text for cell in page.select("tbody td:nth-of-type(2), tbody td:nth-of-type(3)")} == {"0"}


def test_answers_to_the_same_question_are_found_across_sets(two_sets):
    first, second = two_sets

    for question in (first.questions.first(), second.questions.first()):
        assert sorted(Answer.objects.to(question).values_list("text", flat=True)) == [
            "Ett",
            "Ett",
            "Ett igen",
        ]
