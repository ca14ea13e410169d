"""Step 1. Included at the root: the Swedish paths are the portal's own."""

from django.contrib.auth.decorators import login_not_required as public
from django.urls import path

from . import views

app_name = "lectures"

urlpatterns = [
    path("forelasningar/", public(views.LectureList.as_view()), name="list"),
    path("forelasningar/<slug:slug>/", public(views.LectureDetail.as_view()), name="detail"),
    path("forelasningar/<slug:slug>/film", public(views.film), name="film"),
    path("forelasningar/<slug:slug>/undertexter.vtt", public(views.captions), name="captions"),
    path("forelasningar/<slug:slug>/bild", public(views.poster), name="poster"),
    path("material/", public(views.MaterialList.as_view()), name="materials"),
    path("material/<slug:slug>/fil", public(views.material_file), name="material_file"),
    path("arbetsgrupp/<uuid:team>/traff/", views.MeetingList.as_view(), name="meeting_list"),
    path("arbetsgrupp/<uuid:team>/traff/ny/", views.MeetingCreate.as_view(), name="meeting_create"),
    path("arbetsgrupp/<uuid:team>/traff/<uuid:pk>/", views.MeetingDetail.as_view(), name="meeting"),
    path(
        "arbetsgrupp/<uuid:team>/traff/<uuid:pk>/andra/",
        views.MeetingUpdate.as_view(),
        name="meeting_update",
    ),
    path("arbetsgrupp/<uuid:team>/traff/<uuid:pk>/ta-bort/", views.meeting_delete, name="meeting_delete"),
]
