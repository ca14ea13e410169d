"""Who is writing where in a group's draft at this moment: a hint, never a lock, and forgotten within a minute.

Kept in the cache alone: where somebody's cursor stood is nothing to store. Every open page asks, and most have nothing to
tell: one statement says whether there are others and what has been saved, and what is already noted is not noted again.
"""

import time
from typing import NamedTuple

from django.core.cache import cache
from django.db.models import Exists, OuterRef
from django.http import JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from metodstod.limits import uncounted
from metodstod.models import Membership

from .models import Draft, DraftAnswer
from .room import own_team

REMEMBERED = 40  # seconds; the page tells every fifteenth
NOTED_ANEW = 20


class Place(NamedTuple):
    """Where somebody is writing: their name, the question's position, and when it was noted."""

    name: str
    position: int
    noted_at: float


def places(team):
    """Return by member's key where each one is writing now, as the cache has it for the group with this key."""
    latest = time.time() - REMEMBERED
    known = cache.get(f"writing:{team}") or {}
    return {member: place for member, place in known.items() if place.noted_at > latest}


def note(team, user, position):
    """Note that the person is writing at the question with this position, or nowhere; return where the others are.

    Two who are noted at the same moment may lose one of the notes, until that page tells again.
    """
    known, now = places(team), time.time()
    own = known.pop(user.pk, None)
    is_noted = own and own.position == position and own.noted_at > now - NOTED_ANEW
    if position and not is_noted:
        cache.set(f"writing:{team}", known | {user.pk: Place(str(user), position, now)}, REMEMBERED)
    elif own and not position:
        cache.set(f"writing:{team}", known, REMEMBERED)
    return known


def others(team, user, known=None):
    """Return the name and the question's position of every other member who is writing, in order of the questions."""
    known = places(team.pk) if known is None else known
    # Whoever has left the group since is not told of.
    found = [place for member, place in known.items() if member != user.pk and member in team.people]
    return sorted(((place.name, place.position) for place in found), key=lambda one: (one[1], one[0]))


def in_words(writing):
    """`Bo Ek skriver på fråga 3.`"""
    return " ".join(f"{name} skriver på fråga {position}." for name, position in writing)


def state(team, user):
    """Return the answers of the draft that the person may write on, without their texts: their versions, and if there are others."""
    drafts = Draft.objects.visible_to(user).filter(team=team, team__closed_at=None)
    colleagues = Membership.objects.filter(team=OuterRef("draft__team")).exclude(user=user)
    return (
        DraftAnswer.objects.filter(draft__in=drafts)
        .select_related("draft", "question")
        .only("version", "saved_at", "draft__key", "draft__team", "question__position")
        .annotate(has_company=Exists(colleagues))
    )


@uncounted
@require_POST
@never_cache
def presence(request, team):
    """Note where the page's reader is writing, tell where others are, and hand over what they have saved since.

    The page sends the version that it shows of each answer, as when it saves.
    """
    answers = list(state(team, request.user))
    told = {"writing": "", "draft": "", "fresh": {}}
    if not answers:
        # Without a draft, or with a closed one, there is nothing to tell; to others there is no such group.
        own_team(request.user, team)
        return JsonResponse(told)
    if answers[0].has_company:
        positions = {str(answer.question.position): answer.question.position for answer in answers}
        known = note(team, request.user, positions.get(request.POST.get("at")))
        if known:
            told["writing"] = in_words(others(own_team(request.user, team), request.user, known))
    key = str(answers[0].draft.key)
    if request.POST.get("draft", "") in ("", key):
        told["draft"] = key
        told["fresh"] = fresh([answer for answer in answers if is_newer(answer, request.POST)])
    return JsonResponse(told)


def is_newer(answer, shown):
    version = shown.get(answer.question.version_name, "").partition("-")[0]
    return answer.saved_at and version != str(answer.version)


def fresh(answers):
    """Return by its field's name what a page is to show of each of these answers."""
    if not answers:
        return {}
    stored = DraftAnswer.objects.select_related("question", "saved_by").in_bulk(
        [answer.pk for answer in answers]
    )
    return {
        answer.question.field_name: {"text": answer.text, "version": answer.token, "line": answer.saved_line}
        for answer in stored.values()
    }
