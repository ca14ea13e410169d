"""Films sent in parts: RFC 9110, sections 13 and 14."""

from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.urls import reverse
from django.utils import timezone
from django.utils.http import http_date

from lectures import ranges
from lectures.models import Lecture
from lectures.ranges import Unsatisfiable, asked_part, send_file
from tests.factories import make_lecture

WHOLE = bytes(range(256)) * 40
SIZE = len(WHOLE)


@pytest.fixture
def film(db, settings, tmp_path):
    """The address of a film that has been stored."""
    settings.MEDIA_ROOT = tmp_path
    lecture = make_lecture(captions="captions/text.vtt")
    lecture.film.save("film.mp4", ContentFile(WHOLE))
    return reverse("lectures:film", args=[lecture.slug])


@pytest.fixture
def fetch(client, film):
    """Ask for the film and read the answer to its end, as `response.body`."""

    def fetch(**headers):
        response = client.get(
            film, headers={name.replace("_", "-"): value for name, value in headers.items()}
        )
        response.body = b"".join(response.streaming_content) if response.streaming else response.content
        return response

    return fetch


@pytest.mark.parametrize(
    ("header", "part"),
    [
        ("bytes=0-", (0, SIZE - 1)),
        ("bytes=0-0", (0, 0)),
        ("bytes=100-199", (100, 199)),
        ("BYTES = 100-199 ", (100, 199)),
        ("bytes=100-999999", (100, SIZE - 1)),
        (f"bytes={SIZE - 1}-", (SIZE - 1, SIZE - 1)),
        ("bytes=-1", (SIZE - 1, SIZE - 1)),
        ("bytes=-500", (SIZE - 500, SIZE - 1)),
        ("bytes=-999999", (0, SIZE - 1)),
        ("bytes=007-008", (7, 8)),
    ],
)
def test_part_is_understood(header, part):
    assert asked_part(header, SIZE) == part


@pytest.mark.parametrize(
    "header",
    [
        "",
        "bytes",
        "bytes=",
        "bytes=-",
        "bytes=5-2",
        "bytes=a-b",
        "bytes=1-2-3",
        "bytes=--5",
        "bytes=+1-2",
        "bytes=0x1-2",
        "bytes=١-٢",
        "bytes=0-1,5-6",
        "bytes=0-1,",
        "seconds=0-1",
        "bytes=" + "9" * 5000 + "-",
    ],
)
def test_part_that_cannot_be_understood_or_is_several_is_ignored(header):
    assert asked_part(header, SIZE) is None


@pytest.mark.parametrize(
    "header", [f"bytes={SIZE}-", f"bytes={SIZE}-{SIZE + 5}", "bytes=999999999999999999-", "bytes=-0"]
)
def test_part_beyond_the_end_cannot_be_had(header):
    with pytest.raises(Unsatisfiable):
        asked_part(header, SIZE)


@pytest.mark.parametrize("header", ["bytes=0-", "bytes=-5"])
def test_nothing_can_be_had_of_an_empty_file(header):
    with pytest.raises(Unsatisfiable):
        asked_part(header, 0)


def test_film_is_sent_whole(fetch):
    response = fetch()

    assert response.status_code == 200
    assert response.body == WHOLE
    assert response["Content-Length"] == str(SIZE)
    assert response["Content-Type"] == "video/mp4"
    assert response["Accept-Ranges"] == "bytes"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "Content-Range" not in response


@pytest.mark.parametrize(
    ("header", "first", "last"),
    [
        ("bytes=0-0", 0, 0),
        ("bytes=100-199", 100, 199),
        ("bytes=-500", SIZE - 500, SIZE - 1),
        ("bytes=0-", 0, SIZE - 1),
    ],
)
def test_film_is_sent_in_part(fetch, header, first, last):
    response = fetch(Range=header)

    assert response.status_code == 206
    assert response.body == WHOLE[first : last + 1]
    assert response["Content-Length"] == str(last - first + 1)
    assert response["Content-Range"] == f"bytes {first}-{last}/{SIZE}"
    assert response["Content-Type"] == "video/mp4"


def test_film_is_sent_whole_when_the_range_is_ignored(fetch):
    response = fetch(Range="bytes=0-1,5-6")

    assert response.status_code == 200
    assert response.body == WHOLE


