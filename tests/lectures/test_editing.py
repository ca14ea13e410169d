"""What editors upload, preview and publish: taken as a whole or not at all."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from lectures import film_check
from lectures.admin.notices import NoticePlaceForm
from lectures.models import Lecture, Material, Notice
from lectures.uploading import sweep_uploads
from tests.factories import (
    make_chapter,
    make_lecture,
    make_material,
    make_notice,
)
from tests.lectures.editor import ADD, VTT, added, captions, change, errors, files, film, sent, words
from tests.lectures.films import cut, film_bytes

pytestmark = pytest.mark.usefixtures("own_files")


# Films and captions ----------------------------------------------------------------------------------


def test_new_lecture_comes_last_in_the_catalogue(editor):
    make_lecture(position=10)

    form = BeautifulSoup(editor.get(ADD).content, "html.parser")

    assert form.find("input", attrs={"name": "position"})["value"] == "11"


def test_film_is_stored_with_its_length_a_still_and_what_is_said(editor, settings):
    lecture = added(editor)

    assert files(settings) == ["captions/text.vtt", "film/film.mp4", "poster/vad-ar-manniskohandel.webp"]
    assert lecture.film_length.total_seconds() == pytest.approx(2, abs=0.1)
    assert [(cue.start, cue.end, cue.text) for cue in lecture.cues.all()] == [
        (0, 1000, "Hej och välkomna."),
        (1200, 1900, "Vi börjar."),
    ]


def test_film_whose_index_comes_last_is_put_right(editor):
    lecture = added(editor, film=film(data=film_bytes(index_first=False)))

    assert film_check.index_first(lecture.film.path)
    assert lecture.film.name == "film/film.mp4"


def test_large_film_goes_to_disk_and_is_moved_from_there(editor, settings):
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 100

    lecture = added(editor)

    assert Path(lecture.film.path).read_bytes() == film_bytes()
    assert len(files(settings)) == 3


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"film": lambda: film(data=cut(film_bytes(), 0.6))}, "film"),
        ({"film": lambda: film(data=b"MZ" * 100)}, "film"),
        ({"film": lambda: film(), "length": lambda: "0:40:04"}, "film"),
        ({"film": lambda: film(), "still_at": lambda: "1:00"}, "still_at"),
        ({"film": lambda: film(), "captions": lambda: captions("WEBVTT\n\nfel")}, "captions"),
        (
            {"film": lambda: film(), "captions": lambda: captions(VTT.replace("00:01.9", "00:59.9"))},
            "captions",
        ),
        ({"film": lambda: film(), "captions": lambda: ""}, "captions"),
        ({"poster": lambda: SimpleUploadedFile("bild.png", b"\x89PNG\r\n")}, "poster"),
        ({"film": lambda: film(), "title": lambda: ""}, "title"),
    ],
)
def test_of_what_is_refused_nothing_stays(editor, settings, fields, wrong):
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 100
    made = {name: make() for name, make in fields.items()}

    response = editor.post(ADD, sent(**{"captions": captions()} | made))

    assert list(errors(response)) == [wrong]
    assert not Lecture.objects.exists()
    assert files(settings) == []


def test_film_that_is_too_large_is_not_even_kept_while_it_comes(editor, settings):
    settings.LARGEST_FILM, settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 5000, 100

    response = editor.post(ADD, sent(film=film()))

    assert errors(response)["film"][0].startswith(
        f"Filmen är {len(film_bytes()) / 1024:.1f}".replace(".", ",")
    )
    assert files(settings) == []


def test_files_go_when_the_database_refuses_what_they_belong_to(editor, settings, monkeypatch):
    def fail(*args):
        raise RuntimeError

    monkeypatch.setattr("lectures.admin.lectures.keep_cues", fail)

    with pytest.raises(RuntimeError):
        editor.post(ADD, sent(film=film(), captions=captions()))

    assert not Lecture.objects.exists()
    assert files(settings) == []


def test_replaced_film_is_removed_once_the_new_one_is_there(
    editor, settings, django_capture_on_commit_callbacks
):
    lecture = added(editor)
    longer = film_bytes(seconds=4)

    with django_capture_on_commit_callbacks(execute=True):
        response = editor.post(change(lecture), sent(length="0:00:04", film=film("ny.mp4", longer)))

    lecture.refresh_from_db()
    assert response.status_code == 302
    assert files(settings) == ["captions/text.vtt", "film/ny.mp4", "poster/vad-ar-manniskohandel.webp"]
    assert lecture.film_length.total_seconds() == pytest.approx(4, abs=0.1)
    assert lecture.cues.count() == 2


def test_captions_of_a_longer_film_are_not_kept_with_a_shorter(editor):
    lecture = added(
        editor,
        length="0:00:20",
        film=film(data=film_bytes(seconds=20)),
        captions=captions(VTT.replace("00:01.9", "00:19.9")),
    )

    response = editor.post(change(lecture), sent(film=film("kort.mp4")))

    assert errors(response) == {
        "captions": ["Undertexterna räcker längre än den nya filmen. Lägg upp dem som hör till."]
    }


def test_captions_that_are_removed_take_what_was_said_with_them(editor):
    lecture = added(editor)

    editor.post(change(lecture), sent(**{"captions-clear": "on", "published_at_0": "", "published_at_1": ""}))

    lecture.refresh_from_db()
    assert (lecture.captions.name, lecture.cues.count()) == ("", 0)


def test_captions_of_a_machine_are_marked_until_an_editor_has_read_them(editor):
    lecture = added(editor, captions=captions(VTT.replace("WEBVTT", "WEBVTT\n\nNOTE Automatiskt skapad")))
    assert lecture.captions_unreviewed

    editor.post(change(lecture), sent(captions_by_machine="on", captions_reviewed="on"))
    lecture.refresh_from_db()
    assert not lecture.captions_unreviewed
    assert lecture.captions_reviewed_by == editor.person

    editor.post(change(lecture), sent(captions_by_machine="on", captions=captions(VTT + "\n")))
    lecture.refresh_from_db()
    assert lecture.captions_unreviewed
    assert lecture.captions_reviewed_by is None


def test_older_version_brings_its_words_back_and_not_its_files(editor, django_capture_on_commit_callbacks):
    lecture = added(editor)
    before = lecture.history.first()
    with django_capture_on_commit_callbacks(execute=True):
        editor.post(change(lecture), sent(title="Ny titel", film=film("ny.mp4")))

    address = reverse("admin:lectures_lecture_simple_history", args=[lecture.pk, before.pk])
    response = editor.post(address, sent())

    lecture.refresh_from_db()
    assert response.status_code == 302
    assert (lecture.title, lecture.film.name) == ("Vad är människohandel?", "film/ny.mp4")


def test_older_version_is_previewed_and_brought_back_with_a_new_file(editor, settings):
    lecture = added(editor)
    before = lecture.history.first()
    address = reverse("admin:lectures_lecture_simple_history", args=[lecture.pk, before.pk])
    had = files(settings)

    shown = editor.post(address, sent(title="Ny titel", film=film("ny.mp4"), _preview="1"))
    seen = Lecture.objects.get().title, files(settings)
    taken = editor.post(address, sent(title="Ny titel", film=film("ny.mp4")))

    assert shown.status_code == 200
    assert "Ny titel" in shown.content.decode()
    assert seen == ("Vad är människohandel?", had)
    assert taken.status_code == 302
    assert (Lecture.objects.get().title, Lecture.objects.get().film.name) == ("Ny titel", "film/ny.mp4")


def test_script_is_told_where_to_go_or_what_is_wrong(editor):
    def post(**fields):
        return editor.post(ADD, sent(**fields), headers={"Accept": "application/json"})

    refused = post(film=film(data=b""), captions=captions())
    taken = post(film=film(), captions=captions())

    assert refused.status_code == 422
    assert refused.json() == {"errors": [{"text": "Filmfil: Den skickade filen är tom.", "field": "id_film"}]}
    assert taken.json() == {"location": "/admin/lectures/lecture/"}


def test_script_is_told_which_chapter_is_wrong_and_where(editor):
    rows = chapter(0, second="0:01", title="Lagen") | chapter(1, second="0:45", title="För sent")

    response = editor.post(
        ADD,
        sent(**rows, film=film(), captions=captions(), **{"chapters-TOTAL_FORMS": 2}),
        headers={"Accept": "application/json"},
    )

    assert response.json()["errors"] == [
        {
            "text": "Kapitel 2: Börjar vid: Filmen är slut vid 0:02. Skriv en tid före det.",
            "field": "id_chapters-1-second",
        }
    ]


def test_what_a_stopped_server_left_of_an_upload_is_swept_away(settings):
    settings.UPLOAD_DIR.mkdir(parents=True)
    old, new = settings.UPLOAD_DIR / "a.upload", settings.UPLOAD_DIR / "b.upload"
    for path in (old, new):
        path.write_bytes(b"film")
    long_ago = (timezone.now() - timedelta(days=2)).timestamp()
    os.utime(old, (long_ago, long_ago))

    assert sweep_uploads() == 1
    assert files(settings) == ["b.upload"]


# Chapters --------------------------------------------------------------------------------------------


def chapter(number, **fields):
    now = {"published_at_0": "2026-11-03", "published_at_1": "08:00", "question": ""} | fields
    return {f"chapters-{number}-{name}": value for name, value in now.items()}


def test_chapters_are_written_as_times_in_the_lectures_form(editor):
    rows = chapter(0, second="0:01", title="Lagen", question="Vad gör ni i dag?") | chapter(
        1, second="0", title="Start"
    )

    response = editor.post(ADD, sent(**rows, **{"chapters-TOTAL_FORMS": 2}))

    assert response.status_code == 302
    assert list(Lecture.objects.get().chapters.values_list("second", "title", "question")) == [
        (0, "Start", ""),
        (1, "Lagen", "Vad gör ni i dag?"),
    ]


def test_stored_chapters_are_changed_and_removed_where_they_stand(editor):
    lecture, other = make_lecture(), make_lecture()
    first, second, third = (make_chapter(lecture, f"Kapitel {at}", second=at) for at in (0, 1, 2))
    foreign = make_chapter(other)

    def post(*chapters, **fields):
        rows = {"chapters-TOTAL_FORMS": len(chapters), "chapters-INITIAL_FORMS": len(chapters)}
        for number, row in enumerate(chapters):
            rows |= chapter(number, id=row.pk, lecture=lecture.pk, second=str(row.second), title=row.title)
        return editor.post(change(lecture), sent(length="0:10:00", **rows | fields))

    changed = post(first, second, third, **{"chapters-0-title": "Nytt", "chapters-2-DELETE": "on"})
    refused = post(foreign)

    assert changed.status_code == 302
    assert list(lecture.chapters.values_list("title", flat=True)) == ["Nytt", "Kapitel 1"]
    assert refused.status_code == 200
    assert other.chapters.get().title == foreign.title


@pytest.mark.parametrize(
    ("second", "told"),
    [
        ("10:99", "Skriv tiden som minuter och sekunder, till exempel 10:12."),
        ("i början", "Skriv tiden som minuter och sekunder, till exempel 10:12."),
        ("9:00:00", "Filmen är slut vid 0:02. Skriv en tid före det."),
    ],
)
def test_chapter_at_no_time_is_refused(editor, second, told):
    lecture = make_lecture()

    response = editor.post(
        change(lecture), sent(**chapter(0, second=second, title="Lagen"), **{"chapters-TOTAL_FORMS": 1})
    )

    formset = response.context["inline_admin_formsets"][0].formset
    assert formset.forms[0].errors == {"second": [told]}
    assert not lecture.chapters.exists()


@pytest.mark.django_db
def test_notice_past_the_end_of_the_film_is_refused_with_its_length():
    lecture = make_lecture(film="film/x.mp4", captions="captions/x.vtt", film_length=timedelta(seconds=27))

    form = NoticePlaceForm({"lecture": lecture.pk, "second": "0:27"})

    assert form.errors == {"second": ["Filmen är slut vid 0:27. Skriv en tid före det."]}
    assert NoticePlaceForm({"lecture": lecture.pk, "second": "0:26"}).is_valid()


@pytest.mark.django_db
def test_form_says_whether_a_new_file_is_seen_at_once(editor):
    published, draft = make_lecture(), make_lecture(published_at=None)

    def help_of(lecture):
        return editor.get(change(lecture)).context["adminform"].form["captions"].help_text

    assert help_of(published).endswith("Föreläsningen är publicerad: en ny fil syns så snart du sparar.")
    assert "publicerad" not in help_of(draft)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fields", "name"), [({}, "Visa sidan"), ({"published_at": None}, "Förhandsgranska det som är sparat")]
)
def test_link_from_the_form_says_what_it_shows(editor, fields, name):
    page = editor.get(change(make_lecture(**fields))).content.decode()

    assert f'class="viewsitelink">{name}</a>' in page


# Preview and publishing ------------------------------------------------------------------------------


def test_preview_shows_what_is_in_the_form_and_saves_nothing(editor, settings):
    lecture = make_lecture("Gammal titel", published_at=None)
    make_notice(lecture, title="Inte klar", published_at=None)
    before = lecture.history.count()

    response = editor.post(
        change(lecture),
        sent(
            title="Ny titel",
            captions=captions(),
            _preview="1",
            **chapter(0, second="0:01", title="Lagen", published_at_0="", published_at_1=""),
            **{"chapters-TOTAL_FORMS": 1},
        ),
    )

    page = words(response)
    assert "no-store" in response["Cache-Control"]
    for shown in ("Förhandsvisning.", "Ny titel", "0:01 Lagen Utkast", "Hej och välkomna.", "Inte klar"):
        assert shown in page
    lecture.refresh_from_db()
    assert (lecture.title, lecture.history.count()) == ("Gammal titel", before)
    assert (lecture.chapters.count(), lecture.cues.count()) == (0, 0)
    assert files(settings) == []


def test_preview_of_what_is_not_added_yet_adds_nothing(editor, settings):
    response = editor.post(ADD, sent(film=film(), captions=captions(), _preview="1"))

    assert "Vad är människohandel?" in words(response)
    assert "Den nya filmen går att spela när du har sparat." in words(response)
    assert not Lecture.objects.exists()
    assert files(settings) == []


@pytest.mark.parametrize(
    ("day", "told"),
    [
        ("", "Det är ett utkast som bara ni ser. Fyll i ”publiceras” när andra ska se det."),
        ("2023-02-20", "Det är publicerat."),
        ("2999-12-01", "Andra ser det från den 1 december 2999 kl. 08.00."),
    ],
)
def test_who_saves_is_told_who_sees_it(editor, day, told):
    page = editor.post(
        ADD,
        sent(film_url="https://play.example/1", published_at_0=day, published_at_1=day and "08:00"),
        follow=True,
    )

    assert told in words(page)


def test_draft_is_seen_by_those_who_write_it_with_its_film(editor):
    lecture = added(editor, published_at_0="", published_at_1="")

    page = editor.get(reverse("admin:lectures_lecture_preview", args=[lecture.pk]))
    source = BeautifulSoup(page.content, "html.parser").video.source["src"]
    part = editor.get(source, headers={"Range": "bytes=0-99"})
    assert b"".join(part.streaming_content) == film_bytes()[:100]

    assert "går att spela när du har sparat" not in words(page)
    assert "Hej och välkomna." in words(page)
    assert part.status_code == 206
    assert part["Cache-Control"].startswith("private, no-store")
    assert [Client().get(address).status_code for address in (source, lecture.get_absolute_url())] == [
        302,
        404,
    ]


@pytest.mark.parametrize("make", [make_notice, make_material])
def test_notice_and_material_are_previewed(editor, make):
    thing = make(published_at=None, title="Inte klar")
    fields = {
        name: getattr(thing, name)
        for name in ("text", "source", "valid_from", "summary", "owner", "position")
        if hasattr(thing, name)
    }

    response = editor.post(
        change(thing),
        fields
        | {
            "title": "Nästan klar",
            "reviewed_at": "2026-11-03",
            "source_url": "",
            "url": "",
            "published_at_0": "",
            "published_at_1": "",
            "_preview": "1",
            "places-TOTAL_FORMS": 0,
            "places-INITIAL_FORMS": 0,
        },
    )

    assert "Nästan klar" in words(response)
    assert "Utkast" in words(response)
    thing.refresh_from_db()
    assert thing.title == "Inte klar"


def test_notice_is_previewed_on_its_lecture(editor):
    lecture = make_lecture("Köpare")
    notice = make_notice(lecture, published_at=None)
    place = notice.places.get()

    response = editor.post(
        change(notice),
        {
            "title": "Nytt namn",
            "text": "Så är det.",
            "source": "prop.",
            "source_url": "",
            "valid_from": "2025-07-01",
            "reviewed_at": "2026-11-03",
            "published_at_0": "",
            "published_at_1": "",
            "_preview": "1",
            "places-TOTAL_FORMS": 1,
            "places-INITIAL_FORMS": 1,
            "places-0-id": place.pk,
            "places-0-notice": notice.pk,
            "places-0-lecture": lecture.pk,
            "places-0-second": "0:12",
        },
    )

    assert "Köpare" in words(response)
    assert "Nytt sedan inspelningen: Nytt namn" in words(response)
    assert "Gäller det som sägs vid 0:12" in words(response)


def test_what_is_to_be_published_later_is_seen_then(editor, client):
    later = timezone.now() + timedelta(hours=1)
    lecture = make_lecture("Om en timme", published_at=later)
    make_notice(lecture, published_at=later)
    make_material(title="Om en timme", published_at=later)

    early = [Client().get(page) for page in (lecture.get_absolute_url(), "/forelasningar/", "/material/")]
    for model in (Lecture, Notice, Material):
        model.objects.update(published_at=timezone.now() - timedelta(seconds=1))
    now = [Client().get(page) for page in (lecture.get_absolute_url(), "/forelasningar/", "/material/")]

    assert [page.status_code for page in early] == [404, 200, 200]
    assert not any("Om en timme" in page.content.decode() for page in early)
    assert all("Om en timme" in page.content.decode() for page in now)
    table = editor.get("/admin/lectures/lecture/").content.decode()
    assert "Om en timme" in table


def test_table_tells_what_is_a_draft_and_what_waits(editor):
    make_lecture("Ett", published_at=None)
    make_lecture("Två", published_at=datetime(2099, 1, 2, 7, 30, tzinfo=UTC))

    table = BeautifulSoup(editor.get("/admin/lectures/lecture/").content, "html.parser")

    assert [cell.text for cell in table.select("td.field-published_when")] == [
        "utkast",
        "från 2 januari 2099 08.30",
    ]
