"""What the tables and forms of content have in common: addresses that stay, files, preview, publishing at a time."""

from datetime import UTC, datetime

from django import forms
from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.contrib.admin.widgets import AdminFileWidget, AdminSplitDateTime
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.validators import EMPTY_VALUES, MinValueValidator
from django.db import models
from django.http import Http404, HttpResponseRedirect, JsonResponse
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.timezone import localtime

from metodstod.staff import HistoryAdmin, PlainChoices, Previewed
from metodstod.virus_scanner import ScannedFileField

from ..models import content_type
from ..ranges import send_file
from ..uploading import discard_later, keep_or_discard


class StoredFile(AdminFileWidget):
    """The file's name without a link: files are sent by the portal's own pages, once what they belong to is published."""

    template_name = "lectures/_stored_file.html"


class DayAndTime(AdminSplitDateTime):
    """Django's two fields for a time; each says by itself which it is, also to those who do not see the words beside."""

    def __init__(self, attrs=None):
        super().__init__(attrs)
        for widget, label in zip(self.widgets, ("datum", "klockslag"), strict=True):
            widget.attrs["aria-label"] = f"Publiceras, {label}"


CONTENT = {
    models.DateTimeField: {
        "form_class": forms.SplitDateTimeField,
        "widget": DayAndTime,
        # In universal time the first day there is may begin before the first there is.
        "validators": [
            MinValueValidator(datetime(1900, 1, 1, tzinfo=UTC), "Skriv ett år från 1900 och framåt.")
        ],
    },
    models.FileField: {"form_class": ScannedFileField, "widget": StoredFile},
    models.ManyToManyField: {"widget": forms.CheckboxSelectMultiple},
    models.URLField: {"assume_scheme": "https"},
}


class ReadAtOnce(forms.BaseInlineFormSet):
    """The rows below a form, known from one question to the database, where Django's own asks once a row."""

    def add_fields(self, form, index):
        super().add_fields(form, index)
        form.fields[self._pk_field.name].to_python = self.row

    def row(self, value):
        """Return the row that a hidden field names. Raises ValidationError if it is not one of these."""
        if value in EMPTY_VALUES:
            return None
        rows = {str(row.pk): row for row in self.get_queryset()}
        if str(value) not in rows:
            raise ValidationError("Raden finns inte längre. Läs om sidan.", code="invalid_choice")
        return rows[str(value)]


class SlugOnce:
    """The name in the address is proposed from the title, and is not changed afterwards: links lead there."""

    slug_from = "title"

    def get_prepopulated_fields(self, request, obj=None):
        return {} if obj else {"slug": [self.slug_from]}

    def get_readonly_fields(self, request, obj=None):
        fields = super().get_readonly_fields(request, obj)
        return [*fields, "slug"] if obj else fields


