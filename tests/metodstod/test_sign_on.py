"""Staff's own sign-on, tried against a provider that runs as a process of its own: who gets in by it, and who does not."""

import json
import re
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urljoin

import pytest
import requests
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from cryptography.hazmat.primitives.asymmetric import rsa
from django.test import Client
from jwt.algorithms import RSAAlgorithm

from metodstod.models import User
from tests.factories import make_staff, make_user
from tests.metodstod.test_accounts import is_logged_in, shown
from tests.metodstod.test_second_factor import app_code, give_app
from tests.waiting import wait_until

LOGIN = "/konto/inloggning/oidc/"
PEOPLE = {
    "karin": {"email": "Karin@lansstyrelsen.example.se", "email_verified": True},
    "unverified": {"email": "karin@lansstyrelsen.example.se", "email_verified": False},
    "outside": {"email": "karin@annanstans.example.se", "email_verified": True},
    "sara": {"email": "sara@lansstyrelsen.example.se", "email_verified": True},
    "nameless": {},
}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def provider():
    """A sign-on's address; it knows the people above."""
    port = free_port()
    command = [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "--port", str(port)]
    for name, claims in PEOPLE.items():
        command += ["--user-claims", json.dumps({"sub": name} | claims)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"

    def answers():
        with suppress(requests.RequestException):
            return requests.get(f"{address}/.well-known/openid-configuration", timeout=10).ok

    wait_until(answers)
    yield address
    process.terminate()
    process.wait(timeout=60)


@pytest.fixture
def portal(settings, provider, db):
    """The portal with its settings for the sign-on, and nothing else changed."""
    settings.OIDC_SERVER = settings.OIDC_ISSUER = provider
    settings.OIDC_EMAIL_DOMAINS = ["lansstyrelsen.example.se"]
    app = {
        "provider_id": "oidc",
        "name": "Länsstyrelsens inloggning",
        "client_id": "metodstod",
        "secret": "hemlig",
        "settings": {"server_url": provider},
    }
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [app]}}
    return app["settings"]


@pytest.fixture
def karin(portal):
    return make_staff("karin@lansstyrelsen.example.se", name="Karin")


@pytest.fixture
def answers_with():
    """Say something to whoever asks, at the address that is returned."""
    servers = []

    def answers_with(said):
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(json.dumps(said).encode())

            def log_message(self, *args):
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}/"

    yield answers_with
    for server in servers:
        server.shutdown()
        server.server_close()


def sign_on(client, name, *, next="/admin/", deny=False, on_the_way=lambda address: address):
    """Go the whole way as a browser does, and return the portal's answer when one comes back."""
    led = client.post(LOGIN, {"next": next})
    address = on_the_way(led["Location"])
    page = requests.Session()
    form = page.get(address, timeout=60)
    back = page.post(
        urljoin(address, form.url),
        {"action": "deny"} if deny else {"sub": name},
        allow_redirects=False,
        timeout=60,
    )
    return client.get(re.sub(r"^https?://[^/]+", "", back.headers["Location"]))


def test_staff_come_in_by_their_sign_on_and_still_use_their_second_factor(client, karin):
    secret = give_app(karin)

    back = sign_on(client, "karin")
    half_in = is_logged_in(client)
    client.post("/konto/2fa/authenticate/", {"code": app_code(secret)})

    assert back["Location"] == "/konto/2fa/authenticate/"
    assert not half_in
    assert client.get("/admin/").status_code == 200


def test_staff_add_their_first_factor_just_after_their_sign_on(client, karin):
    sign_on(client, "karin")

    page = client.get("/konto/2fa/totp/activate/")
    client.post("/konto/2fa/totp/activate/", {"code": app_code(page.context["form"].secret)})

    assert Authenticator.objects.filter(user=karin, type="totp").exists()
    assert client.get("/admin/").status_code == 200


def test_account_once_tied_to_the_sign_on_stays_the_same_persons(client, karin):
    sign_on(client, "karin")
    User.objects.filter(pk=karin.pk).update(email="karin.ny@lansstyrelsen.example.se")
    make_staff("karin@lansstyrelsen.example.se", name="En annan Karin")
    again = Client()

    sign_on(again, "karin")

    assert again.session["_auth_user_id"] == str(karin.pk)
    assert SocialAccount.objects.count() == 1


@pytest.mark.parametrize("name", ["unverified", "outside", "sara", "nameless", "nobody-known"])
def test_nobody_else_comes_in_by_the_sign_on(client, karin, name):
    make_user("sara@lansstyrelsen.example.se", name="Sara, som inte är personal")
    before = User.objects.count()

    back = sign_on(client, name)

    assert back["Location"] == "/konto/login/"
    assert "får inte logga in den vägen" in client.get("/konto/login/").text
    assert not is_logged_in(client)
    assert (User.objects.count(), SocialAccount.objects.count()) == (before, 0)


