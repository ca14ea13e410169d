"""Where a person is logged in, and logging out there: in one browser, or in all."""

from django.contrib import messages
from django.contrib.auth import logout
from django.shortcuts import redirect
from django.views.decorators.http import require_POST
from django.views.generic import TemplateView

from .models import User
from .second_factor import demand_fresh_factor
from .security_log import note
from .sessions import logins


class SessionList(TemplateView):
    """The browsers in which the person is logged in."""

    template_name = "account/session_list.html"

    def get_context_data(self, **kwargs):
        return super().get_context_data(**kwargs) | {"logins": logins(self.request)}


@require_POST
def session_end(request):
    """Log the person out of one browser. Which is told by its handle, looked for among their own alone."""
    demand_fresh_factor(request)
    wanted = request.POST.get("session", "")
    login = next((login for login in logins(request) if login.session.handle == wanted), None)
    if login is None:
        messages.info(request, "Den webbläsaren är redan utloggad.")
    elif login.is_this:
        return redirect("account_logout")
    else:
        login.session.delete()
        note("logged_out_elsewhere", person=request.user)
        messages.success(request, f"Du är utloggad ur {login.browser}.")
    return redirect("session_list")


@require_POST
def end_sessions(request):
    """Log the person out of every browser, this one too. What was typed elsewhere is handed back there when it is sent."""
    demand_fresh_factor(request)
    User.objects.get(pk=request.user.pk).end_sessions()
    note("logged_out_everywhere", person=request.user)
    logout(request)
    messages.success(request, "Du är utloggad överallt.")
    return redirect("account_login")
