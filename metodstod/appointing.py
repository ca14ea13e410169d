"""Give someone at an authority a role, and invite them by mail to their first login."""

from dataclasses import dataclass

from django.contrib.auth.models import Group
from django.db import transaction
from django.urls import reverse
from django.utils.http import urlencode

from .mail import queue_mail
from .models import AccessLog, User


class NotPossible(Exception):
    """The appointment makes no sense; says why."""


@dataclass(frozen=True)
class Appointment:
    """Who is to be what, and where. `roles` and `counties` replace what the person had."""

    email: str
    name: str
    roles: tuple
    counties: tuple

    def check(self):
        """Raise `NotPossible` when the person would see nothing, or see it as someone else."""
        for name in ("email", "name"):
            most = User._meta.get_field(name).max_length
            if len(getattr(self, name)) > most or not getattr(self, name).isprintable():
                raise NotPossible(f"The {name} is one line of at most {most} characters.")
        if not self.roles:
            raise NotPossible("Name at least one role.")
        if self.needs_counties and not self.counties:
            raise NotPossible("This role works with a county's groups: name at least one county.")
        for county in self.counties:
            if not county.participates:
                raise NotPossible(f"{county} does not take part in the programme.")
        known = self.known
        if known and not known.is_active:
            raise NotPossible("The account has been closed. Open it in the staff pages first.")
        if known and known.memberships.exists():
            raise NotPossible("The person is a member of a work group, and cannot receive its answers too.")

    @property
    def known(self):
        return User.objects.filter(email=self.email.lower()).first()

    @property
    def needs_counties(self):
        """Whether a role handles what groups have sent, county by county."""
        may = {name for role in self.roles for name in role.permissions.values_list("codename", flat=True)}
        return "view_submission" in may and "see_all_counties" not in may

    @transaction.atomic
    def make(self, *, by=None):
        """Appoint, note it, and send the invitation. `by` is None when it is done at the server."""
        self.check()
        person = self.known or User.objects.create_user(self.email, name=self.name)
        person.is_staff = True
        person.name = self.name or person.name
        person.save(update_fields=["is_staff", "name"])
        person.groups.set(self.roles)
        person.counties.set(self.counties)
        AccessLog.record(by, AccessLog.Action.CHANGED, person, reference=str(person.pk))
        login = f"{reverse('account_login')}?{urlencode({'next': reverse('admin:index')})}"
        queue_mail(
            person.email,
            "staff_invitation",
            {"path": login, "roles": [role.name for role in self.roles], "person": person},
        )
        return person


def find_roles(names):
    """Return the roles with the names. Raises `NotPossible` that lists those there are."""
    found = {role.name: role for role in Group.objects.all()}
    unknown = [name for name in names if name not in found]
    if unknown:
        there_are = ", ".join(sorted(found)) or "none: run load_content first"
        raise NotPossible(f"There is no role {', '.join(unknown)}. There are: {there_are}.")
    return tuple(found[name] for name in names)
