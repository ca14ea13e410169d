"""Statistics Sweden's list: what it would change is shown, asked about, and written; nothing is removed."""

import io

import pytest
from django.core.management import CommandError, call_command

from metodstod.models import County, EmailDomain, Municipality
from tests.factories import make_municipality

pytestmark = pytest.mark.django_db

LIST = "Kod;Namn\n13;Hallands län\n1380;Halmstad\n1384;Kungsbacka;kungsbacka.example.se\n"


def read(tmp_path, text, *arguments, encoding="utf-8"):
    path = tmp_path / "lista.csv"
    path.write_bytes(text.encode(encoding))
    out = io.StringIO()
    call_command("import_municipalities", str(path), *arguments, stdout=out)
    return out.getvalue()


def test_list_brings_counties_municipalities_and_domains(tmp_path):
    said = read(tmp_path, LIST, "--yes")

    kungsbacka = Municipality.objects.get(code="1384")
    assert "new       1384 Kungsbacka" in said
    assert (kungsbacka.name, kungsbacka.county.name, kungsbacka.sort_key) == (
        "Kungsbacka",
        "Hallands län",
        "kungsbacka",
    )
    assert Municipality.objects.for_email("a@kungsbacka.example.se") == kungsbacka
    assert not County.objects.get(code="13").participates  # Joining the programme is a decision of its own.


def test_list_read_again_changes_nothing(tmp_path):
    read(tmp_path, LIST, "--yes")

    said = read(tmp_path, LIST, "--yes")

    assert "Nothing was changed" in said
    assert Municipality.objects.count() == 2


def test_dry_run_writes_nothing(tmp_path):
    said = read(tmp_path, LIST, "--dry-run")

    assert "new       1380 Halmstad" in said
    assert not County.objects.exists()


def test_new_name_is_written_and_what_is_not_listed_is_left(tmp_path):
    make_municipality("Halmsta", code="1380")
    make_municipality("Varberg", code="1383")

    said = read(tmp_path, LIST, "--yes")

    assert "renamed   1380 Halmsta → Halmstad" in said
    assert "left as it is: 1383 Varberg" in said
    assert sorted(Municipality.objects.values_list("name", flat=True)) == [
        "Halmstad",
        "Kungsbacka",
        "Varberg",
    ]


def test_spreadsheets_own_habits_are_understood(tmp_path):
    read(tmp_path, "Kommunkod,Kommun\n1,Stockholms län\n114,Upplands Väsby\n", "--yes", encoding="cp1252")

    assert Municipality.objects.get().code == "0114"
    assert Municipality.objects.get().name == "Upplands Väsby"
    assert Municipality.objects.get().county.code == "01"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Kod;Namn\n", "no line that begins with a code"),
        ("13;Hallands län\n1380;Halmstad\n1380;Halmstad\n", "Line 3 has the code 1380 of line 2"),
        ("2580;Luleå\n", "neither in the list nor here"),
        ("13;Hallands län\n1380;\n", "Line 2"),
        ("13;Hallands län\n1380;Halmstad;inte en domän\n", "no mail domain"),
        ("13;Hallands län\n1380;Halmstad;boras.example.se\n", "belongs to 1490 here"),
        ("13;Hallands län\nHalmstad;1380\n", "Line 2 has no code"),
        ("13;Hallands län\n１３８０;Halmstad\n", "Line 2 has no code"),
        ("13;Hallands län\n1380;Halm\0stad\n", "Line 2 is no code"),
        (f"13;{'x' * 200_000}\n", "no CSV file"),
    ],
)
def test_broken_list_is_refused_whole_with_the_line(tmp_path, text, said):
    make_municipality("Borås", code="1490", domain="boras.example.se")

    with pytest.raises(CommandError, match=said):
        read(tmp_path, text, "--yes")

    assert list(Municipality.objects.values_list("code", flat=True)) == ["1490"]
    assert EmailDomain.objects.count() == 1


def test_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("import_municipalities", str(tmp_path / "finns-inte.csv"))

    assert not Municipality.objects.exists()
