"""What every request passes, and how what someone wrote comes back when it cannot be taken."""

import uuid

import pytest
from bs4 import BeautifulSoup
from django.test import Client

from metodstod.models import Mail, Team
from tests.factories import make_municipality, make_user
from tests.metodstod.test_accounts import latest_code

TEXT = "Ett långt namn med åäö & <tecken> som någon har skrivit"


def soup(response):
    return BeautifulSoup(response.content, "html.parser")


def fields_of(form):
    """Return what a browser sends of a form: the inputs' and the textareas' values."""
    values = {field["name"]: field.get("value", "") for field in form.find_all("input", attrs={"name": True})}
    for area in form.find_all("textarea"):
        values[area["name"]] = area.get_text().removeprefix("\n")
    return values


@pytest.fixture
def browser():
    """A client that checks CSRF and, like a browser, says where its forms stood."""
    return Client(enforce_csrf_checks=True, HTTP_ORIGIN="http://testserver")


@pytest.fixture
def person(db):
    make_municipality()
    return make_user("sara@halmstad.example.se", name="Sara Svensson")


def log_in_by_code(browser, person):
    fields = fields_of(soup(browser.get("/konto/login/")).main.form)
    browser.post("/konto/login/", fields | {"email": person.email})
    fields = fields_of(soup(browser.get("/konto/login/code/confirm/")).main.form)
    browser.post("/konto/login/code/confirm/", fields | {"code": latest_code(person.email)})


def filled_team_form(browser, person):
    fields = fields_of(soup(browser.get("/arbetsgrupp/ny/")).main.form)
    return fields | {
        "name": TEXT,
        "municipality": person.municipality.pk,
        "workplace": "Kontoret",
        "organisation": "social_services",
    }


# What someone wrote comes back ---------------------------------------------------------------------


def test_text_sent_after_the_session_has_ended_is_kept_and_sent_again(browser, person):
    log_in_by_code(browser, person)
    form = filled_team_form(browser, person)
    del browser.cookies["session"]

    refused = browser.post("/arbetsgrupp/ny/", form)
    held = soup(refused).main.form
    log_in_by_code(browser, person)
    taken = browser.post(held["action"], fields_of(held))

    assert refused.status_code == 401
    assert "Din text är kvar" in soup(refused).h1.get_text()
    assert fields_of(held)["name"] == TEXT
    assert taken["Location"] == Team.objects.get(name=TEXT).get_absolute_url()


def test_text_in_another_tab_can_still_be_sent_after_a_new_login(browser, person):
    log_in_by_code(browser, person)
    form = filled_team_form(browser, person)
    del browser.cookies["session"]

    log_in_by_code(browser, person)
    taken = browser.post("/arbetsgrupp/ny/", form)

    assert taken["Location"] == Team.objects.get(name=TEXT).get_absolute_url()


def test_text_in_a_form_grown_too_old_is_kept_and_sent_again(browser, person):
    log_in_by_code(browser, person)
    form = filled_team_form(browser, person)
    del browser.cookies["csrf"]

    refused = browser.post("/arbetsgrupp/ny/", form)
    held = soup(refused).main.form
    taken = browser.post(held["action"], fields_of(held))

    assert refused.status_code == 403
    assert fields_of(held)["name"] == TEXT
    assert taken["Location"] == Team.objects.get(name=TEXT).get_absolute_url()


def test_text_kept_eight_times_is_stored_once(browser, person):
    log_in_by_code(browser, person)
    form = filled_team_form(browser, person)
    del browser.cookies["csrf"]
    held = soup(browser.post("/arbetsgrupp/ny/", form)).main.form

    answers = {browser.post(held["action"], fields_of(held))["Location"] for _ in range(8)}

    assert answers == {Team.objects.get().get_absolute_url()}


def test_text_of_several_lines_comes_back_as_it_was(browser, person):
    text = "\n\nFörsta raden\n  <b>andra</b> & ”tredje”\n\n"

    refused = browser.post("/arbetsgrupp/ny/", {"answer_1": text.replace("\n", "\r\n")})

    assert refused.status_code == 403
    assert fields_of(soup(refused).main.form)["answer_1"].replace("\r\n", "\n") == text


def test_text_sent_from_another_site_is_not_repeated(person):
    elsewhere = Client(enforce_csrf_checks=True, HTTP_ORIGIN="https://example.org")

    refused = elsewhere.post("/arbetsgrupp/ny/", {"name": TEXT})

    assert refused.status_code == 403
    assert TEXT not in soup(refused).get_text()


def test_code_and_token_are_never_repeated(browser, person):
    refused = browser.post(
        "/arbetsgrupp/ny/", {"name": TEXT, "code": "1234-5678", "csrfmiddlewaretoken": "x" * 64}
    )

    fields = fields_of(soup(refused).main.form)
    assert set(fields) == {"name", "csrfmiddlewaretoken"}
    assert fields["csrfmiddlewaretoken"] != "x" * 64


