"""Times: proposed, chosen, moved, called off, and in the calendar."""

from functools import partial

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from .. import booking, wishes
from ..acts import Conflict
from ..calendar_file import calendar_file
from ..forms.times import CancelForm, MoveForm, ProposeForm, RefuseForm
from ..local_time import moments
from .act_page import CoordinatorPage, GroupPage, conflict_page, pressed, seen_by


class TimesRefuse(GroupPage):
    form_class = RefuseForm
    title = "Be om andra tider"
    lead = "De tider som är föreslagna eller valda släpps, och samordnaren får besked."
    button = "Be om andra tider"

    def get_initial(self):
        return {"wished_times": self.consultation.wished_times}

    def act(self, form):
        booking.refuse(
            self.consultation,
            form.cleaned_data["wished_times"],
            by=self.request.user,
            key=form.cleaned_data["key"],
        )


@require_POST
def accept(request, reference, booking_id):
    consultation = seen_by(request, reference)
    chosen = get_object_or_404(consultation.bookings.select_related("coordinator"), pk=booking_id)
    try:
        booking.accept(chosen, by=request.user)
    except Conflict as conflict:
        return conflict_page(request, consultation, conflict)
    return redirect(consultation)


@require_POST
def take(request, reference):
    consultation = seen_by(request, reference)
    try:
        booking.take(consultation, by=request.user)
    except Conflict as conflict:
        return conflict_page(request, consultation, conflict)
    return redirect(consultation)


class SlotPage(CoordinatorPage):
    """A page where the coordinator writes times."""

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"by": self.request.user, "consultation": self.consultation}


class TimesPropose(SlotPage):
    form_class = ProposeForm
    template_name = "consultations/times.html"
    title = "Föreslå tider"
    lead = "Föreslå upp till tre tider. Gruppen väljer en. Tider som du har föreslagit tidigare ersätts av dem här."
    button = "Skicka förslagen"

    def get_initial(self):
        return slots_initial(self.consultation.proposals)

    def act(self, form):
        booking.propose(
            self.consultation,
            form.cleaned_data["slots"],
            by=self.request.user,
            key=form.cleaned_data["key"],
        )


class TimeMove(SlotPage):
    form_class = MoveForm
    template_name = "consultations/times.html"
    title = "Flytta tiden"
    lead = "Tiden flyttas genast, och alla får den nya i sin kalender. Kom överens med gruppen först."
    button = "Flytta tiden"

    def must_be_open(self):
        super().must_be_open()
        if not self.consultation.booking:
            raise Conflict("Det finns ingen bokad tid att flytta.")

    def get_initial(self):
        booked = self.consultation.booking
        return slots_initial([booked]) | {"sequence": booked.sequence} if booked else {}

    def seen(self):
        booked = self.consultation.booking
        return {"sequence": booked.sequence} if booked else {}

    def act(self, form):
        booking.move(
            self.consultation,
            form.cleaned_data["slots"][0],
            form.cleaned_data["reason"],
            seen_sequence=form.cleaned_data["sequence"],
            by=self.request.user,
            key=form.cleaned_data["key"],
        )


def slots_initial(bookings):
    """Return what a form of times shows for the bookings, by the clock on the wall."""
    initial = {}
    for row, one in enumerate(bookings, start=1):
        local = timezone.localtime(one.starts_at)
        initial |= {f"date_{row}": local.date(), f"time_{row}": local.time(), "minutes": one.minutes}
        initial |= {"before": one.buffer_before, "after": one.buffer_after}
        if len(moments(local.date(), local.time())) == 2:
            initial[f"which_{row}"] = "second" if local.fold else "first"
    return initial


class ConsultationCancel(CoordinatorPage):
    form_class = CancelForm
    title = "Ställ in eller avsluta"
    lead = "Gruppen och alla som har tiden i sin kalender får besked."
    button = "Ställ in"
    warning = True

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"booked": self.consultation.booking}

    def act(self, form):
        do = booking.cancel if form.cleaned_data["what"] == CancelForm.WHOLE else booking.cancel_time
        do(
            self.consultation,
            form.cleaned_data["reason"],
            by=self.request.user,
            key=form.cleaned_data["key"],
        )


@require_POST
def let_stand(request, reference):
    """Let what is proposed or booked stand, though a partner has wished for another time."""
    consultation = seen_by(request, reference)
    return pressed(request, consultation, partial(wishes.let_stand, consultation, by=request.user))


@require_safe
def calendar(request, reference):
    """Give the chosen time, or the last one that was called off, as a file for the calendar."""
    consultation = seen_by(request, reference)
    met = consultation.meets_in
    once_chosen = met.bookings.filter(accepted_at__isnull=False).select_related("consultation")
    chosen = once_chosen.occupying().first() or once_chosen.order_by("-accepted_at").first()
    if chosen is None:
        raise Http404
    return HttpResponse(
        calendar_file(chosen, method="PUBLISH", request=consultation),
        content_type="text/calendar; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="metodstod-{consultation.reference}.ics"'},
    )
