"""What a reader's filter and words choose. Plain GET, whatever it holds."""

from datetime import timedelta

import pytest
from django.http import QueryDict
from django.urls import reverse

from lectures.catalogue import Catalogue
from lectures.models import Lecture
from tests.factories import make_field_of_work, make_lecture, make_provider, make_target_group

ADDRESS = reverse("lectures:list")


def catalogue(query=""):
    return Catalogue(Lecture.objects.published(), QueryDict(query))


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

    assert [lecture.title for lecture in Catalogue(Lecture.objects.published(), query).lectures] == found


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
    assert "Att erbjuda stöd – Barn och unga</a>" in page
    assert "Sex mot ersättning</a>" not in page
    assert '<input class="govuk-checkboxes__input" id="verksamhet-barn-och-unga"' in page
    assert 'value="barn-och-unga" checked>' in page


@pytest.mark.parametrize(
    "query", [{}, {"verksamhet": "barn-och-unga"}, {"avsandare": "kast"}, {"q": "finns inte"}]
)
def test_page_always_advises_to_see_all_senders(client, query):
    page = client.get(ADDRESS, query).content.decode()

    assert "Vi rekommenderar att ni ser föreläsningar från alla avsändare" in page


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


def test_page_asks_the_database_as_often_for_one_as_for_thirty(client, django_assert_num_queries):
    with django_assert_num_queries(2):
        client.get(ADDRESS, {"q": "a"})
    for number in range(30):
        make_lecture(
            provider=make_provider(f"avsandare-{number}"), target_groups=[make_target_group(f"g{number}")]
        )

    with django_assert_num_queries(2):
        response = client.get(ADDRESS, {"q": "a"})

    assert len(response.context["catalogue"].lectures) == 33


def test_page_leaves_no_cookie(client):
    response = client.get(ADDRESS)

    assert response.cookies == {}
    assert "Cookie" not in response.get("Vary", "")
