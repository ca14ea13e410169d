"""Step 2. Included at the root: the Swedish paths are the portal's own."""

from django.contrib.auth.decorators import login_not_required as public
from django.urls import path

from metodstod.kept import kept

from . import earlier, follow_up, outcomes, own_copy, presence, views

app_name = "feedback"

urlpatterns = [
    path("aterkoppling/", kept(views.About.as_view()), name="about"),
    path("aterkoppling/ni-sa-vi-gjorde/", public(outcomes.OutcomeList.as_view()), name="outcomes"),
    path("aterkoppling/<reference:reference>/", views.SubmissionDetail.as_view(), name="receipt"),
    path("aterkoppling/<reference:reference>/kopia.pdf", own_copy.own_copy, name="own_copy"),
    path("uppfoljning/<str:token>/", public(follow_up.follow_up), name="follow_up"),
    path("arbetsgrupp/<uuid:team>/aterkoppling/", views.draft, name="draft"),
    path("arbetsgrupp/<uuid:team>/aterkoppling/granska/", views.review, name="review"),
    path("arbetsgrupp/<uuid:team>/aterkoppling/<int:position>/tidigare/", earlier.earlier, name="earlier"),
    path("arbetsgrupp/<uuid:team>/aterkoppling/narvaro/", presence.presence, name="presence"),
]
