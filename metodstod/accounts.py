"""How people get in: a one-time code to the work address.

The steps are django-allauth's; what is here makes them answer alike whatever the address, speak the
portal's Swedish, and send their mail through the queue.
"""

import time
from datetime import timedelta
from functools import wraps

from allauth.account import forms as account_forms
from allauth.account import views as account_views
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.account.internal.stagekit import get_pending_stage
from allauth.account.stages import LoginByCodeStage
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django import forms
from django.conf import settings
from django.contrib import messages
from django.shortcuts import redirect
from django.urls import reverse, reverse_lazy
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.generic import FormView, ListView, UpdateView

from . import sign_on
from .forms import PortalForm
from .limits import TooMany, sender, take
from .login_code import DigestedCode, digest
from .mail import queue_mail
from .models import AccessLog, Invitation, Team, User
from .security_log import note
from .sessions import begin_session

UNUSED_FOR = timedelta(hours=24)
CODE_MINUTES = settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT // 60


def is_own_path(url):
    """Whether the address is a path on this portal; anything with a host could lead elsewhere."""
    return url.startswith("/") and url_has_allowed_host_and_scheme(url, allowed_hosts=None)


def wanted_path(request):
    """Return the path that the request wants to go on to (`next`), or an empty string."""
    url = request.POST.get("next") or request.GET.get("next", "")
    return url if is_own_path(url) else ""


def forget_unused():
    """Remove the accounts that came about when someone asked for a code, and whose code nobody used in a day."""
    User.objects.never_used(since=timezone.now() - UNUSED_FOR).filter(memberships__isnull=True).delete()


# What allauth asks us ------------------------------------------------------------------------------


