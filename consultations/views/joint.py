"""Together: the desk of requests that are alike, joint meetings, and the open list of them."""

from functools import partial

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.functional import cached_property
from django.views.decorators.http import require_POST
from django.views.generic import FormView, ListView, TemplateView

from metodstod.models import AccessLog

from .. import joint
from ..acts import Conflict
from ..alike import NEAR, desk
from ..forms.joint import JointMeetingForm
from ..models import Consultation, JointMeeting, JointOffer
from .act_page import make_ready_again, own_key, pressed, seen_by

MOST_TOGETHER = 12


class JointMeetingList(ListView):
    """The open list: subject, county and month, and nothing about who has asked."""

    template_name = "consultations/joint_list.html"
    context_object_name = "meetings"

    def get_queryset(self):
        return JointMeeting.objects.listed().select_related("county").order_by("month", "subject", "pk")


def must_be_desk_staff(user):
    """The desk is for those who may see consultations on the authority's side; for others it does not exist."""
    if not user.is_staff or not user.has_perm("consultations.view_consultation"):
        raise Http404


class Desk(TemplateView):
    """Which municipalities ask for the same, for the coordinator to choose among."""

    template_name = "consultations/desk.html"

    def get_context_data(self, **kwargs):
        must_be_desk_staff(self.request.user)
        meetings = JointMeeting.objects.visible_to(self.request.user).filter(closed_at=None)
        return super().get_context_data(
            rows=desk(self.request.user),
            near=NEAR,
            meetings=meetings.select_related("county", "host").prefetch_related(
                "offers__consultation__team__municipality", "host__parties__municipality"
            ),
            **kwargs,
        )


class JointMeetingCreate(FormView):
    """One joint meeting, offered to the requests that were chosen on the desk."""

    template_name = "consultations/joint_form.html"
    form_class = JointMeetingForm

    @cached_property
    def chosen(self):
        user = self.request.user
        must_be_desk_staff(user)
        if not user.has_perm("consultations.change_consultation"):
            raise PermissionDenied
        references = self.request.GET.getlist("forfragan")[:MOST_TOGETHER]
        requests = Consultation.objects.visible_to(user).open().filter(reference__in=references)
        return list(requests.select_related("team__municipality__county").prefetch_related("target_groups"))

    def get(self, request, *args, **kwargs):
        if len(self.chosen) < 2:
            return render(request, "consultations/joint_too_few.html", status=400)
        return super().get(request, *args, **kwargs)

    def post(self, request, *args, **kwargs):
        if len(self.chosen) < 2:
            return render(request, "consultations/joint_too_few.html", status=400)
        return super().post(request, *args, **kwargs)

    def form_valid(self, form):
        meeting = JointMeeting(
            key=own_key(form, self.request.POST),
            subject=form.cleaned_data["subject"],
            month=form.cleaned_data["month"],
            is_listed=form.cleaned_data["is_listed"],
            county=self.chosen[0].team.municipality.county,
        )
        try:
            joint.offer(meeting, self.chosen, target_groups=self.shared, by=self.request.user)
        except Conflict as conflict:
            make_ready_again(form, str(conflict))
            return self.render_to_response(self.get_context_data(form=form), status=409)
        for one in self.chosen:
            county = one.team.municipality.county
            AccessLog.record(
                self.request.user, AccessLog.Action.READ, one, reference=one.reference, county=county
            )
        return redirect("consultations:desk")

    @property
    def shared(self):
        sets = [set(one.target_groups.all()) for one in self.chosen]
        return sorted(set.intersection(*sets), key=lambda group: group.position) if sets else []

    def get_context_data(self, **kwargs):
        return super().get_context_data(chosen=self.chosen, shared=self.shared, **kwargs)


@require_POST
def joint_answer(request, reference, offer):
    """The group says yes or no, for itself alone."""
    consultation = seen_by(request, reference)
    one = get_object_or_404(
        JointOffer.objects.select_related("meeting", "consultation"), pk=offer, consultation=consultation
    )
    act = joint.accept if request.POST.get("answer") == "yes" else joint.decline
    return pressed(request, consultation, partial(act, one, by=request.user))


@require_POST
def joint_leave(request, reference):
    consultation = seen_by(request, reference)
    return pressed(request, consultation, partial(joint.leave, consultation, by=request.user))


@require_POST
def joint_close(request, meeting):
    """Stop letting more in; those who are in it stay."""
    must_be_desk_staff(request.user)
    found = get_object_or_404(JointMeeting.objects.visible_to(request.user), pk=meeting)
    if not request.user.has_perm("consultations.change_consultation"):
        raise PermissionDenied
    joint.close(found, by=request.user)
    return redirect("consultations:desk")
