"""Pages open to everyone that belong to no step, what a machine asks, and what is said when something is wrong."""

import json
import logging
import math
import re
import sys
from datetime import UTC, date, timedelta
from functools import cache
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import DatabaseError, InterfaceError, OperationalError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.urls import Resolver404, resolve
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from django.views.generic import TemplateView

from .held import held, held_while_away, wants_json
from .limits import sender, take
from .mail import absolute
from .models import County, Fact
from .queue import queue_is_alive

logger = logging.getLogger(__name__)

SECURITY_TXT_LASTS = timedelta(days=180)
# The day the accessibility statement was last made true, by ourselves: change it with the statement.
ACCESSIBILITY_ASSESSED_ON = date(2026, 11, 24)


class Start(TemplateView):
    template_name = "start.html"


class CountyPage(TemplateView):
    """A page that names the counties whose authorities stand behind the portal."""

    def get_context_data(self, **kwargs):
        return super().get_context_data(counties=County.objects.participating(), **kwargs)


class Help(CountyPage):
    template_name = "help.html"

    def get_context_data(self, **kwargs):
        numbers = {kind: [] for kind in Fact.Kind.values}
        for fact in Fact.objects.published():
            numbers[fact.kind].append(fact)
        return super().get_context_data(numbers=numbers, **kwargs)


class About(CountyPage):
    template_name = "about.html"

    def get_context_data(self, **kwargs):
        courses = Fact.objects.published().filter(kind=Fact.Kind.ELSEWHERE)
        return super().get_context_data(courses=courses, **kwargs)


class Privacy(CountyPage):
    template_name = "privacy.html"
    # Told as they are set, so that the notice cannot say anything else than what is done.
    extra_context = {
        "code_minutes": settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT // 60,
        "session_hours": settings.SESSION_COOKIE_AGE // 3600,
        "idle_hours": settings.SESSION_IDLE // timedelta(hours=1),
    }


class Accessibility(CountyPage):
    template_name = "accessibility.html"
    extra_context = {
        "assessed_on": ACCESSIBILITY_ASSESSED_ON,
        "supervisor_name": settings.SUPERVISOR_NAME,
        "supervisor_url": settings.SUPERVISOR_URL,
    }


def healthz(request):
    """Answer that the process lives; asks nothing of anything else."""
    return HttpResponse("ok\n", content_type="text/plain; charset=utf-8")


@cache
def known_migrations():
    """Return the migrations of this release. Read from disk once: they change only with a new process."""
    return frozenset(MigrationLoader(None).disk_migrations)


def knock():
    """Raise at once when the database server refuses. The pool would wait out its time, some seconds, in silence."""
    if connection.settings_dict["OPTIONS"].get("pool"):
        own = connection.copy()
        del own.settings_dict["OPTIONS"]["pool"]
        own.ensure_connection()
        own.close()


def readyz(request):
    """Answer 200 when the portal can do its work, 503 and what is away when it cannot."""
    try:
        knock()
        pending = known_migrations() - MigrationRecorder(connection).applied_migrations().keys()
        state = {
            "database": "ok",
            "migrations": "pending" if pending else "ok",
            "queue": "ok" if queue_is_alive() else "away",
        }
    except DatabaseError as error:
        logger.warning("not ready: %s", type(error).__name__)
        state = {"database": "away"}
    ready = set(state.values()) == {"ok"}
    response = JsonResponse(state, status=200 if ready else 503)
    response["Cache-Control"] = "no-store"
    return response


def security_txt(request):
    """Tell who to write to about a weakness (RFC 9116). Made anew at each request, it never goes out of date."""
    expires = (timezone.now() + SECURITY_TXT_LASTS).astimezone(UTC)
    lines = [
        f"Contact: {settings.SECURITY_CONTACT}",
        f"Expires: {expires:%Y-%m-%dT%H:%M:%SZ}",
        "Preferred-Languages: sv, en",
        f"Canonical: {absolute(request.path)}",
    ]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


def csrf_failure(request, reason=""):
    """A form grown too old, or from elsewhere: hand back what was written instead of dropping it."""
    return held(request, reason="old_form", status=403)


def bad_request(request, exception):
    return HttpResponse(render_to_string("400.html"), status=400)


def forbidden(request, exception):
    return HttpResponse(render_to_string("403.html"), status=403)


def not_found(request, exception):
    return HttpResponse(render_to_string("404.html"), status=404)


def too_many_requests(request, exception=None, wait=900):
    """Say when to try again, in seconds to the browser and in words to people, with what was typed if anything was."""
    response = None
    if wants_json(request) or (request.method == "POST" and len(request.POST) > SHORT_FORM):
        response = held(request, reason="too_many", status=429)
    if response is None:
        words = render_to_string("429.html", {"minutes": math.ceil(wait / 60)})
        response = HttpResponse(words, status=429)
    response.headers["Retry-After"] = str(wait)
    return response


# A token, an address, where to go on to: nothing that anyone has written.
SHORT_FORM = 3


@csrf_exempt
@require_POST
def csp_report(request):
    """Take a browser's word that a page broke its own policy. Told to the log by rule and route, never by address."""
    take("open_form", sender(request))
    try:
        said = json.loads(request.body[:LONGEST_REPORT])
    except (ValueError, RecursionError, RequestDataTooBig):
        return HttpResponse(status=400)
    for report in (said if isinstance(said, list) else [said])[:5]:
        if isinstance(report, dict):
            body = report.get("body") or report.get("csp-report")
            tell_report(body if isinstance(body, dict) else {})
    return HttpResponse(status=204)


def tell_report(body):
    directive = str(
        body.get("effectiveDirective") or body.get("effective-directive") or body.get("violated-directive")
    )
    try:
        blocked = urlsplit(str(body.get("blockedURL") or body.get("blocked-uri") or ""))
        page = urlsplit(str(body.get("documentURL") or body.get("document-uri") or "")).path
    except ValueError:
        return  # No address: whoever sent it is no browser.
    try:
        route = resolve(page).route
    except Resolver404:
        route = None
    fields = {
        "directive": directive if re.fullmatch(r"[a-z-]{1,40}", directive) else "?",
        "blocked": blocked.hostname or ("inline" if blocked.path == "inline" else "?"),
        "route": route,
    }
    logger.warning("policy broken", extra={"fields": fields})


LONGEST_REPORT = 20_000


def server_error(request):
    """503 when the database is away, with what was typed; 500 for our own faults. No page here needs a query."""
    if isinstance(sys.exc_info()[1], (OperationalError, InterfaceError)):
        response = held_while_away(request) or HttpResponse(render_to_string("503.html"), status=503)
        response["Retry-After"] = "10"
        return response
    return HttpResponse(render_to_string("500.html"), status=500)
