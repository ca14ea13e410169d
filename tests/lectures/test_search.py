"""Search in what the lectures are called, in their chapters and in what is said, on whichever database it is."""

from pathlib import Path
from urllib.parse import urlencode

import pytest
from bs4 import BeautifulSoup
from django.core.management import call_command
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from lectures.catalogue import Catalogue
from lectures.models import Chapter, Cue, Lecture
from lectures.search import LINES_WITH, Search, lines_with
from lectures.search_words import Vocabulary, distance, stem
from lectures.shelf import Shelf, Texts
from tests.factories import make_lecture
from tests.lectures.queries import MISSPELT, NOT_FOUND, QUERIES, SAID

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
ADDRESS = reverse("lectures:list")


def say(lecture, lines):
    """Let this be said in the lecture: second → text."""
    Cue.objects.bulk_create(
        Cue(lecture=lecture, number=number, start=second * 1000 + 400, end=second * 1000 + 4000, text=text)
        for number, (second, text) in enumerate(lines.items(), 1)
    )


@pytest.fixture
def programme(db):
    """The ten lectures with a few lines of each."""
    for name in ("target_groups", "fields_of_work", "providers", "lectures"):
        call_command("loaddata", FIXTURES / f"{name}.json", verbosity=0)
    for slug, lines in SAID.items():
        # Lines far apart in time do not follow one another.
        lecture = Lecture.objects.get(slug=slug)
        say(lecture, lines)
        for place, cue in enumerate(lecture.cues.order_by("-number")):
            Cue.objects.filter(pk=cue.pk).update(number=(len(lines) - place) * 10)


def found(text):
    catalogue = Catalogue(Shelf(), QueryDict(urlencode({"q": text})))
    return [row.lecture.slug for row in catalogue.rows], catalogue


def results(text):
    """Return lecture's key → what the words find in it, for all lectures."""
    shelf = Shelf()
    search = Search(shelf, text)
    return search.results([shelf.cards[place] for place in search.ranked])


# Real queries ----------------------------------------------------------------------------------------


@pytest.mark.usefixtures("programme")
def test_real_queries_lead_to_the_right_place():
    wrong = {}
    for text, slug, second in QUERIES:
        slugs, catalogue = found(text)
        first = slugs[0] if slugs else None
        hits = catalogue.rows[0].result.hits if slugs else []
        places = [hit.second for hit in hits]
        if first != slug or (second is not None and second not in places[:2]):
            wrong[text] = (first, places)

    assert wrong == {}
    assert len(QUERIES) >= 30


@pytest.mark.usefixtures("programme")
def test_misspelt_words_are_asked_about():
    asked = {text: Search(Shelf(), text).suggestion for text, _ in MISSPELT}

    assert asked == dict(MISSPELT)


@pytest.mark.usefixtures("programme")
def test_letters_that_happen_to_be_there_are_not_found():
    assert [(text, slug) for text, slug in NOT_FOUND if slug in found(text)[0]] == []


@pytest.mark.usefixtures("programme")
def test_known_words_are_not_asked_about():
    assert {text: meant for text, _, _ in QUERIES if (meant := Search(Shelf(), text).suggestion)} == {}


# Words -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "others"),
    [
        ("köpare", {"köparen", "sexköpare", "sexköparnas", "köpare"}),
        ("människa", {"människohandel", "människor"}),
        ("handel", {"människohandel"}),
        ("samtal", {"samtalsstöd", "samtalen"}),
        ("skada", {"självskadebeteende"}),
    ],
)
def test_word_finds_its_inflections_and_compounds(word, others):
    noise = {"inte", "berättar", "förslag", "arton", "stöd"}

    assert set(Vocabulary({*others, *noise}).forms(word)) - {"fråga"} == others


def test_word_itself_answers_better_than_a_compound_and_that_better_than_another_name():
    worth = Vocabulary(["köpare", "sexköpare", "torsk"]).forms("köpare")

    assert worth["köpare"] > worth["sexköpare"] > worth["torsk"]
    assert Vocabulary(["trauma", "traumabehandling", "ptsd"]).forms("trauma") == {
        "trauma": 1.0,
        "traumabehandling": 0.9,
        "ptsd": 0.6,
    }


