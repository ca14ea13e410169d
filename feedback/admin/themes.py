"""The lists that coordinators keep for their work: themes and templates for replies."""

from django.contrib import admin

from metodstod.staff import VisibleAdmin

from ..models import ReplyTemplate, Theme


@admin.register(Theme)
class ThemeAdmin(admin.ModelAdmin):
    """The same list for all counties; a theme that has been used is not deleted, only left out."""

    list_display = ["name", "description", "in_use"]
    list_filter = ["in_use"]
    search_fields = ["name"]
    search_help_text = "Sök på namn."

    def has_delete_permission(self, request, obj=None):
        return False


@admin.register(ReplyTemplate)
class ReplyTemplateAdmin(VisibleAdmin):
    """A county's own templates, and those that all share, which only whoever sees all counties changes."""

    list_display = ["name", "county"]
    list_select_related = ["county"]

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name == "county":
            kwargs["queryset"] = request.user.reach().filter(participates=True)
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if db_field.name == "county" and not request.user.sees_all_counties:
            field.required = True
            field.help_text = ""
        return field

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and owns(request.user, obj)

    def has_delete_permission(self, request, obj=None):
        return super().has_delete_permission(request, obj) and owns(request.user, obj)


def owns(user, template):
    return template is None or template.county_id is not None or user.sees_all_counties
