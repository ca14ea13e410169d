"""Step 1. Included at the root: the Swedish paths are the portal's own."""

from django.contrib.auth.decorators import login_not_required as public
from django.urls import path

from . import views

app_name = "lectures"

urlpatterns = [
    path("forelasningar/", public(views.LectureList.as_view()), name="list"),
    path("forelasningar/<slug:slug>/", public(views.LectureDetail.as_view()), name="detail"),
    path("material/", public(views.MaterialList.as_view()), name="materials"),
    path("arbetsgrupp/<uuid:team>/traff/ny/", views.MeetingCreate.as_view(), name="meeting_create"),
    path("arbetsgrupp/<uuid:team>/traff/<uuid:pk>/", views.MeetingDetail.as_view(), name="meeting"),
]
