"""Getting in: the code, what an address does and does not reveal, being let in, the second factor."""

import re
from datetime import timedelta

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from django_q.models import Schedule

from metodstod.accounts import forget_unused
from metodstod.models import Mail, User
from tests.factories import make_county, make_municipality, make_staff, make_team, make_user
from tests.racing import at_once

LOGIN, CONFIRM = "/konto/login/", "/konto/login/code/confirm/"


def ask_code(client, email, **fields):
    return client.post(LOGIN, {"email": email} | fields)


def latest_code(email):
    body = Mail.objects.filter(to=email.lower(), purpose="login_code").latest("created_at").body
    return re.search(r"\d{4}-\d{4}", body).group()


def shown(response):
    """Return the words in the page's main part, without what differs from one request to the next."""
    return " ".join(BeautifulSoup(response.content, "html.parser").main.get_text(" ").split())


def is_logged_in(client):
    return "_auth_user_id" in client.session


# The code ------------------------------------------------------------------------------------------


def test_code_logs_in_and_leads_to_where_one_was_going(client, social_worker):
    first = client.get("/arbetsgrupp/ny/")
    asked = ask_code(client, social_worker.email, next="/arbetsgrupp/ny/")
    entered = client.post(CONFIRM, {"code": latest_code(social_worker.email), "next": "/arbetsgrupp/ny/"})

    assert first["Location"] == "/konto/login/?next=/arbetsgrupp/ny/"
    assert asked["Location"] == CONFIRM + "?next=%2Farbetsgrupp%2Fny%2F"
    assert entered["Location"] == "/arbetsgrupp/ny/"
    assert is_logged_in(client)


@pytest.mark.parametrize("typed", ["{0}{1}", "{0} {1}", " {0}-{1} ", "{0}–{1}"])
def test_code_is_taken_however_it_is_typed(client, social_worker, typed):
    ask_code(client, social_worker.email)
    halves = latest_code(social_worker.email).split("-")

    client.post(CONFIRM, {"code": typed.format(*halves)})

    assert is_logged_in(client)


def test_code_is_a_secret_mail_whose_text_is_gone_when_it_has_been_sent(client, social_worker, deliver_mail):
    ask_code(client, social_worker.email)

    sent = deliver_mail()

    assert [mail.to for mail in sent] == [[social_worker.email]]
    assert re.search(r"\d{4}-\d{4}", sent[0].body)
    assert Mail.objects.get().body == ""


def test_code_page_helps_phones_and_readers(client, social_worker):
    ask_code(client, social_worker.email)

    page = BeautifulSoup(client.get(CONFIRM).content, "html.parser")
    field = page.find(id="id_code")

    assert (field["autocomplete"], field["inputmode"]) == ("one-time-code", "numeric")
    assert social_worker.email in page.main.get_text()
    assert not field.has_attr("placeholder")


@pytest.mark.parametrize(
    "email",
    [
        "sara@halmstad.example.se",
        "ny@halmstad.example.se",
        "okand@exempel.example.se",
        "stangd@halmstad.example.se",
    ],
)
def test_answer_is_the_same_whatever_the_address(client, social_worker, email):
    make_user("stangd@halmstad.example.se", is_active=False)

    asked = ask_code(client, email)
    page = shown(client.get(CONFIRM)).replace(email, "ADDRESS")
    mail = Mail.objects.get()

    assert (asked.status_code, asked["Location"]) == (302, CONFIRM)
    assert page.startswith("Skriv koden Vi har skickat en kod till ADDRESS . Den gäller i 10 minuter.")
    assert (mail.to, mail.subject) == (email, "Din kod till Metodstöd")
    assert re.sub(r"\d{4}-\d{4}", "CODE", mail.body).split("\n")[2] == "Din kod är: CODE"


def test_unknown_address_gets_an_account_that_proves_nothing(client, social_worker):
    ask_code(client, "Ny@Halmstad.example.se")

    user = User.objects.get(email="ny@halmstad.example.se")
    assert user.municipality == social_worker.municipality
    assert user.last_login is None
    assert not is_logged_in(client)


