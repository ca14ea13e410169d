"""What the demo shows of the groups' room: a group that has been asked how it went, and questions in the making."""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from feedback import following
from feedback.models import FollowUp, QuestionSet, Submission


class Command(BaseCommand):
    help = "Ask a demo group how it went, and begin a new set of questions. Only in the demo, and only once."

    @transaction.atomic
    def handle(self, **options):
        if not settings.DEMO:
            raise CommandError("The demo's room is loaded only with DEMO=1.")
        if not FollowUp.objects.exists():
            oldest = Submission.objects.order_by("submitted_at").first()
            if oldest:
                following.ask(oldest, following.MONTHS[0])
        current = QuestionSet.objects.current()
        if current and not QuestionSet.objects.filter(number__gt=current.number).exists():
            current.copy(number=current.number + 1)
