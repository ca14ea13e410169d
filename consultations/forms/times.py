"""Times as they are written, moved and called off."""

from datetime import timedelta

from django import forms
from django.utils import timezone

from metodstod.forms import KeyedForm, PlainText
from metodstod.widgets import DateField

from ..booking import Slot
from ..local_time import NoSuchTime, TwoSuchTimes, moment
from ..objections import objections
from .asking import PUBLIC


class RefuseForm(KeyedForm, forms.Form):
    wished_times = PlainText(
        label="Vilka tider passar er?",
        max_length=1000,
        rows=4,
        help_text="Skriv några dagar och klockslag, så föreslår samordnaren nya tider.",
        error_messages={"required": "Skriv vilka tider som passar, så att samordnaren kan föreslå nya."},
    )


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
    """Times as the coordinator writes them, by the clock on the wall; `rows` of them.

    What speaks against a time is told once. Whoever has read it ticks `anyway`; `warned` holds what that page told.
    """

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

    anyway = forms.BooleanField(label="Ja, jag har läst det och vill ha tiden ändå", required=False)
    warned = forms.CharField(widget=forms.HiddenInput, required=False, max_length=1000)

    def __init__(self, *args, by, consultation, **kwargs):
        super().__init__(*args, **kwargs)
        self.by, self.consultation = by, consultation
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
        slots, told = [], []
        for row in range(1, self.rows + 1):
            start = self.start(row)
            if start is None or None in lengths:
                continue
            minutes, before, after = lengths
            slot = Slot.of(start, minutes=minutes, before=before, after=after)
            if slot in slots:
                self.add_error(f"time_{row}", "Samma tid står redan bland förslagen.")
            slots.append(slot)
            told += self.object_to(slot, row)
        cleaned["slots"] = slots
        self.warn(told)
        return cleaned

    def object_to(self, slot, row):
        """Refuse a slot that cannot be had; return the other things to know about it, each with its row."""
        found = objections(slot, coordinator=self.by, consultation=self.consultation)
        for one in found:
            if one.is_final:
                self.add_error(f"time_{row}", one.text)
        return [(row, one) for one in found if not one.is_final]

    def warn(self, told):
        """Let the form pass when all of it has been read and confirmed on the page before this one; else tell it."""
        keys = {one.key for _, one in told}
        if (
            told
            and self.cleaned_data.get("anyway")
            and keys <= set((self.cleaned_data.get("warned") or "").split())
        ):
            return
        self.data = self.data.copy()
        self.data["warned"] = " ".join(sorted(keys))
        self.data.pop("anyway", None)
        for row, one in told:
            self.add_error(f"date_{row}", one.text)
        if told:
            self.add_error("anyway", "Läs det som står vid tiderna. Vill du ha dem ändå kryssar du i här.")

    @property
    def asks_anyway(self):
        """Whether something has been told that is to be confirmed."""
        return bool(self.is_bound and self.data.get("warned"))

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
