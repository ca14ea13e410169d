"""Lead a meeting from one screen: the film, what to pause at, and the questions with room for notes beside them."""

from django import forms
from django.contrib import messages
from django.http import Http404, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods
from django.views.generic import CreateView

from metodstod.forms import KeyedForm, PlainText
from metodstod.held import wants_json
from metodstod.notes import NotTaken, notebook

from . import watching
from .clock_field import ClockField
from .forms import HeadCounts, MeetingOptions
from .models import Lecture, Meeting, Place

own = cache_control(private=True, no_cache=True)


class MeetingStartForm(HeadCounts, KeyedForm, forms.ModelForm):
    """How many are here; the rest of the meeting is noted while it is held."""

    button = "Börja träffen"

    class Meta:
        model = Meeting
        fields = list(Meeting.COUNTS)
        field_classes = {name: MeetingOptions.field_classes[name] for name in Meeting.COUNTS}


class MeetingStart(CreateView):
    """Begin a meeting today, to be led from the screen."""

    model = Meeting
    form_class = MeetingStartForm
    template_name = "lectures/meeting_start.html"

    def get_context_data(self, **kwargs):
        return super().get_context_data(team=self.kwargs["team"], **kwargs)

    def form_valid(self, form):
        meeting = form.save(commit=False)
        meeting.key, meeting.team = form.cleaned_data["key"], self.kwargs["team"]
        meeting.held_on, meeting.logged_by = timezone.localdate(), self.request.user
        try:
            stored = meeting.log(())
        except Meeting.DoesNotExist:
            raise Http404 from None
        return redirect("lectures:meeting_lead", stored.team_id, stored.pk)


class LeadForm(KeyedForm, forms.Form):
    """All that is written on the leading page goes in one form, so that no button throws away what another field holds.

    Made by `lead_form`, which adds `note_1` and so on.
    """

    mark_optional = False
    questions = forms.CharField(required=False, widget=forms.HiddenInput)
    lecture = forms.CharField(required=False, widget=forms.HiddenInput)
    second = ClockField(
        required=False,
        label="Var i filmen är ni?",
        help_text="Till exempel 12:30.",
        widget=forms.TextInput(attrs={"class": "govuk-input--width-5"}),
    )

    asked = ()

    @staticmethod
    def name(number):
        return f"note_{number}"

    @property
    def notes(self):
        """The texts that say something, by the question's number."""
        texts = {
            question.number: self.cleaned_data.get(self.name(question.number)) for question in self.asked
        }
        return {number: text for number, text in texts.items() if text and text.strip()}

    @property
    def rows(self):
        return [(question, self[self.name(question.number)]) for question in self.asked]

    def refuse(self, reasons):
        for number, reason in reasons.items():
            self.add_error(self.name(number) if self.name(number) in self.fields else None, reason)


def lead_form(questions):
    """Return the form class with a field for a note under each question."""
    fields = {
        LeadForm.name(question.number): PlainText(
            label="Ny anteckning", max_length=notebook().longest, required=False, rows=3
        )
        for question in questions
    }
    return type("LeadForm", (LeadForm,), fields | {"asked": questions})


@require_http_methods(["GET", "HEAD", "POST"])
@own
def meeting_lead(request, *, team, pk):
    """Show the screen, and on POST store the notes and then do what the button says."""
    meeting = get_object_or_404(team.meetings, pk=pk)
    screen = Screen(meeting, request)
    if request.method != "POST":
        if wants_json(request):
            return JsonResponse({"csrf": get_token(request)})
        if not team.is_open:
            messages.warning(request, "Arbetsgruppen är avslutad. Det går inte att leda fler träffar.")
            return redirect(meeting)
        return screen.show()
    return screen.take()


