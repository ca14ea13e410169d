"""What editors need to see to: content that nobody has looked at for long, captions unread, links that fail, what waits."""

from datetime import timedelta

from django.urls import reverse
from django.utils import timezone

from metodstod.models import Fact

from .models import Chapter, ComingCaptions, Lecture, Link, Material, Notice

KEEPS = timedelta(days=180)


def admin_address(thing):
    return reverse(f"admin:{thing._meta.app_label}_{thing._meta.model_name}_change", args=[thing.pk])


def stale():
    """Return the published content that was last reviewed more than 180 days ago, or never, the oldest first."""
    limit = timezone.localdate() - KEEPS
    found = [
        *Lecture.objects.published(),
        *Notice.objects.published(),
        *Material.objects.published(),
        *Fact.objects.filter(published=True),
    ]
    old = [thing for thing in found if thing.reviewed_at is None or thing.reviewed_at < limit]
    return sorted(old, key=lambda thing: (thing.reviewed_at is not None, thing.reviewed_at or limit))


def waiting():
    """Return what is to be published at a time that has not come, the first first."""
    now, captions = timezone.now(), ComingCaptions.objects.select_related("lecture")
    found = [
        thing
        for things in (Lecture.objects, Notice.objects, Material.objects, Chapter.objects, captions)
        for thing in things.filter(published_at__gt=now)
    ]
    return sorted(found, key=lambda thing: thing.published_at)


def to_see_to():
    """Return all of it, each list as (thing, its address in the admin)."""
    unread = [lecture for lecture in Lecture.objects.exclude(captions="") if lecture.captions_unreviewed]
    lists = {
        "stale": stale(),
        "unread": unread,
        "failing": Link.objects.exclude(outcome=Link.Outcome.GOOD),
        "waiting": waiting(),
    }
    return {
        name: [
            {"thing": thing, "kind": thing._meta.verbose_name, "address": admin_address(thing)}
            for thing in things
        ]
        for name, things in lists.items()
    }
