"""A page with a form for one act, and what is shown when the act no longer fits."""

import uuid

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.functional import cached_property
from django.views.generic import FormView

from ..acts import Conflict, TooMany
from ..forms.mandate import KeyOnlyForm
from ..models import Act, Consultation

TOO_MANY = "Det har skickats för många mejl på kort tid. Vänta till i morgon och skicka igen."


class OneAct(FormView):
    """A page whose form does one act (`act`) and leads on (`home`). What was typed is kept when the act is refused."""

    def form_valid(self, form):
        form.cleaned_data["key"] = own_key(form, self.request.POST)
        try:
            self.act(form)
        except Conflict as conflict:
            return self.refuse(form, str(conflict), status=409)
        except TooMany:
            return self.refuse(form, TOO_MANY, status=429)
        return redirect(self.home)

    def form_invalid(self, form):
        """Lead on when just this has been done already: of two clicks, the second meets what the first has changed."""
        if "key" in form.cleaned_data and Act.objects.filter(key=own_key(form, self.request.POST)).exists():
            return redirect(self.home)
        return super().form_invalid(form)

    def refuse(self, form, text, *, status):
        """Show the form again with what was typed, ready to be sent again against how things stand now."""
        self.look_again()
        make_ready_again(form, text, **self.seen())
        return self.render_to_response(self.get_context_data(form=form), status=status)

    def seen(self):
        """Return the hidden fields that say which version the writer has before their eyes."""
        return {}


class ActPage(OneAct):
    """An act on a consultation, by someone who may see it; it leads to the consultation's page."""

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

    def fetched(self, consultations):
        """Return the consultations with what the page shows of one."""
        return consultations.whole()

    @cached_property
    def consultation(self):
        mine = Consultation.objects.visible_to(self.request.user)
        return get_object_or_404(self.fetched(mine), reference=self.kwargs["reference"])

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

    @property
    def home(self):
        return self.consultation.get_absolute_url()

    def look_again(self):
        self.consultation = self.fetched(Consultation.objects).get(pk=self.consultation.pk)

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


def pressed(request, consultation, act):
    """Do what a button on the consultation's page stands for: `act(key=…)`, once however often it is pressed."""
    form = KeyOnlyForm(request.POST)
    try:
        if not form.is_valid():
            raise Conflict("Sidan var för gammal. Läs in den på nytt och tryck igen.")
        act(key=form.cleaned_data["key"])
    except Conflict as conflict:
        return conflict_page(request, consultation, conflict)
    except TooMany:
        return render(request, "429.html", status=429)
    return redirect(consultation)


NOT_CONTENT = {"key", "csrfmiddlewaretoken"}


def own_key(form, sent):
    """Return the form's key for just what was written in it, as it was `sent`.

    Sent again as it stands it is the same act. Whoever goes back in the browser, writes something else and sends does
    another: what is new must not be taken for what has been done already, and be lost in silence.
    """
    written = sorted((name, values) for name, values in sent.lists() if name not in NOT_CONTENT)
    return uuid.uuid5(form.cleaned_data["key"], repr(written))


def make_ready_again(form, text, **hidden):
    """Let a refused form be sent again: say why, with a new key and with what its page now shows."""
    form.data = form.data.copy()
    for name, value in ({"key": uuid.uuid4()} | hidden).items():
        form.data[name] = str(value)
    form.add_error(None, text)


def seen_by(request, reference):
    return get_object_or_404(Consultation.objects.visible_to(request.user), reference=reference)
