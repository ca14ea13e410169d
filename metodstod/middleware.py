"""What every request passes: broken addresses out, closed unless opened, staff with a second factor."""

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpResponseBadRequest, JsonResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.http import urlencode

from .held import held, wants_json
from .limits import TooMany, sender, take
from .second_factor import has_factor, has_used_second_factor
from .views import too_many_requests

LONGEST_NEXT = 200


class RefuseBrokenAddress:
    """Answer 400 to what no database can take, NUL in an address or a cookie, and drop a `next` without end."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        query = request.META.get("QUERY_STRING", "")
        if "\0" in request.path_info or "%00" in query or "\0" in query or self.has_broken_cookie(request):
            return HttpResponseBadRequest(render_to_string("400.html"))
        if len(request.GET.get("next", "")) > LONGEST_NEXT:
            request.GET = request.GET.copy()
            del request.GET["next"]
        return self.get_response(request)

    def has_broken_cookie(self, request):
        # A quoted cookie may spell NUL as \\000, and the session's is looked up in the database.
        return any("\0" in value for value in request.COOKIES.values())


class MoreHeaders:
    """What Django and its packages do not say: no other site may use what is here, and where faults are told."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if getattr(request, "is_closed", False):
            # Kept by nobody in between. The browser asks again before it shows the page: what was typed into it
            # is still there when one goes back, which `no-store` would lose. Staff's pages say `no-store`.
            response.headers.setdefault("Cache-Control", "private, no-cache")
        response.headers.setdefault("Reporting-Endpoints", f'csp="{settings.CSP_REPORTS}"')
        return response


class Limits:
    """Count what is sent: forms by person, secret links and open forms by sender. Beyond the limit, 429.

    The limits are wide: they stop a script, not a whole municipality behind one address. Login codes have their own.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view_func, view_args, view_kwargs):
        try:
            if "token" in view_kwargs:
                take("token", sender(request))
            if request.method == "POST" and not getattr(view_func, "is_uncounted", False):
                if getattr(view_func, "login_required", True) and request.user.is_authenticated:
                    take("form", str(request.user.pk))
                else:
                    take("open_form", sender(request))
        except TooMany as error:
            return self.process_exception(request, error)
        return None

    def process_exception(self, request, exception):
        if not isinstance(exception, TooMany):
            return None
        return too_many_requests(request, wait=exception.wait)


class ClosedUnlessOpened(LoginRequiredMiddleware):
    """Ask for login everywhere that `urls.py` does not open, and keep what a logged-out person sent."""

    def process_view(self, request, view_func, view_args, view_kwargs):
        # Django's own asks who it is first; a public page would then vary with the session's cookie.
        if not getattr(view_func, "login_required", True):
            return None
        request.is_closed = True
        return super().process_view(request, view_func, view_args, view_kwargs)

    def handle_no_permission(self, request, view_func):
        if wants_json(request) or request.method == "POST":
            return held(request, reason="logged_out", status=401)
        return super().handle_no_permission(request, view_func)


class FirstThingsFirst:
    """What a logged-in person must do before anything else: staff a second factor, others be let in.

    Public pages, the account's own and logging out are always open.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view_func, view_args, view_kwargs):
        if not getattr(view_func, "login_required", True) or not request.user.is_authenticated:
            return None
        first = self.first(request)
        if first is None or request.path.startswith(self.always_open(first)):
            return None
        if wants_json(request):
            return JsonResponse({"error": "not_yet"}, status=403)
        return redirect(f"{reverse(first)}?{urlencode({'next': request.get_full_path()})}")

    def first(self, request):
        """Return the name of the page that the person must pass first, or None."""
        user = request.user
        if not user.is_staff:
            return None if user.is_admitted else "admission"
        if not settings.STAFF_SECOND_FACTOR or has_used_second_factor(request):
            return None
        if not has_factor(user):
            return "mfa_activate_totp"
        by_app = is_mfa_enabled(user, [Authenticator.Type.TOTP])
        return "mfa_reauthenticate" if by_app else "mfa_reauthenticate_webauthn"

    def always_open(self, first):
        return reverse("admission") if first == "admission" else reverse("mfa_index")
