"""Step 3: a consultation made for a municipality's needs, its manager's mandate, and its time."""

import uuid

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from simple_history.models import HistoricalRecords

from metodstod.models import Municipality, OncePerKey, TargetGroup, Team, User, who_and_when
from metodstod.references import new_reference


class ConsultationQuerySet(models.QuerySet):
    def visible_to(self, user):
        """The asking group's members; staff who may view consultations, for any party in their counties."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        if user.is_staff:
            if not user.has_perm("consultations.view_consultation"):
                return self.none()
            parties = Party.objects.filter(municipality__county__in=user.reach())
            return self.filter(pk__in=parties.values("consultation"))
        return self.filter(team__memberships__user=user) if user.is_admitted else self.none()


class Consultation(OncePerKey):
    """What a work group asks for. `scope` counts changes of what is asked: a mandate is for one scope."""

    class Form(models.TextChoices):
        ON_SITE = "on_site", "På plats hos er"
        PHONE = "phone", "Telefon"
        DIGITAL = "digital", "Digitalt möte"

    class Status(models.TextChoices):
        ASKED = "asked", "Förfrågan skickad"
        PROPOSED = "proposed", "Tider föreslagna"
        ACCEPTED = "accepted", "Tid vald, väntar på mandat"
        CONFIRMED = "confirmed", "Tid bekräftad"
        WITHDRAWN = "withdrawn", "Återtagen"
        CANCELLED = "cancelled", "Inställd"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    reference = models.CharField(
        "referens", max_length=11, unique=True, default=new_reference, editable=False
    )
    team = models.ForeignKey(Team, models.PROTECT, related_name="consultations", verbose_name="arbetsgrupp")
    need = models.TextField("behov", max_length=4000)
    target_groups = models.ManyToManyField(
        TargetGroup, related_name="consultations", verbose_name="målgrupper"
    )
    form = models.CharField("mötesform", max_length=10, choices=Form.choices)
    place = models.CharField("plats", max_length=200, blank=True)
    wished_times = models.TextField("önskade tider", max_length=1000, blank=True)
    scope = models.PositiveIntegerField("omfattning nr", default=1, editable=False)
    status = models.CharField(
        "status", max_length=10, choices=Status.choices, default=Status.ASKED, editable=False
    )
    asked_at = models.DateTimeField("skickad", default=timezone.now, editable=False)
    asked_by = models.ForeignKey(
        User, models.SET_NULL, null=True, related_name="+", editable=False, verbose_name="skickad av"
    )
    coordinator = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="samordnare"
    )
    ended_at = models.DateTimeField("avslutad", null=True, blank=True, editable=False)
    ended_by = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        editable=False,
        verbose_name="avslutad av",
    )
    end_reason = models.TextField("skäl", max_length=1000, blank=True, editable=False)

    history = HistoricalRecords(excluded_fields=["need", "wished_times", "end_reason"])
    objects = ConsultationQuerySet.as_manager()

    class Meta:
        verbose_name = "konsultation"
        verbose_name_plural = "konsultationer"
        ordering = ["-asked_at", "-pk"]
        constraints = [who_and_when("ended_by", "ended_at", name="consultation_ended_who_and_when")]

    def __str__(self):
        return f"{self.reference} {self.team}"

    def get_absolute_url(self):
        return reverse("consultations:detail", args=[self.reference])


class Party(models.Model):
    """A municipality that takes part: the one that asks (lead), and those it wants to join."""

    consultation = models.ForeignKey(
        Consultation, models.CASCADE, related_name="parties", verbose_name="konsultation"
    )
    municipality = models.ForeignKey(
        Municipality, models.PROTECT, related_name="parties", verbose_name="kommun"
    )
    is_lead = models.BooleanField("frågar", default=False)

    class Meta:
        verbose_name = "part"
        verbose_name_plural = "parter"
        ordering = ["-is_lead", "municipality__sort_key"]
        constraints = [
            models.UniqueConstraint(fields=["consultation", "municipality"], name="party_once"),
            models.UniqueConstraint(
                fields=["consultation"], condition=Q(is_lead=True), name="party_one_lead"
            ),
        ]

    def __str__(self):
        return str(self.municipality)


class MandateQuerySet(models.QuerySet):
    def standing(self):
        """Mandates that have not been voided by a change of what is asked or of whom."""
        return self.filter(voided_at__isnull=True)


class Mandate(models.Model):
    """The responsible manager's word on one consultation, as it was described to them.

    The link's token is stored hashed (SHA-256, hex); `asked_text` is exactly what the manager was shown.
    """

    class Decision(models.TextChoices):
        GIVEN = "given", "Mandat givet"
        DECLINED = "declined", "Mandat nekat"
        QUESTION = "question", "Fråga från chefen"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    party = models.ForeignKey(Party, models.CASCADE, related_name="mandates", verbose_name="part")
    scope = models.PositiveIntegerField("omfattning nr")
    manager_name = models.CharField("chefens namn", max_length=120)
    manager_title = models.CharField("chefens titel", max_length=120)
    manager_email = models.EmailField("chefens e-post")
    asked_text = models.TextField("vad som frågats")
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    asked_at = models.DateTimeField("frågat", default=timezone.now)
    expires_at = models.DateTimeField("länken gäller till")
    decision = models.CharField("besked", max_length=10, choices=Decision.choices, blank=True)
    decided_at = models.DateTimeField("besked lämnat", null=True, blank=True)
    message = models.TextField("meddelande", max_length=4000, blank=True)
    voided_at = models.DateTimeField("upphävt", null=True, blank=True)

    objects = MandateQuerySet.as_manager()

    class Meta:
        verbose_name = "mandat"
        verbose_name_plural = "mandat"
        ordering = ["-asked_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["party"], condition=Q(voided_at__isnull=True), name="mandate_one_standing"
            ),
            models.CheckConstraint(
                condition=Q(decision="", decided_at__isnull=True)
                | (~Q(decision="") & Q(decided_at__isnull=False)),
                name="mandate_decision_has_when",
            ),
        ]

    def __str__(self):
        return f"{self.get_decision_display() or 'Mandat begärt'}, {self.manager_title}"


class BookingQuerySet(models.QuerySet):
    def occupying(self):
        """Bookings that take up the coordinator's time."""
        return self.filter(state__in=Booking.OCCUPYING)


