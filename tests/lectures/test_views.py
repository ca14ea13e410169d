"""The pages of step 1 that are open to everyone."""

import re
from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.factories import make_field_of_work, make_lecture, make_material, make_notice


@pytest.fixture(autouse=True)
def own_files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def read(client, lecture, **query):
    return BeautifulSoup(client.get(lecture.get_absolute_url(), query).content, "html.parser").main


CONTENT = {
    "film": b"film",
    "poster": b"bild",
    "captions": "WEBVTT\n\n00:00.000 --> 00:01.000\nÅ".encode(),
}


def with_film(**fields):
    lecture = make_lecture(**fields)
    for name, file in {"captions": "text.vtt", "film": "film.mp4", "poster": "bild.webp"}.items():
        getattr(lecture, name).save(file, ContentFile(CONTENT[name]))
    return lecture


def text_of(element):
    return " ".join(element.get_text(" ").split())


# A lecture's page ------------------------------------------------------------------------------------


def test_lecture_with_its_own_film_is_watched_in_the_page(client, db):
    lecture = with_film(title="Vad är människohandel?")

    main = read(client, lecture)

    video, source, track = main.video, main.video.source, main.video.track
    assert (video["width"], video["height"], video["preload"]) == ("1280", "720", "none")
    assert video["poster"] == reverse("lectures:poster", args=[lecture.slug])
    assert (source["src"], source["type"]) == (reverse("lectures:film", args=[lecture.slug]), "video/mp4")
    assert track["src"] == reverse("lectures:captions", args=[lecture.slug])
    assert (track["kind"], track["srclang"]) == ("captions", "sv")
    assert "exempelfilm" not in text_of(main)


def test_example_film_says_that_it_is_not_the_lecture(client, db):
    lecture = with_film(is_example=True)

    assert "Det här är en kort exempelfilm, inte föreläsningen." in text_of(read(client, lecture))


def test_lecture_without_film_says_so(client, db):
    main = read(client, make_lecture())

    assert "Filmen finns inte här än." in text_of(main)
    assert main.video is None


def test_lecture_tells_its_facts(client, db):
    lecture = make_lecture(
        "Att erbjuda stöd",
        summary="Första stycket.\n\nAndra stycket.",
        audience="Du som möter barn och unga.",
        field_of_work=make_field_of_work(),
        visual_description="En bild visar en trappa.",
    )

    main = read(client, lecture)

    facts = {text_of(row.dt): text_of(row.dd) for row in main.find_all(class_="govuk-summary-list__row")}
    assert facts == {
        "Längd": "10 minuter",
        "Avsändare": "Mikamottagningen",
        "För vem": "Du som möter barn och unga.",
        "Målgrupper": "Anhöriga",
    }
    assert [text_of(heading) for heading in main.find_all("h1")] == ["Föreläsning 1 av 1 Att erbjuda stöd"]
    assert "Första stycket. Andra stycket." in text_of(main)
    assert "En bild visar en trappa." in text_of(main)
    assert "men se gärna föreläsningar från alla avsändare" in text_of(main)


def test_lecture_shows_what_is_new_since_it_was_recorded(client, db):
    lecture, other = make_lecture(), make_lecture()
    make_notice(lecture, title="Brottet har bytt namn", text="Det heter <köp>.")
    make_notice(title="Gäller alla")
    make_notice(other, title="Om den andra")
    make_notice(lecture, title="Inte klar", published_at=None)
    make_notice(lecture, title="Senare", published_at=timezone.now() + timedelta(hours=1))

    notices = read(client, lecture).find_all("aside")

    assert {text_of(notice.h2) for notice in notices} == {
        "Nytt sedan inspelningen: Brottet har bytt namn",
        "Nytt sedan inspelningen: Gäller alla",
    }
    told = text_of(next(notice for notice in notices if "namn" in notice.h2.text))
    assert "Det heter <köp>." in told
    assert "Gäller från den 1 juli 2025. Källa: prop. 2024/25:124. Granskat den 3 november 2026." in told


