"""A work group's own pages."""

from django.views.generic import TemplateView


class TeamList(TemplateView):
    template_name = "teams/list.html"


class TeamCreate(TemplateView):
    template_name = "teams/form.html"


class TeamDetail(TemplateView):
    template_name = "teams/detail.html"
