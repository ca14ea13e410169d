"""Step 3: a consultation made for a municipality's needs, its manager's mandate, and its time.

Two tracks run side by side: the manager's mandate and the search for a time. A time is confirmed when
both have come home. The acts that change anything are in `asking.py`, `mandate.py` and `booking.py`.
"""

import uuid
from functools import cached_property

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from simple_history.models import HistoricalRecords

from metodstod.models import Municipality, OncePerKey, TargetGroup, Team, User, who_and_when
from metodstod.references import new_reference

from .local_time import moments


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

    def open(self):
        return self.filter(ended_at__isnull=True)

    def with_tracks(self):
        """With the mandate and the times, in a fixed number of queries: enough to say where it stands."""
        mandates = Mandate.objects.prefetch_related("questions")
        return self.select_related("coordinator").prefetch_related(
            "parties", models.Prefetch("parties__mandates", queryset=mandates), "bookings"
        )

    def whole(self):
        """With all that its page shows, in a fixed number of queries."""
        return (
            self.with_tracks()
            .select_related("team__municipality__county", "asked_by")
            .prefetch_related("target_groups", "parties__municipality", "acts__by", "acts__mandate")
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
        WITHDRAWN = "withdrawn", "Återtagen"
        CANCELLED = "cancelled", "Avslutad av samordnaren"

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
        User,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="consultations",
        editable=False,
        verbose_name="samordnare",
    )
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

    history = HistoricalRecords(excluded_fields=["need", "place", "wished_times"])
    objects = ConsultationQuerySet.as_manager()

    class Meta:
        verbose_name = "konsultation"
        verbose_name_plural = "konsultationer"
        ordering = ["-asked_at", "-pk"]
        constraints = [
            who_and_when("coordinator", "taken_at", name="consultation_taken_who_and_when"),
            who_and_when("ended_by", "ended_at", name="consultation_ended_who_and_when"),
            models.CheckConstraint(
                condition=Q(status__in=["withdrawn", "cancelled"], ended_at__isnull=False)
                | (~Q(status__in=["withdrawn", "cancelled"]) & Q(ended_at__isnull=True)),
                name="consultation_ended_has_when",
            ),
        ]

    def __str__(self):
        return f"{self.reference} {self.team}"

    def get_absolute_url(self):
        return reverse("consultations:detail", args=[self.reference])

    @property
    def is_open(self):
        return self.ended_at is None

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
        """The other municipalities that the group would like to join."""
        return [party for party in self.parties.all() if not party.is_lead]

    @cached_property
    def mandate(self):
        """The standing question to the manager, answered or not; None when the consultation has ended."""
        return next((one for one in self.lead.mandates.all() if one.voided_at is None), None)

    @cached_property
    def booking(self):
        """The time that is held or confirmed, or None."""
        return next((one for one in self.bookings.all() if one.state in Booking.OCCUPYING), None)

    @cached_property
    def proposals(self):
        """The times the group may choose among now."""
        return [one for one in self.bookings.all() if one.state == Booking.State.PROPOSED]


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

    def of_lead(self, consultation):
        """The asking municipality's mandates in a consultation."""
        return self.filter(party__consultation=consultation, party__is_lead=True)

    def given_for(self, consultation):
        """The mandate that holds for what is asked now, or nothing."""
        return (
            self.of_lead(consultation)
            .standing()
            .filter(decision=Mandate.Decision.GIVEN, scope=consultation.scope)
        )


class Mandate(models.Model):
    """The responsible manager's word on one consultation, as it was described to them.

    The link's token is stored hashed (SHA-256, hex). `asked` is exactly what the manager is shown: pairs
    of heading and text. A change of what is asked, or of whom, voids the row and makes another.
    """

    class Decision(models.TextChoices):
        GIVEN = "given", "Mandat givet"
        DECLINED = "declined", "Mandat nekat"

    class Voided(models.TextChoices):
        CHANGED = "changed", "förfrågan har ändrats"
        MANAGER = "manager", "en annan chef har fått frågan"
        AGAIN = "again", "frågan har skickats på nytt"
        ANSWERED = "answered", "gruppen har svarat på chefens fråga"
        ENDED = "ended", "förfrågan är avslutad"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    party = models.ForeignKey(Party, models.CASCADE, related_name="mandates", verbose_name="part")
    scope = models.PositiveIntegerField("omfattning nr")
    manager_name = models.CharField("chefens namn", max_length=120)
    manager_title = models.CharField("chefens titel", max_length=120)
    manager_email = models.EmailField("chefens e-post")
    asked = models.JSONField("vad som frågats")
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    asked_at = models.DateTimeField("frågat", default=timezone.now)
    expires_at = models.DateTimeField("länken gäller till")
    decision = models.CharField("besked", max_length=10, choices=Decision.choices, blank=True)
    decided_at = models.DateTimeField("besked lämnat", null=True, blank=True)
    message = models.TextField("meddelande", max_length=4000, blank=True)
    voided_at = models.DateTimeField("upphävt", null=True, blank=True)
    voided_because = models.CharField("upphävt därför att", max_length=10, choices=Voided.choices, blank=True)

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
            models.CheckConstraint(
                condition=Q(voided_because="", voided_at__isnull=True)
                | (~Q(voided_because="") & Q(voided_at__isnull=False)),
                name="mandate_voided_has_reason",
            ),
        ]

    def __str__(self):
        return f"{self.get_decision_display() or 'Mandat begärt'}, {self.manager_title}"

    @property
    def is_given(self):
        return self.decision == self.Decision.GIVEN

    @property
    def is_declined(self):
        return self.decision == self.Decision.DECLINED

    @property
    def is_undecided(self):
        return self.decision == ""

    @property
    def has_expired(self):
        """Whether the link's time is out; a decision that was given in time still holds."""
        return timezone.now() >= self.expires_at

    @cached_property
    def open_questions(self):
        return [question for question in self.questions.all() if question.answered_at is None]


