"""Step 1: the lectures a work group watches together, and the meetings (träffar) where it does."""

import uuid
from datetime import timedelta
from urllib.parse import urlsplit

from django.core.validators import FileExtensionValidator, MinValueValidator, URLValidator
from django.db import models, transaction
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.lookups import LessThanOrEqual
from django.urls import reverse
from django.utils import timezone
from simple_history.models import HistoricalRecords

from metodstod.forms import write_once
from metodstod.models import FieldOfWork, Named, NaturalKeyManager, OncePerKey, TargetGroup, Team, User

from . import lengths

# What a browser is told that a file is. Its name decides, never what the uploader claimed.
CONTENT_TYPES = {
    "mp4": "video/mp4",
    "webm": "video/webm",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
    "vtt": "text/vtt; charset=utf-8",
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "odt": "application/vnd.oasis.opendocument.text",
    "odp": "application/vnd.oasis.opendocument.presentation",
}


def content_type(stored):
    """Return the content type of a stored file; an unknown kind is only bytes."""
    return CONTENT_TYPES.get(stored.name.rpartition(".")[2].lower(), "application/octet-stream")


def host_of(url):
    """Return the name of the website that an address leads to, or an empty string."""
    return urlsplit(url).hostname or ""


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

    def with_seen(self, team, *, other_than=None):
        """Add `seen`: whether the group has seen the lecture at a meeting (other than the one given)."""
        seen = Meeting.lectures.through.objects.filter(lecture=OuterRef("pk"), meeting__team=team)
        if other_than:
            seen = seen.exclude(meeting=other_than)
        return self.annotate(seen=Exists(seen))


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
    length = models.DurationField(
        "längd",
        validators=[MinValueValidator(timedelta(seconds=1))],
        help_text="Timmar, minuter och sekunder, till exempel 1:04:27.",
    )
    recorded_on = models.DateField(
        "inspelad", null=True, blank=True, help_text="Lämna tomt om dagen inte är känd."
    )
    position = models.PositiveSmallIntegerField("ordning", default=0)
    film = models.FileField(
        "filmfil", upload_to="film/", blank=True, validators=[FileExtensionValidator(["mp4", "webm"])]
    )
    film_url = models.URLField(
        "filmens sida hos en annan webbplats",
        blank=True,
        help_text="Används bara när filmfilen inte finns här. Besökaren får veta vart länken leder.",
    )
    embed_url = models.URLField(
        "filmens inbäddningsadress",
        blank=True,
        validators=[
            URLValidator(schemes=["https"], message="Adressen ska börja med https://.", code="not_https")
        ],
        help_text="Frivillig. Filmen visas i sidan först när besökaren har valt det.",
    )
    poster = models.FileField(
        "stillbild",
        upload_to="poster/",
        blank=True,
        validators=[FileExtensionValidator(["jpg", "jpeg", "png", "webp"])],
    )
    captions = models.FileField(
        "undertexter (WebVTT)",
        upload_to="captions/",
        blank=True,
        validators=[FileExtensionValidator(["vtt"])],
    )
    visual_description = models.TextField("beskrivning av det som bara syns", blank=True)
    is_example = models.BooleanField("exempelfilm", default=False, editable=False)
    published_at = models.DateTimeField(
        "publicerad", null=True, blank=True, help_text="Lämna tomt så länge den inte ska synas."
    )

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
    def length_in_words(self):
        return lengths.in_words(self.length)

    @property
    def length_in_short(self):
        return lengths.in_short(self.length)

    @property
    def film_type(self):
        return content_type(self.film)

    @property
    def film_host(self):
        """The name of the website that an outside film leads to."""
        return host_of(self.film_url)

    @property
    def embed_host(self):
        """The name of the website that an embedded film comes from; another host than the film's page, often."""
        return host_of(self.embed_url)

    @property
    def embed_origin(self):
        """What the content security policy is opened for while an embedded film is shown: one host, by https."""
        port = urlsplit(self.embed_url).port
        return f"https://{self.embed_host.encode('idna').decode()}" + (f":{port}" if port else "")

    @property
    def can_be_embedded(self):
        return bool(self.embed_url and not self.film)


class NoticeQuerySet(models.QuerySet):
    def published(self):
        return self.filter(published=True)

    def concerning(self, lecture):
        """Those tied to the lecture, and those tied to none, which concern all."""
        return self.filter(Q(lectures=lecture) | Q(lectures=None)).distinct()


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

    @property
    def kind(self):
        """What kind of document the file is, as the link to it says: `PDF`."""
        return self.file.name.rpartition(".")[2].upper()

    @property
    def host(self):
        """The name of the website that the link leads to."""
        return host_of(self.url)


class MeetingQuerySet(models.QuerySet):
    def visible_to(self, user):
        """A member: the own groups' meetings. Staff: those in the counties they handle. Others: none."""
        return self.filter(team__in=Team.objects.visible_to(user))


class Meeting(OncePerKey):
    """A work group's sitting (träff): when, what was seen, how many of each role. Never who."""

    COUNTS = ("count_social_worker", "count_treatment", "count_manager", "count_other")
    LARGEST = 500

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
        constraints = [
            models.CheckConstraint(
                condition=Q(count_social_worker__gte=1)
                | Q(count_treatment__gte=1)
                | Q(count_manager__gte=1)
                | Q(count_other__gte=1),
                name="meeting_someone_took_part",
                violation_error_message="Ange minst en deltagare.",
            ),
            models.CheckConstraint(
                condition=LessThanOrEqual(
                    F("count_social_worker") + F("count_treatment") + F("count_manager") + F("count_other"),
                    500,
                ),
                name="meeting_not_too_large",
                violation_error_message="Högst 500 deltagare kan antecknas för en träff.",
            ),
        ]

    def __str__(self):
        return f"{self.team} {self.held_on}"

    def get_absolute_url(self):
        return reverse("lectures:meeting", args=[self.team_id, self.pk])

    @transaction.atomic
    def log(self, lectures):
        """Store the meeting and what was seen, unless one with its key is stored already; return the stored one.

        Raises Meeting.DoesNotExist when the key belongs to another group's meeting.
        """
        stored, is_new = write_once(self)
        if stored.team_id != self.team_id:
            raise Meeting.DoesNotExist
        if is_new:
            stored.lectures.set(lectures)
        return stored

    @property
    def head_count(self):
        """How many took part, all roles together."""
        return sum(getattr(self, name) for name in self.COUNTS)

    @property
    def counts(self):
        """The roles that were there and how many of each, in words."""
        roles = ((self._meta.get_field(name).verbose_name, getattr(self, name)) for name in self.COUNTS)
        return [(role, number) for role, number in roles if number]
