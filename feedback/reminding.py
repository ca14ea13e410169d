"""Who has watched but not answered, and a kind reminder: once, at a coordinator's word."""

from django.db import transaction
from django.db.models import Q
from django.urls import reverse

from metodstod import path
from metodstod.mail import queue_mail
from metodstod.models import Team

from .models import Reminder

WATCHING, ANSWERING = 1, 2


def unanswered(teams):
    """Return, of these teams, those that have begun to watch and have neither answered nor ended their work."""
    return path.begun(WATCHING, teams.open()).filter(submissions__isnull=True)


@transaction.atomic
def remind(team, *, by):
    """Remind the group's contact, unless the group has been reminded before, has answered or has not watched; return whether it was done."""
    # Two coordinators at the same moment: the second waits here, and finds the first one's reminder.
    Team.objects.select_for_update().get(pk=team.pk)
    contact = team.contact()
    if contact is None or not contact.is_active or Reminder.objects.filter(team=team).exists():
        return False
    if not unanswered(Team.objects.filter(pk=team.pk)).exists():
        return False
    Reminder.objects.create(team=team, by=by)
    queue_mail(
        contact.email,
        "feedback_reminder",
        {
            "team": team,
            "county": team.municipality.county,
            "path": reverse("feedback:draft", args=[team.pk]),
        },
    )
    return True


def silent_municipalities(teams):
    """Return how many groups of each municipality have watched, for those where none has answered: `[(name, groups)]`."""
    watched = path.begun(WATCHING, teams).select_related("municipality")
    found = {}
    for team in watched.order_by("municipality__sort_key"):
        found.setdefault(team.municipality_id, [team.municipality.name, 0])[1] += 1
    answered = set(
        teams.filter(Q(submissions__isnull=False), municipality__in=found)
        .values_list("municipality", flat=True)
        .distinct()
    )
    return [tuple(row) for pk, row in found.items() if pk not in answered]
