"""The second factor of staff: demanded before anything else, added, used, lost."""

import re
from io import StringIO

import pytest
import time_machine
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from cryptography.fernet import Fernet, InvalidToken
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.test import Client

from metodstod.models import AccessLog
from metodstod.second_factor import forget_second_factor
from tests.factories import make_county, make_passkey, make_role, make_staff
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


# Added, changed, told ------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["totp/activate/", "nyckel/"])
def test_first_factor_is_added_only_just_after_a_code(client, staff, path):
    with time_machine.travel("2026-11-24 09:00+01:00", tick=False) as clock:
        enter(client, staff)
        clock.shift(14 * 60)
        soon = client.get(f"/konto/2fa/{path}").status_code
        clock.shift(2 * 60)
        late = client.get(f"/konto/2fa/{path}")
        posted = client.post(f"/konto/2fa/{path}", {"code": "000000"})

    assert soon == 200
    assert late["Location"] == f"/konto/login/?next=%2Fkonto%2F2fa%2F{path.replace('/', '%2F')}"
    assert not is_logged_in(client)
    assert posted.status_code == 401
    assert Authenticator.objects.count() == 0


def test_change_of_the_second_factor_is_told_by_mail(client, staff, deliver_mail):
    enter(client, staff)
    deliver_mail()
    secret = client.get("/konto/2fa/totp/activate/").context["form"].secret
    client.post("/konto/2fa/totp/activate/", {"code": app_code(secret)})
    client.post("/konto/2fa/totp/deactivate/")

    sent = deliver_mail()

    assert [(mail.to, mail.subject) for mail in sent] == [
        ([staff.email], "Ditt andra steg i Metodstöd har ändrats")
    ] * 2


def test_whoever_loses_the_second_factor_is_logged_out_everywhere(client, staff, log_in):
    log_in(client, staff)
    lead = make_staff("lead@lansstyrelsen.example.se", role="programledare")

    forget_second_factor(staff, by=lead)

    assert client.get("/konto/")["Location"].startswith("/konto/login/")
    assert client.get("/admin/")["Location"].startswith("/admin/login/")


def test_secrets_are_encrypted_with_the_key_of_the_settings_and_survive_a_new_one(staff, settings):
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    adapter = get_adapter()
    from_before = adapter.encrypt("hemlig")
    settings.ENCRYPTION_KEYS = [old]
    with_old = adapter.encrypt("hemlig")
    settings.ENCRYPTION_KEYS = [new, old]

    assert [adapter.decrypt(text) for text in (from_before, with_old)] == ["hemlig", "hemlig"]
    assert Fernet(new).decrypt(adapter.encrypt("hemlig").encode()) == b"hemlig"
    settings.ENCRYPTION_KEYS = [new]
    with pytest.raises(InvalidToken):
        adapter.decrypt(with_old)


def test_old_key_is_needed_no_more_when_everything_is_encrypted_anew(client, staff, settings):
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    settings.ENCRYPTION_KEYS = [old]
    enter(client, staff)
    secret = client.get("/konto/2fa/totp/activate/").context["form"].secret
    client.post("/konto/2fa/totp/activate/", {"code": app_code(secret)})
    codes = client.get("/konto/2fa/recovery-codes/").context["unused_codes"]
    settings.ENCRYPTION_KEYS = [new, old]

    call_command("encrypt_anew", stdout=StringIO())

    settings.ENCRYPTION_KEYS = [new]
    app, reserve = Authenticator.objects.get(type="totp"), Authenticator.objects.get(type="recovery_codes")
    assert get_adapter().decrypt(app.data["secret"]) == secret
    assert reserve.wrap().get_unused_codes() == codes


@pytest.fixture
def lost(client, staff, settings):
    """A member of staff whose factors nothing opens any more, the app's secret and the codes in reserve."""
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    secret = give_app(staff)
    codes = RecoveryCodes.activate(staff).get_unused_codes()
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    return secret, codes


def test_factor_whose_key_is_gone_lets_nobody_in_and_says_so(client, staff, lost):
    secret, codes = lost
    enter(client, staff)

    answers = [
        client.post("/konto/2fa/authenticate/", {"code": code}) for code in (app_code(secret), codes[0])
    ]

    assert [answer.context["form"].errors["code"] for answer in answers] == [
        ["Ditt andra steg går inte att läsa just nu. Hör av dig till den som sköter Metodstöd."]
    ] * 2
    assert not is_logged_in(client)


@pytest.mark.parametrize("page", ["", "generate/", "download/"])
def test_reserve_codes_whose_key_is_gone_are_told_of_to_whoever_has_a_passkey(
    client, staff, lost, log_in, page
):
    Authenticator.objects.filter(type="totp").delete()
    make_passkey(staff)
    log_in(client, staff)
    session = client.session
    session["account_authentication_methods"][0]["reauthenticated"] = True  # The key was used again just now.
    session.save()

    answer = client.get(f"/konto/2fa/recovery-codes/{page}", follow=True)

    assert answer.redirect_chain == [("/konto/2fa/", 302)]
    assert "Dina reservkoder går inte att läsa just nu." in shown(answer)


def test_keys_are_not_changed_while_a_factor_cannot_be_read(lost):
    before = list(Authenticator.objects.order_by("pk").values_list("data", flat=True))

    with pytest.raises(CommandError, match="2 factors are opened by none of the keys"):
        call_command("encrypt_anew", stdout=StringIO())

    assert list(Authenticator.objects.order_by("pk").values_list("data", flat=True)) == before


