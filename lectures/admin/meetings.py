"""The meetings held in a coordinator's counties, for reading."""

from django.contrib import admin
from django.db.models import Count

from metodstod.staff import MunicipalityFilter, Reading, VisibleAdmin

from ..models import Meeting


@admin.register(Meeting)
class MeetingAdmin(Reading, VisibleAdmin):
    """Which groups have met, what they saw and how many they were. Groups write it; staff read."""

    view_on_site = False  # The group's own page is for its members.
    list_display = ["held_on", "team", "municipality", "heads", "seen"]
    list_filter = [("team__municipality", MunicipalityFilter)]
    list_select_related = ["team__municipality"]
    search_fields = ["team__name"]
    fields = ["team", "municipality", "held_on", "lectures", *Meeting.COUNTS, "heads"]

    def get_queryset(self, request):
        return super().get_queryset(request).annotate(lecture_count=Count("lectures"))

    @admin.display(description="kommun", ordering="team__municipality__sort_key")
    def municipality(self, meeting):
        return meeting.team.municipality

    @admin.display(description="deltagare")
    def heads(self, meeting):
        return meeting.head_count

    @admin.display(description="föreläsningar", ordering="lecture_count")
    def seen(self, meeting):
        return meeting.lecture_count