class Screen:
    """One request to the leading page."""

    def __init__(self, meeting, request):
        self.meeting, self.team, self.request = meeting, meeting.team, request
        self.data = request.POST if request.method == "POST" else request.GET
        self.word, self.questions = notebook().questions(self.team)
        self.lectures = list(
            Lecture.objects.published().with_seen(self.team).select_related("provider", "field_of_work")
        )
        self.places = {place.lecture_id: place for place in self.team.places.all()}
        for lecture in self.lectures:
            lecture.place = self.places.get(lecture.pk)

    @property
    def lecture(self):
        """The one that is asked for, else where the group stopped last, else the first that it has not seen."""
        asked = self.data.get("lecture") or self.data.get("forelasning")
        by_slug = {lecture.slug: lecture for lecture in self.lectures}
        by_key = {lecture.pk: lecture for lecture in self.lectures}
        stopped = next((by_key[key] for key in self.places if key in by_key and not by_key[key].seen), None)
        return by_slug.get(asked) or stopped or self.first_left

    @property
    def first_left(self):
        left = (lecture for lecture in self.lectures if not lecture.seen)
        return next(left, self.lectures[0] if self.lectures else None)

    @property
    def is_big(self):
        return self.data.get("stor") == "1"

    # Shown -------------------------------------------------------------------------------------------

    def show(self, form=None, *, status=200):
        lecture = self.lecture
        form = form or lead_form(self.questions)(
            initial={"questions": self.word, "lecture": lecture.slug if lecture else ""}
        )
        context = {
            "meeting": self.meeting,
            "team": self.team,
            "form": form,
            "lecture": lecture,
            "lectures": self.lectures,
            "is_big": self.is_big,
            "start": lecture.place.second if lecture and lecture.place else 0,
            "shows_outside_film": False,
            "chapters": [],
        }
        if lecture:
            context |= watching.published_parts(lecture)
        return render(self.request, "lectures/lead.html", context, status=status)

    # Taken -------------------------------------------------------------------------------------------

    def take(self):
        form = lead_form(self.questions)(self.data)
        if form.is_valid():
            self.write(form)
        if form.errors:
            return self.refused(form)
        if wants_json(self.request):
            return JsonResponse({"written": self.written()})
        return self.go_on()

    def write(self, form):
        """Store the notes and the place, or say in the form why not."""
        if not self.team.is_open:
            form.refuse({0: "Arbetsgruppen är avslutad. Kopiera det ni har skrivit om ni vill ha det kvar."})
            return
        if form.notes:
            try:
                notebook().add(
                    self.team,
                    form.notes,
                    of=form.cleaned_data["questions"],
                    key=form.cleaned_data["key"],
                    by=self.request.user,
                )
            except NotTaken as error:
                form.refuse(error.reasons)
            except LookupError:
                raise Http404 from None
        if form.cleaned_data["second"] is not None and self.lecture and not self.lecture.seen:
            Place.keep(self.team, self.lecture, form.cleaned_data["second"])

    def refused(self, form):
        if wants_json(self.request):
            reasons = {name: " ".join(errors) for name, errors in form.errors.items()}
            return JsonResponse({"refused": reasons, "mask": form.holds_identity_number}, status=422)
        form.data = form.data.copy()
        form.data["questions"] = self.word
        return self.show(form, status=200 if self.team.is_open else 409)

    def written(self):
        return {LeadForm.name(number): text for number, text in notebook().written(self.team).items()}

    def go_on(self):
        """Do what the button says: `save`, `seen`, `end`, `big`, `small`, or `go:` and the lecture to go to."""
        wish, _, slug = self.data.get("do", "").partition(":")
        if wish == "end":
            messages.success(self.request, "Träffen är avslutad. Det ni har antecknat ligger i utkastet.")
            return redirect(self.meeting)
        lecture = self.lecture
        if wish == "seen" and lecture:
            self.meeting.saw(lecture)
            lecture.seen = True
            messages.success(self.request, f"Ni har sett {lecture.title}.")
            lecture = self.first_left
        if wish == "go":
            lecture = next((one for one in self.lectures if one.slug == slug), lecture)
        is_big = {"big": True, "small": False}.get(wish, self.is_big)
        chosen = {"forelasning": lecture.slug} if lecture else {}
        address = reverse("lectures:meeting_lead", args=[self.team.pk, self.meeting.pk])
        return redirect(f"{address}?{urlencode(chosen | ({'stor': '1'} if is_big else {}))}")
