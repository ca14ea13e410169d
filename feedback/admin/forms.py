"""The desk's forms."""

from django import forms
from django.db.models import Q

from metodstod.forms import KeyedForm, PlainText
from metodstod.models import User

from ..models import REPLY_LENGTH, SavedSearch, Submission, Theme


class SubmissionForm(forms.ModelForm):
    """The authority's own work on a submission; the assignee is one of the county's own staff."""

    note = PlainText(
        label="Ny intern anteckning",
        max_length=4000,
        required=False,
        help_text="Hålls isär från det som kom in och visas aldrig för gruppen. Den kan ändå vara en allmän handling.",
    )

    class Meta:
        model = Submission
        fields = ["status", "assignee", "follow_up_on", "diary_number", "hold_reason"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "assignee" in self.fields:
            county = self.instance.municipality.county
            now = Q(pk=self.instance.assignee_id)
            staff = User.objects.filter(now | Q(is_staff=True, is_active=True, counties=county))
            self.fields["assignee"].queryset = staff.distinct()
        # What stood there when the page was opened comes back with it, so that an old page undoes nobody's work.
        for name in self._meta.fields:
            if name in self.fields:
                shown = self.add_initial_prefix(name)
                self.fields[name].show_hidden_initial = not self.is_bound or shown in self.data

    def clean(self):
        data = super().clean()
        for name in self._meta.fields:
            if name in self.fields and self.fields[name].show_hidden_initial:
                self._keep_what_others_wrote(name)
        return data

    def _keep_what_others_wrote(self, name):
        """Leave alone a field that was not touched here, and ask before going over what somebody else has written."""
        field, bound = self.fields[name], self[name]
        now = field.prepare_value(self.initial.get(name))
        if name not in self.changed_data:
            if name in self.cleaned_data:
                self.cleaned_data[name] = field.clean(now)
        elif (
            name in self.cleaned_data
            and field.has_changed(now, self.data[bound.html_initial_name])
            and field.has_changed(now, bound.data)
        ):
            self.data = self.data.copy()
            self.data[bound.html_initial_name] = "" if now is None else now
            self.add_error(
                name,
                "Någon annan har ändrat det här sedan du öppnade sidan. Spara igen om det som står här ska gälla.",
            )


class ReplyForm(KeyedForm, forms.Form):
    text = PlainText(label="Svar till arbetsgruppen", max_length=REPLY_LENGTH, rows=14)


class CorrectionForm(forms.Form):
    text = PlainText(
        label="Rättelse",
        max_length=2000,
        rows=5,
        help_text="Skriv vad som är fel och vad som är rätt. Det som kom in ändras inte, men rättelsen följer med överallt.",
    )


class SavedSearchForm(forms.ModelForm):
    class Meta:
        model = SavedSearch
        fields = ["name", "tell"]


class AddressForm(forms.Form):
    email = forms.EmailField(label="E-postadress", max_length=254)

    def clean_email(self):
        return self.cleaned_data["email"].lower()


class MarkForm(forms.Form):
    theme = forms.ModelChoiceField(Theme.objects.filter(in_use=True), label="Tema", empty_label="Välj tema")
