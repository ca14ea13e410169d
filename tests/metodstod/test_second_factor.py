"""The second factor of staff: demanded before anything else, added, used, lost."""

import re

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.test import Client

from metodstod.models import AccessLog
from tests.factories import make_county, make_staff
from tests.metodstod.test_accounts import CONFIRM, ask_code, is_logged_in, latest_code, shown


def app_code(secret):
    return format_hotp_value(hotp_value(secret, list(yield_hotp_counters_from_time())[1]))


@pytest.fixture
def staff(db):
    return make_staff("samordnare@halland.example.se", counties=[make_county("13")], is_superuser=True)


def enter(client, person, **fields):
    ask_code(client, person.email, **fields)
    return client.post(CONFIRM, {"code": latest_code(person.email)} | fields)


def give_app(person):
    secret = generate_totp_secret()
    TOTP.activate(person, secret)
    return secret


def test_staff_without_a_factor_see_nothing_but_how_to_add_one(client, staff):
    entered = enter(client, staff)
    paths = ["/admin/", "/admin/metodstod/team/", "/arbetsgrupp/", "/konto/"]

    answers = [client.get(path)["Location"].partition("?")[0] for path in paths]

    assert entered["Location"] == "/admin/"
    assert answers == ["/konto/2fa/totp/activate/"] * 4


def test_staff_add_an_app_and_get_in(client, staff):
    enter(client, staff)

    page = client.get("/konto/2fa/totp/activate/")
    secret = page.context["form"].secret
    added = client.post("/konto/2fa/totp/activate/", {"code": app_code(secret)})
    codes = client.get(added["Location"])

    assert "data:" not in page.content.decode()
    assert "".join(re.search(r"Nyckel ((?:\w{4} )+)", shown(page)).group(1).split()) == secret
    assert added["Location"] == "/konto/2fa/recovery-codes/"
    assert "10 av 10 koder är kvar." in shown(codes)
    assert client.get("/admin/").status_code == 200


def test_staff_secret_is_not_readable_in_the_database(staff):
    secret = give_app(staff)

    assert secret not in str(Authenticator.objects.get().data)


def test_staff_need_both_the_code_and_the_app(client, staff):
    secret = give_app(staff)

    entered = enter(client, staff, next="/admin/metodstod/team/")
    before = client.get("/admin/")
    finished = client.post("/konto/2fa/authenticate/", {"code": app_code(secret)})

    assert entered["Location"] == "/konto/2fa/authenticate/"
    assert before.status_code == 302
    assert finished["Location"] == "/admin/metodstod/team/"
    assert client.get("/admin/").status_code == 200


def test_staff_app_code_is_good_once(client, staff):
    secret = give_app(staff)
    code = app_code(secret)
    enter(client, staff)
    client.post("/konto/2fa/authenticate/", {"code": code})
    other = Client()
    enter(other, staff)

    again = other.post("/konto/2fa/authenticate/", {"code": code})

    assert "Koden stämmer inte." in shown(again)
    assert not is_logged_in(other)


def test_staff_wrong_app_code_is_refused_and_limited(client, staff):
    secret = give_app(staff)
    enter(client, staff)

    pages = [shown(client.post("/konto/2fa/authenticate/", {"code": "000000"})) for _ in range(5)]
    last = shown(client.post("/konto/2fa/authenticate/", {"code": app_code(secret)}))

    assert all("Koden stämmer inte." in page for page in pages)
    assert "för många försök" in last
    assert not is_logged_in(client)


def test_staff_session_begun_before_the_app_was_added_must_prove_it(client, staff):
    enter(client, staff)
    secret = give_app(staff)

    sent = client.get("/admin/")
    client.post("/konto/2fa/reauthenticate/?next=/admin/", {"code": app_code(secret), "next": "/admin/"})

    assert sent["Location"] == "/konto/2fa/reauthenticate/?next=%2Fadmin%2F"
    assert client.get("/admin/").status_code == 200