def test_staff_whose_account_is_closed_do_not_come_in(client, karin):
    sign_on(client, "karin")
    User.objects.filter(pk=karin.pk).update(is_active=False)
    again = Client()

    sign_on(again, "karin")

    assert not is_logged_in(again)


def test_sign_on_that_is_refused_leads_back_to_the_code(client, karin):
    back = sign_on(client, "karin", deny=True)

    assert back["Location"] == "/konto/login/"
    assert not is_logged_in(client)


def test_answer_that_nobody_asked_for_lets_nobody_in(client, karin):
    asked = Client()
    led = asked.post(LOGIN)
    page = requests.post(led["Location"], {"sub": "karin"}, allow_redirects=False, timeout=60)

    client.get(re.sub(r"^https?://[^/]+", "", page.headers["Location"]))

    assert not is_logged_in(client)


def test_sign_on_begins_with_a_form_and_never_with_a_link(client, karin):
    answer = client.get(LOGIN)

    assert answer.status_code == 200
    assert not answer.get("Location")


def test_sign_on_proves_itself_to_the_provider(client, karin):
    led = client.post(LOGIN)["Location"]

    assert "code_challenge_method=S256" in led
    assert "state=" in led


def test_server_that_says_it_is_another_lets_nobody_in(client, karin, settings, caplog):
    settings.OIDC_ISSUER = "https://inloggning.lansstyrelsen.example.se"

    back = client.post(LOGIN)

    (told,) = [one.fields["reason"] for one in caplog.records if one.message == "sign_on_refused"]
    assert told == "the server says that it is another than OIDC_ISSUER"
    assert back["Location"] == "/konto/login/"
    assert "blev inte klar" in shown(client.get("/konto/login/"))


def test_server_that_is_away_leads_back_to_the_code(client, karin, portal):
    portal["server_url"] = f"http://127.0.0.1:{free_port()}"

    back = client.post(LOGIN)

    assert back["Location"] == "/konto/login/"
    assert "blev inte klar" in shown(client.get("/konto/login/"))


def test_token_signed_by_another_lets_nobody_in(client, karin, portal, provider, answers_with):
    (key,) = requests.get(f"{provider}/jwks", timeout=60).json()["keys"]
    other = RSAAlgorithm.to_jwk(rsa.generate_private_key(65537, 2048).public_key(), as_dict=True)
    keys = answers_with({"keys": [other | {"kid": key["kid"], "alg": "RS256"}]})
    portal["openid_configuration_overrides"] = {"jwks_uri": keys}

    back = sign_on(client, "karin")

    assert back["Location"] == "/konto/login/"
    assert not is_logged_in(client)
    assert not SocialAccount.objects.exists()


def test_token_made_for_another_attempt_lets_nobody_in(client, karin):
    back = sign_on(client, "karin", on_the_way=lambda address: re.sub(r"nonce=\w+", "nonce=another", address))

    assert back["Location"] == "/konto/login/"
    assert not is_logged_in(client)


def test_what_is_told_of_another_than_the_token_lets_nobody_in(client, karin, portal, answers_with):
    told = answers_with({"sub": "karin"} | PEOPLE["karin"])
    portal["openid_configuration_overrides"] = {"userinfo_endpoint": told}

    back = sign_on(client, "sara")

    assert back["Location"] == "/konto/login/"
    assert not is_logged_in(client)


def test_answer_without_a_token_lets_nobody_in(client, karin, portal):
    portal["scope"] = ["email"]

    back = sign_on(client, "karin")

    assert back["Location"] == "/konto/login/"
    assert not is_logged_in(client)


def test_address_of_the_page_does_not_choose_what_is_asked_of_the_provider(client, karin):
    led = client.post(f"{LOGIN}?scope=admin&auth_params=nonce%3Dmine%26prompt%3Dnone")["Location"]

    assert "admin" not in led
    assert "mine" not in led
    assert "prompt" not in led


def test_login_page_offers_the_sign_on_when_there_is_one(client, karin, settings):
    with_it = shown(client.get("/konto/login/"))
    settings.OIDC_SERVER = ""
    without = shown(client.get("/konto/login/"))

    assert "Länsstyrelsens inloggning" in with_it
    assert "Arbetar du på länsstyrelsen?" not in without


def test_without_the_settings_there_is_no_sign_on(client, db):
    assert [client.get(LOGIN).status_code, client.post(LOGIN).status_code] == [404, 404]