def test_unknown_address_asked_eight_times_at_once_is_one_account(transactional_db):
    make_municipality("Halmstad", code="1380")

    found = set(at_once(8, lambda _: User.objects.begin("ny@halmstad.example.se").pk))

    assert found == set(User.objects.values_list("pk", flat=True))
    assert len(found) == 1


def test_closed_account_is_told_only_after_its_code(client, db):
    make_user("stangd@halmstad.example.se", is_active=False)
    ask_code(client, "stangd@halmstad.example.se")

    entered = client.post(CONFIRM, {"code": latest_code("stangd@halmstad.example.se")}, follow=True)

    assert "Kontot är stängt" in shown(entered)
    assert not is_logged_in(client)


def test_code_is_tried_five_times(client, social_worker):
    ask_code(client, social_worker.email)
    code = latest_code(social_worker.email)

    answers = [client.post(CONFIRM, {"code": "0000-0000"}).status_code for _ in range(5)]
    after = client.post(CONFIRM, {"code": code}, follow=True)

    assert answers == [200, 200, 200, 200, 302]
    assert not is_logged_in(client)
    assert shown(after).startswith("Det blev för många försök") or "Koden gäller inte längre" in shown(after)


def test_code_is_tried_five_times_also_at_once(transactional_db):
    make_municipality("Halmstad", code="1380")
    email = "sara@halmstad.example.se"
    asker = Client()
    ask_code(asker, email)
    code = latest_code(email)

    def guess(number):
        client = Client()
        client.cookies = asker.cookies.copy()
        return client.post(CONFIRM, {"code": f"0000-{number:04}"}).status_code

    answers = at_once(16, guess)
    asker.post(CONFIRM, {"code": code})

    assert answers.count(200) <= 5
    assert not is_logged_in(asker)


def test_code_lives_ten_minutes(client, social_worker):
    ask_code(client, social_worker.email)
    code = latest_code(social_worker.email)

    with time_machine.travel(timezone.now() + timedelta(minutes=11)):
        late = client.post(CONFIRM, {"code": code, "next": "/arbetsgrupp/ny/"}, follow=True)

    assert "Koden gäller inte längre." in shown(late)
    assert late.redirect_chain[-1][0] == "/konto/login/?next=%2Farbetsgrupp%2Fny%2F"
    assert not is_logged_in(client)


def test_code_sent_again_replaces_the_first_and_lives_as_long(client, social_worker):
    ask_code(client, social_worker.email)
    first = latest_code(social_worker.email)

    with time_machine.travel(timezone.now() + timedelta(minutes=9)):
        client.post(CONFIRM, {"action": "resend"})
    second = latest_code(social_worker.email)
    with time_machine.travel(timezone.now() + timedelta(minutes=18)):
        client.post(CONFIRM, {"code": first})
        refused = is_logged_in(client)
        client.post(CONFIRM, {"code": second})

    assert first != second
    assert refused is False
    assert is_logged_in(client)


def test_code_sent_twice_is_harmless(client, social_worker):
    ask_code(client, social_worker.email)
    code = latest_code(social_worker.email)

    client.post(CONFIRM, {"code": code, "next": "/arbetsgrupp/ny/"})
    again = client.post(CONFIRM, {"code": code, "next": "/arbetsgrupp/ny/"})

    assert again["Location"] == "/arbetsgrupp/ny/"
    assert is_logged_in(client)


def test_code_sent_twice_with_the_old_forms_token_is_harmless(social_worker):
    client = Client(enforce_csrf_checks=True)
    token = BeautifulSoup(client.get(LOGIN).content, "html.parser").find(
        attrs={"name": "csrfmiddlewaretoken"}
    )["value"]
    ask_code(client, social_worker.email, csrfmiddlewaretoken=token)
    code = latest_code(social_worker.email)

    answers = [
        client.post(CONFIRM, {"code": code, "csrfmiddlewaretoken": token, "next": "/arbetsgrupp/ny/"})[
            "Location"
        ]
        for _ in range(2)
    ]

    assert answers == ["/arbetsgrupp/ny/", "/arbetsgrupp/ny/"]