def test_factor_whose_key_is_lost_is_removed_at_the_server_and_others_are_left(client, staff, lost):
    with_a_key = make_staff("eva@halland.example.se")
    make_passkey(with_a_key)
    give_app(make_staff("sten@halland.example.se"))
    RecoveryCodes.activate(with_a_key)
    told = StringIO()

    call_command("encrypt_anew", "--forget-unreadable", "--yes", stdout=told)

    left = {one.user.email: one.type for one in Authenticator.objects.exclude(type="recovery_codes")}
    assert left == {"eva@halland.example.se": "webauthn", "sten@halland.example.se": "totp"}
    assert not Authenticator.objects.filter(user=staff).exists()
    assert "  samordnare@halland.example.se\n" in told.getvalue()
    assert "eva@" not in told.getvalue()
    assert [row.about for row in AccessLog.objects.all()] == [staff]
    assert enter(client, staff)["Location"] == "/admin/"
    assert client.get("/admin/")["Location"].startswith("/konto/2fa/totp/activate/")


def test_recovery_codes_are_not_readable_in_the_database(client, staff):
    enter(client, staff)
    secret = client.get("/konto/2fa/totp/activate/").context["form"].secret
    client.post("/konto/2fa/totp/activate/", {"code": app_code(secret)})
    codes = client.get("/konto/2fa/recovery-codes/").context["unused_codes"]

    kept = " ".join(str(row.data) for row in Authenticator.objects.all())

    assert len(codes) == 10
    assert [code for code in codes if code in kept] == []


# Asked for again -----------------------------------------------------------------------------------


@pytest.fixture
def lead(client, db):
    """The programme lead, logged in with the app twenty minutes ago, with its secret."""
    person = make_staff("lead@lansstyrelsen.example.se", role="programledare", name="Petra")
    secret = give_app(person)
    enter(client, person)
    client.post("/konto/2fa/authenticate/", {"code": app_code(secret)})
    session = client.session
    for record in session["account_authentication_methods"]:
        record["at"] -= 20 * 60
    session.save()
    Authenticator.objects.filter(type="totp").update(last_used_at=None)
    cache.clear()
    return secret


def test_role_is_given_only_after_the_second_factor_again_and_nothing_typed_is_lost(client, lead):
    person = make_staff("ny@lansstyrelsen.example.se", name="Ny")
    role = make_role("samordnare")
    path = f"/admin/metodstod/user/{person.pk}/change/"
    form = {
        "email": person.email,
        "name": "Nytt namn",
        "is_active": "on",
        "is_staff": "on",
        "groups": role.pk,
    }

    asked = client.post(path, form)
    before = list(person.groups.all())
    finished = client.post(asked["Location"], {"code": app_code(lead), "next": path})

    person.refresh_from_db()
    assert asked["Location"].startswith("/konto/2fa/reauthenticate/")
    assert before == []
    assert finished.status_code == 302
    assert (person.name, list(person.groups.all())) == ("Nytt namn", [role])


def test_second_factor_of_another_is_taken_away_only_after_ones_own_again(client, lead, staff):
    give_app(staff)

    asked = client.post(
        "/admin/metodstod/user/", {"action": "forget_second_factor", "_selected_action": [staff.pk]}
    )

    assert asked["Location"].startswith("/konto/2fa/reauthenticate/")
    assert Authenticator.objects.filter(user=staff).exists()


def test_what_weighs_less_asks_for_nothing_again(client, lead):
    assert client.get("/admin/metodstod/user/").status_code == 200


# Passkeys ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "credential",
    ["", "x", "null", "[]", "{}", '{"id": 1}', '{"rawId": "åäö", "response": []}', '{"response": {"x": {}}}'],
)
def test_damaged_passkey_is_refused_in_words(client, staff, credential):
    enter(client, staff)
    client.get("/konto/2fa/nyckel/")

    answer = client.post("/konto/2fa/nyckel/", {"name": "Nyckel", "credential": credential})

    assert answer.status_code == 200
    assert "Det gick inte med den nyckeln." in shown(answer)
    assert Authenticator.objects.count() == 0


def test_staff_add_a_passkey_log_in_with_it_and_use_it_again(open_browser, staff):
    page = open_browser(width=390)
    authenticator(page)
    log_in_by_mail(page, staff)

    page.get_by_role("link", name="Lägg till en nyckel (passkey) i stället").click()
    page.get_by_label("Vad ska nyckeln heta?").fill("Arbetstelefonen")
    page.get_by_role("button", name="Lägg till nyckeln").click()
    page.get_by_role("heading", name="Dina reservkoder").wait_for()
    page.goto("/konto/logout/")
    page.get_by_role("button", name="Logga ut").click()
    log_in_by_mail(page, staff)
    page.get_by_role("button", name="Använd en nyckel").click()
    page.wait_for_url("**/admin/")
    page.goto("/konto/2fa/")
    page.get_by_role("link", name="Ta bort Arbetstelefonen").click()
    page.get_by_role("button", name="Använd en nyckel").click()
    page.get_by_role("button", name="Ta bort nyckeln").click()
    page.wait_for_url("**/konto/2fa/**")

    assert Authenticator.objects.count() == 0


def test_passkey_of_another_site_lets_nobody_in(open_browser, staff):
    make_passkey(staff)
    page = open_browser()
    authenticator(page)
    log_in_by_mail(page, staff)

    page.get_by_role("button", name="Använd en nyckel").click()

    page.get_by_role("alert").filter(has_text="Det gick inte med den nyckeln.").wait_for()
    page.goto("/admin/")
    assert "/konto/login/" in page.url


def authenticator(page):
    """Give the browser a telephone that unlocks by itself."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def log_in_by_mail(page, person):
    page.goto("/admin/")
    page.get_by_label("Din e-postadress på jobbet").fill(person.email)
    page.get_by_role("button", name="Skicka kod").click()
    page.get_by_label("Kod", exact=True).fill(latest_code(person.email))
    page.get_by_role("button", name="Logga in").click()


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
