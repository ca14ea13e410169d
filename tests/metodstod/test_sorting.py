"""Swedish order in any database."""

import random

import pytest

from metodstod.models import Municipality
from metodstod.sorting import swedish_key
from tests.factories import make_municipality

IN_ORDER = [
    "Ale",
    "Alingsås",
    "Borås",
    "Falkenberg",
    "Hylte",
    "Kungsbacka",
    "Zinkgruvan",
    "Åmål",
    "Ängelholm",
    "Öckerö",
]


def test_places_sort_as_a_swede_would():
    shuffled = random.sample(IN_ORDER, len(IN_ORDER))

    assert sorted(shuffled, key=swedish_key) == IN_ORDER


@pytest.mark.parametrize(
    ("one", "other"), [("ÅMÅL", "åmål"), ("Åmål", "A\u030ama\u030al"), ("Malmö", "MALMÖ"), ("Armé", "arme")]
)
def test_case_accents_and_how_letters_are_composed_do_not_matter(one, other):
    assert swedish_key(one) == swedish_key(other)


def test_database_gives_the_same_order(db):
    for number, name in enumerate(random.sample(IN_ORDER, len(IN_ORDER))):
        make_municipality(name, code=f"14{number:02}", domain=f"kommun{number}.example.se")

    assert [municipality.name for municipality in Municipality.objects.all()] == IN_ORDER
