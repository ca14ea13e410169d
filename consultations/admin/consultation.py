"""Consultations as staff find them in the admin."""

from django.contrib import admin
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html

from metodstod.staff import NotedReading, Reading, VisibleAdmin

from ..models import Consultation


@admin.register(Consultation)
class ConsultationAdmin(Reading, NotedReading, VisibleAdmin):
    list_display = ["reference", "team", "municipality", "county", "status", "asked", "coordinator"]
    list_filter = ["status", "asked_at"]
    list_select_related = ["team__municipality__county", "coordinator"]
    change_list_template = "consultations/admin_list.html"
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
        "minutes",
        "participants",
        "wished_times",
        "partners",
        "coordinator",
        "taken_at",
        "held_on",
        "ended_at",
        "ended_by",
    ]
    readonly_fields = fields

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
