"""Captions that wait: seen by those who write them, put in place when their time has come, and not before."""

from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_q.models import Schedule

from lectures.captioning import exchange_due
from lectures.models import ComingCaptions, Lecture
from tests.factories import make_coming_captions, make_lecture
from tests.lectures.editor import added, captions, change, errors, files, film, sent, words
from tests.lectures.films import film_bytes

NEW = "WEBVTT\n\n00:00.000 --> 00:01.500\nNu är det rättat.\n"
ADD = reverse("admin:lectures_comingcaptions_add")
LATER = "2099-12-03"


def form(lecture, **fields):
    return {
        "lecture": lecture.pk,
        "file": captions(NEW),
        "published_at_0": LATER,
        "published_at_1": "08:00",
    } | fields


def said(lecture):
    return [cue.text for cue in lecture.cues.all()]


def file_of(lecture):
    with Lecture.objects.get(pk=lecture.pk).captions.open() as file:
        return file.read().decode()


def test_captions_are_exchanged_when_their_time_has_come(
    editor, settings, django_capture_on_commit_callbacks
):
    lecture = added(editor)
    page = words(editor.post(ADD, form(lecture, reviewed="on"), follow=True))

    early = exchange_due(), said(lecture)
    with time_machine.travel("2099-12-03 07:01Z"), django_capture_on_commit_callbacks(execute=True):
        exchanged = exchange_due()

    assert "Andra ser det från den 3 december 2099 kl. 08.00." in page
    assert early == (0, ["Hej och välkomna.", "Vi börjar."])
    assert exchanged == 1
    assert said(lecture) == ["Nu är det rättat."]
    assert file_of(lecture) == NEW
    assert [name for name in files(settings) if name.startswith("captions/")] == [
        Lecture.objects.get().captions.name
    ]
    assert "Nu är det rättat." in Client().get(lecture.get_absolute_url()).content.decode()
    assert not ComingCaptions.objects.exists()
    latest = lecture.history.latest()
    assert (latest.history_user, latest.history_change_reason) == (
        editor.person,
        "Undertexterna byttes vid den tid som var vald.",
    )
    assert latest.captions_reviewed_by == editor.person


def test_captions_of_a_machine_are_still_marked_when_they_are_in_place(editor):
    lecture = added(editor)
    editor.post(ADD, form(lecture, file=captions(NEW.replace("WEBVTT", "WEBVTT\n\nNOTE whisper"))))

    with time_machine.travel("2099-12-03 07:01Z"):
        exchange_due()

    assert Lecture.objects.get().captions_unreviewed


def test_draft_without_a_time_is_never_put_in_place(editor):
    lecture = added(editor)
    editor.post(ADD, form(lecture, published_at_0="", published_at_1=""))

    with time_machine.travel("2199-01-01"):
        exchanged = exchange_due()

    assert exchanged == 0
    assert ComingCaptions.objects.get().published_at is None


def test_captions_that_fail_do_not_keep_the_others(editor, caplog):
    lecture = added(editor)
    before = make_coming_captions(make_lecture(), file="captions/borta.vtt")
    editor.post(ADD, form(lecture))
    ComingCaptions.objects.update(published_at=timezone.now())

    exchanged = exchange_due()

    assert exchanged == 1
    assert said(lecture) == ["Nu är det rättat."]
    assert list(ComingCaptions.objects.all()) == [before]
    assert f"Captions could not be put in place: {before.pk}" in caplog.text


def test_version_of_captions_in_place_is_shown_and_comes_back_only_with_a_file(editor):
    lecture = added(editor)
    editor.post(ADD, form(lecture))
    coming = ComingCaptions.objects.get()
    version = reverse(
        "admin:lectures_comingcaptions_simple_history", args=[coming.pk, coming.history.get().pk]
    )
    with time_machine.travel("2099-12-03 07:01Z"):
        exchange_due()

    shown = editor.get(version)
    refused = editor.post(version, form(lecture, file="", published_at_0="2100-01-01"))
    was_back = ComingCaptions.objects.exists()
    taken = editor.post(version, form(lecture, published_at_0="2100-01-01"))

    assert shown.context["original"] == coming
    assert errors(refused) == {"file": ["Detta fält måste fyllas i."]}
    assert not was_back
    assert taken.status_code == 302
    with ComingCaptions.objects.get().file.open() as file:
        assert file.read().decode() == NEW


