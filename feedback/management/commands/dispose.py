"""Carry out the disposals that two people stand behind, and print their protocols."""

from django.core.management.base import BaseCommand
from django.utils import timezone

from feedback.disposing import carry_out, why_left
from feedback.models import Disposal, Submission


class Command(BaseCommand):
    help = "Dispose of what approved decisions name. Shows what would be deleted; --carry-out deletes it."

    def add_arguments(self, parser):
        parser.add_argument("--carry-out", action="store_true", help="delete, and write the protocols")

    def handle(self, *, carry_out: bool, **options):
        waiting = Disposal.objects.awaiting().select_related("county", "proposed_by", "approved_by")
        for disposal in waiting.order_by("approved_at"):
            self.dispose(disposal, really=carry_out)
        if not waiting and not carry_out:
            self.stdout.write("Nothing is approved for disposal.")

    def dispose(self, disposal, *, really):
        if really:
            # The second person's word is what it is carried out on.
            carry_out(disposal, by=disposal.approved_by)
        self.stdout.write(
            f"{disposal.county}, beslut {disposal.decision}. {disposal.reason}\n"
            f"Föreslagen av {disposal.proposed_by} {day(disposal.proposed_at)}, "
            f"godkänd av {disposal.approved_by} {day(disposal.approved_at)}."
        )
        items = list(disposal.items.all())
        rows = {} if really else Submission.objects.in_bulk([item.received_id for item in items])
        for item in items:
            left_out = item.left_out if really else why_left(rows.get(item.received_id))
            said = left_out or ("gallrad" if really else "gallras")
            self.stdout.write(
                f"  {item.reference}  {day(item.received_at)}  {item.municipality}  "
                f"{item.diary_number or 'utan diarienummer'}  {item.fingerprint}  {said}"
            )


def day(moment):
    return timezone.localdate(moment).isoformat()