def test_mailbox_gets_five_codes_a_quarter_and_then_a_page_that_says_when(client, social_worker):
    answers = [ask_code(client, social_worker.email).status_code for _ in range(5)]

    refused = ask_code(client, social_worker.email)

    assert answers == [302] * 5
    assert refused.status_code == 429
    assert 890 <= int(refused["Retry-After"]) <= 900
    assert "Vänta 15 minuter" in shown(refused)
    assert Mail.objects.count() == 5


def test_mailbox_limit_tells_nothing_about_the_address(client, db):
    answers = [ask_code(client, "ingen@exempel.example.se").status_code for _ in range(6)]

    assert answers == [302] * 5 + [429]


@pytest.mark.parametrize(
    "target",
    [
        "https://example.org/",
        "//example.org/",
        "/\\example.org",
        "javascript:alert(1)",
        "http:///example.org",
        "arbetsgrupp",
    ],
)
def test_next_leads_nowhere_else(client, social_worker, target):
    ask_code(client, social_worker.email, next=target)

    entered = client.post(CONFIRM, {"code": latest_code(social_worker.email), "next": target})

    assert entered["Location"] == "/arbetsgrupp/"


def test_login_leads_to_the_only_group_unless_an_invitation_waits(client, social_worker):
    team = make_team(social_worker)
    ask_code(client, social_worker.email)

    entered = client.post(CONFIRM, {"code": latest_code(social_worker.email)})

    assert entered["Location"] == team.get_absolute_url()


def test_login_page_offers_the_way_back_to_a_waiting_code(client, social_worker):
    ask_code(client, social_worker.email)

    page = BeautifulSoup(client.get(LOGIN).content, "html.parser")

    assert page.find("a", string="Skriv in den här")["href"] == CONFIRM


def test_logout_asks_and_then_logs_out(client, social_worker, log_in):
    log_in(client, social_worker)

    asked = client.get("/konto/logout/")
    still = is_logged_in(client)
    answers = [client.post("/konto/logout/")["Location"] for _ in range(2)]

    assert "Vill du logga ut?" in shown(asked)
    assert still
    assert answers == ["/", "/"]
    assert not is_logged_in(client)


@pytest.mark.parametrize(
    "path",
    [
        "signup",
        "email",
        "password/change",
        "password/set",
        "password/reset",
        "reauthenticate",
        "confirm-email",
        "2fa/webauthn",
        "3rdparty",
    ],
)
def test_what_is_not_used_of_allauth_is_not_there(client, social_worker, log_in, path):
    log_in(client, social_worker)

    assert client.get(f"/konto/{path}/").status_code == 404


@pytest.mark.parametrize(
    "email", ["", "inte en adress", "a@b", "x" * 10000 + "@example.se", "a\0b@example.se", "<b>@example.se"]
)
def test_login_form_says_what_is_wrong_and_keeps_what_was_typed(client, db, email):
    response = client.post(LOGIN, {"email": email})

    page = BeautifulSoup(response.content, "html.parser")
    assert response.status_code == 200
    assert page.title.string.startswith("Fel: ")
    assert page.find(id="id_email").get("value", "") == email
    assert User.objects.count() == 0


def test_unused_accounts_are_forgotten_after_a_day(client, db):
    make_municipality("Halmstad", code="1380")
    ask_code(client, "aldrig@exempel.example.se")
    with time_machine.travel(timezone.now() - timedelta(hours=25)):
        ask_code(Client(), "gammal@exempel.example.se")
        used = Client()
        ask_code(used, "anvand@exempel.example.se")
        used.post(CONFIRM, {"code": latest_code("anvand@exempel.example.se")})
        make_staff("ny.samordnare@lansstyrelsen.example.se")
        make_team(make_user("medlem@halmstad.example.se"))

    forget_unused()

    assert set(User.objects.values_list("email", flat=True)) == {
        "aldrig@exempel.example.se",
        "anvand@exempel.example.se",
        "ny.samordnare@lansstyrelsen.example.se",
        "medlem@halmstad.example.se",
    }


def test_forgetting_is_on_the_clock_once(db):
    call_command("schedule")
    call_command("schedule")

    assert Schedule.objects.filter(func="metodstod.accounts.forget_unused").count() == 1


# Being let in --------------------------------------------------------------------------------------


@pytest.fixture
def stranger(db):
    """Someone whose address belongs to no municipality."""
    return make_user("nora@foreningen.example.se")


