"""The pages of step 3: open to everyone, the group's, the coordinator's, and the manager's own link."""

import uuid

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.functional import cached_property
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe
from django.views.generic import DetailView, FormView, TemplateView

from metodstod.models import AccessLog, Team

from . import asking, booking, mandate
from .acts import Conflict, TooMany
from .calendar_file import calendar_file
from .forms import (
    AnswerForm,
    AskForm,
    CancelForm,
    ChangeForm,
    KeyOnlyForm,
    ManagerForm,
    MandateForm,
    MoveForm,
    ProposeForm,
    RefuseForm,
    WithdrawForm,
)
from .local_time import moments
from .models import Consultation, ManagerQuestion
from .standing import waits

TOO_MANY = "Det har skickats för många mejl på kort tid. Vänta till i morgon och skicka igen."


class About(TemplateView):
    template_name = "consultations/about.html"
    extra_context = {"forms": Consultation.Form.labels}


# A page with a form for one act ----------------------------------------------------------------------


class ActPage(FormView):
    """Show the form, do the act, go to the consultation. What was typed is kept when the act is refused."""

    template_name = "consultations/act.html"
    title = ""
    lead = ""
    button = ""
    warning = False

    def dispatch(self, request, *args, **kwargs):
        try:
            return super().dispatch(request, *args, **kwargs)
        except Conflict as conflict:
            return conflict_page(request, self.consultation, conflict)

    @cached_property
    def consultation(self):
        return get_object_or_404(
            Consultation.objects.visible_to(self.request.user).whole(), reference=self.kwargs["reference"]
        )

    def get(self, request, *args, **kwargs):
        self.must_be_open()
        return super().get(request, *args, **kwargs)

    def must_be_open(self):
        self.allow()
        if not self.consultation.is_open:
            raise Conflict("Förfrågan är redan avslutad, och inget kan ändras längre.")

    def get_form_kwargs(self):
        self.allow()
        return super().get_form_kwargs()

    def form_valid(self, form):
        try:
            self.act(form)
        except Conflict as conflict:
            return self.refuse(form, str(conflict), status=409)
        except TooMany:
            return self.refuse(form, TOO_MANY, status=429)
        return redirect(self.consultation)

    def refuse(self, form, text, *, status):
        """Show the form again with what was typed, ready to be sent again against how things stand now."""
        self.consultation = Consultation.objects.whole().get(pk=self.consultation.pk)
        make_ready_again(form, text, **self.seen())
        return self.render_to_response(self.get_context_data(form=form), status=status)

    def seen(self):
        """Return the hidden fields that say which version the writer has before their eyes."""
        return {}

    def get_context_data(self, **kwargs):
        page = {"title": self.title, "lead": self.lead, "button": self.button, "warning": self.warning}
        return super().get_context_data(consultation=self.consultation, page=page, **kwargs)


class GroupPage(ActPage):
    def allow(self):
        if not self.consultation.is_of(self.request.user):
            raise PermissionDenied


class CoordinatorPage(ActPage):
    def allow(self):
        if not self.consultation.is_handled_by(self.request.user):
            raise PermissionDenied


def conflict_page(request, consultation, conflict):
    context = {"consultation": consultation, "text": str(conflict)}
    return render(request, "consultations/conflict.html", context, status=409)


def make_ready_again(form, text, **hidden):
    """Let a refused form be sent again: say why, with a new key and with what its page now shows."""
    form.data = form.data.copy()
    for name, value in ({"key": uuid.uuid4()} | hidden).items():
        form.data[name] = str(value)
    form.add_error(None, text)


# The group -------------------------------------------------------------------------------------------


