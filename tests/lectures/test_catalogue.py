"""What a reader's filter and words choose. Plain GET, whatever it holds."""

from datetime import timedelta

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.db import connection, transaction
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from lectures import shelf
from lectures.catalogue import Catalogue
from lectures.models import Lecture
from lectures.shelf import Shelf
from tests.factories import (
    make_chapter,
    make_cue,
    make_field_of_work,
    make_lecture,
    make_provider,
    make_target_group,
)

ADDRESS = reverse("lectures:list")


def catalogue(query=""):
    return Catalogue(Shelf(), QueryDict(query))


def titles(query=""):
    return [lecture.title for lecture in catalogue(query).lectures]


def counts(query, parameter):
    facet = next(facet for facet in catalogue(query).facets if facet["parameter"] == parameter)
    return {choice.slug: choice.count for choice in facet["choices"]}


@pytest.fixture
def programme(db):
    """Three lectures by two senders; one is aimed at a field of work."""
    buyers = make_target_group("kopare", name="Köpare", position=2)
    relatives = make_target_group("anhoriga", name="Anhöriga", position=1)
    kast = make_provider("kast", name="KAST-verksamheten", position=2)
    mika = make_provider("mika", name="Mikamottagningen", position=1)
    make_lecture(
        "Köpare av sexuella tjänster",
        provider=kast,
        target_groups=[buyers, relatives],
        length=timedelta(minutes=64, seconds=27),
    )
    make_lecture("Sex mot ersättning", provider=mika, target_groups=[relatives], length=timedelta(minutes=42))
    make_lecture(
        "Att erbjuda stöd – Barn och unga",
        provider=mika,
        target_groups=[relatives],
        field_of_work=make_field_of_work("barn-och-unga", name="Barn och unga"),
        length=timedelta(minutes=25, seconds=38),
    )


pytestmark = pytest.mark.usefixtures("programme")


def test_catalogue_holds_all_published_in_order():
    make_lecture("Utkast", published_at=None)

    assert titles() == [
        "Köpare av sexuella tjänster",
        "Sex mot ersättning",
        "Att erbjuda stöd – Barn och unga",
    ]
    assert catalogue().total_length == "2 timmar, 12 minuter och 5 sekunder"
    assert not catalogue().is_filtered


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("malgrupp=kopare", ["Köpare av sexuella tjänster"]),
        ("avsandare=mika", ["Sex mot ersättning", "Att erbjuda stöd – Barn och unga"]),
        ("verksamhet=barn-och-unga", ["Att erbjuda stöd – Barn och unga"]),
        ("verksamhet=alla", ["Köpare av sexuella tjänster", "Sex mot ersättning"]),
        ("verksamhet=alla&avsandare=mika", ["Sex mot ersättning"]),
        ("malgrupp=kopare&verksamhet=barn-och-unga", []),
        ("langd=mellan", ["Sex mot ersättning", "Att erbjuda stöd – Barn och unga"]),
        ("langd=lang&langd=kort", ["Köpare av sexuella tjänster"]),
        (
            "malgrupp=kopare&malgrupp=anhoriga&avsandare=mika",
            ["Sex mot ersättning", "Att erbjuda stöd – Barn och unga"],
        ),
    ],
)
def test_choices_in_one_facet_widen_and_in_several_narrow(query, found):
    assert titles(query) == found


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("KÖPARE", ["Köpare av sexuella tjänster"]),
        ("ERSÄTTNING", ["Sex mot ersättning"]),
        ("ersa\u0308ttning", ["Sex mot ersättning"]),
        ("kast", ["Köpare av sexuella tjänster"]),
        ("ANHÖRIGA unga", ["Att erbjuda stöd – Barn och unga"]),
        ("  sex   mot ", ["Sex mot ersättning"]),
        (
            "målgrupperna",
            ["Köpare av sexuella tjänster", "Sex mot ersättning", "Att erbjuda stöd – Barn och unga"],
        ),
        ("kopare", []),
        ("%", []),
        ("_", []),
    ],
)
def test_search_knows_swedish_letters_on_every_database(words, found):
    query = QueryDict(mutable=True)
    query["q"] = words

    assert [lecture.title for lecture in Catalogue(Shelf(), query).lectures] == found


