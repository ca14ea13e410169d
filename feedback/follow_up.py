"""The page behind the link: the group's own plans, and how it went, in two minutes."""

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.csrf import csrf_exempt

from metodstod.forms import PlainText, PortalForm

from . import following, guarding
from .models import LONGEST_WORD, FollowUp, FollowUpAnswer


class FollowUpForm(PortalForm, forms.Form):
    """For each plan a choice and, if one likes, a few words; made by `follow_up_form`."""

    mark_optional = True
    plans = ()
    own = frozenset()

    decided = forms.BooleanField(required=False, label="Det pekar inte ut någon enskild person.")

    def rows(self):
        """Each plan with its two fields."""
        return [(plan, self[went_name(plan)], self[text_name(plan)]) for plan in self.plans]

    def given(self):
        return {
            plan: (self.cleaned_data[went_name(plan)], self.cleaned_data[text_name(plan)])
            for plan in self.plans
        }

    def suspected(self):
        """What may point somebody out, in all texts together."""
        if not self.is_bound:
            return []
        return [place for plan in self.plans for place in self.places(self.data.get(text_name(plan), ""))]

    def places(self, text):
        return [place for place in guarding.places(text, self.own) if not place.kind.is_certain]

    def clean(self):
        cleaned = super().clean()
        if not cleaned.get("decided") and self.suspected():
            self.add_error("decided", "Kryssa i det, eller ändra det som är markerat.")
        return cleaned


def went_name(plan):
    return f"went_{plan.question.position}"


def text_name(plan):
    return f"text_{plan.question.position}"


def follow_up_form(follow_up):
    plans = tuple(follow_up.plans)
    fields = {"plans": plans, "own": guarding.own_to(follow_up.submission.team)}
    for plan in plans:
        fields[went_name(plan)] = forms.ChoiceField(
            label="Hur har det gått?",
            choices=FollowUpAnswer.Went.choices,
            widget=forms.RadioSelect,
            # With the question in it: the list of errors may hold one for each plan.
            error_messages={
                "required": f"Välj hur det har gått med det ni skrev på frågan ”{plan.question.text}”",
                "invalid_choice": "Välj i listan.",
            },
        )
        fields[text_name(plan)] = PlainText(
            label="Berätta med egna ord", max_length=LONGEST_WORD, required=False, rows=3
        )
    return type("FollowUpForm", (FollowUpForm,), fields)


@csrf_exempt  # The link itself is the right to answer, and the page sets no cookie.
def follow_up(request, token):
    """Show what the group had planned and take its word on how it went, once; whoever has the link may answer."""
    found = FollowUp.objects.by_token(token)
    if found is None:
        raise Http404
    response = page(request, found)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


def page(request, found):
    if request.method not in {"GET", "HEAD", "POST"}:
        return HttpResponse(status=405, headers={"Allow": "GET, HEAD, POST"})
    if found.answered_at and request.method != "POST":
        return show(request, found)
    form = follow_up_form(found)(request.POST if request.method == "POST" else None)
    if found.answered_at:
        return late(request, found, form)
    if not form.is_bound or not form.is_valid():
        return show(request, found, form)
    if following.receive(found, form.given()):
        return redirect(request.path)
    found.refresh_from_db()
    return late(request, found, form)


def late(request, found, form):
    """Somebody has answered before: the same words are a double click, others are handed back."""
    stored = {one.answer_id: (one.went, one.text) for one in found.answers.all()}
    if form.is_valid() and {plan.pk: word for plan, word in form.given().items()} == stored:
        return redirect(request.path)
    typed = [form.data.get(text_name(plan), "") for plan in form.plans]
    return show(request, found, typed=[text for text in typed if text], status=409)


def show(request, found, form=None, *, typed=(), status=200):
    county = found.submission.municipality.county
    context = {
        "follow_up": found,
        "form": form,
        "typed": typed,
        "answers": found.answers.select_related("answer__question") if found.answered_at else (),
        "earlier": FollowUpAnswer.objects.filter(
            follow_up__submission=found.submission, follow_up__months__lt=found.months
        ).select_related("answer__question"),
        "authority": county.authority or "länsstyrelsen i ert län",
    }
    return render(request, "feedback/follow_up.html", context, status=status)
