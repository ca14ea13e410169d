"""Step 1: the lectures a work group watches together, and the meetings (träffar) where it does."""

import uuid
from datetime import timedelta
from urllib.parse import urlsplit

from django.core.validators import FileExtensionValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from simple_history.models import HistoricalRecords

from metodstod.models import FieldOfWork, Named, NaturalKeyManager, OncePerKey, TargetGroup, Team, User


class Provider(Named):
    """An authority or a specialised unit that gives a lecture."""

    description = models.TextField("beskrivning", blank=True)

    class Meta(Named.Meta):
        verbose_name = "avsändare"
        verbose_name_plural = "avsändare"


class LectureQuerySet(models.QuerySet):
    def published(self):
        return self.filter(published_at__lte=timezone.now())

    def total_length(self):
        """Return the lectures' length together."""
        return self.aggregate(total=models.Sum("length"))["total"] or timedelta()


class Lecture(models.Model):
    """One recorded lecture. `length` is the stated one; the film may still be missing."""

    title = models.CharField("titel", max_length=200)
    slug = models.SlugField("adressnamn", max_length=120, unique=True)
    provider = models.ForeignKey(Provider, models.PROTECT, related_name="lectures", verbose_name="avsändare")
    summary = models.TextField("sammanfattning")
    audience = models.CharField("för vem", max_length=300)
    target_groups = models.ManyToManyField(TargetGroup, related_name="lectures", verbose_name="målgrupper")
    field_of_work = models.ForeignKey(
        FieldOfWork,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="lectures",
        verbose_name="riktad till verksamhetsområde",
        help_text="Lämna tomt om föreläsningen är för alla.",
    )
    length = models.DurationField("längd", validators=[MinValueValidator(timedelta(seconds=1))])
    recorded_on = models.DateField("inspelad", null=True, blank=True)
    position = models.PositiveSmallIntegerField("ordning", default=0)
    film = models.FileField(
        "filmfil", upload_to="film/", blank=True, validators=[FileExtensionValidator(["mp4", "webm"])]
    )
    film_url = models.URLField("filmens sida hos en annan webbplats", blank=True)
    embed_url = models.URLField("filmens inbäddningsadress", blank=True)
    poster = models.FileField("stillbild", upload_to="poster/", blank=True)
    captions = models.FileField(
        "undertexter (WebVTT)",
        upload_to="captions/",
        blank=True,
        validators=[FileExtensionValidator(["vtt"])],
    )
    visual_description = models.TextField("beskrivning av det som bara syns", blank=True)
    is_example = models.BooleanField("exempelfilm", default=False, editable=False)
    published_at = models.DateTimeField("publicerad", null=True, blank=True)

    history = HistoricalRecords()
    objects = NaturalKeyManager.from_queryset(LectureQuerySet)("slug")

    class Meta:
        verbose_name = "föreläsning"
        verbose_name_plural = "föreläsningar"
        ordering = ["position", "slug"]
        constraints = [
            models.CheckConstraint(
                condition=Q(length__gt=timedelta()),
                name="lecture_length_positive",
                violation_error_message="Längden ska vara mer än noll.",
            ),
            models.CheckConstraint(
                condition=Q(embed_url="") | ~Q(film_url=""),
                name="lecture_embed_needs_page",
                violation_error_message="Ange också filmens sida, så att besökaren ser vart den leder.",
            ),
        ]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("lectures:detail", args=[self.slug])

    def natural_key(self):
        return (self.slug,)

    @property
    def film_host(self):
        """The name of the website that an outside film leads to."""
        return urlsplit(self.film_url).hostname or ""


class NoticeQuerySet(models.QuerySet):
    def published(self):
        return self.filter(published=True)


class Notice(models.Model):
    """What has changed since a lecture was recorded, with source and date; without a lecture it concerns all."""

    slug = models.SlugField("nyckel", unique=True)
    lectures = models.ManyToManyField(
        Lecture, blank=True, related_name="notices", verbose_name="föreläsningar"
    )
    title = models.CharField("rubrik", max_length=120)
    text = models.TextField("text")
    valid_from = models.DateField("gäller från")
    source = models.CharField("källa", max_length=200)
    reviewed_at = models.DateField("senast granskad")
    published = models.BooleanField("publicerad", default=False)

    history = HistoricalRecords()
    objects = NaturalKeyManager.from_queryset(NoticeQuerySet)("slug")

    class Meta:
        verbose_name = "notis"
        verbose_name_plural = "notiser"
        ordering = ["-valid_from", "slug"]

    def __str__(self):
        return self.title

    def natural_key(self):
        return (self.slug,)


class MaterialQuerySet(models.QuerySet):
    def published(self):
        return self.filter(published=True)


class Material(models.Model):
    """A document or a link for the work after the lectures; an entry may wait for its file."""

    slug = models.SlugField("adressnamn", unique=True)
    title = models.CharField("titel", max_length=120)
    summary = models.TextField("sammanfattning")
    file = models.FileField(
        "fil",
        upload_to="material/",
        blank=True,
        validators=[FileExtensionValidator(["pdf", "docx", "odt", "pptx", "odp"])],
    )
    url = models.URLField("webbadress", blank=True)
    owner = models.CharField("ansvarig", max_length=120)
    reviewed_at = models.DateField("senast granskad")
    position = models.PositiveSmallIntegerField("ordning", default=0)
    published = models.BooleanField("publicerad", default=False)

    history = HistoricalRecords()
    objects = NaturalKeyManager.from_queryset(MaterialQuerySet)("slug")

    class Meta:
        verbose_name = "material"
        verbose_name_plural = "material"
        ordering = ["position", "slug"]

    def __str__(self):
        return self.title

    def natural_key(self):
        return (self.slug,)


class MeetingQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(team__in=Team.objects.visible_to(user))


class Meeting(OncePerKey):
    """A work group's sitting (träff): when, what was seen, how many of each role. Never who."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    team = models.ForeignKey(Team, models.CASCADE, related_name="meetings", verbose_name="arbetsgrupp")
    held_on = models.DateField("datum")
    lectures = models.ManyToManyField(Lecture, related_name="meetings", verbose_name="föreläsningar")
    count_social_worker = models.PositiveSmallIntegerField("socialsekreterare och handläggare", default=0)
    count_treatment = models.PositiveSmallIntegerField("behandlare och stödpersonal", default=0)
    count_manager = models.PositiveSmallIntegerField("chefer och arbetsledare", default=0)
    count_other = models.PositiveSmallIntegerField("andra", default=0)
    logged_at = models.DateTimeField("antecknad", default=timezone.now, editable=False)
    logged_by = models.ForeignKey(
        User, models.SET_NULL, null=True, editable=False, related_name="+", verbose_name="antecknad av"
    )

    objects = MeetingQuerySet.as_manager()

    class Meta:
        verbose_name = "träff"
        verbose_name_plural = "träffar"
        ordering = ["-held_on", "-logged_at"]

    def __str__(self):
        return f"{self.team} {self.held_on}"

    def get_absolute_url(self):
        return reverse("lectures:meeting", args=[self.team_id, self.pk])

    @property
    def head_count(self):
        """How many took part, all roles together."""
        return self.count_social_worker + self.count_treatment + self.count_manager + self.count_other
