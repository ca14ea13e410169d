"""What the group, the manager and the coordinator write."""

from datetime import timedelta

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from metodstod.forms import KeyedForm, PlainText
from metodstod.models import Municipality, TargetGroup
from metodstod.widgets import DateField

from .booking import Slot
from .local_time import NoSuchTime, TwoSuchTimes, moment
from .models import Consultation, Mandate

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
    """The whole request, as the group first sends it."""


class KeyOnlyForm(KeyedForm, forms.Form):
    """A button that mails someone: pressed twice it does it once."""


class WithdrawForm(KeyedForm, forms.Form):
    reason = PlainText(
        label="Varför tar ni tillbaka förfrågan?",
        max_length=1000,
        required=False,
        help_text="Samordnaren läser det ni skriver. " + PUBLIC,
    )


class RefuseForm(KeyedForm, forms.Form):
    wished_times = PlainText(
        label="Vilka tider passar er?",
        max_length=1000,
        rows=4,
        help_text="Skriv några dagar och klockslag, så föreslår samordnaren nya tider.",
        error_messages={"required": "Skriv vilka tider som passar, så att samordnaren kan föreslå nya."},
    )


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


# Times ---------------------------------------------------------------------------------------------

TWICE = (("first", "Den första gången (sommartid)"), ("second", "Den andra gången (vintertid)"))


class Minutes(forms.IntegerField):
    def __init__(self, **kwargs):
        super().__init__(
            widget=forms.TextInput(attrs={"inputmode": "numeric", "class": "govuk-input--width-4"}),
            error_messages={
                "required": "Skriv antalet minuter.",
                "invalid": "Skriv antalet minuter med siffror.",
                "min_value": "Skriv minst %(limit_value)s minuter.",
                "max_value": "Skriv högst %(limit_value)s minuter.",
            },
            **kwargs,
        )


class SlotForm(KeyedForm, forms.Form):
    """Times as the coordinator writes them, by the clock on the wall; `rows` of them."""

    rows = 1
    farthest = timedelta(days=2 * 366)

    minutes = Minutes(label="Mötets längd i minuter", min_value=15, max_value=480, initial=90)
    before = Minutes(label="Minuter före som du också är upptagen", min_value=0, max_value=480, initial=30)
    after = Minutes(
        label="Minuter efter som du också är upptagen",
        min_value=0,
        max_value=480,
        initial=30,
        help_text="För resa och förberedelser. Gruppen ser dem inte.",
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.asked_which = set()
        for row in range(1, self.rows + 1):
            end = f", förslag {row}" if self.rows > 1 else ""
            self.fields[f"date_{row}"] = DateField(label=f"Datum{end}", required=row == 1)
            self.fields[f"time_{row}"] = forms.TimeField(
                label=f"Klockslag{end}",
                required=row == 1,
                help_text="Till exempel 9.30" if row == 1 else "",
                widget=forms.TimeInput(format="%H.%M", attrs={"class": "govuk-input--width-5"}),
                error_messages={
                    "required": "Skriv ett klockslag.",
                    "invalid": "Skriv klockslaget som timmar och minuter, till exempel 9.30.",
                },
            )
            self.fields[f"which_{row}"] = forms.ChoiceField(
                label=f"Vilken gång{end}?",
                required=False,
                choices=TWICE,
                widget=forms.RadioSelect,
                error_messages={"invalid_choice": "Välj i listan."},
            )

    def clean(self):
        cleaned = super().clean()
        lengths = [cleaned.get(name) for name in ("minutes", "before", "after")]
        slots = []
        for row in range(1, self.rows + 1):
            start = self.start(row)
            if start is None or None in lengths:
                continue
            minutes, before, after = lengths
            slot = Slot.of(start, minutes=minutes, before=before, after=after)
            if slot in slots:
                self.add_error(f"time_{row}", "Samma tid står redan bland förslagen.")
            slots.append(slot)
        cleaned["slots"] = slots
        return cleaned

    def start(self, row):
        """Return the moment that a row means, or None; what is wrong with it stands as its error."""
        names = (f"date_{row}", f"time_{row}")
        if any(name in self.errors for name in names):
            return None
        date, time = (self.cleaned_data.get(name) for name in names)
        if date is None and time is None:
            return None
        if date is None or time is None:
            self.add_error(names[0] if date is None else names[1], "Skriv både datum och klockslag.")
            return None
        now = timezone.now()
        if not now.date() - timedelta(days=1) <= date <= (now + self.farthest).date():
            self.add_error(names[0], "Välj en dag från i dag och högst två år framåt.")
            return None
        try:
            start = moment(date, time, which=self.cleaned_data.get(f"which_{row}") or None)
        except NoSuchTime:
            self.add_error(
                names[1],
                "Det klockslaget finns inte den natten: klockan ställs fram till sommartid. Välj ett annat.",
            )
        except TwoSuchTimes:
            self.asked_which.add(row)
            self.add_error(
                f"which_{row}",
                "Klockan ställs tillbaka den natten, så klockslaget kommer två gånger. Välj vilken du menar.",
            )
        else:
            if start > now:
                return start
            self.add_error(names[1], "Tiden har redan varit.")
        return None

    @property
    def time_rows(self):
        """The fields row by row, with the question about which time only where it has been asked."""
        self.errors  # noqa: B018 – the question is known once the form has been checked
        return [
            {
                "number": row,
                "fields": [self[f"date_{row}"], self[f"time_{row}"]]
                + ([self[f"which_{row}"]] if self.asks_which(row) else []),
            }
            for row in range(1, self.rows + 1)
        ]

    def asks_which(self, row):
        """Whether to ask which of two times is meant, as something that must be answered."""
        asks = row in self.asked_which or bool(self.is_bound and self.data.get(f"which_{row}"))
        self.fields[f"which_{row}"].required = asks
        return asks


class ProposeForm(SlotForm):
    rows = 3


class MoveForm(SlotForm):
    """Another time for what is booked. `sequence` is the version that the writer has before their eyes."""

    sequence = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=1_000_000)
    reason = PlainText(
        label="Varför flyttas tiden?",
        max_length=1000,
        help_text="Gruppen läser det du skriver. " + PUBLIC,
        error_messages={"required": "Skriv varför tiden flyttas."},
    )


class CancelForm(KeyedForm, forms.Form):
    """Call off the chosen time, or the whole request."""

    TIME, WHOLE = "time", "whole"

    what = forms.ChoiceField(
        label="Vad vill du göra?",
        choices=((TIME, "Ställa in tiden och föreslå en ny"), (WHOLE, "Avsluta hela förfrågan")),
        widget=forms.RadioSelect,
        error_messages={"required": "Välj vad du vill göra.", "invalid_choice": "Välj i listan."},
    )
    reason = PlainText(
        label="Varför?",
        max_length=1000,
        help_text="Gruppen läser det du skriver. " + PUBLIC,
        error_messages={"required": "Skriv varför."},
    )

    def __init__(self, *args, booked, **kwargs):
        super().__init__(*args, **kwargs)
        if not booked:
            # Both are still taken: the form may be a second copy of the one that called the time off.
            self.fields["what"].widget = forms.HiddenInput()
            self.fields["what"].initial = self.WHOLE
