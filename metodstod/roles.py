"""What staff may do: what their roles give them, and nothing of anyone's own."""

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import Permission


class Roles(ModelBackend):
    """Django's own, without asking for rights that have been given to one person: nobody can give any (the form has no such field)."""

    def _get_user_permissions(self, user_obj):
        return Permission.objects.none()
