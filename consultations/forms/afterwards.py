"""What is written after the meeting."""

from datetime import timedelta

from django import forms
from django.utils import timezone

from metodstod.forms import KeyedForm, PlainText
from metodstod.widgets import DateField

from .asking import PUBLIC

ALL_READ = "Alla kommuner som är med läser det. "


class OutcomeForm(KeyedForm, forms.Form):
    """Held as booked, held another day, or never held."""

    HELD, MOVED, MISSED = "held", "moved", "missed"

    outcome = forms.ChoiceField(
        label="Hur blev det?",
        choices=(
            (HELD, "Mötet hölls den bokade dagen"),
            (MOVED, "Mötet hölls en annan dag"),
            (MISSED, "Mötet blev inte av"),
        ),
        widget=forms.RadioSelect,
        error_messages={"required": "Välj hur det blev.", "invalid_choice": "Välj i listan."},
    )
    held_on = DateField(label="Vilken dag hölls mötet, om det var en annan?", required=False)
    text = PlainText(
        label="Vill du skriva något om det?",
        max_length=1000,
        rows=3,
        required=False,
        help_text="Gruppen läser det du skriver. " + PUBLIC,
    )

    def __init__(self, *args, booked, **kwargs):
        super().__init__(*args, **kwargs)
        self.booked = booked
        if booked is None:
            self.fields["outcome"].choices = [(self.MOVED, "Mötet har hållits")]

    def clean(self):
        cleaned = super().clean()
        today = timezone.localdate()
        if cleaned.get("outcome") == self.HELD and self.booked:
            cleaned["held_on"] = timezone.localdate(self.booked.starts_at)
            if cleaned["held_on"] > today:
                self.add_error("outcome", "Den bokade dagen har inte kommit än.")
        elif cleaned.get("outcome") == self.MOVED and "held_on" not in self.errors:
            held_on = cleaned.get("held_on")
            if held_on is None:
                self.add_error("held_on", "Skriv vilken dag mötet hölls.")
            elif not today - timedelta(days=366) <= held_on <= today:
                self.add_error("held_on", "Skriv en dag som har varit, högst ett år tillbaka.")
        elif cleaned.get("outcome") == self.MISSED and not cleaned.get("text") and "text" not in self.errors:
            self.add_error("text", "Skriv varför mötet inte blev av.")
        return cleaned


class StepForm(KeyedForm, forms.Form):
    """A next step, whose it is, and by when."""

    text = PlainText(
        label="Vad ska göras?",
        max_length=500,
        rows=3,
        help_text=ALL_READ + PUBLIC,
        error_messages={"required": "Skriv vad som ska göras."},
    )
    party = forms.ChoiceField(
        label="Vem gör det?",
        widget=forms.RadioSelect,
        error_messages={"required": "Välj vem som gör det.", "invalid_choice": "Välj i listan."},
    )
    due_on = DateField(label="Klart senast", required=False)

    AUTHORITY = "lansstyrelsen"

    def __init__(self, *args, parties, **kwargs):
        super().__init__(*args, **kwargs)
        self.parties = {str(party.pk): party for party in parties}
        self.fields["party"].choices = [
            *((key, str(party)) for key, party in self.parties.items()),
            (self.AUTHORITY, "Länsstyrelsen"),
        ]

    def clean_due_on(self):
        due_on = self.cleaned_data["due_on"]
        today = timezone.localdate()
        if due_on and not today <= due_on <= today + timedelta(days=2 * 366):
            raise forms.ValidationError("Skriv en dag från i dag och högst två år framåt.")
        return due_on

    @property
    def step(self):
        return {
            "text": self.cleaned_data["text"],
            "party": self.parties.get(self.cleaned_data["party"]),
            "due_on": self.cleaned_data["due_on"],
        }


class FollowUpForm(KeyedForm, forms.Form):
    text = PlainText(
        label="Hur har det gått?",
        max_length=4000,
        rows=8,
        help_text="Skriv vad som har blivit gjort, vad som har ändrats i arbetet och vad som är svårt. "
        "Gruppen och länsstyrelsens samordnare läser det. " + PUBLIC,
        error_messages={"required": "Skriv hur det har gått."},
    )
