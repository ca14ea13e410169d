"""A place in a film, or its length, written as people write it: 10:12, 10.12, 1:04:27 or 42 min 49 s."""

import re
from datetime import timedelta

from django import forms
from django.core.exceptions import ValidationError

from . import lengths

_IN_FIGURES = re.compile(r"(?:(?:(\d{1,2})[:.])?(\d{1,3})[:.])?(\d{1,5})", re.ASCII)
_IN_WORDS = re.compile(
    r"(?:(\d{1,2})\s*(?:tim(?:me|mar)?|h)\b\.?)?[\s,]*(?:och\s+)?"
    r"(?:(\d{1,3})\s*min(?:ut|uter)?\b\.?)?[\s,]*(?:och\s+)?"
    r"(?:(\d{1,5})\s*s(?:ek|ekund|ekunder)?\b\.?)?",
    re.ASCII | re.IGNORECASE,
)


class ClockField(forms.Field):
    """Whole seconds from the film's beginning."""

    widget = forms.TextInput(attrs={"size": 8})
    default_error_messages = {"invalid": "Skriv tiden som minuter och sekunder, till exempel 10:12."}

    def to_python(self, value):
        value = (value or "").strip() if isinstance(value, str) else value
        if value in self.empty_values:
            return None
        match = _IN_FIGURES.fullmatch(str(value)) or _IN_WORDS.fullmatch(str(value))
        if not match or not any(match.groups()):
            raise self.not_understood()
        hours, minutes, seconds = (int(part or 0) for part in match.groups())
        if ((match[1] or match[2]) and seconds > 59) or (match[1] and minutes > 59):
            raise self.not_understood()
        return (hours * 60 + minutes) * 60 + seconds

    def not_understood(self):
        return ValidationError(self.error_messages["invalid"], code="invalid")

    def prepare_value(self, value):
        return lengths.clock(value) if isinstance(value, int) else value

    def has_changed(self, initial, data):
        try:
            return self.to_python(data) != initial
        except ValidationError:
            return True


class LengthField(ClockField):
    """How long a film lasts, as a timedelta. A bare number is not understood: it may be minutes, or seconds."""

    default_error_messages = {
        "invalid": "Skriv längden som minuter och sekunder, till exempel 42:49, eller med timmar, till exempel 1:04:27.",
        "none": "Längden ska vara mer än noll.",
    }

    def to_python(self, value):
        if isinstance(value, str) and value.strip().isdigit():
            raise self.not_understood()
        seconds = super().to_python(value)
        if seconds == 0:
            raise ValidationError(self.error_messages["none"], code="none")
        return None if seconds is None else timedelta(seconds=seconds)

    def prepare_value(self, value):
        return lengths.clock(round(value.total_seconds())) if isinstance(value, timedelta) else value
