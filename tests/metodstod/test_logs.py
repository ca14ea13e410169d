"""The log: what happened to which request, and nothing that anyone typed, was called or was sent."""

import json
import logging
import re
import sys

import pytest
from django.db import OperationalError
from django.urls import reverse

from metodstod.logs import JsonFormatter, cleaned
from tests.factories import make_draft, make_member, make_team


@pytest.fixture
def log(caplog):
    """What has been logged, as the lines that the console gets."""
    caplog.set_level(logging.INFO)
    return lambda: [json.loads(JsonFormatter().format(record)) for record in caplog.records]


def about_requests(lines):
    return [line for line in lines if line["logger"] == "metodstod.request"]


def test_request_is_told_by_its_route_with_the_number_that_its_answer_bears(client, db, log, monkeypatch):
    monkeypatch.setattr("metodstod.logs.SLOW", 60)

    response = client.get("/stod-och-kontakt/?q=planterat")

    line = about_requests(log())[0]
    assert re.fullmatch("[0-9a-f]{32}", response["X-Request-ID"])
    assert (line["method"], line["route"], line["status"]) == ("GET", "stod-och-kontakt/", 200)
    assert line["message"] == "done"
    assert set(line) == {"at", "level", "logger", "message", "method", "route", "status", "ms"}


@pytest.mark.parametrize(("behind_proxy", "kept"), [(True, True), (False, False)])
def test_number_that_the_proxy_gives_is_kept_and_a_visitors_own_is_not(client, settings, behind_proxy, kept):
    settings.BEHIND_PROXY = behind_proxy
    given = "0123456789abcdef" * 2

    response = client.get("/healthz", headers={"X-Request-ID": given})

    assert (response["X-Request-ID"] == given) == kept


def test_number_that_is_no_number_is_not_kept(client, settings):
    settings.BEHIND_PROXY = True

    response = client.get("/healthz", headers={"X-Request-ID": "kim@halmstad.example.se"})

    assert re.fullmatch("[0-9a-f]{32}", response["X-Request-ID"])


def test_probes_and_static_files_are_not_written_down(client, db, log, monkeypatch):
    monkeypatch.setattr("metodstod.logs.SLOW", 60)

    client.get("/healthz")
    client.get("/static/css/metodstod.css").close()

    assert about_requests(log()) == []


def test_failed_request_tells_the_kind_of_error_and_where_but_not_what_it_said(client, db, log, monkeypatch):
    client.raise_request_exception = False

    def fail(*args, **kwargs):
        raise ValueError("kim@halmstad.example.se skrev 640823-3234")

    monkeypatch.setattr("metodstod.views.Start.get_context_data", fail)

    response = client.get("/")

    line = about_requests(log())[0]
    assert response.status_code == 500
    assert (line["level"], line["message"], line["error"]) == ("error", "failed", "ValueError")
    assert line["trace"][-1].startswith("tests/metodstod/test_logs.py:")
    assert "kim@" not in str(log())
    assert "640823" not in str(log())


def test_cause_of_an_error_is_told_by_kind(log):
    try:
        try:
            raise KeyError("Key (email)=(kim@halmstad.example.se) already exists")
        except KeyError as error:
            raise OperationalError("connection failed") from error
    except OperationalError:
        logging.getLogger("metodstod").exception("could not")

    line = log()[0]
    assert (line["error"], line["caused_by"]) == ("OperationalError", ["KeyError"])
    assert "kim@" not in json.dumps(line)


@pytest.mark.parametrize(
    ("message", "written"),
    [
        ("Failed 'mail' - refused kim.ek@halmstad.example.se", "Failed 'mail' - refused [adress]"),
        ("first line\nkim@halmstad.example.se wrote", "first line"),
        ("ready : Traceback (most recent call last)", "ready :"),
    ],
)
def test_what_a_library_writes_is_cut_and_cleaned(message, written):
    assert cleaned(message) == written


def test_identity_number_in_a_librarys_message_is_masked():
    assert "640823" not in cleaned("value '640823-3234' is too long")


def test_line_that_cannot_be_formatted_with_its_error_stays_one_line():
    try:
        raise ValueError("a\nb")
    except ValueError:
        record = logging.LogRecord("x", logging.ERROR, "", 1, "a\nb %s", ("c",), sys.exc_info())

    assert len(JsonFormatter().format(record).splitlines()) == 1


def test_what_was_typed_is_handed_back_while_the_database_is_away(client, social_worker, log_in, monkeypatch):
    client.raise_request_exception = False
    team = make_team(social_worker)
    make_draft(team, "Ett svar")
    log_in(client, social_worker)

    def away(*args, **kwargs):
        raise OperationalError("server closed the connection")

    monkeypatch.setattr("feedback.views.save", away)
    text = "Det här har vi tänkt länge på.\nOch skrivit två rader om."

    response = client.post(
        reverse("feedback:draft", args=[team.pk]),
        {"answer_1": text, "key": "7"},
        headers={"Sec-Fetch-Site": "same-origin"},
    )

    page = response.content.decode()
    assert response.status_code == 503
    assert response["Retry-After"] == "10"
    assert text in page
    assert "vet vi inte om det du skickade kom fram" in page
    assert f'action="{reverse("feedback:draft", args=[team.pk])}"' in page
    assert '<input type="hidden" name="key" value="7">' in page


def test_script_is_told_that_the_database_is_away(client, social_worker, log_in, monkeypatch):
    client.raise_request_exception = False
    log_in(client, social_worker)
    monkeypatch.setattr(
        "feedback.views.save", lambda *args, **kwargs: (_ for _ in ()).throw(OperationalError())
    )
    team = make_team(social_worker)

    response = client.post(
        reverse("feedback:draft", args=[team.pk]),
        {"answer_1": "x"},
        headers={"Accept": "application/json", "Sec-Fetch-Site": "same-origin"},
    )

    assert (response.status_code, response["Retry-After"], response.json()) == (503, "10", {"error": "away"})


def test_form_from_elsewhere_is_not_repeated_while_the_database_is_away(client, db, log_in, monkeypatch):
    client.raise_request_exception = False
    member = make_member(make_team())
    log_in(client, member)
    monkeypatch.setattr("feedback.saving.own_team", lambda *args: (_ for _ in ()).throw(OperationalError()))

    response = client.post(
        reverse("feedback:draft", args=["0d4e1f10-0000-4000-8000-000000000000"]),
        {"answer_1": "planterat"},
        headers={"Sec-Fetch-Site": "cross-site"},
    )

    assert response.status_code == 503
    assert "planterat" not in response.content.decode()
