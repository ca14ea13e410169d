"""What every answer says to the browser about what it may do, and what the browser tells back."""

import json
import logging
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from metodstod.models import Invitation, Mail, Team
from tests.factories import make_municipality, make_staff, make_user
from tests.metodstod.test_accounts import ask_code

ROOT = Path(__file__).resolve().parent.parent.parent
PATHS = [
    "/",
    "/konto/login/",
    "/forelasningar/",
    "/admin/",
    "/finns/inte/",
    "/?q=%00",
    "/static/css/metodstod.css",
    "/healthz",
    "/konto/",
]


@pytest.fixture
def staff(client, db, log_in):
    log_in(client, make_staff("lead@lansstyrelsen.example.se", role="programledare"))
    return client


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_bears_the_headers(staff, path):
    answer = staff.get(path)
    answer.close()
    headers = answer.headers

    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["Reporting-Endpoints"] == 'csp="/csp-rapport/"'
    assert "camera=()" in headers["Permissions-Policy"]
    assert "Access-Control-Allow-Origin" not in headers
    assert "Server" not in headers


@pytest.mark.parametrize("path", PATHS)
def test_policy_lets_nothing_inline_and_nothing_from_elsewhere(staff, path):
    answer = staff.get(path)
    answer.close()
    rules = answer.headers["Content-Security-Policy"].split(";")
    said = dict(rule.strip().partition(" ")[::2] for rule in rules)

    assert said["default-src"] == "'none'"
    assert said["base-uri"] == said["frame-ancestors"] == "'none'"
    assert said["report-uri"] == "/csp-rapport/"
    assert {
        source for name, sources in said.items() if name.endswith("-src") for source in sources.split()
    } == {
        "'none'",
        "'self'",
    }
    assert said["form-action"] == "'self'"
    assert "unsafe" not in str(said)


@pytest.mark.parametrize(
    ("path", "said"),
    [("/konto/", "private, no-cache"), ("/admin/", "no-store"), ("/konto/2fa/", "no-store")],
)
def test_what_needs_a_login_is_kept_by_nobody_in_between(staff, path, said):
    assert said in staff.get(path).headers["Cache-Control"]


AS_PRODUCTION = """
import json, django
django.setup()
from django.conf import settings
settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
from django.test import Client
answer = Client().get("/konto/login/", secure=True, headers={"host": "metodstod.example.se"})
plain = Client().get("/konto/login/", headers={"host": "metodstod.example.se"})
print(json.dumps({
    "cookies": [cookie.OutputString() for cookie in answer.cookies.values()],
    "session": [settings.SESSION_COOKIE_NAME, settings.SESSION_COOKIE_SECURE, settings.SESSION_COOKIE_HTTPONLY,
                settings.SESSION_COOKIE_DOMAIN, settings.SESSION_COOKIE_PATH, settings.SESSION_COOKIE_SAMESITE],
    "hsts": answer.headers["Strict-Transport-Security"],
    "plain": [plain.status_code, plain.headers["Location"]],
}))
"""


@pytest.mark.once
def test_production_has_host_cookies_and_nothing_without_tls():
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "metodstod.settings",
        "DEMO": "0",
        "DEBUG": "0",
        "HTTPS": "1",
        "ALLOWED_HOSTS": "metodstod.example.se",
        "SITE_URL": "https://metodstod.example.se",
        "DATABASE_URL": "sqlite://:memory:",
        "SECRET_KEY": "x" * 60,
    }

    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", AS_PRODUCTION],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )

    said = json.loads(done.stdout.splitlines()[-1])
    (cookie,) = said["cookies"]
    assert cookie.startswith("__Host-csrf=")
    assert {"HttpOnly", "Path=/", "SameSite=Lax", "Secure"} <= set(cookie.split("; "))
    assert "Domain" not in cookie
    assert said["session"] == ["__Host-session", True, True, None, "/", "Lax"]
    assert said["hsts"] == "max-age=31536000; includeSubDomains; preload"
    assert said["plain"] == [301, "https://metodstod.example.se/konto/login/"]


# What browsers tell --------------------------------------------------------------------------------

REPORTS = {
    "report-uri": {
        "csp-report": {
            "document-uri": "http://testserver/mandat/en-hemlig-adress-000001/",
            "effective-directive": "script-src-elem",
            "blocked-uri": "https://ond.example.org/hemligt?x=1",
        }
    },
    "report-to": [
        {
            "type": "csp-violation",
            "body": {
                "documentURL": "http://testserver/mandat/en-hemlig-adress-000001/",
                "effectiveDirective": "script-src-elem",
                "blockedURL": "https://ond.example.org/hemligt?x=1",
            },
        }
    ],
}


