"""What staff may do: what their roles give them, and nothing of anyone's own."""

from contextlib import contextmanager
from contextvars import ContextVar

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth.models import Permission

_known = ContextVar("known", default=None)


@contextmanager
def known(person):
    """Within the block whoever is asked for by this person's key is this person, as just read from the database."""
    token = _known.set(person)
    try:
        yield
    finally:
        _known.reset(token)


class Roles(AuthenticationBackend):
    """allauth's own, without asking for rights that have been given to one person: nobody can give any (the form has no such field)."""

    def get_user(self, user_id):
        person = _known.get()
        if person is None or person.pk != user_id:
            return super().get_user(user_id)
        return person if self.user_can_authenticate(person) else None

    def _get_user_permissions(self, user_obj):
        return Permission.objects.none()