def test_lecture_leads_to_the_one_before_and_the_one_after(client, db):
    first, _, second, third = (
        make_lecture("Ett", position=1),
        make_lecture("Utkast", position=2, published_at=None),
        make_lecture("Två", position=3),
        make_lecture("Tre", position=4),
    )

    way = read(client, second).find(class_="ms-pager").find_all("a")

    assert [link["href"] for link in way] == [first.get_absolute_url(), third.get_absolute_url()]
    assert [link["rel"] for link in way] == [["prev"], ["next"]]
    assert [link["href"] for link in read(client, first).find(class_="ms-pager").find_all("a")] == [
        second.get_absolute_url()
    ]


def test_only_lecture_leads_nowhere(client, db):
    assert read(client, make_lecture()).find(class_="ms-pager") is None


@pytest.mark.parametrize("slug", ["finns-inte", "1", "-", "a" * 500])
def test_lecture_that_is_not_there_is_not_found(client, db, slug):
    assert client.get(f"/forelasningar/{slug}/").status_code == 404


def test_unpublished_lecture_is_not_found_and_neither_are_its_files(client, db):
    lecture = with_film(published_at=None)

    addresses = [lecture.get_absolute_url()]
    addresses += [reverse(f"lectures:{name}", args=[lecture.slug]) for name in ("film", "captions", "poster")]
    assert [client.get(address).status_code for address in addresses] == [404] * 4


def test_title_in_the_history_is_neutral(client, db):
    page = client.get(make_lecture("Köpare av sexuella tjänster").get_absolute_url()).content.decode()

    assert re.search(r"<title>\s*(.*?)\s*</title>", page)[1] == "Föreläsning 1 – Metodstöd"


def test_lecture_asks_the_database_as_often_for_one_as_for_thirty(db, django_assert_num_queries):
    lecture = make_lecture()
    with django_assert_num_queries(9):
        Client().get(lecture.get_absolute_url())
    for _ in range(30):
        make_notice(lecture)
        make_lecture()

    with django_assert_num_queries(9):
        main = read(Client(), lecture)

    assert len(main.find_all("aside")) == 30


# An outside film -------------------------------------------------------------------------------------


def frame_sources(response):
    parts = [part.split() for part in response["Content-Security-Policy"].split(";")]
    policy = {name: sources for name, *sources in parts}
    return policy.get("frame-src")


def test_outside_film_is_a_link_that_names_where_it_leads(client, db):
    lecture = make_lecture(film_url="https://vimeo.example.com/123")

    response = client.get(lecture.get_absolute_url())

    main = BeautifulSoup(response.content, "html.parser").main
    link = main.find("a", href="https://vimeo.example.com/123")
    assert text_of(link) == "Öppna filmen på vimeo.example.com – en annan webbplats"
    assert link["rel"] == ["noreferrer", "noopener"]
    assert main.iframe is None
    assert frame_sources(response) is None


def test_outside_film_that_cannot_be_embedded_is_not(client, db):
    lecture = make_lecture(film_url="https://vimeo.example.com/123")

    response = client.get(lecture.get_absolute_url(), {"visa": "film"})

    assert b"<iframe" not in response.content
    assert frame_sources(response) is None


def test_embedded_film_waits_for_a_click_that_names_its_host(client, db):
    lecture = make_lecture(
        film_url="https://vimeo.example.com/123", embed_url="https://player.vimeo.example.com/video/123?dnt=1"
    )

    main = read(client, lecture)

    assert main.iframe is None
    assert text_of(main.find("a", href="?visa=film")) == "Visa filmen här, från player.vimeo.example.com"
    assert main.find("a", href="https://vimeo.example.com/123") is not None


def test_embedded_film_opens_the_policy_for_its_host_in_that_answer_only(client, db):
    lecture = make_lecture(
        film_url="https://vimeo.example.com/123", embed_url="https://player.vimeo.example.com/video/123?dnt=1"
    )

    response = client.get(lecture.get_absolute_url(), {"visa": "film"})

    frame = BeautifulSoup(response.content, "html.parser").main.iframe
    assert frame["src"] == "https://player.vimeo.example.com/video/123?dnt=1"
    assert frame["sandbox"] == ["allow-scripts", "allow-same-origin"]
    assert frame["referrerpolicy"] == "strict-origin"
    assert "player.vimeo.example.com" in frame["title"]
    assert frame_sources(response) == ["https://player.vimeo.example.com"]
    assert frame_sources(client.get(lecture.get_absolute_url())) is None
    assert frame_sources(client.get(lecture.get_absolute_url(), {"visa": "annat"})) is None


