"""Where a consultation stands: the page that all its parties read, and the one about step 3."""

from django.utils import timezone
from django.views.generic import DetailView, TemplateView

from metodstod.models import AccessLog

from ..forms.mandate import KeyOnlyForm
from ..models import Consultation
from ..standing import waits
from ..times_panel import times_panel


class About(TemplateView):
    template_name = "consultations/about.html"
    extra_context = {"forms": Consultation.Form.labels}


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
        as_group = open_to_acts and consultation.is_of(user)
        return super().get_context_data(
            waits=waits(consultation),
            acts=consultation.acts.all(),
            questions=[
                question for one in consultation.lead.mandates.all() for question in one.questions.all()
            ],
            as_group=as_group,
            panel=times_panel(consultation, as_group=as_group),
            as_coordinator=consultation.is_open and consultation.is_handled_by(user),
            again=KeyOnlyForm(auto_id=False),  # It stands on the page more than once.
            afterwards_group=as_group and not consultation.own_seat,
            has_passed=has_passed(consultation),
            has_wishes=has_wishes(consultation),
            together=together(consultation),
            **kwargs,
        )


def has_passed(consultation):
    """Whether the booked meeting is over, so that someone should say whether it was held."""
    booked = consultation.booking
    return bool(booked and not consultation.is_held and booked.ends_at <= timezone.now())


def has_wishes(consultation):
    """Whether a partner wishes for another time than what is proposed or booked, so that there is something to let stand."""
    stands = consultation.booking or consultation.proposals
    return bool(stands and any(party.wishes for party in consultation.partners))


def together(consultation):
    """Return the municipalities of the joint meeting that the request has a seat in; none when it has not."""
    if not consultation.own_seat:
        return []
    return list(consultation.meets_in.parties.taking_part().select_related("municipality"))