def test_counts_tell_what_each_choice_would_give():
    assert counts("", "malgrupp") == {"anhoriga": 3, "kopare": 1}
    assert counts("avsandare=mika", "malgrupp") == {"anhoriga": 2, "kopare": 0}
    assert counts("avsandare=mika", "avsandare") == {"mika": 2, "kast": 1}
    assert counts("q=barn", "verksamhet") == {"alla": 0, "barn-och-unga": 1}


def test_choices_stand_in_the_order_staff_have_given_them():
    facets = catalogue().facets

    assert [[choice.name for choice in facet["choices"]] for facet in facets] == [
        ["Anhöriga", "Köpare"],
        ["Alla verksamheter", "Barn och unga"],
        ["Mikamottagningen", "KAST-verksamheten"],
        ["Mellan 15 och 45 minuter", "Mer än 45 minuter"],
    ]


def test_unknown_choice_is_told_and_not_used():
    found = catalogue("malgrupp=finns-inte&avsandare=kast&avsandare=")

    assert found.unknown == ["finns-inte"]
    assert [lecture.title for lecture in found.lectures] == ["Köpare av sexuella tjänster"]


def test_long_search_is_cut_and_told():
    found = catalogue("q=" + "a" * 10_000)

    assert (len(found.search), found.search_was_cut) == (200, True)


# The page --------------------------------------------------------------------------------------------


def test_page_shows_what_was_found_and_what_was_chosen(client):
    page = client.get(ADDRESS, {"verksamhet": "barn-och-unga", "q": "stöd"}).content.decode()

    assert "1 av 3 föreläsningar, 25 minuter och 38 sekunder" in page
    assert "Du har valt Barn och unga, ”stöd”." in page
    assert "Rensa filter" in page
    assert "Att erbjuda <mark>stöd</mark> – Barn och unga</a>" in page
    assert "Sex mot ersättning</a>" not in page
    assert '<input class="govuk-checkboxes__input" id="verksamhet-barn-och-unga"' in page
    assert 'value="barn-och-unga" checked>' in page


@pytest.mark.parametrize(
    "query", [{}, {"verksamhet": "barn-och-unga"}, {"avsandare": "kast"}, {"q": "finns inte"}]
)
def test_page_always_advises_to_see_all_senders(client, query):
    page = client.get(ADDRESS, query).content.decode()

    assert "Vi rekommenderar att ni ser föreläsningar från alla avsändare" in page


def test_page_leads_from_a_field_of_work_back_to_them_all(client):
    narrowed = client.get(ADDRESS, {"verksamhet": "barn-och-unga"}).content.decode()

    assert "Ni har valt Barn och unga. De andra föreläsningarna hör också till programmet." in narrowed
    assert "Se alla 3</a>" in narrowed
    assert "De andra föreläsningarna" not in client.get(ADDRESS, {"avsandare": "kast"}).content.decode()


def test_page_without_filter_has_nothing_to_clear(client):
    page = client.get(ADDRESS).content.decode()

    assert ">3 föreläsningar, 2 timmar, 12 minuter och 5 sekunder</p>" in page
    assert "Rensa filter" not in page


def test_page_says_when_nothing_is_found(client):
    page = client.get(ADDRESS, {"q": "zzz"}).content.decode()

    assert "0 av 3 föreläsningar</p>" in page
    assert "Ingen föreläsning passar in" in page


def test_page_says_when_there_is_nothing_yet(client):
    Lecture.objects.update(published_at=None)

    assert "Det finns inga föreläsningar här än." in client.get(ADDRESS).content.decode()


