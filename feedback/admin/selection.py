"""The desk's pages about many: what has been filtered, taken out, counted and saved; who is silent; one person's data."""

import re
from datetime import date, datetime

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from metodstod import about_a_person
from metodstod.exports import as_text
from metodstod.models import AccessLog, Team
from metodstod.second_factor import demand_fresh_factor

from .. import diary, exporting, figures, reminding
from ..models import Passage, Reminder, SavedSearch, Theme
from .desk_page import desk_page, selected, show
from .forms import AddressForm, SavedSearchForm

MOST_SEARCHES = 50
MOST_GROUPS = 1000


def inbox(query=""):
    address = reverse("admin:feedback_submission_changelist")
    return f"{address}?{query}" if query else address


@desk_page
def export(model_admin, request, kind):
    """What the inbox shows with this filter, all pages of it; noted in the access log."""
    if kind not in exporting.KINDS:
        raise Http404
    selection, query = selected(model_admin, request)
    if kind == exporting.DOCUMENTS and selection.count() > diary.MOST_AT_ONCE:
        messages.warning(
            request,
            f"Högst {diary.MOST_AT_ONCE} dokument åt gången. Välj ut färre, till exempel en månad.",
        )
        return redirect(inbox(query))
    demand_fresh_factor(request)
    return exporting.export(selection, kind, by=request.user)


@desk_page
def saved_searches(model_admin, request):
    """One's own saved searches: a new one of the filter one came with, and those there are."""
    own = SavedSearch.objects.filter(owner=request.user)
    if request.method == "POST" and "remove" in request.POST:
        one_of(own, request.POST["remove"]).delete()
        messages.success(request, "Sökningen är borttagen.")
        return redirect(request.path)
    if request.method == "POST" and "switch" in request.POST:
        search = one_of(own, request.POST["switch"])
        search.tell = not search.tell
        search.save(update_fields=["tell"])
        said = "Du får ett brev när något nytt kommer." if search.tell else "Du får inga fler brev."
        messages.success(request, f"{search}: {said}")
        return redirect(request.path)
    selected(model_admin, request)  # A filter that does not work is not to be saved.
    query = request.GET.urlencode()
    search = SavedSearch(owner=request.user, query=query)
    form = SavedSearchForm(request.POST or None, instance=search)
    if request.method == "POST" and form.is_valid() and may_be_saved(form, search, own):
        search.save()
        messages.success(request, f"Sökningen {search} är sparad.")
        return redirect(inbox(query))
    return show(
        model_admin,
        request,
        "feedback/desk/saved_searches.html",
        title="Sparade sökningar",
        form=form,
        query=query,
        searches=own,
    )


def may_be_saved(form, search, own):
    try:
        search.full_clean()
        if own.count() >= MOST_SEARCHES:
            raise ValidationError(f"Du kan ha högst {MOST_SEARCHES} sparade sökningar.")
    except ValidationError as error:
        form.add_error(None, error.messages)
        return False
    return True


def one_of(rows, key):
    return get_object_or_404(rows, pk=key if re.fullmatch(r"\d{1,18}", key, re.ASCII) else 0)


@desk_page
def themes(model_admin, request):
    """Figures over what the inbox shows with this filter; for one theme, how it is spread."""
    selection, query = selected(model_admin, request, without=("_tema",))
    # What nothing narrows is all that one may see, and then the passages alone are enough.
    passages = figures.passages_in(selection) if query else Passage.objects.visible_to(request.user)
    rows = figures.by_theme(passages)
    wanted = request.GET.get("_tema", "")
    keys = [str(row.theme) for row in rows]
    theme = Theme.objects.get(pk=wanted if wanted in keys else keys[0]) if rows else None
    return show(
        model_admin,
        request,
        "feedback/desk/themes.html",
        title="Teman i urvalet",
        number=selection.count(),
        rows=rows,
        theme=theme,
        dimensions=figures.by_dimension(passages, theme) if theme else [],
        query=query,
        back=inbox(query),
    )


@desk_page
def unanswered(model_admin, request):
    """Groups that have watched but not answered, and municipalities that none has answered from."""
    teams = Team.objects.visible_to(request.user)
    if request.method == "POST":
        try:
            team = get_object_or_404(teams, pk=request.POST.get("team"))
        except ValidationError:
            raise Http404 from None
        if reminding.remind(team, by=request.user):
            messages.success(request, f"{team} har fått en påminnelse.")
        else:
            messages.info(request, f"{team} har redan påmints, har svarat eller saknar kontaktperson.")
        return redirect(request.path)
    silent = list(
        reminding.unanswered(teams)
        .select_related("municipality")
        .order_by("municipality__sort_key", "name", "pk")[:MOST_GROUPS]
    )
    reminders = {one.team_id: one for one in Reminder.objects.filter(team__in=silent)}
    return show(
        model_admin,
        request,
        "feedback/desk/unanswered.html",
        title="Har sett men inte svarat",
        teams=[(team, reminders.get(team.pk)) for team in silent],
        municipalities=reminding.silent_municipalities(teams),
    )


@desk_page
def about_person(model_admin, request):
    """What the portal holds about a person, by e-mail address: to read, and as a file to hand over (GDPR art. 15)."""
    form = AddressForm(request.POST or None)
    more = {}
    if request.method == "POST" and form.is_valid():
        email, as_file = form.cleaned_data["email"], "file" in request.POST
        if as_file:
            demand_fresh_factor(request)
        found = about_a_person.everything(email, by=request.user)
        about_a_person.note(
            found, AccessLog.Action.EXPORTED if as_file else AccessLog.Action.READ, by=request.user
        )
        if as_file:
            return extract(email, found)
        more = {"email": email, "sections": [section(holding, rows) for holding, rows in found]}
    return show(
        model_admin, request, "feedback/desk/person.html", title="Uppgifter om en person", form=form, **more
    )


def extract(email, found):
    told = {holding.heading: [holding.values(row) for row in rows] for holding, rows in found}
    content = {"e-post": email, "uttaget": timezone.now(), "uppgifter": told}
    response = JsonResponse(content, json_dumps_params={"ensure_ascii": False, "indent": 2})
    response["Content-Disposition"] = 'attachment; filename="registerutdrag.json"'
    return response


def section(holding, rows):
    """Return what the page shows of a holding: its name, and each row's values and where it is put right."""
    shown = []
    for row in rows:
        name, key = holding.address(row) if holding.address else (None, None)
        values = [(label, in_words(value)) for label, value in holding.values(row).items()]
        shown.append((row, values, name and reverse(name, args=[key])))
    return holding.heading, shown


def in_words(value):
    if isinstance(value, datetime):
        return date_format(timezone.localtime(value), "DATETIME_FORMAT")
    if isinstance(value, date):
        return date_format(value, "DATE_FORMAT")
    return as_text(value)
