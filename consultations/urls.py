"""Step 3. Included at the root: the Swedish paths are the portal's own."""

from django.contrib.auth.decorators import login_not_required as public
from django.urls import include, path

from . import views

app_name = "consultations"

one = [
    path("", views.ConsultationDetail.as_view(), name="detail"),
    path("kalender.ics", views.calendar, name="calendar"),
    # The group's acts.
    path("andra/", views.ConsultationChange.as_view(), name="change"),
    path("chef/", views.ManagerChange.as_view(), name="manager"),
    path("chef/igen/", views.ask_manager_again, name="ask_again"),
    path("fraga/<int:question>/", views.QuestionAnswer.as_view(), name="answer"),
    path("tid/<uuid:booking_id>/", views.accept, name="accept"),
    path("andra-tider/", views.TimesRefuse.as_view(), name="refuse"),
    path("ta-tillbaka/", views.ConsultationWithdraw.as_view(), name="withdraw"),
    # The coordinator's.
    path("ta-hand-om/", views.take, name="take"),
    path("tider/", views.TimesPropose.as_view(), name="propose"),
    path("flytta/", views.TimeMove.as_view(), name="move"),
    path("stall-in/", views.ConsultationCancel.as_view(), name="cancel"),
]

urlpatterns = [
    path("konsultation/", public(views.About.as_view()), name="about"),
    path("konsultation/<reference:reference>/", include(one)),
    path("arbetsgrupp/<uuid:team>/konsultation/ny/", views.ConsultationCreate.as_view(), name="create"),
    path("mandat/<str:token>/", public(views.manager), name="mandate"),
]
