"""Counties, their municipalities, and what a work group can be about."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from simple_history.models import HistoricalRecords

from ..sorting import swedish_key
from .keys import Named, NaturalKeyManager
from .phone import as_dialled


class TargetGroup(Named):
    """Whom the work is for: one of the programme's four target groups."""

    description = models.TextField("beskrivning", blank=True)

    class Meta(Named.Meta):
        verbose_name = "målgrupp"
        verbose_name_plural = "målgrupper"


class FieldOfWork(Named):
    """A part of social services that a work group belongs to and a lecture may be aimed at."""

    class Meta(Named.Meta):
        verbose_name = "verksamhetsområde"
        verbose_name_plural = "verksamhetsområden"


class CountyQuerySet(models.QuerySet):
    def participating(self):
        return self.filter(participates=True)


class County(models.Model):
    """A county and its administrative board (länsstyrelse). `code` is Statistics Sweden's, two digits."""

    code = models.CharField("länskod", max_length=2, unique=True)
    name = models.CharField("namn", max_length=60)
    participates = models.BooleanField("deltar i metodstödet", default=False)
    authority = models.CharField("myndighetens namn", max_length=120, blank=True)
    governor = models.CharField("landshövding", max_length=120, blank=True)
    visiting_address = models.CharField("besöksadress", max_length=200, blank=True)
    postal_address = models.CharField("postadress", max_length=200, blank=True)
    organisation_number = models.CharField("organisationsnummer", max_length=11, blank=True)
    website = models.URLField("webbplats", blank=True)
    contact_name = models.CharField("kontaktperson", max_length=120, blank=True)
    contact_title = models.CharField("kontaktpersonens titel", max_length=120, blank=True)
    contact_email = models.EmailField("kontaktpersonens e-post", blank=True)
    contact_phone = models.CharField("kontaktpersonens telefon", max_length=40, blank=True)

    history = HistoricalRecords()
    objects = NaturalKeyManager.from_queryset(CountyQuerySet)("code")

    class Meta:
        verbose_name = "län"
        verbose_name_plural = "län"
        ordering = ["code"]

    def __str__(self):
        return self.name

    def natural_key(self):
        return (self.code,)

    @property
    def is_reachable(self):
        """Whether there is anything to tell about how to reach the county's authority."""
        return any((self.contact_email, self.contact_phone, self.visiting_address, self.postal_address))

    @property
    def dial(self):
        return as_dialled(self.contact_phone)


class MunicipalityQuerySet(models.QuerySet):
    def for_email(self, email):
        """Return the municipality whose domain, or a domain below it, the address belongs to, or None."""
        domain = email.rpartition("@")[2].lower()
        labels = domain.split(".")
        parents = [".".join(labels[start:]) for start in range(len(labels) - 1)]
        return self.filter(domains__name__in=parents).first()


class Municipality(models.Model):
    """A municipality (kommun). `code` is Statistics Sweden's, four digits; the first two are the county's."""

    code = models.CharField("kommunkod", max_length=4, unique=True)
    name = models.CharField("namn", max_length=60)
    county = models.ForeignKey(County, models.PROTECT, related_name="municipalities", verbose_name="län")
    # Without ICU a database sorts Ängelholm before Åmål; the key puts å, ä, ö last, in that order.
    sort_key = models.CharField(max_length=120, editable=False, db_index=True)

    objects = NaturalKeyManager.from_queryset(MunicipalityQuerySet)("code")

    class Meta:
        verbose_name = "kommun"
        verbose_name_plural = "kommuner"
        ordering = ["sort_key"]

    def __str__(self):
        return self.name

    def natural_key(self):
        return (self.code,)

    def clean_fields(self, exclude=None):
        self.sort_key = swedish_key(self.name)
        super().clean_fields(exclude=exclude)


class EmailDomain(models.Model):
    """A mail domain that belongs to a municipality: whoever reads mail there works there."""

    name = models.CharField("domän", max_length=120, unique=True)
    municipality = models.ForeignKey(
        Municipality, models.CASCADE, related_name="domains", verbose_name="kommun"
    )
    reviewed_at = models.DateField("granskad", null=True, blank=True)

    objects = NaturalKeyManager("name")

    class Meta:
        verbose_name = "e-postdomän"
        verbose_name_plural = "e-postdomäner"
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(name=Lower("name")),
                name="email_domain_lower_case",
                violation_error_message="Skriv domänen med små bokstäver.",
            )
        ]

    def __str__(self):
        return self.name

    def natural_key(self):
        return (self.name,)

    def review(self):
        """Note that staff have seen today that the domain is the municipality's."""
        self.reviewed_at = timezone.localdate()
        self.save(update_fields=["reviewed_at"])
