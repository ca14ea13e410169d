"""A work group's own pages: forming one, its path through the three steps, who is in it."""

from functools import wraps

from django import forms
from django.contrib import messages
from django.db import transaction
from django.db.models import Prefetch
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_POST
from django.views.generic import CreateView, DetailView, ListView, UpdateView

from .forms import KeyedForm, PortalForm, write_once
from .models import (
    MOST_INVITATIONS_WAITING,
    Invitation,
    Membership,
    SomeoneWasFirst,
    Team,
    TooManyInvitations,
    User,
)
from .path import current, stages

CLOSED = "Gruppen är avslutad. Det ni har skrivit går att läsa, men inte att ändra."


# Forms ---------------------------------------------------------------------------------------------


class TeamForm(PortalForm, forms.ModelForm):
    class Meta:
        model = Team
        fields = ["name", "municipality", "workplace", "field_of_work", "organisation"]
        labels = {
            "name": "Vad ska arbetsgruppen heta?",
            "municipality": "Kommun",
            "workplace": "Arbetsplats",
            "field_of_work": "Verksamhetsområde",
            "organisation": "Typ av verksamhet",
        }
        help_texts = {
            "name": "Till exempel ”Barn och unga, centrum”. Skriv inga personnamn.",
            "workplace": "Till exempel enheten eller mottagningen.",
        }
        widgets = {"organisation": forms.RadioSelect}
        error_messages = {
            "name": {"required": "Skriv vad gruppen ska heta."},
            "municipality": {"required": "Välj kommun."},
            "workplace": {"required": "Skriv var ni arbetar."},
            "organisation": {"required": "Välj typ av verksamhet."},
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["municipality"].empty_label = "Välj kommun"
        self.fields["field_of_work"].empty_label = "Flera områden, eller inget av dem"


class TeamCreateForm(KeyedForm, TeamForm):
    """The same, and the person's own name the first time."""

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        if not user.name:
            self.fields["person_name"] = forms.CharField(
                label="Ditt namn",
                help_text="Så visas du för de andra i gruppen.",
                max_length=120,
                widget=forms.TextInput(attrs={"autocomplete": "name"}),
                error_messages={"required": "Skriv ditt namn."},
            )


class InvitationForm(KeyedForm, forms.Form):
    email = forms.EmailField(
        label="Kollegans e-postadress på jobbet",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={
            "required": "Skriv en e-postadress.",
            "invalid": "Skriv hela adressen, till exempel namn@kommunen.se.",
        },
    )

    def __init__(self, *args, team, **kwargs):
        super().__init__(*args, **kwargs)
        self.team = team

    def clean_email(self):
        email = self.cleaned_data["email"].lower()
        if self.team.memberships.filter(user__email=email).exists():
            raise forms.ValidationError("Den adressen hör till någon som redan är med i gruppen.")
        return email


class MemberChoice(forms.ModelChoiceField):
    def label_from_instance(self, membership):
        return str(membership.user)


class HandOverForm(PortalForm, forms.Form):
    membership = MemberChoice(
        queryset=Membership.objects.none(),
        label="Vem tar över?",
        widget=forms.RadioSelect,
        empty_label=None,
        error_messages={
            "required": "Välj vem som tar över.",
            "invalid_choice": "Den personen är inte längre med i gruppen. Välj någon annan.",
        },
    )

    def __init__(self, *args, membership, **kwargs):
        super().__init__(*args, **kwargs)
        others = membership.team.memberships.exclude(pk=membership.pk)
        self.fields["membership"].queryset = others.select_related("user")


# Pages ---------------------------------------------------------------------------------------------


def for_members(view):
    """Lead staff to their own pages: they have no place in a work group."""

    @wraps(view)
    def guarded(request, *args, **kwargs):
        return redirect("admin:index") if request.user.is_staff else view(request, *args, **kwargs)

    return guarded


class TeamList(ListView):
    """My groups, the invitations that wait for me, and where to form a new group."""

    template_name = "teams/list.html"

    def get_queryset(self):
        return Team.objects.of(self.request.user).select_related("municipality")

    def get_context_data(self, **kwargs):
        waiting = Invitation.objects.waiting().to(self.request.user)
        return super().get_context_data(**kwargs) | {
            "invitations": waiting.select_related("team__municipality", "invited_by")
        }


class TeamCreate(CreateView):
    form_class = TeamCreateForm
    template_name = "teams/form.html"

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"user": self.request.user}

    def get_initial(self):
        user = self.request.user
        return {"municipality": user.municipality_id, "workplace": user.workplace}

    @transaction.atomic
    def form_valid(self, form):
        user, team = self.request.user, form.instance
        team.key, team.created_by = form.cleaned_data["key"], user
        team, is_new = write_once(team)
        if is_new:
            team.join(user)
            if name := form.cleaned_data.get("person_name"):
                User.objects.filter(pk=user.pk).update(name=name)
        if team.created_by_id != user.pk:
            raise Http404
        return redirect(team)


