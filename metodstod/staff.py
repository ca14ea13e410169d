"""Django admin as staff meet it."""

from datetime import UTC

from django.conf import settings
from django.contrib.admin import (
    AdminSite,
    AllValuesFieldListFilter,
    ModelAdmin,
    RelatedFieldListFilter,
    ShowFacets,
)
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.views.main import IncorrectLookupParameters
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db import connection, transaction
from django.db.models import DateTimeField
from django.http import Http404
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.text import capfirst
from django.utils.timezone import is_aware, make_aware
from django.views.i18n import JavaScriptCatalog
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

    def register(self, model_or_iterable, admin_class=None, **options):
        """Register with what holds for every table, also for those of packages."""
        found = admin_class or ModelAdmin
        name, more = found.__name__, {"__module__": found.__module__}
        super().register(model_or_iterable, type(found)(name, (Table, found), more), **options)

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

    def i18n_javascript(self, request, extra_context=None):
        """Send the words of Django's scripts, those that we have changed among them."""
        return JavaScriptCatalog.as_view(packages=["django.contrib.admin", "metodstod"])(request)


class Table:
    """What holds for every table of the site."""

    # How the address may ask in the filters that Django has.
    ASKED = ("exact", "isnull", "isempty", "gte", "lt")

    def lookup_allowed(self, lookup, value, request):
        """Let the address narrow the table by its own filters alone. Raises IncorrectLookupParameters, as for no such field.

        Django lets it ask anything of any of the row's own fields, and what is not shown could be guessed letter by letter.
        """
        asked, _, how = lookup.rpartition("__")
        for one in self.get_list_filter(request):
            if isinstance(one, type):
                name = one.parameter_name
            else:
                name = one[0] if isinstance(one, tuple) else one
            is_ours = lookup == name or (how in self.ASKED and f"{asked}__".startswith(f"{name}__"))
            if is_ours and is_within_time(value):
                return super().lookup_allowed(lookup, value, request)
        raise IncorrectLookupParameters

    def response_action(self, request, queryset):
        """Let through, of the rows that are ticked, only what can be a row; Django asks the database for them all."""
        ticked = request.POST.getlist(ACTION_CHECKBOX_NAME)
        request.POST = request.POST.copy()
        request.POST.setlist(ACTION_CHECKBOX_NAME, [key for key in ticked if is_key(self.model, key)])
        return super().response_action(request, queryset)


def is_within_time(text):
    """Whether the text, if it says a moment, says one that can be told in every time zone."""
    try:
        moment = DateTimeField().to_python(text)
        (moment if is_aware(moment) else make_aware(moment)).astimezone(UTC)
    except ValidationError:
        return True
    except OverflowError:
        return False
    return True


class HistoryAdmin(SimpleHistoryAdmin):
    """A table and a form, with who has changed each row and from what."""

    def get_history_queryset(self, *args):
        """Fetch who made the changes with them: the package forgets it for a row that leads to no other."""
        return super().get_history_queryset(*args).select_related("history_user")

    def history_view(self, request, object_id, extra_context=None):
        must_be_key(self.model, object_id)
        return super().history_view(request, object_id, extra_context)

    def history_form_view(self, request, object_id, version_id, extra_context=None):
        """Show an earlier version, and bring it back as a whole or not at all."""
        must_be_key(self.model, object_id)
        must_be_key(self.model.history.model, version_id)
        with transaction.atomic():
            return super().history_form_view(request, object_id, version_id, extra_context)


def is_key(model, text):
    """Whether the text can be the key of a row: the database is not to be asked for what cannot."""
    key = model._meta.pk
    try:
        key.run_validators(key.to_python(text))
    except ValidationError:
        return False
    return True


def must_be_key(model, text):
    """Answer 404 to a damaged address; the package would let the database be asked for it."""
    if not is_key(model, text):
        raise Http404


class Previewed:
    """Mixin: "Förhandsgranska" saves all that is in the form, shows the page, and takes everything back."""

    change_form_template = "admin/previewed_form.html"

    def preview(self, request, obj):
        """Return the page as others would see it, for those who write it."""
        raise NotImplementedError

    def response_add(self, request, obj, *args, **kwargs):
        if "_preview" in request.POST:
            return self.shown_and_taken_back(request, obj)
        return super().response_add(request, obj, *args, **kwargs)

    def response_change(self, request, obj):
        if "_preview" in request.POST:
            return self.shown_and_taken_back(request, obj)
        return super().response_change(request, obj)

    def shown_and_taken_back(self, request, obj):
        response = self.preview(request, obj)
        # Drawn while what it shows is there.
        response.render()
        transaction.set_rollback(True)
        return response

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        extra = {"can_be_previewed": True} | (extra_context or {})
        return super().changeform_view(request, object_id, form_url, extra)