@pytest.mark.parametrize("kind", REPORTS)
def test_broken_policy_is_told_to_the_log_by_rule_and_route(client, db, caplog, kind):
    caplog.set_level(logging.WARNING, logger="metodstod.views")

    answer = client.post("/csp-rapport/", json.dumps(REPORTS[kind]), content_type="application/csp-report")

    assert answer.status_code == 204
    assert [record.fields for record in caplog.records if record.name == "metodstod.views"] == [
        {"directive": "script-src-elem", "blocked": "ond.example.org", "route": "mandat/<str:token>/"}
    ]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"x",
        b"[]",
        b"{}",
        b"[1, null, {}]",
        b'{"csp-report": 1}',
        b'{"csp-report": {"blocked-uri": "http://["}}',
        b'[{"body": {"documentURL": "//[x"}}]',
        b"[" * 50_000,
        b'{"body": {"a": "' + b"x" * 30_000,
    ],
)
def test_damaged_report_is_no_fault_of_ours(client, db, body):
    answer = client.post("/csp-rapport/", body, content_type="application/reports+json")

    assert answer.status_code in {204, 400}


# Hosts, proxies, redirects -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "host", ["ond.example.org", "testserver.ond.example.org", "testserver@ond.example.org", "[::"]
)
def test_host_that_is_not_ours_is_refused(client, db, host):
    answer = client.post("/konto/login/", {"email": "sara@halmstad.example.se"}, headers={"host": host})

    assert answer.status_code == 400
    assert "ond.example.org" not in answer.text
    assert Mail.objects.count() == 0


def test_links_in_mail_are_the_settings_whatever_host_was_asked(client, settings, log_in, deliver_mail):
    settings.SITE_URL = "https://metodstod.example.se"
    make_municipality()
    person = make_user("sara@halmstad.example.se", name="Sara")
    team = Team.objects.create(name="Grupp", workplace="Kontoret", municipality=person.municipality)
    team.join(person)
    log_in(client, person)

    client.post(
        f"/arbetsgrupp/{team.pk}/bjud-in/",
        {"email": "ali@halmstad.example.se", "key": "5f0c5c0e-0000-4000-8000-000000000001"},
        headers={
            "host": "localhost",
            "x-forwarded-host": "ond.example.org",
            "forwarded": "host=ond.example.org",
        },
    )

    (letter,) = deliver_mail()
    assert Invitation.objects.count() == 1
    assert re.findall(r"https?://[^/\s]+", letter.body) == [
        "https://metodstod.example.se"
    ] * letter.body.count("http")
    assert "ond.example.org" not in letter.body


def test_sender_cannot_say_that_it_is_another(settings, db):
    settings.LIMITS = settings.LIMITS | {"code_by_sender": [(3, 60)]}

    answers = [
        ask_code(
            Client(headers={"x-forwarded-for": f"192.0.2.{number}", "x-real-ip": f"192.0.2.{number}"}),
            f"a{number}@halmstad.example.se",
        ).status_code
        for number in range(4)
    ]

    assert answers == [302, 302, 302, 429]


def test_sender_cannot_say_that_the_connection_is_safe(client, settings, db):
    settings.SECURE_SSL_REDIRECT = True

    answer = client.get("/konto/login/", headers={"x-forwarded-proto": "https"})

    assert answer.status_code == 301


@pytest.mark.parametrize(
    "target", ["//ond.example.org/", "https://ond.example.org/", "/\\ond.example.org", "javascript:alert(1)"]
)
def test_own_page_leads_nowhere_else_when_it_is_saved(client, social_worker, log_in, target):
    log_in(client, social_worker)

    answer = client.post("/konto/", {"name": "Sara", "workplace": "", "next": target})

    assert answer["Location"] == "/arbetsgrupp/"


@pytest.mark.parametrize(
    "email",
    [
        "a@halmstad.example.se\nBcc: b@ond.example.org",
        "a@halmstad.example.se\r\n\r\nHej",
        "a@halmstad.example.se, b@ond.example.org",
        '"a\nb"@halmstad.example.se',
        "<a@halmstad.example.se>",
    ],
)
def test_address_that_would_be_several_gets_no_mail(client, db, email):
    answer = ask_code(client, email)

    assert answer.status_code == 200
    assert Mail.objects.count() == 0


def test_form_from_another_site_is_refused(social_worker, log_in):
    client = Client(enforce_csrf_checks=True)
    log_in(client, social_worker)
    before = social_worker.name

    answers = [
        client.post(path, {"name": "Ond"}, headers={"origin": "https://ond.example.org"}).status_code
        for path in ("/konto/", "/konto/logga-ut-overallt/", "/konto/logout/", "/konto/login/")
    ]

    social_worker.refresh_from_db()
    assert answers == [403] * 4
    assert social_worker.name == before
    assert client.get("/konto/").status_code == 200


def test_the_same_is_done_for_an_address_that_is_known_and_one_that_is_not(social_worker):
    ask_code(Client(), "forst@halmstad.example.se")  # From where nobody has asked before, it is first noted.

    done = []
    for email in (social_worker.email, "ny@halmstad.example.se", "ingen@annanstans.example.se"):
        with CaptureQueriesContext(connection) as queries:
            ask_code(Client(), email)
        done.append([query["sql"].split()[0] for query in queries])

    assert done[0] == done[1] == done[2]
