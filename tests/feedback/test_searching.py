"""Full-text search in Swedish, the same on both databases."""

import pytest
from django.db import connection

from feedback.models import Submission
from feedback.searching import Term, terms
from tests.factories import make_municipality, make_submission, make_team


@pytest.fixture
def submissions(db):
    halmstad = make_municipality("Halmstad", code="1380")
    laholm = make_municipality("Laholm", code="1381")
    texts = {
        "first": (halmstad, "Utbildningarna gav oss trygga samtal. Vi vill ha stödsamtal i grupp."),
        "second": (laholm, "Våra chefer bad om en utbildning för personalen."),
        "third": (halmstad, "Vi träffade åklagaren i ÄNGELHOLM, och samtalen blev trygga."),
    }
    return {
        name: make_submission(make_team(name=f"Grupp {name}", municipality=place), text)
        for name, (place, text) in texts.items()
    }


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("utbildning", "first second"),
        ("utbildningarna", "first second"),
        ("UTBILDNING", "first second"),
        ("utbildning personal", "second"),
        ("utbildning -chefer", "first"),
        ('"trygga samtal"', "first"),
        ("trygga samtal", "first third"),
        ("stöd", "first"),
        ("stödet", "first"),
        ("ängelholm", "third"),
        ("laholm", "second"),
        ('"grupp third"', "third"),
        ("finnsinte", ""),
        ("***", ""),
        ("", "first second third"),
    ],
)
def test_search_finds(submissions, words, found):
    hits = set(Submission.objects.searched(words))

    assert {name for name, one in submissions.items() if one in hits} == set(found.split())


@pytest.mark.parametrize("written", ["{}", "{} ", "lower", "bare"])
def test_reference_is_found_however_it_is_typed(submissions, written):
    reference = submissions["second"].reference
    text = {"lower": reference.lower(), "bare": reference.replace("-", "")}.get(
        written, written.format(reference)
    )

    assert list(Submission.objects.searched(text)) == [submissions["second"]]


@pytest.mark.parametrize(
    "text",
    [
        "'",
        "a'b",
        "a & b | !c",
        "(",
        ":*",
        '"',
        '"oavslutad',
        "-",
        "--",
        "%",
        "_",
        "\\",
        "<->",
        "och",
        "a:*b",
        "ä" * 300,
    ],
)
def test_no_search_is_a_fault_of_ours(submissions, text):
    assert Submission.objects.searched(text).count() in {0, 1, 2, 3}


def test_what_is_typed_is_read_as_words_phrases_and_what_is_not_wanted():
    assert terms('stöd "trygga samtal" -chef barn-och-unga') == [
        Term(("stöd",)),
        Term(("trygga", "samtal"), is_phrase=True),
        Term(("chef",), no=True),
        Term(("barn", "och", "unga"), is_phrase=True),
    ]


def test_search_uses_the_index_on_postgresql(submissions):
    if connection.vendor != "postgresql":
        assert "searchabletext" in str(Submission.objects.searched("stöd").query)
        return
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(
            "EXPLAIN SELECT submission_id FROM feedback_searchabletext WHERE vector @@ to_tsquery('swedish', 'stöd:*')"
        )
        plan = " ".join(row[0] for row in cursor.fetchall())

    assert "feedback_searchabletext_vector" in plan
