"""The demo's letter box: mail is written to files under `VAR_DIR` and read at /demo/post/."""

import re
import time
from datetime import UTC, datetime
from email import message_from_bytes, policy

from django.conf import settings
from django.core.mail.backends.base import BaseEmailBackend
from django.http import Http404
from django.shortcuts import render
from django.utils.timezone import localtime

SHOWN = 100
# A login code stands last on its line.
CODE = re.compile(r"kod är:\s*(\d[\d -]{4,10}\d)\s*$", re.MULTILINE)


class MailboxBackend(BaseEmailBackend):
    """Write each message to a file of its own; the names sort by time."""

    def send_messages(self, email_messages):
        settings.DEMO_MAIL_DIR.mkdir(parents=True, exist_ok=True)
        for email in email_messages:
            path = settings.DEMO_MAIL_DIR / f"{time.time_ns()}.eml"
            partial = path.with_suffix(".part")
            partial.write_bytes(email.message().as_bytes())
            partial.rename(path)
        return len(email_messages)


def read(path):
    message = message_from_bytes(path.read_bytes(), policy=policy.default)
    part = message.get_body(preferencelist=("plain",))
    body = part.get_content() if part else ""
    code = CODE.search(body)
    return {
        "at": localtime(datetime.fromtimestamp(int(path.stem) / 1e9, tz=UTC)),
        "to": message["To"],
        "subject": message["Subject"],
        "body": body,
        "code": code[1] if code else "",
        "calendar": [
            part.get_content() for part in message.walk() if part.get_content_type() == "text/calendar"
        ],
    }


def mailbox(request):
    """Show the demo's mail, newest first. Anywhere but in the demo there is no such page."""
    if not settings.DEMO:
        raise Http404
    paths = sorted(settings.DEMO_MAIL_DIR.glob("*.eml"), reverse=True)[:SHOWN]
    return render(request, "demo/mailbox.html", {"mails": [read(path) for path in paths], "shown": SHOWN})
