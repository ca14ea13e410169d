"""Where the reader is, for the navigation. Works without a request too: error pages have none."""

from django import template
from django.urls import reverse

register = template.Library()


@register.simple_tag(takes_context=True)
def current(context, address):
    """Return what `aria-current` is for a link to `address`: "page", "true" for a page below it, else ""."""
    path = getattr(context.get("request"), "path", "")
    if path == address:
        return "page"
    return "true" if path.startswith(address) and address != reverse("start") else ""
