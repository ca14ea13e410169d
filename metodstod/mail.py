"""Mail, queued in the transaction that causes it and sent by the queue worker, never by a request.

A mail's text is `templates/mail/<name>.txt`: the subject on the first line, an empty line, the body.
It carries links, not answers, and never a person's phone number.
"""

from datetime import timedelta
from email.utils import make_msgid
from smtplib import SMTPRecipientsRefused
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import F, Q
from django.template.loader import render_to_string
from django.utils import timezone
from django_q.tasks import async_task

from .models import Mail

REFUSED = "mottagaren avvisades"
LEASE = timedelta(seconds=60)  # Shorter than the queue's retry, so that a lost attempt is made again.


class NotDelivered(Exception):
    """The mail server could not take the mail; the queue tries again. Says what kind of error it was.

    What the server said is left out: it holds addresses, and the queue writes it into its log and its table.
    """


class BeingSent(Exception):
    """Another worker holds the mail; the queue tries again later."""


def absolute(path):
    """Return the portal's public address of a path. From a setting: a request's host cannot be trusted."""
    return settings.SITE_URL.rstrip("/") + path


@transaction.atomic(savepoint=False)
def queue_mail(to, name, context, *, secret=False, calendar="", calendar_method=""):
    """Queue one mail in the current transaction and return it.

    `context["path"]`, if given, becomes `link`, the absolute address in the mail. `calendar` is the text
    of an iCalendar object sent as an invitation, with its method (REQUEST or CANCEL).
    """
    if "path" in context:
        context = context | {"link": absolute(context["path"])}
    subject, _, body = render_to_string(
        f"mail/{name}.txt", context | {"site_url": settings.SITE_URL}
    ).partition("\n")
    mail = Mail.objects.create(
        to=to,
        subject=" ".join(subject.split())[:200],
        body=body.strip() + "\n",
        purpose=name,
        secret=secret,
        calendar=calendar,
        calendar_method=calendar_method,
        message_id=make_msgid(domain=urlsplit(settings.SITE_URL).hostname),
    )
    async_task("metodstod.mail.deliver", str(mail.pk), task_name=f"mail {mail.purpose}")
    return mail


def deliver(pk):
    """Send a queued mail unless it has been sent. Raises `NotDelivered`, so that the queue tries again.

    The lease is taken in a transaction of its own and nothing is locked while the mail server is
    spoken to. A worker killed between sending and noting it leads to one more copy with the same
    Message-ID, never to none.
    """
    now = timezone.now()
    taken = (
        Mail.objects.filter(pk=pk, delivered_at__isnull=True)
        .filter(Q(leased_until__isnull=True) | Q(leased_until__lt=now))
        .exclude(last_error=REFUSED)
        .update(leased_until=now + LEASE, attempts=F("attempts") + 1)
    )
    mail = Mail.objects.filter(pk=pk).first()
    if mail is None:
        return  # Forgotten before it could be sent: there is nothing left to try again.
    if not taken:
        if mail.delivered_at or mail.last_error == REFUSED:
            return
        raise BeingSent(pk)
    try:
        message(mail).send()
    except Exception as error:
        error_name = REFUSED if is_refused(error) else type(error).__name__
        Mail.objects.filter(pk=pk).update(leased_until=None, last_error=error_name)
        if error_name == REFUSED:
            return
        raise NotDelivered(error_name) from None
    mail.delivered_at, mail.leased_until, mail.last_error = timezone.now(), None, ""
    if mail.secret:
        mail.body = ""
    mail.save(update_fields=["delivered_at", "leased_until", "last_error", "body"])


def is_refused(error):
    """Whether the mail server says that there is no such mailbox; trying again will not make one."""
    return isinstance(error, SMTPRecipientsRefused) and all(
        code >= 500 for code, _ in error.recipients.values()
    )


def message(mail):
    """Return the mail as Django sends it, with its calendar object as the form that calendars act on.

    The method stands both in the object and in the part's own type, as RFC 6047 asks: Outlook and others
    make an invitation with buttons only of an alternative whose type says `method=`.
    """
    email = EmailMultiAlternatives(
        mail.subject,
        mail.body,
        to=[mail.to],
        headers={"Message-ID": mail.message_id, "Auto-Submitted": "auto-generated"},
    )
    if mail.calendar:
        email.attach_alternative(mail.calendar, f"text/calendar; method={mail.calendar_method}")
    return email