class PlainChoices:
    """Mixin: what is chosen in a list is changed on its own page, not from a pencil beside the list."""

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field and isinstance(field.widget, RelatedFieldWidgetWrapper):
            field.widget = field.widget.widget
        return field


class MunicipalityFilter(RelatedFieldListFilter):
    """By municipality of the own counties, whether it has any row or not: to look for those that have is to read them all."""

    def field_choices(self, field, request, model_admin):
        return [(place.pk, place.name) for place in request.user.places if place.county__participates]


def values_there(field):
    """Return the values that the field's column holds, in order.

    By its index, from each value to the next: DISTINCT would read every row. Needs an index that begins with the column.
    """
    column, table = (connection.ops.quote_name(name) for name in (field.column, field.model._meta.db_table))
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH RECURSIVE there(value) AS (SELECT min({column}) FROM {table}"  # noqa: S608  no typed text
            f" UNION ALL SELECT (SELECT min({column}) FROM {table} WHERE {column} > value) FROM there"
            " WHERE value IS NOT NULL) SELECT value FROM there WHERE value IS NOT NULL"
        )
        return [value for (value,) in cursor.fetchall()]


class ValuesThereFilter(AllValuesFieldListFilter):
    """By each value that some row holds, in a table of any size."""

    def __init__(self, field, *args, **kwargs):
        super().__init__(field, *args, **kwargs)
        self.lookup_choices = values_there(field)


class RelatedThereFilter(RelatedFieldListFilter):
    """By each row of another table that some row leads to, in a table of any size."""

    def field_choices(self, field, request, model_admin):
        return field.get_choices(
            include_blank=False,
            ordering=self.field_admin_ordering(field, request, model_admin),
            limit_choices_to={"pk__in": values_there(field)},
        )


class CappedPaginator(Paginator):
    """Pages of a table, counted no further than anyone turns pages; who looks for what is older filters or searches."""

    MOST = 10_000

    @cached_property
    def counted(self):
        return self.object_list.order_by()[: self.MOST + 1].count()

    @property
    def count(self):
        """How many rows can be reached by turning pages."""
        return min(self.counted, self.MOST)

    @property
    def is_capped(self):
        """Whether there are more."""
        return self.counted > self.MOST


class VisibleAdmin(ModelAdmin):
    """A table and a reading view of the rows that this member of staff may see, and of no others.

    A row that is another county's answers as one that does not exist, with 404 and the same page.
    """

    actions_on_top = True
    show_full_result_count = False
    show_facets = (
        ShowFacets.NEVER
    )  # To count what each filter would show is to read the whole table for each.
    paginator = CappedPaginator

    def changelist_view(self, request, extra_context=None):
        """Call the table what it holds; Django's heading says "choose one to change"."""
        title = capfirst(self.opts.verbose_name_plural)
        return super().changelist_view(request, {"title": title} | (extra_context or {}))

    def action_checkbox(self, obj):
        """Write what Django writes, in our words and without a template for each of a hundred rows: it took a fourth of the page's time."""
        return format_html(
            '<input type="checkbox" name="{}" value="{}" class="action-select" aria-label="Välj {}">',
            ACTION_CHECKBOX_NAME,
            obj.pk,
            obj,
        )

    def _get_obj_does_not_exist_redirect(self, request, opts, object_id):
        """Django would lead to the front page with a message that repeats the number that was asked for."""
        raise Http404

    def history_view(self, request, object_id, extra_context=None):
        """Ask for the right before the row; Django looks for the row first."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        return super().history_view(request, object_id, extra_context)

    def get_queryset(self, request):
        queryset = self.model.objects.visible_to(request.user)
        ordering = self.get_ordering(request)
        return queryset.order_by(*ordering) if ordering else queryset


class Reading:
    """Mixin: rows that come about elsewhere, and are only read here."""

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


class Fixed:
    """Mixin: a list whose rows are edited, but neither added nor removed."""

    def has_add_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


class NotedReading:
    """Mixin before `VisibleAdmin`: to open a row's page is noted in the access log."""

    def change_view(self, request, object_id, form_url="", extra_context=None):
        response = super().change_view(request, object_id, form_url, extra_context)
        if request.method == "GET" and response.status_code == 200:
            from .models import AccessLog

            read = self.get_object(request, object_id)
            AccessLog.record(
                request.user,
                AccessLog.Action.READ,
                read,
                reference=str(getattr(read, "reference", read.pk)),
                county=self.county_of(read),
            )
        return response

    def county_of(self, row):
        """Return the county whose work the row is, or None."""
        place = row.team if hasattr(row, "team") else row
        return place.municipality.county if place.municipality else None
