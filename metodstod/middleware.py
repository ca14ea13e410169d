"""What every request passes: broken addresses out, closed unless opened, staff with a second factor."""

from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpResponseBadRequest, JsonResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse

from .held import held

LONGEST_NEXT = 200


class RefuseBrokenAddress:
    """Answer 400 to an address that no database can take: NUL, plain or escaped."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        query = request.META.get("QUERY_STRING", "")
        if "\0" in request.path_info or "%00" in query or "\0" in query:
            return HttpResponseBadRequest(render_to_string("400.html"))
        if len(request.GET.get("next", "")) > LONGEST_NEXT:
            request.GET = request.GET.copy()
            del request.GET["next"]
        return self.get_response(request)


def wants_json(request):
    """Whether a script asks; it gets a status it can act on instead of a page."""
    return request.headers.get("Accept", "").startswith("application/json")


class ClosedUnlessOpened(LoginRequiredMiddleware):
    """Ask for login everywhere that `urls.py` does not open, and keep what a logged-out person sent."""

    def handle_no_permission(self, request, view_func):
        if wants_json(request):
            return JsonResponse({"error": "logged_out"}, status=401)
        if request.method == "POST":
            return held(request, reason="logged_out", status=401)
        return super().handle_no_permission(request, view_func)


class StaffSecondFactor:
    """Let staff in production see nothing but public pages until they have used a second factor."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view_func, view_args, view_kwargs):
        if not settings.STAFF_SECOND_FACTOR or not getattr(view_func, "login_required", True):
            return None
        if (
            request.path.startswith("/konto/")
            or not request.user.is_authenticated
            or not request.user.is_staff
        ):
            return None
        from .accounts import has_used_second_factor

        return None if has_used_second_factor(request) else redirect(reverse("mfa_index"))
