"""What someone wrote is handed back when it cannot be taken: logged out, or a form grown too old."""

import logging
from urllib.parse import urlsplit

from django.http import JsonResponse
from django.shortcuts import render

logger = logging.getLogger(__name__)

NEVER_BACK = {"csrfmiddlewaretoken", "code", "password", "login"}


def wants_json(request):
    """Whether a script asks; it gets a status it can act on instead of a page."""
    return request.headers.get("Accept", "").startswith("application/json")


def from_our_own_page(request):
    """Whether the browser itself says that the form stood on one of our pages."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    sender = request.headers.get("Origin") or request.headers.get("Referer") or ""
    return urlsplit(sender).netloc == request.get_host()


def held(request, *, reason, status):
    """Answer with what was sent, readable and ready to be sent again to the same address.

    `reason` is `logged_out`, `old_form` or `away` (the database). A form that came from elsewhere is not repeated.
    """
    if wants_json(request):
        return JsonResponse({"error": reason}, status=status)
    fields = []
    if from_our_own_page(request):
        fields = [
            {"name": name, "value": value, "shown": len(value.strip()) > 40 or "\n" in value}
            for name, values in request.POST.lists()
            if name not in NEVER_BACK
            for value in values
        ]
    context = {"reason": reason, "fields": fields, "path": request.get_full_path()}
    return render(request, "held.html", context, status=status)


def held_while_away(request):
    """Answer 503 with what was sent, or None when nothing was, or when it cannot be read any more."""
    if wants_json(request):
        return JsonResponse({"error": "away"}, status=503)
    try:
        if request.method == "POST" and request.POST and from_our_own_page(request):
            return held(request, reason="away", status=503)
    except OSError:
        logger.warning("what was sent could not be read while the database was away")
    return None
