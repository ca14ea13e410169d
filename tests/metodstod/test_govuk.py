import pytest
from bs4 import BeautifulSoup
from crispy_forms.helper import FormHelper
from crispy_forms.utils import render_crispy_form
from django import forms

from metodstod.widgets import DateField

FORMS = [("a", "På plats"), ("b", "Per telefon")]


class NeedForm(forms.Form):
    use_required_attribute = False

    workplace = forms.CharField(label="Arbetsplats", max_length=120, help_text="Till exempel Familjeenheten.")
    need = forms.CharField(label="Vad behöver ni?", max_length=4000, widget=forms.Textarea)
    form = forms.ChoiceField(label="Hur vill ni träffas?", choices=FORMS, widget=forms.RadioSelect)
    groups = forms.MultipleChoiceField(label="Målgrupper", choices=FORMS, widget=forms.CheckboxSelectMultiple)
    day = DateField(label="Dag")
    note = forms.CharField(label="Övrigt", required=False)
    read = forms.BooleanField(label="Vi har läst")
    key = forms.CharField(widget=forms.HiddenInput)

    def clean(self):
        raise forms.ValidationError("Någon annan har redan skickat.")


def drawn(form):
    """A whole form, as `{% crispy form %}` draws it."""
    helper = FormHelper()
    helper.form_tag, helper.disable_csrf = False, True
    return BeautifulSoup(render_crispy_form(form, helper), "html5lib")


@pytest.fixture
def wrong():
    return drawn(NeedForm({"day_day": "3", "day_month": "13", "day_year": "2026"}, auto_id="id_%s"))


def test_summary_leads_from_each_error_to_its_control(wrong):
    links = {
        link.text.partition(" Detta")[0]: link["href"] for link in wrong.select(".govuk-error-summary a")
    }

    assert links == {
        "Arbetsplats:": "#id_workplace",
        "Vad behöver ni?": "#id_need",
        "Hur vill ni träffas?": "#id_form_0",
        "Målgrupper:": "#id_groups_0",
        "Dag: Månaden ska vara mellan 1 och 12.": "#id_day_1",
        "Vi har läst:": "#id_read",
    }
    assert all(wrong.select_one(href.replace("#", "input#") + f", textarea{href}") for href in links.values())


def test_summary_says_errors_that_have_no_control_without_a_link(wrong):
    lines = [line.text.strip() for line in wrong.select(".govuk-error-summary li") if not line.a]

    assert lines == ["Någon annan har redan skickat.", "Detta fält måste fyllas i."]


def test_summary_stands_before_the_fields(wrong):
    first = wrong.body.find(True)

    assert first["class"] == ["govuk-error-summary"]


def test_form_without_errors_has_no_summary():
    assert drawn(NeedForm()).select(".govuk-error-summary, .govuk-error-message") == []


def test_hint_and_error_are_tied_to_the_control(wrong):
    control = wrong.select_one("#id_workplace")

    assert control["aria-describedby"] == "id_workplace_helptext id_workplace_error"
    assert wrong.select_one("#id_workplace_helptext").text == "Till exempel Familjeenheten."
    assert wrong.select_one("#id_workplace_error").text == "Fel: Detta fält måste fyllas i."
    assert control["aria-invalid"] == "true"


def test_counter_says_its_limit_without_a_script_and_cuts_nothing():
    page = drawn(NeedForm())
    control = page.select_one("#id_need")

    assert control["aria-describedby"] == "id_need-info"
    assert page.select_one("#id_need-info").text == "Högst 4\N{NO-BREAK SPACE}000 tecken"
    assert page.select("[maxlength]") == []


def test_only_the_wrong_part_of_a_date_is_marked(wrong):
    marked = [control["name"] for control in wrong.select(".govuk-date-input__input.govuk-input--error")]

    assert marked == ["day_month"]


def test_optional_fields_say_so_and_required_ones_are_not_marked():
    labels = [label.text for label in drawn(NeedForm()).select(".govuk-form-group > label, legend")]

    assert [label for label in labels if "frivilligt" in label] == ["Övrigt (frivilligt)"]


def test_form_may_leave_optional_fields_unmarked():
    form = NeedForm()
    form.mark_optional = False

    assert "frivilligt" not in drawn(form).text


def test_what_was_typed_is_shown_as_text():
    form = NeedForm({"workplace": "<b>Enheten</b>", "need": "</textarea><i>", "form": "b", "groups": ["a"]})

    page = drawn(form)

    assert page.select_one("[name=workplace]")["value"] == "<b>Enheten</b>"
    assert page.select_one("textarea").text.strip() == "</textarea><i>"
    assert page.select("b, i") == []
    assert [control["value"] for control in page.select("[checked]")] == ["b", "a"]
