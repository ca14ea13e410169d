"""Published times as staff find them in the admin."""

from django.contrib import admin, messages
from django.utils import timezone
from django.utils.formats import date_format

from metodstod.staff import Reading, VisibleAdmin

from .. import open_times
from ..models import BookableTime


@admin.register(BookableTime)
class BookableTimeAdmin(Reading, VisibleAdmin):
    change_list_template = "consultations/admin_times.html"
    list_display = ["starts", "ends", "ways", "coordinator", "state"]
    list_filter = ["starts_at", "on_site", "phone", "digital"]
    list_select_related = ["coordinator"]
    search_fields = ["coordinator__name", "coordinator__email"]
    actions = ["withdraw"]
    fields = [
        "coordinator",
        "starts_at",
        "ends_at",
        "ways",
        "travels_from",
        "before",
        "after",
        "pattern",
        "state",
        "published_at",
        "withdrawn_at",
    ]
    readonly_fields = fields

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("bookings")

    def has_withdraw_permission(self, request):
        return request.user.has_perm("consultations.change_bookabletime")

    @admin.action(description="Dra tillbaka valda tider", permissions=["withdraw"])
    def withdraw(self, request, queryset):
        """Take back the person's own times among those chosen; nobody takes back another's."""
        mine = BookableTime.objects.filter(pk__in=queryset.values("pk"), coordinator=request.user)
        number = open_times.withdraw(mine)
        text = "1 tid är tillbakadragen." if number == 1 else f"{number} tider är tillbakadragna."
        messages.success(request, f"{text} Det som redan är bokat står kvar.")

    @admin.display(description="börjar", ordering="starts_at")
    def starts(self, one):
        return date_format(timezone.localtime(one.starts_at), "SHORT_DATETIME_FORMAT")

    @admin.display(description="slutar", ordering="ends_at")
    def ends(self, one):
        return date_format(timezone.localtime(one.ends_at), "SHORT_DATETIME_FORMAT")

    @admin.display(description="mötesform")
    def ways(self, one):
        return ", ".join(one.forms)

    @admin.display(description="läge")
    def state(self, one):
        if any(booked.is_occupying for booked in one.bookings.all()):
            return "bokad"
        return "tillbakadragen" if one.withdrawn_at else "ledig"
