"""Every address. Closed unless opened: what is `public` here is open to everyone, the rest asks for login."""

from django.contrib import admin
from django.contrib.auth.decorators import login_not_required as public
from django.urls import include, path, register_converter

from . import demo, teams, views
from .references import ReferenceConverter

register_converter(ReferenceConverter, "reference")

urlpatterns = [
    path("", public(views.Start.as_view()), name="start"),
    path("om/", public(views.About.as_view()), name="about"),
    path("personuppgifter/", public(views.Privacy.as_view()), name="privacy"),
    path("tillganglighet/", public(views.Accessibility.as_view()), name="accessibility"),
    path("stod-och-kontakt/", public(views.Help.as_view()), name="help"),
    path("", include("lectures.urls")),
    path("", include("feedback.urls")),
    path("", include("consultations.urls")),
    path("arbetsgrupp/", teams.TeamList.as_view(), name="team_list"),
    path("arbetsgrupp/ny/", teams.TeamCreate.as_view(), name="team_create"),
    path("arbetsgrupp/<uuid:pk>/", teams.TeamDetail.as_view(), name="team_detail"),
    path("konto/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("demo/post/", public(demo.mailbox), name="demo_mailbox"),
    path("healthz", public(views.healthz), name="healthz"),
    path("readyz", public(views.readyz), name="readyz"),
    path(".well-known/security.txt", public(views.security_txt), name="security_txt"),
]

handler400 = "metodstod.views.bad_request"
handler403 = "metodstod.views.forbidden"
handler404 = "metodstod.views.not_found"
handler500 = "metodstod.views.server_error"