def test_film_has_nothing_beyond_its_end(fetch):
    response = fetch(Range=f"bytes={SIZE}-")

    assert response.status_code == 416
    assert response["Content-Range"] == f"bytes */{SIZE}"
    assert response.body == b""


def test_film_comes_in_parts_that_do_not_hold_a_thread(fetch, monkeypatch):
    monkeypatch.setattr(ranges, "LONGEST_PART", 1000)

    received = b""
    while len(received) < SIZE:
        response = fetch(Range=f"bytes={len(received)}-")
        assert response["Content-Range"].startswith(f"bytes {len(received)}-")
        received += response.body

    assert response["Content-Range"] == f"bytes {SIZE - SIZE % 1000}-{SIZE - 1}/{SIZE}"
    assert received == WHOLE


def test_head_tells_the_size_and_sends_nothing(client, film):
    response = client.head(film, headers={"Range": "bytes=0-9"})

    assert response.status_code == 200
    assert response["Content-Length"] == str(SIZE)
    assert response["Content-Type"] == "video/mp4"
    assert response["Accept-Ranges"] == "bytes"
    assert not response.streaming


def test_film_takes_no_post(client, film):
    assert client.post(film).status_code == 405


def test_part_is_sent_while_the_file_is_the_same(fetch):
    etag = fetch()["ETag"]

    response = fetch(Range="bytes=5-9", If_Range=etag)

    assert response.status_code == 206
    assert response.body == WHOLE[5:10]


def test_part_is_sent_while_the_date_is_the_same(fetch):
    modified = fetch()["Last-Modified"]

    response = fetch(Range="bytes=5-9", If_Range=modified)

    assert response.status_code == 206


@pytest.mark.parametrize(
    "changed",
    [
        lambda etag: '"another"',
        lambda etag: "W/" + etag,
        lambda etag: http_date((timezone.now() - timedelta(days=1)).timestamp()),
        lambda etag: http_date((timezone.now() + timedelta(days=1)).timestamp()),
        lambda etag: "nonsense",
    ],
)
def test_whole_film_is_sent_when_the_reader_has_a_part_of_another(fetch, changed):
    etag = fetch()["ETag"]

    response = fetch(Range="bytes=5-9", If_Range=changed(etag))

    assert response.status_code == 200
    assert response.body == WHOLE


def test_part_beyond_the_end_of_another_film_gives_the_whole(fetch):
    response = fetch(Range=f"bytes={SIZE}-", If_Range='"another"')

    assert response.status_code == 200


@pytest.mark.parametrize("method", ["get", "head"])
def test_film_that_the_reader_has_is_not_sent_again(client, film, fetch, method):
    first = fetch()

    by_etag = getattr(client, method)(film, headers={"If-None-Match": first["ETag"]})
    by_date = getattr(client, method)(film, headers={"If-Modified-Since": first["Last-Modified"]})

    assert (by_etag.status_code, by_date.status_code) == (304, 304)
    assert by_etag["ETag"] == first["ETag"]


def test_part_of_another_film_is_refused_when_the_reader_insists(fetch):
    response = fetch(Range="bytes=5-9", If_Match='"another"')

    assert response.status_code == 412


def test_film_that_is_replaced_has_another_mark(fetch):
    before = fetch()["ETag"]
    lecture = Lecture.objects.get()
    lecture.film.save("ny.mp4", ContentFile(WHOLE[::-1]))

    assert fetch()["ETag"] != before


def test_file_is_closed_when_it_has_been_sent(rf, film):
    response = send_file(
        rf.get(film, headers={"Range": "bytes=0-9"}), Lecture.objects.get().film, "video/mp4"
    )
    part = response.file_to_stream

    response.close()

    assert part.file.closed


@pytest.mark.django_db(transaction=True)
def test_film_under_way_holds_no_connection_to_the_database(rf, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    lecture = make_lecture(captions="captions/text.vtt")
    lecture.film.save("film.mp4", ContentFile(WHOLE))
    connection.ensure_connection()

    response = send_file(rf.get("/"), lecture.film, "video/mp4")

    assert connection.connection is None
    response.close()
