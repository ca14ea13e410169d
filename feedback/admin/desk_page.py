"""The coordinator's own pages within the admin: who may come in, and what they share."""

from functools import wraps

from django.contrib.admin.views.main import ERROR_FLAG, PAGE_VAR, IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse

from ..models import Submission


def desk_page(view):
    """Let in those who may work on submissions. `view(model_admin, request, ...)` becomes an address of the admin."""

    def bound(model_admin):
        @wraps(view)
        def page(request, *args, **kwargs):
            if not model_admin.has_change_permission(request):
                raise PermissionDenied
            try:
                return view(model_admin, request, *args, **kwargs)
            except Submission.DoesNotExist:
                # Disposed of at this very moment.
                raise Http404 from None

        return model_admin.admin_site.admin_view(page)

    return bound


def show(model_admin, request, template, *, title, **context):
    """Return a page of the desk with the admin's frame around it."""
    frame = model_admin.admin_site.each_context(request)
    return TemplateResponse(request, template, frame | {"title": title, "opts": model_admin.opts, **context})


def own_submission(request, pk):
    """Return the submission if this member of staff may see it; otherwise it is not there."""
    visible = Submission.objects.visible_to(request.user)
    return get_object_or_404(
        visible.select_related("municipality__county", "submitted_by", "team", "assignee"), pk=pk
    )


def selected(model_admin, request, *, without=()):
    """Return what the inbox shows with the address's filter and search, all pages of it, and that filter as text.

    `without` names the page's own parameters, which are no part of the filter.
    """
    query = request.GET.copy()
    for name in (*without, PAGE_VAR, ERROR_FLAG):
        query.pop(name, None)
    original, request.GET = request.GET, query
    try:
        return model_admin.get_changelist_instance(request).queryset, query.urlencode()
    except IncorrectLookupParameters:
        raise Http404 from None
    finally:
        request.GET = original
