"""What all pages of a group's closed room have in common."""

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.views.decorators.cache import cache_control

from metodstod.models import Team

# Kept by nobody between, and asked for anew each time; the browser may still go back to what was typed.
own = cache_control(private=True, no_cache=True)


def own_team(user, pk, *also):
    """Return a work group that the person belongs to, and `also` what each group has one of.

    Staff belong to none: what is being written is the group's own.
    """
    if user.is_staff:
        raise Http404
    return get_object_or_404(Team.objects.visible_to(user).select_related(*also), pk=pk)
