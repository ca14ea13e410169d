"""What bears on who gets in is told to the log, by number; nobody's name, address or code is."""

import logging

import pytest

from tests.metodstod.test_accounts import CONFIRM, ask_code, latest_code
from tests.metodstod.test_second_factor import app_code, enter, give_app


@pytest.fixture
def told(caplog):
    caplog.set_level(logging.INFO, logger="metodstod.security")

    def told():
        return [
            (record.getMessage(), record.fields)
            for record in caplog.records
            if record.name == "metodstod.security"
        ]

    return told


def test_login_is_told_with_the_ways_that_were_used(client, coordinator, told):
    secret = give_app(coordinator)
    enter(client, coordinator)
    client.post("/konto/2fa/authenticate/", {"code": app_code(secret)})

    assert told() == [("logged_in", {"person": coordinator.pk, "by": ["code", "totp"]})]


def test_refused_codes_are_told(client, coordinator, told):
    give_app(coordinator)
    ask_code(client, coordinator.email)
    client.post(CONFIRM, {"code": "0000-0000"})
    client.post(CONFIRM, {"code": latest_code(coordinator.email)})
    client.post("/konto/2fa/authenticate/", {"code": "000000"})

    assert [event for event, _ in told()] == ["code_refused", "factor_refused"]
    assert {fields["person"] for _, fields in told()} == {coordinator.pk}


def test_limit_that_is_reached_is_told_without_whose_it_was(client, db, told):
    for _ in range(6):
        ask_code(client, "ingen@exempel.example.se")

    assert told() == [("limited", {"person": None, "action": "code_by_mailbox"})]


def test_nothing_told_names_anyone(client, social_worker, told):
    enter(client, social_worker)
    client.post("/konto/logga-ut-overallt/")

    assert [event for event, _ in told()] == ["logged_in", "logged_out_everywhere"]
    assert social_worker.email not in str(told())
    assert latest_code(social_worker.email) not in str(told())
