"""The words that stand for Django's own in the staff pages."""

import gettext
import re
from pathlib import Path

import django
import polib
import pytest
from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as translated

from tests.factories import make_staff

CATALOGUES = sorted(Path(settings.LOCALE_PATHS[0]).rglob("*.po"))
DJANGO = Path(django.__file__).parent


def keys(entry):
    """Return what a compiled catalogue knows an entry by: one key, or one for each form of a number."""
    return [(entry.msgid, form) for form in entry.msgstr_plural] if entry.msgid_plural else [entry.msgid]


def words(entry):
    return list(entry.msgstr_plural.values()) or [entry.msgstr]


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.name)
def test_catalogue_is_compiled_as_it_is_written(path):
    written = {
        key: word
        for entry in polib.pofile(str(path))
        for key, word in zip(keys(entry), words(entry), strict=True)
    }

    with path.with_suffix(".mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)._catalog

    assert {key: word for key, word in compiled.items() if key} == written, "Run `make words`."


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.name)
def test_catalogue_holds_only_what_django_says(path):
    """A sentence that Django has changed is no longer replaced: this tells which, when Django is updated."""
    said = {
        entry.msgid
        for folder in ("conf", "contrib/admin")
        for catalogue in DJANGO.glob(f"{folder}/locale/sv/LC_MESSAGES/{path.stem}.mo")
        for entry in polib.mofile(str(catalogue))
    }

    assert sorted({entry.msgid for entry in polib.pofile(str(path))} - said) == []


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.name)
def test_catalogue_fills_in_nothing_that_is_not_there(path):
    """Every name in braces or after a percent sign is one that Django gives; some may be left out."""
    unknown = [
        word
        for entry in polib.pofile(str(path))
        for word in words(entry)
        if not set(re.findall(r"%\(\w+\)s|\{\w*\}|%s", word))
        <= set(re.findall(r"%\(\w+\)s|\{\w*\}|%s", entry.msgid))
    ]

    assert unknown == []


def test_staff_pages_and_their_scripts_speak_as_we_do(client, db, log_in):
    log_in(client, make_staff(role="redaktör"))

    page = client.get(reverse("admin:lectures_lecture_add")).content.decode()
    script = client.get(reverse("admin:jsi18n")).content.decode()

    assert "Till webbplatsen" in page
    assert "Spara och börja på nästa" in page
    assert '"18.00"' in script
    assert translated("Delete") == "Ta bort"
