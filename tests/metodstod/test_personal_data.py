"""What may point out a person in what people write: a list of what is found and of what passes, and properties of any text.

The numbers are Skatteverket's own for testing, or have the serial numbers 980 to 999, which no living person has. The phone
numbers are those that the Post and Telecom Authority keeps for books and films, or help lines.
"""

import string
from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from personnummer.personnummer import Personnummer

from metodstod.personal_data import (
    MASK,
    Kind,
    around,
    find,
    find_identity_numbers,
    mask,
    mask_identity_numbers,
    plain,
)

PERSONNUMMER = "850709-9805"
SAMORDNINGSNUMMER = "701063-2391"
TODAY = date(2026, 11, 24)


def found(text, **options):
    """Return kind and words of what is found."""
    return [(one.kind, text[one.start : one.end]) for one in find(text, today=TODAY, **options)]


# Identity numbers ----------------------------------------------------------------------------------

SPELT = [
    "850709-9805",
    "850709+9805",
    "8507099805",
    "850709 9805",
    "850709 - 9805",
    "850709- 9805",
    "850709 -9805",
    "850709/9805",
    "850709.9805",
    "850709–9805",
    "850709—9805",
    "850709‐9805",
    "850709‑9805",
    "850709−9805",
    "850709\u00a09805",
    "850709\u20099805",
    "850709\u202f9805",
    "850709\t9805",
    "8507\u00ad09-9805",
    "850709\u200b-9805",
    "８５０７０９－９８０５",
    "٨٥٠٧٠٩-٩٨٠٥",
    "850709 98 05",
    "85-07-09-9805",
    "85 07 09 9805",
    "85 07 09-9805",
    "85.07.09-9805",
    "85/07/09-9805",
    "19850709-9805",
    "198507099805",
    "19850709 9805",
    "19850709+9805",
    "19850709–9805",
    "1985-07-09-9805",
    "1985-07-09 9805",
    "1985 07 09 9805",
    "1985 07 09-9805",
    "1985.07.09-9805",
    "1985/07/09-9805",
    "1985 0709 9805",
    "19 850709-9805",
    "701063-2391",
    "7010632391",
    "701063 2391",
    "701063–2391",
    "19701063-2391",
    "197010632391",
    "19701063 2391",
    "1970-10-63-2391",
    "1970 10 63 2391",
    "121212-1212",
    "20121212-1212",
    "191212121212",
    "18121212-1212",
]
AROUND = [
    "{}",
    "Hon, {}, kom i går.",
    "({})",
    "pnr:{}.",
    "Två barn {} 3 år",
    "15 {} 2 barn",
    "se\n{}\nnedan",
    "pnr{}x",
]


@pytest.mark.parametrize("written", SPELT, ids=ascii)
def test_number_is_found_however_it_is_written(written):
    expected = written.removeprefix("19 ")

    assert found(f"Hon, {written}, kom i går.") == [(Kind.IDENTITY_NUMBER, expected)]


@pytest.mark.parametrize("sentence", AROUND)
@pytest.mark.parametrize("number", [PERSONNUMMER, "19850709-9805", SAMORDNINGSNUMMER])
def test_number_is_found_wherever_it_stands(sentence, number):
    numbers = [words for kind, words in found(sentence.format(number)) if kind is Kind.IDENTITY_NUMBER]

    assert numbers == [number]


NO_NUMBERS = [
    "850709-9806",  # the check digit is wrong
    "850709-0005",  # no one has the serial number 000
    "851332-9805",  # no such month or day
    "850732-9800",
    "850230-9807",  # February has no 30th
    "20990709-9802",  # nobody has been born then yet
    "20270101-9802",
    "701092-2390",  # 60 and 32
    "17850709-9805",
    "850709-980",
    "850709-98055",
    "85070998051234",
    "1850709-9805",
    "4321-850709-9805-1",
    "Organisationsnummer 202100-2353",
    "556036-0793",
    "5560360793",
    "556036-0793-1",
    "16202100-2353",
    "212000-1215",
    "ISBN 978-91-27-12345-6",
    "ISBN 9789127123456",
    "ISBN 91-7332-123-4",
    "ISBN 0306406152",
    "ISBN: 8507099805",
    "ISSN 1404-5370",
    "Bankgiro 5050-1055",
    "Bankgiro 850-7099",
    "Plusgiro 90 19 50-6",
    "OCR 8507099805",
    "kort 4111 1111 1111 1111",
    "konto 8327-9 850 709 980 5",
    "IBAN SE35 5000 0000 0549 1000 0003",
    "Den 7 september 2026 klockan 14.05",
    "2026-11-24",
    "2026-11-24 14.30",
    "2026-11-24 14:30",
    "20261124",
    "24/11-2026",
    "24.11.2026",
    "26-11-24",
    "2019–2024",
    "2019-2020 och 2021-2022",
    "1 234 567 kronor",
    "3 000 000 000",
    "45 procent av 1 200",
    "SFS 2001:453 och 2009:400",
    "HSLF-FS 2022:39",
    "prop. 2024/25:89",
    "SOSFS 2014:5",
    "kapitel 5 § 11",
    "klockan 08.30–16.00",
    "vecka 47, dag 3",
    "version 10.4.2026.1",
    "1234567890",
    "0000000000",
    "11111111-1111",
    "",
    " ",
    "-",
    "12",
]


