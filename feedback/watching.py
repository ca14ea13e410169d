"""Tell those who have asked for it when something new comes that a saved search of theirs finds."""

from datetime import timedelta

from django.contrib import admin
from django.contrib.admin.exceptions import DisallowedModelAdminLookup
from django.contrib.admin.views.main import IncorrectLookupParameters
from django.db import transaction
from django.db.models import Max
from django.test import RequestFactory
from django.urls import reverse
from django.utils import timezone

from metodstod.mail import queue_mail

from .models import SavedSearch, Submission

# What is received at the very moment may not be seen yet, though older than what is: it is told of the next time.
SETTLED = timedelta(minutes=1)
INBOX = "admin:feedback_submission_changelist"


def found_by(search):
    """Return what the search's owner would see in the inbox now, or None if the filter no longer works."""
    request = RequestFactory().get(reverse(INBOX) + f"?{search.query}")
    request.user = search.owner
    try:
        return admin.site.get_model_admin(Submission).get_changelist_instance(request).get_queryset(request)
    except (IncorrectLookupParameters, DisallowedModelAdminLookup):
        return None


def tell_about_new():
    """Mail a count and a link, never an answer, to the owner of each search that has found something since last time."""
    searches = SavedSearch.objects.filter(tell=True, owner__is_active=True, owner__is_staff=True)
    for pk in searches.values_list("pk", flat=True):
        tell(pk)


@transaction.atomic
def tell(pk):
    search = SavedSearch.objects.select_for_update(of=("self",)).select_related("owner").filter(pk=pk).first()
    found = found_by(search) if search else None
    if found is None:
        return
    new = found.filter(submitted_at__gt=search.told_until, submitted_at__lte=timezone.now() - SETTLED)
    latest = new.aggregate(latest=Max("submitted_at"))["latest"]
    if latest is None:
        return
    queue_mail(
        search.owner.email,
        "feedback_new_matches",
        {"search": search, "number": new.count(), "path": f"{reverse(INBOX)}?{search.query}"},
    )
    search.told_until = latest
    search.save(update_fields=["told_until"])
