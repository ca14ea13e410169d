"""The second factor of staff: an app that makes codes, and codes in reserve; the steps are django-allauth's."""

import base64
import hashlib
from functools import wraps

import qrcode
from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import clear_authentication_records
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base import forms as mfa_forms
from allauth.mfa.base.internal.flows import post_authentication
from allauth.mfa.models import Authenticator
from allauth.mfa.totp import forms as totp_forms
from allauth.mfa.totp import views as totp_views
from cryptography.fernet import Fernet
from django.conf import settings
from django.db import transaction
from django.http import Http404
from django.views.decorators.cache import never_cache

from .accounts import CodeField
from .forms import PortalForm
from .models import AccessLog


def has_used_second_factor(request):
    """Whether this session was opened with a code by mail and then a second factor."""
    records = get_authentication_records(request, request.user)
    return any(record.get("method") == "mfa" for record in records)


@transaction.atomic
def forget_second_factor(person, *, by):
    """Let someone who can no longer use theirs add a new one, and note who decided it."""
    Authenticator.objects.filter(user=person).delete()
    AccessLog.record(by, AccessLog.Action.CHANGED, person, reference=str(person.pk))


class MFAAdapter(DefaultMFAAdapter):
    """Keep second-factor secrets encrypted at rest, with a key derived from the portal's secret."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": "Koden stämmer inte. Vänta tills appen visar en ny och skriv den.",
    }

    def _fernet(self):
        digest = hashlib.sha256(b"mfa:" + settings.SECRET_KEY.encode()).digest()
        return Fernet(base64.urlsafe_b64encode(digest))

    def encrypt(self, text):
        return self._fernet().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text):
        return self._fernet().decrypt(encrypted_text.encode()).decode()


def for_staff(view):
    """Let only staff at a page; to others there is none."""

    @wraps(view)
    @never_cache
    def guarded(request, *args, **kwargs):
        if not request.user.is_staff:
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


class AuthenticateForm(PortalForm, mfa_forms.AuthenticateForm):
    code = CodeField(label="Kod från appen, eller en av dina reservkoder")


class ReauthenticateForm(PortalForm, mfa_forms.ReauthenticateForm):
    code = CodeField(label="Kod från appen, eller en av dina reservkoder")


class ActivateTOTPForm(PortalForm, totp_forms.ActivateTOTPForm):
    code = CodeField(label="Kod som appen visar", help_text="Sex siffror.")


def qr_code(text):
    """Return a QR code as the path of an SVG image, and the length of its side.

    Drawn in the page itself: the content security policy allows neither data: images nor the style
    attributes that allauth's own image has.
    """
    code = qrcode.QRCode(border=4)
    code.add_data(text)
    rows = code.get_matrix()
    path = "".join(f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, dark in enumerate(row) if dark)
    return {"path": path, "side": len(rows)}


class ActivateTOTPView(totp_views.ActivateTOTPView):
    """Add an authenticator app. The code that proves it counts as this session's second factor."""

    def form_valid(self, form):
        response = super().form_valid(form)
        added = Authenticator.objects.get(user=self.request.user, type=Authenticator.Type.TOTP)
        post_authentication(self.request, added, reauthenticated=True)
        return response

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        secret = context["form"].secret
        return context | {
            "qr": qr_code(context["totp_url"]),
            "secret": " ".join(secret[start : start + 4] for start in range(0, len(secret), 4)),
        }


class DeactivateTOTPView(totp_views.DeactivateTOTPView):
    """Remove the authenticator app; in production a new one must be added before anything else."""

    def form_valid(self, form):
        response = super().form_valid(form)
        clear_authentication_records(self.request)
        return response
