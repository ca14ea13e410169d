"""The municipalities of the consultations as staff find them in the admin."""

from django.contrib import admin
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html

from metodstod.models import County
from metodstod.staff import NotedReading, Reading, VisibleAdmin

from ..models import Party


class StateFilter(admin.SimpleListFilter):
    """Where the municipality stands, in the words that its consultation's page uses."""

    title = "läge"
    parameter_name = "lage"
    WHERE = {
        "fragar": ("Har frågat", {"is_lead": True}),
        "onskad": ("Inte tillfrågad än", {"is_lead": False, "answer": "", "invited_at": None}),
        "tillfragad": ("Har inte svarat", {"is_lead": False, "answer": "", "invited_at__isnull": False}),
        "med": ("Är med", {"answer": Party.Answer.ACCEPTED}),
        "nej": ("Är inte med", {"answer": Party.Answer.DECLINED}),
        "ur": ("Har dragit sig ur", {"answer": Party.Answer.WITHDRAWN}),
        "inte-langre": ("Inte längre tillfrågad", {"answer": Party.Answer.REMOVED}),
    }

    def lookups(self, request, model_admin):
        return [(key, label) for key, (label, _) in self.WHERE.items()]

    def queryset(self, request, queryset):
        return queryset.filter(**self.WHERE[self.value()][1]) if self.value() in self.WHERE else queryset


class WishFilter(admin.SimpleListFilter):
    """Those whose wish for another time has not been answered."""

    title = "önskar en annan tid"
    parameter_name = "onskar"

    def lookups(self, request, model_admin):
        return [("ja", "Väntar på svar")]

    def queryset(self, request, queryset):
        return queryset.wishing() if self.value() == "ja" else queryset


class CountyFilter(admin.SimpleListFilter):
    """The counties of the municipalities that the person sees, and no others."""

    title = "län"
    parameter_name = "lan"

    def lookups(self, request, model_admin):
        seen = model_admin.get_queryset(request).order_by().values_list("municipality__county", flat=True)
        # Asked on its own, so that the database reads the parties once and not for each county.
        return [(county.code, str(county)) for county in County.objects.filter(pk__in=list(seen.distinct()))]

    def queryset(self, request, queryset):
        return queryset.filter(municipality__county__code=self.value()[:2]) if self.value() else queryset


@admin.register(Party)
class PartyAdmin(Reading, NotedReading, VisibleAdmin):
    list_display = ["municipality", "county", "reference", "where", "mandate_says", "contact_name", "wish"]
    list_filter = [StateFilter, WishFilter, "consultation__status", CountyFilter]
    list_select_related = ["municipality__county", "consultation", "joined_from"]
    search_fields = [
        "municipality__name",
        "consultation__reference",
        "consultation__team__name",
        "contact_name",
        "contact_email",
    ]
    ordering = ["-consultation__asked_at", "-is_lead", "municipality__sort_key", "pk"]
    fields = [
        "page",
        "municipality",
        "where",
        "contact_name",
        "contact_email",
        "invited_at",
        "invited_by",
        "answered_at",
        "need",
        "message",
        "wished_times",
        "wished_at",
        "wish_met_at",
        "mandate_says",
        "joined_from",
    ]
    readonly_fields = fields

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("mandates", "joined_from__parties__mandates")

    @admin.display(description="län", ordering="municipality__county")
    def county(self, party):
        return party.municipality.county

    @admin.display(description="konsultation", ordering="consultation__reference")
    def reference(self, party):
        return party.consultation.reference

    @admin.display(description="läge")
    def where(self, party):
        return party.state

    @admin.display(description="mandat")
    def mandate_says(self, party):
        if not party.takes_part:
            return "-"
        if party.mandate is None:
            return "Ingen chef är tillfrågad"
        return party.mandate.get_decision_display() or "Väntar på chefen"

    @admin.display(description="önskar en annan tid", ordering="wished_at")
    def wish(self, party):
        return date_format(timezone.localdate(party.wished_at), "SHORT_DATE_FORMAT") if party.wishes else "-"

    @admin.display(description="sida")
    def page(self, party):
        return format_html(
            '<a href="{}">Mandat, tider och händelser för {}</a>',
            party.consultation.get_absolute_url(),
            party.consultation.reference,
        )
