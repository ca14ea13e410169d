"""The sets of questions: written, previewed, published, ended and compared, without a developer."""

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Count, Max, Q
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.views.decorators.http import require_POST, require_safe

from metodstod.staff import Previewed

from ..forms import draft_form
from ..models import Answer, Question, QuestionSet, Submission


class QuestionForm(forms.ModelForm):
    class Meta:
        model = Question
        fields = ["text"]
        help_texts = {
            "position": "1 för den första frågan, 2 för nästa. Tomt: sist, i den ordning frågorna står här.",
            "hint": "Visas under frågan, till exempel vad gruppen kan prata om.",
        }


class InOrder(forms.BaseInlineFormSet):
    """A question that has been given no number comes last, in the order in which the questions stand."""

    def add_fields(self, form, index):
        super().add_fields(form, index)
        if "position" in form.fields:
            form.fields["position"].required = False

    def get_unique_error_message(self, unique_check):
        """Django would call the column by its name in the code."""
        if "same_as" in unique_check:
            return "Två frågor i samma uppsättning kan inte vara samma tidigare fråga."
        return "Två frågor har samma ordning. Ändra ordningen på en av dem."

    def clean(self):
        super().clean()
        kept = [
            form
            for form in self.forms
            if form.cleaned_data.get("text") and not form.cleaned_data.get("DELETE")
        ]
        last = max((form.cleaned_data.get("position") or 0 for form in kept), default=0)
        for form in kept:
            if form.cleaned_data.get("position") is None:
                last += 1
                form.instance.position = last


class QuestionInline(admin.StackedInline):
    model = Question
    form = QuestionForm
    formset = InOrder
    fk_name = "question_set"
    fields = ["position", "text", "hint", "same_as", "comes_back"]
    extra = 3

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        """Offer the questions of published sets, each where it was asked for the first time."""
        if db_field.name == "same_as":
            asked = Question.objects.originals().filter(question_set__published_at__isnull=False)
            kwargs["queryset"] = asked.select_related("question_set")
            kwargs["form_class"] = SameAsField
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("same_as__question_set")

    def has_add_permission(self, request, obj):
        return is_open(obj) and super().has_add_permission(request, obj)

    def has_change_permission(self, request, obj=None):
        return is_open(obj) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request, obj=None):
        return is_open(obj) and super().has_delete_permission(request, obj)


class SameAsField(forms.ModelChoiceField):
    """Chooses among all questions at once rather than asking for each row's own."""

    def to_python(self, value):
        if value in self.empty_values:
            return None
        for question in self.queryset.all():
            if str(question.pk) == str(value):
                return question
        raise ValidationError(self.error_messages["invalid_choice"], code="invalid_choice")

    def label_from_instance(self, question):
        return f"{question.question_set.number}.{question.position} {question.text}"


def is_open(question_set):
    """Whether the set may still be written."""
    return question_set is None or not question_set.is_published


