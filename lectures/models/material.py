"""What there is to read and use beside the lectures."""

from django.core.validators import FileExtensionValidator
from django.db import models
from simple_history.models import HistoricalRecords

from metodstod.models import NaturalKeyManager

from .lecture import host_of
from .publishing import Published, PublishedQuerySet


class Material(Published):
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

    history = HistoricalRecords()
    objects = NaturalKeyManager.from_queryset(PublishedQuerySet)("slug")

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
