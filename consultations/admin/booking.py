"""Bookings as staff find them in the admin."""

from django.contrib import admin
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html_join

from metodstod.staff import Reading, VisibleAdmin

from ..models import Booking


@admin.register(Booking)
class BookingAdmin(Reading, VisibleAdmin):
    list_display = ["starts", "ends", "consultation", "coordinator", "state"]
    list_filter = ["state", "starts_at"]
    list_select_related = ["consultation__team", "coordinator"]
    search_fields = ["consultation__reference", "coordinator__name", "coordinator__email"]
    fields = [
        "acts_on",
        "consultation",
        "coordinator",
        "starts_at",
        "ends_at",
        "blocked_from",
        "blocked_until",
        "state",
        "held_until",
        "proposed_at",
        "proposed_by",
        "accepted_at",
        "accepted_by",
        "confirmed_at",
        "cancelled_at",
    ]
    readonly_fields = fields

    @admin.display(description="ändra")
    def acts_on(self, booking):
        """Lead to the pages where the time is moved or called off, with the reason that everyone reads."""
        if not booking.is_chosen:
            return "-"
        names = {"consultations:move": "Flytta tiden", "consultations:cancel": "Ställ in eller avsluta"}
        links = [
            (reverse(name, args=[booking.consultation.reference]), words) for name, words in names.items()
        ]
        return format_html_join(" · ", '<a href="{}">{}</a>', links)

    @admin.display(description="börjar", ordering="starts_at")
    def starts(self, booking):
        return date_format(timezone.localtime(booking.starts_at), "SHORT_DATETIME_FORMAT")

    @admin.display(description="slutar", ordering="ends_at")
    def ends(self, booking):
        return date_format(timezone.localtime(booking.ends_at), "SHORT_DATETIME_FORMAT")
