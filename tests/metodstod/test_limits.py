"""How often something may be tried: exactly so often, by whatever way it comes, and never a whole municipality shut out."""

import re
import time

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.test import Client

from metodstod.limits import TooMany, forget_ended, take
from metodstod.models import Mail, Session, Team, Tried
from metodstod.models.limit import TryQuerySet
from tests.factories import make_municipality, make_user
from tests.metodstod.test_accounts import CONFIRM, LOGIN, ask_code, is_logged_in, latest_code, shown
from tests.racing import at_once

EMAIL = "sara@halmstad.example.se"


def tries(action, whose, times):
    """Return how many of the tries were let through."""
    done = 0
    for _ in range(times):
        try:
            take(action, whose)
            done += 1
        except TooMany:
            pass
    return done


# The login code ------------------------------------------------------------------------------------


def test_code_is_nowhere_but_in_the_mail(client, social_worker):
    ask_code(client, social_worker.email)
    code = latest_code(social_worker.email)

    kept = " ".join(str(session.get_decoded()) for session in Session.objects.all())

    assert social_worker.email in kept
    assert code not in kept
    assert code.replace("-", "") not in kept


def test_code_is_sent_by_the_queue_and_never_by_the_request(client, social_worker, mailoutbox, deliver_mail):
    ask_code(client, social_worker.email)
    before = list(mailoutbox)

    sent = deliver_mail()

    assert before == []
    assert [letter.to for letter in sent] == [[social_worker.email]]


def test_code_is_good_only_in_the_browser_that_asked(client, social_worker):
    ask_code(client, social_worker.email)
    code = latest_code(social_worker.email)
    other = Client()
    ask_code(other, social_worker.email)

    with_nothing = Client().post(CONFIRM, {"code": code})
    other.post(CONFIRM, {"code": code})

    assert with_nothing["Location"] == LOGIN
    assert not is_logged_in(other)


def test_code_is_used_once(client, social_worker):
    ask_code(client, social_worker.email)
    before = client.cookies.copy()
    code = latest_code(social_worker.email)
    client.post(CONFIRM, {"code": code})
    again = Client()
    again.cookies = before

    again.post(CONFIRM, {"code": code})

    assert is_logged_in(client)
    assert not is_logged_in(again)
    assert client.cookies["session"].value != before["session"].value


def test_wrong_code_is_refused_whatever_it_looks_like(client, social_worker):
    ask_code(client, social_worker.email)
    kept = client.session["account_login"]["state"]["stages"]["login_by_code"]["data"]["code"]

    client.post(CONFIRM, {"code": kept})
    client.post(CONFIRM, {"code": ""})
    client.post(CONFIRM, {"code": "åäö٣٤"})

    assert re.fullmatch("[0-9a-f]{64}", kept)
    assert not is_logged_in(client)


def test_mailbox_gets_five_codes_in_any_fifteen_minutes(client, social_worker):
    with time_machine.travel("2026-11-24 09:00+01:00", tick=False) as clock:
        answers = []
        for _ in range(5):
            answers.append(ask_code(client, EMAIL).status_code)
            clock.shift(120)
        refused = ask_code(client, EMAIL)
        clock.shift(5 * 60 + 1)
        answers.append(ask_code(client, EMAIL).status_code)
        answers.append(ask_code(client, EMAIL).status_code)

    assert refused.status_code == 429
    assert refused["Retry-After"] == "300"
    assert answers == [302] * 6 + [429]
    assert Mail.objects.filter(to=EMAIL).count() == 6


def test_mailbox_gets_twenty_codes_a_day_whoever_asks(db):
    with time_machine.travel("2026-11-24 09:00+01:00", tick=False) as clock:
        for number in range(25):
            ask_code(Client(REMOTE_ADDR=f"192.0.2.{number}"), EMAIL)
            clock.shift(16 * 60)

    assert Mail.objects.filter(to=EMAIL).count() == 20


