"""What the queue does by the clock, written into its table; run when the portal is installed or updated."""

from django_q.models import Schedule

from metodstod.management.command import PortalCommand

BY_THE_CLOCK = {
    "forget unused accounts": ("metodstod.accounts.forget_unused", "", Schedule.HOURLY),
    "let go of times held too long": ("consultations.booking.let_go_everywhere", "", Schedule.HOURLY),
    "offer free times to those in line": ("consultations.waiting.offer", "", Schedule.HOURLY),
    "remind of meetings": ("consultations.reminders.send_due", "", Schedule.HOURLY),
    "remind managers of mandates": ("consultations.mandate.remind_managers", "", Schedule.HOURLY),
    "forget that content was changed": (
        "metodstod.models.content_change.forget_old_changes",
        "",
        Schedule.DAILY,
    ),
    "tell of what is new in saved searches": ("feedback.watching.tell_about_new", "", Schedule.HOURLY),
    "forget what has reached its end date": ("metodstod.end_dates.forget", "", Schedule.DAILY),
    "forget drafts of groups that ended": ("feedback.end_dates.forget_drafts", "", Schedule.DAILY),
    "forget counted tries": ("metodstod.limits.forget_ended", "", Schedule.HOURLY),
    "ask groups how it went": ("feedback.following.ask_due", "", Schedule.DAILY),
    "remind of follow-ups": ("consultations.afterwards.remind_of_follow_ups", "", Schedule.DAILY),
    "look at outside links and films": ("lectures.link_check.check_at_night", "", Schedule.HOURLY),
    "put captions in place": ("lectures.captioning.exchange_due", "", Schedule.MINUTES),
    "sweep away uploads cut off": ("lectures.uploading.sweep_uploads", "", Schedule.DAILY),
    "forget who read what, five years later": (
        "metodstod.models.access_log.forget_old_reading",
        "",
        Schedule.DAILY,
    ),
}


class Command(PortalCommand):
    help = (
        "Write down what the queue does by the clock. Run again, it changes nothing that is as it should be."
    )

    def handle(self, **options):
        for name, (function, arguments, often) in BY_THE_CLOCK.items():
            Schedule.objects.update_or_create(
                name=name,
                defaults={
                    "func": function,
                    "args": arguments,
                    "schedule_type": often,
                    "minutes": 1,
                    "repeats": -1,
                },
            )
