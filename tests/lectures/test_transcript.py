"""What is said in a film, as a text with times."""

import re

from bs4 import BeautifulSoup
from django.test import Client

from tests.factories import make_chapter, make_cue, make_lecture, make_notice


def page(client, lecture):
    return BeautifulSoup(client.get(lecture.get_absolute_url()).content, "html.parser").main


def words(element):
    return " ".join(element.get_text(" ").split())


def spoken(client, lecture):
    """Return the transcript's headings and paragraphs, in order."""
    return [words(part) for part in page(client, lecture).select("[data-transcript] > *")]


def test_what_is_said_is_read_under_its_chapters_with_its_times(client, db):
    lecture = make_lecture()
    make_cue(lecture, "Hej och välkomna.", second=0)
    make_cue(lecture, "Vi börjar med", second=61)
    make_cue(lecture, "vad lagen säger.", second=64)
    make_chapter(lecture, "Lagen", second=60, question="Vad gör ni i dag?")

    assert spoken(client, lecture) == [
        "Till 0:00 Hej och välkomna.",
        "Lagen",
        "Till 1:01 Vi börjar med vad lagen säger.",
        "Stanna och prata: Vad gör ni i dag?",
    ]


def test_silence_and_a_full_paragraph_begin_a_new_one(client, db):
    lecture = make_lecture()
    make_cue(lecture, "Före tystnaden.", second=0)
    make_cue(lecture, "Efter den.", second=10)
    for number in range(1, 9):
        make_cue(
            lecture,
            "En mening som är ganska lång, så lång som en undertext brukar vara.",
            second=10 + 4 * number,
        )

    paragraphs = spoken(client, lecture)

    assert [re.match(r"Till (\S+)", paragraph)[1] for paragraph in paragraphs] == ["0:00", "0:10", "0:30"]


def test_every_caption_can_be_linked_to_once(client, db):
    lecture = make_lecture()
    make_chapter(lecture, "Lagen", second=4)
    make_cue(lecture, "Ett.", second=4, end=4300)
    make_cue(lecture, "Två.", second=4, start=4400, end=4900)
    make_cue(lecture, "Tre.", second=5, end=5300)
    make_cue(lecture, "Fyra.", second=3700)

    main = page(client, lecture)

    ids = [element["id"] for element in main.select("[id^='t=']")]
    assert ids == ["t=4", "t=5", "t=3700"]
    assert main.find(id="t=4").name == "h3"
    assert {link["href"].removeprefix("#") for link in main.select("a[href^='#t=']")} <= set(ids)
    assert words(main.find(id="t=3700").parent) == "Till 1:01:40 Fyra."


def test_notice_stands_where_the_old_words_are_said(client, db):
    lecture = make_lecture()
    for number, text in enumerate(["Ett.", "Köp av sexuell tjänst.", "Tre."]):
        make_cue(lecture, text, second=number * 10)
    notice = make_notice(lecture, title="Nytt namn", source_url="https://lag.example.se/1")
    notice.places.update(second=12)

    main = page(client, lecture)

    assert spoken(client, lecture)[1:3] == [
        "Till 0:10 Köp av sexuell tjänst.",
        "0:12 Nytt sedan inspelningen: Nytt namn",
    ]
    beside = main.find("aside")
    assert "Gäller det som sägs vid 0:12 ." in words(beside)
    assert beside.find("a", href="https://lag.example.se/1").text == notice.source
    assert main.find("a", href=f"#notis-{notice.slug}") is not None


def test_chapters_are_told_also_when_nothing_is_known_of_what_is_said(client, db):
    lecture = make_lecture(film_url="https://film.example.se/1")
    make_chapter(lecture, "Lagen", second=60, question="Vad gör ni i dag?")
    make_chapter(lecture, "Inte klart", second=90, published_at=None)

    main = page(client, lecture)

    assert [words(item) for item in main.select(".ms-chapters li")] == [
        "1:00 Lagen Stanna efteråt och prata: Vad gör ni i dag?"
    ]
    assert main.select(".ms-chapters a") == []
    assert main.select("[data-transcript]") == []


def test_machine_made_captions_are_marked_until_someone_has_read_them(client, db, coordinator):
    lecture = make_lecture(film="film/f.mp4", captions="captions/t.vtt", captions_by_machine=True)
    make_cue(lecture)

    before = words(page(client, lecture))
    lecture.captions_reviewed_by, lecture.captions_reviewed_at = coordinator, lecture.published_at
    lecture.save()
    after = words(page(Client(), lecture))

    assert "Ej granskade Undertexterna är gjorda av en maskin." in before
    assert "Ej granskad Texten är gjord av en maskin." in before
    assert "granskad" not in after.replace("Granskat", "")


def test_lecture_of_an_hour_asks_the_database_as_often_as_a_short_one(
    client, db, django_assert_max_num_queries
):
    short, long = make_lecture(), make_lecture()
    for lecture, count in ((short, 1), (long, 40)):
        for number in range(count):
            make_cue(lecture, second=number * 4)
            make_chapter(lecture, second=number * 4)
            make_notice(lecture)

    client.get("/forelasningar/")
    with django_assert_max_num_queries(20) as first:
        client.get(short.get_absolute_url())
    with django_assert_max_num_queries(20) as second:
        client.get(long.get_absolute_url())

    assert len(second) == len(first)
