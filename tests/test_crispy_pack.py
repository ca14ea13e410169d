"""The crispy template pack draws what govuk-frontend's own examples say, case by case.

Each example ("fixture") of the npm package is options and the HTML they give. Here the options become a Django form, the pack
draws it, and the two trees are compared. What may differ is written down in `ours` and `theirs`, and nowhere else; an
example that asks for what the pack does not offer is named in `crispy_examples.py` under that option.
"""

import json
import os
import re
from pathlib import Path

import pytest
from bs4 import BeautifulSoup, Comment, NavigableString
from crispy_forms.layout import Submit
from crispy_forms.templatetags.crispy_forms_filters import as_crispy_errors, as_crispy_field
from django import forms
from django.core.exceptions import ValidationError
from django.template import Context
from django.utils.datastructures import MultiValueDict
from django.utils.html import conditional_escape
from django.utils.safestring import mark_safe

from metodstod.widgets import DateField
from tests.crispy_examples import COMPARED, LEFT_OUT

pytestmark = pytest.mark.once

COMPONENTS = Path(__file__).parent.parent / "node_modules/govuk-frontend/dist/govuk/components"
PARTS = ("day", "month", "year")

if not COMPONENTS.exists() and os.environ.get("CI") != "true":
    pytest.skip("the npm packages are not installed (make test installs them)", allow_module_level=True)


# From options to a form ----------------------------------------------------------------------------


class Id:
    """A form's `auto_id` that gives its one field the example's id, whatever the field is called."""

    def __init__(self, value):
        self.value = value

    def __str__(self):
        return "%s"

    def __mod__(self, name):
        return self.value


class Example(forms.Form):
    use_required_attribute = False
    mark_optional = False


def bound_field(field, options, *, value=None):
    """Return the example's field, in a form that has its id, its value and its error."""
    name = options.get("name") or options.get("namePrefix") or options["id"]
    form = Example(auto_id=Id(options.get("idPrefix") or options.get("id") or name), label_suffix="")
    form.fields[name] = field
    field.required = False
    field.initial = value
    field.label = html_of(options.get("label") or options.get("fieldset", {}).get("legend", {}))
    if "hint" in options:
        field.help_text = conditional_escape(html_of(options["hint"]))
    if "errorMessage" in options:
        form.is_bound = True
        widget_data(form, name, value)
        form.full_clean()
        form.errors.clear()
        form.add_error(name, error_of(options))
    return form[name]


def widget_data(form, name, value):
    """Give the form what the browser would send for the value."""
    if isinstance(form.fields[name].widget, forms.MultiWidget):
        form.data = {f"{name}_{part}": text for part, text in zip(PARTS, value or [""] * 3, strict=True)}
    elif value is not None:
        form.data = MultiValueDict({name: value if isinstance(value, list) else [value]})


def error_of(options):
    """Return the error, with the parts of a date that it is about when the example tells some from the others."""
    text = options["errorMessage"]["text"]
    said = {part: says_error(options.get(part, {})) for part in PARTS}
    wrong = [part for part in PARTS if said[part] or (said[part] is None and False in said.values())]
    return ValidationError(text, params={"parts": wrong}) if wrong else text


def says_error(part):
    return part.get("error", True if "govuk-input--error" in part.get("classes", "") else None)


def html_of(option):
    return mark_safe(option["html"]) if "html" in option else option.get("text", "")


def attrs_of(options):
    """Return the widget's attributes that the example's options ask for."""
    attrs = {
        key: str(options[key])
        for key in ("autocomplete", "pattern", "inputmode", "autocapitalize", "rows")
        if key in options
    }
    if "spellcheck" in options:
        attrs["spellcheck"] = str(options["spellcheck"]).lower()
    if "classes" in options:
        attrs["class"] = options["classes"]
    described_by = options.get("describedBy") or options.get("fieldset", {}).get("describedBy")
    if described_by:
        attrs["aria-describedby"] = described_by
    return attrs | options.get("attributes", {})


def input_field(options):
    widget = forms.TextInput(attrs=attrs_of(options))
    widget.input_type = options.get("type", "text")
    field = forms.CharField(widget=widget, disabled=options.get("disabled", False))
    return bound_field(field, options, value=options.get("value"))


def textarea_field(options):
    field = forms.CharField(widget=forms.Textarea(attrs=attrs_of(options)), strip=False)
    return bound_field(field, options, value=options.get("value"))


def character_count_field(options):
    widget = forms.Textarea(attrs=attrs_of(options))
    field = forms.CharField(widget=widget, max_length=options["maxlength"], strip=False)
    return bound_field(field, options, value=options.get("value"))


def file_upload_field(options):
    attrs = attrs_of(options)
    widget = (
        Files(attrs=attrs | {"multiple": True}) if options.get("multiple") else forms.FileInput(attrs=attrs)
    )
    return bound_field(forms.FileField(widget=widget, disabled=options.get("disabled", False)), options)


