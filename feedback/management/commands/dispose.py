"""Carry out the disposals that two people stand behind, and print their protocols."""

from django.core.management.base import CommandError
from django.utils import timezone

from feedback.disposing import NotAllowed, carry_out, why_left
from feedback.models import Disposal, Submission
from metodstod.management.asking import add_yes, agree
from metodstod.management.command import PortalCommand


class Command(PortalCommand):
    help = "Dispose of what approved decisions name. Shows what would be deleted; --carry-out asks, and deletes it."

    def add_arguments(self, parser):
        parser.add_argument("--carry-out", action="store_true", help="delete, and write the protocols")
        add_yes(parser)

    def handle(self, *, yes, **options):
        approved = Disposal.objects.awaiting().select_related("county", "proposed_by", "approved_by")
        waiting = list(approved.order_by("approved_at"))
        if not waiting:
            self.stdout.write("Nothing is approved for disposal.")
            return
        for disposal in waiting:
            self.tell(disposal)
        if not options["carry_out"]:
            return
        agree(self, "Delete this? Only a backup brings it back.", yes=yes)
        for disposal in waiting:
            try:
                # The second person's word is what it is carried out on.
                carry_out(disposal, by=disposal.approved_by)
            except NotAllowed as reason:
                raise CommandError(f"{disposal}: {reason}") from None
            disposal.refresh_from_db()
            self.tell(disposal)

    def tell(self, disposal):
        """Write what is to be deleted; or, once it has been, the protocol."""
        is_done = disposal.carried_out_at is not None
        self.stdout.write(
            f"{disposal.county}, beslut {disposal.decision}. {disposal.reason}\n"
            f"Föreslagen av {disposal.proposed_by} {day(disposal.proposed_at)}, "
            f"godkänd av {disposal.approved_by} {day(disposal.approved_at)}."
        )
        items = list(disposal.items.all())
        rows = {} if is_done else Submission.objects.in_bulk([item.received_id for item in items])
        for item in items:
            left_out = item.left_out if is_done else why_left(rows.get(item.received_id))
            said = left_out or ("gallrad" if is_done else "gallras")
            self.stdout.write(
                f"  {item.reference}  {day(item.received_at)}  {item.municipality}  "
                f"{item.diary_number or 'utan diarienummer'}  {item.fingerprint}  {said}"
            )


def day(moment):
    return timezone.localdate(moment).isoformat()
