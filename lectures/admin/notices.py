"""Notices and material, as editors change them."""

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.template.response import TemplateResponse

from metodstod.staff import PlainChoices

from .. import watching
from ..clock_field import ClockField
from ..file_check import check_document
from ..models import Material, Notice, NoticePlace
from .content import ContentAdmin, ReadAtOnce, SlugOnce


class NoticePlaceForm(forms.ModelForm):
    second = ClockField(
        label="Tid i filmen",
        required=False,
        help_text="När det sägs, till exempel 10:12. Tomt: notisen gäller hela föreläsningen.",
    )

    class Meta:
        model = NoticePlace
        fields = ["lecture", "second"]

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("lecture") and cleaned.get("second") is not None:
            try:
                cleaned["lecture"].check_second(cleaned["second"])
            except ValidationError as too_late:
                self.add_error("second", too_late)
        return cleaned


class NoticePlaceInline(PlainChoices, admin.StackedInline):
    model = NoticePlace
    form = NoticePlaceForm
    formset = ReadAtOnce
    extra = 1
    fields = [("lecture", "second")]
    verbose_name_plural = "Föreläsningar som notisen gäller (ingen: den gäller alla)"

    def get_queryset(self, request):
        # Who only reads is shown each lecture's title.
        return super().get_queryset(request).select_related("lecture")


REVIEWED = "När någon av er senast såg att det stämmer. Visas på sidan. Efter 180 dagar påminns ni."


class NoticeForm(forms.ModelForm):
    class Meta:
        model = Notice
        fields = ["title"]
        help_texts = {
            "slug": "Används i länkar till notisen. Fylls i efter rubriken och kan inte ändras när den är sparad.",
            "source_url": "Frivillig. Källan blir en länk dit.",
            "reviewed_at": REVIEWED,
        }


@admin.register(Notice)
class NoticeAdmin(SlugOnce, ContentAdmin):
    form = NoticeForm
    inlines = [NoticePlaceInline]
    list_display = ["title", "valid_from", "reviewed_at", "published_when"]
    fields = [
        "title",
        "slug",
        "text",
        "valid_from",
        "source",
        "source_url",
        "reviewed_at",
        "published_at",
    ]

    def preview(self, request, notice):
        """Show the notice on the first lecture it concerns, or, if it concerns all, by itself."""
        lecture = notice.lectures.first()
        if lecture is None:
            notice.seconds = []
            context = {"notice": notice, "transcript": None, "is_preview": True}
            return TemplateResponse(request, "lectures/notice_preview.html", context)
        return TemplateResponse(request, "lectures/detail.html", watching.preview(lecture))


class MaterialForm(forms.ModelForm):
    class Meta:
        model = Material
        fields = ["file"]
        help_texts = {
            "slug": "Fylls i efter titeln och kan inte ändras när materialet är sparat.",
            "file": "pdf, docx, odt, pptx eller odp.",
            "url": (
                "Används bara när det inte finns någon fil. "
                "Finns ingetdera står det på sidan att filen inte är klar."
            ),
            "owner": "Den som svarar för innehållet, till exempel Länsstyrelsen i Hallands län. Visas på sidan.",
            "reviewed_at": REVIEWED,
            "position": "Materialet visas i ordning efter numret, det lägsta först.",
        }

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file and "file" in self.changed_data:
            check_document(file)
        return file


@admin.register(Material)
class MaterialAdmin(SlugOnce, ContentAdmin):
    form = MaterialForm
    file_fields = ("file",)
    list_display = ["title", "owner", "reviewed_at", "published_when"]
    fields = [
        "title",
        "slug",
        "summary",
        "file",
        "url",
        "owner",
        "reviewed_at",
        "position",
        "published_at",
    ]

    def preview(self, request, material):
        context = {"materials": Material.objects.all(), "is_preview": True}
        return TemplateResponse(request, "lectures/materials.html", context)
