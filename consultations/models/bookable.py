"""Times that a coordinator publishes for groups to choose among, singly or every week."""

import uuid

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from metodstod.models import Municipality, OncePerKey, User

from ..local_time import moments
from .consultation import Consultation


class Terms(OncePerKey):
    """What holds for a published time: how one can meet then, and what the coordinator needs around it.

    The names of the three forms are those of `Consultation.Form`. Margins are in minutes. For a visit the
    journey is left free too, when that is longer; it is counted from `travels_from` to the group's municipality.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    coordinator = models.ForeignKey(
        User, models.PROTECT, related_name="%(class)ss", editable=False, verbose_name="samordnare"
    )
    on_site = models.BooleanField("på plats i kommunen", default=False)
    phone = models.BooleanField("per telefon", default=False)
    digital = models.BooleanField("digitalt", default=False)
    before = models.PositiveSmallIntegerField("minuter före", default=15)
    after = models.PositiveSmallIntegerField("minuter efter", default=15)
    travels_from = models.ForeignKey(
        Municipality, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="reser från"
    )
    published_at = models.DateTimeField("publicerad", default=timezone.now, editable=False)
    withdrawn_at = models.DateTimeField("tillbakadragen", null=True, blank=True, editable=False)

    class Meta:
        abstract = True

    @property
    def forms(self):
        """The forms as the reader meets them, in their own order."""
        return [Consultation.Form(value).label for value in Consultation.Form.values if getattr(self, value)]


class WeeklyPatternQuerySet(models.QuerySet):
    def standing(self):
        return self.filter(withdrawn_at__isnull=True, last_day__gte=timezone.localdate())


class WeeklyPattern(Terms):
    """The same time by the clock on the wall, once a week. Its times are made when it is published."""

    class Weekday(models.IntegerChoices):
        MONDAY = 0, "måndagar"
        TUESDAY = 1, "tisdagar"
        WEDNESDAY = 2, "onsdagar"
        THURSDAY = 3, "torsdagar"
        FRIDAY = 4, "fredagar"

    weekday = models.PositiveSmallIntegerField("veckodag", choices=Weekday.choices)
    time = models.TimeField("klockslag")
    minutes = models.PositiveSmallIntegerField(
        "längd i minuter", validators=[MinValueValidator(15), MaxValueValidator(480)]
    )
    first_day = models.DateField("från och med")
    last_day = models.DateField("till och med")

    objects = WeeklyPatternQuerySet.as_manager()

    class Meta:
        verbose_name = "veckotid"
        verbose_name_plural = "veckotider"
        ordering = ["weekday", "time", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(on_site=True) | Q(phone=True) | Q(digital=True), name="pattern_has_a_form"
            ),
            models.CheckConstraint(
                condition=Q(last_day__gte=F("first_day")), name="pattern_ends_after_its_beginning"
            ),
        ]

    def __str__(self):
        return f"{self.get_weekday_display()} {self.time:%H.%M}"


class BookableTimeQuerySet(models.QuerySet):
    def visible_to(self, user):
        """The published times of coordinators in the counties that the person handles as staff."""
        if not user.is_authenticated or not user.has_perm("consultations.view_bookabletime"):
            return self.none()
        if user.sees_all_counties:
            return self
        near = User.objects.filter(counties__in=user.reach(), is_staff=True)
        return self.filter(coordinator__in=near.values("pk"))

    def standing(self):
        """Times that have not been taken back and have not been."""
        return self.filter(withdrawn_at__isnull=True, starts_at__gt=timezone.now())


class BookableTime(Terms):
    """One published time, UTC. Whether it is free is seen from the bookings, not written here."""

    pattern = models.ForeignKey(
        WeeklyPattern,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="times",
        editable=False,
        verbose_name="veckotid",
    )
    starts_at = models.DateTimeField("börjar")
    ends_at = models.DateTimeField("slutar")

    objects = BookableTimeQuerySet.as_manager()

    class Meta:
        verbose_name = "bokningsbar tid"
        verbose_name_plural = "bokningsbara tider"
        ordering = ["starts_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(on_site=True) | Q(phone=True) | Q(digital=True), name="bookable_has_a_form"
            ),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="bookable_ends_after_start"),
            models.UniqueConstraint(
                fields=["coordinator", "starts_at"],
                condition=Q(withdrawn_at__isnull=True),
                name="bookable_once",
            ),
        ]

    def __str__(self):
        return f"{timezone.localtime(self.starts_at):%Y-%m-%d %H.%M}"

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
    def month(self):
        """The first day of its month, by the calendar on the wall."""
        return timezone.localtime(self.starts_at).date().replace(day=1)
