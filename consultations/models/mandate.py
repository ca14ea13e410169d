"""The responsible manager's mandate, for the very words that were read."""

import uuid
from functools import cached_property

from django.db import models
from django.db.models import Q
from django.utils import timezone

from metodstod.models import OncePerKey, User

from .consultation import Consultation
from .party import Party


class MandateQuerySet(models.QuerySet):
    def standing(self):
        """Mandates that have not been voided by a change of what is asked or of whom."""
        return self.filter(voided_at__isnull=True)

    def of_lead(self, consultation):
        """The asking municipality's mandates in a consultation."""
        return self.filter(party__consultation=consultation, party__is_lead=True)

    def given(self):
        return self.standing().filter(decision=Mandate.Decision.GIVEN)

    def given_for(self, consultation):
        """The asking municipality's mandate, once all that the coordinator has chosen to wait for are given."""
        of_lead = self.given().of_lead(consultation).filter(scope=consultation.scope)
        if consultation.mandate_rule == Consultation.MandateRule.ALL and self.lacks_any(consultation):
            return of_lead.none()
        return of_lead

    def lacks_any(self, consultation):
        """Whether a municipality that takes part lacks its mandate; a guest's lies in its own request."""
        given = self.given().values("party")
        return (
            consultation.parties.taking_part()
            .exclude(pk__in=given)
            .exclude(joined_from__parties__in=Party.objects.filter(is_lead=True, pk__in=given))
            .exists()
        )

    def of_parties(self, consultation):
        """Everyone's mandates in a consultation."""
        return self.filter(party__consultation=consultation)


class Mandate(models.Model):
    """The responsible manager's word on one consultation, as it was described to them.

    The links' tokens are stored hashed (SHA-256, hex). `asked` is exactly what the manager is shown: pairs
    of heading and text; `terms` is what a mandate was said to mean, in the version `text_version`. A change of what is asked, or of whom, voids the row and makes another.
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
        WITHDRAWN = "withdrawn", "länken är återkallad"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    party = models.ForeignKey(Party, models.CASCADE, related_name="mandates", verbose_name="part")
    scope = models.PositiveIntegerField("omfattning nr")
    manager_name = models.CharField("chefens namn", max_length=120)
    manager_title = models.CharField("chefens titel", max_length=120)
    manager_email = models.EmailField("chefens e-post")
    asked = models.JSONField("vad som frågats")
    terms = models.JSONField("vad ett mandat betyder", default=list)
    text_version = models.CharField("textens version", max_length=20, blank=True)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    # The reminder has a link of its own; the first one goes on working.
    reminder_hash = models.CharField(max_length=64, unique=True, null=True, blank=True, editable=False)
    reminded_at = models.DateTimeField("påmind", null=True, blank=True, editable=False)
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
    # A partner's contact has no account.
    answered_as = models.CharField("besvarad som", max_length=120, blank=True, editable=False)

    class Meta:
        verbose_name = "fråga från chefen"
        verbose_name_plural = "frågor från chefen"
        ordering = ["asked_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(answered_at__isnull=True, answered_by__isnull=True, answered_as="")
                | Q(answered_at__isnull=False, answered_by__isnull=False, answered_as="")
                | (Q(answered_at__isnull=False, answered_by__isnull=True) & ~Q(answered_as="")),
                name="question_answered_who_and_when",
            )
        ]

    def __str__(self):
        return f"Fråga från {self.mandate.manager_title}"
