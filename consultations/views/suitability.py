"""Standing in line, being offered a time, and saying which of several times suit."""

from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from .. import suitability, waiting
from ..acts import Conflict
from ..forms.open_times import LineForm, SuitsForm
from ..forms.partner import PartnerSuitsForm
from ..models import Booking
from .act_page import GroupPage, conflict_page, seen_by
from .partner import PartnerAct


class LineStand(GroupPage):
    form_class = LineForm
    title = "Ställ er i kö"
    lead = (
        "När en tid blir ledig någon av månaderna erbjuds den grupperna i kön, i den ordning som de ställde sig där. "
        "Ni får ett brev och har 72 timmar på er att svara."
    )
    button = "Spara"

    def get_initial(self):
        return {"months": [one.month.isoformat() for one in self.consultation.places.standing()]}

    def act(self, form):
        waiting.stand(self.consultation, form.wanted, by=self.request.user, key=form.cleaned_data["key"])


@require_POST
def answer_offer(request, reference, booking_id):
    """Take the time that the group has been offered, or let it go to the next in line."""
    consultation = seen_by(request, reference)
    offered = get_object_or_404(
        consultation.bookings.select_related("coordinator", "consultation"), pk=booking_id
    )
    try:
        if request.POST.get("answer") == "yes":
            waiting.accept(offered, by=request.user)
        else:
            waiting.decline(offered, by=request.user)
    except Conflict as conflict:
        return conflict_page(request, consultation, conflict)
    return redirect(consultation)


class TimesSuit(GroupPage):
    form_class = SuitsForm
    title = "Svara vilka tider som passar"
    lead = "När alla kommuner har svarat blir den första tid som passar alla er."
    button = "Skicka svaret"

    def must_be_open(self):
        super().must_be_open()
        if not self.consultation.proposals:
            raise Conflict("Det finns inga föreslagna tider att svara på just nu.")

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"proposed": self.consultation.proposals}

    def get_initial(self):
        return {"suits": suiting_before(self.consultation.lead)}

    def act(self, form):
        suitability.answer(
            self.consultation.lead,
            form.suiting,
            seen=form.cleaned_data["seen"],
            by=self.request.user,
            key=form.cleaned_data["key"],
        )


def suiting_before(party):
    """Return the ids of the proposed times that the party has said suit it."""
    said = party.time_answers.filter(suits=True, booking__state=Booking.State.PROPOSED)
    return [str(key) for key in said.values_list("booking", flat=True)]


class PartnerTimes(PartnerAct):
    """The partner's own answer, behind its link. It reads what others have said by municipality, and no addresses."""

    form_class = PartnerSuitsForm
    title = "Svara vilka tider som passar"
    lead = "När alla kommuner har svarat blir den första tid som passar alla er."
    button = "Skicka svaret"

    def fits(self):
        return super().fits() and bool(self.party.consultation.proposals)

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"proposed": self.party.consultation.proposals}

    def get_initial(self):
        wished = self.party.wished_times if self.party.wishes else ""
        return {"suits": suiting_before(self.party), "wished_times": wished}

    def act(self, form):
        if not self.party.consultation.proposals:
            raise Conflict("Det finns inga föreslagna tider att svara på just nu.")
        suitability.answer(
            self.party,
            form.suiting,
            seen=form.cleaned_data["seen"],
            wished_times=form.cleaned_data["wished_times"],
            key=form.cleaned_data["key"],
        )


@require_POST
def settle_on(request, reference, booking_id):
    """Let the coordinator decide on a time without waiting for everyone's answer."""
    consultation = seen_by(request, reference)
    chosen = get_object_or_404(
        consultation.bookings.filter(state__in=[Booking.State.PROPOSED, *Booking.CHOSEN]), pk=booking_id
    )
    try:
        suitability.settle_on(chosen, by=request.user)
    except Conflict as conflict:
        return conflict_page(request, consultation, conflict)
    return redirect(reverse("consultations:detail", args=[reference]))
