"""What every template may use, without a query and without touching the session."""

from django.conf import settings


def site(request):
    return {"demo": settings.DEMO, "leave_url": settings.LEAVE_URL, "site_url": settings.SITE_URL.rstrip("/")}