@pytest.mark.parametrize("text", NO_NUMBERS, ids=ascii)
def test_what_is_no_number_passes(text):
    assert found(text) == []
    assert find_identity_numbers(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "0701019804",  # a mobile number, or someone born in January 2007
        "Ring 070101-9804",
        "07 01 01 9804",
        "2019-05-03 1439",  # a day and a time, or someone born then
    ],
)
def test_what_may_be_a_number_or_something_else_is_only_suspected(text):
    kinds = {kind for kind, _ in found(text)}

    assert Kind.IDENTITY_NUMBER not in kinds
    assert find_identity_numbers(text) == []
    assert kinds == {Kind.PHONE}


@pytest.mark.parametrize("text", ["personnummer 0701019804", "pnr: 0701019804", "född 0701019804"])
def test_word_before_a_number_says_what_it_is(text):
    assert found(text)[0] == (Kind.IDENTITY_NUMBER, "0701019804")


# Addresses, phone numbers, wording -----------------------------------------------------------------

EMAILS = [
    "lisa.larsson@example.se",
    "LISA@EXAMPLE.SE",
    "lisa+jobb@post.example.co.uk",
    "åsa.öberg@malmö.example.se",
    "lisa_l-1@example-kommun.se",
    "lisa @ example.se",
    "lisa(at)example.se",
    "lisa[at]example.se",
    "lisa＠example.se",
]
PHONES = [
    "070-174 06 05",
    "070-1740605",
    "0701740605",
    "070 174 06 05",
    "070/174 06 05",
    "(070) 174 06 05",
    "070–174 06 05",
    "070\u00a0174\u00a006\u00a005",
    "+46 70 174 06 05",
    "+46701740605",
    "+46 (0)70 174 06 05",
    "0046 70 174 06 05",
    "031-390 06 05",
    "0313900605",
    "08-465 004 05",
    "08 465 004 05",
    "040-628 04 05",
    "0980-319 205",
    "0980-31 92 05",
    "010-123 45 67",
    "+47 22 12 34 56",
    "+4512345678",
]
CASES = [
    "dnr 2026/1234",
    "Dnr: SN 2026-0123",
    "diarienummer 801-1234-2026",
    "ärendenummer 12345",
    "ärende nr 4711",
    "akt 123456",
    "mål nr B 1234-22",
    "T 1234-22",
    "Lisa, 14 år",
    "Lisa Larsson, 14 år",
    "Lisa (14)",
    "Lisa 14 år",
    "L.L., 15 år",
    "en 14-årig flicka",
    "En 16 årig kille",
    "vår 15-åriga placerade",
    "14-åringen",
    "en flicka på 14 år",
    "född 2009",
    "född den 3 maj 2009",
    "född 2009-05-03",
    "född 3/5",
    "f. 090503",
    "född -09",
    "Hon heter Lisa",
    "flickan heter Lisa",
    "mamman hette Anna-Karin",
    "klienten Lisa",
    "flickan Lisa",
    "vår klient Lisa",
    "min klient",
    "i ett ärende där",
    "Om ett fall med en flicka",
    "i ärendet med",
    "i fallet Lisa",
    "Vi har en klient som",
    "Vi träffade nyligen en kvinna som",
    "en av våra klienter",
    "En av mina brukare",
    "bor på Storgatan 12",
    "bor på Ågatan",
    "Lilla Torgvägen 4B",
]
PASS = [
    "Vi vill kunna möta ungdomar som utsatts.",
    "Vi har många klienter som har frågat.",
    "Flickor och pojkar mellan 13 och 17 år",
    "ungdomar i åldern 15–17 år",
    "15-åringar och äldre",
    "barn under 18 år",
    "De flesta är 18 år eller äldre.",
    "Vi är 14 personer i gruppen.",
    "Metodstödet heter Metodstöd.",
    "Föreläsningen heter Vad är människohandel?",
    "Vi har arbetat med frågan i 10 år.",
    "Sedan 2009 har vi haft ett team.",
    "I ett ärende ska vi alltid göra en riskbedömning.",
    "I våra ärenden syns det sällan.",
    "i fall där barn är inblandade",
    "Rutiner för ärenden och akter saknas.",
    "Vi har en rutin som fungerar.",
    "Vi har en kollega som kan frågan.",
    "Klienten ska alltid tillfrågas.",
    "Flickan ska få eget stöd.",
    "En kvinna ska kunna välja handläggare.",
    "Under 2025 fick vi 14 anmälningar.",
    "Möte 24 november klockan 10",
    "Halmstad, 3 av 4 enheter",
    "Enkät 12 (2025)",
    "Socialtjänstlagen 5 kap. 11 §",
    "Brottsbalken 6 kap. 11 §",
    "Ring 112 vid fara",
    "Ring 020-50 50 50",
    "Kvinnofridslinjen 020-50 50 50 och Bris 116 111",
    "Ring 1177 eller 114 14",
    "Nationellt metodstöd 020-390 000",
    "Sms:a till 71 700",
    "Växeln nås på 0771-11 11 11",
    "05-06-2026",
    "01-02-2026",
    "0,75 tjänst",
    "0,12345678",
    "0-14-044913-6",
    "00012345678",
    "följ @metodstod",
    "kl. 9@rummet",
    "https://example.se/sida",
    "10–12 timmar, 3–4 gånger per år",
    "bor på boenden i kommunen",
    "Vi sitter på Socialkontoret.",
    "Grupp B 12",
    "Bilaga 1, sidan 14",
    "född utomlands",
    "född i ett annat land",
]