@pytest.mark.parametrize(("csrf", "status", "error"), [(True, 403, "old_form"), (False, 401, "logged_out")])
def test_script_is_told_in_a_way_it_can_act_on(person, csrf, status, error):
    client = Client(enforce_csrf_checks=csrf, HTTP_ACCEPT="application/json")

    answer = client.post("/arbetsgrupp/ny/", {"name": TEXT})

    assert (answer.status_code, answer.json()) == (status, {"error": error})


# Closed unless opened ------------------------------------------------------------------------------


def test_closed_page_leads_through_login_and_back(client, db):
    path = f"/arbetsgrupp/{uuid.uuid4()}/?a=1&b=2"

    answer = client.get(path)

    assert answer["Location"] == f"/konto/login/?next={path}".replace("?a", "%3Fa").replace(
        "&b", "%26b"
    ).replace("=1", "%3D1").replace("=2", "%3D2")


def test_inactive_person_is_out_at_once(client, person, log_in):
    log_in(client, person)
    before = client.get("/arbetsgrupp/").status_code
    person.is_active = False
    person.save()

    assert (before, client.get("/arbetsgrupp/").status_code) == (200, 302)


# Broken requests -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", ["/%00", "/forelasningar/?q=%00", "/konto/login/?next=%00", "/forelasningar/a%00b/", "/?%00"]
)
def test_nul_in_an_address_is_answered_with_400_under_the_same_policy(client, db, path):
    answer = client.get(path)

    assert answer.status_code == 400
    assert "default-src 'none'" in answer["Content-Security-Policy"]


def test_nul_in_a_cookie_is_answered_with_400(client, db):
    client.cookies["session"] = "x"

    answer = client.get("/arbetsgrupp/", headers={"cookie": 'session="aaaaaaaa\\000bbbb"'})

    assert answer.status_code == 400


@pytest.mark.parametrize("cookie", ["a", "x" * 4000, "åäö", "';--", "../../etc/passwd"])
def test_odd_session_is_no_session(client, db, cookie):
    answer = client.get("/arbetsgrupp/", headers={"cookie": f"session={cookie}"})

    assert answer.status_code == 302


def test_next_without_end_is_dropped(client, person):
    long = "/arbetsgrupp/" + "x" * 300

    page = soup(client.get("/konto/login/", {"next": long}))

    assert page.find("input", attrs={"name": "next"}) is None


def test_broken_utf8_in_a_form_is_kept_as_far_as_it_can_be(client, person, log_in):
    log_in(client, person)

    answer = client.post(
        "/arbetsgrupp/ny/",
        b"name=\xff\xfeGruppen&workplace=",
        content_type="application/x-www-form-urlencoded",
    )

    assert answer.status_code == 200
    assert soup(answer).find(id="id_name")["value"].endswith("Gruppen")


def test_public_page_sets_no_cookie_even_with_a_broken_query(client, db):
    for path in ["/", "/?next=https://example.org", "/stod-och-kontakt/?a=%ff"]:
        answer = client.get(path)

        assert answer.status_code == 200
        assert not answer.cookies
        assert "Cookie" not in answer.get("Vary", "")


def test_too_many_requests_from_one_sender_pause_only_that_sender(client, db):
    answers = [
        client.post("/konto/login/", {"email": f"a{number}@exempel.example.se"}).status_code
        for number in range(101)
    ]

    other = client.post("/konto/login/", {"email": "b@exempel.example.se"}, REMOTE_ADDR="192.0.2.7")

    assert answers == [302] * 100 + [429]
    assert other.status_code == 302
    assert Mail.objects.count() == 101


# In a browser --------------------------------------------------------------------------------------


def log_in_on(page, person):
    page.goto("/konto/login/")
    page.get_by_label("Din e-postadress på jobbet").fill(person.email)
    page.get_by_role("button", name="Skicka kod").click()
    page.get_by_label("Kod", exact=True).fill(latest_code(person.email))
    page.get_by_role("button", name="Logga in").dblclick()
    page.get_by_text("Inloggad som Sara Svensson").wait_for()


@pytest.mark.parametrize("javascript", [True, False])
def test_group_named_after_the_session_ended_is_formed_after_a_login_in_another_tab(open_browser, javascript):
    make_municipality()
    person = make_user("sara@halmstad.example.se", name="Sara Svensson")
    page = open_browser(width=390, javascript=javascript)
    log_in_on(page, person)
    page.goto("/arbetsgrupp/ny/")
    page.get_by_label("Vad ska arbetsgruppen heta?").fill(TEXT)
    page.get_by_label("Arbetsplats").fill("Kontoret")
    page.context.clear_cookies(name="session")

    page.get_by_role("button", name="Bilda gruppen").click()
    kept = page.get_by_label("Det här skrev du").input_value()
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Logga in i en ny flik").click()
    log_in_on(opened.value, person)
    page.get_by_role("button", name="Fortsätt").click()
    page.get_by_role("heading", name="Er väg genom metodstödet").wait_for()

    assert kept == TEXT
    assert page.url.endswith(Team.objects.get(name=TEXT).get_absolute_url())
