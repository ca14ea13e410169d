"""Step 2. Included at the root: the Swedish paths are the portal's own."""

from django.contrib.auth.decorators import login_not_required as public
from django.urls import path

from . import views

app_name = "feedback"

urlpatterns = [
    path("aterkoppling/", public(views.About.as_view()), name="about"),
    path("aterkoppling/<reference:reference>/", views.SubmissionDetail.as_view(), name="receipt"),
    path("arbetsgrupp/<uuid:team>/aterkoppling/", views.draft, name="draft"),
    path("arbetsgrupp/<uuid:team>/aterkoppling/granska/", views.review, name="review"),
]
