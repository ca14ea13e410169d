"""Step 3. Included at the root: the Swedish paths are the portal's own."""

from django.contrib.auth.decorators import login_not_required as public
from django.urls import path

from . import views

app_name = "consultations"

urlpatterns = [
    path("konsultation/", public(views.About.as_view()), name="about"),
    path("konsultation/<reference:reference>/", views.ConsultationDetail.as_view(), name="detail"),
    path("konsultation/<reference:reference>/kalender.ics", views.calendar, name="calendar"),
    path("arbetsgrupp/<uuid:team>/konsultation/ny/", views.ConsultationCreate.as_view(), name="create"),
    path("mandat/<str:token>/", public(views.mandate), name="mandate"),
]
