"""Pages open to everyone that belong to no step, what a machine asks, and what is said when something is wrong."""

import sys

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.views.generic import TemplateView

from .accounts import AccountAdapter, wanted_path
from .held import held


class Start(TemplateView):
    template_name = "start.html"


class About(TemplateView):
    template_name = "about.html"


class Privacy(TemplateView):
    template_name = "privacy.html"


class Accessibility(TemplateView):
    template_name = "accessibility.html"


class Help(TemplateView):
    template_name = "help.html"


def healthz(request):
    """Answer that the process lives; asks nothing of anything else."""
    return HttpResponse("ok\n", content_type="text/plain")


def readyz(request):
    """Answer 200 when the portal can do its work, 503 and what is away when it cannot."""
    from .queue import queue_is_alive

    try:
        executor = MigrationExecutor(connection)
        pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
        state = {"database": "ok", "migrations": "pending" if pending else "ok"}
        state["queue"] = "ok" if queue_is_alive() else "away"
    except (OperationalError, InterfaceError):
        state = {"database": "away"}
    ready = set(state.values()) == {"ok"}
    return JsonResponse(state, status=200 if ready else 503)


def security_txt(request):
    """Tell who to write to about a weakness (RFC 9116)."""
    from datetime import timedelta

    from django.utils import timezone

    from .mail import absolute

    expires = (timezone.now() + timedelta(days=180)).replace(microsecond=0)
    lines = [
        f"Contact: {settings.SECURITY_CONTACT}",
        f"Expires: {expires.isoformat().replace('+00:00', 'Z')}",
        "Preferred-Languages: sv, en",
        f"Canonical: {absolute('/.well-known/security.txt')}",
    ]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


def csrf_failure(request, reason=""):
    """A form grown too old, or from elsewhere: hand back what was written instead of dropping it."""
    if request.user.is_authenticated and request.resolver_match.view_name == "account_confirm_login_code":
        # The code was sent twice, and the first one has already logged its sender in.
        return redirect(wanted_path(request) or AccountAdapter(request).get_login_redirect_url(request))
    return held(request, reason="old_form", status=403)


def bad_request(request, exception):
    return HttpResponse(render_to_string("400.html"), status=400)


def forbidden(request, exception):
    return HttpResponse(render_to_string("403.html"), status=403)


def not_found(request, exception):
    return HttpResponse(render_to_string("404.html"), status=404)


def too_many_requests(request):
    """Say when to try again; the longest limit there is lasts a quarter of an hour."""
    return HttpResponse(render_to_string("429.html"), status=429, headers={"Retry-After": "900"})


def server_error(request):
    """503 when the database is away, 500 for our own faults; neither page needs a query."""
    if isinstance(sys.exc_info()[1], (OperationalError, InterfaceError)):
        return HttpResponse(render_to_string("503.html"), status=503, headers={"Retry-After": "10"})
    return HttpResponse(render_to_string("500.html"), status=500)