def test_staff_session_proves_nothing_for_another_person(client, staff, log_in):
    log_in(client, staff)
    session = client.session
    session["account_authentication_methods_user"] = str(staff.pk + 1)
    session.save()

    assert client.get("/admin/")["Location"].startswith("/konto/2fa/")


def test_staff_recovery_code_gets_in_once(client, staff):
    enter(client, staff)
    secret = client.get("/konto/2fa/totp/activate/").context["form"].secret
    client.post("/konto/2fa/totp/activate/", {"code": app_code(secret)})
    code = client.get("/konto/2fa/recovery-codes/").context["unused_codes"][0]
    first, second = Client(), Client()

    enter(first, staff)
    first.post("/konto/2fa/authenticate/", {"code": code})
    enter(second, staff)
    second.post("/konto/2fa/authenticate/", {"code": code})

    assert is_logged_in(first)
    assert not is_logged_in(second)


def test_staff_who_remove_the_app_must_add_another(client, staff):
    enter(client, staff)
    secret = client.get("/konto/2fa/totp/activate/").context["form"].secret
    client.post("/konto/2fa/totp/activate/", {"code": app_code(secret)})

    client.post("/konto/2fa/totp/deactivate/")

    assert Authenticator.objects.count() == 0
    assert client.get("/admin/")["Location"].startswith("/konto/2fa/totp/activate/")


def test_staff_must_prove_it_again_before_changing_the_app(client, staff):
    secret = give_app(staff)
    enter(client, staff)
    client.post("/konto/2fa/authenticate/", {"code": app_code(secret)})

    asked = client.post("/konto/2fa/totp/deactivate/")

    assert asked["Location"].startswith("/konto/2fa/reauthenticate/")
    assert Authenticator.objects.filter(type="totp").exists()


def test_lead_lets_someone_who_has_lost_everything_add_a_new_app(client, staff, log_in):
    give_app(staff)
    lead = make_staff("lead@lansstyrelsen.example.se", role="programledare")
    log_in(client, lead)

    chosen = {"action": "forget_second_factor", "_selected_action": [staff.pk]}
    client.post("/admin/metodstod/user/", chosen)

    assert not Authenticator.objects.filter(user=staff).exists()
    assert AccessLog.objects.filter(who=lead, reference=str(staff.pk)).exists()


def test_coordinator_cannot_take_away_a_second_factor(client, staff, log_in):
    give_app(staff)
    log_in(client, make_staff("karin@halland.example.se", counties=staff.counties.all(), role="samordnare"))

    client.post("/admin/metodstod/user/", {"action": "forget_second_factor", "_selected_action": [staff.pk]})

    assert Authenticator.objects.filter(user=staff).exists()


def test_second_factor_is_for_staff_alone(client, social_worker, log_in):
    log_in(client, social_worker)

    answers = {
        client.get(f"/konto/2fa/{path}").status_code for path in ["", "totp/activate/", "recovery-codes/"]
    }

    assert answers == {404}


def test_second_factor_is_only_offered_in_the_demo(client, staff, settings):
    settings.STAFF_SECOND_FACTOR = False

    entered = enter(client, staff)

    assert entered["Location"] == "/admin/"
    assert client.get("/admin/").status_code == 200


def test_staff_add_an_app_in_a_browser(page, staff):
    page.goto("/admin/")
    page.get_by_label("Din e-postadress på jobbet").fill(staff.email)
    page.get_by_role("button", name="Skicka kod").click()
    page.get_by_label("Kod", exact=True).fill(latest_code(staff.email))
    page.get_by_role("button", name="Logga in").click()

    box = page.get_by_role("img", name="QR-kod för appen").bounding_box()
    secret = page.locator("dd code").first.inner_text().replace(" ", "")
    page.get_by_label("Kod som appen visar").fill(app_code(secret))
    page.get_by_role("button", name="Lägg till appen").click()
    page.get_by_role("heading", name="Dina reservkoder").wait_for()
    page.get_by_role("link", name="Fortsätt till personalsidorna").click()

    page.wait_for_url("**/admin/")

    assert box["width"] == box["height"] == 240
    assert page.title().startswith("Översikt")
