"""A partner municipality: who is asked there, and what it answers."""

from django import forms
from django.core.exceptions import ValidationError

from metodstod.forms import KeyedForm, PlainText
from metodstod.models import Municipality

from ..models import Consultation
from .asking import PUBLIC
from .open_times import SuitsForm

OWN_DAYS = "Skriv några dagar och klockslag. "

READERS = "Länsstyrelsens samordnare läser det du skriver. De andra kommunerna gör det inte. "


class ContactForm(KeyedForm, forms.Form):
    """Whom to ask in the other municipality."""

    contact_name = forms.CharField(
        label="Kontaktpersonens namn", max_length=120, error_messages={"required": "Skriv ett namn."}
    )
    contact_email = forms.EmailField(
        label="Kontaktpersonens e-post i arbetet",
        help_text="Dit skickas en länk där kommunen svarar. Ingen inloggning behövs.",
        widget=forms.EmailInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": "Skriv en e-postadress."},
    )

    def __init__(self, *args, party, by, **kwargs):
        super().__init__(*args, **kwargs)
        self.party, self.by = party, by

    def clean_contact_email(self):
        """Let a group write to that municipality's own addresses only; a coordinator knows whom they write to."""
        email = self.cleaned_data["contact_email"]
        there = self.party.municipality
        if not self.by.is_staff and Municipality.objects.for_email(email) != there:
            raise ValidationError(
                f"Adressen hör inte till {there}. Skriv personens e-post i arbetet, eller be samordnaren fråga kommunen."
            )
        return email

    @property
    def contact(self):
        return {"name": self.cleaned_data["contact_name"], "email": self.cleaned_data["contact_email"]}


class OwnManagerForm(KeyedForm, forms.Form):
    """The partner's own manager."""

    manager_name = forms.CharField(label="Er chefs namn", max_length=120, required=False)
    manager_title = forms.CharField(
        label="Er chefs titel", max_length=120, required=False, help_text="Till exempel enhetschef."
    )
    manager_email = forms.EmailField(
        label="Er chefs e-post i arbetet",
        required=False,
        help_text="Chefen får en länk där mandatet ges. Chefen behöver inget konto.",
        widget=forms.EmailInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    mark_optional = False  # Needed when the answer is yes, which the page says.
    ERRORS = {
        "manager_name": "Skriv er chefs namn.",
        "manager_title": "Skriv er chefs titel.",
        "manager_email": "Skriv er chefs e-postadress.",
    }

    def __init__(self, *args, party, **kwargs):
        super().__init__(*args, **kwargs)
        self.party = party

    def clean(self):
        cleaned = super().clean()
        if self.needs_manager(cleaned):
            for name, text in self.ERRORS.items():
                if not cleaned.get(name) and name not in self.errors:
                    self.add_error(name, text)
            if (cleaned.get("manager_email") or "").lower() == self.party.contact_email.lower():
                self.add_error(
                    "manager_email",
                    "Det är kontaktpersonens adress. Mandatet ska komma från den chef som ansvarar.",
                )
        return cleaned

    def needs_manager(self, cleaned):
        return True

    @property
    def manager(self):
        return {key: self.cleaned_data[f"manager_{key}"] for key in ("name", "title", "email")}


class PartnerForm(OwnManagerForm):
    """Whether the municipality wants to take part."""

    YES, NO = "yes", "no"

    decision = forms.ChoiceField(
        label="Vill ni vara med?",
        choices=((YES, "Ja, vi vill vara med"), (NO, "Nej, inte den här gången")),
        widget=forms.RadioSelect,
        error_messages={"required": "Välj om ni vill vara med.", "invalid_choice": "Välj i listan."},
    )
    need = PlainText(
        label="Vad behöver ni hjälp med?",
        max_length=4000,
        rows=5,
        required=False,
        help_text="Om ni svarar ja. " + READERS + "Er egen chef läser det också. " + PUBLIC,
    )
    wished_times = PlainText(
        label="Vilka tider passar er?",
        max_length=1000,
        rows=3,
        required=False,
        help_text="Om ni svarar ja. " + OWN_DAYS + READERS,
    )
    message = PlainText(
        label="Vill du säga varför, om ni svarar nej?",
        max_length=1000,
        rows=3,
        required=False,
        help_text=READERS + PUBLIC,
    )
    field_order = [
        "decision",
        "need",
        "wished_times",
        "manager_name",
        "manager_title",
        "manager_email",
        "message",
    ]

    def needs_manager(self, cleaned):
        return cleaned.get("decision") == self.YES


class WishForm(KeyedForm, forms.Form):
    """Another time than those that stand, as the partner writes it."""

    wished_times = PlainText(
        label="Vilka tider passar er?",
        max_length=1000,
        rows=4,
        help_text=OWN_DAYS + READERS,
        error_messages={"required": "Skriv vilka tider som passar, så att samordnaren kan föreslå en ny."},
    )


class PartnerSuitsForm(SuitsForm):
    """Which of the proposed times suit the partner, and which other it would rather have."""

    wished_times = PlainText(
        label="Vill ni föreslå en annan tid?",
        max_length=1000,
        rows=3,
        required=False,
        help_text=OWN_DAYS + READERS,
    )


class PartnerWithdrawForm(KeyedForm, forms.Form):
    message = PlainText(
        label="Varför drar ni er ur?",
        max_length=1000,
        required=False,
        help_text=READERS + PUBLIC,
    )


class RuleForm(KeyedForm, forms.Form):
    """Whose mandates a time waits for."""

    mandate_rule = forms.ChoiceField(
        label="När är mötet bekräftat?",
        choices=(
            (Consultation.MandateRule.LEAD, "När kommunen som frågar har sitt mandat"),
            (Consultation.MandateRule.ALL, "När alla kommuner som är med har sina mandat"),
        ),
        widget=forms.RadioSelect,
        error_messages={"required": "Välj ett av dem.", "invalid_choice": "Välj i listan."},
    )