def test_mailbox_gets_five_codes_however_many_ask_at_once(transactional_db):
    answers = at_once(12, lambda number: ask_code(Client(REMOTE_ADDR=f"192.0.2.{number}"), EMAIL).status_code)

    assert sorted(answers) == [302] * 5 + [429] * 7
    assert Mail.objects.filter(to=EMAIL).count() == 5


def test_group_behind_one_municipal_address_gets_in(transactional_db):
    make_municipality("Halmstad", code="1380")

    def log_in(number):
        client, email = Client(REMOTE_ADDR="192.0.2.1"), f"person{number}@halmstad.example.se"
        ask_code(client, email)
        client.post(CONFIRM, {"code": latest_code(email)})
        return is_logged_in(client)

    assert at_once(12, log_in) == [True] * 12


# Limits in general ---------------------------------------------------------------------------------


def test_tries_are_counted_once_each_by_whatever_thread(transactional_db, monkeypatch):
    update = TryQuerySet.update

    def update_slowly(self, **fields):
        # Time for every other thread to have read the same row.
        time.sleep(0.05)
        return update(self, **fields)

    monkeypatch.setattr(TryQuerySet, "update", update_slowly)

    assert sum(at_once(16, lambda number: tries("code_try", "x", 1))) == 5


def test_tries_of_one_are_not_anothers(db):
    assert [tries("code_try", whose, 7) for whose in ("a", "b")] == [5, 5]
    assert tries("code_by_mailbox", "a", 7) == 5


def test_counts_tell_nobody_whose_they_are_and_are_forgotten(db):
    with time_machine.travel("2026-11-24 09:00+01:00", tick=False) as clock:
        take("code_by_mailbox", EMAIL)
        kept = str(Tried.objects.values().get())
        clock.shift(24 * 60 * 60 - 60)
        forget_ended()
        before = Tried.objects.count()
        clock.shift(120)
        forget_ended()

    assert "sara" not in kept
    assert (before, Tried.objects.count()) == (1, 0)


@pytest.fixture
def few(settings):
    """Limits low enough to be reached in a test."""
    settings.LIMITS = {name: [(3, 60)] for name in settings.LIMITS}


def test_too_many_forms_are_answered_with_429_and_what_was_typed(client, db, few, log_in):
    make_municipality()
    person = make_user(EMAIL, name="Sara")
    log_in(client, person)
    form = {"name": "Ett namn som någon har skrivit och inte vill förlora", "key": "x", "a": "1", "b": "2"}

    answers = [client.post("/arbetsgrupp/ny/", form, HTTP_ORIGIN="http://testserver") for _ in range(4)]

    page = BeautifulSoup(answers[-1].content, "html.parser")
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert 1 <= int(answers[-1]["Retry-After"]) <= 60
    assert page.main.textarea.text.strip() == form["name"]
    assert Team.objects.count() == 0


def test_too_many_secret_links_pause_the_one_who_tries_and_no_other(client, db, few):
    answers = [client.get(f"/mandat/{number:022}/").status_code for number in range(4)]

    other = client.get("/mandat/AAAAAAAAAAAAAAAAAAAAAA/", REMOTE_ADDR="192.0.2.7")

    assert answers == [404, 404, 404, 429]
    assert other.status_code == 404


def test_too_many_is_told_to_a_script_in_a_way_it_can_act_on(client, few, log_in, social_worker):
    log_in(client, social_worker)

    answers = [client.post("/konto/", {}, HTTP_ACCEPT="application/json") for _ in range(4)]

    assert answers[-1].status_code == 429
    assert answers[-1].json() == {"error": "too_many"}


def test_network_of_an_ipv6_sender_counts_as_one(client, db, few):
    senders = [f"2001:db8:1:2::{number:x}" for number in range(1, 5)]

    answers = [ask_code(Client(REMOTE_ADDR=sender), f"{sender[-1]}@a.example.se") for sender in senders]

    assert [answer.status_code for answer in answers] == [302, 302, 302, 429]
    assert "Vänta en minut" in shown(answers[-1])