def test_stem_is_the_same_for_all_forms():
    assert {stem(word) for word in ("köpare", "köparen", "köparna", "köparens")} == {"köp"}


@pytest.mark.parametrize(
    ("first", "second", "letters"),
    [("abc", "abc", 0), ("abc", "abd", 1), ("abc", "acb", 1), ("abc", "ab", 1), ("abc", "xyz", 3)],
)
def test_distance_counts_letters(first, second, letters):
    assert distance(first, second, 2) == letters


# What is said ----------------------------------------------------------------------------------------


@pytest.fixture
def lecture(db):
    return make_lecture("Om arbetet")


def test_hit_leads_to_the_second_and_shows_the_lines_around(client, lecture):
    say(lecture, {600: "Innan dess.", 612: "En sexköpare kan vara\nvem som helst.", 618: "Sedan."})

    page = BeautifulSoup(client.get(ADDRESS, {"q": "köpare"}).content, "html.parser")

    hit = page.find(class_="ms-hit")
    assert hit.a["href"] == f"{lecture.get_absolute_url()}#t=612"
    assert " ".join(hit.get_text().split()) == (
        "Gå till 10:12 Innan dess. En sexköpare kan vara vem som helst. Sedan."
    )
    assert [mark.text for mark in hit.find_all("mark")] == ["sexköpare"]
    assert "Det du söker sägs på 1 ställe." in page.find(class_="ms-count").text


def test_words_are_marked_in_title_and_summary(client, db):
    make_lecture("Att möta köpare", summary="Om <b>köparen</b>.")

    page = BeautifulSoup(client.get(ADDRESS, {"q": "köpare"}).content, "html.parser")

    assert [mark.text for mark in page.main.find_all("mark")] == ["köpare", "köparen"]
    assert "Om <b>köparen</b>." in page.main.text


def test_lines_that_follow_are_one_place(lecture):
    say(lecture, {1: "Om skam.", 5: "Mer skam.", 9: "Något annat.", 13: "Och mer.", 17: "Skam igen."})

    result = results("skam")[lecture.pk]

    assert [hit.second for hit in result.hits] == [1, 17]
    assert "".join(piece.text for piece in result.hits[0].pieces) == "Om skam. Mer skam. Något annat."


def test_place_with_more_of_the_words_comes_first(lecture):
    lines = {1: "Om skam.", 100: "Skuld och skam.", 200: "Om skuld."}
    say(lecture, lines)
    for number in (3, 2, 1):
        Cue.objects.filter(number=number).update(number=number * 10)

    result = results("skuld skam")[lecture.pk]

    assert [hit.second for hit in result.hits] == [100, 1, 200]


def test_every_word_must_be_somewhere_in_the_lecture(lecture):
    other = make_lecture("Ett annat")
    say(lecture, {1: "Om skam."})
    say(other, {1: "Om skam.", 100: "Om pengar."})

    assert set(results("skam pengar")) == {other.pk}


def test_chapter_and_its_question_are_found(lecture):
    Chapter.objects.create(lecture=lecture, second=90, title="Betänketid", question="Vem ringer ni?")
    Chapter.objects.create(lecture=lecture, second=200, title="Betänketiden igen", published_at=None)

    hits = results("betänketid")[lecture.pk].hits

    assert [(hit.second, hit.is_chapter, hit.url) for hit in hits] == [
        (90, True, f"{lecture.get_absolute_url()}#t=90")
    ]
    assert lecture.pk in results("ringer")


def test_unpublished_lecture_is_not_searched(lecture):
    say(lecture, {1: "Om skam."})
    Lecture.objects.update(published_at=None)

    assert results("skam") == {}


def test_new_captions_are_found_at_once(lecture):
    say(lecture, {1: "Om skam."})
    assert results("skam")
    lecture.cues.all().delete()
    say(lecture, {1: "Om pengar."})

    assert results("skam") == {}
    assert results("pengar")


def test_query_without_words_finds_nothing(lecture):
    assert [results(text) for text in ("%", "_", "…", "' OR 1=1 --")] == [{}, {}, {}, {}]


def test_words_that_mean_something_to_the_database_are_words(lecture):
    say(lecture, {1: "A & B | C ! ( : * <-> samtal"})

    assert set(results("samtal & ! | :* ( ' \\")) == {lecture.pk}


