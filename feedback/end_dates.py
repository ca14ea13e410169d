"""A draft is the group's own and is nobody's record: it ends with the group's work."""

from datetime import timedelta

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from .models import Draft, DraftAnswer

KEPT_AFTER_CLOSING = timedelta(days=90)
KEPT_UNTOUCHED = timedelta(days=2 * 365)


def forget_drafts():
    """Remove drafts of groups that ended three months ago, and those nobody has touched for two years; by the clock."""
    now = timezone.now()
    touched = DraftAnswer.objects.filter(draft=OuterRef("pk"), saved_at__gte=now - KEPT_UNTOUCHED)
    closed = Q(team__closed_at__lt=now - KEPT_AFTER_CLOSING)
    untouched = Q(created_at__lt=now - KEPT_UNTOUCHED) & ~Exists(touched)
    return Draft.objects.filter(closed | untouched).delete()[1].get(Draft._meta.label, 0)
