"""Published times: as the coordinator writes them, and as a group chooses among them."""

import uuid
from datetime import time, timedelta

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst

from metodstod.forms import KeyedForm, PlainText
from metodstod.models import Municipality
from metodstod.widgets import DateField
from metodstod.working_days import holiday_in_text

from ..availability import home_of
from ..local_time import NoSuchTime, TwoSuchTimes, moment
from ..models import Consultation, WeeklyPattern
from ..waiting import months
from .asking import PUBLIC
from .free_time import FreeTimeField, describe
from .times import Minutes

EARLIEST, LATEST = time(7), time(19)
FARTHEST = timedelta(days=366)


class ClockField(forms.TimeField):
    """A time within the working day, so that no night when the clock is changed comes in question."""

    def __init__(self, **kwargs):
        super().__init__(
            help_text="Till exempel 9.30",
            widget=forms.TimeInput(format="%H.%M", attrs={"class": "govuk-input--width-5"}),
            error_messages={
                "required": "Skriv ett klockslag.",
                "invalid": "Skriv klockslaget som timmar och minuter, till exempel 9.30.",
            },
            **kwargs,
        )

    def validate(self, value):
        super().validate(value)
        if value is not None and not EARLIEST <= value <= LATEST:
            raise ValidationError("Välj ett klockslag mellan 7 och 19.")


class TermsForm(KeyedForm, forms.Form):
    """What holds for published times, however many they are."""

    minutes = Minutes(label="Längd i minuter", min_value=15, max_value=480, initial=90)
    ways = forms.MultipleChoiceField(
        label="Hur kan ni träffas?",
        choices=Consultation.Form.choices,
        widget=forms.CheckboxSelectMultiple,
        initial=["digital"],
        error_messages={"required": "Välj minst ett sätt att träffas.", "invalid_choice": "Välj i listan."},
    )
    travels_from = forms.ModelChoiceField(
        label="Varifrån reser du till ett besök?",
        queryset=Municipality.objects.none(),
        to_field_name="code",
        required=False,
        help_text="Restiden räknas efter avståndet till gruppens kommun och hålls ledig före och efter mötet.",
        error_messages={"invalid_choice": "Välj i listan."},
    )
    before = Minutes(label="Minuter före som alltid ska vara lediga", min_value=0, max_value=480, initial=15)
    after = Minutes(
        label="Minuter efter som alltid ska vara lediga",
        min_value=0,
        max_value=480,
        initial=15,
        help_text="Är restiden längre gäller den i stället. Gruppen ser bara själva mötestiden.",
    )

    def __init__(self, *args, by, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["travels_from"].queryset = Municipality.objects.filter(county__participates=True)
        self.fields["travels_from"].initial = home_of(by)

    @property
    def terms(self):
        """The fields that a single time and a weekly one have in common, as the model's own."""
        same = {name: self.cleaned_data[name] for name in ("key", "before", "after", "travels_from")}
        return same | {value: value in self.cleaned_data["ways"] for value in Consultation.Form.values}


class PublishForm(TermsForm):
    """One time to publish."""

    date = DateField(label="Datum")
    time = ClockField(label="Klockslag")
    field_order = ("date", "time", "minutes", "ways", "travels_from", "before", "after")

    def clean(self):
        cleaned = super().clean()
        date, clock = cleaned.get("date"), cleaned.get("time")
        if not date or not clock:
            return cleaned
        today = timezone.localdate()
        if not today <= date <= today + FARTHEST:
            self.add_error("date", "Välj en dag från i dag och högst ett år framåt.")
        elif name := holiday_in_text(date):
            self.add_error("date", f"Det är {name} den dagen. Välj en annan.")
        else:
            try:
                cleaned["starts_at"] = moment(date, clock)
            except (NoSuchTime, TwoSuchTimes):
                self.add_error("time", "Klockan ställs om då. Välj ett annat klockslag.")
            else:
                if cleaned["starts_at"] <= timezone.now():
                    self.add_error("time", "Tiden har redan varit.")
        return cleaned

    @property
    def times(self):
        start = self.cleaned_data["starts_at"]
        return {"starts_at": start, "ends_at": start + timedelta(minutes=self.cleaned_data["minutes"])}


class WeeklyForm(TermsForm):
    """A time to publish for every week between two days."""

    weekday = forms.TypedChoiceField(
        label="Veckodag",
        choices=[(value, capfirst(label)) for value, label in WeeklyPattern.Weekday.choices],
        coerce=int,
        widget=forms.RadioSelect,
        error_messages={"required": "Välj en veckodag.", "invalid_choice": "Välj i listan."},
    )
    time = ClockField(label="Klockslag")
    first_day = DateField(label="Från och med")
    last_day = DateField(label="Till och med")
    field_order = (
        "weekday",
        "time",
        "minutes",
        "first_day",
        "last_day",
        "ways",
        "travels_from",
        "before",
        "after",
    )

    def clean(self):
        cleaned = super().clean()
        first, last, today = cleaned.get("first_day"), cleaned.get("last_day"), timezone.localdate()
        for name, day in (("first_day", first), ("last_day", last)):
            if day and not today <= day <= today + FARTHEST:
                self.add_error(name, "Välj en dag från i dag och högst ett år framåt.")
        if first and last and last < first:
            self.add_error("last_day", "Den sista dagen ska vara efter den första.")
        elif first and last and "weekday" in cleaned:
            wait = (cleaned["weekday"] - first.weekday()) % 7
            if first + timedelta(days=wait) > last:
                self.add_error("last_day", "Det finns ingen sådan veckodag mellan dagarna.")
        return cleaned

    @property
    def times(self):
        names = ("weekday", "time", "minutes", "first_day", "last_day")
        return {name: self.cleaned_data[name] for name in names}


# The group's choice --------------------------------------------------------------------------------


class ChooseForm(KeyedForm, forms.Form):
    """What there is to choose among is offered by the page, where it is shown."""

    time = FreeTimeField(
        label="Välj en tid",
        error_messages={"required": "Välj en av tiderna.", "invalid_choice": "Välj i listan."},
    )


class SwapForm(ChooseForm):
    """Another time for what is booked. `sequence` is the version that the writer has before their eyes."""

    sequence = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=1_000_000)
    reason = PlainText(
        label="Varför byter ni tid?",
        max_length=1000,
        rows=3,
        help_text="Samordnaren och de andra som är med läser det ni skriver. " + PUBLIC,
        error_messages={"required": "Skriv varför ni byter tid."},
    )


