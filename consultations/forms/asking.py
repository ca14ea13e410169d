"""What a group asks for, and of whom."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.formats import date_format

from metodstod.forms import KeyedForm, PlainText
from metodstod.models import Municipality, TargetGroup

from .. import availability
from ..models import Consultation, JointMeeting
from .free_time import FreeTimeField

PUBLIC = "Skriv inget som går att koppla till en enskild person."


class FewRows(forms.ModelMultipleChoiceField):
    """A choice among a short list of rows, looked up in Python so that no odd value reaches the database."""

    widget = forms.CheckboxSelectMultiple

    def _check_values(self, value):
        rows = {str(row.serializable_value(self.to_field_name)): row for row in self.queryset}
        if unknown := [one for one in value if one not in rows]:
            raise ValidationError(
                self.error_messages["invalid_choice"], code="invalid_choice", params={"value": unknown[0]}
            )
        return [rows[one] for one in dict.fromkeys(value)]

    def clean(self, value):
        return list(super().clean(value))


class RequestForm(KeyedForm, forms.Form):
    """What is asked for, but not of whom."""

    need = PlainText(
        label="Vad behöver ni hjälp med?",
        max_length=4000,
        rows=8,
        help_text="Berätta vad som är svårt eller nytt för er, och vad ni vill kunna efteråt. " + PUBLIC,
        error_messages={"required": "Skriv vad ni behöver hjälp med."},
    )
    target_groups = FewRows(
        label="Vilka målgrupper gäller det?",
        queryset=TargetGroup.objects.all(),
        to_field_name="slug",
        error_messages={"required": "Välj minst en målgrupp.", "invalid_choice": "Välj i listan."},
    )
    form = forms.ChoiceField(
        label="Hur vill ni träffas?",
        choices=Consultation.Form.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Välj hur ni vill träffas.", "invalid_choice": "Välj i listan."},
    )
    place = forms.CharField(
        label="Plats",
        max_length=200,
        required=False,
        help_text="Om ni vill träffas på plats: adress eller lokal, om ni redan vet. Platsen står sedan i kalendern.",
    )
    minutes = forms.TypedChoiceField(
        label="Hur långt möte tänker ni er?",
        choices=((60, "En timme"), (90, "En och en halv timme"), (120, "Två timmar"), (180, "En halv dag")),
        widget=forms.RadioSelect,
        initial=90,
        coerce=int,
        empty_value=90,
        required=False,
        help_text="Chefen läser det, och samordnaren utgår från det.",
        error_messages={"invalid_choice": "Välj i listan."},
    )
    participants = PlainText(
        label="Vilka är med från er?",
        max_length=500,
        rows=2,
        required=False,
        help_text="Skriv roller och antal, inte namn. Till exempel: fyra socialsekreterare och en enhetschef.",
    )
    wished_times = PlainText(
        label="Önskade tider",
        max_length=1000,
        rows=3,
        required=False,
        help_text="Till exempel: helst en tisdag eller torsdag förmiddag i februari.",
    )
    partners = FewRows(
        label="Vill ni träffas tillsammans med andra kommuner?",
        queryset=Municipality.objects.none(),
        to_field_name="code",
        required=False,
        help_text="Mötet får gärna vara gemensamt för flera kommuner. Samordnaren ser vilka ni väljer här.",
        error_messages={"invalid_choice": "Välj bland kommunerna i listan."},
    )

    open_to_joint = forms.BooleanField(
        label="Vi träffas gärna tillsammans med andra kommuner som behöver samma sak",
        required=False,
        help_text="Samordnaren kan då föreslå ett gemensamt möte, utan att chefen behöver frågas på nytt.",
    )

    def __init__(self, *args, team, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["partners"].queryset = (
            Municipality.objects.filter(county__participates=True)
            .exclude(pk=team.municipality_id)
            .select_related("county")
        )

    @property
    def partner_counties(self):
        """The other municipalities to choose among, by county: name, checkboxes, how many are chosen."""
        field = self["partners"]
        chosen = {str(value) for value in field.value() or []}
        counties = {}
        for place in self.fields["partners"].queryset.order_by("county", "sort_key"):
            option = {"code": place.code, "name": place.name, "chosen": place.code in chosen}
            option["id"] = f"{field.auto_id}_{sum(map(len, counties.values()))}"
            counties.setdefault(place.county, []).append(option)
        return [
            {"county": county, "options": options, "chosen": sum(one["chosen"] for one in options)}
            for county, options in counties.items()
        ]


class ChangeForm(RequestForm):
    """The request as it stands, to be changed. `scope` is the version that the writer has before their eyes."""

    scope = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=1_000_000)


class ManagerForm(KeyedForm, forms.Form):
    """The manager who is to give the mandate."""

    manager_name = forms.CharField(
        label="Chefens namn", max_length=120, error_messages={"required": "Skriv chefens namn."}
    )
    manager_title = forms.CharField(
        label="Chefens titel",
        max_length=120,
        help_text="Till exempel enhetschef eller verksamhetschef.",
        error_messages={"required": "Skriv chefens titel."},
    )
    manager_email = forms.EmailField(
        label="Chefens e-post i arbetet",
        help_text="Dit skickas en länk där chefen ger besked. Chefen behöver inget konto.",
        widget=forms.EmailInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": "Skriv chefens e-postadress."},
    )

    def __init__(self, *args, by, **kwargs):
        super().__init__(*args, **kwargs)
        self.by = by

    def clean_manager_email(self):
        email = self.cleaned_data["manager_email"]
        if email.lower() == self.by.email:
            raise ValidationError("Det är din egen adress. Mandatet ska komma från den chef som ansvarar.")
        return email

    @property
    def manager(self):
        return {key: self.cleaned_data[f"manager_{key}"] for key in ("name", "title", "email")}


class AskForm(ManagerForm, RequestForm):
    """The whole request, as the group first sends it.

    One of the times that are free now may be chosen at once, or a joint meeting that is open to more.
    """

    joint_meeting = forms.ChoiceField(
        label="Vill ni vara med i ett gemensamt möte som redan planeras?",
        required=False,
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": "Mötet är inte öppet längre. Välj ett annat, eller inget."},
    )

    open_time = FreeTimeField(
        label="Passar någon av samordnarens lediga tider?",
        required=False,
        help_text="En tid som ni väljer hålls åt er i högst tio arbetsdagar, medan ni väntar på mandat från chefen.",
        error_messages={"invalid_choice": "Välj i listan."},
    )

    def __init__(self, *args, team, **kwargs):
        super().__init__(*args, team=team, **kwargs)
        self.joint_meetings = list(JointMeeting.objects.listed().select_related("county"))
        self.fields["joint_meeting"].choices = [
            ("", "Nej, vi vill ha ett eget möte"),
            *((str(one.pk), f"{one.subject}, {month_name(one.month)}") for one in self.joint_meetings),
        ]
        self.free = availability.free_times(team.municipality)
        self.fields["open_time"].offer(
            self.free, none="Ingen av dem, samordnaren får föreslå tider", with_ways=True
        )

    def clean(self):
        cleaned = super().clean()
        chosen = next((one for one in self.free if str(one.pk) == cleaned.get("open_time")), None)
        if chosen and cleaned.get("form") and cleaned["form"] not in chosen.free_forms:
            self.add_error("open_time", "Den tiden går inte att träffas på det sätt som ni har valt.")
        if cleaned.get("joint_meeting") and cleaned.get("open_time"):
            self.add_error("open_time", "Välj antingen ett gemensamt möte eller en egen tid.")
        return cleaned

    @property
    def joint(self):
        """The joint meeting that the group wants to be in, or None."""
        chosen = self.cleaned_data["joint_meeting"]
        return next((one for one in self.joint_meetings if str(one.pk) == chosen), None)


def month_name(month):
    return date_format(month, "F Y")


class WithdrawForm(KeyedForm, forms.Form):
    reason = PlainText(
        label="Varför tar ni tillbaka förfrågan?",
        max_length=1000,
        required=False,
        help_text="Samordnaren läser det ni skriver. " + PUBLIC,
    )
