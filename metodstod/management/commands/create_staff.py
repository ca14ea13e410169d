"""A member of staff: appointed at the server, above all the first one, whom nobody else can appoint."""

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError
from django.core.validators import validate_email

from metodstod.appointing import Appointment, NotPossible, find_roles
from metodstod.management.asking import add_yes, agree
from metodstod.management.command import PortalCommand
from metodstod.models import County


class Command(PortalCommand):
    help = "Give someone a role and counties, and mail them an invitation to log in and add a second factor."

    def add_arguments(self, parser):
        parser.add_argument("email")
        parser.add_argument("--name", default="")
        parser.add_argument(
            "--role",
            action="append",
            default=[],
            help="samordnare, redaktör, programledare …; may be given again",
        )
        parser.add_argument(
            "--county",
            action="append",
            default=[],
            metavar="CODE",
            help="a county's code, 13 for instance; may be given again",
        )
        add_yes(parser)

    def handle(self, *, email, name, role, county, yes, **options):
        try:
            validate_email(email)
            appointment = Appointment(email.lower(), name, find_roles(role), find_counties(county))
            appointment.check()
        except ValidationError:
            raise CommandError(f"{email} is no e-mail address.") from None
        except NotPossible as reason:
            raise CommandError(str(reason)) from None
        self.tell(appointment)
        agree(self, "Do it, and send the invitation?", yes=yes)
        appointment.make()
        self.stdout.write("Done. The invitation is on its way: the queue worker sends it.")

    def tell(self, appointment):
        known = appointment.known
        if known and known.is_staff:
            had = ", ".join(str(role) for role in known.groups.all()) or "no role"
            self.stdout.write(f"{appointment.email} is staff already, with {had}. That is replaced.")
        elif known:
            self.stdout.write(f"{appointment.email} has an account already, and becomes staff.")
        else:
            self.stdout.write(f"{appointment.email} gets an account.")
        self.stdout.write(f"Role: {', '.join(map(str, appointment.roles))}")
        self.stdout.write(f"Counties: {', '.join(map(str, appointment.counties)) or 'none of their own'}")


def find_counties(codes):
    found = {county.code: county for county in County.objects.filter(code__in=codes)}
    if unknown := [code for code in codes if code not in found]:
        raise NotPossible(f"There is no county {', '.join(unknown)}. Halland, for instance, is 13.")
    return tuple(found[code] for code in dict.fromkeys(codes))