class Files(forms.FileInput):
    allow_multiple_selected = True


def items_of(options):
    return [item for item in options.get("items", []) if item]


def choices_of(options):
    return [(str(item["value"]), html_of(item)) for item in items_of(options)]


def chosen_of(options, key):
    """Return the values that are chosen, by the item's own word or by the list's."""
    given = [str(value) for value in options.get("values", [options.get("value")])]
    values = [(str(item["value"]), item) for item in items_of(options)]
    return [value for value, item in values if item.get(key, value in given)]


class Select(forms.Select):
    """A select of which some options cannot be chosen."""

    disabled = ()

    def create_option(self, name, value, *args, **kwargs):
        option = super().create_option(name, value, *args, **kwargs)
        return option | {"attrs": option["attrs"] | {"disabled": value in self.disabled}}


def select_field(options):
    widget = Select(attrs=attrs_of(options))
    widget.disabled = [str(item["value"]) for item in items_of(options) if item.get("disabled")]
    field = forms.ChoiceField(choices=choices_of(options), widget=widget)
    return bound_field(field, options, value=next(iter(chosen_of(options, "selected")), None))


def radios_field(options):
    field = forms.ChoiceField(choices=choices_of(options), widget=forms.RadioSelect(attrs=attrs_of(options)))
    return bound_field(field, options, value=next(iter(chosen_of(options, "checked")), None))


def checkboxes_field(options):
    if len(items_of(options)) == 1 and "fieldset" not in options:
        [item] = items_of(options)
        widget = forms.CheckboxInput(attrs=attrs_of(options))
        return bound_field(forms.BooleanField(widget=widget), options | {"label": item})
    widget = forms.CheckboxSelectMultiple(attrs=attrs_of(options))
    field = forms.MultipleChoiceField(choices=choices_of(options), widget=widget)
    return bound_field(field, options, value=chosen_of(options, "checked"))


def date_input_field(options):
    options = options | {item["name"]: item for item in options.get("items", [])}
    values = options.get("values", {})
    prefix = f"{options['namePrefix']}-" if "namePrefix" in options else ""
    parts = [options.get(part, {}).get("value", values.get(prefix + part)) for part in PARTS]
    field = DateField()
    field.widget.attrs = attrs_of({key: value for key, value in options.items() if key != "classes"})
    return bound_field(field, options, value=parts if any(parts) else None)


def error_summary(options):
    """Return a summary with an error for each line: on a field when it leads somewhere, on the form when it does not."""
    form = Example(data={})
    for item in options.get("errorList", []):
        if "href" in item:
            name = item["href"].removeprefix("#")
            form.fields[name] = forms.CharField(label="Namn", required=False)
    form.auto_id = "%s"
    form.full_clean()
    for item in options.get("errorList", []):
        form.add_error(item["href"].removeprefix("#") if "href" in item else None, item["text"])
    return as_crispy_errors(form)


def button(options):
    attributes = {name: str(value) for name, value in options.get("attributes", {}).items()}
    submit = Submit(
        options.get("name", "act"), options["text"], css_class=options.get("classes"), **attributes
    )
    submit.input_type = options.get("type", "submit")
    return submit.render(None, Context())


def part_of_field(selector, options, option):
    """Draw a field that has the part in question, and return that part alone."""
    field = input_field({"name": "x", "label": {"text": "Label"}} | {option: options})
    return str(BeautifulSoup(as_crispy_field(field), "html5lib").select_one(selector))


def fieldset(options):
    options = {"name": "x", "items": [], "fieldset": options}
    drawn = BeautifulSoup(as_crispy_field(radios_field(options)), "html5lib").fieldset
    drawn.select_one(".govuk-radios").decompose()
    return str(drawn)


DRAW = {
    "input": lambda options: as_crispy_field(input_field(options)),
    "textarea": lambda options: as_crispy_field(textarea_field(options)),
    "character-count": lambda options: as_crispy_field(character_count_field(options)),
    "radios": lambda options: as_crispy_field(radios_field(options)),
    "checkboxes": lambda options: as_crispy_field(checkboxes_field(options)),
    "select": lambda options: as_crispy_field(select_field(options)),
    "date-input": lambda options: as_crispy_field(date_input_field(options)),
    "file-upload": lambda options: as_crispy_field(file_upload_field(options)),
    "error-summary": error_summary,
    "error-message": lambda options: part_of_field(".govuk-error-message", options, "errorMessage"),
    "hint": lambda options: part_of_field(".govuk-hint", options, "hint"),
    "label": lambda options: part_of_field("label", options, "label"),
    "fieldset": fieldset,
    "button": button,
}


# What may differ -----------------------------------------------------------------------------------

