""" "Ni sa – vi gjorde" for staff: written by one, approved by another, then public."""

from django import forms
from django.contrib import admin

from metodstod.staff import PlainChoices, VisibleAdmin

from ..models import Outcome
from .filters import DoneFilter


@admin.register(Outcome)
class OutcomeAdmin(PlainChoices, VisibleAdmin):
    list_display = ["heard", "did", "county", "written_by", "approved_by", "groups"]
    list_select_related = ["county", "written_by", "approved_by"]
    list_filter = [("approved_at", DoneFilter)]
    written = ["county", "heard", "did", "theme"]
    readonly_fields = ["written_by", "approved_by", "approved_at", "groups"]
    actions = ["approve", "withdraw"]
    view_on_site = False

    def get_fields(self, request, obj=None):
        """Who wrote and who approved is nothing to read before it is written."""
        return [*self.written, *self.readonly_fields] if obj else self.written

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        if db_field.name in ("heard", "did"):
            kwargs["widget"] = forms.Textarea(attrs={"rows": 3, "cols": 60})
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name == "county":
            kwargs["queryset"] = request.user.reach().filter(participates=True)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request, obj, form, change):
        """New words have nobody's approval."""
        if form.changed_data or not change:
            obj.write(by=request.user)

    def has_approve_permission(self, request):
        return request.user.has_perm("feedback.approve_outcome")

    @admin.action(description="Godkänn och visa offentligt", permissions=["approve"])
    def approve(self, request, queryset):
        done = sum(outcome.approve(by=request.user) for outcome in queryset.select_related("county", "theme"))
        self.message_user(
            request,
            f"{done} av dem du valde visas nu offentligt. Den som har skrivit en text kan inte själv godkänna den.",
            "success" if done else "warning",
        )

    @admin.action(description="Ta bort från den offentliga sidan", permissions=["change"])
    def withdraw(self, request, queryset):
        shown = list(queryset.published())
        for outcome in shown:
            outcome.withdraw()
        self.message_user(request, f"{len(shown)} av dem du valde visas inte längre.")

    def has_delete_permission(self, request, obj=None):
        """What is public is first taken back."""
        return super().has_delete_permission(request, obj) and bool(obj) and not obj.approved_at
