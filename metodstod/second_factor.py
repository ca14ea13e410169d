"""The second factor of staff: a passkey, or an app that makes codes, and codes in reserve; the steps are django-allauth's."""

import base64
import hashlib
import time
from functools import wraps

from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import clear_authentication_records
from allauth.core.exceptions import ReauthenticationRequired
from allauth.mfa.adapter import DefaultMFAAdapter, get_adapter
from allauth.mfa.base import forms as mfa_forms
from allauth.mfa.base.internal.flows import post_authentication
from allauth.mfa.models import Authenticator
from allauth.mfa.totp import forms as totp_forms
from allauth.mfa.totp import views as totp_views
from allauth.mfa.utils import is_mfa_enabled
from allauth.mfa.webauthn import forms as passkey_forms
from allauth.mfa.webauthn import views as passkey_views
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.db import transaction
from django.http import Http404
from django.shortcuts import redirect
from django.urls import reverse, reverse_lazy
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache

from .accounts import CodeField
from .forms import PortalForm
from .later import Later
from .mail import queue_mail
from .models import AccessLog
from .security_log import note

qrcode = Later("qrcode")

# How long a proof is fresh: a code by mail for adding the first factor, a factor for what weighs most.
FRESH = 15 * 60  # seconds
FACTORS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
CODES_UNREADABLE = "Dina reservkoder går inte att läsa just nu. Hör av dig till den som sköter Metodstöd."


def has_used_second_factor(request):
    """Whether this session was opened with a code by mail and then a second factor."""
    records = get_authentication_records(request, request.user)
    return any(record.get("method") == "mfa" for record in records)


def has_factor(user):
    return is_mfa_enabled(user, FACTORS)


def is_fresh(request, *methods):
    """Whether the person has proved who they are in one of the ways within the last quarter of an hour."""
    records = get_authentication_records(request, request.user)
    return any(
        record.get("method") in methods and time.time() - record.get("at", 0) < FRESH for record in records
    )


def demand_fresh_factor(request):
    """Ask for the second factor again, before what weighs most: roles, exports, disposal.

    Raises what django-allauth's middleware turns into the question; afterwards the request goes on as it was, with
    all that was typed. In the demo, where nobody need have a factor, nobody is asked for one.
    """
    if has_factor(request.user) and not is_fresh(request, "mfa"):
        raise ReauthenticationRequired


@transaction.atomic
def forget_second_factor(person, *, by):
    """Let someone who can no longer use theirs add a new one; log them out everywhere, and note who decided it."""
    Authenticator.objects.filter(user=person).delete()
    person.end_sessions()
    AccessLog.record(by, AccessLog.Action.CHANGED, person, reference=str(person.pk))
    tell_of_change(person)


def tell_of_change(person):
    """Write to the person that their second factor has changed, so that they see it if it was not them."""
    note("factor_changed", person=person)
    queue_mail(person.email, "second_factor_changed", {"path": reverse("mfa_index")})


def derived_key():
    digest = hashlib.sha256(b"mfa:" + settings.SECRET_KEY.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode()


class MFAAdapter(DefaultMFAAdapter):
    """Keep second-factor secrets encrypted at rest.

    With the first of `ENCRYPTION_KEYS`; what was encrypted with an earlier one can still be read while that stands
    later in the list. Without any, with a key derived from `SECRET_KEY`.
    """

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": "Koden stämmer inte. Vänta tills appen visar en ny och skriv den.",
        "unreadable": "Ditt andra steg går inte att läsa just nu. Hör av dig till den som sköter Metodstöd.",
    }

    def _fernet(self):
        return MultiFernet([Fernet(key) for key in [*settings.ENCRYPTION_KEYS, derived_key()]])

    def encrypt(self, text):
        return self._fernet().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text):
        return self._fernet().decrypt(encrypted_text.encode()).decode()

    def get_public_key_credential_rp_entity(self):
        return super().get_public_key_credential_rp_entity() | {"name": "Metodstöd"}


# Where django-allauth keeps what is encrypted: an app's secret, and what the recovery codes are made from.
SECRETS = ("secret", "seed")


def secrets_of(factor):
    return {name: factor.data[name] for name in SECRETS if factor.data.get(name)}


def unreadable():
    """Return the factors that are opened by none of the keys there are: their owners cannot log in."""
    adapter = get_adapter()

    def opens(text):
        try:
            adapter.decrypt(text)
        except InvalidToken:
            return False
        return True

    factors = Authenticator.objects.select_related("user").order_by("user__email", "pk")
    return [one for one in factors if not all(map(opens, secrets_of(one).values()))]


@transaction.atomic
def encrypt_anew():
    """Encrypt every secret with the first key; return how many factors have any. Raises InvalidToken for an unreadable one."""
    adapter, number = get_adapter(), 0
    for factor in Authenticator.objects.select_for_update().order_by("pk"):
        if kept := secrets_of(factor):
            factor.data |= {name: adapter.encrypt(adapter.decrypt(text)) for name, text in kept.items()}
            factor.save(update_fields=["data"])
            number += 1
    return number


@transaction.atomic
def forget_unreadable():
    """Remove the factors whose key is lost, at the server; whoever has no other left adds a new one at the next login."""
    lost = unreadable()
    Authenticator.objects.filter(pk__in=[factor.pk for factor in lost]).delete()
    for person in {factor.user for factor in lost}:
        if not has_factor(person):
            forget_second_factor(person, by=None)


def for_staff(view):
    """Let only staff at a page; to others there is none."""

    @wraps(view)
    @never_cache
    def guarded(request, *args, **kwargs):
        if not request.user.is_staff:
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


