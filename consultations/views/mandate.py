"""The mandate: the group's questions to a manager, and the manager's own link."""

from functools import partial

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.functional import cached_property
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from .. import mandate, mandate_document
from ..acts import Conflict, TooMany
from ..forms.asking import ManagerForm
from ..forms.mandate import AnswerForm, MandateForm
from ..models import ManagerQuestion, Mandate
from .act_page import GroupPage, own_key, pressed, seen_by


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


@require_POST
def ask_manager_again(request, reference):
    consultation = seen_by(request, reference)
    return pressed(request, consultation, partial(mandate.ask_again, consultation, by=request.user))


@require_POST
def withdraw_link(request, reference):
    consultation = seen_by(request, reference)
    return pressed(request, consultation, partial(mandate.withdraw_link, consultation, by=request.user))


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
    response = manager_page(request, asked, token)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


@require_safe
def manager_copy(request, token):
    """Give the manager the mandate as a document for the municipality's own records."""
    asked = mandate.find(token)
    if asked is None or not asked.decision or asked.voided_at:
        raise Http404
    response = mandate_document.response(asked)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


@require_safe
def mandate_copy(request, reference, mandate):
    """Give the group and the coordinator the asking municipality's mandate, also one that has fallen since."""
    consultation = seen_by(request, reference)
    decided = Mandate.objects.of_lead(consultation).exclude(decision="")
    return mandate_document.response(get_object_or_404(decided, pk=mandate))


def manager_page(request, asked, token):
    if request.method not in {"GET", "HEAD", "POST"}:
        return HttpResponse(status=405, headers={"Allow": "GET, HEAD, POST"})
    if request.method != "POST":
        return show_mandate(request, asked, MandateForm(), token=token)
    form = MandateForm(request.POST)
    if not form.is_valid():
        return show_mandate(request, asked, form, token=token)
    message, key = form.cleaned_data["message"], own_key(form, request.POST)
    try:
        if form.cleaned_data["decision"] == MandateForm.QUESTION:
            mandate.ask_back(asked, message, key=key)
        else:
            mandate.decide(asked, form.cleaned_data["decision"], message, key=key)
    except Conflict as conflict:
        return show_mandate(request, asked, form, token=token, conflict=str(conflict), status=409)
    except TooMany:
        form.add_error(
            None, "Du har ställt många frågor som gruppen inte har hunnit svara på. Vänta på svaren."
        )
        return show_mandate(request, asked, form, token=token, status=429)
    return redirect(request.path)


def show_mandate(request, asked, form, *, token, conflict="", status=200):
    """Show the link as it stands now: open, decided, void or expired. What was typed in vain is shown."""
    asked.refresh_from_db()
    context = {"mandate": asked, "form": form, "conflict": conflict, "typed": "", "view_token": token}
    context["questions"] = asked.questions.filter(answered_at__isnull=True)
    closed = asked.voided_at or asked.decision or asked.has_expired
    if request.method == "POST" and closed:
        context["typed"] = form.data.get("message", "")
    if asked.voided_at or asked.has_expired:
        return render(
            request, "consultations/mandate_void.html", context, status=410 if status == 200 else status
        )
    return render(request, "consultations/mandate.html", context, status=status)
