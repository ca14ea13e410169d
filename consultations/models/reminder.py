"""What the calendar is told beside the invitations: a coordinator's own feed, and reminders."""

from django.db import models
from django.utils import timezone

from metodstod.models import Mail, User

from .booking import Booking


class CalendarFeed(models.Model):
    """A coordinator's bookings at a secret address, for a calendar to subscribe to.

    The token in the address is stored hashed (SHA-256, hex). A new address puts the old one out of use.
    """

    coordinator = models.OneToOneField(
        User, models.CASCADE, related_name="calendar_feed", verbose_name="samordnare"
    )
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    made_at = models.DateTimeField("skapad", default=timezone.now)

    class Meta:
        verbose_name = "kalenderflöde"
        verbose_name_plural = "kalenderflöden"

    def __str__(self):
        return f"Kalenderflöde, {self.coordinator}"


class Reminder(models.Model):
    """That those who are to meet have been reminded of a time, so many days before. Moved, it is another time.

    `mails` are taken out of the queue if the time is called off before they have left.
    """

    booking = models.ForeignKey(Booking, models.CASCADE, related_name="reminders", verbose_name="bokning")
    days = models.PositiveSmallIntegerField("dagar före")
    starts_at = models.DateTimeField("påminde om")
    sent_at = models.DateTimeField("skickad", default=timezone.now)
    mails = models.ManyToManyField(Mail, related_name="+", verbose_name="brev")

    class Meta:
        verbose_name = "påminnelse"
        verbose_name_plural = "påminnelser"
        ordering = ["sent_at", "pk"]
        constraints = [models.UniqueConstraint(fields=["booking", "days", "starts_at"], name="reminder_once")]

    def __str__(self):
        return f"{self.days} dagar före {self.booking}"
