"""Step 1. Included at the root: the Swedish paths are the portal's own."""

from django.contrib.auth.decorators import login_not_required as public
from django.urls import path

from metodstod.kept import kept

from . import attendance, leading, planner, views
from .catalogue import PAGE
from .facets import FACETS
from .views import for_members, while_open

app_name = "lectures"

# How the catalogue may be filtered and paged. What someone searches for is not kept.
CHOICES = [*(facet.parameter for facet in FACETS), PAGE]

urlpatterns = [
    path("forelasningar/", kept(views.lecture_list, parameters=CHOICES), name="list"),
    path(
        "forelasningar/<slug:slug>/", kept(views.LectureDetail.as_view(), parameters=["visa"]), name="detail"
    ),
    path("forelasningar/<slug:slug>/film", public(views.film), name="film"),
    path("forelasningar/<slug:slug>/undertexter.vtt", public(views.captions), name="captions"),
    path("forelasningar/<slug:slug>/bild", public(views.poster), name="poster"),
    path("traffplan/", public(planner.plan), name="plan"),
    path("traffplan/traffar.ics", public(planner.plan_calendar), name="plan_calendar"),
    path("material/", kept(views.MaterialList.as_view()), name="materials"),
    path("material/<slug:slug>/fil", public(views.material_file), name="material_file"),
    # A work group's own: `for_members` reads, `while_open` writes.
    path("arbetsgrupp/<uuid:team>/traff/", for_members(views.MeetingList.as_view()), name="meeting_list"),
    path(
        "arbetsgrupp/<uuid:team>/traff/ny/", while_open(views.MeetingCreate.as_view()), name="meeting_create"
    ),
    path(
        "arbetsgrupp/<uuid:team>/traff/narvaro.pdf",
        for_members(attendance.attendance_pdf),
        name="attendance_pdf",
    ),
    path("arbetsgrupp/<uuid:team>/traff/intyg/", for_members(attendance.personal_note), name="personal_note"),
    path(
        "arbetsgrupp/<uuid:team>/traff/borja/",
        while_open(leading.MeetingStart.as_view()),
        name="meeting_start",
    ),
    path(
        "arbetsgrupp/<uuid:team>/traff/<uuid:pk>/leda/",
        for_members(leading.meeting_lead),
        name="meeting_lead",
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
