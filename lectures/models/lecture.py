"""A lecture and the authority or organisation that stands behind it."""

from datetime import timedelta
from functools import cached_property
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import FileExtensionValidator, MinValueValidator, URLValidator
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from simple_history.models import HistoricalRecords

from metodstod.models import FieldOfWork, Named, NaturalKeyManager, TargetGroup, who_and_when

from .. import lengths
from .publishing import Published, PublishedQuerySet

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


class LectureQuerySet(PublishedQuerySet):
    def total_length(self):
        """Return the lectures' length together."""
        return self.aggregate(total=models.Sum("length"))["total"] or timedelta()

    def with_seen(self, team, *, other_than=None):
        """Add `seen`: whether the group has seen the lecture at a meeting (other than the one given)."""
        seen = Lecture.meetings.through.objects.filter(lecture=OuterRef("pk"), meeting__team=team)
        if other_than:
            seen = seen.exclude(meeting=other_than)
        return self.annotate(seen=Exists(seen))


class Lecture(Published):
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
        help_text="Minuter och sekunder, till exempel 42:49. Med timmar: 1:04:27.",
    )
    recorded_on = models.DateField(
        "inspelad", null=True, blank=True, help_text="Lämna tomt om dagen inte är känd."
    )
    position = models.PositiveSmallIntegerField("ordning", default=0)
    film = models.FileField(
        "filmfil",
        upload_to="film/",
        blank=True,
        validators=[FileExtensionValidator(["mp4", "webm"])],
        help_text="mp4 eller webm. Filen kontrolleras när den kommer fram, och du får veta vad som i så fall är fel.",
    )
    film_length = models.DurationField("filmfilens längd", null=True, editable=False)
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
        help_text="Högst två rader åt gången med 42 tecken på varje. Det som är fel visas med radens nummer.",
    )
    captions_by_machine = models.BooleanField(
        "undertexterna är gjorda av en maskin",
        default=False,
        help_text="De märks ”ej granskade” tills någon av er har läst dem mot filmen.",
    )
    captions_reviewed_at = models.DateTimeField("undertexterna granskade", null=True, editable=False)
    captions_reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name="undertexterna granskade av",
    )
    visual_description = models.TextField("beskrivning av det som bara syns", blank=True)
    reviewed_at = models.DateField(
        "senast granskad",
        null=True,
        blank=True,
        help_text="När någon av er senast såg att texten, kapitlen och notiserna stämmer. Efter 180 dagar påminns ni.",
    )
    is_example = models.BooleanField("exempelfilm", default=False, editable=False)

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
            # Lagen (2018:1937) om tillgänglighet till digital offentlig service; EN 301 549, 7.1.
            models.CheckConstraint(
                condition=Q(film="") | ~Q(captions="") | Q(published_at=None),
                name="lecture_own_film_has_captions",
                violation_error_message="En film som ligger här ska ha undertexter innan den publiceras.",
            ),
            who_and_when(
                "captions_reviewed_by", "captions_reviewed_at", name="lecture_captions_review_whole"
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
    def plays_for(self):
        """How long what is shown lasts: the film that is here, or as stated when it is elsewhere or missing."""
        return self.film_length if self.film and self.film_length else self.length

    def check_second(self, second):
        """Raise ValidationError if the film is over by then."""
        if self.plays_for and second >= self.plays_for.total_seconds():
            end = lengths.clock(self.plays_for.total_seconds())
            raise ValidationError(f"Filmen är slut vid {end}. Skriv en tid före det.", code="beyond_the_end")

    @property
    def captions_unreviewed(self):
        """Whether the captions are a machine's and no editor has vouched for them."""
        return bool(self.captions and self.captions_by_machine and not self.captions_reviewed_at)

    @property
    def film_type(self):
        return content_type(self.film)

    @cached_property
    def addresses(self):
        """Where its files are sent from. A preview puts its own in their place."""
        return {
            name: reverse(f"lectures:{name}", args=[self.slug]) for name in ("film", "captions", "poster")
        }

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
