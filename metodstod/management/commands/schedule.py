"""What the queue does by the clock, written into its table; run when the portal is installed or updated."""

from django.core.management.base import BaseCommand
from django_q.models import Schedule

BY_THE_CLOCK = {
    "forget unused accounts": ("metodstod.accounts.forget_unused", "", Schedule.HOURLY),
    "clear sessions that have ended": (
        "django.core.management.call_command",
        "'clearsessions'",
        Schedule.DAILY,
    ),
}


class Command(BaseCommand):
    help = (
        "Write down what the queue does by the clock. Run again, it changes nothing that is as it should be."
    )

    def handle(self, **options):
        for name, (function, arguments, often) in BY_THE_CLOCK.items():
            Schedule.objects.update_or_create(
                name=name,
                defaults={"func": function, "args": arguments, "schedule_type": often, "repeats": -1},
            )