def test_own_film_goes_before_an_outside_one(client, db):
    lecture = with_film(film_url="https://vimeo.example.com/1", embed_url="https://player.example.com/1")

    response = client.get(lecture.get_absolute_url(), {"visa": "film"})

    assert b"<video" in response.content
    assert b"<iframe" not in response.content
    assert frame_sources(response) is None


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://user:secret@player.example.com:8443/video/1", "https://player.example.com:8443"),
        ("https://spelare.exempel-åäö.se/1", "https://spelare.xn--exempel--7zaj2q.se"),
    ],
)
def test_policy_names_the_host_alone(db, url, origin):
    assert make_lecture(film_url="https://example.com/1", embed_url=url).embed_origin == origin


# Files -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content_type"),
    [("film", "video/mp4"), ("poster", "image/webp"), ("captions", "text/vtt; charset=utf-8")],
)
def test_lecture_file_is_sent_as_what_it_is(client, db, name, content_type):
    lecture = with_film()

    response = client.get(reverse(f"lectures:{name}", args=[lecture.slug]))

    assert response.status_code == 200
    assert b"".join(response.streaming_content) == CONTENT[name]
    assert response["Content-Type"] == content_type
    assert response["Cache-Control"] == "public, max-age=600"
    assert "Content-Disposition" not in response


@pytest.mark.parametrize("name", ["film", "poster", "captions"])
def test_lecture_file_that_is_not_there_is_not_found(client, db, name):
    without, lost = make_lecture(), with_film()
    getattr(lost, name).storage.delete(getattr(lost, name).name)

    addresses = [reverse(f"lectures:{name}", args=[lecture.slug]) for lecture in (without, lost)]
    assert [client.get(address).status_code for address in addresses] == [404, 404]


# Material --------------------------------------------------------------------------------------------


def material_page(client):
    return BeautifulSoup(client.get(reverse("lectures:materials")).content, "html.parser").main


def test_material_that_waits_for_its_file_says_so(client, db):
    make_material(title="Samtalsstöd")

    main = material_page(client)

    assert "Filen är inte klar" in text_of(main)
    assert main.find("a", string=re.compile("Hämta")) is None


def test_material_is_kept_as_a_file_of_its_own_name(client, db):
    material = make_material(slug="samtalsstod", title="Samtalsstöd")
    material.file.save("Mitt dok.PDF", ContentFile(b"%PDF-1.7"))

    link = material_page(client).find("a", string=re.compile("Hämta"))
    response = client.get(link["href"])

    assert text_of(link) == "Hämta Samtalsstöd (PDF)"
    assert b"".join(response.streaming_content) == b"%PDF-1.7"
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"] == 'attachment; filename="samtalsstod.pdf"'
    assert response["X-Content-Type-Options"] == "nosniff"


def test_material_elsewhere_names_where_it_leads(client, db):
    make_material(title="Kurs", url="https://www.example.org/kurs")

    link = material_page(client).find("a", href="https://www.example.org/kurs")

    assert text_of(link) == "Öppna Kurs på www.example.org – en annan webbplats"
    assert link["rel"] == ["noreferrer", "noopener"]


def test_unpublished_material_is_not_found(client, db):
    material = make_material(title="Hemligt utkast", published_at=None)
    material.file.save("utkast.pdf", ContentFile(b"%PDF-1.7"))

    assert "Hemligt utkast" not in text_of(material_page(client))
    assert client.get(reverse("lectures:material_file", args=[material.slug])).status_code == 404


def test_material_without_file_has_none_to_send(client, db):
    assert client.get(reverse("lectures:material_file", args=[make_material().slug])).status_code == 404


def test_material_page_says_when_there_is_nothing(client, db):
    assert "Det finns inget material här än." in text_of(material_page(client))


def test_pages_open_to_everyone_leave_no_cookie(client, db):
    lecture = with_film()
    addresses = [reverse("lectures:materials"), lecture.get_absolute_url()]
    addresses += [reverse(f"lectures:{name}", args=[lecture.slug]) for name in ("film", "captions", "poster")]

    for address in addresses:
        response = client.get(address)
        assert response.cookies == {}
        assert "Cookie" not in response.get("Vary", "")
        if response.streaming:
            b"".join(response.streaming_content)
