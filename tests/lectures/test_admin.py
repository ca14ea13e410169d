"""What editors keep of step 1, and what coordinators read of it."""

from datetime import timedelta
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from django.contrib.auth.models import Group
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.urls import reverse

from lectures.models import Lecture, Material, Meeting, Notice, Provider
from tests.factories import (
    make_chapter,
    make_county,
    make_cue,
    make_lecture,
    make_material,
    make_meeting,
    make_municipality,
    make_notice,
    make_provider,
    make_staff,
    make_target_group,
    make_team,
)
from tests.lectures.films import film_bytes


@pytest.fixture(autouse=True)
def own_files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def with_role(client, db, log_in):
    """Log in someone of the staff who has the role, and return the client."""

    def with_role(name, *codes):
        call_command("loaddata", "roles", verbosity=0)
        person = make_staff(counties=[make_county(code) for code in codes])
        person.groups.add(Group.objects.get(name=name))
        log_in(client, person)
        return client

    return with_role


def listed(model):
    return reverse(f"admin:lectures_{model}_changelist")


def opened(thing):
    return reverse(f"admin:lectures_{thing._meta.model_name}_change", args=[thing.pk])


def filled_in(**fields):
    """What the form for a new lecture sends."""
    return (
        {
            "title": "Vad är människohandel?",
            "slug": "vad-ar-manniskohandel",
            "provider": make_provider().pk,
            "length": "0:40:04",
            "recorded_on": "",
            "summary": "Om lagen.",
            "audience": "Alla.",
            "target_groups": [make_target_group().pk],
            "field_of_work": "",
            "visual_description": "",
            "film_url": "",
            "embed_url": "",
            "position": "2",
            "reviewed_at": "",
            "published_at_0": "",
            "published_at_1": "",
        }
        | rows_below("chapters")
        | fields
    )


def rows_below(prefix, *filled, stored=()):
    """What the rows below a form send: those that are stored by their ids, and new ones."""
    sent = {f"{prefix}-TOTAL_FORMS": len(filled), f"{prefix}-INITIAL_FORMS": len(stored)}
    for number, row in enumerate(filled):
        sent |= {f"{prefix}-{number}-{name}": value for name, value in row.items()}
    return sent


def stored(file):
    return Path(file.path).read_bytes()


def errors_of(response):
    assert response.status_code == 200
    return dict(response.context["adminform"].form.errors)


# Editors ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "make"),
    [
        ("provider", make_provider),
        ("lecture", make_lecture),
        ("notice", make_notice),
        ("material", make_material),
    ],
)
def test_editor_opens_every_page(with_role, model, make):
    editor, thing = with_role("redaktör"), make()

    pages = [listed(model), reverse(f"admin:lectures_{model}_add"), opened(thing)]
    if model != "provider":
        pages.append(reverse(f"admin:lectures_{model}_history", args=[thing.pk]))

    assert [editor.get(page).status_code for page in pages] == [200] * len(pages)


def test_editor_reads_who_changed_what_in_swedish(with_role):
    editor, lecture = with_role("redaktör"), make_lecture("Gammal titel")
    editor.post(opened(lecture), filled_in(title="Ny titel"))

    history = editor.get(reverse("admin:lectures_lecture_history", args=[lecture.pk])).content.decode()
    then = editor.get(
        reverse("admin:lectures_lecture_simple_history", args=[lecture.pk, lecture.history.earliest().pk])
    ).content.decode()

    table = BeautifulSoup(history, "html.parser").find(id="change-history")
    assert [row.td.text.strip() for row in table.tbody.find_all("tr")] == [
        "ändrad",
        "skapad",
    ]
    assert "Titel: Gammal titel → Ny titel" in " ".join(table.text.split())
    assert " style=" not in history
    assert 'value="Återställ"' in then
    assert "Revert" not in then


def test_file_in_the_form_has_no_link_that_leads_nowhere(with_role):
    editor, lecture = with_role("redaktör"), make_lecture(captions="captions/text.vtt")
    lecture.film.save("film.mp4", ContentFile(b"film"))

    form = BeautifulSoup(editor.get(opened(lecture)).content, "html.parser").find(class_="field-film")

    assert "film/film.mp4" in form.text
    assert form.find("a") is None
    assert form.find(attrs={"name": "film-clear"}) is not None


def test_editor_adds_a_lecture(with_role):
    editor = with_role("redaktör")

    response = editor.post(reverse("admin:lectures_lecture_add"), filled_in())

    lecture = Lecture.objects.get()
    assert response.status_code == 302
    assert (lecture.title, lecture.length) == ("Vad är människohandel?", timedelta(minutes=40, seconds=4))
    assert lecture.published_at is None
    assert lecture.history.get().history_user.is_staff


