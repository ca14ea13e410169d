"""What editors keep of step 1, and the coordinators' reading view of the meetings held in their counties."""

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AdminFileWidget
from django.db import models
from django.db.models import Count
from django.utils.timezone import localdate

from metodstod.staff import HistoryAdmin, VisibleAdmin

from .forms import LectureForm
from .models import Lecture, Material, Meeting, Notice, Provider


class StoredFile(AdminFileWidget):
    """The file's name without a link: files are sent by the portal's own pages, once what they belong to is published."""

    template_name = "lectures/_stored_file.html"


CONTENT = {
    models.FileField: {"widget": StoredFile},
    models.ManyToManyField: {"widget": forms.CheckboxSelectMultiple},
    models.URLField: {"assume_scheme": "https"},
}


class SlugOnce:
    """The name in the address is proposed from the title, and is not changed afterwards: links lead there."""

    slug_from = "title"

    def get_prepopulated_fields(self, request, obj=None):
        return {} if obj else {"slug": [self.slug_from]}

    def get_readonly_fields(self, request, obj=None):
        fields = super().get_readonly_fields(request, obj)
        return [*fields, "slug"] if obj else fields


@admin.register(Provider)
class ProviderAdmin(SlugOnce, admin.ModelAdmin):
    slug_from = "name"
    list_display = ["name", "position"]
    fields = ["name", "slug", "description", "position"]


@admin.register(Lecture)
class LectureAdmin(SlugOnce, HistoryAdmin):
    form = LectureForm
    list_display = ["title", "provider", "length_in_short", "where_the_film_is", "published_on"]
    list_filter = ["provider", "field_of_work"]
    list_select_related = ["provider"]
    search_fields = ["title", "summary"]
    formfield_overrides = CONTENT
    fieldsets = [
        (None, {"fields": ["title", "slug", "provider", "length", "recorded_on", "summary"]}),
        ("För vem", {"fields": ["audience", "target_groups", "field_of_work"]}),
        (
            "Film",
            {"fields": ["film", "captions", "poster", "visual_description", "film_url", "embed_url"]},
        ),
        ("I katalogen", {"fields": ["position", "published_at"]}),
    ]

    @admin.display(description="längd", ordering="length")
    def length_in_short(self, lecture):
        return lecture.length_in_short

    @admin.display(description="film")
    def where_the_film_is(self, lecture):
        if lecture.film:
            return "exempelfilm" if lecture.is_example else "här"
        return lecture.film_host or "saknas"

    @admin.display(description="publicerad", ordering="published_at")
    def published_on(self, lecture):
        return lecture.published_at and localdate(lecture.published_at)

    def has_delete_permission(self, request, obj=None):
        """A lecture is taken out of the catalogue by emptying `published_at`: groups' meetings still tell what they saw."""
        return False


@admin.register(Notice)
class NoticeAdmin(SlugOnce, HistoryAdmin):
    list_display = ["title", "valid_from", "reviewed_at", "published"]
    list_filter = ["published"]
    formfield_overrides = CONTENT
    fields = ["title", "slug", "text", "valid_from", "source", "lectures", "reviewed_at", "published"]


@admin.register(Material)
class MaterialAdmin(SlugOnce, HistoryAdmin):
    list_display = ["title", "owner", "reviewed_at", "published"]
    list_filter = ["published"]
    formfield_overrides = CONTENT
    fields = ["title", "slug", "summary", "file", "url", "owner", "reviewed_at", "position", "published"]


@admin.register(Meeting)
class MeetingAdmin(VisibleAdmin):
    """Which groups have met, what they saw and how many they were. Groups write it; staff read."""

    view_on_site = False  # The group's own page is for its members.
    list_display = ["held_on", "team", "municipality", "heads", "seen"]
    list_filter = [("team__municipality", admin.RelatedOnlyFieldListFilter)]
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

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False
