"""A joint meeting, as the coordinator offers it."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.formats import date_format

from metodstod.forms import KeyedForm

MONTHS = 12  # How far ahead a joint meeting is planned.


def coming_months():
    """Return the first day of this month and of those to come."""
    first = timezone.localdate().replace(day=1)
    return [
        first.replace(
            year=first.year + (first.month - 1 + step) // 12, month=(first.month - 1 + step) % 12 + 1
        )
        for step in range(MONTHS)
    ]


class JointMeetingForm(KeyedForm, forms.Form):
    subject = forms.CharField(
        label="Vad ska mötet handla om?",
        max_length=120,
        help_text="Kommunerna läser det, och alla andra om mötet visas öppet. Skriv inget som en grupp har skrivit "
        "i sin förfrågan.",
        error_messages={"required": "Skriv vad mötet ska handla om."},
    )
    month = forms.ChoiceField(
        label="Vilken månad?",
        widget=forms.RadioSelect,
        error_messages={"required": "Välj en månad.", "invalid_choice": "Välj i listan."},
    )
    is_listed = forms.BooleanField(
        label="Visa mötet öppet, så att fler kommuner kan be att få vara med",
        required=False,
        help_text="Ämne, län och månad visas. Kommunernas namn visas inte.",
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["month"].choices = [
            (month.isoformat(), date_format(month, "F Y")) for month in coming_months()
        ]

    def clean_month(self):
        chosen = self.cleaned_data["month"]
        month = next((one for one in coming_months() if one.isoformat() == chosen), None)
        if month is None:
            raise ValidationError("Välj i listan.")
        return month