class ConsultationCreate(FormView):
    template_name = "consultations/form.html"
    form_class = AskForm

    @cached_property
    def team(self):
        mine = Team.objects.visible_to(self.request.user).filter(memberships__user=self.request.user)
        return get_object_or_404(mine.select_related("municipality"), pk=self.kwargs["team"])

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"team": self.team, "by": self.request.user}

    def form_valid(self, form):
        names = ("key", "need", "form", "place", "wished_times")
        asked = Consultation(team=self.team, **{name: form.cleaned_data[name] for name in names})
        try:
            stored = asking.ask(
                asked,
                target_groups=form.cleaned_data["target_groups"],
                partners=form.cleaned_data["partners"],
                manager=form.manager,
                by=self.request.user,
            )
        except Conflict as conflict:
            return self.refuse(form, str(conflict), status=409)
        except TooMany:
            return self.refuse(form, TOO_MANY, status=429)
        return redirect(stored)

    def refuse(self, form, text, *, status):
        make_ready_again(form, text)
        return self.render_to_response(self.get_context_data(form=form), status=status)

    def get_context_data(self, **kwargs):
        open_already = self.team.consultations.open().first()
        return super().get_context_data(team=self.team, open_already=open_already, **kwargs)


class ConsultationDetail(DetailView):
    """The one page where group and coordinator follow the same consultation."""

    slug_field = slug_url_kwarg = "reference"
    context_object_name = "consultation"
    template_name = "consultations/detail.html"

    def get_queryset(self):
        return Consultation.objects.visible_to(self.request.user).whole()

    def get_context_data(self, **kwargs):
        consultation, user = self.object, self.request.user
        if user.is_staff:
            county = consultation.team.municipality.county
            AccessLog.record(
                user, AccessLog.Action.READ, consultation, reference=consultation.reference, county=county
            )
        open_to_acts = consultation.is_open and consultation.team.is_open
        return super().get_context_data(
            waits=waits(consultation),
            acts=consultation.acts.all(),
            questions=[
                question for one in consultation.lead.mandates.all() for question in one.questions.all()
            ],
            as_group=open_to_acts and consultation.is_of(user),
            as_coordinator=consultation.is_open and consultation.is_handled_by(user),
            again=KeyOnlyForm(),
            **kwargs,
        )


class ConsultationChange(GroupPage):
    template_name = "consultations/change.html"
    form_class = ChangeForm

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"team": self.consultation.team}

    def get_initial(self):
        asked = self.consultation
        names = ("need", "form", "place", "wished_times", "scope")
        return {name: getattr(asked, name) for name in names} | {
            "target_groups": [group.slug for group in asked.target_groups.all()],
            "partners": [party.municipality.code for party in asked.partners],
        }

    def seen(self):
        return {"scope": self.consultation.scope}

    def act(self, form):
        names = ("need", "form", "place", "wished_times")
        asking.change(
            self.consultation,
            {name: form.cleaned_data[name] for name in names},
            target_groups=form.cleaned_data["target_groups"],
            partners=form.cleaned_data["partners"],
            seen_scope=form.cleaned_data["scope"],
            by=self.request.user,
            key=form.cleaned_data["key"],
        )


class ManagerChange(GroupPage):
    form_class = ManagerForm
    title = "Utse en annan chef"
    lead = (
        "Den nya chefen får en länk där det står vad ni ber om. Den förra länken slutar gälla, "
        "och ett mandat som redan är givet faller."
    )
    button = "Skicka frågan till chefen"

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"by": self.request.user}

    def act(self, form):
        mandate.name_manager(
            self.consultation, form.manager, by=self.request.user, key=form.cleaned_data["key"]
        )


class ConsultationWithdraw(GroupPage):
    form_class = WithdrawForm
    title = "Ta tillbaka förfrågan"
    lead = "Förfrågan avslutas. Är en tid bokad ställs den in, och alla får besked. Det går inte att ångra."
    button = "Ta tillbaka förfrågan"
    warning = True

    def act(self, form):
        asking.withdraw(
            self.consultation, form.cleaned_data["reason"], by=self.request.user, key=form.cleaned_data["key"]
        )


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


class QuestionAnswer(GroupPage):
    form_class = AnswerForm
    template_name = "consultations/answer.html"
    title = "Svara på chefens fråga"
    button = "Skicka svaret"

    @cached_property
    def question(self):
        questions = ManagerQuestion.objects.select_related("mandate__party__consultation")
        return get_object_or_404(
            questions, pk=self.kwargs["question"], mandate__party__consultation=self.consultation
        )

    def get_context_data(self, **kwargs):
        return super().get_context_data(question=self.question, **kwargs)

    def act(self, form):
        mandate.answer(
            self.question, form.cleaned_data["answer"], by=self.request.user, key=form.cleaned_data["key"]
        )


