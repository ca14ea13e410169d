"""What an answer in the draft said before, and how to bring it back. It lasts until the answers are sent."""

from django.db import transaction
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from .forms import RestoreForm
from .models import Draft
from .room import own, own_team


@require_http_methods(["GET", "HEAD", "POST"])
@own
def earlier(request, team, position):
    """Show the earlier versions of an answer, and bring one back."""
    team = own_team(request.user, team)
    if request.method == "POST":
        return bring_back(request, team, position)
    answer = answer_at(Draft.objects.of(team), position)
    return render(request, "feedback/earlier.html", context(team, answer))


def answer_at(draft, position):
    for answer in draft.answers.all() if draft else ():
        if answer.question.position == position:
            return answer
    raise Http404


def context(team, answer, *, stale=False):
    return {
        "team": team,
        "answer": answer,
        "versions": answer.versions.select_related("saved_by"),
        "stale": stale,
    }


@transaction.atomic
def bring_back(request, team, position):
    """Let an earlier version be the answer again; what stands there now is kept in its turn."""
    form = RestoreForm(request.POST)
    form.is_valid()
    answer = answer_at(Draft.objects.locked().of(team), position)
    version = answer.versions.filter(pk=form.cleaned_data["earlier"]).first()
    if version is None:
        raise Http404
    if not team.is_open:
        return redirect("feedback:draft", team.pk)
    seen, _ = form.cleaned_data["version"] or (None, "")
    if version.text != answer.text and seen != answer.version:
        return render(request, "feedback/earlier.html", context(team, answer, stale=True), status=409)
    answer.write(version.text, version=answer.version, page=None, turn=0, by=request.user)
    return redirect(f"{reverse('feedback:draft', args=[team.pk])}#id_{answer.question.field_name}")
