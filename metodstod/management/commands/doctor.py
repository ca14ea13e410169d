"""What is well and what is not, and what to do about it."""

from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from metodstod.doctor import WRONG, examine, send_test_mail

MARKS = {"well": "  ok    ", "look": "  look  ", "wrong": "  WRONG "}


class Command(BaseCommand):
    help = "Look at settings, database, queue, mail, disk, backups and certificate. Ends with 1 if anything is wrong."
    requires_system_checks = []  # They are among what is told.

    def add_arguments(self, parser):
        parser.add_argument("--mail-to", metavar="ADDRESS", help="also send a test mail there")
        parser.add_argument("--quiet", action="store_true", help="tell only what is not well")

    def handle(self, *, mail_to, quiet, **options):
        # Without the pool a database that is away is told at once.
        connection.settings_dict["OPTIONS"].pop("pool", None)
        faults = 0
        for heading, found in examine():
            if mail_to and heading == "Queue and mail":
                found.extend(send_test_mail(mail_to))
            shown = [finding for finding in found if finding.level != "well" or not quiet]
            if shown:
                self.stdout.write(heading)
            for finding in shown:
                self.stdout.write(f"{MARKS[finding.level]}{finding.saw}")
                if finding.do:
                    self.stdout.write(f"          → {finding.do}")
            faults += sum(finding.level == WRONG for finding in found)
        if faults:
            raise CommandError(f"{faults} things are wrong." if faults > 1 else "One thing is wrong.")
        if not quiet:
            self.stdout.write("Nothing is wrong.")