@pytest.mark.parametrize("written", EMAILS, ids=ascii)
def test_address_is_suspected(written):
    assert found(f"Skriv till {written}, hon vet.") == [(Kind.EMAIL, written)]


@pytest.mark.parametrize("written", PHONES, ids=ascii)
def test_phone_number_is_suspected(written):
    assert found(f"Hon nås: {written}.") == [(Kind.PHONE, written)]


@pytest.mark.parametrize("text", ["Ring 12 34 56", "tel: 123456", "Telefon 12 34 56.", "mobil: 174 06 05"])
def test_number_without_area_code_is_suspected_after_a_word_for_it(text):
    assert [kind for kind, _ in found(text)] == [Kind.PHONE]


@pytest.mark.parametrize("written", CASES, ids=ascii)
def test_wording_about_one_person_or_case_is_suspected(written):
    kinds = [
        kind for kind, _ in found(f"Det gällde {written} då." if written[0].islower() else f"{written} då.")
    ]

    assert kinds
    assert set(kinds) == {Kind.CASE}


@pytest.mark.parametrize("text", PASS, ids=ascii)
def test_what_groups_usually_write_passes(text):
    assert found(text) == []


def test_list_is_long_enough():
    cases = [*SPELT, *NO_NUMBERS, *EMAILS, *PHONES, *CASES, *PASS]

    assert len(cases) == len(set(cases)) >= 200


def test_own_addresses_and_numbers_pass():
    own = {"Kontakt@lansstyrelsen.example.se", "010-224 30 00"}
    text = "Fråga kontakt@lansstyrelsen.example.se, +46 10 224 30 00, eller lisa@example.se."

    assert found(text, own=own) == [(Kind.EMAIL, "lisa@example.se")]


# Masking and showing -------------------------------------------------------------------------------


def test_every_number_is_masked_and_nothing_else():
    text = f"Först {PERSONNUMMER}\noch sedan {SAMORDNINGSNUMMER}."

    masked = mask_identity_numbers(text)

    assert masked == f"Först {MASK}\noch sedan {MASK}."
    assert find_identity_numbers(masked) == []


def test_everything_is_masked_by_its_kind():
    text = "Lisa, 14 år, 850709-9805, lisa@example.se, 070-174 06 05."

    assert mask(text, today=TODAY) == (
        "[uppgift borttagen], [personnummer borttaget], [e-postadress borttagen], [telefonnummer borttaget]."
    )
    assert mask(text, kinds=[Kind.EMAIL], today=TODAY).startswith("Lisa, 14 år, 850709-9805, [e-postadress")


def test_place_is_shown_with_the_words_around_it():
    text = "Det här är en lång inledning, hon är född " + PERSONNUMMER + " och bor kvar i samma stad som förr"
    (span,) = find_identity_numbers(text)

    assert around(text, span) == f"…edning, hon är född {PERSONNUMMER} och bor kvar i samm…"


# Any text ------------------------------------------------------------------------------------------


@given(st.text(max_size=2000))
def test_masking_any_text_leaves_no_number(text):
    assert find_identity_numbers(mask_identity_numbers(text)) == []


