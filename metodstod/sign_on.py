"""Staff may log in by their authority's own sign-on (OpenID Connect) in the place of a code by mail.

Turned on by settings alone: `OIDC_SERVER`, `OIDC_CLIENT_ID`, `OIDC_CLIENT_SECRET`, `OIDC_EMAIL_DOMAINS`. The steps are
django-allauth's. The sign-on makes no accounts and gives no rights: it only says that someone is whom the programme
lead has appointed, and the second factor is asked for as after a code.

What django-allauth takes on trust is checked here: that the server is the one of the settings, and that its token is
signed by it and made for this very attempt.
"""

import hashlib
from functools import wraps

import jwt
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect
from requests import RequestException

from .models import User
from .security_log import note

PROVIDER = "oidc"
# Signed with a key that the server alone has. With the others, whoever knows the client's secret could sign.
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
CLOCKS_MAY_DIFFER = 60  # seconds
NOT_DONE = "Inloggningen hos myndigheten blev inte klar. Försök igen, eller logga in med kod."


def is_on():
    return bool(settings.OIDC_SERVER)


def vouched_address(claims):
    """Return the address that the sign-on vouches for, in lower case, or an empty string.

    Only one that it says is verified, in a domain that is the authority's own.
    """
    address = str(claims.get("email") or "").lower()
    domain = address.rpartition("@")[2]
    verified = claims.get("email_verified") is True
    return address if verified and domain in settings.OIDC_EMAIL_DOMAINS else ""


class NotTrusted(OAuth2Error):
    """What the server says does not hold; the reason is our own words and may stand in the log."""


def nonce_of(verifier):
    """Return what the token is to repeat. PKCE's secret is made anew for each attempt and kept in the browser's session."""
    return hashlib.sha256(b"nonce:" + verifier.encode()).hexdigest()


class SignOn(OpenIDConnectProvider):
    """Asks for what the settings say, whatever the address of the page asks for, and for a token made for this attempt."""

    def get_pkce_params(self):
        parameters = super().get_pkce_params()
        return parameters | {"nonce": nonce_of(parameters["code_verifier"])}

    def get_auth_params_from_request(self, request, action):
        return self.get_auth_params()

    def get_scope_from_request(self, request):
        return self.get_scope()

    def get_oauth2_adapter(self, request):
        return Server(request, self.app.provider_id)


class Server(OpenIDConnectOAuth2Adapter):
    """The authority's server. Raises NotTrusted for what is not as it should be."""

    @property
    def openid_config(self):
        config = super().openid_config
        if config.get("issuer") != settings.OIDC_ISSUER:
            raise NotTrusted("the server says that it is another than OIDC_ISSUER")
        return config

    def get_access_token_data(self, request, app, client, pkce_code_verifier=None):
        self.nonce = nonce_of(pkce_code_verifier or "")
        return super().get_access_token_data(request, app, client, pkce_code_verifier)

    def complete_login(self, request, app, token, **kwargs):
        if not kwargs["response"].get("id_token"):
            raise NotTrusted("there is no token that says who it is")
        login = super().complete_login(request, app, token, **kwargs)
        data = login.account.extra_data
        if data["userinfo"].get("sub") != data["id_token"]["sub"]:
            raise NotTrusted("the token and what is told of the person are about different people")
        return login

    def _decode_id_token(self, app, id_token):
        try:
            claims = jwt.decode(
                id_token,
                self.key_of(id_token),
                algorithms=ALGORITHMS,
                audience=app.client_id,
                issuer=settings.OIDC_ISSUER,
                leeway=CLOCKS_MAY_DIFFER,
                options={"require": ["iss", "sub", "aud", "exp", "iat", "nonce"]},
            )
        except jwt.PyJWTError as error:
            raise NotTrusted("the token does not hold") from error
        if claims["nonce"] != self.nonce or claims.get("azp", app.client_id) != app.client_id:
            raise NotTrusted("the token was made for another attempt, or for another portal")
        return claims

    def key_of(self, id_token):
        """Return the key among the server's own that the token names."""
        with SignOnAdapter().get_requests_session() as session:
            answer = session.get(self.openid_config["jwks_uri"])
            answer.raise_for_status()
        keys = jwt.PyJWKSet.from_dict(answer.json()).keys
        name = jwt.get_unverified_header(id_token).get("kid")
        for key in keys:
            if key.key_id == name or (name is None and len(keys) == 1):
                return key
        raise NotTrusted("the token names a key that is not the server's")


class SignOnAdapter(DefaultSocialAccountAdapter):
    def get_provider(self, request, provider, client_id=None):
        return SignOn(request, app=super().get_provider(request, provider, client_id).app)

    def pre_social_login(self, request, sociallogin):
        """Let in the staff account that has been tied to this sign-on, or now is by the address; nobody else."""
        if sociallogin.is_existing:
            person = sociallogin.user
        else:
            data = sociallogin.account.extra_data
            claims = data.get("userinfo") or data.get("id_token") or {}
            person = User.objects.filter(email=vouched_address(claims)).first()
        if person is None or not (person.is_staff and person.is_active):
            self.refuse(
                request,
                "Ditt konto får inte logga in den vägen. Fråga programledaren, eller logga in med kod.",
            )
        if not sociallogin.is_existing:
            sociallogin.connect(request, person)

    def on_authentication_error(self, request, provider, error=None, exception=None, extra_context=None):
        self.refuse(request, NOT_DONE, reason=reason_of(exception) if exception else str(error))

    def refuse(self, request, words, **reason):
        note("sign_on_refused", **reason)
        messages.error(request, words)
        raise ImmediateHttpResponse(redirect("account_login"))

    def is_open_for_signup(self, request, sociallogin):
        return False


def reason_of(exception):
    """Return why it went wrong, for the log: in words of our own, or as the kind of what others said."""
    return str(exception) if isinstance(exception, NotTrusted) else type(exception).__name__


def step(view):
    """Return the page of a step of the way; whatever is wrong with the server, the person is led back to the code."""

    @wraps(view)
    def page(request, provider_id):
        try:
            return view.adapter_view(Server(request, provider_id))(request)
        except SocialApp.DoesNotExist:
            raise Http404 from None
        except (OAuth2Error, RequestException, KeyError, TypeError, ValueError) as error:
            # Down, slow, another than it should be, or telling what it tells in another shape.
            note("sign_on_refused", reason=reason_of(error))
            messages.error(request, NOT_DONE)
            return redirect("account_login")

    return page


login = step(OAuth2LoginView)
callback = step(OAuth2CallbackView)