def test_editor_adds_a_notice_and_material(with_role):
    editor, lecture = with_role("redaktör"), make_lecture()

    editor.post(
        reverse("admin:lectures_notice_add"),
        {
            "title": "Ny lag",
            "slug": "ny-lag",
            "text": "Lagen har ändrats.",
            "valid_from": "2025-07-01",
            "source": "prop. 2024/25:124",
            "reviewed_at": "2026-11-03",
            "published_at_0": "2026-11-03",
            "published_at_1": "08:00",
        }
        | rows_below("places", {"lecture": lecture.pk, "second": "0:12"}),
    )
    editor.post(
        reverse("admin:lectures_material_add"),
        {
            "title": "Samtalsstöd",
            "slug": "samtalsstod",
            "summary": "Stöd för samtal.",
            "file": SimpleUploadedFile("stod.pdf", b"%PDF-1.7\n%%EOF"),
            "url": "",
            "owner": "Länsstyrelsen",
            "reviewed_at": "2026-11-03",
            "position": "1",
            "published_at_0": "2026-11-03",
            "published_at_1": "08:00",
        },
    )

    assert list(Notice.objects.get().places.values_list("lecture", "second")) == [(lecture.pk, 12)]
    assert stored(Material.objects.get().file) == b"%PDF-1.7\n%%EOF"


@pytest.mark.parametrize(
    ("fields", "errors"),
    [
        (
            {"film": ("film.exe", b"MZ")},
            {"film": ["Filen är ett program, inte en film i mp4 eller webm."]},
        ),
        (
            {"length": "0:00:00"},
            {"length": ["Längden ska vara mer än noll."]},
        ),
        (
            {"embed_url": "http://player.example.com/1", "film_url": "https://example.com/1"},
            {"embed_url": ["Adressen ska börja med https://."]},
        ),
        (
            {"embed_url": "https://player.example.com/1"},
            {"__all__": ["Ange också filmens sida, så att besökaren ser vart den leder."]},
        ),
        (
            {"film_url": "javascript:alert(1)"},
            {"film_url": ["Skriv hela webbadressen, till exempel https://www.example.se/."]},
        ),
        (
            {"published_at_0": "0001-01-01", "published_at_1": "00:00"},
            {"published_at": ["Skriv ett år från 1900 och framåt."]},
        ),
    ],
)
def test_editor_is_told_what_is_wrong(with_role, fields, errors):
    editor = with_role("redaktör")
    sent = {
        name: SimpleUploadedFile(*value) if isinstance(value, tuple) else value
        for name, value in fields.items()
    }

    response = editor.post(reverse("admin:lectures_lecture_add"), filled_in(**sent))

    assert errors_of(response) == errors
    assert not Lecture.objects.exists()


def test_address_of_a_lecture_stays_what_it_was(with_role):
    editor, lecture = with_role("redaktör"), make_lecture(slug="forsta")

    editor.post(opened(lecture), filled_in(slug="andra", title="Ny titel"))

    lecture.refresh_from_db()
    assert (lecture.slug, lecture.title) == ("forsta", "Ny titel")


def test_real_film_takes_the_place_of_the_example_and_all_that_belongs_to_it(with_role):
    editor, lecture = with_role("redaktör"), make_lecture(is_example=True)
    for name, file in (("captions", "exempel.vtt"), ("film", "exempel.mp4"), ("poster", "exempel.webp")):
        getattr(lecture, name).save(file, ContentFile(b"exempel"))
    make_cue(lecture, "Det här är en exempelfilm.")
    make_chapter(lecture, "Om exemplet")
    make_notice(lecture).places.update(second=4)

    editor.post(
        opened(lecture), filled_in(length="0:00:02", film=SimpleUploadedFile("riktig.mp4", film_bytes()))
    )

    lecture.refresh_from_db()
    assert stored(lecture.film) == film_bytes()
    assert (lecture.is_example, lecture.captions.name) == (False, "")
    assert stored(lecture.poster)[:4] == b"RIFF"
    assert (lecture.cues.count(), lecture.chapters.count()) == (0, 0)
    assert lecture.notice_places.get().second is None


def test_example_stays_an_example_when_something_else_is_changed(with_role):
    editor, lecture = with_role("redaktör"), make_lecture(is_example=True)
    for name, file in (("captions", "exempel.vtt"), ("film", "exempel.mp4")):
        getattr(lecture, name).save(file, ContentFile(b"exempel"))

    editor.post(opened(lecture), filled_in(title="Ny titel"))

    lecture.refresh_from_db()
    assert (lecture.title, lecture.is_example, stored(lecture.captions)) == ("Ny titel", True, b"exempel")