def to_add_the_first(view):
    """Let someone without a factor add one only just after a code by mail, or the authority's own sign-on.

    A session that was left open, or stolen, must not be able to choose the factor that is then asked for.
    """

    @wraps(view)
    def guarded(request, *args, **kwargs):
        if has_factor(request.user) or is_fresh(request, "code", "socialaccount", "mfa"):
            return view(request, *args, **kwargs)
        logout(request)
        messages.info(request, "Logga in igen med en ny kod, så kan du lägga till ett andra steg.")
        return redirect(f"{reverse('account_login')}?{urlencode({'next': request.path})}")

    return guarded


def of_recovery_codes(view):
    """Show codes in reserve to staff, and say so when none of the keys opens what they are made from."""

    @wraps(view)
    def opened(request, *args, **kwargs):
        try:
            return view(request, *args, **kwargs)
        except InvalidToken:
            note("factor_unreadable", person=request.user)
            messages.error(request, CODES_UNREADABLE)
            return redirect("mfa_index")

    return for_staff(opened)


class RefusedIsNoted:
    """Mixin before a form that takes a code."""

    def clean_code(self):
        try:
            return super().clean_code()
        except forms.ValidationError:
            note("factor_refused", person=self.user)
            raise
        except InvalidToken:
            note("factor_unreadable", person=self.user)
            raise get_adapter().validation_error("unreadable") from None


class AuthenticateForm(RefusedIsNoted, PortalForm, mfa_forms.AuthenticateForm):
    code = CodeField(label="Kod från appen, eller en av dina reservkoder")


class ReauthenticateForm(RefusedIsNoted, PortalForm, mfa_forms.ReauthenticateForm):
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


class FactorAdded:
    """Mixin of what adds a factor: to prove it counts as this session's second factor, and a mail tells of it."""

    kind = ""

    def form_valid(self, form):
        with transaction.atomic():
            response = super().form_valid(form)
            added = Authenticator.objects.filter(user=self.request.user, type=self.kind).latest("pk")
            post_authentication(self.request, added, reauthenticated=True)
            tell_of_change(self.request.user)
        return response


class FactorRemoved:
    """Mixin of what removes a factor: whoever has none left proves nothing any more, and a mail tells of it."""

    def form_valid(self, form):
        with transaction.atomic():
            response = super().form_valid(form)
            tell_of_change(self.request.user)
        if not has_factor(self.request.user):
            clear_authentication_records(self.request)
        return response


class ActivateTOTPView(FactorAdded, totp_views.ActivateTOTPView):
    """Add an authenticator app."""

    kind = Authenticator.Type.TOTP

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        secret = context["form"].secret
        return context | {
            "qr": qr_code(context["totp_url"]),
            "secret": " ".join(secret[start : start + 4] for start in range(0, len(secret), 4)),
        }


class DeactivateTOTPView(FactorRemoved, totp_views.DeactivateTOTPView):
    """Remove the authenticator app; in production, whoever has no passkey must add one before anything else."""


# Passkeys ------------------------------------------------------------------------------------------

PASSKEY_FAILED = "Det gick inte med den nyckeln. Försök igen, eller använd en kod."


class CredentialField(forms.JSONField):
    """What the browser answers with, put there by a script; its shape is for django-allauth to judge."""

    def __init__(self):
        errors = {"required": PASSKEY_FAILED, "invalid": PASSKEY_FAILED}
        super().__init__(widget=forms.HiddenInput, error_messages=errors)

    def to_python(self, value):
        value = super().to_python(value)
        if value is not None and not isinstance(value, dict):
            raise forms.ValidationError(PASSKEY_FAILED)
        return value


class PasskeyForm(PortalForm):
    """Mixin: whatever is wrong with a credential, the person is told that it did not work."""

    def full_clean(self):
        try:
            super().full_clean()
        except (AttributeError, KeyError, TypeError, ValueError):
            # The library takes damaged credentials apart before it judges them.
            self.cleaned_data = {}
            self.add_error(None, PASSKEY_FAILED)


class AddPasskeyForm(PasskeyForm, passkey_forms.AddWebAuthnForm):
    name = forms.CharField(
        label="Vad ska nyckeln heta?",
        help_text="Till exempel Arbetstelefonen. Det är för att du ska känna igen den.",
        max_length=60,
        required=False,
    )
    credential = CredentialField()

    def __init__(self, *args, **kwargs):
        kwargs.setdefault("initial", {}).setdefault("name", "")
        super().__init__(*args, **kwargs)

    def clean_name(self):
        return self.cleaned_data["name"] or "Nyckel"


class AuthenticatePasskeyForm(PasskeyForm, passkey_forms.AuthenticateWebAuthnForm):
    credential = CredentialField()


class ReauthenticatePasskeyForm(PasskeyForm, passkey_forms.ReauthenticateWebAuthnForm):
    credential = CredentialField()


class AddPasskeyView(FactorAdded, passkey_views.AddWebAuthnView):
    """Add a passkey: the telephone, the computer or a key that one plugs in."""

    kind = Authenticator.Type.WEBAUTHN

    def get_context_data(self, **kwargs):
        # Django-allauth drops the form that was filled in.
        return super().get_context_data(**kwargs) | {key: kwargs[key] for key in ("form",) if key in kwargs}


class RemovePasskeyView(FactorRemoved, passkey_views.RemoveWebAuthnView):
    success_url = reverse_lazy("mfa_index")


class ReauthenticatePasskeyView(passkey_views.ReauthenticateWebAuthnView):
    """Use a passkey again, before what weighs most."""

    def form_invalid(self, form):
        messages.error(self.request, PASSKEY_FAILED)
        return redirect(self.request.get_full_path())
