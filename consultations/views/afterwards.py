"""After the meeting: was it held, what was agreed, and how has it gone."""

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.utils.functional import cached_property
from django.views.decorators.http import require_POST

from .. import afterwards
from ..acts import Conflict
from ..forms.afterwards import FollowUpForm, OutcomeForm, StepForm
from .act_page import ActPage, CoordinatorPage, conflict_page, seen_by


class OutcomeNote(CoordinatorPage):
    form_class = OutcomeForm
    title = "Blev mötet av?"
    lead = "När du har noterat att mötet hölls kan alla som var med skriva upp vad ni kom överens om."
    button = "Spara"

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"booked": self.consultation.booking}

    def act(self, form):
        done = form.cleaned_data
        if done["outcome"] == OutcomeForm.MISSED:
            afterwards.miss(self.consultation, done["text"], by=self.request.user, key=done["key"])
        else:
            afterwards.hold(
                self.consultation, done["held_on"], done["text"], by=self.request.user, key=done["key"]
            )


class BothSidesPage(ActPage):
    """The group's and the coordinator's alike."""

    def allow(self):
        user = self.request.user
        if not (self.consultation.is_of(user) or self.consultation.is_handled_by(user)):
            raise PermissionDenied


class NextStepCreate(BothSidesPage):
    form_class = StepForm
    title = "Lägg till ett nästa steg"
    lead = "Det här kom ni överens om på mötet. Alla kommuner som är med läser det."
    button = "Lägg till"

    def get_form_kwargs(self):
        parties = [party for party in self.consultation.parties.all() if party.takes_part]
        return super().get_form_kwargs() | {"parties": parties}

    def act(self, form):
        afterwards.agree(self.consultation, form.step, by=self.request.user, key=form.cleaned_data["key"])


@require_POST
def finish_step(request, reference, step):
    consultation = seen_by(request, reference)
    found = get_object_or_404(consultation.next_steps, pk=step)
    try:
        afterwards.finish(found, by=request.user)
    except Conflict as conflict:
        return conflict_page(request, consultation, conflict)
    return redirect(f"{consultation.get_absolute_url()}#nasta-steg")


class FollowUpWrite(BothSidesPage):
    form_class = FollowUpForm
    button = "Spara uppföljningen"

    @property
    def title(self):
        return f"Uppföljning efter {self.one.months} månader"

    @cached_property
    def one(self):
        found = [one for one in self.consultation.follow_ups.all() if one.months == self.kwargs["months"]]
        if not found:
            raise Http404
        return found[0]

    def act(self, form):
        afterwards.follow_up(
            self.one, form.cleaned_data["text"], by=self.request.user, key=form.cleaned_data["key"]
        )
