"""When a session ends: after idleness, after a working day, here or everywhere on demand; and what was typed is kept."""

from datetime import timedelta

import pytest
import time_machine
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from bs4 import BeautifulSoup
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from metodstod.models import Session, User
from metodstod.sessions import browser
from tests.metodstod.test_accounts import CONFIRM, ask_code, latest_code

START = "2026-11-24 09:00+01:00"


FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
TELEPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.5 Mobile/15E148 Safari/604.1"
)


def enter(person, user_agent=FIREFOX):
    client = Client(HTTP_ORIGIN="http://testserver", HTTP_USER_AGENT=user_agent)
    ask_code(client, person.email)
    client.post(CONFIRM, {"code": latest_code(person.email)})
    return client


def is_in(client):
    return client.get("/konto/").status_code == 200


def test_member_is_logged_out_after_four_idle_hours(social_worker):
    with time_machine.travel(START, tick=False) as clock:
        client = enter(social_worker)
        answers = []
        for minutes in (239, 239, 241):
            clock.shift(timedelta(minutes=minutes))
            answers.append(is_in(client))

    assert answers == [True, True, False]
    assert Session.objects.count() == 0


def test_staff_are_logged_out_after_an_idle_hour(coordinator, log_in):
    client = Client()
    with time_machine.travel(START, tick=False) as clock:
        log_in(client, coordinator)
        answers = []
        for minutes in (59, 59, 61):
            clock.shift(timedelta(minutes=minutes))
            answers.append(client.get("/admin/").status_code)

    assert answers == [200, 200, 302]


def test_session_ends_after_a_working_day_however_busy(social_worker):
    with time_machine.travel(START, tick=False) as clock:
        client = enter(social_worker)
        answers = []
        for _ in range(13):
            clock.shift(timedelta(minutes=59))
            answers.append(is_in(client))

    assert answers == [True] * 12 + [False]


def test_session_is_written_once_a_minute_at_most(social_worker, django_assert_num_queries):
    with time_machine.travel(START, tick=False) as clock:
        client = enter(social_worker)
        clock.shift(59)
        first = client.session["seen"]
        client.get("/konto/")
        unchanged = client.session["seen"]
        clock.shift(2)
        client.get("/konto/")
        written = client.session["seen"]

    assert (unchanged - first, written - first) == (0, 61)


def test_session_and_whose_it_is_are_one_question(social_worker):
    client = enter(social_worker)

    with CaptureQueriesContext(connection) as asked:
        client.get(reverse("team_list"))

    tables = [query["sql"].partition(" FROM ")[2].split(" ")[0] for query in asked]
    assert (tables[0], tables.count('"metodstod_user"')) == ('"metodstod_session"', 0)


def test_person_who_has_been_stopped_is_let_in_no_more(social_worker):
    client = enter(social_worker)
    User.objects.filter(pk=social_worker.pk).update(is_active=False)

    assert client.get("/konto/")["Location"] == "/konto/login/?next=/konto/"


def test_session_that_says_another_than_its_row_is_the_one_it_says(social_worker, outsider):
    client = enter(social_worker)
    Session.objects.update(person=outsider)

    assert outsider.email not in client.get("/konto/").content.decode()
    assert social_worker.email in client.get("/konto/").content.decode()


def test_what_was_typed_when_the_session_had_ended_is_handed_back(social_worker):
    with time_machine.travel(START, tick=False) as clock:
        client = enter(social_worker)
        clock.shift(timedelta(hours=5))
        answer = client.post("/konto/", {"name": "Ett namn som är så långt att det visas, av Sara"})

    assert answer.status_code == 401
    assert "av Sara" in BeautifulSoup(answer.content, "html.parser").main.textarea.text


def test_person_logs_out_everywhere(social_worker):
    browsers = [enter(social_worker) for _ in range(3)]
    before = [is_in(browser) for browser in browsers]

    answer = browsers[0].post("/konto/logga-ut-overallt/")
    after = [is_in(browser) for browser in browsers]

    assert before == [True] * 3
    assert answer["Location"] == "/konto/login/"
    assert after == [False] * 3
    assert is_in(enter(social_worker))


@pytest.mark.parametrize("method", ["get", "head"])
def test_nobody_is_logged_out_everywhere_by_a_link(social_worker, method):
    browser = enter(social_worker)

    assert getattr(browser, method)("/konto/logga-ut-overallt/").status_code == 405
    assert is_in(browser)


def test_logging_out_ends_the_session_on_the_server(social_worker):
    browser = enter(social_worker)
    stolen = browser.cookies.copy()
    browser.post("/konto/logout/")
    thief = Client()
    thief.cookies = stolen

    assert not is_in(thief)
    assert Session.objects.count() == 0


def test_browser_is_told_to_forget_the_pages_when_one_logs_out(social_worker):
    asked = enter(social_worker).get("/konto/logout/")
    here = enter(social_worker).post("/konto/logout/")
    everywhere = enter(social_worker).post("/konto/logga-ut-overallt/")

    assert [answer.get("Clear-Site-Data") for answer in (asked, here, everywhere)] == [
        None,
        '"cache"',
        '"cache"',
    ]


def test_session_is_a_new_one_after_login(social_worker):
    client = Client()
    ask_code(client, social_worker.email)
    before = client.cookies["session"].value
    client.post(CONFIRM, {"code": latest_code(social_worker.email)})

    planted = Client()
    planted.cookies["session"] = before

    assert client.cookies["session"].value != before
    assert not is_in(planted)