class LineForm(KeyedForm, forms.Form):
    mark_optional = False  # No month at all is an answer too.
    months = forms.MultipleChoiceField(
        label="Vilka månader kan ni träffas?",
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text="Välj en eller flera. Kryssar ni ur en månad lämnar ni kön för den.",
        error_messages={"invalid_choice": "Välj i listan."},
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.ahead = {month.isoformat(): month for month in months()}
        self.fields["months"].choices = [
            (key, capfirst(date_format(month, "F Y"))) for key, month in self.ahead.items()
        ]

    @property
    def wanted(self):
        return [self.ahead[key] for key in self.cleaned_data["months"]]


CHANGED = "Förslagen har ändrats. Läs de nya och svara igen."


class SuitsForm(KeyedForm, forms.Form):
    """Which of the proposed times suit. `seen` is what there was to choose among."""

    mark_optional = False  # None of them is an answer too.

    suits = forms.MultipleChoiceField(
        label="Vilka av tiderna passar er?",
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text="Kryssa i alla som passar. Passar ingen skickar ni svaret utan kryss.",
        error_messages={"invalid_choice": CHANGED},
    )

    def __init__(self, *args, proposed, **kwargs):
        super().__init__(*args, **kwargs)
        standing = [str(one.pk) for one in proposed]
        self.fields["suits"].choices = [(str(one.pk), describe(one)) for one in proposed]
        self.fields["seen"] = forms.CharField(
            widget=forms.HiddenInput, required=False, max_length=200, initial=" ".join(standing)
        )
        self.is_outdated = self.is_bound and set(self.data.get("seen", "").split()) != set(standing)
        if self.is_outdated:
            # What stands now is shown with the answer as far as it still fits; sent again, it is for these times.
            self.data = self.data.copy()
            self.data["seen"] = " ".join(standing)
            ticked = self.data.getlist("suits")
            self.data.setlist("suits", [one for one in ticked if one in standing])

    def clean(self):
        cleaned = super().clean()
        if self.is_outdated:
            raise ValidationError(CHANGED)
        return cleaned

    def clean_seen(self):
        return {uuid.UUID(part) for part in self.cleaned_data["seen"].split()}

    @property
    def suiting(self):
        return {uuid.UUID(one) for one in self.cleaned_data["suits"]}
