"""A coordinator's time: proposed, held, confirmed."""

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from metodstod.models import User, who_and_when

from ..local_time import moments
from .bookable import BookableTime
from .consultation import Consultation
from .mandate import Mandate


class BookingQuerySet(models.QuerySet):
    def visible_to(self, user):
        """The bookings of the consultations that the person may see."""
        return self.filter(consultation__in=Consultation.objects.visible_to(user))

    def occupying(self):
        """Bookings that take up the coordinator's time now."""
        return self.filter(state__in=Booking.OCCUPYING).exclude(
            state__in=Booking.FOR_A_WHILE, held_until__lte=timezone.now()
        )

    def chosen(self):
        """The times that consultations have: held for them, or confirmed."""
        return self.occupying().filter(state__in=Booking.CHOSEN)

    def overdue(self):
        """Bookings that were held for a while, which is over; nobody has let go of them yet."""
        return self.filter(state__in=Booking.FOR_A_WHILE, held_until__lte=timezone.now())

    def overlapping(self, start, end):
        """Bookings whose time, buffers included, has any moment in common with [start, end)."""
        return self.filter(blocked_from__lt=end, blocked_until__gt=start)


class Booking(models.Model):
    """A time for a consultation, UTC. `blocked_from`/`blocked_until` include the buffers for travel and rest.

    Proposed times do not block: the group accepts one, and it is then held, and confirmed once the
    mandate is there. What is held, or offered to the first in line, is so until `held_until` and then
    lapses. A coordinator never has two overlapping that are offered, held or confirmed.
    """

    class State(models.TextChoices):
        PROPOSED = "proposed", "Föreslagen"
        OFFERED = "offered", "Erbjuden den som står först i kön"
        HELD = "held", "Vald, väntar på mandat"
        CONFIRMED = "confirmed", "Bekräftad"
        DROPPED = "dropped", "Inte vald"
        LAPSED = "lapsed", "Hölls, men släpptes"
        CANCELLED = "cancelled", "Inställd"

    FOR_A_WHILE = ("offered", "held")
    CHOSEN = ("held", "confirmed")
    OCCUPYING = ("offered", "held", "confirmed")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    consultation = models.ForeignKey(
        Consultation, models.CASCADE, related_name="bookings", verbose_name="konsultation"
    )
    coordinator = models.ForeignKey(User, models.PROTECT, related_name="bookings", verbose_name="samordnare")
    bookable = models.ForeignKey(
        BookableTime,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="bookings",
        editable=False,
        verbose_name="bokningsbar tid",
    )
    starts_at = models.DateTimeField("börjar")
    ends_at = models.DateTimeField("slutar")
    blocked_from = models.DateTimeField("upptagen från", editable=False)
    blocked_until = models.DateTimeField("upptagen till", editable=False)
    state = models.CharField("läge", max_length=10, choices=State.choices, default=State.PROPOSED)
    proposed_at = models.DateTimeField("föreslagen", default=timezone.now, editable=False)
    proposed_by = models.ForeignKey(
        User, models.SET_NULL, null=True, related_name="+", editable=False, verbose_name="föreslagen av"
    )
    accepted_at = models.DateTimeField("vald", null=True, blank=True, editable=False)
    accepted_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", editable=False, verbose_name="vald av"
    )
    placed_at = models.DateTimeField("tiden satt", default=timezone.now, editable=False)
    held_until = models.DateTimeField("hålls till", null=True, blank=True, editable=False)
    confirmed_at = models.DateTimeField("bekräftad", null=True, blank=True, editable=False)
    mandate = models.ForeignKey(
        Mandate,
        models.RESTRICT,
        null=True,
        blank=True,
        related_name="bookings",
        editable=False,
        verbose_name="vilar på mandatet",
    )
    cancelled_at = models.DateTimeField("inställd", null=True, blank=True, editable=False)
    # RFC 5545: the same UID for the event's life, SEQUENCE one higher for each change of it.
    calendar_uid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    sequence = models.PositiveIntegerField(default=0, editable=False)

    objects = BookingQuerySet.as_manager()

    class Meta:
        verbose_name = "bokning"
        verbose_name_plural = "bokningar"
        ordering = ["starts_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="booking_ends_after_start",
                violation_error_message="Sluttiden ska vara efter starttiden.",
            ),
            models.CheckConstraint(
                condition=Q(blocked_from__lte=F("starts_at"), blocked_until__gte=F("ends_at")),
                name="booking_buffers_outside",
            ),
            models.CheckConstraint(
                condition=~Q(state="confirmed") | Q(confirmed_at__isnull=False),
                name="booking_confirmed_has_when",
            ),
            # A time is confirmed only on a mandate, and the row says on which.
            who_and_when("mandate", "confirmed_at", name="booking_confirmed_on_mandate"),
            who_and_when("accepted_by", "accepted_at", name="booking_accepted_who_and_when"),
            models.CheckConstraint(
                condition=~Q(state__in=["held", "confirmed"]) | Q(accepted_at__isnull=False),
                name="booking_held_was_accepted",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["offered", "held"]) | Q(held_until__isnull=False),
                name="booking_held_has_an_end",
            ),
            models.CheckConstraint(
                condition=~Q(state="cancelled") | Q(cancelled_at__isnull=False),
                name="booking_cancelled_has_when",
            ),
            models.UniqueConstraint(
                fields=["consultation"],
                condition=Q(state__in=["held", "confirmed"]),
                name="booking_one_chosen",
            ),
            models.UniqueConstraint(
                fields=["bookable"],
                condition=Q(state__in=["offered", "held", "confirmed"]),
                name="booking_one_of_a_bookable_time",
            ),
            # That one coordinator's offered, held and confirmed times never overlap is migration 0002's.
        ]

    def __str__(self):
        return f"{timezone.localtime(self.starts_at):%Y-%m-%d %H.%M} {self.get_state_display()}"

    @property
    def clock_note(self):
        """Which of two is meant, on the night when the clock shows the starting time twice; else nothing."""
        local = timezone.localtime(self.starts_at)
        if len(moments(local.date(), local.time())) < 2:
            return ""
        return "vintertid" if local.fold else "sommartid"

    @property
    def is_proposed(self):
        return self.state == Booking.State.PROPOSED

    @property
    def is_overdue(self):
        """Whether it was held for a while, which is over."""
        return self.state in Booking.FOR_A_WHILE and self.held_until <= timezone.now()

    @property
    def is_occupying(self):
        """Whether the coordinator's time is taken up: offered, held or confirmed."""
        return self.state in Booking.OCCUPYING and not self.is_overdue

    @property
    def is_chosen(self):
        """Whether it is the time that the consultation has: held or confirmed."""
        return self.state in Booking.CHOSEN and not self.is_overdue

    @property
    def is_offered(self):
        return self.state == Booking.State.OFFERED and not self.is_overdue

    @property
    def minutes(self):
        return int((self.ends_at - self.starts_at).total_seconds() // 60)

    @property
    def buffer_before(self):
        return int((self.starts_at - self.blocked_from).total_seconds() // 60)

    @property
    def buffer_after(self):
        return int((self.blocked_until - self.ends_at).total_seconds() // 60)


class Invitee(models.Model):
    """An address that has the booking in its calendar, so that a change or a cancellation reaches it too."""

    booking = models.ForeignKey(Booking, models.CASCADE, related_name="invitees", verbose_name="bokning")
    email = models.EmailField("e-post")

    class Meta:
        verbose_name = "inbjuden"
        verbose_name_plural = "inbjudna"
        ordering = ["email"]
        constraints = [models.UniqueConstraint(fields=["booking", "email"], name="invitee_once")]

    def __str__(self):
        return self.email
