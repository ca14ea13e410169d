"""Step 2 for staff: what has been received, in a table and a reading view. Drafts are nowhere here."""

from django import forms
from django.contrib import admin
from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format

from metodstod.models import AccessLog, User
from metodstod.references import LENGTH, is_reference
from metodstod.staff import VisibleAdmin

from .models import Question, QuestionSet, Submission


class SubmissionForm(forms.ModelForm):
    """The authority's own work on a submission; the assignee is one of the county's own staff."""

    class Meta:
        model = Submission
        fields = ["status", "assignee", "follow_up_on", "diary_number", "internal_note"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "assignee" in self.fields:
            county = self.instance.municipality.county
            now = Q(pk=self.instance.assignee_id)
            staff = User.objects.filter(now | Q(is_staff=True, is_active=True, counties=county))
            self.fields["assignee"].queryset = staff.distinct()


class CountyFilter(admin.SimpleListFilter):
    """By county, for those who handle more than one."""

    title = "län"
    parameter_name = "lan"

    def lookups(self, request, model_admin):
        return [(county.code, county.name) for county in request.user.reach().filter(participates=True)]

    def queryset(self, request, queryset):
        return queryset.filter(municipality__county__code=self.value()) if self.value() else queryset


@admin.register(Submission)
class SubmissionAdmin(VisibleAdmin):
    form = SubmissionForm
    change_form_template = "feedback/submission_admin.html"
    list_display = ["reference", "team_name", "municipality", "county", "received", "status", "assignee"]
    list_filter = ["status", ("municipality", admin.RelatedOnlyFieldListFilter), CountyFilter]
    search_fields = ["reference", "team_name", "municipality__name"]
    search_help_text = "Sök på referens, arbetsgrupp eller kommun."
    ordering = ["-submitted_at", "-pk"]
    view_on_site = False  # The receipt leads staff back here.

    @admin.display(description="län", ordering="municipality__county__code")
    def county(self, submission):
        return submission.municipality.county

    @admin.display(description="inkom", ordering="submitted_at")
    def received(self, submission):
        return date_format(timezone.localtime(submission.submitted_at), "SHORT_DATETIME_FORMAT")

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("municipality__county", "assignee")

    def get_search_results(self, request, queryset, search_term):
        """Find a reference however it is typed: `k7p 4mx 2r9` too."""
        plain = "".join(character for character in search_term.upper() if character.isalnum())
        if len(plain) == LENGTH and is_reference(plain):
            search_term = "-".join((plain[:3], plain[3:6], plain[6:]))
        return super().get_search_results(request, queryset, search_term)

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

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
        context["answers"] = obj.answers.select_related("question")
        return super().render_change_form(request, context, *args, obj=obj, **kwargs)

    def save_model(self, request, obj, form, change):
        """Store only what was changed, so that two coordinators do not undo each other, and note who did it."""
        if not form.changed_data:
            return
        obj.save(update_fields=form.changed_data)
        AccessLog.record(
            request.user,
            AccessLog.Action.CHANGED,
            obj,
            reference=obj.reference,
            county=obj.municipality.county,
        )


class QuestionInline(admin.TabularInline):
    model = Question
    fields = ["position", "text", "hint"]
    extra = 0
    can_delete = False

    def has_add_permission(self, request, obj):
        return False

    def has_change_permission(self, request, obj=None):
        return False


@admin.register(QuestionSet)
class QuestionSetAdmin(admin.ModelAdmin):
    """For reading: a published set does not change."""

    list_display = ["number", "title", "published_at", "retired_at"]
    inlines = [QuestionInline]

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False
