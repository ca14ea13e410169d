"""What an editor sends and is told, for the tests of what is uploaded and published."""

from pathlib import Path

from bs4 import BeautifulSoup
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from lectures.models import Lecture
from tests.factories import make_provider, make_target_group
from tests.lectures.films import film_bytes

VTT = "WEBVTT\n\n00:00.000 --> 00:01.000\nHej och välkomna.\n\n00:01.200 --> 00:01.900\nVi börjar.\n"


def sent(**fields):
    """What the form of a lecture with a film of two seconds sends."""
    return {
        "title": "Vad är människohandel?",
        "slug": "vad-ar-manniskohandel",
        "provider": make_provider().pk,
        "length": "0:00:02",
        "recorded_on": "",
        "summary": "Om lagen.",
        "audience": "Alla.",
        "target_groups": [make_target_group().pk],
        "field_of_work": "",
        "still_at": "",
        "film_url": "",
        "embed_url": "",
        "visual_description": "",
        "position": "2",
        "reviewed_at": "",
        "published_at_0": "2026-11-03",
        "published_at_1": "08:00",
        "chapters-TOTAL_FORMS": 0,
        "chapters-INITIAL_FORMS": 0,
    } | fields


def film(name="film.mp4", data=None):
    return SimpleUploadedFile(name, film_bytes() if data is None else data)


def captions(text=VTT):
    return SimpleUploadedFile("text.vtt", text.encode())


ADD = "/admin/lectures/lecture/add/"


def change(thing):
    return reverse(f"admin:lectures_{thing._meta.model_name}_change", args=[thing.pk])


def added(editor, **fields):
    response = editor.post(ADD, sent(**{"film": film(), "captions": captions()} | fields))
    assert response.status_code == 302, errors(response)
    return Lecture.objects.get()


def errors(response):
    return dict(response.context["adminform"].form.errors) if response.context else response.status_code


def files(settings):
    """Every file that is stored, and every one on its way."""
    return sorted(
        path.relative_to(root).as_posix()
        for root in (Path(settings.MEDIA_ROOT), settings.UPLOAD_DIR)
        for path in root.rglob("*")
        if path.is_file()
    )


def words(response):
    return " ".join(BeautifulSoup(response.content, "html.parser").main.get_text(" ").split())
