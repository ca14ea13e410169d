"""What the nightly look at addresses and films has found, for reading."""

from django.contrib import admin

from metodstod.staff import Reading

from ..models import Link


@admin.register(Link)
class LinkAdmin(Reading, admin.ModelAdmin):
    list_display = ["address", "outcome", "detail", "used_by", "failing_since", "checked_at"]
    list_filter = ["outcome"]
    search_fields = ["address", "used_by"]