class TeamDetail(DetailView):
    """Where the group is on the path, the one next thing to do, and who is in it."""

    template_name = "teams/detail.html"

    def get_queryset(self):
        members = Membership.objects.select_related("user")
        return (
            Team.objects.of(self.request.user)
            .select_related("municipality", "field_of_work")
            .prefetch_related(Prefetch("memberships", members))
        )

    def get_context_data(self, **kwargs):
        team = self.object
        path = stages(team)
        members = list(team.memberships.all())
        return super().get_context_data(**kwargs) | {
            "stages": path,
            "current": current(path),
            "members": members,
            "is_contact": any(one.is_contact and one.user_id == self.request.user.pk for one in members),
            "invitations": team.invitations.waiting(),
        }


class TeamUpdate(UpdateView):
    form_class = TeamForm
    template_name = "teams/form.html"

    def get_queryset(self):
        return Team.objects.of(self.request.user).open()


def in_open_team(view):
    """Give the view the person's own place in the group; a closed group is only read."""

    @wraps(view)
    def inside(request, pk, **kwargs):
        places = Membership.objects.select_related("team", "user")
        teams = Team.objects.of(request.user).filter(pk=pk)
        place = get_object_or_404(places, team__in=teams, user=request.user)
        if not place.team.is_open:
            messages.info(request, CLOSED)
            return redirect(place.team)
        return view(request, place, **kwargs)

    return inside


@in_open_team
def invitation_create(request, place):
    """Invite a colleague. The answer is the same whether or not the address has an account."""
    team = place.team
    form = InvitationForm(request.POST or None, team=team)
    status = 200
    if request.method == "POST" and form.is_valid():
        email = form.cleaned_data["email"]
        try:
            team.invite(email, by=request.user, key=form.cleaned_data["key"])
        except TooManyInvitations:
            status = 429
            form.add_error(
                None,
                f"Gruppen har nått gränsen för inbjudningar: {MOST_INVITATIONS_WAITING} som väntar på svar, "
                "eller många på kort tid. Ta tillbaka någon, eller vänta till i morgon.",
            )
        else:
            messages.success(request, f"Inbjudan till {email} är på väg.")
            return redirect(team)
    return render(request, "teams/invite.html", {"form": form, "team": team}, status=status)


@require_POST
@in_open_team
def invitation_withdraw(request, place, invitation):
    """Take an invitation back."""
    invitation = get_object_or_404(place.team.invitations, pk=invitation)
    invitation.withdraw()
    messages.success(request, f"Inbjudan till {invitation.email} är återtagen.")
    return redirect(place.team)


@require_POST
def invitation_answer(request, pk):
    """Accept or decline an invitation to one's own address."""
    invitation = get_object_or_404(Invitation.objects.to(request.user).select_related("team"), pk=pk)
    accept = request.POST.get("answer") == "accept"
    invitation.answer(request.user, accept=accept)
    if not Team.objects.of(request.user).filter(pk=invitation.team_id).exists():
        said = "Du har tackat nej." if not accept else "Inbjudan gäller inte längre."
        messages.info(request, said)
        return redirect("team_list")
    if not request.user.name:
        query = urlencode({"next": invitation.team.get_absolute_url()})
        return redirect(f"{reverse('user_update')}?{query}")
    return redirect(invitation.team)


def team_leave(request, pk):
    """Leave the group. The contact first hands the place over, or closes the group when alone in it."""
    if request.method == "POST" and not Team.objects.of(request.user).filter(pk=pk).exists():
        return redirect("team_list")  # Sent twice: the first time did it.
    return leave_or_ask(request, pk)


@in_open_team
def leave_or_ask(request, place):
    if request.method == "POST":
        try:
            place.leave()
        except SomeoneWasFirst:
            messages.error(request, "Du är gruppens kontaktperson. Lämna först över till någon annan.")
            return redirect(place.team)
        messages.success(request, f"Du har lämnat gruppen {place.team}.")
        return redirect("team_list")
    alone = place.team.memberships.count() == 1
    return render(request, "teams/leave.html", {"team": place.team, "place": place, "alone": alone})


@in_open_team
def team_hand_over(request, place):
    """Give the contact's place to another member."""
    form = HandOverForm(request.POST or None, membership=place)
    if request.method == "POST" and form.is_valid():
        other = form.cleaned_data["membership"]
        try:
            place.hand_over_to(other)
        except SomeoneWasFirst:
            return render(request, "409.html", status=409)
        messages.success(request, f"Nu är {other.user} gruppens kontaktperson.")
        return redirect(place.team)
    if not place.is_contact:
        return redirect(place.team)
    return render(request, "teams/hand_over.html", {"form": form, "team": place.team})


@in_open_team
def team_close(request, place):
    """End the group's work, as its contact."""
    if not place.is_contact:
        messages.info(request, "Det är gruppens kontaktperson som kan avsluta gruppen.")
        return redirect(place.team)
    if request.method == "POST":
        place.team.close(by=request.user)
        messages.success(request, f"Gruppen {place.team} är avslutad.")
        return redirect(place.team)
    return render(request, "teams/close.html", {"team": place.team})
