"""Pages that belong to no step, what a machine asks, and the page that hands back what was written."""

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import unquote

import pytest
from bs4 import BeautifulSoup
from django.core.cache import cache
from django.core.mail import get_connection
from django.core.mail.message import EmailMessage
from django.core.management import call_command
from django.db import DatabaseError, OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from django_q.conf import Conf
from django_q.status import Stat

from metodstod import demo, views
from metodstod.models import County, Fact
from tests.factories import make_county, make_lecture

PAGES = ["/", "/stod-och-kontakt/", "/om/", "/personuppgifter/", "/tillganglighet/"]
# Each page asks the database this many times, however much there is to show.
# One of them asks whether what is kept is old; a page that has been kept asks nothing (test_kept.py).
MOST_QUERIES = 3


@pytest.fixture
def content(db):
    call_command("load_content", verbosity=0)


def main_of(response):
    return BeautifulSoup(response.content, "html.parser").main


def words(element):
    return " ".join(element.get_text(" ").split())


# Every page ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", PAGES)
def test_page_sets_no_cookie_and_is_the_same_for_everyone(client, content, path):
    response = client.get(path)

    assert response.status_code == 200
    assert "Set-Cookie" not in response.headers
    assert not response.cookies
    assert "Cookie" not in response.headers.get("Vary", "")


@pytest.mark.parametrize("path", PAGES)
def test_page_is_the_same_to_someone_logged_in(client, content, social_worker, log_in, path):
    before = Client().get(path).content
    log_in(client, social_worker)

    response = client.get(path)

    assert response.content == before
    assert not response.cookies


@pytest.mark.parametrize("path", PAGES)
def test_page_asks_the_database_little(client, content, django_assert_max_num_queries, path):
    with django_assert_max_num_queries(MOST_QUERIES):
        response = client.get(path)

    assert response.status_code == 200


@pytest.mark.parametrize("path", PAGES)
def test_page_has_a_neutral_title_and_one_heading(client, content, path):
    page = BeautifulSoup(client.get(path).content, "html.parser")

    assert page.title.string.endswith(" – Metodstöd")
    assert not re.search("sex|prostitu|människohandel|våld", page.title.string, re.IGNORECASE)
    assert len(page.main.find_all("h1")) == 1


@pytest.mark.parametrize("path", PAGES)
def test_page_can_be_shared_by_link_mail_and_print(client, content, path):
    main = main_of(client.get(path))

    mail = main.find("a", href=re.compile("^mailto:[?]"))["href"]
    assert f"http://testserver{path}" in unquote(mail)
    assert unquote(mail).startswith("mailto:?subject=Metodstöd&body=")
    assert f"Länk att kopiera: http://testserver{path}" in words(main)
    # Without a script nothing can print for the reader, so the button is hidden until one has come.
    assert main.find("button", attrs={"data-print": True}).has_attr("hidden")


@pytest.mark.parametrize("path", PAGES)
def test_page_stands_in_an_empty_portal(client, db, path):
    response = client.get(path)

    assert response.status_code == 200
    assert "None" not in words(main_of(response))


@pytest.mark.parametrize("path", PAGES)
def test_page_shows_what_staff_wrote_as_text(client, db, path):
    make_county(
        "13", authority="<script>alert(1)</script>", contact_email="a@example.se", name="<b>Halland</b>"
    )

    response = client.get(path)

    assert b"<script>alert(1)" not in response.content
    assert b"<b>Halland" not in response.content


# Start ---------------------------------------------------------------------------------------------


def test_start_shows_three_steps_in_order(client, content):
    steps = main_of(client.get("/")).select("ol.ms-steps > li")

    assert [step.a["href"] for step in steps] == ["/forelasningar/", "/aterkoppling/", "/konsultation/"]
    assert all("Ni gör:" in words(step) and "Ni får:" in words(step) for step in steps)


def test_start_counts_the_lectures_and_their_time(client, content):
    step = main_of(client.get("/")).select_one("ol.ms-steps > li")

    assert "10 föreläsningar, sammanlagt 5 timmar, 31 minuter och 27 sekunder" in words(step)