class Booking(models.Model):
    """A time for a consultation, UTC. `blocked_from`/`blocked_until` include the buffers for travel and rest.

    Proposed times do not block: the group accepts one, and it is then held, and confirmed once the
    mandate is there. A coordinator never has two overlapping that are held or confirmed.
    """

    class State(models.TextChoices):
        PROPOSED = "proposed", "Föreslagen"
        HELD = "held", "Vald, väntar på mandat"
        CONFIRMED = "confirmed", "Bekräftad"
        DROPPED = "dropped", "Inte vald"
        CANCELLED = "cancelled", "Inställd"

    OCCUPYING = ("held", "confirmed")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    consultation = models.ForeignKey(
        Consultation, models.CASCADE, related_name="bookings", verbose_name="konsultation"
    )
    coordinator = models.ForeignKey(User, models.PROTECT, related_name="bookings", verbose_name="samordnare")
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
    confirmed_at = models.DateTimeField("bekräftad", null=True, blank=True, editable=False)
    mandate = models.ForeignKey(
        Mandate,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="bookings",
        editable=False,
        verbose_name="vilar på mandatet",
    )
    cancelled_at = models.DateTimeField("inställd", null=True, blank=True, editable=False)
    # RFC 5545: the same UID for the event's life, SEQUENCE one higher for each change sent out.
    calendar_uid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    sequence = models.PositiveIntegerField(default=0, editable=False)

    objects = BookingQuerySet.as_manager()

    class Meta:
        verbose_name = "bokning"
        verbose_name_plural = "bokningar"
        ordering = ["starts_at"]
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
        ]

    def __str__(self):
        return f"{self.starts_at:%Y-%m-%d %H.%M} {self.get_state_display()}"