def test_nobody_deletes_a_lecture_that_a_group_may_have_seen(with_role):
    editor, lecture = with_role("redaktör"), make_lecture()

    response = editor.post(reverse("admin:lectures_lecture_delete", args=[lecture.pk]), {"post": "yes"})

    assert response.status_code == 403
    assert Lecture.objects.get() == lecture


@pytest.mark.parametrize("make", [make_provider, make_lecture, make_notice, make_material])
def test_coordinator_changes_no_content(with_role, make):
    coordinator, thing = with_role("samordnare", "13"), make()

    assert coordinator.get(opened(thing)).status_code == 403
    assert coordinator.get(listed(thing._meta.model_name)).status_code == 403


def test_lists_ask_the_database_as_often_for_one_as_for_thirty(with_role, django_assert_max_num_queries):
    editor = with_role("redaktör")
    make_meeting(make_team(), lectures=[make_lecture(provider=make_provider("en"))])

    def queries(client, *models):
        counts = []
        for model in models:
            client.get(listed(model))
            with django_assert_max_num_queries(20) as captured:
                client.get(listed(model))
            counts.append(len(captured))
        return counts

    before = queries(editor, "lecture", "notice", "material", "provider")
    for number in range(30):
        make_lecture(provider=make_provider(f"avsandare-{number}"))
        make_notice()
        make_material()

    assert queries(editor, "lecture", "notice", "material", "provider") == before
    assert Provider.objects.count() == 31


# Coordinators ----------------------------------------------------------------------------------------


def rows(response):
    table = BeautifulSoup(response.content, "html.parser").find(id="result_list")
    return (
        []
        if table is None
        else [
            [cell.text.strip() for cell in row.find_all(["th", "td"])] for row in table.tbody.find_all("tr")
        ]
    )


@pytest.fixture
def boras(db):
    return make_municipality("Borås", code="1490", domain="boras.example.se")


def test_coordinator_reads_the_meetings_of_the_own_county(with_role, boras):
    coordinator = with_role("samordnare", "13")
    team = make_team(name="Barn och unga, Halmstad")
    make_meeting(team, lectures=[make_lecture(), make_lecture()], count_social_worker=4, count_other=3)
    make_meeting(make_team(municipality=boras, name="Borås grupp"))

    page = rows(coordinator.get(listed("meeting")))

    assert [row[1:] for row in page] == [["Barn och unga, Halmstad", "Halmstad", "7", "2"]]


def test_coordinator_of_another_county_finds_no_meeting(with_role):
    coordinator = with_role("samordnare", "14")
    meeting = make_meeting(make_team())

    assert rows(coordinator.get(listed("meeting"))) == []
    assert coordinator.get(opened(meeting)).status_code == 404
    assert (
        meeting.team.name
        not in coordinator.get(listed("meeting"), {"q": meeting.team.name})
        .content.decode()
        .split("</form>")[-1]
    )


def test_coordinator_reads_counts_and_never_who(with_role, social_worker):
    coordinator = with_role("samordnare", "13")
    meeting = make_meeting(
        make_team(social_worker), lectures=[make_lecture("Vad är människohandel?")], logged_by=social_worker
    )

    page = coordinator.get(opened(meeting)).content.decode()

    assert "Vad är människohandel?" in page
    assert social_worker.name not in page
    assert social_worker.email not in page
    assert "<textarea" not in page


def test_coordinator_neither_adds_nor_changes_nor_deletes_meetings(with_role):
    coordinator = with_role("samordnare", "13")
    meeting = make_meeting(make_team(), count_social_worker=4)

    answers = [
        coordinator.get(reverse("admin:lectures_meeting_add")),
        coordinator.post(opened(meeting), {"count_social_worker": "9"}),
        coordinator.post(reverse("admin:lectures_meeting_delete", args=[meeting.pk]), {"post": "yes"}),
    ]

    assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert Meeting.objects.get().count_social_worker == 4


def test_meetings_list_asks_the_database_as_often_for_one_as_for_thirty(
    with_role, django_assert_max_num_queries
):
    coordinator = with_role("samordnare", "13")
    lecture = make_lecture()
    make_meeting(make_team(), lectures=[lecture])

    def queries():
        with django_assert_max_num_queries(20) as captured:
            coordinator.get(listed("meeting"))
        return len(captured)

    before = queries()
    for _ in range(29):
        make_meeting(make_team(), lectures=[lecture])

    assert queries() == before


def test_group_member_has_no_admin(client, social_worker, log_in):
    log_in(client, social_worker)

    assert client.get(listed("meeting")).status_code == 302
