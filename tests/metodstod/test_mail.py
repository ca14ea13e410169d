"""Mail: promised in the transaction that causes it, delivered once, tried again until it is."""

import traceback
from datetime import timedelta
from smtplib import SMTPRecipientsRefused, SMTPServerDisconnected

import pytest
import time_machine
from django.core import mail as outgoing
from django.db import transaction
from django.utils import timezone
from django_q.models import OrmQ

from metodstod.mail import BeingSent, NotDelivered, deliver, queue_mail
from metodstod.models import Mail
from tests.racing import at_once


class ServerAway:
    """A mail server that answers with an error."""

    def __init__(self, error):
        self.error = error

    def __call__(self, *args, **kwargs):
        return self

    def send_messages(self, messages):
        raise self.error


@pytest.fixture
def away(monkeypatch):
    """Let the mail server fail in a given way, until told to be back."""
    from django.core.mail import message

    working = message.EmailMessage.get_connection

    def away(error):
        if error is None:
            monkeypatch.setattr(message.EmailMessage, "get_connection", working)
        else:
            monkeypatch.setattr(
                message.EmailMessage, "get_connection", lambda *args, **kwargs: ServerAway(error)
            )

    return away


def queue(**fields):
    return queue_mail("kim@halmstad.example.se", "login_code", {"code": "1234-5678", "minutes": 15}, **fields)


def test_mail_is_queued_with_what_causes_it_or_not_at_all(transactional_db):
    class Fault(Exception):
        pass

    def act():
        with transaction.atomic():
            queue()
            raise Fault

    with pytest.raises(Fault):
        act()
    assert (Mail.objects.count(), OrmQ.objects.count()) == (0, 0)


def test_mail_has_its_first_line_as_subject_and_says_it_was_made_by_a_machine(db, mailoutbox):
    deliver(queue().pk)

    assert mailoutbox[0].subject == "Din kod till Metodstöd"
    assert mailoutbox[0].body.startswith("Hej!\n")
    assert mailoutbox[0].message()["Auto-Submitted"] == "auto-generated"


def test_mail_is_sent_once_however_often_it_is_run(db, mailoutbox):
    mail = queue()

    for _ in range(3):
        deliver(mail.pk)

    mail.refresh_from_db()
    assert len(mailoutbox) == 1
    assert (mail.attempts, mail.last_error) == (1, "")
    assert mail.delivered_at


def test_mail_is_sent_once_by_eight_workers_at_once(transactional_db):
    mail = queue()
    outgoing.outbox = []

    def work(_):
        try:
            deliver(mail.pk)
        except BeingSent:
            return "later"
        return "done"

    answers = at_once(8, work)

    assert set(answers) <= {"done", "later"}
    assert len(outgoing.outbox) == 1


def test_mail_of_a_worker_that_died_is_sent_when_its_lease_has_ended(db, mailoutbox):
    mail = queue()
    Mail.objects.filter(pk=mail.pk).update(leased_until=timezone.now() + timedelta(seconds=60), attempts=1)

    with pytest.raises(BeingSent):
        deliver(mail.pk)
    early = len(mailoutbox)
    with time_machine.travel(timezone.now() + timedelta(seconds=61)):
        deliver(mail.pk)

    assert (early, len(mailoutbox)) == (0, 1)
    assert mailoutbox[0].message()["Message-ID"] == mail.message_id


@pytest.mark.parametrize("error", [ConnectionRefusedError(), SMTPServerDisconnected("gone"), TimeoutError()])
def test_mail_is_kept_while_the_server_is_away_and_sent_when_it_is_back(db, mailoutbox, away, error):
    mail = queue()

    away(error)
    with pytest.raises(NotDelivered, match=type(error).__name__):
        deliver(mail.pk)
    mail.refresh_from_db()
    failed = (mail.last_error, mail.delivered_at, mail.leased_until)
    away(None)
    deliver(mail.pk)

    mail.refresh_from_db()
    assert failed == (type(error).__name__, None, None)
    assert (mail.attempts, mail.last_error) == (2, "")
    assert [sent.message()["Message-ID"] for sent in mailoutbox] == [mail.message_id]


def test_mail_to_a_mailbox_that_does_not_exist_is_given_up(db, away):
    mail = queue()

    away(SMTPRecipientsRefused({mail.to: (550, b"no such user")}))
    deliver(mail.pk)
    deliver(mail.pk)

    mail.refresh_from_db()
    assert (mail.attempts, mail.last_error, mail.delivered_at) == (1, "mottagaren avvisades", None)


def test_mail_to_a_mailbox_that_is_busy_is_tried_again(db, away, mailoutbox):
    mail = queue()

    away(SMTPRecipientsRefused({mail.to: (451, b"try later")}))
    with pytest.raises(NotDelivered, match="SMTPRecipientsRefused") as raised:
        deliver(mail.pk)
    away(None)
    deliver(mail.pk)

    assert len(mailoutbox) == 1
    # The queue keeps what was said, and the cause too unless it is cut off.
    assert "".join(traceback.format_exception(raised.value)).count(mail.to) == 0


def test_mail_that_has_been_forgotten_leaves_the_queue(db, run_queue, mailoutbox):
    queue().delete()

    assert run_queue() == 1
    assert mailoutbox == []


@pytest.mark.parametrize(("secret", "kept"), [(True, False), (False, True)])
def test_mail_keeps_its_text_unless_it_is_secret(db, mailoutbox, secret, kept):
    mail = queue(secret=secret)

    deliver(mail.pk)

    mail.refresh_from_db()
    assert bool(mail.body) is kept
    assert "1234-5678" in mailoutbox[0].body


def test_mail_subject_is_one_line_whatever_is_in_it(db):
    class Team:
        name = "Rad ett\r\nBcc: alla@example.se"

    mail = queue_mail(
        "kim@halmstad.example.se",
        "invitation",
        {"path": "/arbetsgrupp/", "team": Team, "by": None}
        | {"team": {"name": Team.name, "municipality": "Halmstad"}, "by": {"name": ""}},
    )

    assert mail.subject == "Inbjudan till en arbetsgrupp i Metodstöd"
    assert "http://testserver/arbetsgrupp/" in mail.body


def test_mail_with_a_calendar_object_carries_its_method(db, mailoutbox):
    mail = queue(calendar="BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", calendar_method="REQUEST")

    deliver(mail.pk)

    part = next(part for part in mailoutbox[0].message().walk() if part.get_content_type() == "text/calendar")
    assert part.get_param("method") == "REQUEST"
    assert part.get_payload(decode=True).decode() == "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"
