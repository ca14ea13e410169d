"""What passes between the group and its manager."""

from django import forms

from metodstod.forms import KeyedForm, PlainText

from ..models import Mandate
from .asking import PUBLIC


class KeyOnlyForm(KeyedForm, forms.Form):
    """A button that mails someone: pressed twice it does it once."""


class AnswerForm(KeyedForm, forms.Form):
    answer = PlainText(
        label="Ert svar",
        max_length=4000,
        rows=6,
        help_text="Chefen får en ny länk där svaret står. " + PUBLIC,
        error_messages={"required": "Skriv ert svar."},
    )


class MandateForm(KeyedForm, forms.Form):
    """The manager's word: yes, no, or a question first."""

    QUESTION = "question"
    CHOICES = (
        (Mandate.Decision.GIVEN, "Ja, jag ger mandat"),
        (Mandate.Decision.DECLINED, "Nej, jag ger inte mandat"),
        (QUESTION, "Jag vill fråga något först"),
    )

    decision = forms.ChoiceField(
        label="Ditt besked",
        choices=CHOICES,
        widget=forms.RadioSelect,
        error_messages={"required": "Välj ditt besked.", "invalid_choice": "Välj i listan."},
    )
    message = PlainText(
        label="Skäl eller fråga",
        max_length=4000,
        required=False,
        help_text="Skriv ditt skäl om du säger nej, eller din fråga. Säger du ja är det frivilligt. Arbetsgruppen "
        "och Länsstyrelsens samordnare läser det du skriver. " + PUBLIC,
    )
    mark_optional = False  # Whether the text is needed depends on the choice above it.

    def clean(self):
        cleaned = super().clean()
        if not cleaned.get("message") and "message" not in self.errors:
            if cleaned.get("decision") == Mandate.Decision.DECLINED:
                self.add_error("message", "Skriv varför du säger nej, så att gruppen kan gå vidare.")
            elif cleaned.get("decision") == self.QUESTION:
                self.add_error("message", "Skriv din fråga.")
        return cleaned