def test_start_counts_only_what_is_published(client, db):
    make_lecture(length=timedelta(minutes=30))
    make_lecture(length=timedelta(minutes=45), published_at=None)

    step = main_of(client.get("/")).select_one("ol.ms-steps > li")

    assert "sammanlagt 30 minuter" in words(step)


def test_start_says_what_a_mandate_is_and_where_help_is(client, content):
    main = main_of(client.get("/"))

    assert "mandat" in words(main.select_one(".govuk-inset-text"))
    assert main.find("a", href="/stod-och-kontakt/")


# Help ----------------------------------------------------------------------------------------------


def test_help_shows_numbers_to_press_with_hours_source_and_date(client, content):
    main = main_of(client.get("/stod-och-kontakt/"))

    line = main.find("a", href="tel:020505050").find_parent("li")
    assert line.a.string == "020-50 50 50"
    assert "Dygnet runt" in words(line)
    assert "Källa: Nationellt centrum för kvinnofrid" in words(line)
    assert "Granskad den 16 april 2024" in words(line)
    assert main.select_one(".govuk-warning-text").a["href"] == "tel:112"


def test_help_leaves_out_what_staff_have_not_confirmed(client, content):
    text = words(main_of(client.get("/stod-och-kontakt/")))

    waiting = Fact.objects.filter(published=False).exclude(phone="")
    assert waiting.count() == 4
    assert [fact.phone for fact in waiting if fact.phone in text] == []


def test_help_shows_a_number_when_staff_have_confirmed_it(client, content):
    Fact.objects.filter(slug="preventell").update(published=True)

    main = main_of(client.get("/stod-och-kontakt/"))

    assert main.find("a", href="tel:020667788")


def test_help_points_to_the_national_line_for_the_regional_coordinators(client, content):
    card = (
        main_of(client.get("/stod-och-kontakt/")).find("h3", string="Regionkoordinatorerna").find_parent("li")
    )

    assert card.select_one(".ms-number__tel") is None
    assert "020-390 000" in words(card)


def test_help_names_each_county_s_contact(client, content):
    County.objects.filter(code="14").update(contact_name="Ny Kontakt", contact_phone="010-123 45 67")

    main = main_of(client.get("/stod-och-kontakt/"))

    assert main.find("a", href="mailto:sigun.lilja@lansstyrelsen.se")
    assert main.find("a", href="tel:0101234567")
    assert "Ny Kontakt" in words(main)
    assert "Skåne" not in words(main)


def test_help_says_when_a_county_s_contact_is_missing(client, content):
    main = main_of(client.get("/stod-och-kontakt/"))

    assert words(main).count("Vi har inte lagt in länets kontaktuppgifter än.") == 1


def test_help_tells_how_to_hide_the_visit(client, content):
    main = main_of(client.get("/stod-och-kontakt/"))

    assert main.find("a", href="#dolj")
    assert "historik" in words(main.find(id="dolj").find_next("p").find_next("p"))


# About, privacy, accessibility ---------------------------------------------------------------------


def test_about_points_to_courses_elsewhere(client, content):
    main = main_of(client.get("/om/"))

    links = [link["href"] for link in main.select("li.ms-card a")]
    assert links == ["https://www.nck.uu.se/", "https://liu.se/", "https://jamstalldhetsmyndigheten.se/"]


def test_about_gives_the_authorities_facts(client, content):
    text = words(main_of(client.get("/om/")))

    for fact in ("Brittis Benzler", "Slottsgatan 2, Halmstad", "301 86 Halmstad", "202100-2353"):
        assert fact in text


def test_privacy_tells_the_times_that_are_set(client, content, settings):
    text = words(main_of(client.get("/personuppgifter/")))

    assert f"Koden gäller i {settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT // 60} minuter" in text
    assert f"i högst {settings.SESSION_COOKIE_AGE // 3600} timmar" in text


@pytest.mark.parametrize(
    "demanded",
    [
        "artikel 6.1 e",
        "Länsstyrelsen i Hallands län",
        "Hur länge:",
        "rätt att",
        "dataskyddsombudet",
        "Integritetsskydds",
    ],
)
def test_privacy_says_what_article_13_demands(client, content, demanded):
    assert demanded in words(main_of(client.get("/personuppgifter/")))


