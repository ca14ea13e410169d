""" "Ni sa – vi gjorde": what came of the answers, for everyone to read."""

from django.views.generic import ListView

from .models import Outcome


class OutcomeList(ListView):
    queryset = Outcome.objects.published().select_related("county")
    template_name = "feedback/outcomes.html"
    context_object_name = "outcomes"