def test_only_so_many_places_are_shown(client, lecture):
    say(lecture, {number * 10: "Skam." for number in range(1, 41)})
    for cue in Cue.objects.order_by("-number"):
        Cue.objects.filter(pk=cue.pk).update(number=cue.number * 10)

    page = BeautifulSoup(client.get(ADDRESS, {"q": "skam"}).content, "html.parser")

    assert len(page.find_all(class_="ms-hit")) == 10
    assert "40 ställen i filmen" in page.main.text
    assert "Visa 7 till" in page.main.text
    assert "Det sägs på 30 ställen till." in page.main.text


@pytest.mark.parametrize("word", ["det", "samma"])
def test_common_word_is_found_where_it_is_said(lecture, word):
    say(lecture, {1: f"Då är {word} inte lätt.", 90: "Om detta och sammanhang.", 200: "Om skam."})

    hits = results(word)[lecture.pk].hits

    assert [(hit.second, [piece.text for piece in hit.pieces if piece.marked]) for hit in hits] == [
        (1, [word])
    ]


def test_reader_is_told_when_the_words_say_too_little(client, lecture):
    say(lecture, {1: "Det är skam att säga det."})

    told = [
        "Så vanliga ord säger lite" in client.get(ADDRESS, {"q": text}).content.decode()
        for text in ("det", "att det", "det skam", "skam", "")
    ]

    assert told == [True, True, False, False, False]


def test_misspelt_word_leads_to_what_was_meant(client, lecture):
    say(lecture, {1: "Om dissociation."})

    page = BeautifulSoup(client.get(ADDRESS, {"q": "disosiation"}).content, "html.parser")

    link = page.find("a", string="dissociation")
    assert link["href"] == "?q=dissociation"
    assert "Menade du dissociation?" in " ".join(page.main.text.split())


def test_search_takes_as_many_queries_for_thirty_lectures_as_for_one(client, lecture):
    say(lecture, {1: "Om skam."})
    client.get(ADDRESS, {"q": "skam"})
    with CaptureQueriesContext(connection) as one:
        client.get(ADDRESS, {"q": "skam"})
    for _ in range(30):
        say(make_lecture(), {1: "Om skam.", 90: "Skam."})
    client.get(ADDRESS, {"q": "skam"})

    with CaptureQueriesContext(connection) as thirty:
        client.get(ADDRESS, {"q": "skam"})

    counts = [sum('"lectures_' in query["sql"] for query in queries) for queries in (one, thirty)]
    assert counts[0] == counts[1] <= 9


def test_lines_are_found_by_an_index(lecture):
    say(lecture, {1: "Om en sexköpare.", 2: "Om annat."})

    with CaptureQueriesContext(connection) as asked:
        lines = lines_with({"köpare", "sexköpare"}, [lecture.pk])

    assert [text for *_, text in lines] == ["Om en sexköpare."]
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off")
            # Of a single lecture the index of its lines is as good: that condition is left out.
            cursor.execute("EXPLAIN" + LINES_WITH.partition("AND")[0], ["köpare | sexköpare"])
            assert "cue_text_swedish" in str(cursor.fetchall())
    else:
        assert "REGEXP" in asked.captured_queries[0]["sql"]


def test_word_that_grows_when_it_is_folded_is_marked_where_it_stands(lecture):
    say(lecture, {1: "Vi bor på Hauptstraße nu, och ingen vill bo på en annan straße."})

    pieces = Search(Shelf(), "strasse").marked("På en straße nu, och en annan STRASSE.")

    assert [(piece.text, piece.marked) for piece in pieces] == [
        ("På en ", False),
        ("straße", True),
        (" nu, och en annan ", False),
        ("STRASSE", True),
        (".", False),
    ]


def test_words_in_a_row_are_looked_for_in_each_text_by_itself():
    texts = Texts(["Stöd till unga", "Unga", "", "Våld och stöd", "till unga: stöd till unga"])

    assert texts.holding("stöd till") == [0, 4]
    assert texts.holding("unga") == [0, 1, 4]
    assert texts.holding("våld") == [3]
    assert texts.holding("unga våld") == []
