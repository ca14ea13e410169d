"""Step 3 as staff find it in the admin: tables and reading views; the work is done on the consultation's own page."""

from django.contrib import admin
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html

from metodstod.models import AccessLog
from metodstod.staff import VisibleAdmin

from .models import Booking, Consultation


class ReadingAdmin(VisibleAdmin):
    """Rows come from the group and the coordinator's pages, and are changed there only."""

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


@admin.register(Consultation)
class ConsultationAdmin(ReadingAdmin):
    list_display = ["reference", "team", "municipality", "county", "status", "asked", "coordinator"]
    list_filter = ["status", "asked_at"]
    list_select_related = ["team__municipality__county", "coordinator"]
    view_on_site = False  # `page` leads there.
    search_fields = ["reference", "team__name", "team__municipality__name"]
    fields = [
        "page",
        "reference",
        "team",
        "municipality",
        "status",
        "asked_at",
        "asked_by",
        "need",
        "all_target_groups",
        "form",
        "place",
        "wished_times",
        "partners",
        "coordinator",
        "taken_at",
        "ended_at",
        "ended_by",
    ]
    readonly_fields = fields

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """Show the consultation, and note who read it."""
        response = super().change_view(request, object_id, form_url, extra_context)
        if request.method == "GET" and response.status_code == 200:
            read = self.get_object(request, object_id)
            AccessLog.record(
                request.user,
                AccessLog.Action.READ,
                read,
                reference=read.reference,
                county=read.team.municipality.county,
            )
        return response

    @admin.display(description="kommun", ordering="team__municipality__sort_key")
    def municipality(self, consultation):
        return consultation.team.municipality

    @admin.display(description="län", ordering="team__municipality__county")
    def county(self, consultation):
        return consultation.team.municipality.county

    @admin.display(description="skickad", ordering="asked_at")
    def asked(self, consultation):
        return date_format(timezone.localtime(consultation.asked_at), "SHORT_DATETIME_FORMAT")

    @admin.display(description="sida")
    def page(self, consultation):
        return format_html(
            '<a href="{}">Mandat, tider och händelser för {}</a>',
            consultation.get_absolute_url(),
            consultation.reference,
        )

    @admin.display(description="målgrupper")
    def all_target_groups(self, consultation):
        return ", ".join(str(group) for group in consultation.target_groups.all())

    @admin.display(description="andra kommuner")
    def partners(self, consultation):
        parties = consultation.parties.filter(is_lead=False).select_related("municipality")
        return ", ".join(str(party) for party in parties) or "-"


@admin.register(Booking)
class BookingAdmin(ReadingAdmin):
    list_display = ["starts", "ends", "consultation", "coordinator", "state"]
    list_filter = ["state", "starts_at"]
    list_select_related = ["consultation__team", "coordinator"]
    search_fields = ["consultation__reference", "coordinator__name", "coordinator__email"]
    fields = [
        "consultation",
        "coordinator",
        "starts_at",
        "ends_at",
        "blocked_from",
        "blocked_until",
        "state",
        "proposed_at",
        "proposed_by",
        "accepted_at",
        "accepted_by",
        "confirmed_at",
        "cancelled_at",
    ]
    readonly_fields = fields

    @admin.display(description="börjar", ordering="starts_at")
    def starts(self, booking):
        return date_format(timezone.localtime(booking.starts_at), "SHORT_DATETIME_FORMAT")

    @admin.display(description="slutar", ordering="ends_at")
    def ends(self, booking):
        return date_format(timezone.localtime(booking.ends_at), "SHORT_DATETIME_FORMAT")