def test_exchange_is_looked_for_every_minute(db):
    call_command("schedule")

    job = Schedule.objects.get(func="lectures.captioning.exchange_due")
    assert (job.schedule_type, job.minutes) == (Schedule.MINUTES, 1)


@pytest.mark.parametrize(
    ("fields", "name", "told"),
    [
        ({"published_at_0": "2023-02-20"}, "published_at", "Den tiden har redan varit. Välj en senare"),
        (
            {"file": captions("WEBVTT\n\n00:01.000 --> 00:00.500\nNej.\n")},
            "file",
            "Rad 3: Undertexten slutar",
        ),
        (
            {"file": captions(NEW.replace("00:01.500", "00:09.000"))},
            "file",
            "Rad 3: Undertexten visas till 0:09, men filmen slutar vid 0:02.",
        ),
    ],
)
def test_what_cannot_be_put_in_place_is_refused_at_once(editor, settings, fields, name, told):
    lecture = added(editor)
    before = files(settings)

    response = editor.post(ADD, form(lecture, **fields))

    assert errors(response)[name][0].startswith(told)
    assert files(settings) == before
    assert not ComingCaptions.objects.exists()


def test_lecture_has_one_exchange_at_a_time(editor):
    lecture = added(editor)
    make_coming_captions(lecture)

    response = editor.post(ADD, form(lecture))

    assert errors(response) == {
        "lecture": ["Undertexter väntar redan för den föreläsningen. Ändra dem, eller ta bort dem först."]
    }


def test_shorter_film_is_refused_while_longer_captions_wait(editor):
    lecture = make_lecture()
    editor.post(ADD, form(lecture, file=captions(NEW.replace("00:01.500", "00:09.000"))))

    response = editor.post(change(lecture), sent(film=film(), captions=captions()))

    assert errors(response)["film"][0].startswith("Undertexterna som väntar räcker längre än den nya filmen.")


def test_preview_shows_the_lecture_with_the_new_captions_and_saves_nothing(editor, settings):
    lecture = added(editor)
    before = files(settings)

    page = words(editor.post(ADD, form(lecture, _preview="1")))

    assert "Nu är det rättat." in page
    assert "Hej och välkomna." not in page
    assert said(lecture) == ["Hej och välkomna.", "Vi börjar."]
    assert files(settings) == before
    assert not ComingCaptions.objects.exists()


def test_stored_captions_are_previewed_in_the_player(editor):
    lecture = added(editor)
    editor.post(ADD, form(lecture))
    preview = reverse("admin:lectures_comingcaptions_preview", args=[ComingCaptions.objects.get().pk])

    page = editor.get(preview)
    video = BeautifulSoup(page.content, "html.parser").video

    assert "Nu är det rättat." in words(page)
    assert b"".join(editor.get(video.track["src"]).streaming_content).decode() == NEW
    assert b"".join(editor.get(video.source["src"]).streaming_content) == film_bytes()
    assert [Client().get(address).status_code for address in (preview, video.track["src"])] == [302, 302]


def test_lectures_form_leads_to_what_waits(editor):
    lecture = make_lecture()

    before = BeautifulSoup(editor.get(change(lecture)).content, "html.parser")
    coming = make_coming_captions(lecture, published_at=timezone.now() + timedelta(days=7))
    after = BeautifulSoup(editor.get(change(lecture)).content, "html.parser")

    way = before.find("a", string="Byt dem vid en viss tid")["href"]
    chosen = BeautifulSoup(editor.get(way).content, "html.parser").select_one("#id_lecture option[selected]")
    assert chosen["value"] == str(lecture.pk)
    assert after.find("a", string="Nya undertexter väntar")["href"] == change(coming)
    assert coming.seen_from in after.text
    assert "Byt dem vid en viss tid" not in after.text


def test_captions_that_are_taken_back_leave_no_file(editor, settings, django_capture_on_commit_callbacks):
    lecture = added(editor)
    before = files(settings)
    editor.post(ADD, form(lecture))
    coming = ComingCaptions.objects.get()
    assert Path(coming.file.path).exists()

    with django_capture_on_commit_callbacks(execute=True):
        editor.post(reverse("admin:lectures_comingcaptions_delete", args=[coming.pk]), {"post": "yes"})

    assert not ComingCaptions.objects.exists()
    assert files(settings) == before


def test_what_waits_stands_among_what_to_see_to(editor):
    make_coming_captions(make_lecture("Köpare"))

    page = words(editor.get("/admin/lectures/lecture/att-se-till/"))

    assert "Undertexter till Köpare undertexter som väntar" in page
