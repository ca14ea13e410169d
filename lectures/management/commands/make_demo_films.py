"""Short example films for the demo's lectures, with stills and captions; for one of them new captions that wait for their time."""

import tempfile
from datetime import datetime, time, timedelta
from pathlib import Path

from django.conf import settings
from django.core.files.base import ContentFile, File
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from lectures import example_film, webvtt
from lectures.captioning import keep_cues
from lectures.models import ComingCaptions, Lecture

FILES = ("film", "poster", "captions")
CAPTIONS_WAIT = timedelta(days=7)


class Command(BaseCommand):
    help = "Make a short example film for each lecture that has no film. Only in the demo; run twice it does nothing more."

    def handle(self, **options):
        if not settings.DEMO:
            raise CommandError("Example films are only for the demo (DEMO=1).")
        made = 0
        for lecture in Lecture.objects.select_related("provider"):
            if wants_example(lecture):
                make(lecture)
                made += 1
        if made:
            let_captions_wait()
        self.stdout.write(f"Made {made} example films.")


def wants_example(lecture):
    """Whether the lecture has no film anywhere, or an example whose files have been removed."""
    if lecture.is_example:
        return not all(stored and stored.storage.exists(stored.name) for stored in files(lecture))
    return not (lecture.film or lecture.film_url)


def files(lecture):
    return [getattr(lecture, name) for name in FILES]


def make(lecture):
    pictures = example_film.pictures(lecture)
    for stored in files(lecture):
        if stored and lecture.is_example:
            stored.delete(save=False)
    name = f"exempel-{lecture.slug}"
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "film.mp4"
        example_film.film(pictures, path)
        with path.open("rb") as film:
            lecture.film.save(f"{name}.mp4", File(film), save=False)
    lecture.poster.save(f"{name}.webp", ContentFile(example_film.poster(pictures)), save=False)
    captions = example_film.captions(lecture).encode()
    lecture.captions.save(f"{name}.vtt", ContentFile(captions), save=False)
    lecture.is_example = True
    with transaction.atomic():
        lecture.save(update_fields=[*FILES, "is_example"])
        keep_cues(lecture, webvtt.read(captions))
        keep_chapters(lecture)


def keep_chapters(lecture):
    lecture.chapters.all().delete()
    for second, title, question in example_film.chapters(lecture):
        lecture.chapters.create(second=second, title=title, question=question)
    # The title and the length are read out here; what is new is shown where the old words are heard.
    lecture.notice_places.filter(second=None).update(second=example_film.scenes(lecture)[0].seconds)


def let_captions_wait():
    """Let new captions to the first example wait a week, so that an editor meets some; those of an editor stay."""
    lecture = Lecture.objects.filter(is_example=True).first()
    day = timezone.localdate() + CAPTIONS_WAIT
    coming = ComingCaptions.objects.filter(lecture=lecture).first() or ComingCaptions(
        lecture=lecture, published_at=timezone.make_aware(datetime.combine(day, time(8)))
    )
    if not (coming.file and coming.file.storage.exists(coming.file.name)):
        said = example_film.captions(lecture).replace(
            "Det här är en exempelfilm.", "Exempelfilmen har fått nya undertexter."
        )
        coming.file.save(f"nya-{lecture.slug}.vtt", ContentFile(said.encode()))
