"""Every address. Closed unless opened: what is `public` here is open to everyone, the rest asks for login."""

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery_codes
from django.contrib import admin
from django.contrib.auth.decorators import login_not_required as public
from django.urls import include, path, register_converter

from . import accounts, demo, figures, logins, metrics, second_factor, sign_on, teams, views
from .kept import kept
from .references import ReferenceConverter

register_converter(ReferenceConverter, "reference")

login = public(accounts.LoginView.as_view())
staff, to_add = second_factor.for_staff, second_factor.to_add_the_first

# What is used of django-allauth, at its own addresses; the rest of it (passwords, signing up) is not here.
account_urls = [
    path("", accounts.UserUpdate.as_view(), name="user_update"),
    path("last/", accounts.ReadingList.as_view(), name="reading_list"),
    path("inloggningar/", logins.SessionList.as_view(), name="session_list"),
    path("inloggningar/logga-ut/", logins.session_end, name="session_end"),
    path("logga-ut-overallt/", accounts.forgotten_here(logins.end_sessions), name="end_sessions"),
    path("tilltrade/", accounts.AdmissionRequest.as_view(), name="admission"),
    path("login/", login, name="account_login"),
    path("login/code/", login, name="account_request_login_code"),
    path(
        "login/code/confirm/",
        public(accounts.ConfirmLoginCodeView.as_view()),
        name="account_confirm_login_code",
    ),
    path("logout/", public(accounts.forgotten_here(account.logout)), name="account_logout"),
    path("inactive/", public(account.account_inactive), name="account_inactive"),
    path("2fa/authenticate/", public(mfa.authenticate), name="mfa_authenticate"),
    path("2fa/", staff(mfa.index), name="mfa_index"),
    path("2fa/reauthenticate/", staff(mfa.reauthenticate), name="mfa_reauthenticate"),
    path(
        "2fa/totp/activate/",
        staff(to_add(second_factor.ActivateTOTPView.as_view())),
        name="mfa_activate_totp",
    ),
    path("2fa/nyckel/", staff(to_add(second_factor.AddPasskeyView.as_view())), name="mfa_add_webauthn"),
    path(
        "2fa/nyckel/bekrafta/",
        staff(second_factor.ReauthenticatePasskeyView.as_view()),
        name="mfa_reauthenticate_webauthn",
    ),
    path(
        "2fa/nyckel/<int:pk>/ta-bort/",
        staff(second_factor.RemovePasskeyView.as_view()),
        name="mfa_remove_webauthn",
    ),
    path("inloggning/<slug:provider_id>/", public(sign_on.login), name="openid_connect_login"),
    path(
        "inloggning/<slug:provider_id>/svar/",
        public(sign_on.callback),
        name="openid_connect_callback",
    ),
    path(
        "2fa/totp/deactivate/", staff(second_factor.DeactivateTOTPView.as_view()), name="mfa_deactivate_totp"
    ),
    path(
        "2fa/recovery-codes/",
        second_factor.of_recovery_codes(recovery_codes.view_recovery_codes),
        name="mfa_view_recovery_codes",
    ),
    path(
        "2fa/recovery-codes/generate/",
        second_factor.of_recovery_codes(recovery_codes.generate_recovery_codes),
        name="mfa_generate_recovery_codes",
    ),
    path(
        "2fa/recovery-codes/download/",
        second_factor.of_recovery_codes(recovery_codes.download_recovery_codes),
        name="mfa_download_recovery_codes",
    ),
]

urlpatterns = [
    path("", kept(views.Start.as_view()), name="start"),
    path("om/", kept(views.About.as_view()), name="about"),
    path("personuppgifter/", kept(views.Privacy.as_view()), name="privacy"),
    path("tillganglighet/", kept(views.Accessibility.as_view()), name="accessibility"),
    path("stod-och-kontakt/", kept(views.Help.as_view()), name="help"),
    path("", include("lectures.urls")),
    path("", include("feedback.urls")),
    path("", include("consultations.urls")),
    path("arbetsgrupp/", teams.for_members(teams.TeamList.as_view()), name="team_list"),
    path("arbetsgrupp/ny/", teams.for_members(teams.TeamCreate.as_view()), name="team_create"),
    path("arbetsgrupp/inbjudan/<uuid:pk>/", teams.invitation_answer, name="invitation_answer"),
    path("arbetsgrupp/<uuid:pk>/", teams.TeamDetail.as_view(), name="team_detail"),
    path("arbetsgrupp/<uuid:pk>/andra/", teams.TeamUpdate.as_view(), name="team_update"),
    path("arbetsgrupp/<uuid:pk>/avsluta/", teams.team_close, name="team_close"),
    path("arbetsgrupp/<uuid:pk>/lamna/", teams.team_leave, name="team_leave"),
    path("arbetsgrupp/<uuid:pk>/lamna-over/", teams.team_hand_over, name="team_hand_over"),
    path("arbetsgrupp/<uuid:pk>/bjud-in/", teams.invitation_create, name="invitation_create"),
    path(
        "arbetsgrupp/<uuid:pk>/inbjudan/<uuid:invitation>/ta-tillbaka/",
        teams.invitation_withdraw,
        name="invitation_withdraw",
    ),
    path("siffror/", figures.Figures.as_view(), name="figures"),
    path("konto/", include(account_urls)),
    path("admin/", admin.site.urls),
    path("demo/post/", public(demo.mailbox), name="demo_mailbox"),
    path("csp-rapport/", public(views.csp_report), name="csp_report"),
    path("healthz", public(views.healthz), name="healthz"),
    path("readyz", public(views.readyz), name="readyz"),
    path("metrics", public(metrics.page), name="metrics"),
    path(".well-known/security.txt", public(views.security_txt), name="security_txt"),
]

handler400 = "metodstod.views.bad_request"
handler403 = "metodstod.views.forbidden"
handler404 = "metodstod.views.not_found"
handler429 = "metodstod.views.too_many_requests"
handler500 = "metodstod.views.server_error"