@pytest.mark.parametrize(
    "query",
    [
        "malgrupp=<script>alert(1)</script>",
        "malgrupp=1%27%20OR%201=1--&verksamhet=%F0%9F%92%A9",
        "q=%ff%fe%c3",
        "q=" + "%C3%A5" * 10_000,
        "q=(((&q=[",
        "malgrupp[]=a&page=zzz&page=-1",
        "&".join(f"malgrupp=x{number}" for number in range(400)),
        "verksamhet=alla%0d%0aSet-Cookie:a=b",
    ],
)
def test_page_stands_odd_addresses(client, query):
    response = client.get(f"{ADDRESS}?{query}")

    assert response.status_code == 200
    page = response.content.decode()
    assert "<script>alert" not in page
    assert 'role="status"' in page


def test_page_refuses_what_no_database_can_take(client):
    assert client.get(f"{ADDRESS}?q=%00").status_code == 400


def test_page_tells_which_choice_is_unknown(client):
    page = client.get(ADDRESS, {"malgrupp": "<b>" + "x" * 100}).content.decode()

    assert "Det här filtret finns inte och används inte: ”&lt;b&gt;" + "x" * 57 + "…”." in page


def about_lectures(queries):
    return sum('FROM "lectures_' in query["sql"] or 'JOIN "lectures_' in query["sql"] for query in queries)


def test_page_asks_the_database_as_often_for_three_as_for_thirty(client):
    with CaptureQueriesContext(connection) as for_three:
        client.get(ADDRESS, {"avsandare": "kast"})
    for number in range(30):
        make_lecture(
            provider=make_provider(f"avsandare-{number}"), target_groups=[make_target_group(f"g{number}")]
        )

    with CaptureQueriesContext(connection) as for_thirty:
        response = client.get(ADDRESS, {"malgrupp": "okand"})

    assert len(response.context["catalogue"].lectures) == 33
    assert about_lectures(for_thirty) == about_lectures(for_three)


@pytest.mark.django_db(transaction=True)
def test_page_asks_the_database_nothing_about_lectures_it_knows(client):
    client.get(ADDRESS, {"q": "kast"})

    with CaptureQueriesContext(connection) as queries:
        client.get(ADDRESS, {"q": "kast", "avsandare": "kast"})

    assert [query["sql"].split(" FROM ")[1].split()[0] for query in queries] == [
        '"metodstod_contentchange"',
        '"lectures_cue"',
    ]


# Pages -----------------------------------------------------------------------------------------------


def links(client, query):
    page = BeautifulSoup(client.get(ADDRESS, query).content, "html.parser")
    pager = page.find(class_="govuk-pagination")
    return page, [(link.get("rel"), link.text.split()[0], link["href"]) for link in pager("a")]


@pytest.fixture
def sixty(programme):
    """Sixty lectures more by a sender of their own."""
    provider = make_provider("nck", name="NCK", position=3)
    for number in range(60):
        make_lecture(
            f"Föreläsning {number:02}", slug=f"nr-{number:02}", provider=provider, position=100 + number
        )


@pytest.mark.usefixtures("sixty")
def test_long_catalogue_comes_in_pages_that_keep_the_choice(client):
    page, found = links(client, {"avsandare": "nck", "sida": "2"})

    assert found == [
        (["prev"], "Föregående", "?avsandare=nck"),
        (None, "1", "?avsandare=nck"),
        (None, "2", "?avsandare=nck&sida=2"),
        (None, "3", "?avsandare=nck&sida=3"),
        (["next"], "Nästa", "?avsandare=nck&sida=3"),
    ]
    titles = [title.text for title in page.select(".ms-lecture__title")]
    assert (len(titles), titles[0], titles[-1]) == (24, "Föreläsning 24", "Föreläsning 47")
    assert "60 av 63 föreläsningar" in page.find(class_="ms-count").text
    assert "Sida 2 av 3." in page.find(class_="ms-count").text
    assert page.title.text.startswith("Föreläsningar (sida 2 av 3)")
    assert page.find(attrs={"aria-current": "page", "class": "govuk-pagination__link"}).text == "2"