# Swedish for the words that the package has built in.
WORDS = {
    "Error:": "Fel:",
    "There is a problem": "Det här behöver rättas",
    "Day": "Dag",
    "Month": "Månad",
    "Year": "År",
}


def ours(component, soup):
    """Take away what the pack adds to the example."""
    for element in soup.find_all(True):
        # Django 5.2 says it of every field with an error.
        element.attrs.pop("aria-invalid", None)
        # The counter's texts, which the package has in English in its script.
        for name in [name for name in element.attrs if name.startswith("data-i18n")]:
            del element.attrs[name]
        for name in ("for", "id", "aria-describedby"):
            if name in element.attrs:
                element[name] = re.sub(r"_helptext\b", "-hint", element[name])
                element[name] = re.sub(r"_error\b", "-error", element[name])
        # A line of the summary begins with the field's label, so that it can be told from the others.
        if component == "error-summary" and element.name == "a":
            element.string = element.text.removeprefix("Namn: ")
        # A crispy button always has a name.
        if element.get("name") == "act":
            del element["name"]


def theirs(component, soup):
    """Take away from the example what the pack leaves out everywhere, and say the rest as the pack says it."""
    for element in soup.find_all(True):
        # Scripts that are not used: a group's conditional reveals, a button's double click.
        if element.get("data-module") in ("govuk-radios", "govuk-checkboxes", "govuk-button"):
            del element["data-module"]
        # A fieldset is a group already.
        if element.name == "fieldset" and element.get("role") == "group":
            del element["role"]
        for child in list(element.children):
            if isinstance(child, NavigableString):
                text = " ".join(child.split())
                if match := re.fullmatch(r"You can enter up to (\d+) characters", text):
                    child.replace_with(f"Högst {match[1]} tecken")
                elif text in WORDS:
                    child.replace_with(WORDS[text])


def both(component, soup):
    """Name by position what is named after the field in one way or another."""
    if component in ("radios", "checkboxes", "date-input"):
        for number, control in enumerate(soup.find_all("input")):
            label = soup.find("label", attrs={"for": control["id"]})
            control["id"] = label["for"] = f"control-{number}"
            if component == "date-input":
                del control["name"]
    # What a button sends is its text, and what a single checkbox sends is the browser's "on".
    for element in soup.select(
        "button, :not(fieldset) > .govuk-checkboxes > .govuk-checkboxes__item:only-child input"
    ):
        element.attrs.pop("value", None)
    if component in ("label", "hint", "error-message"):
        for element in soup.find_all(True):
            element.attrs.pop("id", None)
            element.attrs.pop("for", None)


def tree(node):
    """Return the node as nested tuples: name, sorted attributes, children; white space is one blank or none."""
    if isinstance(node, NavigableString):
        return " ".join(node.split())
    attrs = {
        name: " ".join(sorted(value)) if isinstance(value, list) else value
        for name, value in node.attrs.items()
    }
    children = [tree(child) for child in node.children if not isinstance(child, Comment)]
    return (node.name, tuple(sorted(attrs.items())), tuple(child for child in children if child))


def comparable(component, html, mine, options):
    soup = BeautifulSoup(html, "html5lib")
    (ours if mine else theirs)(component, soup)
    both(component, soup)
    # The pack always gives a group its fieldset; an example without one is compared without.
    if (
        mine
        and component in ("radios", "checkboxes", "date-input")
        and not options.get("fieldset")
        and soup.legend
    ):
        soup.legend.decompose()
        soup.fieldset.unwrap()
    return tree(soup.body)


# The comparison ------------------------------------------------------------------------------------


def examples():
    for component in DRAW:
        for example in json.loads((COMPONENTS / component / "fixtures.json").read_text())["fixtures"]:
            yield component, example


def names_left_out():
    return [
        (component, name) for names in LEFT_OUT.values() for component, some in names.items() for name in some
    ]


def drawn_as_the_example(component, example):
    options = example["options"]
    mine = comparable(component, DRAW[component](options), True, options)
    return mine, comparable(component, example["html"], False, options)


@pytest.mark.parametrize("component", DRAW)
def test_pack_draws_what_the_examples_say(component):
    left_out = names_left_out()
    compared = [
        example
        for where, example in examples()
        if where == component and (where, example["name"]) not in left_out
    ]

    for example in compared:
        mine, expected = drawn_as_the_example(component, example)
        assert mine == expected, example["name"]

    assert len(compared) == COMPARED[component]


def test_no_example_is_left_out_without_need():
    found = {(component, example["name"]): example for component, example in examples()}

    needless = []
    for component, name in names_left_out():
        try:
            mine, expected = drawn_as_the_example(component, found[component, name])
        except (AttributeError, KeyError, TypeError):
            continue  # The form cannot even be put together without the option.
        if mine == expected:
            needless.append((component, name))

    assert needless == []
    assert len(names_left_out()) == len(set(names_left_out()))
