"""Marking what answers are about, and counting it."""

from datetime import UTC, datetime

import pytest
from bs4 import BeautifulSoup
from django.db import IntegrityError, transaction
from django.urls import reverse

from feedback import figures
from feedback.marking import joined, mark, sentences
from feedback.models import Passage, QuestionSet, Theme
from metodstod.models import AccessLog
from tests.factories import make_field_of_work, make_municipality, make_submission, make_team

TEXT = "Vi saknar stöd. Chefen är bra!\nMen tiden räcker inte … Vi vill ha handledning"


@pytest.fixture
def theme(db):
    return Theme.objects.create(name="Stöd och handledning", description="Det som bär i vardagen.")


@pytest.fixture
def submission(db):
    team = make_team(name="Barn och unga", municipality=make_municipality("Halmstad", code="1380"))
    # In Stockholm the new year has begun.
    return make_submission(team, TEXT, "Ett svar.", submitted_at=datetime(2025, 12, 31, 23, 30, tzinfo=UTC))


@pytest.fixture
def boras(db):
    return make_submission(make_team(municipality=make_municipality("Borås", code="1490")), "Stöd i Borås.")


@pytest.fixture
def desk(client, log_in, coordinator):
    log_in(client, coordinator)
    return client


def page(name, *args):
    return reverse(f"admin:feedback_submission_{name}", args=args)


def soup(response):
    return BeautifulSoup(response.content, "html.parser")


def quotes():
    return [passage.quote for passage in Passage.objects.select_related("answer").order_by("pk")]


def test_sentences_end_with_their_mark_or_their_line():
    assert [TEXT[start:end] for start, end in sentences(TEXT)] == [
        "Vi saknar stöd.",
        "Chefen är bra!",
        "Men tiden räcker inte …",
        "Vi vill ha handledning",
    ]
    assert [text[slice(*sentences(text)[0])] for text in ("kl. 9.30 på 3 dagar",)] == ["kl."]
    assert sentences("\n \n") == []


def test_sentences_that_follow_one_another_are_one_passage():
    found = joined(TEXT, {0, 1, 3, 99})

    assert [TEXT[start:end] for start, end in found] == [
        "Vi saknar stöd. Chefen är bra!",
        "Vi vill ha handledning",
    ]


def test_passages_are_marked_seen_and_removed(desk, coordinator, submission, theme):
    answer = submission.answers.first()
    address = page("mark", submission.pk)

    for _ in range(2):
        desk.post(address, {"theme": theme.pk, "sentence": [f"{answer.pk}-0", f"{answer.pk}-3"]})
    marked = quotes()
    seen = soup(desk.get(page("change", submission.pk))).select(".desk-passages li")
    desk.post(address, {"remove": Passage.objects.first().pk})

    assert marked == ["Vi saknar stöd.", "Vi vill ha handledning"]
    assert [" ".join(one.get_text(" ").split()) for one in seen] == [f"{theme} {text}" for text in marked]
    assert quotes() == ["Vi vill ha handledning"]
    assert Passage.objects.get().by == coordinator
    assert AccessLog.objects.filter(action="changed").count() == 3


@pytest.mark.parametrize("sentence", [[], ["x"], ["1-"], ["99999999999999999-0"], ["-1-2"]])
def test_nothing_is_marked_by_odd_sentences(desk, submission, theme, sentence):
    response = desk.post(page("mark", submission.pk), {"theme": theme.pk, "sentence": sentence})

    assert "Kryssa för minst en mening." in response.content.decode()
    assert Passage.objects.count() == 0


def test_answers_of_another_submission_are_not_marked(desk, submission, boras, theme):
    foreign = boras.answers.first()

    desk.post(page("mark", submission.pk), {"theme": theme.pk, "sentence": [f"{foreign.pk}-0"]})
    Passage.of(foreign, theme=theme, start=0, end=4).save()
    status = desk.post(page("mark", submission.pk), {"remove": Passage.objects.get().pk}).status_code

    assert status == 404
    assert quotes() == ["Stöd"]


def test_theme_that_is_not_in_use_cannot_be_marked(desk, submission, theme):
    Theme.objects.update(in_use=False)

    desk.post(
        page("mark", submission.pk),
        {"theme": theme.pk, "sentence": [f"{submission.answers.first().pk}-0"]},
    )

    assert Passage.objects.count() == 0


def test_passage_holds_something(submission, theme):
    with pytest.raises(IntegrityError), transaction.atomic():
        Passage.of(submission.answers.first(), theme=theme, start=4, end=4).save()


@pytest.mark.parametrize(
    "copied", ["submission", "question", "municipality", "field_of_work", "submitted_at"]
)
def test_passage_says_what_is_so_of_its_answer(submission, boras, theme, copied):
    answer = submission.answers.first()
    other = {
        "submission": boras,
        "question": submission.answers.last().question,
        "municipality": boras.municipality,
        "field_of_work": make_field_of_work(),
        "submitted_at": boras.submitted_at,
    }
    passage = Passage.of(answer, theme=theme, start=0, end=4)
    passage.save()
    untrue = Passage.of(answer, theme=theme, start=0, end=5)
    setattr(untrue, copied, other[copied])

    with pytest.raises(IntegrityError, match="what is so"), transaction.atomic():
        untrue.save()
    with pytest.raises(IntegrityError, match="what is so"), transaction.atomic():
        Passage.objects.update(**{copied: other[copied]})
    assert list(Passage.objects.all()) == [passage]


