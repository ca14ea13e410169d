"""Joint meetings as staff find them in the admin."""

from django.contrib import admin
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.text import capfirst

from metodstod.staff import Reading, VisibleAdmin

from ..models import JointMeeting, JointOffer


class OpenFilter(admin.SimpleListFilter):
    title = "läge"
    parameter_name = "lage"

    def lookups(self, request, model_admin):
        return [("oppet", "Släpper in fler"), ("stangt", "Släpper inte in fler")]

    def queryset(self, request, queryset):
        if self.value() not in {"oppet", "stangt"}:
            return queryset
        return queryset.filter(closed_at__isnull=self.value() == "oppet")


@admin.register(JointMeeting)
class JointMeetingAdmin(Reading, VisibleAdmin):
    list_display = ["subject", "which_month", "county", "hosted_by", "answers", "state", "is_listed"]
    list_filter = [OpenFilter, "is_listed", "month"]
    list_select_related = ["county", "host__team__municipality"]
    search_fields = ["subject", "host__reference", "offers__consultation__reference"]
    ordering = ["-month", "subject", "pk"]
    fields = [
        "desk",
        "subject",
        "which_month",
        "county",
        "groups",
        "state",
        "is_listed",
        "hosted_by",
        "offered",
        "made_at",
        "made_by",
        "closed_at",
        "closed_by",
    ]
    readonly_fields = fields

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("offers__consultation__team__municipality")

    @admin.display(description="månad", ordering="month")
    def which_month(self, meeting):
        return capfirst(date_format(meeting.month, "F Y"))

    @admin.display(description="värd", ordering="host__reference")
    def hosted_by(self, meeting):
        return f"{meeting.host.team.municipality}, {meeting.host.reference}" if meeting.host else "-"

    @admin.display(description="svar")
    def answers(self, meeting):
        offers = meeting.offers.all()
        yes = sum(offer.answer == JointOffer.Answer.ACCEPTED for offer in offers)
        return f"{yes} ja av {len(offers)}"

    @admin.display(description="läge", ordering="closed_at")
    def state(self, meeting):
        return "Släpper in fler" if meeting.is_open else "Släpper inte in fler"

    @admin.display(description="målgrupper")
    def groups(self, meeting):
        return ", ".join(str(group) for group in meeting.target_groups.all()) or "-"

    @admin.display(description="erbjudet")
    def offered(self, meeting):
        """Name whom it is offered to and what each has answered; what they have written is on their own pages."""
        rows = [
            (
                offer.consultation.get_absolute_url(),
                offer.consultation.team.municipality,
                offer.consultation.reference,
                offer.get_answer_display().lower() or "har inte svarat",
            )
            for offer in meeting.offers.all()
        ]
        return format_html("<ul>{}</ul>", format_html_join("", '<li><a href="{}">{}, {}</a>: {}</li>', rows))

    @admin.display(description="sida")
    def desk(self, meeting):
        return format_html('<a href="{}">Vilka ber om samma sak?</a>', reverse("consultations:desk"))
