"""Encrypt the second factors' secrets with the first of ENCRYPTION_KEYS, so that an older key can be taken out of the list."""

from django.core.management.base import CommandError
from django.db import transaction

from metodstod.management.asking import add_yes, agree
from metodstod.management.command import PortalCommand
from metodstod.second_factor import encrypt_anew, forget_unreadable, unreadable


class Command(PortalCommand):
    help = __doc__

    def add_arguments(self, parser):
        parser.add_argument(
            "--forget-unreadable",
            action="store_true",
            help="when a key is lost: remove what no key opens; its owners add a new second factor when they log in",
        )
        add_yes(parser)

    def handle(self, *, yes, **options):
        if lost := unreadable():
            if not options["forget_unreadable"]:
                raise CommandError(
                    f"{told(len(lost))} opened by none of the keys there are. Put the missing one last in ENCRYPTION_KEYS, "
                    "or the former SECRET_KEY back. If it is gone: --forget-unreadable. Nothing was changed."
                )
            self.stdout.write("No key opens the second factor of:")
            for email in dict.fromkeys(factor.user.email for factor in lost):
                self.stdout.write(f"  {email}")
            agree(self, "Remove it, and let them add a new one when they log in?", yes=yes)
        with transaction.atomic():
            forget_unreadable()
            number = encrypt_anew()
        self.stdout.write(f"{told(number)} encrypted with the first key; the others are needed no more.")


def told(number):
    return "One factor is" if number == 1 else f"{number} factors are"
