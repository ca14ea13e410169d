import datetime

import pytest
from bs4 import BeautifulSoup
from django import forms
from django.forms.renderers import TemplatesSetting

from metodstod.widgets import DateField, Renderer


class VisitForm(forms.Form):
    day = DateField(label="Dag")


def filled(day, month, year, **fields):
    form = VisitForm({"day_day": day, "day_month": month, "day_year": year})
    for name, value in fields.items():
        setattr(form.fields["day"], name, value)
    return form


@pytest.mark.parametrize("kind", [forms.HiddenInput, forms.TextInput, forms.EmailInput, forms.Textarea])
@pytest.mark.parametrize("value", [None, "", "0", 5, 'En "rad" & <b>två</b>', "\nefter en tom rad\n"])
@pytest.mark.parametrize(
    "attrs",
    [{}, {"id": "id_name", "aria-describedby": 'a"b', "rows": 6}, {"disabled": True, "readonly": False}],
)
def test_control_is_drawn_as_by_djangos_template(kind, value, attrs):
    drawn = kind().render("name", value, attrs, renderer=Renderer())
    expected = kind().render("name", value, attrs, renderer=TemplatesSetting())

    ours, theirs = (
        BeautifulSoup(markup, "html5lib").select_one("input, textarea") for markup in (drawn, expected)
    )
    assert (ours.name, ours.attrs, ours.text) == (theirs.name, theirs.attrs, theirs.text)


def test_date_is_read_from_its_three_parts():
    form = filled("3", " 11", "2026")

    assert form.is_valid()
    assert form.cleaned_data == {"day": datetime.date(2026, 11, 3)}


def test_date_that_is_optional_may_be_empty():
    form = filled("", "", "", required=False)

    assert form.is_valid()
    assert form.cleaned_data == {"day": None}


@pytest.mark.parametrize(
    ("parts", "error", "wrong"),
    [
        (("", "", ""), "Skriv ett datum.", ("day", "month", "year")),
        (("", "11", "2026"), "Skriv också dag.", ("day",)),
        (("3", "", ""), "Skriv också månad och år.", ("month", "year")),
        (("3", "november", "2026"), "Skriv månad med siffror.", ("month",)),
        (("³", "11", "2026"), "Skriv dag med siffror.", ("day",)),
        (("32", "1", "2026"), "Dagen ska vara mellan 1 och 31.", ("day",)),
        (("3", "13", "2026"), "Månaden ska vara mellan 1 och 12.", ("month",)),
        (("3", "11", "26"), "Skriv året med fyra siffror, till exempel 2026.", ("year",)),
        (("3", "11", "9" * 5000), "Skriv året med fyra siffror, till exempel 2026.", ("year",)),
        (("30", "2", "2026"), "Det datumet finns inte. Se efter hur många dagar månaden har.", ("day",)),
    ],
)
def test_date_says_what_is_wrong_and_where(parts, error, wrong):
    form = filled(*parts)

    assert form.errors == {"day": [error]}
    assert form.errors.as_data()["day"][0].params["parts"] == wrong


def test_date_has_changed_only_when_a_part_has():
    field = DateField()
    date = datetime.date(2026, 11, 3)

    assert not field.has_changed(date, ["3", "11", "2026"])
    assert field.has_changed(date, ["4", "11", "2026"])
    assert not field.has_changed(None, ["", "", ""])


def test_date_shows_its_initial_value_in_parts():
    form = VisitForm(initial={"day": datetime.date(2026, 11, 3)})

    assert form["day"].field.widget.decompress(form["day"].value()) == [3, 11, 2026]
