"""How it went, as the coordinator reads it: a table and a reading view; every reading is noted."""

from django.contrib import admin
from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format

from metodstod.models import AccessLog
from metodstod.staff import Reading, VisibleAdmin

from ..models import FollowUp, FollowUpAnswer, GuardCount


class AnsweredFilter(admin.SimpleListFilter):
    title = "besvarad"
    parameter_name = "besvarad"

    def lookups(self, request, model_admin):
        return [("ja", "Ja"), ("nej", "Nej")]

    def queryset(self, request, queryset):
        if self.value() not in {"ja", "nej"}:
            return queryset
        return queryset.filter(answered_at__isnull=self.value() == "nej")


@admin.register(FollowUp)
class FollowUpAdmin(Reading, VisibleAdmin):
    change_form_template = "feedback/desk/follow_up.html"
    list_display = ["reference", "team_name", "municipality", "months", "asked", "answered"]
    list_filter = [AnsweredFilter, "months"]
    search_fields = ["submission__reference", "submission__team_name"]
    ordering = ["-asked_at", "-pk"]
    fields = []

    @admin.display(description="referens", ordering="submission__reference")
    def reference(self, follow_up):
        return follow_up.submission.reference

    @admin.display(description="arbetsgrupp", ordering="submission__team_name")
    def team_name(self, follow_up):
        return follow_up.submission.team_name

    @admin.display(description="kommun", ordering="submission__municipality")
    def municipality(self, follow_up):
        return follow_up.submission.municipality

    @admin.display(description="frågan skickad", ordering="asked_at")
    def asked(self, follow_up):
        return date_format(timezone.localtime(follow_up.asked_at), "SHORT_DATETIME_FORMAT")

    @admin.display(description="besvarad", ordering="answered_at")
    def answered(self, follow_up):
        if follow_up.answered_at is None:
            return "–"
        return date_format(timezone.localtime(follow_up.answered_at), "SHORT_DATETIME_FORMAT")

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("submission__municipality__county")

    def render_change_form(self, request, context, *args, obj=None, **kwargs):
        AccessLog.record(
            request.user,
            AccessLog.Action.READ,
            obj,
            reference=obj.submission.reference,
            county=obj.submission.municipality.county,
        )
        plans = {plan.pk: {"plan": plan, "words": []} for plan in obj.plans}
        for word in words_so_far(obj):
            plans.setdefault(word.answer_id, {"plan": word.answer, "words": []})["words"].append(word)
        context["plans"] = list(plans.values())
        return super().render_change_form(request, context, *args, obj=obj, **kwargs)


def words_so_far(follow_up):
    """What the group has answered, this time and before."""
    answers = FollowUpAnswer.objects.filter(
        Q(follow_up=follow_up)
        | Q(follow_up__submission=follow_up.submission, follow_up__months__lt=follow_up.months)
    )
    return answers.select_related("answer__question", "follow_up").order_by("follow_up__months")


@admin.register(GuardCount)
class GuardCountAdmin(Reading, admin.ModelAdmin):
    """Figures alone: there is nothing else to see."""

    list_display = ["day", "kind", "outcome", "count"]
    list_filter = ["kind", "outcome"]
    list_display_links = None
