"""Where a group stands in step 1."""

from django.db.models import Count, Max, Window
from django.urls import reverse
from django.utils import timezone

from metodstod.path import Action, Stage, State

from .models import Lecture


def stage(team):
    """Return step 1 as the group's page shows it. Three queries, and no more rows with a thousand lectures than with ten.

    A lecture that has been taken out of the catalogue still counts for a group that saw it.
    """
    lectures = Lecture.objects.with_seen(team)
    seen = items(team)
    left = lectures.filter(published_at__lte=timezone.now(), seen=False)
    following = left.annotate(number=Window(Count("pk"))).only("slug").first()
    number_left = following.number if following else 0
    held = team.meetings.count()
    return Stage(
        number=1,
        title="Se föreläsningarna tillsammans",
        state=state(seen, following),
        text=text(len(seen), len(seen) + number_left, held),
        next=to_see(seen, following) if team.is_open else None,
        links=tuple(links(team, held)),
        items=seen,
    )


def items(team):
    """Return the titles of the lectures that the group has seen, in the catalogue's order."""
    return tuple(Lecture.objects.with_seen(team).filter(seen=True).values_list("title", flat=True))


def begun(teams):
    """Return the teams that have seen something: `done` is how many lectures, `last_on` the day of the latest meeting."""
    seen = Count("meetings__lectures", distinct=True)
    return teams.annotate(done=seen, last_on=Max("meetings__held_on")).filter(done__gt=0)


def state(seen, following):
    if not seen:
        return State.NOT_BEGUN
    return State.UNDER_WAY if following else State.DONE


def text(seen, total, held):
    if not seen:
        return f"Ingen av {total} föreläsningar är sedd än."
    meetings = "1 träff" if held == 1 else f"{held} träffar"
    if seen == total:
        return f"Alla {total} föreläsningar är sedda, på {meetings}."
    return f"{seen} av {total} föreläsningar är sedda, på {meetings}."


def to_see(seen, following):
    if not seen:
        return Action("Se föreläsningarna", reverse("lectures:list"))
    return Action("Se nästa föreläsning", following.get_absolute_url()) if following else None


def links(team, held):
    if team.is_open:
        yield Action("Led en träff från en skärm", reverse("lectures:meeting_start", args=[team.pk]))
        yield Action("Anteckna en träff", reverse("lectures:meeting_create", args=[team.pk]))
        yield Action("Planera träffarna", reverse("lectures:plan"))
    if held:
        yield Action(f"Träffar ({held})", reverse("lectures:meeting_list", args=[team.pk]))