# Texts of the pieces that the guard looks for, in any order.
PIECES = st.lists(
    st.sampled_from(
        [*SPELT[:12], *EMAILS, *PHONES, *CASES, *PASS[:9], " ", "\n", ". ", "-", "1", "@", "år", "+46", "0"]
    )
    | st.text(alphabet=string.digits + " -+.@/åÅ", max_size=12),
    max_size=12,
).map("".join)


@given(PIECES)
@example("0701740605850709-9805")
def test_masking_leaves_nothing_to_find_and_the_rest_as_it_was(text):
    masked = mask(text, today=TODAY)

    assert find(masked, today=TODAY) == []
    rest, places = masked, find(text, today=TODAY)
    for kind in Kind:
        rest = rest.replace(kind.mask, "")
    assert len(rest) <= len(text) - sum(one.end - one.start for one in places)


@given(PIECES)
def test_findings_lie_in_order_within_the_text_and_apart(text):
    findings = find(text, today=TODAY)

    assert all(0 <= one.start < one.end <= len(text) for one in findings)
    assert all(one.end <= after.start for one, after in pairwise(findings))


def spelt(born, serial, coordination):
    """Return a valid number's twelve figures."""
    day = born.day + (60 if coordination else 0)
    nine = f"{born:%y%m}{day:02}{serial:03}"
    total = sum(
        int(figure) for place, digit in enumerate(nine) for figure in str(int(digit) * (2 - place % 2))
    )
    return f"{born.year // 100}{nine}{-total % 10}"


NUMBERS = st.builds(
    spelt, st.dates(date(1900, 1, 1), TODAY - timedelta(days=1)), st.integers(980, 999), st.booleans()
)


@given(
    NUMBERS, st.sampled_from(["{0}{1}-{2}", "{0}{1}{2}", "{0}{1} {2}", "{0}{1}–{2}", "{1}-{2}", "{1}+{2}"])
)
def test_every_valid_number_is_found(number, spelling):
    written = spelling.format(number[:2], number[2:8], number[8:])

    assert Personnummer(number)
    assert found(f"Hon, {written}, kom.") == [(Kind.IDENTITY_NUMBER, written)]


@given(NUMBERS, st.integers(1, 9))
def test_number_with_another_check_digit_passes(number, step):
    wrong = number[:-1] + str((int(number[-1]) + step) % 10)

    assert find_identity_numbers(f"{wrong[:8]}-{wrong[8:]}") == []


@given(st.integers(0, 10**9 - 1))
def test_organisation_numbers_pass(number):
    nine = f"{number:09}"
    nine = nine[:2] + str(2 + int(nine[2]) % 8) + nine[3:]  # A legal person's third figure is at least 2.
    for last in "0123456789":
        assert find_identity_numbers(f"{nine[:6]}-{nine[6:]}{last}") == []


@given(st.sampled_from(["070", "072", "073", "076", "079"]), st.integers(0, 10**7 - 1))
def test_mobile_numbers_are_never_certain(prefix, number):
    seven = f"{number:07}"

    for written in (
        f"{prefix}-{seven[:3]} {seven[3:5]} {seven[5:]}",
        f"{prefix}{seven}",
        f"{prefix} {seven[:3]} {seven[3:5]} {seven[5:]}",
        f"+46 {prefix[1:]} {seven[:3]} {seven[3:5]} {seven[5:]}",
    ):
        assert [kind for kind, _ in found(f"Tel {written}.")] == [Kind.PHONE]


@given(st.integers(0, 10**9 - 1), st.sampled_from(["978", "979"]))
def test_isbn_passes(number, prefix):
    body = f"{number:09}"

    for written in (f"{prefix}{body}7", f"{prefix}-{body[:2]}-{body[2:7]}-{body[7:]}-7"):
        assert find_identity_numbers(f"ISBN {written}") == []


@given(st.datetimes())
@example(datetime.fromisoformat("2001-01-05T09:00"))
def test_days_and_times_pass(moment):
    for form in (
        "%Y-%m-%d %H.%M",
        "%Y-%m-%d %H:%M",
        "%Y-%m-%d",
        "%d/%m-%Y",
        "%d.%m.%Y",
        "%y%m%d",
        "%Y-%m-%d %H%M",
    ):
        assert find_identity_numbers(f"Mötet var {moment.strftime(form)} hos oss.") == []


@given(st.text(max_size=200))
def test_plain_spelling_keeps_every_place(text):
    written, places = plain(text)

    assert len(written) == len(places)
    assert places == sorted(set(places))
    assert all(0 <= place < len(text) for place in places)
