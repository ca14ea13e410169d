"""A lecture as editors change it: what is uploaded is checked before anything of it is stored."""

import tempfile
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from django import forms
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from . import film_check, lengths, webvtt
from .captioning import read_upload
from .clock_field import ClockField, LengthField
from .file_check import check_picture
from .film_check import BadFilm
from .models import ComingCaptions, Lecture
from .uploading import OnOurDisk
from .webvtt import BadCaptions

# The still of a film is from here if nobody says where: past the title, before it has gone on for long.
STILL_AT_SHARE = 0.1


@contextmanager
def on_disk(upload):
    """Give the path of an upload; a small one, which is in memory, is written to disk for the while."""
    if hasattr(upload, "temporary_file_path"):
        yield Path(upload.temporary_file_path())
        return
    with tempfile.NamedTemporaryFile() as file:
        for chunk in upload.chunks():
            file.write(chunk)
        file.flush()
        yield Path(file.name)
    upload.seek(0)


class LectureForm(forms.ModelForm):
    """A real film takes the place of the demo's example with all that belongs to it."""

    length = LengthField(
        label="Längd", help_text="Minuter och sekunder, till exempel 42:49. Med timmar: 1:04:27."
    )
    still_at = ClockField(
        label="Stillbild ur filmen vid",
        required=False,
        help_text="Till exempel 1:30. Tomt: en bild från filmens början, om du inte lägger upp en egen.",
    )
    captions_reviewed = forms.BooleanField(
        label="Jag har läst undertexterna mot filmen, och de stämmer",
        required=False,
        help_text="Tar bort märkningen ”ej granskade”.",
    )

    class Meta:
        model = Lecture
        fields = ["film", "poster", "captions"]
        help_texts = {
            "slug": "Slutet på sidans webbadress. Fylls i efter titeln och kan inte ändras när sidan är sparad.",
            "audience": "En mening som visas på sidan, till exempel: Alla som möter målgrupperna i sitt arbete.",
            "poster": "jpg, png eller webp, minst 320 × 180 punkter. Visas innan filmen börjar.",
            "embed_url": (
                "Frivillig. Adressen som den andra webbplatsen ger under ”Bädda in”. "
                "Filmen visas i sidan först när besökaren har valt det."
            ),
            "visual_description": (
                "För den som inte ser filmen: det som visas i bild, till exempel ett diagram, "
                "men inte sägs. Lämna tomt om allt sägs."
            ),
            "position": "Föreläsningarna visas i ordning efter numret, den lägsta först.",
        }

    film_facts = read_captions = None

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            # An older version that is brought back brings its words back. Files that were replaced are gone.
            stored = Lecture.objects.get(pk=self.instance.pk)
            for name in ("film", "poster", "captions"):
                setattr(self.instance, name, getattr(stored, name))
                self.initial[name] = getattr(stored, name)
            self.instance.film_length = stored.film_length
            self.instance.is_example = stored.is_example
            if "captions" in self.fields:
                self.fields["captions"].help_text += self.about_coming_captions()
        if self.instance.is_published:
            for name in {"film", "poster", "captions"} & self.fields.keys():
                self.fields[
                    name
                ].help_text += " Föreläsningen är publicerad: en ny fil syns så snart du sparar."
        if "captions_reviewed" in self.fields and not self.instance.captions_unreviewed:
            self.fields["captions_reviewed"].help_text = "Behövs bara när en maskin har gjort undertexterna."

    def about_coming_captions(self):
        """Return the way to captions that are to be seen from a time, as a sentence after the field's own."""
        coming = ComingCaptions.objects.filter(lecture=self.instance).first()
        if coming is None:
            address = f"{reverse('admin:lectures_comingcaptions_add')}?lecture={self.instance.pk}"
            return format_html(' <a href="{}">Byt dem vid en viss tid</a>.', address)
        when = f"från {coming.seen_from}" if coming.published_at else "ännu utan tid"
        address = reverse("admin:lectures_comingcaptions_change", args=[coming.pk])
        return format_html(' <a href="{}">Nya undertexter väntar</a>, {}.', address, when)

    def uploaded(self, name):
        """Return the file that was sent for the field, if one was and it has passed so far."""
        file = self.cleaned_data.get(name)
        return file if name in self.changed_data and isinstance(file, UploadedFile) else None

    def clean_poster(self):
        if poster := self.uploaded("poster"):
            check_picture(poster)
        return self.cleaned_data["poster"]

    def clean(self):
        cleaned = super().clean()
        self.replaces_example = self.instance.is_example and "film" in self.changed_data
        if self.replaces_example:
            for name in {"poster", "captions"} - set(self.changed_data):
                cleaned[name] = False  # Django's word for: remove the file.
        self.check_film(cleaned)
        self.check_captions(cleaned)
        self.check_coming_captions()
        self.check_publishing(cleaned)
        return cleaned

    def check_film(self, cleaned):
        film = self.uploaded("film")
        if film is None:
            return
        try:
            film_check.check_size(film.size)
            with on_disk(film) as path:
                self.film_facts = film_check.check(path, name=film.name, stated_length=cleaned.get("length"))
                # What is written beside the form, such as chapters, is compared with it.
                self.instance.film_length = self.film_facts.length
                self.still = self.make_still(path, self.film_facts.length)
                if not self.film_facts.index_is_first:
                    cleaned["film"] = self.with_index_first(path, film.name)
        except BadFilm as refused:
            self.add_error("film", str(refused))

    def with_index_first(self, path, name):
        """Return the film with its index first, on disk as an upload of its own."""
        rewritten = OnOurDisk(name, "video/mp4", 0, None, None)
        # Closed, and if it was not stored removed, with all else that came with the request.
        self.files.appendlist("rewritten", rewritten)
        film_check.put_index_first(path, rewritten.temporary_file_path())
        rewritten.size = Path(rewritten.temporary_file_path()).stat().st_size
        return rewritten

    still = None

    def make_still(self, path, length):
        at = self.cleaned_data.get("still_at")
        if at is not None and at > length.total_seconds():
            end = lengths.clock(length.total_seconds())
            self.add_error("still_at", f"Filmen är slut vid {end}. Skriv en tid före det.")
            return None
        if at is not None:
            return film_check.still(path, timedelta(seconds=at))
        has_one = self.uploaded("poster") or (self.instance.poster and not self.replaces_example)
        return None if has_one else film_check.still(path, length * STILL_AT_SHARE)

    @property
    def film_length(self):
        """How long the film will be that is here when the form has been saved, if one will be."""
        if self.film_facts:
            return self.film_facts.length
        return self.instance.film_length if self.instance.film and not self.replaces_example else None

    def check_captions(self, cleaned):
        captions = self.uploaded("captions")
        if captions is None:
            self.check_captions_still_fit(cleaned)
            return
        try:
            self.read_captions = read_upload(captions, film_length=self.film_length)
        except BadCaptions as refused:
            self.add_error("captions", refused.messages)

    def check_captions_still_fit(self, cleaned):
        if not (self.film_facts and self.instance.pk and cleaned.get("captions")):
            return
        last = self.instance.cues.last()
        if last and last.end > self.film_facts.length.total_seconds() * 1000 + webvtt.BEYOND_THE_END:
            self.add_error(
                "captions", "Undertexterna räcker längre än den nya filmen. Lägg upp dem som hör till."
            )

    def check_coming_captions(self):
        if not (self.film_facts and self.instance.pk) or self.replaces_example:
            return
        for coming in ComingCaptions.objects.filter(lecture=self.instance):
            try:
                coming.read(film_length=self.film_facts.length)
            except BadCaptions:
                self.add_error(
                    "film",
                    "Undertexterna som väntar räcker längre än den nya filmen. Ta bort dem, eller lägg upp dem som hör till.",
                )

    def check_publishing(self, cleaned):
        wanting = cleaned.get("film") and cleaned.get("published_at") and not cleaned.get("captions")
        if wanting and not self.errors.keys() & {"film", "captions"}:
            self.add_error(
                "captions",
                "En film som ligger här ska ha undertexter innan den publiceras. "
                "Lägg upp dem, eller töm ”publiceras”.",
            )

    # Saving ------------------------------------------------------------------------------------------

    def apply(self, *, by):
        """Put on the lecture what follows from the files and from what was ticked, before it is saved."""
        lecture = self.instance
        if self.replaces_example:
            lecture.is_example = False
        if self.film_facts:
            lecture.film_length = self.film_facts.length
        elif not lecture.film:
            lecture.film_length = None
        if self.still and not self.uploaded("poster"):
            lecture.poster = ContentFile(self.still, name=f"{lecture.slug}.webp")
        self.apply_review(lecture, by)

    def apply_review(self, lecture, by):
        if self.read_captions:
            lecture.captions_by_machine = lecture.captions_by_machine or self.read_captions.by_machine
            lecture.captions_reviewed_at = lecture.captions_reviewed_by = None
        if (
            self.cleaned_data.get("captions_reviewed")
            and lecture.captions
            and lecture.captions_reviewed_at is None
        ):
            lecture.captions_reviewed_at, lecture.captions_reviewed_by = timezone.now(), by