@admin.register(QuestionSet)
class QuestionSetAdmin(Previewed, admin.ModelAdmin):
    """A set is written here until it is published; from then on it is for reading."""

    list_display = ["number", "title", "state", "published_at", "retired_at"]
    fields = ["number", "title"]
    inlines = [QuestionInline]
    change_form_template = "feedback/desk/question_set.html"

    @admin.display(description="läge")
    def state(self, question_set):
        return question_set.state

    def changelist_view(self, request, extra_context=None):
        return super().changelist_view(request, {"title": "Frågeuppsättningar"} | (extra_context or {}))

    def get_changeform_initial_data(self, request):
        return {"number": next_number()}

    def has_change_permission(self, request, obj=None):
        return is_open(obj) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request, obj=None):
        return False

    def get_urls(self):
        wrap = self.admin_site.admin_view
        return [
            path("<int:pk>/granska/", wrap(require_safe(self.review)), name="feedback_questionset_preview"),
            path(
                "<int:pk>/publicera/", wrap(require_POST(self.publish)), name="feedback_questionset_publish"
            ),
            path("<int:pk>/avsluta/", wrap(require_POST(self.retire)), name="feedback_questionset_retire"),
            path("<int:pk>/kopiera/", wrap(require_POST(self.copy)), name="feedback_questionset_copy"),
            path("<int:pk>/jamfor/", wrap(require_safe(self.compare)), name="feedback_questionset_compare"),
            *super().get_urls(),
        ]

    def review(self, request, pk):
        """Show the set as groups will meet it, with the buttons that publish, end and copy it."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        may_write = admin.ModelAdmin.has_change_permission(self, request)
        return self.preview(request, get_object_or_404(QuestionSet, pk=pk), may_act=may_write, is_saved=True)

    def preview(self, request, question_set, *, may_act=False, is_saved=False):
        form = draft_form(question_set)()
        questions = question_set.questions.select_related("same_as__question_set")
        context = {
            "question_set": question_set,
            "rows": [(question, form[question.field_name]) for question in questions],
            "is_saved": is_saved,
            "may_act": may_act,
            "current": QuestionSet.objects.current(),
        }
        return TemplateResponse(request, "feedback/desk/preview.html", context)

    def publish(self, request, pk):
        return self.act(
            request, pk, QuestionSet.publish, "Publicerad. Grupper som börjar nu får de här frågorna."
        )

    def retire(self, request, pk):
        return self.act(
            request, pk, QuestionSet.retire, "Avslutad. Grupper som har börjat skriva kan skicka ändå."
        )

    def act(self, request, pk, act, done):
        if not admin.ModelAdmin.has_change_permission(self, request):
            raise PermissionDenied
        question_set = get_object_or_404(QuestionSet, pk=pk)
        try:
            act(question_set)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        else:
            self.log_change(request, question_set, done)
            messages.success(request, done)
        return redirect("admin:feedback_questionset_preview", pk)

    def copy(self, request, pk):
        """Begin a new set with the same questions, each the same as before until somebody says otherwise."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        copied = get_object_or_404(QuestionSet, pk=pk).copy(number=next_number())
        self.log_addition(request, copied, "Kopierad")
        messages.success(
            request, "En ny frågeuppsättning är påbörjad. Ändra frågorna och publicera när den är klar."
        )
        return redirect("admin:feedback_questionset_change", copied.pk)

    def compare(self, request, pk):
        """Show how many have answered each question, in this set and wherever else the same question was asked."""
        if not request.user.has_perm("feedback.view_submission"):
            raise PermissionDenied
        question_set = get_object_or_404(QuestionSet, pk=pk)
        return TemplateResponse(
            request,
            "feedback/desk/compare_sets.html",
            self.admin_site.each_context(request)
            | {
                "title": "Jämför frågeuppsättningar",
                "question_set": question_set,
                "rows": comparison(question_set, request.user),
                "opts": self.opts,
            },
        )


def next_number():
    return (QuestionSet.objects.aggregate(last=Max("number"))["last"] or 0) + 1


def comparison(question_set, user):
    """Return each question of the set with all the same questions, and how many of those this person may see answered."""
    answers = Answer.objects.filter(submission__in=Submission.objects.visible_to(user))
    counts = {
        row["question"]: row
        for row in answers.values("question").annotate(
            asked=Count("pk"), answered=Count("pk", filter=~Q(text=""))
        )
    }
    questions = list(question_set.questions.all())
    origins = {question.origin_pk for question in questions}
    same = {}
    asked = Question.objects.with_origin().filter(origin__in=origins).select_related("question_set")
    for question in asked.order_by("question_set__number"):
        row = counts.get(question.pk, {"asked": 0, "answered": 0})
        same.setdefault(question.origin, []).append(
            {"question": question, "asked": row["asked"], "answered": row["answered"]}
        )
    return [(question, same[question.origin_pk]) for question in questions]
