"""Statements that staff keep true, with source and date."""

from django.db import models
from django.utils import timezone
from simple_history.models import HistoricalRecords

from .keys import NaturalKeyManager
from .phone import as_dialled


class FactQuerySet(models.QuerySet):
    def published(self):
        return self.filter(published=True)


class Fact(models.Model):
    """A help number or a reference to the law: one place, with source and the day it was last reviewed."""

    class Kind(models.TextChoices):
        ACUTE = "acute", "akut fara"
        SUPPORT = "support", "stöd till den som är utsatt"
        BUYER = "buyer", "stöd till den som köper"
        RELATIVE = "relative", "stöd till barn och anhöriga"
        STAFF = "staff", "stöd till yrkesverksamma"
        LAW = "law", "lagstöd"
        ELSEWHERE = "elsewhere", "utbildning hos andra"

    slug = models.SlugField("nyckel", unique=True)
    kind = models.CharField("sort", max_length=10, choices=Kind.choices)
    title = models.CharField("rubrik", max_length=120)
    text = models.TextField("text", blank=True)
    phone = models.CharField("telefon", max_length=40, blank=True)
    hours = models.CharField("öppettider", max_length=120, blank=True)
    url = models.URLField("webbadress", blank=True)
    source = models.CharField("källa", max_length=200)
    owner = models.CharField("ansvarig", max_length=120, blank=True)
    reviewed_at = models.DateField("senast granskad")
    published = models.BooleanField(
        "publicerad",
        default=False,
        help_text="Det som inte är säkert visas först när personal har bekräftat det.",
    )
    position = models.PositiveSmallIntegerField("ordning", default=0)

    history = HistoricalRecords()
    objects = NaturalKeyManager.from_queryset(FactQuerySet)("slug")

    class Meta:
        verbose_name = "faktauppgift"
        verbose_name_plural = "faktauppgifter"
        ordering = ["kind", "position", "slug"]

    def __str__(self):
        return self.title

    def natural_key(self):
        return (self.slug,)

    @property
    def dial(self):
        return as_dialled(self.phone)

    def review(self):
        """Note that someone has compared the fact with its source today."""
        self.reviewed_at = timezone.localdate()
        self.save(update_fields=["reviewed_at"])
