"""Everyone with an account: social workers and staff."""

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models, transaction
from django.db.models import Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property

from .places import County, Municipality


class UserManager(BaseUserManager):
    def get_by_natural_key(self, email):
        return self.get(email=email.lower())

    def create_user(self, email, **fields):
        """Create a person, admitted at once when the address belongs to a municipality."""
        user = self.model(email=email.lower(), **fields)
        user.set_unusable_password()
        if user.municipality is None:
            user.municipality = Municipality.objects.for_email(user.email)
        if user.municipality and user.admitted_at is None:
            user.admitted_at = timezone.now()
        user.save(using=self._db)
        return user

    def create_superuser(self, email, **fields):
        return self.create_user(email, is_staff=True, is_superuser=True, **fields)

    def begin(self, email):
        """Return the person with the address, made now if there is none.

        Whoever asks for a code gets an account, so that no answer tells whether there was one; it opens
        nothing until a code sent to the address has been used, and is forgotten if none ever is.
        """
        email = email.lower()
        # The same steps whether there is an account or not, so that neither the answer nor its time tells.
        municipality = Municipality.objects.for_email(email)
        user = self.model(email=email, municipality=municipality)
        user.admitted_at = timezone.now() if municipality else None
        user.set_unusable_password()
        self.bulk_create([user], ignore_conflicts=True)
        return self.get(email=email)


class UserQuerySet(models.QuerySet):
    def awaiting_admission(self):
        return self.filter(admission_asked_at__isnull=False, admitted_at__isnull=True, is_active=True)

    def never_used(self, *, since):
        """Accounts made when someone asked for a code before `since`, which nobody has logged in to."""
        return self.filter(last_login__isnull=True, name="", is_staff=False, joined_at__lt=since)

    def coordinators(self, county):
        """Those to tell about something new in a county: its own staff, or, if it has none, the leads."""
        admits = Q(groups__permissions__codename="admit_user") | Q(is_superuser=True)
        staff = self.filter(admits, is_staff=True, is_active=True).distinct()
        leads = Q(groups__permissions__codename="see_all_counties") | Q(is_superuser=True)
        return staff.filter(counties=county) or staff.filter(leads)

    def visible_to(self, user):
        """Programme lead: everyone. Coordinators: people at, or asking for, their counties' municipalities."""
        if not user.is_authenticated or not user.is_staff:
            return self.none()
        if user.sees_all_counties:
            return self
        return self.filter(municipality__in=user.place_keys, is_staff=False)


class User(AbstractBaseUser, PermissionsMixin):
    """A person with an account, known by work e-mail; nobody has a password, a code by mail lets in."""

    email = models.EmailField("e-post", unique=True)
    name = models.CharField("namn", max_length=120, blank=True)
    municipality = models.ForeignKey(
        Municipality, models.PROTECT, null=True, blank=True, related_name="people", verbose_name="kommun"
    )
    workplace = models.CharField("arbetsplats", max_length=120, blank=True)
    counties = models.ManyToManyField(
        County, blank=True, related_name="staff", verbose_name="län", help_text="Endast för personal."
    )
    is_staff = models.BooleanField("personal", default=False)
    is_active = models.BooleanField("aktiv", default=True)
    joined_at = models.DateTimeField("skapad", default=timezone.now, editable=False)
    admission_asked_at = models.DateTimeField("bad om tillträde", null=True, blank=True, editable=False)
    # Admitted by an address under a municipality's domain: nobody decided, so no name.
    admitted_at = models.DateTimeField("insläppt", null=True, blank=True, editable=False)
    admitted_by = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name="insläppt av",
    )

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    objects = UserManager.from_queryset(UserQuerySet)()

    class Meta:
        verbose_name = "person"
        verbose_name_plural = "personer"
        ordering = ["email"]
        # Staff are few among all: whoever is told of something is found without looking through the others.
        indexes = [models.Index(fields=["email"], condition=Q(is_staff=True), name="user_staff")]
        constraints = [
            models.CheckConstraint(
                condition=Q(email=Lower("email")),
                name="user_email_lower_case",
                violation_error_message="Skriv adressen med små bokstäver.",
            ),
            models.CheckConstraint(
                condition=Q(admitted_by__isnull=True) | Q(admitted_at__isnull=False),
                name="user_admitted_by_has_when",
                violation_error_message="Ange också när personen släpptes in.",
            ),
        ]
        permissions = [
            ("see_all_counties", "Ser alla län"),
            ("see_figures", "Ser siffror"),
            ("admit_user", "Släpper in personer"),
        ]

    def __str__(self):
        return self.name or self.email

    def get_short_name(self):
        """Return what the admin calls whoever is logged in."""
        return str(self)

    def natural_key(self):
        return (self.email,)

    @property
    def is_admitted(self):
        """Whether the person may form and join work groups."""
        return self.is_active and self.admitted_at is not None

    @property
    def sees_all_counties(self):
        return self.is_active and self.is_staff and self.has_perm("metodstod.see_all_counties")

    def end_sessions(self):
        """Log the person out everywhere.

        A session holds a fingerprint of the unusable password, which is made anew here: one that is being written
        at this moment is void too.
        """
        self.set_unusable_password()
        self.save(update_fields=["password"])
        self.sessions.all().delete()

    def reach(self):
        """Return the counties whose work this person handles as staff; none for anyone else."""
        if not (self.is_active and self.is_staff):
            return County.objects.none()
        return County.objects.all() if self.sees_all_counties else self.counties.all()

    @cached_property
    def places(self):
        """The municipalities of those counties, by name; asked for once, and not seen to change while a page is made."""
        fields = ("pk", "name", "county__code", "county__name", "county__participates")
        return list(Municipality.objects.filter(county__in=self.reach()).values_list(*fields, named=True))

    @property
    def place_keys(self):
        """The keys of those municipalities: with them in a statement the database can tell how many rows to expect."""
        return [place.pk for place in self.places]

    @property
    def awaits_admission(self):
        """Whether the person has said where they work and waits for staff to let them in."""
        return self.admission_asked_at is not None and not self.is_admitted

    @transaction.atomic
    def ask_admission(self, *, name, municipality, workplace):
        """Ask the county's coordinators to let this person in. Asked twice, only the first is told."""
        from ..mail import queue_mail

        changed = User.objects.filter(
            pk=self.pk, admission_asked_at__isnull=True, admitted_at__isnull=True
        ).update(admission_asked_at=timezone.now(), name=name, municipality=municipality, workplace=workplace)
        self.refresh_from_db()
        if changed:
            path = reverse("admin:metodstod_user_change", args=[self.pk])
            for coordinator in User.objects.coordinators(municipality.county):
                queue_mail(coordinator.email, "admission_asked", {"path": path, "municipality": municipality})

    @transaction.atomic
    def admit(self, *, by):
        """Let a person in whose address belongs to no municipality, and tell them."""
        from ..mail import queue_mail

        changed = User.objects.filter(pk=self.pk, admitted_at__isnull=True).update(
            admitted_at=timezone.now(), admitted_by=by
        )
        self.refresh_from_db()
        if changed:
            queue_mail(self.email, "admitted", {"path": reverse("team_list")})
