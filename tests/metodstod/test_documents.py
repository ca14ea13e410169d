"""Documents to keep: what was written is in them, tagged, the same each time, whatever was written."""

from datetime import UTC, datetime
from io import BytesIO

import pytest
from pypdf import PdfReader

from metodstod import documents

MADE_AT = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)

TEMPLATE = """#import "document.typ": *
#show: it => letter(data.title, it)
#particulars((("Referens", data.reference),))
== Svar
#written(data.text)
"""


@pytest.fixture(autouse=True)
def template(tmp_path, monkeypatch):
    shared = documents.TEMPLATES / "document.typ"
    (tmp_path / "document.typ").write_text(shared.read_text())
    (tmp_path / "example.typ").write_text(TEMPLATE)
    monkeypatch.setattr(documents, "TEMPLATES", tmp_path)


def made(text):
    return documents.pdf(
        "example", {"title": "Gruppens svar", "reference": "MS-ABCD-EFGH", "text": text}, made_at=MADE_AT
    )


def words(text):
    reader = PdfReader(BytesIO(made(text)))
    return " ".join(" ".join(page.extract_text() for page in reader.pages).split())


def test_document_is_tagged_swedish_and_titled():
    reader = PdfReader(BytesIO(made("Vi behöver mer tid.")))

    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "sv"
    assert reader.metadata.title == "Gruppens svar"
    assert b"pdfuaid:part" in root["/Metadata"].get_data()


def test_document_holds_what_was_written_and_its_reference():
    text = words("Första stycket å ä ö.\n\nAndra stycket.\nNy rad.")

    assert "Första stycket å ä ö. Andra stycket. Ny rad." in text
    assert "MS-ABCD-EFGH" in text
    assert "Sida 1 av 1" in text


def test_document_shows_markup_as_text():
    text = words('#panic("x") *fet* $x$ = Rubrik <b>')

    assert '#panic("x") *fet* $x$ = Rubrik <b>' in text


def test_document_of_same_words_and_time_is_same_bytes():
    assert made("Samma") == made("Samma")


@pytest.mark.parametrize(
    "odd", ["\x07", "\x00", "\u200b", "\ue000", "\U0001f9ff", "مرحبا", "中文", "\u0378", "\ud7ff", "\ud800"]
)
def test_document_is_made_whatever_was_written(odd):
    assert "före" in words(f"före {odd} efter")


def test_document_marks_what_no_font_has(monkeypatch):
    monkeypatch.setattr(documents, "fonts", lambda: documents.typst.Fonts(include_system_fonts=False))

    text = words("Привіт 中 slut")

    assert "Привіт □ slut" in text


def test_download_is_named():
    response = documents.pdf_response(
        "example", {"title": "t", "reference": "r", "text": ""}, filename="svar.pdf", made_at=MADE_AT
    )

    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"] == 'attachment; filename="svar.pdf"'
    assert response.content.startswith(b"%PDF")
