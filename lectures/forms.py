"""What a group says about a meeting (träff), and what an editor says about a lecture."""

from datetime import date

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils import timezone

from metodstod.forms import KeyedForm, PortalForm
from metodstod.widgets import DateField

from .models import Lecture, Meeting

LAUNCH = date(2023, 2, 20)  # The programme was launched on this day; no group has met earlier.


class HeadCount(forms.IntegerField):
    """How many of one role; nothing written means none."""

    default_error_messages = {
        "invalid": "Skriv antalet med siffror.",
        "min_value": "Antalet kan inte vara mindre än noll.",
        "max_value": f"Högst {Meeting.LARGEST} deltagare kan antecknas för en träff.",
    }

    def __init__(self, **kwargs):
        kwargs["widget"] = forms.TextInput(attrs={"class": "govuk-input--width-3", "inputmode": "numeric"})
        super().__init__(**kwargs | {"min_value": 0, "max_value": Meeting.LARGEST})

    def to_python(self, value):
        number = super().to_python(value)
        return 0 if number is None else number


class LectureChoice(forms.ModelMultipleChoiceField):
    """The lectures with their lengths, and a word about those the group has seen at another meeting."""

    def label_from_instance(self, lecture):
        seen = " – ni har sett den" if lecture.seen else ""
        return f"{lecture.title} ({lecture.length_in_short}){seen}"


class MeetingOptions:
    model = Meeting
    fields = ["held_on", "lectures", *Meeting.COUNTS]
    field_classes = {
        "held_on": DateField,
        "lectures": LectureChoice,
        **dict.fromkeys(Meeting.COUNTS, HeadCount),
    }
    widgets = {"held_on": DateField.widget, "lectures": forms.CheckboxSelectMultiple}
    labels = {"held_on": "När träffades ni?", "lectures": "Vad såg ni?"}
    help_texts = {"lectures": "Kryssa för det ni såg, även om ni inte hann till slutet."}
    error_messages = {
        "held_on": {"required": "Skriv vilken dag ni träffades."},
        "lectures": {
            "required": "Välj minst en föreläsning.",
            "invalid_choice": "En av föreläsningarna finns inte längre. Välj på nytt.",
            "invalid_pk_value": "En av föreläsningarna finns inte längre. Välj på nytt.",
            "invalid_list": "En av föreläsningarna finns inte längre. Välj på nytt.",
        },
    }


class HeadCounts(PortalForm):
    """How many there were of each role; someone was there."""

    def clean(self):
        cleaned = super().clean()
        counts = [cleaned.get(name) for name in Meeting.COUNTS]
        if None not in counts:
            first = Meeting.COUNTS[0]
            if sum(counts) == 0:
                self.add_error(first, "Skriv hur många som deltog, minst en.")
            if sum(counts) > Meeting.LARGEST:
                self.add_error(first, f"Högst {Meeting.LARGEST} deltagare kan antecknas för en träff.")
        return cleaned

    @property
    def roles(self):
        """The fields for how many of each role."""
        return [self[name] for name in Meeting.COUNTS]


class MeetingFields(HeadCounts):
    """The fields of a meeting. Needs the group, to tell what it has seen."""

    def __init__(self, *args, team, **kwargs):
        super().__init__(*args, **kwargs)
        meeting = None if self.instance._state.adding else self.instance
        to_choose = Q(published_at__lte=timezone.now())
        if meeting:
            # A lecture that has been taken out of the catalogue stays at the meetings where it was seen.
            to_choose |= Q(pk__in=meeting.lectures.values("pk"))
        self.fields["lectures"].queryset = Lecture.objects.with_seen(team, other_than=meeting).filter(
            to_choose
        )

    def clean_held_on(self):
        held_on = self.cleaned_data["held_on"]
        if held_on > timezone.localdate():
            raise ValidationError("Datumet har inte varit än. Anteckna träffen när den är hållen.")
        if held_on < LAUNCH:
            raise ValidationError("Metodstödet kom den 20 februari 2023. Skriv ett senare datum.")
        return held_on


class MeetingForm(MeetingFields, KeyedForm, forms.ModelForm):
    """A meeting that has been held, logged once."""

    button = "Spara träffen"
    Meta = MeetingOptions


class MeetingEditForm(MeetingFields, forms.ModelForm):
    """A logged meeting, put right."""

    button = "Spara ändringarna"
    Meta = MeetingOptions
