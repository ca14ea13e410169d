"""References that survive being read aloud."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metodstod.references import ALPHABET, ReferenceConverter, is_reference, new_reference

references = st.builds(lambda _: new_reference(), st.integers())


def test_reference_has_no_letters_that_look_alike():
    assert not set("01IOLUVS58BEA") & set(ALPHABET)
    assert len(ALPHABET) == len(set(ALPHABET)) == 23


@given(references)
def test_reference_is_written_in_threes_and_checks(reference):
    assert re.fullmatch(f"([{ALPHABET}]{{3}}-){{2}}[{ALPHABET}]{{3}}", reference)
    assert is_reference(reference)


@given(references, st.integers(0, 8), st.sampled_from(ALPHABET))
def test_reference_with_one_wrong_character_is_refused(reference, place, other):
    plain = list(reference.replace("-", ""))
    changed = plain[place] != other
    plain[place] = other

    assert is_reference("".join(plain)) is not changed


@given(references, st.integers(0, 7))
def test_reference_with_two_neighbours_swapped_is_refused(reference, place):
    plain = list(reference.replace("-", ""))
    changed = plain[place] != plain[place + 1]
    plain[place], plain[place + 1] = plain[place + 1], plain[place]

    assert is_reference("".join(plain)) is not changed


@pytest.mark.parametrize("text", ["", "K7P", "K7P-4MX-2R90", "OOO-OOO-OOO", "k7p-4mx-2r9!", "ååå-äää-ööö"])
def test_reference_of_another_form_is_refused(text):
    assert is_reference(text) is False


def test_reference_in_an_address_may_be_in_lower_case():
    reference = new_reference()

    assert ReferenceConverter().to_python(reference.lower()) == reference
    with pytest.raises(ValueError, match="not a reference"):
        ReferenceConverter().to_python("000-000-000")


def test_references_do_not_come_again():
    assert len({new_reference() for _ in range(10_000)}) == 10_000