@pytest.mark.parametrize(
    "demanded",
    [
        "Länsstyrelsen i Hallands län",
        "delvis förenlig",
        "WCAG 2.2",
        "12 § lagen",
        "självskattning",
        "Senaste bedömningen gjordes den",
        "Redogörelsen uppdaterades senast den",
        "Myndigheten för digital förvaltning",
    ],
)
def test_accessibility_statement_says_what_the_law_demands(client, content, demanded):
    assert demanded in words(main_of(client.get("/tillganglighet/")))


def test_accessibility_statement_leads_to_us_and_to_the_supervisor(client, content, settings):
    main = main_of(client.get("/tillganglighet/"))

    assert main.find("a", href="mailto:sigun.lilja@lansstyrelsen.se")
    assert main.find("a", href=settings.SUPERVISOR_URL)


# What a machine asks -------------------------------------------------------------------------------


def test_healthz_answers_without_the_database(client, db, django_assert_num_queries):
    with django_assert_num_queries(0):
        response = client.get("/healthz")

    assert (response.status_code, response.content) == (200, b"ok\n")


@pytest.fixture
def worker(db):
    """A queue worker that has just reported itself, as the real one does."""
    key = f"{Conf.Q_STAT}:1"
    cache.set(key, _report(), 3)
    cache.set(Conf.Q_STAT, [key], 3)
    yield
    cache.clear()


def _report():
    from django_q.signing import SignedPackage

    return SignedPackage.dumps({"cluster_id": 1, "status": "Idle"}, True)


def test_readyz_is_ready_when_everything_is_there(client, worker):
    assert Stat.get_all()

    response = client.get("/readyz")

    assert response.status_code == 200
    assert response.json() == {"database": "ok", "migrations": "ok", "queue": "ok"}
    assert response["Cache-Control"] == "no-store"


def test_readyz_says_that_the_queue_is_away(client, db):
    cache.clear()

    response = client.get("/readyz")

    assert response.status_code == 503
    assert response.json() == {"database": "ok", "migrations": "ok", "queue": "away"}


def test_readyz_says_that_a_migration_is_pending(client, worker):
    MigrationRecorder(connection).record_unapplied("lectures", "0001_initial")

    response = client.get("/readyz")

    assert response.status_code == 503
    assert response.json()["migrations"] == "pending"


@pytest.mark.parametrize("error", [OperationalError, DatabaseError])
def test_readyz_says_that_the_database_is_away_and_no_more(client, db, monkeypatch, error):
    def away(self):
        raise error("connection to server at 10.0.0.1 failed for user metodstod")

    monkeypatch.setattr(MigrationRecorder, "applied_migrations", away)

    response = client.get("/readyz")

    assert response.status_code == 503
    assert response.json() == {"database": "away"}


def test_readyz_reads_the_migrations_from_disk_once(client, worker):
    for _ in range(3):
        client.get("/readyz")

    assert views.known_migrations.cache_info().misses <= 1
    assert views.known_migrations.cache_info().hits >= 2


