"""Captions that wait for their time, as editors change them."""

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from .. import watching
from ..captioning import cues_of, put_on, read_upload
from ..models import ComingCaptions
from ..webvtt import BadCaptions
from .content import ContentAdmin, StoredPreview


class ComingCaptionsForm(forms.ModelForm):
    reviewed = forms.BooleanField(
        label="Jag har läst undertexterna mot filmen, och de stämmer",
        required=False,
        help_text="Behövs bara när en maskin har gjort dem. Utan det märks de ”ej granskade”.",
    )

    class Meta:
        model = ComingCaptions
        fields = ["file"]
        help_texts = {
            "published_at": (
                "Då byts föreläsningens undertexter ut mot de här, och texten på sidan likaså. "
                "Tom: ett utkast som väntar tills du har valt en tid. Svensk tid."
            )
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial["reviewed"] = self.instance.reviewed_at is not None
        if self.instance.pk and "file" in self.fields:
            # An older version that is brought back brings its choices back. A file that was replaced is gone, and so is
            # that of captions that have been put in place or taken away.
            stored = ComingCaptions.objects.filter(pk=self.instance.pk).first()
            self.instance.file = self.initial["file"] = stored.file if stored else ""

    def clean_published_at(self):
        when = self.cleaned_data["published_at"]
        if when and when <= timezone.now():
            raise ValidationError(
                "Den tiden har redan varit. Välj en senare, eller lägg upp undertexterna på föreläsningen: då byts de nu."
            )
        return when

    def clean(self):
        cleaned = super().clean()
        lecture, file = cleaned.get("lecture"), cleaned.get("file")
        if lecture and file:
            film_length = lecture.film_length if lecture.film else None
            try:
                if isinstance(file, UploadedFile):
                    self.captions = read_upload(file, film_length=film_length)
                else:
                    self.captions = self.instance.read(film_length=film_length)
            except BadCaptions as refused:
                self.add_error("file", refused.messages)
            except FileNotFoundError:
                self.add_error("file", "Filen finns inte längre. Lägg upp den igen.")
        return cleaned

    def apply(self, *, by):
        """Put on the row what follows from the file and from what was ticked, before it is saved."""
        coming = self.instance
        coming.by_machine = coming.by_machine or self.captions.by_machine
        if not self.cleaned_data["reviewed"]:
            coming.reviewed_at = coming.reviewed_by = None
        elif coming.reviewed_at is None or "file" in self.changed_data:
            coming.reviewed_at, coming.reviewed_by = timezone.now(), by


@admin.register(ComingCaptions)
class ComingCaptionsAdmin(StoredPreview, ContentAdmin):
    form = ComingCaptionsForm
    file_fields = ("file",)
    list_display = ["lecture", "published_when"]
    list_select_related = ["lecture"]
    fields = ["lecture", "file", "by_machine", "reviewed", "published_at"]

    def save_model(self, request, obj, form, change):
        form.apply(by=request.user)
        super().save_model(request, obj, form, change)

    def preview(self, request, coming):
        """Show the lecture's page with the captions that wait in place."""
        lecture = coming.lecture
        try:
            cues = cues_of(lecture, coming.read())
        except FileNotFoundError:
            raise Http404 from None
        put_on(lecture, coming)
        lecture.addresses = {
            name: reverse("admin:lectures_lecture_file", args=[lecture.pk, name])
            for name in ("film", "poster")
        } | {"captions": self.address_of("file", coming, "file")}
        return TemplateResponse(request, "lectures/detail.html", watching.preview(lecture, cues=cues))
