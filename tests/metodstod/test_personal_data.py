"""Identity numbers in what people write. The numbers are Skatteverket's own for testing, or made invalid."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metodstod.personal_data import MASK, around, find_identity_numbers, mask_identity_numbers

PERSONNUMMER = "850709-9805"
SAMORDNINGSNUMMER = "701063-2391"


@pytest.mark.parametrize(
    "written",
    [
        "850709-9805",
        "8507099805",
        "19850709-9805",
        "198507099805",
        "850709 9805",
        "850709+9805",
        "1985-07-09-9805",
        "1985 07 09 9805",
        "701063-2391",
    ],
)
def test_number_is_found_however_it_is_written(written):
    text = f"Hon, {written}, kom i går."

    assert [text[start:end] for start, end in find_identity_numbers(text)] == [written]


@pytest.mark.parametrize(
    "text",
    [
        "850709-9806",  # the check digit is wrong
        "851332-9805",  # no such month or day
        "Ring 020-50 50 50 eller 112",
        "Bankgiro 5050-1055, organisationsnummer 202100-2353",
        "Den 7 september 2026 klockan 14.05",
        "Diarienummer 1234-2026-5678",
        "85070998051234",
        "",
    ],
)
def test_what_is_no_number_passes(text):
    assert find_identity_numbers(text) == []


def test_every_number_is_masked_and_nothing_else():
    text = f"Först {PERSONNUMMER}\noch sedan {SAMORDNINGSNUMMER}."

    masked = mask_identity_numbers(text)

    assert masked == f"Först {MASK}\noch sedan {MASK}."
    assert find_identity_numbers(masked) == []


def test_place_is_shown_with_the_words_around_it():
    text = "Det här är en lång inledning, hon är född " + PERSONNUMMER + " och bor kvar i samma stad som förr"
    (span,) = find_identity_numbers(text)

    assert around(text, span) == f"…edning, hon är född {PERSONNUMMER} och bor kvar i samm…"


@given(st.text(max_size=2000))
def test_masking_any_text_leaves_no_number(text):
    assert find_identity_numbers(mask_identity_numbers(text)) == []