def test_security_txt_tells_whom_to_write_to(client, settings):
    settings.SECURITY_CONTACT = "mailto:sakerhet@example.se"

    response = client.get("/.well-known/security.txt")

    fields = dict(line.split(": ", 1) for line in response.content.decode().splitlines())
    assert fields["Contact"] == "mailto:sakerhet@example.se"
    assert fields["Canonical"] == "http://testserver/.well-known/security.txt"
    expires = datetime.strptime(fields["Expires"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    assert timedelta(days=30) < expires - datetime.now(UTC) < timedelta(days=366)
    assert response["Content-Type"] == "text/plain; charset=utf-8"


# What was written is handed back -------------------------------------------------------------------

TEXT = '\nEn rad först är tom.\n<b>Inte fet</b> & "citat"\n' + "Och mer text. " * 10


def hidden_and_shown(response):
    form = BeautifulSoup(response.content, "html5lib").main.form
    hidden = {field["name"]: field["value"] for field in form.select("input[type=hidden]")}
    return form, hidden, {area["name"]: area.get_text() for area in form.select("textarea[readonly]")}


def test_text_sent_while_logged_out_is_handed_back(client, db):
    response = client.post(
        "/arbetsgrupp/ny/?x=1&y=2",
        {"name": "Kort", "need": TEXT, "csrfmiddlewaretoken": "old"},
        headers={"Sec-Fetch-Site": "same-origin"},
    )

    form, hidden, shown = hidden_and_shown(response)
    assert response.status_code == 401
    assert form["action"] == "/arbetsgrupp/ny/?x=1&y=2"
    assert shown == {"need": TEXT}
    assert hidden["name"] == "Kort"
    assert hidden["csrfmiddlewaretoken"] not in {"", "old"}
    assert "Logga in i en ny flik" in words(main_of(response))


def test_text_from_another_site_is_not_repeated(client, db):
    response = client.post(
        "/arbetsgrupp/ny/", {"need": "Text från någon annan."}, headers={"Sec-Fetch-Site": "cross-site"}
    )

    assert response.status_code == 401
    assert main_of(response).form is None
    assert "någon annan" not in words(main_of(response))


def test_text_in_a_form_grown_too_old_is_handed_back(social_worker, log_in):
    client = Client(enforce_csrf_checks=True)
    log_in(client, social_worker)

    response = client.post("/arbetsgrupp/ny/", {"need": TEXT}, headers={"Sec-Fetch-Site": "same-origin"})

    _, _, shown = hidden_and_shown(response)
    assert response.status_code == 403
    assert shown == {"need": TEXT}
    assert "Tryck på Fortsätt" in words(main_of(response))


def test_held_page_gives_every_text_a_label(client, db):
    response = client.post(
        "/arbetsgrupp/ny/", {"a": TEXT, "b": TEXT}, headers={"Sec-Fetch-Site": "same-origin"}
    )

    main = main_of(response)
    assert len({area["id"] for area in main.select("textarea")}) == 2
    assert {label["for"] for label in main.select("label")} == {
        area["id"] for area in main.select("textarea")
    }


# The demo's letter box -----------------------------------------------------------------------------


@pytest.fixture
def letter_box(settings, tmp_path):
    settings.DEMO, settings.DEMO_MAIL_DIR = True, tmp_path / "mail"
    return get_connection("metodstod.demo.MailboxBackend")


def test_letter_box_is_nowhere_in_production(client, db):
    assert client.get("/demo/post/").status_code == 404


def test_letter_box_shows_mail_newest_first(client, db, letter_box):
    for number in (1, 2):
        EmailMessage(f"Brev {number}", "Hej <b>du</b>!", to=["anna@example.se"], connection=letter_box).send()

    main = main_of(client.get("/demo/post/"))

    assert [heading.string for heading in main.find_all("h2")] == ["Brev 2", "Brev 1"]
    assert "Till anna@example.se" in words(main)
    assert "Hej <b>du</b>!" in words(main)


def test_letter_box_makes_links_pressable_and_codes_easy_to_copy(client, db, letter_box):
    body = "Din kod är:\n\n1234 5678\n\nSkriv den på http://localhost:8000/konto/login/."
    EmailMessage("Kod", body, to=["anna@example.se"], connection=letter_box).send()

    main = main_of(client.get("/demo/post/"))

    assert main.find("a", href="http://localhost:8000/konto/login/")
    assert main.select_one(".ms-reference").string == "1234 5678"


def test_letter_box_shows_a_calendar_file(client, db, letter_box):
    mail = EmailMessage("Tid", "Välkommen.", to=["anna@example.se"], connection=letter_box)
    mail.attach("tid.ics", "BEGIN:VCALENDAR", "text/calendar")
    mail.send()

    main = main_of(client.get("/demo/post/"))

    assert main.select_one("details pre").string.strip() == "BEGIN:VCALENDAR"


def test_letter_box_shows_no_more_than_it_says(client, db, letter_box, monkeypatch):
    monkeypatch.setattr(demo, "SHOWN", 2)
    for number in (1, 2, 3):
        EmailMessage(f"Brev {number}", "Hej!", to=["anna@example.se"], connection=letter_box).send()

    main = main_of(client.get("/demo/post/"))

    assert [heading.string for heading in main.find_all("h2")] == ["Brev 3", "Brev 2"]
    assert "de 2 senaste" in words(main)


def test_empty_letter_box_says_so(client, db, letter_box):
    main = main_of(client.get("/demo/post/"))

    assert "Inga brev än." in words(main)
