"""How controls are drawn, and a date written as day, month and year: no calendar to learn, each part said in words when it is wrong."""

import datetime

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import EMPTY_VALUES
from django.forms.renderers import TemplatesSetting
from django.forms.utils import flatatt
from django.utils.html import format_html


class Renderer(TemplatesSetting):
    """Draws the plainest of Django's widgets, of which a page has many, without a template each: the markup is the same."""

    def render(self, template_name, context, request=None):
        draw = DRAWN.get(template_name)
        return draw(context["widget"]) if draw else super().render(template_name, context, request)


def draw_input(widget):
    value = "" if widget["value"] is None else format_html(' value="{}"', widget["value"])
    kind, name, attrs = widget["type"], widget["name"], flatatt(widget["attrs"])
    return format_html('<input type="{}" name="{}"{}{}>', kind, name, value, attrs)


def draw_textarea(widget):
    name, attrs, text = widget["name"], flatatt(widget["attrs"]), widget["value"] or ""
    # A browser takes away the first line break.
    return format_html('<textarea name="{}"{}>\n{}</textarea>', name, attrs, text)


DRAWN = {
    **{f"django/forms/widgets/{kind}.html": draw_input for kind in ("hidden", "text", "email", "input")},
    "django/forms/widgets/textarea.html": draw_textarea,
}


class DateParts(forms.MultiWidget):
    """Three text fields, named `<field>_day`, `<field>_month` and `<field>_year`."""

    # Key, label, width in characters.
    PARTS = (("day", "Dag", 2), ("month", "Månad", 2), ("year", "År", 4))
    use_fieldset = True

    def __init__(self, attrs=None):
        super().__init__(
            {key: forms.TextInput(attrs={"inputmode": "numeric"}) for key, _, _ in self.PARTS}, attrs
        )

    def decompress(self, value):
        if not value:
            return [None, None, None]
        if isinstance(value, str):
            value = datetime.date.fromisoformat(value)
        return [value.day, value.month, value.year]


class DateField(forms.MultiValueField):
    """A date in three parts. Its errors say which part is missing or cannot be, and what was wrong with it."""

    widget = DateParts
    default_error_messages = {
        "required": "Skriv ett datum.",
        "incomplete": "Skriv också %(missing)s.",
        "not_a_number": "Skriv %(missing)s med siffror.",
        "day": "Dagen ska vara mellan 1 och 31.",
        "month": "Månaden ska vara mellan 1 och 12.",
        "year": "Skriv året med fyra siffror, till exempel 2026.",
        "no_such_date": "Det datumet finns inte. Se efter hur många dagar månaden har.",
    }
    names = {"day": "dag", "month": "månad", "year": "år"}
    ranges = {"day": (1, 31), "month": (1, 12), "year": (1000, 9999)}

    def __init__(self, **kwargs):
        parts = [forms.CharField(required=False) for _ in self.names]
        super().__init__(parts, require_all_fields=False, **kwargs)

    def clean(self, value):
        """Return the date, or None when it is optional and nothing is written."""
        parts = dict(
            zip(self.names, (str(part or "").strip() for part in value or ["", "", ""]), strict=True)
        )
        if not any(parts.values()):
            if self.required and not self.disabled:
                raise self.error("required", *self.names)
            return None
        date = self.date_of(parts)
        self.validate(date)
        self.run_validators(date)
        return date

    def date_of(self, parts):
        if missing := [key for key, text in parts.items() if text in EMPTY_VALUES]:
            raise self.error("incomplete", *missing)
        if odd := [key for key, text in parts.items() if not (text.isascii() and text.isdigit())]:
            raise self.error("not_a_number", *odd)
        numbers = {key: int(text[:9]) for key, text in parts.items()}
        for key, (least, most) in self.ranges.items():
            if not least <= numbers[key] <= most:
                raise self.error(key, key)
        try:
            return datetime.date(numbers["year"], numbers["month"], numbers["day"])
        except ValueError:
            raise self.error("no_such_date", "day") from None

    def error(self, code, *parts):
        missing = " och ".join(self.names[part] for part in parts)
        return ValidationError(
            self.error_messages[code], code=code, params={"missing": missing, "parts": parts}
        )

    def has_changed(self, initial, data):
        return [str(part or "") for part in self.widget.decompress(initial)] != [
            str(part or "") for part in data
        ]
