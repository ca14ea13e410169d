"""The coordinator's calendar at its secret address."""

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_safe

from .. import feed


@require_safe
def calendar_feed(request, token):
    """Give the coordinator's bookings to whoever has the address: a calendar program, which logs in nowhere."""
    coordinator = feed.find(token)
    if coordinator is None:
        raise Http404
    return HttpResponse(
        feed.text_of(coordinator),
        content_type="text/calendar; charset=utf-8",
        headers={
            "Cache-Control": "private, no-store",
            "Referrer-Policy": "no-referrer",
            "X-Robots-Tag": "noindex, nofollow",
        },
    )
