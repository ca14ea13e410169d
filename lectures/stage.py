"""Where a group stands in step 1."""

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from metodstod.path import Action, Stage, State

from .models import Lecture


def stage(team):
    """Return step 1 as the group's page shows it. Two queries, however much has been seen.

    A lecture that has been taken out of the catalogue still counts for a group that saw it.
    """
    lectures = Lecture.objects.with_seen(team).filter(Q(published_at__lte=timezone.now()) | Q(seen=True))
    seen = [lecture for lecture in lectures if lecture.seen]
    left = [lecture for lecture in lectures if not lecture.seen]
    held = team.meetings.count()
    return Stage(
        number=1,
        title="Se föreläsningarna tillsammans",
        state=state(seen, left),
        text=text(len(seen), len(lectures), held),
        next=to_see(seen, left) if team.is_open else None,
        links=tuple(links(team, held)),
        items=tuple(lecture.title for lecture in seen),
    )


def state(seen, left):
    if not seen:
        return State.NOT_BEGUN
    return State.UNDER_WAY if left else State.DONE


def text(seen, total, held):
    if not seen:
        return f"Ingen av {total} föreläsningar är sedd än."
    meetings = "1 träff" if held == 1 else f"{held} träffar"
    if seen == total:
        return f"Alla {total} föreläsningar är sedda, på {meetings}."
    return f"{seen} av {total} föreläsningar är sedda, på {meetings}."


def to_see(seen, left):
    if not seen:
        return Action("Se föreläsningarna", reverse("lectures:list"))
    return Action("Se nästa föreläsning", left[0].get_absolute_url()) if left else None


def links(team, held):
    if team.is_open:
        yield Action("Anteckna en träff", reverse("lectures:meeting_create", args=[team.pk]))
    if held:
        yield Action(f"Träffar ({held})", reverse("lectures:meeting_list", args=[team.pk]))
