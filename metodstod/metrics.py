"""What the portal measures of itself, in the text format that Prometheus reads.

Requests are counted as they are answered (`counters.py`); the rest is read from the database when it is asked for.
"""

import hmac
import shutil
import time
from datetime import timedelta

from django.conf import settings
from django.db import DatabaseError
from django.http import Http404, HttpResponse
from django.utils import timezone
from django_q.models import OrmQ, Schedule

from .backup import is_backup
from .counters import BUCKETS, CLASSES
from .counters import requests as counted
from .mail import REFUSED
from .models import Mail, Session
from .queue import queue_is_alive


def requests():
    yield "# HELP metodstod_request_seconds How long requests took, by the first figure of their status."
    yield "# TYPE metodstod_request_seconds histogram"
    for status_class in CLASSES:
        label, so_far = f'status="{status_class}xx"', 0
        for number, limit in enumerate(BUCKETS):
            so_far += counted.total(status_class, number)
            le = "+Inf" if limit == float("inf") else limit
            yield f'metodstod_request_seconds_bucket{{{label},le="{le}"}} {so_far:.0f}'
        yield f"metodstod_request_seconds_sum{{{label}}} {counted.total(status_class, len(BUCKETS)):.6f}"
        yield f"metodstod_request_seconds_count{{{label}}} {so_far:.0f}"


def gauges():
    """Yield name, explanation and value of what the database knows."""
    now = timezone.now()
    waiting = Mail.objects.filter(delivered_at__isnull=True).exclude(last_error=REFUSED)
    oldest = waiting.order_by("created_at").values_list("created_at", flat=True).first()
    late = Schedule.objects.filter(next_run__lt=now - timedelta(minutes=10))
    yield "queue_alive", "Whether a queue worker has reported itself.", int(queue_is_alive())
    yield "queue_tasks", "Tasks that wait in the queue.", OrmQ.objects.count()
    yield "mail_waiting", "Mail not yet delivered.", waiting.count()
    yield (
        "mail_oldest_seconds",
        "Age of the oldest mail not yet delivered.",
        round((now - oldest).total_seconds()) if oldest else 0,
    )
    yield (
        "mail_refused",
        "Mail of the last day to mailboxes that do not exist.",
        Mail.objects.filter(last_error=REFUSED, created_at__gt=now - timedelta(days=1)).count(),
    )
    yield "schedule_late", "Jobs by the clock that are ten minutes late or more.", late.count()
    yield "sessions", "Sessions that have not ended.", Session.objects.open().count()


def portal():
    """Yield every line that is told."""
    yield from requests()
    free = shutil.disk_usage(settings.VAR_DIR if settings.VAR_DIR.exists() else settings.BASE_DIR).free
    yield from gauge("disk_free_bytes", "Room where the portal keeps its files.", free)
    yield from gauge("backup_age_seconds", "Age of the newest backup; -1 when there is none.", backup_age())
    try:
        lines = [line for name, text, value in gauges() for line in gauge(name, text, value)]
        yield from gauge("database_up", "Whether the database answers.", 1)
        yield from lines
    except DatabaseError:
        yield from gauge("database_up", "Whether the database answers.", 0)


def backup_age():
    """Return the whole seconds since the newest backup was made."""
    try:
        newest = max(
            (path.stat().st_mtime for path in settings.BACKUP_DIR.iterdir() if is_backup(path)), default=None
        )
    except OSError:
        newest = None
    return -1 if newest is None else max(0, round(time.time() - newest))


def gauge(name, text, value):
    yield f"# HELP metodstod_{name} {text}"
    yield f"# TYPE metodstod_{name} gauge"
    yield f"metodstod_{name} {value}"


def page(request):
    """Answer whoever bears the token; to others, and where no token is set, there is no such page."""
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    token = settings.METRICS_TOKEN
    if not token or not hmac.compare_digest(given.encode(), token.encode()):
        raise Http404
    return HttpResponse(
        "\n".join(portal()) + "\n",
        content_type="text/plain; version=0.0.4; charset=utf-8",
        headers={"Cache-Control": "no-store"},
    )
