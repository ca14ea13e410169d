"""Disposal for staff: the proposal, the second person's word, and the protocol."""

from django.contrib import admin, messages
from django.shortcuts import get_object_or_404, redirect
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_POST

from metodstod.documents import pdf_response
from metodstod.second_factor import demand_fresh_factor
from metodstod.staff import VisibleAdmin

from ..disposing import NotAllowed, approve, carry_out, decide, why_left
from ..models import Disposal, Submission
from .filters import DoneFilter


@admin.register(Disposal)
class DisposalAdmin(VisibleAdmin):
    change_list_template = "feedback/desk/disposals.html"
    change_form_template = "feedback/desk/disposal.html"
    list_display = ["__str__", "county", "proposed_at", "proposed_by", "approved_by", "carried_out_at"]
    list_select_related = ["county", "proposed_by", "approved_by"]
    list_filter = [("carried_out_at", DoneFilter)]
    fields = ["decision", "reason"]
    view_on_site = False

    def get_urls(self):
        return [
            path("<uuid:pk>/godkann/", self.act(self.approve), name="feedback_disposal_approve"),
            path("<uuid:pk>/verkstall/", self.act(self.carry_out), name="feedback_disposal_carry_out"),
            path(
                "<uuid:pk>/protokoll/",
                self.admin_site.admin_view(self.protocol),
                name="feedback_disposal_protocol",
            ),
            *super().get_urls(),
        ]

    def act(self, method):
        """Return the view of an act on one disposal, which comes back to the disposal."""

        @require_POST
        def view(request, pk):
            disposal = get_object_or_404(self.get_queryset(request), pk=pk)
            if self.has_change_permission(request):
                demand_fresh_factor(request)
                try:
                    messages.success(request, method(disposal, request))
                except NotAllowed as reason:
                    messages.warning(request, str(reason))
            return redirect("admin:feedback_disposal_change", pk)

        return self.admin_site.admin_view(view)

    def approve(self, disposal, request):
        read = request.POST.get("decision", ""), request.POST.get("reason", "")
        approve(disposal, read=read, by=request.user)
        return "Gallringen är godkänd. Den kan verkställas."

    def carry_out(self, disposal, request):
        number = carry_out(disposal, by=request.user)
        gone = "En återkoppling är gallrad" if number == 1 else f"{number} återkopplingar är gallrade"
        return f"{gone}. Protokollet står kvar här."

    def protocol(self, request, pk):
        disposal = get_object_or_404(self.get_queryset(request), pk=pk)
        return pdf_response(
            "disposal",
            protocol_data(disposal),
            filename=f"gallring-{timezone.localdate(disposal.proposed_at)}.pdf",
            made_at=disposal.carried_out_at or disposal.approved_at or disposal.proposed_at,
        )

    def save_model(self, request, obj, form, change):
        """Write what is written here and nothing else: a colleague may approve at the same moment."""
        try:
            decide(obj, decision=obj.decision, reason=obj.reason)
        except NotAllowed as reason:
            messages.warning(request, str(reason))

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        """An approved decision stays as it was approved."""
        return super().has_change_permission(request, obj) and not (obj and obj.approved_at)

    def has_delete_permission(self, request, obj=None):
        """A proposal may be taken back, one at a time, until somebody has approved it."""
        return super().has_delete_permission(request, obj) and bool(obj) and not obj.approved_at

    def get_deleted_objects(self, objs, request):
        """A proposal's list goes with the proposal, whoever may see it."""
        deleted, counts, _, protected = super().get_deleted_objects(objs, request)
        return deleted, counts, set(), protected

    def render_change_form(self, request, context, *args, obj=None, **kwargs):
        items = list(obj.items.all())
        rows = {} if obj.carried_out_at else Submission.objects.in_bulk([one.received_id for one in items])
        context |= {
            "items": [
                (one, one.left_out if obj.carried_out_at else why_left(rows.get(one.received_id)))
                for one in items
            ],
            "may_act": super().has_change_permission(request),
            "is_proposer": obj.proposed_by_id == request.user.pk,
        }
        return super().render_change_form(request, context, *args, obj=obj, **kwargs)


def day(moment):
    return timezone.localdate(moment).isoformat() if moment else "inte än"


def protocol_data(disposal):
    return {
        "reference": disposal.decision,
        "title": "Gallringsprotokoll" if disposal.carried_out_at else "Förslag till gallring",
        "particulars": [
            ["Län", disposal.county.name],
            ["Beslut", disposal.decision or "inte angivet"],
            ["Stöd i bevarandeplanen", disposal.reason or "inte angivet"],
            ["Föreslagen", f"{day(disposal.proposed_at)} av {disposal.proposed_by}"],
            ["Godkänd", f"{day(disposal.approved_at)} av {disposal.approved_by}"]
            if disposal.approved_at
            else ["Godkänd", "inte än"],
            ["Verkställd", day(disposal.carried_out_at)],
        ],
        "items": [
            [
                one.reference,
                day(one.received_at),
                one.municipality,
                one.diary_number or "–",
                one.left_out or one.fingerprint,
            ]
            for one in disposal.items.all()
        ],
    }