class AccountAdapter(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | {
        "incorrect_code": "Koden stämmer inte. Skriv siffrorna som de står i det senaste brevet.",
        "too_many_login_attempts": "Det blev för många försök med den koden. Be om en ny.",
        "rate_limited": "Det blev för många försök. Vänta en kvart och försök igen.",
    }

    def send_mail(self, template_prefix, email, context):
        """Queue the code. It is the only thing that allauth has to tell anyone by mail here."""
        if template_prefix != "account/email/login_code":
            raise NotImplementedError(template_prefix)
        queue_mail(email, "login_code", {"code": context["code"], "minutes": CODE_MINUTES}, secret=True)

    def add_message(self, request, level, message_template=None, message_context=None, **kwargs):
        """Say what went wrong. That something went well, the page one comes to says by itself."""
        if kwargs.get("message"):
            super().add_message(request, level, **kwargs)

    def is_safe_url(self, url):
        return is_own_path(url)

    def login(self, request, user):
        """Log in, and let the forms that stand open in other tabs still be sent.

        Django gives the browser a new CSRF secret at login, and whoever was logged out in mid-writing
        would then be refused when coming back to the text. The secret's cookie is out of reach of scripts
        and other hosts, so nobody can have planted the one that is kept.
        """
        secret = request.META.get("CSRF_COOKIE")
        super().login(request, user)
        begin_session(request)
        ways = [
            record.get("type") or record.get("method") for record in get_authentication_records(request, user)
        ]
        note("logged_in", person=user, by=ways)
        if secret:
            request.META["CSRF_COOKIE"] = secret

    def get_reauthentication_methods(self, user):
        """Whoever has a passkey and no app is asked for the passkey first; the codes in reserve are for the day it is lost."""
        methods = super().get_reauthentication_methods(user)
        has_app = user.is_authenticated and is_mfa_enabled(user, [Authenticator.Type.TOTP])
        return methods if has_app else methods[::-1]

    def get_login_redirect_url(self, request):
        """Staff begin in their own pages; whoever has one group, and no invitation to answer, in that group."""
        user = request.user
        if user.is_staff:
            return reverse("admin:index")
        teams = list(Team.objects.of(user).open()[:2])
        if len(teams) == 1 and not Invitation.objects.waiting().to(user).exists():
            return teams[0].get_absolute_url()
        return reverse("team_list")


# Log in with a code --------------------------------------------------------------------------------


class RequestLoginCodeForm(PortalForm, account_forms.RequestLoginCodeForm):
    email = forms.EmailField(
        label="Din e-postadress på jobbet",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false"}),
        error_messages={
            "required": "Skriv din e-postadress.",
            "invalid": "Skriv hela adressen, till exempel namn@kommunen.se.",
        },
    )

    def clean_email(self):
        # The account is found or made when the form has passed its limits, not while it is checked.
        return self.cleaned_data["email"].lower()


class CodeField(forms.CharField):
    """A code that is read from a mail or an app and typed."""

    def __init__(self, **kwargs):
        attributes = {
            "autocomplete": "one-time-code",
            "inputmode": "numeric",
            "spellcheck": "false",
            "class": "govuk-input--width-10",
        }
        errors = {"required": "Skriv koden."}
        super().__init__(
            widget=forms.TextInput(attrs=attributes), error_messages=errors, max_length=100, **kwargs
        )

    def to_python(self, value):
        """Keep letters and digits: the dash may come as any of the dashes that phones make."""
        return "".join(character for character in super().to_python(value) if character.isalnum())

    def widget_attrs(self, widget):
        return {}


class ConfirmLoginCodeForm(PortalForm, account_forms.ConfirmLoginCodeForm):
    code = CodeField(label="Kod", help_text="Åtta siffror. Mellanrum och streck spelar ingen roll.")

    def clean_code(self):
        # What is kept is a digest, and so is compared with one.
        if not constant_time_compare(digest(self.cleaned_data["code"]), self.expected_code):
            raise AccountAdapter().validation_error("incorrect_code")
        return self.cleaned_data["code"]


class LoginView(account_views.RequestLoginCodeView):
    """Ask for an address and send a code to it: the same answer and the same mail for every address."""

    template_name = "account/login.html"

    def _redirect_to_pending_stage(self, request, stage):
        """Let someone who waits for a code begin again, with another address perhaps; the code stays good."""

    def form_valid(self, form):
        email = form.cleaned_data["email"]
        take("code_by_sender", sender(self.request))
        take("code_by_mailbox", email)
        DigestedCode.begin(self.request, User.objects.begin(email), email)
        return redirect(self.get_success_url())

    def get_context_data(self, **kwargs):
        stage = get_pending_stage(self.request)
        waits = bool(stage) and stage.key == "login_by_code"
        return super().get_context_data(**kwargs) | {
            "pending": reverse("account_confirm_login_code") if waits else "",
            "minutes": CODE_MINUTES,
            "sign_on": settings.OIDC_NAME if sign_on.is_on() else "",
        }


@method_decorator(never_cache, name="dispatch")
class ConfirmLoginCodeView(account_views.ConfirmLoginCodeView):
    """Take the code. It is tried five times at the most, however many tries come at once."""

    _process = None

    def dispatch(self, request, *args, **kwargs):
        stage = get_pending_stage(request)
        if stage and stage.key == LoginByCodeStage.key:
            self.stage, self._process = stage, DigestedCode.resume(stage)
            if self._process:
                return FormView.dispatch(self, request, *args, **kwargs)
        if request.user.is_authenticated:
            return redirect(wanted_path(request) or AccountAdapter().get_login_redirect_url(request))
        messages.error(request, "Koden gäller inte längre. Be om en ny, den kommer inom någon minut.")
        return redirect(self.passthrough_next_url(reverse("account_login")))

    def post(self, request, *args, **kwargs):
        if self._action == "verify":
            try:
                # The session counts tries too, but several at once all read it before any has written it.
                take("code_try", f"{self._process.state['email']} {self._process.code}")
            except TooMany:
                self._process.abort()
                messages.error(request, AccountAdapter.error_messages["too_many_login_attempts"])
                return redirect(self.passthrough_next_url(reverse("account_login")))
            take("code_try_by_sender", sender(request))
        return super().post(request, *args, **kwargs)

    def form_invalid(self, form):
        note("code_refused", person=self._process.user)
        return super().form_invalid(form)

    def _resend_form_valid(self, form):
        email = self._process.state["email"]
        take("code_by_sender", sender(self.request))
        take("code_by_mailbox", email)
        self._process.state["at"] = time.time()
        response = super()._resend_form_valid(form)
        messages.info(self.request, "En ny kod är på väg. Den förra gäller inte längre.")
        return response

    def get_context_data(self, **kwargs):
        return super().get_context_data(**kwargs) | {"minutes": CODE_MINUTES}


# Who one is ----------------------------------------------------------------------------------------


class PersonForm(PortalForm, forms.ModelForm):
    class Meta:
        model = User
        fields = ["name", "workplace"]
        widgets = {
            "name": forms.TextInput(attrs={"autocomplete": "name"}),
            "workplace": forms.TextInput(attrs={"autocomplete": "organization"}),
        }
        labels = {"name": "Ditt namn", "workplace": "Din arbetsplats"}
        error_messages = {"name": {"required": "Skriv ditt namn."}}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["name"].required = True


class AdmissionForm(PersonForm):
    class Meta(PersonForm.Meta):
        fields = ["name", "municipality", "workplace"]
        labels = PersonForm.Meta.labels | {"municipality": "Kommun där du arbetar"}
        error_messages = PersonForm.Meta.error_messages | {
            "municipality": {"required": "Välj kommun."},
            "workplace": {"required": "Skriv var du arbetar."},
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in ("municipality", "workplace"):
            self.fields[name].required = True
        self.fields["municipality"].empty_label = "Välj kommun"


class UserUpdate(UpdateView):
    """A person's own name and workplace."""

    form_class = PersonForm
    template_name = "account/user_form.html"
    success_url = reverse_lazy("team_list")

    def get_object(self, queryset=None):
        return User.objects.get(pk=self.request.user.pk)

    def get_context_data(self, **kwargs):
        return super().get_context_data(**kwargs) | {"next": wanted_path(self.request)}

    def get_success_url(self):
        messages.success(self.request, "Sparat.")
        return wanted_path(self.request) or super().get_success_url()


class ReadingList(ListView):
    """Which of the authority's staff have read what about the person and the person's groups."""

    template_name = "account/reading_list.html"
    paginate_by = 50

    def get_queryset(self):
        return AccessLog.objects.about(self.request.user).select_related("who", "team")

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        page = context["page_obj"]
        return context | {
            "previous_url": f"?page={page.previous_page_number()}" if page.has_previous() else "",
            "next_url": f"?page={page.next_page_number()}" if page.has_next() else "",
            "previous_name": "Senare läsningar",
            "next_name": "Tidigare läsningar",
        }


def forgotten_here(view):
    """Let the browser forget the pages it has kept when the view has logged someone out: the next person may go back."""

    @wraps(view)
    def page(request, *args, **kwargs):
        response = view(request, *args, **kwargs)
        if request.method == "POST":
            response["Clear-Site-Data"] = '"cache"'
        return response

    return page


class AdmissionRequest(UserUpdate):
    """Where someone whose address belongs to no municipality says where they work, and then waits."""

    form_class = AdmissionForm
    template_name = "account/admission.html"

    def get(self, request, *args, **kwargs):
        if request.user.is_admitted or request.user.is_staff:
            return redirect("team_list")
        return super().get(request, *args, **kwargs)

    def form_valid(self, form):
        User.objects.get(pk=self.request.user.pk).ask_admission(**form.cleaned_data)
        return redirect("admission")