def seen_by(request, reference):
    return get_object_or_404(Consultation.objects.visible_to(request.user), reference=reference)


@require_POST
def ask_manager_again(request, reference):
    consultation = seen_by(request, reference)
    form = KeyOnlyForm(request.POST)
    try:
        if not form.is_valid():
            raise Conflict("Sidan var för gammal. Läs in den på nytt och tryck igen.")
        mandate.ask_again(consultation, by=request.user, key=form.cleaned_data["key"])
    except Conflict as conflict:
        return conflict_page(request, consultation, conflict)
    except TooMany:
        return render(request, "429.html", status=429)
    return redirect(consultation)


@require_POST
def accept(request, reference, booking_id):
    consultation = seen_by(request, reference)
    chosen = get_object_or_404(consultation.bookings.select_related("coordinator"), pk=booking_id)
    try:
        booking.accept(chosen, by=request.user)
    except Conflict as conflict:
        return conflict_page(request, consultation, conflict)
    return redirect(consultation)


# The coordinator -------------------------------------------------------------------------------------


@require_POST
def take(request, reference):
    consultation = seen_by(request, reference)
    try:
        booking.take(consultation, by=request.user)
    except Conflict as conflict:
        return conflict_page(request, consultation, conflict)
    return redirect(consultation)


class TimesPropose(CoordinatorPage):
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


class TimeMove(CoordinatorPage):
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


# The calendar ----------------------------------------------------------------------------------------


@require_safe
def calendar(request, reference):
    """Give the chosen time, or the last one that was called off, as a file for the calendar."""
    consultation = seen_by(request, reference)
    once_chosen = consultation.bookings.filter(accepted_at__isnull=False).select_related("consultation")
    chosen = once_chosen.occupying().first() or once_chosen.order_by("-accepted_at").first()
    if chosen is None:
        raise Http404
    return HttpResponse(
        calendar_file(chosen, method="PUBLISH"),
        content_type="text/calendar; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="metodstod-{consultation.reference}.ics"'},
    )


# The manager -----------------------------------------------------------------------------------------


@csrf_exempt
def manager(request, token):
    """Show a manager what is asked, and take the decision; only a POST does anything.

    The secret in the address is all that gives a right here. There is no session to ride on, so the form
    needs no cookie, and the address can be kept from every other page (a strict `Referrer-Policy` makes
    the browser's `Origin` null, which the cookie's check would refuse).
    """
    asked = mandate.find(token)
    if asked is None:
        raise Http404
    response = manager_page(request, asked)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


def manager_page(request, asked):
    if request.method not in {"GET", "HEAD", "POST"}:
        return HttpResponse(status=405, headers={"Allow": "GET, HEAD, POST"})
    if request.method != "POST":
        return show_mandate(request, asked, MandateForm())
    form = MandateForm(request.POST)
    if not form.is_valid():
        return show_mandate(request, asked, form)
    message, key = form.cleaned_data["message"], form.cleaned_data["key"]
    try:
        if form.cleaned_data["decision"] == MandateForm.QUESTION:
            mandate.ask_back(asked, message, key=key)
        else:
            mandate.decide(asked, form.cleaned_data["decision"], message, key=key)
    except Conflict as conflict:
        return show_mandate(request, asked, form, conflict=str(conflict), status=409)
    except TooMany:
        form.add_error(
            None, "Du har ställt många frågor som gruppen inte har hunnit svara på. Vänta på svaren."
        )
        return show_mandate(request, asked, form, status=429)
    return redirect(request.path)


def show_mandate(request, asked, form, *, conflict="", status=200):
    """Show the link as it stands now: open, decided, void or expired. What was typed in vain is shown."""
    asked.refresh_from_db()
    context = {"mandate": asked, "form": form, "conflict": conflict, "typed": ""}
    context["questions"] = asked.questions.filter(answered_at__isnull=True)
    closed = asked.voided_at or asked.decision or asked.has_expired
    if request.method == "POST" and closed:
        context["typed"] = form.data.get("message", "")
    if asked.voided_at or asked.has_expired:
        return render(
            request, "consultations/mandate_void.html", context, status=410 if status == 200 else status
        )
    return render(request, "consultations/mandate.html", context, status=status)
