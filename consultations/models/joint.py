"""A joint meeting: offered by a coordinator to those who ask for the same, accepted by each for itself."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone

from metodstod.models import County, OncePerKey, TargetGroup, User, who_and_when

from .consultation import Consultation


class JointMeetingQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Staff who may view consultations: those of the counties they handle, and those that a request there is offered."""
        if not user.is_authenticated or not user.is_active or not user.is_staff:
            return self.none()
        if not user.has_perm("consultations.view_consultation"):
            return self.none()
        counties = user.reach()
        offered = JointOffer.objects.filter(consultation__parties__municipality__county__in=counties)
        return self.filter(Q(county__in=counties) | Q(pk__in=offered.values("meeting")))

    def listed(self):
        """Those that anyone may read about and ask to join: open, and their month not over."""
        first = timezone.localdate().replace(day=1)
        return self.filter(is_listed=True, closed_at__isnull=True, month__gte=first)


class JointMeeting(OncePerKey):
    """One meeting for several municipalities. The first that accepts is its host: the others get a seat in its request.

    `subject` is the coordinator's words, and public when the meeting is listed.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    subject = models.CharField("ämne", max_length=120)
    target_groups = models.ManyToManyField(
        TargetGroup, blank=True, related_name="joint_meetings", verbose_name="målgrupper"
    )
    county = models.ForeignKey(County, models.PROTECT, related_name="joint_meetings", verbose_name="län")
    month = models.DateField("månad")  # Its first day.
    is_listed = models.BooleanField("visas öppet", default=False)
    host = models.OneToOneField(
        Consultation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="joint_meeting",
        editable=False,
        verbose_name="värd",
    )
    made_at = models.DateTimeField("skapat", default=timezone.now, editable=False)
    made_by = models.ForeignKey(
        User, models.SET_NULL, null=True, related_name="+", editable=False, verbose_name="skapat av"
    )
    closed_at = models.DateTimeField("stängt", null=True, blank=True, editable=False)
    closed_by = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        editable=False,
        verbose_name="stängt av",
    )

    objects = JointMeetingQuerySet.as_manager()

    class Meta:
        verbose_name = "gemensamt möte"
        verbose_name_plural = "gemensamma möten"
        ordering = ["month", "subject"]
        constraints = [
            who_and_when("closed_by", "closed_at", name="joint_meeting_closed_who_and_when"),
            models.CheckConstraint(condition=Q(month__day=1), name="joint_meeting_month_first_day"),
        ]

    def __str__(self):
        return self.subject

    @property
    def is_open(self):
        return self.closed_at is None


class JointOffer(models.Model):
    """The joint meeting, offered to one request, or asked for by it. Its group alone answers."""

    class Answer(models.TextChoices):
        ACCEPTED = "accepted", "Tackade ja"
        DECLINED = "declined", "Tackade nej"

    meeting = models.ForeignKey(
        JointMeeting, models.CASCADE, related_name="offers", verbose_name="gemensamt möte"
    )
    consultation = models.ForeignKey(
        Consultation, models.CASCADE, related_name="offers", verbose_name="förfrågan"
    )
    offered_at = models.DateTimeField("erbjudet", default=timezone.now, editable=False)
    answer = models.CharField("svar", max_length=10, choices=Answer.choices, blank=True, editable=False)
    answered_at = models.DateTimeField("svarade", null=True, blank=True, editable=False)

    class Meta:
        verbose_name = "erbjudande om gemensamt möte"
        verbose_name_plural = "erbjudanden om gemensamma möten"
        ordering = ["offered_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["meeting", "consultation"], name="joint_offer_once"),
            models.CheckConstraint(
                condition=Q(answer="", answered_at__isnull=True)
                | (~Q(answer="") & Q(answered_at__isnull=False)),
                name="joint_offer_answer_has_when",
            ),
        ]

    def __str__(self):
        return f"{self.meeting}: {self.consultation}"