# Figures -------------------------------------------------------------------------------------------


@pytest.fixture
def counted(submission, theme, coordinator):
    other = Theme.objects.create(name="Tid")
    laholm = make_team(municipality=make_municipality("Laholm", code="1381"))
    second = make_submission(
        laholm,
        "Tiden.",
        "Stöd.",
        field_of_work=make_field_of_work(),
        submitted_at=datetime(2025, 12, 31, 22, 30, tzinfo=UTC),
    )
    first, second_first, second_second = (
        submission.answers.first(),
        second.answers.all()[0],
        second.answers.all()[1],
    )
    mark([first], {first.pk: {0, 2}}, theme=theme, by=coordinator)
    mark([second_first], {second_first.pk: {0}}, theme=other, by=coordinator)
    mark([second_second], {second_second.pk: {0}}, theme=theme, by=coordinator)
    return submission, second


def test_themes_are_counted_over_the_selection(counted, theme):
    rows = figures.by_theme(Passage.objects.all())

    assert [(row.label, row.submissions, row.passages, row.width) for row in rows] == [
        ("Stöd och handledning", 2, 3, 100),
        ("Tid", 1, 1, 50),
    ]
    only_second = figures.by_theme(Passage.objects.filter(submission=counted[1]))
    assert [(row.label, row.submissions) for row in only_second] == [
        ("Stöd och handledning", 1),
        ("Tid", 1),
    ]


def test_a_theme_is_divided_by_question_municipality_field_and_month(counted, theme):
    parts = {
        name: [(row.label, row.submissions, row.passages) for row in rows]
        for name, rows in figures.by_dimension(Passage.objects.all(), theme)
    }

    assert parts["Fråga"] == [("Fråga 1?", 1, 2), ("Fråga 2?", 1, 1)]
    assert parts["Kommun"] == [("Halmstad", 1, 2), ("Laholm", 1, 1)]
    assert parts["Verksamhetsområde"] == [("Barn och unga", 1, 1), ("Inte angivet", 1, 2)]
    assert parts["Månad"] == [("december 2025", 1, 1), ("januari 2026", 1, 2)]


def test_the_same_question_in_a_later_set_is_counted_with_the_first(counted, theme, coordinator):
    later = QuestionSet.objects.current().copy(number=2)
    later.questions.filter(position=1).update(text="Omskriven?")
    later.publish()
    third = make_submission(make_team(), "Mer stöd.", question_set=later)
    answer = third.answers.first()
    mark([answer], {answer.pk: {0}}, theme=theme, by=coordinator)

    parts = dict(figures.by_dimension(Passage.objects.all(), theme))

    rows = [(row.label, row.submissions, row.passages) for row in parts["Fråga"]]
    assert rows == [("Fråga 1?", 2, 3), ("Fråga 2?", 1, 1)]


def test_figures_follow_the_inboxs_filter_and_the_own_county(desk, counted, boras, theme, coordinator):
    foreign = boras.answers.first()
    mark([foreign], {foreign.pk: {0}}, theme=Theme.objects.create(name="Bara Borås"), by=coordinator)

    whole = soup(desk.get(page("themes")))
    narrowed = soup(desk.get(f"{page('themes')}?q=laholm&_tema={theme.pk}"))

    def first_table(tree):
        return [
            [cell.get_text(strip=True) for cell in row.select("th, td")][:3]
            for row in tree.select_one("table.desk-bars").select("tbody tr")
        ]

    assert first_table(whole) == [["Stöd och handledning", "2", "3"], ["Tid", "1", "1"]]
    assert first_table(narrowed) == [["Stöd och handledning", "1", "1"], ["Tid", "1", "1"]]
    assert [bar["width"] for bar in whole.select_one("table.desk-bars").select("rect")] == ["100", "50"]
    assert "Bara Borås" not in whole.get_text()


def test_figures_that_nothing_narrows_are_those_of_all_that_one_may_see(
    desk, counted, boras, theme, coordinator
):
    foreign = boras.answers.first()
    mark([foreign], {foreign.pk: {0}}, theme=theme, by=coordinator)

    def tables(query):
        return [
            table.get_text() for table in soup(desk.get(page("themes") + query)).select("table.desk-bars td")
        ]

    assert tables("") == tables("?o=1")
    assert len(tables("")) > 10


@pytest.mark.parametrize("wanted", ["x", "999", "-1", "٣"])
def test_odd_theme_shows_the_most_common(desk, counted, wanted):
    assert "Det som bär i vardagen." in desk.get(f"{page('themes')}?_tema={wanted}").content.decode()


def test_inbox_is_narrowed_by_theme(desk, counted, theme):
    other = Theme.objects.get(name="Tid")

    response = desk.get(f"/admin/feedback/submission/?tema={other.pk}")

    found = [cell.get_text(strip=True) for cell in soup(response).select("#result_list .field-reference")]
    assert found == [counted[1].reference]
