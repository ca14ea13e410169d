"""Step 1's pages: the lectures and the material, open to everyone, and a work group's own meetings."""

from functools import wraps

from csp.decorators import csp_update
from django.contrib import messages
from django.db import transaction
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe
from django.views.generic import CreateView, DetailView, ListView, UpdateView

from metodstod.models import Team

from . import shelf, watching
from .attendance import Progress
from .catalogue import Catalogue
from .forms import MeetingEditForm, MeetingForm
from .models import Lecture, Material, Meeting, content_type
from .ranges import send_file

# Open to everyone ------------------------------------------------------------------------------------


@require_safe
def lecture_list(request):
    """The catalogue, filtered, searched and paged by its address."""
    return render(request, "lectures/list.html", {"catalogue": Catalogue(shelf.current(), request.GET)})


class LectureDetail(DetailView):
    """A lecture's page. `?visa=film` shows an outside film in it, after the reader has been told from where."""

    template_name = "lectures/detail.html"
    context_object_name = "lecture"

    def get_queryset(self):
        lectures = Lecture.objects.published()
        return lectures.select_related("provider", "field_of_work").prefetch_related("target_groups")

    @property
    def shows_outside_film(self):
        return self.request.GET.get("visa") == "film" and self.object.can_be_embedded

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            shows_outside_film=self.shows_outside_film,
            **watching.outline(self.object),
            **watching.published_parts(self.object),
            **kwargs,
        )

    def render_to_response(self, context, **kwargs):
        respond = super().render_to_response
        if self.shows_outside_film:
            respond = csp_update({"frame-src": [self.object.embed_origin]})(respond)
        return respond(context, **kwargs)


def lecture_file(request, slug, name, **kwargs):
    """Send one of a published lecture's files, or 404 when the lecture or the file is not there."""
    stored = getattr(get_object_or_404(Lecture.objects.published(), slug=slug), name)
    return stored_file(request, stored, **kwargs)


def stored_file(request, stored, **kwargs):
    if not stored:
        raise Http404
    try:
        return send_file(request, stored, content_type(stored), **kwargs)
    except FileNotFoundError:
        raise Http404 from None


@require_safe
def film(request, slug):
    return lecture_file(request, slug, "film")


@require_safe
def captions(request, slug):
    return lecture_file(request, slug, "captions")


@require_safe
def poster(request, slug):
    return lecture_file(request, slug, "poster")


class MaterialList(ListView):
    template_name = "lectures/materials.html"
    queryset = Material.objects.all()
    context_object_name = "materials"

    def get_queryset(self):
        return super().get_queryset().published()


@require_safe
def material_file(request, slug):
    material = get_object_or_404(Material.objects.published(), slug=slug)
    return stored_file(request, material.file, download_as=f"{slug}.{material.kind.lower()}")


# A work group's own ----------------------------------------------------------------------------------


def for_members(view):
    """Give the view the group that the address names, if the person is a member of it.

    Staff see meetings in the admin, and log none.
    """

    @wraps(view)
    def found(request, *, team, **kwargs):
        teams = Team.objects.visible_to(request.user).filter(memberships__user=request.user)
        return view(request, team=get_object_or_404(teams, pk=team), **kwargs)

    return found


def while_open(view):
    """Let the view write for a group of one's own that is open. One that has ended its work is told so."""

    @for_members
    @wraps(view)
    def checked(request, *, team, **kwargs):
        if team.is_open:
            return view(request, team=team, **kwargs)
        messages.warning(request, "Arbetsgruppen är avslutad. Det går inte att ändra något längre.")
        return redirect(team)

    return checked


class OfTeam:
    """A page about a group's meetings; `urls.py` says whether it only reads or also writes."""

    model = Meeting

    @property
    def team(self):
        return self.kwargs["team"]

    def get_queryset(self):
        return self.team.meetings.prefetch_related("lectures")

    def get_context_data(self, **kwargs):
        return super().get_context_data(team=self.team, **kwargs)


class MeetingList(OfTeam, ListView):
    template_name = "lectures/meetings.html"
    context_object_name = "meetings"

    def get_context_data(self, **kwargs):
        return super().get_context_data(progress=Progress(self.team).summary(), **kwargs)


class MeetingDetail(OfTeam, DetailView):
    template_name = "lectures/meeting.html"
    context_object_name = "meeting"


class MeetingWrite(OfTeam):
    template_name = "lectures/meeting_form.html"

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"team": self.team}


class MeetingCreate(MeetingWrite, CreateView):
    form_class = MeetingForm

    def get_initial(self):
        return {"held_on": timezone.localdate()}

    def form_valid(self, form):
        meeting = form.save(commit=False)
        meeting.key, meeting.team = form.cleaned_data["key"], self.team
        meeting.logged_by = self.request.user
        try:
            stored = meeting.log(form.cleaned_data["lectures"])
        except Meeting.DoesNotExist:
            raise Http404 from None
        messages.success(self.request, "Träffen är sparad.")
        return redirect(stored)


class MeetingUpdate(MeetingWrite, UpdateView):
    form_class = MeetingEditForm
    context_object_name = "meeting"

    @transaction.atomic
    def form_valid(self, form):
        # Locked, so that a colleague who removes the meeting at the same time waits, or has come first.
        get_object_or_404(self.team.meetings.select_for_update(), pk=self.object.pk)
        messages.success(self.request, "Ändringarna är sparade.")
        return super().form_valid(form)


@require_http_methods(["GET", "HEAD", "POST"])
def meeting_delete(request, *, team, pk):
    """Ask, and on POST remove. Sent twice it says the same: the meeting is gone."""
    if request.method == "POST":
        team.meetings.filter(pk=pk).delete()
        messages.success(request, "Träffen är borttagen.")
        return redirect("lectures:meeting_list", team=team.pk)
    meeting = get_object_or_404(team.meetings.prefetch_related("lectures"), pk=pk)
    return render(request, "lectures/meeting_delete.html", {"team": team, "meeting": meeting})