@pytest.fixture
def admitting(db):
    """Halland's coordinator, who may let people in."""
    return make_staff("karin@halland.example.se", counties=[make_county("13")], role="samordnare")


def where(municipality):
    return {"name": "Nora Nilsson", "municipality": municipality.pk, "workplace": "Tjejjouren"}


def test_stranger_sees_only_the_question_where_she_works(client, stranger, log_in):
    team = make_team()
    log_in(client, stranger)

    answers = {
        path: client.get(path)["Location"].partition("?")[0]
        for path in ["/arbetsgrupp/", "/arbetsgrupp/ny/", f"/arbetsgrupp/{team.pk}/", "/konto/", "/admin/"]
    }

    assert set(answers.values()) <= {"/konto/tilltrade/", "/arbetsgrupp/"}
    assert answers["/arbetsgrupp/"] == "/konto/tilltrade/"
    assert client.get("/konto/tilltrade/").status_code == 200


def test_stranger_asks_once_and_both_sides_are_told(client, stranger, admitting, log_in, deliver_mail):
    municipality = make_municipality()
    log_in(client, stranger)

    answers = [client.post("/konto/tilltrade/", where(municipality))["Location"] for _ in range(2)]
    page = client.get("/konto/tilltrade/")
    sent = deliver_mail()

    stranger.refresh_from_db()
    assert answers == ["/konto/tilltrade/"] * 2
    assert stranger.awaits_admission
    assert (stranger.municipality, stranger.workplace) == (municipality, "Tjejjouren")
    assert "Du får ett brev till nora@foreningen.example.se när det är klart." in shown(page)
    assert [mail.to for mail in sent] == [[admitting.email]]
    assert f"/admin/metodstod/user/{stranger.pk}/change/" in sent[0].body
    assert "Nora" not in sent[0].body


def test_stranger_from_elsewhere_is_told_to_that_county(client, stranger, admitting, log_in):
    other = make_municipality("Borås", code="1490")
    lead = make_staff("lead@lansstyrelsen.example.se", is_superuser=True)
    log_in(client, stranger)

    client.post("/konto/tilltrade/", where(other))

    assert list(Mail.objects.values_list("to", flat=True)) == [lead.email]


def test_stranger_let_in_is_told_once_and_gets_on(client, stranger, admitting, log_in, deliver_mail):
    stranger.ask_admission(name="Nora Nilsson", municipality=make_municipality(), workplace="Tjejjouren")
    deliver_mail()

    stranger.admit(by=admitting)
    stranger.admit(by=admitting)
    sent = deliver_mail()
    log_in(client, stranger)

    assert [(mail.to, mail.subject) for mail in sent] == [([stranger.email], "Nu är du insläppt i Metodstöd")]
    assert client.get("/arbetsgrupp/").status_code == 200
    assert client.get("/konto/tilltrade/")["Location"] == "/arbetsgrupp/"


def test_stranger_must_say_everything(client, stranger, log_in):
    log_in(client, stranger)

    page = shown(client.post("/konto/tilltrade/", {"name": "Nora Nilsson"}))

    stranger.refresh_from_db()
    assert "Välj kommun." in page
    assert "Skriv var du arbetar." in page
    assert stranger.admission_asked_at is None


def test_subdomain_of_a_municipality_lets_in(client, social_worker):
    ask_code(client, "ny@soc.halmstad.example.se")

    assert User.objects.get(email="ny@soc.halmstad.example.se").is_admitted


@pytest.mark.parametrize(
    "email", ["ny@annathalmstad.example.se", "ny@example.se", "halmstad.example.se@exempel.example"]
)
def test_domain_that_only_resembles_lets_nobody_in(client, social_worker, email):
    ask_code(client, email)

    assert User.objects.get(email=email).is_admitted is False


def test_own_name_is_changed_and_leads_on(client, social_worker, log_in):
    log_in(client, social_worker)

    saved = client.post("/konto/?next=/arbetsgrupp/ny/", {"name": "Sara Sund", "next": "/arbetsgrupp/ny/"})

    social_worker.refresh_from_db()
    assert (saved["Location"], social_worker.name) == ("/arbetsgrupp/ny/", "Sara Sund")
