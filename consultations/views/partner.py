"""A partner municipality: asked from the consultation's page, and its own pages behind a link."""

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.functional import cached_property
from django.views.decorators.csrf import csrf_exempt

from .. import mandate, partner, wishes
from ..forms.mandate import AnswerForm, KeyOnlyForm
from ..forms.partner import (
    ContactForm,
    OwnManagerForm,
    PartnerForm,
    PartnerWithdrawForm,
    RuleForm,
    WishForm,
)
from ..models import ManagerQuestion, Party
from .act_page import ActPage, CoordinatorPage, OneAct

# From the consultation's page ------------------------------------------------------------------------


class PartyInvite(ActPage):
    """The group, or the coordinator, names whom to ask in another municipality."""

    form_class = ContactForm
    button = "Skicka frågan"

    @property
    def title(self):
        return f"Fråga {self.party}"

    @property
    def lead(self):
        return (
            f"Kontaktpersonen i {self.party} får en länk där det står vilken kommun som frågar, målgrupperna och "
            "mötesformen. Det ni har skrivit om era behov visas inte."
        )

    def allow(self):
        user = self.request.user
        if not (self.consultation.is_of(user) or self.consultation.is_handled_by(user)):
            raise PermissionDenied

    @cached_property
    def party(self):
        parties = self.consultation.partners
        party = next((one for one in parties if one.pk == self.kwargs["party"]), None)
        if party is None or party.joined_from_id:
            raise Http404
        return party

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"party": self.party, "by": self.request.user}

    def get_initial(self):
        return {"contact_name": self.party.contact_name, "contact_email": self.party.contact_email}

    def act(self, form):
        partner.invite(self.party, form.contact, by=self.request.user, key=form.cleaned_data["key"])


class RuleChange(CoordinatorPage):
    form_class = RuleForm
    title = "Vilka mandat som behövs"
    lead = (
        "Välj om mötet är bekräftat när kommunen som frågar har sitt mandat, eller först när alla kommuner "
        "som har tackat ja har sina. Ändrar du till alla kan en bekräftad tid bli preliminär igen."
    )
    button = "Spara"

    def get_initial(self):
        return {"mandate_rule": self.consultation.mandate_rule}

    def act(self, form):
        mandate.set_rule(
            self.consultation,
            form.cleaned_data["mandate_rule"],
            by=self.request.user,
            key=form.cleaned_data["key"],
        )


# Behind the partner's link -----------------------------------------------------------------------------


TYPED = {"need", "message", "answer", "wished_times"}  # What is handed back when a link no longer works.


@method_decorator(csrf_exempt, name="dispatch")
class PartnerPage(OneAct):
    """A page behind a partner's link. The secret in the address is all that gives a right here.

    As on the manager's page there is no session to ride on, so the form needs no cookie.
    """

    def dispatch(self, request, *args, **kwargs):
        if self.link is None:
            raise Http404
        response = super().dispatch(request, *args, **kwargs) if self.link.works else self.closed()
        response.headers["Cache-Control"] = "no-store"
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["X-Robots-Tag"] = "noindex, nofollow"
        return response

    @cached_property
    def link(self):
        return partner.find(self.kwargs["token"])

    @property
    def party(self):
        return self.link.party

    def closed(self):
        typed = [value for name, value in self.request.POST.items() if name in TYPED]
        context = {"link": self.link, "typed": "\n\n".join(filter(None, typed))}
        return render(self.request, "consultations/partner_closed.html", context, status=410)

    def get_success_url(self):
        return self.home

    @property
    def home(self):
        return reverse("consultations:partner", args=[self.kwargs["token"]])

    def look_again(self):
        self.party.refresh_from_db()

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            party=self.party, consultation=self.party.consultation, home=self.home, **kwargs
        )


