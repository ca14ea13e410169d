"""Step 2's pages: explained to everyone; the draft, the review and the receipt to the group."""

from django.http import Http404, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_http_methods
from django.views.generic import DetailView, TemplateView

from metodstod import path
from metodstod.middleware import wants_json
from metodstod.models import County

from . import frames, guarding, presence
from .forms import SubmitForm, draft_form
from .models import Draft, FollowUpAnswer, QuestionSet, Submission
from .room import own, own_team
from .saving import save
from .submitting import NotAsRead, NotDecided, submit


class About(TemplateView):
    template_name = "feedback/about.html"

    def get_context_data(self, **kwargs):
        question_set = QuestionSet.objects.current()
        return super().get_context_data(
            questions=question_set.questions.all() if question_set else (),
            counties=County.objects.participating(),
            **kwargs,
        )


@require_http_methods(["GET", "HEAD", "POST"])
@own
def draft(request, team):
    """Show the group's draft, and save what is sent: all of it, or what can be."""
    if request.method == "POST":
        return save_draft(request, team)
    team = own_team(request.user, team, "draft__question_set")
    if wants_json(request):
        # The page's script, when its token has grown old: after a new login, for instance.
        return JsonResponse({"csrf": get_token(request)})
    stored = team.draft.fetch_answers() if hasattr(team, "draft") else None
    question_set = stored.question_set if stored else QuestionSet.objects.current()
    form = draft_form(question_set).showing(stored) if question_set else None
    context = draft_context(team, form, stored) | {
        "writing": presence.in_words(presence.others(team, request.user))
    }
    return render(request, "feedback/draft.html", context)


def save_draft(request, team):
    try:
        outcome = save(team, request.POST, by=request.user)
    except QuestionSet.DoesNotExist as error:
        raise Http404 from error
    if wants_json(request):
        return JsonResponse(outcome.as_json(), status=outcome.status)
    if outcome.status == 200:
        return redirect("feedback:review" if "review" in request.POST else "feedback:draft", team)
    outcome.explain()
    context = draft_context(outcome.team, outcome.form, outcome.draft, outcome=outcome)
    return render(request, "feedback/draft.html", context, status=409 if outcome.lost_race else 200)


def draft_context(team, form, draft, *, outcome=None):
    return {
        "team": team,
        "draft": draft,
        "form": form,
        "outcome": outcome,
        "answers": fields(form, draft, outcome, guarding.own_to(team)) if form else (),
        "last": draft.last_saved if draft else None,
        "sent": team.submissions.only("reference", "submitted_at").first(),
        "writing": "",
    }


def fields(form, draft, outcome, own):
    """Return for each question what its part of the page shows."""
    return [field(form, question, stored, outcome, own) for question, stored in form.stored(draft)]


def field(form, question, stored, outcome, own):
    theirs = outcome.conflicts.get(question) if outcome else None
    places = [] if theirs else guarding.places(stored.text, own)
    is_usual = not (form.is_bound or places)
    return {
        "field": form[question.field_name],
        "question": question,
        "theirs": theirs,
        "is_own": theirs is not None and outcome.is_own(theirs),
        "places": places,
        "earlier": stored.earlier,
        "drawn": frames.of_answers(type(form))[question].filled(form.initial) if is_usual else "",
    }


@require_http_methods(["GET", "HEAD", "POST"])
@own
def review(request, team):
    """Show the answers as they will be sent, and send them, once."""
    team = own_team(request.user, team, "municipality__county", "field_of_work")
    if request.method == "POST":
        return send(request, team)
    draft = Draft.objects.of(team)
    if draft is None or not team.is_open:
        return redirect("feedback:draft", team.pk)
    return render(request, "feedback/review.html", review_context(team, draft))


def send(request, team):
    form = SubmitForm(request.POST, asks=True)
    form.is_valid()
    read = form.cleaned_data["versions"] or ""
    try:
        submission = submit(
            team,
            key=form.cleaned_data["key"],
            versions=read,
            by=request.user,
            decided=form.cleaned_data["decided"],
        )
    except NotAsRead:
        draft = Draft.objects.of(team)
        if draft is None or not team.is_open:
            return redirect("feedback:draft", team.pk)
        context = review_context(team, draft) | {"changed": draft.changed_since(read), "stale": True}
        return render(request, "feedback/review.html", context, status=409)
    except NotDecided:
        draft = Draft.objects.of(team)
        if draft is None:
            return redirect("feedback:draft", team.pk)
        return render(request, "feedback/review.html", review_context(team, draft) | {"undecided": True})
    return redirect(submission)


def review_context(team, draft):
    places = guarding.places_in(draft, guarding.own_to(team))
    return {
        "team": team,
        "reader": reader(team.municipality.county),
        "draft": draft,
        "empty": [answer for answer in draft.answers.all() if not answer.text],
        "places": places,
        "certain": any(place.kind.is_certain for _, some in places for place in some),
        "changed": (),
        "stale": False,
        "undecided": False,
        "form": SubmitForm(initial={"key": str(draft.key), "versions": draft.versions}, asks=bool(places)),
    }


def reader(county):
    """Return who reads the county's answers, in words."""
    authority = county.authority or "länsstyrelsen i ert län"
    if not county.contact_name:
        return f"samordnaren på {authority}"
    title = county.contact_title[:1].lower() + county.contact_title[1:]
    person = f"{county.contact_name}, {title}," if title else county.contact_name
    return f"{person} på {authority}"


@method_decorator(own, name="dispatch")
class SubmissionDetail(DetailView):
    """The receipt, with what was sent. Staff read it in admin, where the reading is noted."""

    template_name = "feedback/receipt.html"
    slug_field = "reference"
    slug_url_kwarg = "reference"

    def get_queryset(self):
        submissions = Submission.objects.visible_to(self.request.user)
        return submissions.select_related(
            "team", "municipality__county", "field_of_work", "submitted_by", "follows"
        )

    def render_to_response(self, context, **kwargs):
        if self.request.user.is_staff:
            return redirect("admin:feedback_submission_change", self.object.pk)
        return super().render_to_response(context, **kwargs)

    def get_context_data(self, **kwargs):
        consultation = next((stage for stage in path.stages(self.object.team) if stage.number == 3), None)
        return super().get_context_data(
            answers=self.object.answers.select_related("question"),
            additions=self.object.additions.order_by("submitted_at"),
            went=FollowUpAnswer.objects.filter(follow_up__submission=self.object)
            .select_related("follow_up", "answer__question")
            .order_by("answer__question__position", "follow_up__months"),
            county=self.object.municipality.county,
            reader=reader(self.object.municipality.county),
            consultation=consultation,
            **kwargs,
        )
