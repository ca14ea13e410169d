"""What a group asks for: the form, changes, and taking it back."""

from django.shortcuts import get_object_or_404, redirect
from django.utils.functional import cached_property
from django.views.generic import FormView

from metodstod import told
from metodstod.models import Team

from .. import asking, open_times
from ..acts import Conflict, TooMany
from ..booking import Taken
from ..forms.asking import AskForm, ChangeForm, WithdrawForm
from ..models import Consultation
from .act_page import TOO_MANY, GroupPage, make_ready_again

REQUEST = ("need", "form", "place", "minutes", "participants", "wished_times", "open_to_joint")
WORTH_REPEATING = 15  # Characters: "Nej, inget" is no need.


class ConsultationCreate(FormView):
    template_name = "consultations/form.html"
    form_class = AskForm

    @cached_property
    def team(self):
        mine = Team.objects.visible_to(self.request.user).filter(memberships__user=self.request.user)
        return get_object_or_404(mine.select_related("municipality"), pk=self.kwargs["team"])

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"team": self.team, "by": self.request.user}

    def get_initial(self):
        """Begin with what the group has told that it missed, and with a joint meeting that it comes from."""
        return {"need": self.missed[:4000], "joint_meeting": self.request.GET.get("mote", "")[:36]}

    @cached_property
    def missed(self):
        text = told.answer_of(self.team, told.MISSING).strip()
        return text if len(text) >= WORTH_REPEATING else ""

    def form_valid(self, form):
        names = ("key", *REQUEST)
        asked = Consultation(team=self.team, **{name: form.cleaned_data[name] for name in names})
        try:
            stored = asking.ask(
                asked,
                target_groups=form.cleaned_data["target_groups"],
                partners=form.cleaned_data["partners"],
                manager=form.manager,
                joint_meeting=form.joint,
                open_time=open_times.find(form.cleaned_data["open_time"]),
                by=self.request.user,
            )
        except Taken as taken:
            return self.offer_again(form, str(taken))
        except Conflict as conflict:
            return self.refuse(form, str(conflict), status=409)
        except TooMany:
            return self.refuse(form, TOO_MANY, status=429)
        return redirect(stored)

    def offer_again(self, form, text):
        """Show what is free now, when someone else got the time first; all that was written is kept."""
        fresh = self.form_class(team=self.team, by=self.request.user)
        form.fields["open_time"].choices = fresh.fields["open_time"].choices
        text = f"{text} Välj en annan, eller skicka utan tid. Allt ni har skrivit finns kvar."
        make_ready_again(form, text)
        form.data.pop("open_time", None)
        return self.render_to_response(self.get_context_data(form=form), status=409)

    def refuse(self, form, text, *, status):
        make_ready_again(form, text)
        return self.render_to_response(self.get_context_data(form=form), status=status)

    def get_context_data(self, **kwargs):
        open_already = self.team.consultations.open().first()
        return super().get_context_data(
            team=self.team, open_already=open_already, missed=self.missed, **kwargs
        )


class ConsultationChange(GroupPage):
    template_name = "consultations/change.html"
    form_class = ChangeForm

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"team": self.consultation.team}

    def get_initial(self):
        asked = self.consultation
        names = (*REQUEST, "scope")
        return {name: getattr(asked, name) for name in names} | {
            "target_groups": [group.slug for group in asked.target_groups.all()],
            "partners": [party.municipality.code for party in asked.partners],
        }

    def seen(self):
        return {"scope": self.consultation.scope}

    def act(self, form):
        asking.change(
            self.consultation,
            {name: form.cleaned_data[name] for name in REQUEST},
            target_groups=form.cleaned_data["target_groups"],
            partners=form.cleaned_data["partners"],
            seen_scope=form.cleaned_data["scope"],
            by=self.request.user,
            key=form.cleaned_data["key"],
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
