"""What a group asks for, and where it stands."""

import uuid
from functools import cached_property

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from simple_history.models import HistoricalRecords

from metodstod.models import OncePerKey, TargetGroup, Team, User, who_and_when
from metodstod.references import new_reference


class ConsultationQuerySet(models.QuerySet):
    def visible_to(self, user):
        """The asking group's members; staff who may view consultations, for any party in their counties."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        if user.is_staff:
            if not user.has_perm("consultations.view_consultation"):
                return self.none()
            from .party import Party  # It imports this module.

            mine = Party.objects.filter(municipality__in=user.place_keys)
            return self.filter(pk__in=mine.values("consultation_id"))
        return self.filter(team__memberships__user=user) if user.is_admitted else self.none()

    def open(self):
        return self.filter(ended_at__isnull=True)

    def with_tracks(self):
        """With the mandate and the times, in a fixed number of queries: enough to say where it stands."""
        return self.select_related("coordinator", "seat__consultation").prefetch_related(
            "parties__municipality", "parties__mandates__questions", "bookings__answers"
        )

    def with_times(self):
        """With what a page shows where the group chooses a time, in two queries; of many who want the same all but one read it twice."""
        return self.select_related(
            "coordinator", "seat__consultation", "team__municipality"
        ).prefetch_related("bookings", "seat__consultation__bookings")

    def whole(self):
        """With all that its page shows, in a fixed number of queries."""
        return (
            self.with_tracks()
            .select_related("team__municipality__county", "asked_by")
            .prefetch_related(
                "target_groups",
                "offers__meeting",
                "next_steps__party__municipality",
                "follow_ups__done_by",
                "places",
                "acts__by",
                "acts__mandate",
                "acts__party__municipality",
                # What a guest reads on its own page is its host's.
                "seat__consultation__bookings",
                "seat__consultation__next_steps__party__municipality",
                "seat__consultation__follow_ups__done_by",
            )
        )


class Consultation(OncePerKey):
    """What a work group asks for. `scope` counts changes of what is asked: a mandate is for one scope."""

    class Form(models.TextChoices):
        ON_SITE = "on_site", "På plats i kommunen"
        PHONE = "phone", "Per telefon"
        DIGITAL = "digital", "Digitalt möte"

    class Status(models.TextChoices):
        ASKED = "asked", "Förfrågan skickad"
        PROPOSED = "proposed", "Tider föreslagna"
        ACCEPTED = "accepted", "Tid vald, väntar på mandat"
        CONFIRMED = "confirmed", "Tid bekräftad"
        JOINED = "joined", "Med i ett gemensamt möte"
        HELD = "held", "Mötet är hållet"
        FOLLOWED_UP = "followed_up", "Uppföljd"
        WITHDRAWN = "withdrawn", "Återtagen"
        CANCELLED = "cancelled", "Avslutad av samordnaren"

    class MandateRule(models.TextChoices):
        LEAD = "lead", "Mandatet från kommunen som frågar räcker"
        ALL = "all", "Mandat behövs från alla kommuner som är med"

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
    minutes = models.PositiveSmallIntegerField("önskad längd i minuter", default=90)
    participants = models.TextField("vilka som deltar", max_length=500, blank=True)
    wished_times = models.TextField("önskade tider", max_length=1000, blank=True)
    # Said from the start, a mandate holds for a joint meeting too.
    open_to_joint = models.BooleanField("kan mötas tillsammans med andra kommuner", default=False)
    mandate_rule = models.CharField(
        "mandat som behövs",
        max_length=5,
        choices=MandateRule.choices,
        default=MandateRule.LEAD,
        editable=False,
    )
    scope = models.PositiveIntegerField("omfattning nr", default=1, editable=False)
    status = models.CharField(
        "status", max_length=12, choices=Status.choices, default=Status.ASKED, editable=False
    )
    asked_at = models.DateTimeField("skickad", default=timezone.now, editable=False)
    asked_by = models.ForeignKey(
        User, models.SET_NULL, null=True, related_name="+", editable=False, verbose_name="skickad av"
    )
    coordinator = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="consultations",
        editable=False,
        verbose_name="samordnare",
    )
    held_on = models.DateField("mötet hölls", null=True, blank=True, editable=False)
    taken_at = models.DateTimeField("samordnaren tog sig an den", null=True, blank=True, editable=False)
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

    history = HistoricalRecords(excluded_fields=["need", "place", "participants", "wished_times"])
    objects = ConsultationQuerySet.as_manager()

    class Meta:
        verbose_name = "konsultation"
        verbose_name_plural = "konsultationer"
        ordering = ["-asked_at", "-pk"]
        constraints = [
            who_and_when("coordinator", "taken_at", name="consultation_taken_who_and_when"),
            who_and_when("ended_by", "ended_at", name="consultation_ended_who_and_when"),
            models.CheckConstraint(
                condition=Q(status__in=["followed_up", "withdrawn", "cancelled"], ended_at__isnull=False)
                | (~Q(status__in=["followed_up", "withdrawn", "cancelled"]) & Q(ended_at__isnull=True)),
                name="consultation_ended_has_when",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["held", "followed_up"]) | Q(held_on__isnull=False),
                name="consultation_held_has_date",
            ),
        ]

    def __str__(self):
        return f"{self.reference} {self.team}"

    def get_absolute_url(self):
        return reverse("consultations:detail", args=[self.reference])

    @property
    def is_open(self):
        return self.ended_at is None

    @property
    def is_held(self):
        """Whether the meeting has been: what was asked, of whom and when can no longer change."""
        return self.held_on is not None

    @cached_property
    def own_seat(self):
        """Its place in a joint meeting that another request is host of, or None."""
        seat = getattr(self, "seat", None)
        return seat if seat and seat.takes_part else None

    @property
    def meets_in(self):
        """The request whose time is this one's too: its host's, if it is a guest, else itself."""
        return self.own_seat.consultation if self.own_seat else self

    def is_of(self, user):
        """Whether the person is a member of the asking group. Staff act as staff, never as members."""
        return user.is_admitted and not user.is_staff and self.team.memberships.filter(user=user).exists()

    def is_handled_by(self, user):
        """Whether the person may do the coordinator's acts."""
        return (
            user.is_staff
            and user.has_perm("consultations.change_consultation")
            and Consultation.objects.visible_to(user).filter(pk=self.pk).exists()
        )

    # The three below read what `whole()` has fetched, in Python, so that a page asks the database once.

    @cached_property
    def lead(self):
        """The asking municipality's part in it."""
        return next(party for party in self.parties.all() if party.is_lead)

    @cached_property
    def partners(self):
        """The other municipalities that the group would like to join, or has joined."""
        return [party for party in self.parties.all() if not party.is_lead and party.answer != "removed"]

    @cached_property
    def mandate(self):
        """The standing question to the manager, answered or not; None when the consultation has ended."""
        return self.lead.mandate

    @cached_property
    def booking(self):
        """The time that is held or confirmed, or None; a guest's is its host's."""
        return next((one for one in self.meets_in.bookings.all() if one.is_chosen), None)

    @cached_property
    def proposals(self):
        """The times the group may choose among now."""
        now = timezone.now()
        return [one for one in self.bookings.all() if one.is_proposed and one.starts_at > now]