class PartnerDetail(PartnerPage):
    """What the partner is asked, what it has answered, and where the meeting stands; answers yes or no."""

    template_name = "consultations/partner.html"
    form_class = PartnerForm

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"party": self.party}

    def act(self, form):
        key = form.cleaned_data["key"]
        if form.cleaned_data["decision"] == PartnerForm.YES:
            wished_times = form.cleaned_data["wished_times"]
            partner.accept(
                self.party, form.cleaned_data["need"], form.manager, wished_times=wished_times, key=key
            )
        else:
            partner.decline(self.party, form.cleaned_data["message"], key=key)

    def get_context_data(self, **kwargs):
        consultation = self.party.consultation
        return super().get_context_data(
            asks=consultation.is_open and self.party.answer in {"", Party.Answer.DECLINED},
            booking=consultation.booking,
            steps=consultation.next_steps.select_related("party__municipality"),
            questions=ManagerQuestion.objects.filter(mandate__party=self.party),
            others=[one for one in consultation.parties.select_related("municipality") if one != self.party],
            **kwargs,
        )


class PartnerAct(PartnerPage):
    template_name = "consultations/partner_act.html"
    title = lead = button = ""
    warning = False

    def get(self, request, *args, **kwargs):
        return super().get(request, *args, **kwargs) if self.fits() else redirect(self.home)

    def fits(self):
        """Whether there is anything here for the municipality to do; else its own page says how things stand."""
        consultation = self.party.consultation
        return consultation.is_open and not consultation.is_held and self.party.takes_part

    def get_context_data(self, **kwargs):
        page = {"title": self.title, "lead": self.lead, "button": self.button, "warning": self.warning}
        return super().get_context_data(page=page, **kwargs)


class PartnerWithdraw(PartnerAct):
    form_class = PartnerWithdrawForm
    title = "Dra er ur mötet"
    lead = "De andra kommunerna får veta att ni inte är med längre. Finns mötet i er kalender tas det bort."
    button = "Dra er ur"
    warning = True

    def act(self, form):
        partner.withdraw(self.party, form.cleaned_data["message"], key=form.cleaned_data["key"])


class PartnerWish(PartnerAct):
    form_class = WishForm
    title = "Önska en annan tid"
    lead = "Samordnaren får veta det och bestämmer om tiden ändras. Tills dess gäller det som redan är föreslaget eller bokat."
    button = "Skicka önskemålet"

    def get_initial(self):
        return {"wished_times": self.party.wished_times}

    def act(self, form):
        wishes.wish(self.party, form.cleaned_data["wished_times"], key=form.cleaned_data["key"])


class PartnerManager(PartnerAct):
    form_class = OwnManagerForm
    title = "Utse en annan chef"
    lead = "Den nya chefen får frågan om mandat. Den förra länken slutar gälla, och ett mandat som redan är givet faller."
    button = "Skicka frågan till chefen"

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"party": self.party}

    def act(self, form):
        mandate.name_manager(
            self.party.consultation, form.manager, by=None, key=form.cleaned_data["key"], party=self.party
        )


class PartnerManagerAgain(PartnerAct):
    form_class = KeyOnlyForm
    title = "Skicka en ny länk till chefen"
    lead = "Samma chef får en ny länk. Den förra slutar gälla."
    button = "Skicka länken"

    def act(self, form):
        mandate.ask_again(self.party.consultation, by=None, key=form.cleaned_data["key"], party=self.party)


class PartnerLinkWithdraw(PartnerAct):
    form_class = KeyOnlyForm
    title = "Återkalla chefens länk"
    lead = "Länken slutar gälla genast. Utse sedan den chef som ska få frågan."
    button = "Återkalla länken"
    warning = True

    def act(self, form):
        mandate.withdraw_link(
            self.party.consultation, by=None, key=form.cleaned_data["key"], party=self.party
        )


class PartnerAnswer(PartnerAct):
    form_class = AnswerForm
    title = "Svara på chefens fråga"
    button = "Skicka svaret"

    @cached_property
    def question(self):
        questions = ManagerQuestion.objects.select_related("mandate__party__consultation")
        return get_object_or_404(questions, pk=self.kwargs["question"], mandate__party=self.party)

    def get_context_data(self, **kwargs):
        return super().get_context_data(question=self.question, **kwargs)

    def act(self, form):
        mandate.answer(
            self.question,
            form.cleaned_data["answer"],
            by=None,
            key=form.cleaned_data["key"],
            party=self.party,
        )
