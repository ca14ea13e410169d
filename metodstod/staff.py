"""Django admin as staff meet it."""

from django.conf import settings
from django.contrib.admin import AdminSite, ModelAdmin
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from simple_history.admin import SimpleHistoryAdmin


class StaffSite(AdminSite):
    site_header = "Metodstöd – personal"
    site_title = "Metodstöd"
    index_title = "Översikt"
    site_url = "/"

    def has_permission(self, request):
        from .second_factor import has_used_second_factor

        user = request.user
        if not (user.is_active and user.is_staff):
            return False
        return not settings.STAFF_SECOND_FACTOR or has_used_second_factor(request)

    def login(self, request, extra_context=None):
        """Staff log in as everyone does, by a code to their address."""
        if request.user.is_authenticated and not request.user.is_staff:
            return redirect("team_list")
        target = request.GET.get("next") or reverse("admin:index")
        return redirect(f"{reverse('account_login')}?{urlencode({'next': target})}")

    def password_change(self, request, extra_context=None):
        """Nobody has a password to change."""
        raise Http404

    password_change_done = password_change


class HistoryAdmin(SimpleHistoryAdmin):
    """A table and a form, with who has changed each row and from what."""

    def get_history_queryset(self, *args):
        """Fetch who made the changes with them: the package forgets it for a row that leads to no other."""
        return super().get_history_queryset(*args).select_related("history_user")

    def history_view(self, request, object_id, extra_context=None):
        """Answer 404 to a damaged address; the package would let the database be asked for it."""
        try:
            self.model._meta.pk.to_python(object_id)
        except ValidationError:
            raise Http404 from None
        return super().history_view(request, object_id, extra_context)


class VisibleAdmin(ModelAdmin):
    """A table and a reading view of the rows that this member of staff may see, and of no others."""

    actions_on_top = True
    show_full_result_count = False

    def get_queryset(self, request):
        queryset = self.model.objects.visible_to(request.user)
        ordering = self.get_ordering(request)
        return queryset.order_by(*ordering) if ordering else queryset
