"""The municipalities that take part: the one that asks, those it would like to join, and their own links."""

from functools import cached_property

from django.db import models
from django.db.models import Q
from django.utils import timezone

from metodstod.models import Municipality, User

from .consultation import Consultation


class PartyQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Those in the consultations that staff may see. Others meet a party on its consultation's page alone."""
        if not user.is_authenticated or not user.is_staff or not user.has_perm("consultations.view_party"):
            return self.none()
        return self.filter(consultation__in=Consultation.objects.visible_to(user).values("pk"))

    def taking_part(self):
        """The one that asks, and those that have said yes."""
        return self.filter(Q(is_lead=True) | Q(answer=Party.Answer.ACCEPTED))

    def wishing(self):
        """Those that wish for another time, and wait for the coordinator's word on it."""
        return self.taking_part().filter(wished_at__isnull=False, wish_met_at__isnull=True)


class Party(models.Model):
    """A municipality that takes part: the one that asks (lead), and those it wants to join.

    A partner has a contact, who answers by a link and needs no account. `need` and `message` are the
    partner's own words: for the authority and the partner's own manager, never for the other parties.
    So is `wished_times`, its wish for another time, until `wish_met_at` the coordinator's to answer.
    A partner that comes from a request of its own has it in `joined_from`.
    """

    class Answer(models.TextChoices):
        ACCEPTED = "accepted", "Är med"
        DECLINED = "declined", "Är inte med"
        WITHDRAWN = "withdrawn", "Har dragit sig ur"
        REMOVED = "removed", "Inte längre tillfrågad"

    consultation = models.ForeignKey(
        Consultation, models.CASCADE, related_name="parties", verbose_name="konsultation"
    )
    municipality = models.ForeignKey(
        Municipality, models.PROTECT, related_name="parties", verbose_name="kommun"
    )
    is_lead = models.BooleanField("frågar", default=False)
    contact_name = models.CharField("kontaktperson", max_length=120, blank=True)
    contact_email = models.EmailField("kontaktpersonens e-post", blank=True)
    invited_at = models.DateTimeField("tillfrågad", null=True, blank=True, editable=False)
    invited_by = models.ForeignKey(
        User, models.SET_NULL, null=True, related_name="+", editable=False, verbose_name="tillfrågad av"
    )
    answer = models.CharField("svar", max_length=10, choices=Answer.choices, blank=True, editable=False)
    answered_at = models.DateTimeField("svarade", null=True, blank=True, editable=False)
    need = models.TextField("eget behov", max_length=4000, blank=True)
    message = models.TextField("meddelande", max_length=1000, blank=True)
    wished_times = models.TextField("önskade tider", max_length=1000, blank=True)
    wished_at = models.DateTimeField("önskade en annan tid", null=True, blank=True, editable=False)
    wish_met_at = models.DateTimeField("samordnaren svarade", null=True, blank=True, editable=False)
    joined_from = models.OneToOneField(
        Consultation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="seat",
        editable=False,
        verbose_name="kommer från förfrågan",
    )

    objects = PartyQuerySet.as_manager()

    class Meta:
        verbose_name = "part"
        verbose_name_plural = "parter"
        ordering = ["-is_lead", "municipality__sort_key"]
        constraints = [
            models.UniqueConstraint(fields=["consultation", "municipality"], name="party_once"),
            models.UniqueConstraint(
                fields=["consultation"], condition=Q(is_lead=True), name="party_one_lead"
            ),
            models.CheckConstraint(
                condition=Q(answer="", answered_at__isnull=True)
                | (~Q(answer="") & Q(answered_at__isnull=False)),
                name="party_answer_has_when",
            ),
            models.CheckConstraint(condition=Q(is_lead=False) | Q(answer=""), name="party_lead_has_asked"),
            models.CheckConstraint(
                condition=Q(wished_times="", wished_at__isnull=True, wish_met_at__isnull=True)
                | (~Q(wished_times="") & Q(wished_at__isnull=False)),
                name="party_wish_has_when",
            ),
        ]

    def __str__(self):
        return str(self.municipality)

    @property
    def takes_part(self):
        return self.is_lead or self.answer == self.Answer.ACCEPTED

    @property
    def is_wished(self):
        """Whether the group would like to join it, and nobody there has been asked yet."""
        return not self.is_lead and self.invited_at is None and self.answer == ""

    @property
    def is_asked(self):
        """Whether its answer is waited for."""
        return not self.is_lead and self.invited_at is not None and self.answer == ""

    @property
    def wishes(self):
        """Whether it wishes for another time and waits for the coordinator's word on it."""
        return self.takes_part and self.wished_at is not None and self.wish_met_at is None

    @property
    def state(self):
        """Where it stands, in words that every party may read."""
        if self.is_lead:
            return "Har frågat"
        if self.answer:
            return self.get_answer_display()
        return "Tillfrågad, har inte svarat" if self.invited_at else "Inte tillfrågad än"

    @cached_property
    def mandate(self):
        """The standing question to its manager, answered or not, or None. Reads what `whole()` has fetched."""
        if self.joined_from_id:
            return self.joined_from.mandate
        return next((one for one in self.mandates.all() if one.voided_at is None), None)


class PartnerLink(models.Model):
    """A partner's way in, by mail to its contact. Each mail has its own; all lead to the same place.

    The token is stored hashed (SHA-256, hex).
    """

    party = models.ForeignKey(Party, models.CASCADE, related_name="links", verbose_name="part")
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    made_at = models.DateTimeField("skapad", default=timezone.now)
    expires_at = models.DateTimeField("gäller till")
    withdrawn_at = models.DateTimeField("återkallad", null=True, blank=True)

    class Meta:
        verbose_name = "länk till en part"
        verbose_name_plural = "länkar till parter"
        ordering = ["-made_at"]

    def __str__(self):
        return f"Länk till {self.party}"

    @property
    def works(self):
        return self.withdrawn_at is None and timezone.now() < self.expires_at