class ContentAdmin(PlainChoices, Previewed, HistoryAdmin):
    """Content that is seen from a time: previewed as it would be, with its files kept or left out as a whole."""

    formfield_overrides = CONTENT
    change_form_template = "lectures/content_form.html"
    change_list_template = "lectures/content_list.html"
    file_fields = ()

    # Publishing --------------------------------------------------------------------------------------

    def published_when(self, thing):
        if thing.published_at is None:
            return "utkast"
        when = date_format(localtime(thing.published_at), "j F Y")
        return f"från {when} {localtime(thing.published_at):%H.%M}" if thing.is_waiting else when

    published_when.short_description = "publicerad"
    published_when.admin_order_field = "published_at"

    def tell_who_sees(self, request, thing):
        if "_preview" in request.POST:
            return
        if thing.published_at is None:
            told = "Det är ett utkast som bara ni ser. Fyll i ”publiceras” när andra ska se det."
        elif thing.is_waiting:
            told = f"Andra ser det från {thing.seen_from}."
        else:
            told = "Det är publicerat."
        self.message_user(request, told, messages.INFO)

    def response_add(self, request, obj, *args, **kwargs):
        response = super().response_add(request, obj, *args, **kwargs)
        self.tell_who_sees(request, obj)
        return response

    def response_change(self, request, obj):
        response = super().response_change(request, obj)
        self.tell_who_sees(request, obj)
        return response

    def changelist_view(self, request, extra_context=None):
        title = capfirst(self.opts.verbose_name_plural)
        return super().changelist_view(request, {"title": title} | (extra_context or {}))

    # Files -------------------------------------------------------------------------------------------

    def save_model(self, request, obj, form, change):
        before = type(obj).objects.filter(pk=obj.pk).values(*self.file_fields).first() if change else None
        super().save_model(request, obj, form, change)
        for name in self.file_fields:
            discard = keep_or_discard(getattr(obj, name), before[name] if before else "")
            if discard:
                request.discards.append(discard)

    def changeform_view(self, request, *args, **kwargs):
        return self.with_its_files(request, super().changeform_view, *args, **kwargs)

    def history_form_view(self, request, *args, **kwargs):
        return self.with_its_files(request, super().history_form_view, *args, **kwargs)

    def with_its_files(self, request, view, *args, **kwargs):
        """Return the answer of the view, which keeps what was uploaded only if what was sent is kept."""
        request.discards = []
        try:
            response = view(request, *args, **kwargs)
        except BaseException:
            self.discard_files(request)
            raise
        if "_preview" in request.POST:
            self.discard_files(request)
        if (
            request.method == "POST"
            and request.accepts("application/json")
            and not request.accepts("text/html")
        ):
            return told_to_script(response)
        return response

    @staticmethod
    def discard_files(request):
        """Remove the files of what was not stored after all."""
        for discard in request.discards:
            discard()

    def delete_model(self, request, obj):
        super().delete_model(request, obj)
        for name in self.file_fields:
            discard_later(getattr(obj, name))

    def delete_queryset(self, request, queryset):
        for obj in queryset:
            self.delete_model(request, obj)


class StoredPreview:
    """Mixin before `ContentAdmin`: what is stored can be previewed at an address of its own, with its files."""

    def get_urls(self):
        view, name = self.admin_site.admin_view, self.opts.model_name
        return [
            path(
                "<path:object_id>/forhandsvisning/", view(self.preview_view), name=f"lectures_{name}_preview"
            ),
            path("<path:object_id>/fil/<slug:name>", view(self.file_view), name=f"lectures_{name}_file"),
            *super().get_urls(),
        ]

    def view_on_site(self, thing):
        return self.address_of("preview", thing)

    def address_of(self, page, thing, *rest):
        return reverse(f"admin:lectures_{self.opts.model_name}_{page}", args=[thing.pk, *rest])

    def preview_view(self, request, object_id):
        return self.preview(request, self.found(request, object_id))

    def file_view(self, request, object_id, name):
        thing = self.found(request, object_id)
        stored = getattr(thing, name) if name in self.file_fields else None
        if not stored:
            raise Http404
        try:
            response = send_file(request, stored, content_type(stored))
        except FileNotFoundError:
            raise Http404 from None
        response["Cache-Control"] = "private, no-store"
        return response

    def found(self, request, object_id):
        thing = self.get_object(request, unquote(object_id))
        if thing is None:
            raise Http404
        if not self.has_view_permission(request, thing):
            raise PermissionDenied
        return thing


def told_to_script(response):
    """Return what the page's own script wants to know after an upload: where to go, or what is wrong."""
    if isinstance(response, HttpResponseRedirect):
        return JsonResponse({"location": response.url})
    if isinstance(response, TemplateResponse) and "adminform" in (response.context_data or {}):
        return JsonResponse({"errors": list(errors_in(response.context_data))}, status=422)
    return response


def errors_in(context):
    """Yield every error of a form and of the rows below it: the words, the field's own before them, and where it is."""
    yield from errors_of(context["adminform"].form)
    for inline in context["inline_admin_formsets"]:
        yield from ({"text": error, "field": ""} for error in inline.formset.non_form_errors())
        for number, row in enumerate(inline.formset.forms, start=1):
            yield from errors_of(row, f"{inline.opts.verbose_name} {number}: ")


def errors_of(form, row=""):
    for name, errors in form.errors.items():
        field = form[name] if name in form.fields else None
        label = f"{row}{field.label}: " if field else row
        for error in errors:
            yield {"text": f"{label[:1].upper()}{label[1:]}{error}", "field": field.auto_id if field else ""}