class ManagerQuestion(OncePerKey):
    """What a manager wants to know before deciding, and the group's answer."""

    mandate = models.ForeignKey(Mandate, models.CASCADE, related_name="questions", verbose_name="mandat")
    text = models.TextField("fråga", max_length=4000)
    asked_at = models.DateTimeField("ställd", default=timezone.now)
    answer = models.TextField("svar", max_length=4000, blank=True)
    answered_at = models.DateTimeField("besvarad", null=True, blank=True, editable=False)
    answered_by = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        editable=False,
        verbose_name="besvarad av",
    )

    class Meta:
        verbose_name = "fråga från chefen"
        verbose_name_plural = "frågor från chefen"
        ordering = ["asked_at", "pk"]
        constraints = [who_and_when("answered_by", "answered_at", name="question_answered_who_and_when")]

    def __str__(self):
        return f"Fråga från {self.mandate.manager_title}"


class BookingQuerySet(models.QuerySet):
    def visible_to(self, user):
        """The bookings of the consultations that the person may see."""
        return self.filter(consultation__in=Consultation.objects.visible_to(user))

    def occupying(self):
        """Bookings that take up the coordinator's time."""
        return self.filter(state__in=Booking.OCCUPYING)

    def overlapping(self, start, end):
        """Bookings whose time, buffers included, has any moment in common with [start, end)."""
        return self.filter(blocked_from__lt=end, blocked_until__gt=start)


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
                condition=~Q(state="cancelled") | Q(cancelled_at__isnull=False),
                name="booking_cancelled_has_when",
            ),
            models.UniqueConstraint(
                fields=["consultation"],
                condition=Q(state__in=["held", "confirmed"]),
                name="booking_one_chosen",
            ),
            # That one coordinator's held and confirmed times never overlap is migration 0002's.
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


class Act(OncePerKey):
    """Something that has been done in a consultation, by whom and when. Rows are only ever added.

    `by` is empty for the manager, who has no account: `mandate` says who it was. `text` is what was
    written with the act (a reason), where no other row holds it.
    """

    class Kind(models.TextChoices):
        ASKED = "asked", "Förfrågan skickades"
        CHANGED = "changed", "Förfrågan ändrades"
        MANAGER_NAMED = "manager_named", "En annan chef utsågs"
        MANAGER_ASKED = "manager_asked", "Chefen fick frågan om mandat på nytt"
        MANDATE_GIVEN = "mandate_given", "Chefen gav mandat"
        MANDATE_DECLINED = "mandate_declined", "Chefen gav inte mandat"
        QUESTION_ASKED = "question_asked", "Chefen ställde en fråga"
        QUESTION_ANSWERED = "question_answered", "Gruppen svarade på chefens fråga"
        TAKEN = "taken", "Samordnaren tog sig an förfrågan"
        PROPOSED = "proposed", "Samordnaren föreslog tider"
        ACCEPTED = "accepted", "Gruppen valde en tid"
        CONFIRMED = "confirmed", "Tiden bekräftades"
        TIMES_REFUSED = "times_refused", "Gruppen bad om andra tider"
        MOVED = "moved", "Samordnaren flyttade tiden"
        TIME_CANCELLED = "time_cancelled", "Samordnaren ställde in tiden"
        WITHDRAWN = "withdrawn", "Gruppen tog tillbaka förfrågan"
        CANCELLED = "cancelled", "Samordnaren avslutade förfrågan"

    BY_MANAGER = ("mandate_given", "mandate_declined", "question_asked")

    consultation = models.ForeignKey(
        Consultation, models.CASCADE, related_name="acts", verbose_name="konsultation"
    )
    kind = models.CharField("vad", max_length=20, choices=Kind.choices)
    at = models.DateTimeField("när", default=timezone.now)
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name="vem")
    mandate = models.ForeignKey(Mandate, models.CASCADE, null=True, related_name="+", verbose_name="mandat")
    booking = models.ForeignKey(Booking, models.CASCADE, null=True, related_name="+", verbose_name="bokning")
    text = models.TextField("text", max_length=4000, blank=True)

    class Meta:
        verbose_name = "händelse"
        verbose_name_plural = "händelser"
        ordering = ["at", "pk"]

    def __str__(self):
        return self.get_kind_display()

    @property
    def who(self):
        """Who did it, in words; nothing for what came about by itself or by someone no longer known."""
        if self.kind in self.BY_MANAGER and self.mandate:
            return f"{self.mandate.manager_name}, {self.mandate.manager_title}"
        return str(self.by or "")
