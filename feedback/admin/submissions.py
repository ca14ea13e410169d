"""The inbox and the reading view of what has been received."""

from contextlib import suppress

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import transaction
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.formats import date_format

from metodstod.key_pages import NewestFirst
from metodstod.models import AccessLog
from metodstod.staff import Fixed, MunicipalityFilter, VisibleAdmin

from ..disposing import NotAllowed, propose
from ..handling import handle, take
from ..models import SavedSearch, Submission
from . import one, selection
from .filters import (
    AssigneeFilter,
    CountyFilter,
    DiaryFilter,
    FollowUpFilter,
    ThemeFilter,
)
from .forms import SubmissionForm


@admin.register(Submission)
class SubmissionAdmin(NewestFirst, Fixed, VisibleAdmin):
    moment = "submitted_at"
    form = SubmissionForm
    change_list_template = "feedback/desk/inbox.html"
    change_form_template = "feedback/desk/submission.html"
    list_display = ["reference", "team_name", "municipality", "received", "status", "assignee", "follow_up"]
    list_filter = [
        "status",
        AssigneeFilter,
        FollowUpFilter,
        ("municipality", MunicipalityFilter),
        CountyFilter,
        "field_of_work",
        ThemeFilter,
        ("submitted_at", admin.DateFieldListFilter),
        DiaryFilter,
    ]
    # Which fields the words are looked for in is the full-text search's own matter.
    search_fields = ["reference"]
    search_help_text = (
        "Söker i svaren, gruppens namn, arbetsplats och kommun. Skriv ”flera ord” inom citattecken för just de orden "
        "i följd, och minus före ett ord som inte ska finnas med."
    )
    ordering = ["-submitted_at", "-pk"]
    actions = ["take", "propose_disposal"]
    view_on_site = False  # The receipt leads staff back here.

    @admin.display(description="inkom", ordering="submitted_at")
    def received(self, submission):
        return date_format(timezone.localtime(submission.submitted_at), "SHORT_DATE_FORMAT")

    @admin.display(description="följ upp", ordering="follow_up_on")
    def follow_up(self, submission):
        day = submission.follow_up_on
        return date_format(day, "SHORT_DATE_FORMAT") if day else "–"

    def get_fieldsets(self, request, obj=None):
        """The note is written here and read below: who only reads has no use for an empty one."""
        fields = [*self.form._meta.fields, *(["note"] if self.has_change_permission(request, obj) else [])]
        return [("Handläggning", {"fields": fields})]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("municipality__county", "assignee")

    def get_search_results(self, request, queryset, search_term):
        return queryset.searched(search_term), False

    def get_urls(self):
        return [
            path("exportera/<str:kind>/", selection.export(self), name="feedback_submission_export"),
            path("sparade/", selection.saved_searches(self), name="feedback_submission_saved"),
            path("teman/", selection.themes(self), name="feedback_submission_themes"),
            path("har-inte-svarat/", selection.unanswered(self), name="feedback_submission_unanswered"),
            path("personuppgifter/", selection.about_person(self), name="feedback_submission_person"),
            path("<uuid:pk>/svara/", one.reply(self), name="feedback_submission_reply"),
            path("<uuid:pk>/mark/", one.mark(self), name="feedback_submission_mark"),
            path("<uuid:pk>/rattelse/", one.correct(self), name="feedback_submission_correct"),
            path("<uuid:pk>/dokument/", one.document(self), name="feedback_submission_document"),
            *super().get_urls(),
        ]

    def changelist_view(self, request, extra_context=None):
        searches = SavedSearch.objects.filter(owner=request.user)
        query = request.GET.copy()
        query.pop("p", None)
        more = {"saved_searches": searches, "query": query.urlencode(), "title": "Inkorg"}
        return super().changelist_view(request, more | (extra_context or {}))

    @admin.action(description="Ta hand om", permissions=["change"])
    def take(self, request, queryset):
        number = take(queryset, by=request.user)
        self.message_user(request, f"Du är nu handläggare för {number} av dem du valde.")

    @admin.action(description="Föreslå gallring", permissions=["change"])
    def propose_disposal(self, request, queryset):
        try:
            disposals = propose(queryset, by=request.user)
        except NotAllowed as reason:
            self.message_user(request, str(reason), "warning")
            return None
        if len(disposals) > 1:
            return redirect("admin:feedback_disposal_changelist")
        return redirect("admin:feedback_disposal_change", disposals[0].pk)

    def render_change_form(self, request, context, *args, obj=None, **kwargs):
        """Show what was received above the form, and note who opened it."""
        if request.method == "GET":
            AccessLog.record(
                request.user,
                AccessLog.Action.READ,
                obj,
                reference=obj.reference,
                county=obj.municipality.county,
            )
        seen = Submission.objects.visible_to(request.user)
        context |= {
            "answers": obj.answers.select_related("question").prefetch_related("passages__theme"),
            "follow_ups": obj.follow_ups.answered(),
            "first": seen.filter(pk=obj.follows_id).first() if obj.follows_id else None,
            "additions": seen.filter(follows=obj).order_by("submitted_at"),
            "happened": happened(obj),
            "title": f"Återkoppling {obj.reference}",
            "subtitle": None,
        }
        return super().render_change_form(request, context, *args, obj=obj, **kwargs)

    @transaction.atomic
    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        """Let the form compare with what is stored while nobody else can change it."""
        if request.method == "POST":
            with suppress(ValidationError):
                Submission.objects.select_for_update().filter(pk=object_id).first()
        return super().changeform_view(request, object_id, form_url, extra_context)

    def save_model(self, request, obj, form, change):
        handle(obj, changed=form.changed_data, note=form.cleaned_data.get("note", ""), by=request.user)

    def response_post_save_change(self, request, obj):
        """Come back to the same submission: one seldom writes only one note."""
        return redirect(reverse("admin:feedback_submission_change", args=[obj.pk]))


def happened(submission):
    """Return what the authority has done with the submission, newest first, as (kind, row)."""
    kinds = {
        "Intern anteckning": submission.notes,
        "Svar till gruppen": submission.replies,
        "Rättelse": submission.corrections,
        "Status": submission.status_changes,
    }
    found = [(kind, row) for kind, rows in kinds.items() for row in rows.select_related("by")]
    return sorted(found, key=lambda pair: pair[1].at, reverse=True)
