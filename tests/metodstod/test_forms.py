"""Forms that lose nothing."""

import uuid

import pytest
from django import forms
from django.http import QueryDict

from metodstod.forms import KeyedForm, PlainText, PortalForm, write_once
from metodstod.models import Invitation, Team
from tests.factories import make_municipality, make_team

NUMBER = "850709-9805"


class Note(PortalForm, forms.Form):
    text = PlainText(label="Text", max_length=20)
    title = forms.CharField(label="Rubrik", required=False)


class KeyedNote(KeyedForm, forms.Form):
    title = forms.CharField(label="Rubrik")


def sent(**fields):
    data = QueryDict(mutable=True)
    data.update(fields)
    return data


def test_line_break_counts_as_one_character():
    form = Note(sent(text="a\r\n" * 10))

    assert form.is_valid()
    assert form.cleaned_data["text"] == ("a\n" * 10).strip()


def test_text_over_the_limit_is_refused_whole():
    form = Note(sent(text="x" * 21))

    assert not form.is_valid()
    assert form["text"].value() == "x" * 21
    assert "maxlength" not in str(form["text"])


def test_identity_number_is_refused_with_its_place_and_offered_to_be_masked():
    form = Note(sent(text=f"Hon {NUMBER} kom"))

    assert form.holds_identity_number
    assert form.errors["text"] == [
        f"Det ser ut att stå ett personnummer här: ”Hon {NUMBER} kom”. Ta bort det eller välj ”Dölj personnummer”."
    ]


def test_identity_number_is_masked_when_the_writer_asks_for_it():
    class Longer(Note):
        text = PlainText(label="Text", max_length=100)

    form = Longer(sent(text=f"Hon {NUMBER} kom", title=NUMBER, mask="1"))

    assert form.is_valid()
    assert form.cleaned_data == {"text": "Hon [personnummer borttaget] kom", "title": NUMBER}


def test_form_without_errors_offers_no_masking():
    assert Note(sent(text="Kort")).holds_identity_number is False


@pytest.mark.parametrize("key", [None, "", "x", "\0", "9" * 10000])
def test_broken_key_is_renewed_and_said(key):
    form = KeyedNote(sent(title="Något", **({} if key is None else {"key": key})))

    assert not form.is_valid()
    assert "Läs igenom och skicka igen." in form.non_field_errors()[0]
    assert uuid.UUID(form["key"].value())
    again = KeyedNote(sent(title="Något", key=form["key"].value()))
    assert again.is_valid()


def test_new_form_has_a_new_key_each_time():
    keys = {str(KeyedNote()["key"].value()) for _ in range(10)}

    assert len(keys) == 10


def test_row_is_written_once_for_a_key(db):
    key, municipality = uuid.uuid4(), make_municipality()
    teams = [
        Team(key=key, name=name, workplace="Kontoret", municipality=municipality) for name in ("Ett", "Två")
    ]

    answers = [write_once(team) for team in teams]

    assert [(stored.name, is_new) for stored, is_new in answers] == [("Ett", True), ("Ett", False)]
    assert Team.objects.get().name == "Ett"


def test_row_with_a_new_key_is_new(db):
    team = make_team()

    answers = [write_once(Invitation(team=team, email=f"{name}@example.se"))[1] for name in "ab"]

    assert answers == [True, True]
