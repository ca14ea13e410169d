"""What the crispy template pack `templates/govuk/` asks of a bound field.

Django's own widgets draw the controls, with the design system's classes and with the ids that Django 5.2 makes for hint and error.
"""

from copy import copy

from django import forms, template

from metodstod.widgets import DateParts

register = template.Library()

# The first that fits; a list and not a dictionary, since some of these inherit from others.
TEMPLATES = (
    (forms.CheckboxSelectMultiple, "govuk/checkboxes.html"),
    (forms.RadioSelect, "govuk/radios.html"),
    (forms.CheckboxInput, "govuk/checkbox.html"),
    (DateParts, "govuk/date.html"),
    (forms.Textarea, "govuk/textarea.html"),
    (forms.Widget, "govuk/input.html"),
)
CLASSES = (
    (forms.Textarea, "govuk-textarea"),
    (forms.Select, "govuk-select"),
    (forms.FileInput, "govuk-file-upload"),
    (forms.Widget, "govuk-input"),
)


def first_that_fits(widget, table):
    return next(value for kind, value in table if isinstance(widget, kind))


def joined(*parts):
    """Return the parts that say something, as one attribute value."""
    return " ".join(part for part in parts if part)


@register.filter
def field_template(field):
    """Return the name of the template that draws the field."""
    return first_that_fits(field.field.widget, TEMPLATES)


@register.filter
def is_optional(field):
    """Whether the label says "(frivilligt)": required fields are not marked, they are the most."""
    marked = getattr(field.form, "mark_optional", True)
    return marked and not field.field.required and not isinstance(field.field.widget, forms.CheckboxInput)


@register.filter
def limit(field):
    """Return how many characters a field of several lines takes, or None."""
    return getattr(field.field, "max_length", None)


@register.filter
def grouped(number):
    """Return 5000 as "5 000", with a space that does not break."""
    return f"{number:,}".replace(",", "\N{NO-BREAK SPACE}")


@register.filter
def widget_class(field):
    return field.field.widget.attrs.get("class", "")


@register.filter
def described_by(field):
    """Return the ids of what describes the field: what its widget names, then its hint, then its error."""
    own = field.field.widget.attrs.get("aria-describedby")
    hint = field.help_text and f"{field.auto_id}_helptext"
    error = field.errors and f"{field.auto_id}_error"
    return joined(own, hint, error)


@register.simple_tag
def control(field):
    """Draw the field's own control. Never with `maxlength`, which cuts pasted text in silence."""
    widget = copy(field.field.widget)
    widget.attrs = {name: value for name, value in widget.attrs.items() if name != "maxlength"}
    name = first_that_fits(widget, CLASSES)
    counted = name == "govuk-textarea" and limit(field)
    attrs = {
        "class": joined(
            name,
            widget_class(field),
            field.errors and f"{name}--error",
            counted and "govuk-js-character-count",
        )
    }
    if description := joined(counted and f"{field.auto_id}-info", described_by(field)):
        attrs["aria-describedby"] = description
    if isinstance(widget, forms.Textarea):
        # Django's own ten rows and forty columns are no one's choice.
        attrs["rows"] = field.field.widget.attrs.get("rows") if rows_chosen(field) else 5
        widget.attrs.pop("cols", None)
    return field.as_widget(widget=widget, attrs=attrs)


def rows_chosen(field):
    return str(field.field.widget.attrs.get("rows")) != "10"


@register.filter
def options(field):
    """Return the choices of a group of radios or checkboxes, each with its id, value, label and whether it is chosen."""
    widget = field.field.widget
    attrs = {"id": field.auto_id} if field.auto_id else {}
    if field.field.disabled:
        attrs["disabled"] = True
    groups = widget.optgroups(field.html_name, widget.format_value(field.value()), attrs)
    return [option for _, group, _ in groups for option in group]


@register.filter
def parts(field):
    """Return the three parts of a date, each with its name, id, value, label, width and whether it is wrong."""
    widget = field.field.widget.get_context(field.html_name, field.value(), {"id": field.auto_id})["widget"]
    wrong = wrong_parts(field)
    return [
        {**part, "label": label, "width": width, "wrong": key in wrong}
        for part, (key, label, width) in zip(widget["subwidgets"], DateParts.PARTS, strict=True)
    ]


def wrong_parts(field):
    """Return which parts of a date its errors are about: those that an error names, or all."""
    every = [key for key, _, _ in DateParts.PARTS]
    errors = field.form.errors.as_data().get(field.name, [])
    return {key for error in errors for key in (error.params or {}).get("parts", every)}


@register.filter
def anchor(field):
    """Return the id that a link to the field's error leads to: in a group the first control, in a date the first wrong part."""
    widget = field.field.widget
    if isinstance(widget, DateParts):
        wrong = wrong_parts(field)
        return f"{field.auto_id}_{next(i for i, (key, _, _) in enumerate(DateParts.PARTS) if key in wrong)}"
    if isinstance(widget, forms.RadioSelect):
        return widget.id_for_label(field.auto_id, index="0")
    return field.id_for_label


@register.filter
def summary_lines(form):
    """Return what the error summary says: text, and the id of the control to go to when there is one to see."""
    lines = [{"text": error, "anchor": ""} for error in form.non_field_errors()]
    for field in form:
        if field.is_hidden:
            lines += [{"text": error, "anchor": ""} for error in field.errors]
        else:
            lines += [{"text": named(field, error), "anchor": anchor(field)} for error in field.errors]
    return lines


def named(field, error):
    """Return the error after the label, so that each line of the summary can be told from the others."""
    label = str(field.label)
    return f"{label} {error}" if label.endswith(("?", ".", ":")) else f"{label}: {error}"
