"""Forms that lose nothing: text as it was written, one row however often it is sent."""

import uuid

from crispy_forms.helper import FormHelper
from django import forms
from django.core.exceptions import ValidationError

from .personal_data import around, find_identity_numbers, mask_identity_numbers


class PlainText(forms.CharField):
    """Free text of several lines, with line breaks counted as the reader's counter counts them.

    Refuses text that holds a personnummer or samordningsnummer and says where it stands.
    """

    def __init__(self, *, max_length, rows=5, **kwargs):
        kwargs.setdefault("widget", forms.Textarea(attrs={"rows": rows}))
        super().__init__(max_length=max_length, **kwargs)

    def to_python(self, value):
        return super().to_python(value).replace("\r\n", "\n").replace("\r", "\n")

    def widget_attrs(self, widget):
        # A maxlength would cut pasted text in silence; the counter and the server say so instead.
        attrs = super().widget_attrs(widget)
        attrs.pop("maxlength", None)
        return attrs

    def validate(self, value):
        super().validate(value)
        for span in find_identity_numbers(value):
            raise ValidationError(
                "Det ser ut att stå ett personnummer här: ”%(place)s”. Ta bort det eller välj ”Dölj personnummer”.",
                code="identity_number",
                params={"place": around(value, span)},
            )


class PortalForm(forms.BaseForm):
    """What all the portal's forms have in common: markup, Swedish errors, masking on request.

    When the writer has pressed "Dölj personnummer" (a button named `mask`), identity numbers in free
    text are replaced before the form is checked, and the masked text is shown.
    """

    use_required_attribute = False
    button = "Spara"

    def __init__(self, *args, **kwargs):
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        if self.is_bound and self.data.get("mask"):
            self.data = self.data.copy()
            for name, field in self.fields.items():
                key = self.add_prefix(name)
                if isinstance(field, PlainText) and key in self.data:
                    self.data[key] = mask_identity_numbers(self.data[key])

    @property
    def helper(self):
        helper = FormHelper(self)
        helper.form_tag = False
        helper.disable_csrf = True
        return helper

    @property
    def holds_identity_number(self):
        """Whether to offer the button that masks."""
        return any(
            error.code == "identity_number" for errors in self.errors.as_data().values() for error in errors
        )


class KeyedForm(PortalForm):
    """A form whose row is written once: its hidden `key`, made by the server, is unique in the database.

    Sent twice, or eight times at once, it leads to the same row and the same receipt.
    """

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["key"] = forms.UUIDField(
            widget=forms.HiddenInput,
            initial=uuid.uuid4,
            error_messages={
                "required": "Formuläret saknar sitt löpnummer. Läs igenom och skicka igen.",
                "invalid": "Formulärets löpnummer är skadat. Läs igenom och skicka igen.",
            },
        )
        if self.is_bound:
            self._renew_broken_key()

    def _renew_broken_key(self):
        """Give a form with a missing or damaged key a new one, so that sending it again works."""
        try:
            uuid.UUID(self.data.get(self.add_prefix("key"), ""))
        except ValueError:
            self.broken_key = True
            self.data = self.data.copy()
            self.data[self.add_prefix("key")] = str(uuid.uuid4())

    broken_key = False

    def clean(self):
        cleaned = super().clean()
        if self.broken_key:
            raise ValidationError(
                "Formulärets löpnummer saknades eller var skadat. Läs igenom och skicka igen."
            )
        return cleaned


def write_once(thing):
    """Insert `thing` unless a row with its key exists; return the stored row and whether it is new.

    `INSERT … ON CONFLICT DO NOTHING` rather than a caught error: a second sender waits for the first
    one's commit and then finds its row. The caller queues mail only for a new row, in the same
    transaction, and must check that a row found belongs to the sender.
    """
    model = type(thing)
    model.objects.bulk_create([thing], ignore_conflicts=True)
    stored = model.objects.get(key=thing.key)
    return stored, stored.pk == thing.pk