# Where one is logged in ----------------------------------------------------------------------------


def shown(client):
    """Return what the page of logins says of each."""
    page = BeautifulSoup(client.get("/konto/inloggningar/").content, "html.parser")
    return [
        " ".join(cell.get_text(" ", strip=True) for cell in row.find_all(["dt", "dd"])[:2])
        for row in page.select(".govuk-summary-list__row")
    ]


def handles(client):
    page = BeautifulSoup(client.get("/konto/inloggningar/").content, "html.parser")
    return [field["value"] for field in page.select("input[name=session]")]


def test_person_sees_where_they_are_logged_in_and_nobody_elses(social_worker, outsider):
    with time_machine.travel(START, tick=False) as clock:
        telephone = enter(social_worker, TELEPHONE)
        enter(outsider)
        clock.shift(timedelta(minutes=70))
        telephone.get("/konto/")
        clock.shift(timedelta(minutes=5))
        here = enter(social_worker)

        assert shown(here) == [
            "Firefox på Linux Här Inloggad 24 november kl. 10.15. Senast använd 24 november kl. 10.15.",
            "Safari på iPhone Inloggad 24 november kl. 09.00. Senast använd 24 november kl. 10.10.",
        ]


def test_login_that_has_ended_by_itself_is_not_shown(social_worker):
    with time_machine.travel(START, tick=False) as clock:
        enter(social_worker, TELEPHONE)
        clock.shift(timedelta(minutes=241))
        here = enter(social_worker)

        assert [text[:16] for text in shown(here)] == ["Firefox på Linux"]


def test_person_logs_out_of_one_browser_from_another(social_worker):
    telephone, here, third = (enter(social_worker, agent) for agent in (TELEPHONE, FIREFOX, FIREFOX))
    lost = next(row for row in handles(third) if row in handles(telephone))

    page = third.post("/konto/inloggningar/logga-ut/", {"session": lost}, follow=True)

    assert "Du är utloggad ur Firefox på Linux." in page.text
    assert [is_in(browser) for browser in (telephone, here, third)] == [True, False, True]


def test_nobody_is_logged_out_by_another_or_by_a_handle_that_is_not_there(social_worker, outsider):
    theirs, here = enter(outsider), enter(social_worker)
    foreign = Session.objects.get(person=outsider).handle

    pages = [
        here.post("/konto/inloggningar/logga-ut/", {"session": handle}, follow=True).text
        for handle in (foreign, "0" * 32, "å\x00", "")
    ]

    assert ["Den webbläsaren är redan utloggad." in page for page in pages] == [True] * 4
    assert is_in(theirs)
    assert is_in(here)


def test_page_of_logins_holds_no_key_that_lets_anyone_in(social_worker):
    other, here = enter(social_worker), enter(social_worker)
    page = here.get("/konto/inloggningar/").text

    assert len(handles(here)) == 1
    assert [key in page for key in (other.session.session_key, here.session.session_key)] == [False, False]


def test_staff_prove_it_again_before_they_log_out_elsewhere(coordinator, log_in):
    TOTP.activate(coordinator, generate_totp_secret())
    elsewhere = Client()
    elsewhere.force_login(coordinator)
    here = Client()
    with time_machine.travel(START, tick=False) as clock:
        log_in(here, coordinator)
        clock.shift(timedelta(minutes=16))
        answers = [here.post(path) for path in ("/konto/inloggningar/logga-ut/", "/konto/logga-ut-overallt/")]

    assert [answer["Location"].partition("?")[0] for answer in answers] == ["/konto/2fa/reauthenticate/"] * 2
    assert Session.objects.filter(person=coordinator).count() == 2


def test_session_knows_whose_it_is_and_of_the_browser_only_its_kind(social_worker):
    client = enter(social_worker, TELEPHONE)
    asked = Client()
    ask_code(asked, social_worker.email)

    kept = Session.objects.get(person=social_worker).get_decoded()

    assert kept["browser"] == "Safari på iPhone"
    assert "Mozilla" not in str(kept)
    assert "127.0.0.1" not in str(kept)
    assert Session.objects.get(session_key=asked.session.session_key).person is None
    assert is_in(client)


def test_logins_take_as_many_questions_whether_there_is_one_or_thirty(
    social_worker, django_assert_num_queries
):
    here = enter(social_worker)
    here.get("/konto/inloggningar/")
    with CaptureQueriesContext(connection) as one:
        here.get("/konto/inloggningar/")
    for _ in range(29):
        Client().force_login(social_worker)

    with django_assert_num_queries(len(one)):
        assert len(shown(here)) == 30


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/138.0 Safari/537.36 Edg/138.0", "Edge på Windows"),
        (
            "Mozilla/5.0 (Linux; Android 15; SM-S921B) SamsungBrowser/28.0 Chrome/130.0 Mobile Safari/537.36",
            "Samsung Internet på Android",
        ),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/18.5 Safari/605.1.15", "Safari på Mac"),
        ("Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) Chrome/138.0 Safari/537.36", "Chrome på Chromebook"),
        ("<script>alert(1)</script>", "Okänd webbläsare"),
        ("", "Okänd webbläsare"),
    ],
)
def test_browser_is_called_by_its_name(user_agent, name):
    assert browser(user_agent) == name
