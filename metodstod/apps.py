from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class MetodstodConfig(AppConfig):
    name = "metodstod"
    verbose_name = "Personer och platser"


class StaffSiteConfig(AdminConfig):
    """Django admin, entered through the portal's own login and, in production, a second factor."""

    default_site = "metodstod.staff.StaffSite"
