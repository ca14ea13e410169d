"""Step 1. Included at the root: the Swedish paths are the portal's own."""

from django.contrib.auth.decorators import login_not_required as public
from django.urls import path

from . import views
from .views import for_members, while_open

app_name = "lectures"

urlpatterns = [
    path("forelasningar/", public(views.LectureList.as_view()), name="list"),
    path("forelasningar/<slug:slug>/", public(views.LectureDetail.as_view()), name="detail"),
    path("forelasningar/<slug:slug>/film", public(views.film), name="film"),
    path("forelasningar/<slug:slug>/undertexter.vtt", public(views.captions), name="captions"),
    path("forelasningar/<slug:slug>/bild", public(views.poster), name="poster"),
    path("material/", public(views.MaterialList.as_view()), name="materials"),
    path("material/<slug:slug>/fil", public(views.material_file), name="material_file"),
    # A work group's own: `for_members` reads, `while_open` writes.
    path("arbetsgrupp/<uuid:team>/traff/", for_members(views.MeetingList.as_view()), name="meeting_list"),
    path(
        "arbetsgrupp/<uuid:team>/traff/ny/", while_open(views.MeetingCreate.as_view()), name="meeting_create"
    ),
    path(
        "arbetsgrupp/<uuid:team>/traff/<uuid:pk>/", for_members(views.MeetingDetail.as_view()), name="meeting"
    ),
    path(
        "arbetsgrupp/<uuid:team>/traff/<uuid:pk>/andra/",
        while_open(views.MeetingUpdate.as_view()),
        name="meeting_update",
    ),
    path(
        "arbetsgrupp/<uuid:team>/traff/<uuid:pk>/ta-bort/",
        while_open(views.meeting_delete),
        name="meeting_delete",
    ),
]
