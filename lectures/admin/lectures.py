"""Lectures with their films, chapters and captions, as editors change them."""

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.db.models import Max
from django.template.response import TemplateResponse
from django.urls import path

from metodstod.staff import Fixed, HistoryAdmin

from .. import lengths, stale, watching
from ..captioning import keep_cues
from ..clock_field import ClockField
from ..lecture_form import LectureForm
from ..models import Chapter, ComingCaptions, Lecture, Provider
from ..uploading import discard_later
from .content import CONTENT, ContentAdmin, ReadAtOnce, SlugOnce, StoredPreview

FILES = ("film", "captions", "poster")


@admin.register(Provider)
class ProviderAdmin(SlugOnce, admin.ModelAdmin):
    slug_from = "name"
    list_display = ["name", "position"]
    fields = ["name", "slug", "description", "position"]


class ChapterForm(forms.ModelForm):
    second = ClockField(label="Börjar vid", help_text="Tiden i filmen, till exempel 10:12.")

    class Meta:
        model = Chapter
        fields = ["second", "title", "question", "published_at"]
        widgets = {"question": forms.Textarea(attrs={"rows": 2, "cols": 40})}

    def clean(self):
        cleaned = super().clean()
        lecture, second = self.lecture_of(cleaned), cleaned.get("second")
        if second is not None and lecture:
            try:
                lecture.check_second(second)
            except ValidationError as too_late:
                self.add_error("second", too_late)
        return cleaned

    def lecture_of(self, cleaned):
        return cleaned.get("lecture") or getattr(self.instance, "lecture", None)


class ChapterInline(admin.StackedInline):
    model = Chapter
    form = ChapterForm
    formset = ReadAtOnce
    extra = 1
    formfield_overrides = CONTENT
    fields = [("second", "title"), "question", "published_at"]
    show_change_link = True


@admin.register(Chapter)
class ChapterAdmin(Fixed, HistoryAdmin):
    """Chapters are written in their lecture's form; here is who has changed them."""

    form = ChapterForm
    list_display = ["title", "lecture", "begins_at", "published_at"]
    list_filter = ["lecture"]
    list_select_related = ["lecture"]
    formfield_overrides = CONTENT
    fields = ["second", "title", "question", "published_at"]

    @admin.display(description="börjar vid", ordering="second")
    def begins_at(self, chapter):
        return lengths.clock(chapter.second)


@admin.register(Lecture)
class LectureAdmin(StoredPreview, SlugOnce, ContentAdmin):
    form = LectureForm
    inlines = [ChapterInline]

    def get_changeform_initial_data(self, request):
        """A new lecture comes last in the catalogue, until someone says otherwise."""
        last = Lecture.objects.aggregate(last=Max("position"))["last"]
        return {"position": 0 if last is None else last + 1} | super().get_changeform_initial_data(request)

    def get_queryset(self, request):
        # Who saves holds the row, so that captions that are exchanged by the clock meanwhile are not undone.
        lectures = super().get_queryset(request)
        saves = request.method == "POST" and connection.in_atomic_block
        return lectures.select_for_update(of=("self",)) if saves else lectures

    file_fields = FILES
    list_display = [
        "title",
        "provider",
        "length_in_short",
        "where_the_film_is",
        "captions_state",
        "published_when",
    ]
    list_filter = ["provider", "field_of_work"]
    list_select_related = ["provider"]
    search_fields = ["title", "summary"]
    fieldsets = [
        (None, {"fields": ["title", "slug", "provider", "length", "recorded_on", "summary"]}),
        ("För vem", {"fields": ["audience", "target_groups", "field_of_work"]}),
        (
            "Filmen",
            {
                "description": "Antingen en fil som ligger här, eller en adress till en annan webbplats.",
                "fields": ["film", "still_at", "poster", "film_url", "embed_url"],
            },
        ),
        (
            "Texten",
            {
                "description": "Undertexterna blir också en text att läsa och söka i. En film som ligger här ska ha dem.",
                "fields": ["captions", "captions_by_machine", "captions_reviewed", "visual_description"],
            },
        ),
        ("I katalogen", {"fields": ["position", "reviewed_at", "published_at"]}),
    ]

    class Media:
        js = [forms.Script("js/upload.js", type="module")]

    @admin.display(description="längd", ordering="length")
    def length_in_short(self, lecture):
        return lecture.length_in_short

    @admin.display(description="film")
    def where_the_film_is(self, lecture):
        if lecture.film:
            return "exempelfilm" if lecture.is_example else "här"
        return lecture.film_host or "saknas"

    @admin.display(description="undertexter")
    def captions_state(self, lecture):
        if not lecture.captions:
            return "saknas"
        return "ej granskade" if lecture.captions_unreviewed else "finns"

    def has_delete_permission(self, request, obj=None):
        """A lecture is taken out of the catalogue by emptying `published_at`: groups' meetings still tell what they saw."""
        return False

    def save_model(self, request, obj, form, change):
        form.apply(by=request.user)
        super().save_model(request, obj, form, change)
        if form.read_captions or not obj.captions:
            keep_cues(obj, form.read_captions)
        if form.replaces_example:
            # They told of the example.
            obj.chapters.all().delete()
            obj.notice_places.update(second=None)
            for coming in ComingCaptions.objects.filter(lecture=obj):
                coming.delete()
                discard_later(coming.file)

    # Preview -----------------------------------------------------------------------------------------

    def get_urls(self):
        view = self.admin_site.admin_view
        return [
            path("att-se-till/", view(self.to_see_to), name="lectures_to_see_to"),
            *super().get_urls(),
        ]

    def view_on_site(self, lecture):
        return lecture.get_absolute_url() if lecture.is_published else super().view_on_site(lecture)

    def preview(self, request, lecture):
        lecture.addresses = {name: self.address_of("file", lecture, name) for name in FILES}
        # What has not been saved is thrown away once it is shown, and a film is fetched after that.
        context = watching.preview(lecture) | {"film_waits": "film" in request.FILES}
        return TemplateResponse(request, "lectures/detail.html", context)

    def to_see_to(self, request):
        """What is old, unread, failing or waiting, of all kinds of content."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        context = {**self.admin_site.each_context(request), "title": "Att se till", **stale.to_see_to()}
        return TemplateResponse(request, "lectures/to_see_to.html", context)