@pytest.mark.usefixtures("sixty")
def test_pages_hold_every_lecture_once_in_order():
    shown = [row.lecture.pk for number in (1, 2, 3) for row in catalogue(f"sida={number}").rows]

    assert shown == list(Lecture.objects.published().values_list("pk", flat=True))


@pytest.mark.usefixtures("sixty")
def test_what_is_searched_for_is_kept_from_page_to_page(client):
    page, found = links(client, {"q": "nck föreläsning", "avsandare": "nck"})

    assert found[-1] == (["next"], "Nästa", "?avsandare=nck&q=nck+f%C3%B6rel%C3%A4sning&sida=2")
    assert len(page.select(".ms-lecture")) == 10


@pytest.mark.usefixtures("sixty")
@pytest.mark.parametrize(
    ("asked", "shown"), [("4", 3), ("0", 3), ("-1", 3), ("zzz", 1), ("9" * 5000, 1), ("²", 1), ("1.5", 1)]
)
def test_page_that_is_not_there_is_told(client, asked, shown):
    response = client.get(ADDRESS, {"sida": asked})

    assert response.status_code == 200
    page = BeautifulSoup(response.content, "html.parser")
    assert f"Sida ”{asked[:60]}” finns inte. Det här är sida {shown}." in page.main.text


def test_catalogue_of_few_has_no_pages(client):
    page = client.get(ADDRESS, {"sida": "1"}).content.decode()

    assert "govuk-pagination" not in page
    assert "Sida" not in page


# What is known of the lectures -----------------------------------------------------------------------


def served(client):
    page = BeautifulSoup(client.get(ADDRESS, {"q": "stöd"}).content, "html.parser")
    return [title.text for title in page.select(".ms-lecture__title")]


@pytest.mark.django_db(transaction=True)
def test_change_is_seen_by_the_next_request(client):
    assert served(client) == ["Att erbjuda stöd – Barn och unga"]
    lecture = Lecture.objects.get(title__startswith="Att erbjuda")

    Lecture.objects.filter(pk=lecture.pk).update(title="Stöd till barn")
    renamed = served(client)
    make_cue(Lecture.objects.get(title="Sex mot ersättning"), "Om stödet.")
    said = served(client)
    Lecture.objects.filter(pk=lecture.pk).update(published_at=None)

    assert renamed == ["Stöd till barn"]
    assert said == ["Stöd till barn", "Sex mot ersättning"]
    assert served(client) == ["Sex mot ersättning"]


@pytest.mark.django_db(transaction=True)
def test_lecture_and_chapter_are_found_when_their_time_comes(client):
    now = timezone.now()
    make_lecture("Nytt om stöd", published_at=now + timedelta(hours=1))
    make_chapter(
        Lecture.objects.get(title="Sex mot ersättning"), "Stödet", published_at=now + timedelta(hours=2)
    )
    found = {}

    with time_machine.travel(now, tick=False) as traveller:
        for hours in range(3):
            traveller.move_to(now + timedelta(hours=hours))
            found[hours] = len(served(client))

    assert found == {0: 1, 1: 2, 2: 3}


def test_what_is_read_in_a_transaction_is_not_kept():
    with transaction.atomic():
        lecture = make_lecture("Tas tillbaka")
        held = shelf.current()
        transaction.set_rollback(True)

    assert lecture.pk in {card.pk for card in held.cards}
    assert lecture.pk not in {card.pk for card in shelf.current().cards}


def test_page_leaves_no_cookie(client):
    response = client.get(ADDRESS)

    assert response.cookies == {}
    assert "Cookie" not in response.get("Vary", "")
