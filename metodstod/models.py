"""People and places: who works where, in which work group, and what the portal has told whom."""

import uuid
from datetime import timedelta

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.db.models import Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone
from simple_history.models import HistoricalRecords

from .sorting import swedish_key

MOST_INVITATIONS_WAITING = 20
MOST_INVITATIONS_A_DAY = 40


def who_and_when(who, when, *, name):
    """Return a constraint: whoever did an act, and when, are known together or not at all."""
    return models.CheckConstraint(
        condition=Q(**{f"{who}__isnull": True, f"{when}__isnull": True})
        | Q(**{f"{who}__isnull": False, f"{when}__isnull": False}),
        name=name,
        violation_error_message="Vem och när hör ihop: ange båda eller ingen.",
    )


def as_dialled(phone):
    """Return a number as a phone dials it: digits, and a plus before a country's code."""
    return "".join(character for character in phone if character.isdigit() or character == "+")


class NaturalKeyManager(models.Manager):
    """Find a row by the one field that people know it by, for fixtures."""

    # A related manager (`county.municipalities`) is made by Django without the field, and is never asked by key.
    def __init__(self, field=None):
        super().__init__()
        self.field = field

    def get_by_natural_key(self, value):
        return self.get(**{self.field: value})


class Named(models.Model):
    """A short list that staff keep: a name, a slug for addresses, an order."""

    name = models.CharField("namn", max_length=120)
    slug = models.SlugField("adressnamn", unique=True)
    position = models.PositiveSmallIntegerField("ordning", default=0)

    objects = NaturalKeyManager("slug")

    class Meta:
        abstract = True
        ordering = ["position", "slug"]

    def __str__(self):
        return self.name

    def natural_key(self):
        return (self.slug,)


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
        if not self.filter(email=email).exists():
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
        return self.filter(municipality__county__in=user.reach(), is_staff=False)


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
        permissions = [("see_all_counties", "Ser alla län"), ("admit_user", "Släpper in personer")]

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

    def reach(self):
        """Return the counties whose work this person handles as staff; none for anyone else."""
        if not (self.is_active and self.is_staff):
            return County.objects.none()
        return County.objects.all() if self.sees_all_counties else self.counties.all()

    @property
    def awaits_admission(self):
        """Whether the person has said where they work and waits for staff to let them in."""
        return self.admission_asked_at is not None and not self.is_admitted

    @transaction.atomic
    def ask_admission(self, *, name, municipality, workplace):
        """Ask the county's coordinators to let this person in. Asked twice, only the first is told."""
        from .mail import queue_mail

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
        from .mail import queue_mail

        changed = User.objects.filter(pk=self.pk, admitted_at__isnull=True).update(
            admitted_at=timezone.now(), admitted_by=by
        )
        self.refresh_from_db()
        if changed:
            queue_mail(self.email, "admitted", {"path": reverse("team_list")})


class TeamQuerySet(models.QuerySet):
    def open(self):
        return self.filter(closed_at__isnull=True)

    def of(self, user):
        """Groups that the person is a member of: the door to a group's own pages, where staff have no place."""
        if not user.is_authenticated or not user.is_admitted:
            return self.none()
        return self.filter(memberships__user=user)

    def visible_to(self, user):
        """A member: own groups. Staff: groups in the counties they handle. Others: none."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        if user.is_staff:
            return self.filter(municipality__county__in=user.reach())
        return self.of(user)


class OncePerKey(models.Model):
    """A row that a public form writes once, however often and from however many places it is sent.

    `key` is made by the server when the form is shown; see `metodstod.forms.KeyedForm`.
    """

    key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)

    class Meta:
        abstract = True


class Team(OncePerKey):
    """A work group (arbetsgrupp) that goes through the three steps together."""

    class Organisation(models.TextChoices):
        SOCIAL_SERVICES = "social_services", "Socialtjänst i kommunen"
        OTHER_MUNICIPAL = "other_municipal", "Annan kommunal verksamhet"
        HEALTH_CARE = "health_care", "Hälso- och sjukvård"
        CIVIL_SOCIETY = "civil_society", "Ideell organisation"
        OTHER = "other", "Annan verksamhet"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField("arbetsgruppens namn", max_length=120)
    municipality = models.ForeignKey(
        Municipality, models.PROTECT, related_name="teams", verbose_name="kommun"
    )
    workplace = models.CharField("arbetsplats", max_length=120)
    field_of_work = models.ForeignKey(
        FieldOfWork,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="teams",
        verbose_name="verksamhetsområde",
    )
    organisation = models.CharField(
        "typ av verksamhet",
        max_length=20,
        choices=Organisation.choices,
        default=Organisation.SOCIAL_SERVICES,
    )
    created_at = models.DateTimeField("skapad", auto_now_add=True)
    created_by = models.ForeignKey(
        User, models.SET_NULL, null=True, related_name="+", verbose_name="skapad av"
    )
    closed_at = models.DateTimeField("avslutad", null=True, blank=True, editable=False)
    closed_by = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name="avslutad av",
    )

    objects = TeamQuerySet.as_manager()

    class Meta:
        verbose_name = "arbetsgrupp"
        verbose_name_plural = "arbetsgrupper"
        ordering = ["name", "id"]
        constraints = [who_and_when("closed_by", "closed_at", name="team_closed_who_and_when")]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("team_detail", args=[self.pk])

    @property
    def is_open(self):
        return self.closed_at is None

    def contact(self):
        """Return the member whom the authority writes to."""
        return User.objects.filter(memberships__team=self, memberships__is_contact=True).first()

    def hold(self):
        """Keep others from changing the group, its members and invitations until the transaction ends.

        SQLite needs nothing more than the transaction: there, one writes at a time.
        """
        return Team.objects.select_for_update().get(pk=self.pk)

    @transaction.atomic
    def join(self, user):
        """Make the person a member; the first one becomes the group's contact. Doing it twice is harmless."""
        self.hold()
        return self._add(user)

    def _add(self, user):
        Membership.objects.bulk_create(
            [Membership(team=self, user=user, is_contact=not self.memberships.exists())],
            ignore_conflicts=True,
        )
        return self.memberships.get(user=user)

    @transaction.atomic
    def invite(self, email, *, by, key):
        """Invite a colleague by address, and mail them once.

        An address that already waits, or a form sent again, leads to the invitation there is. Raises
        `TooManyInvitations` beyond 20 waiting or 40 in a day.
        """
        from .forms import write_once
        from .mail import queue_mail

        if not self.hold().is_open:
            raise PermissionDenied("Arbetsgruppen är avslutad.")
        email = email.lower()
        same = self.invitations.filter(Q(key=key) | Q(email=email, answered_at__isnull=True)).first()
        if same:
            return same
        today = self.invitations.filter(invited_at__gt=timezone.now() - timedelta(days=1))
        if (
            self.invitations.waiting().count() >= MOST_INVITATIONS_WAITING
            or today.count() >= MOST_INVITATIONS_A_DAY
        ):
            raise TooManyInvitations
        invitation, is_new = write_once(Invitation(team=self, email=email, invited_by=by, key=key))
        if not is_new:
            raise PermissionDenied("Formuläret hör till en annan arbetsgrupp.")
        queue_mail(email, "invitation", {"path": reverse("team_list"), "team": self, "by": by})
        return invitation

    @transaction.atomic
    def close(self, *, by):
        """End the group's work; what it wrote stays readable to it, and nothing new can be written."""
        Team.objects.filter(pk=self.pk, closed_at__isnull=True).update(closed_at=timezone.now(), closed_by=by)
        self.refresh_from_db()


class SomeoneWasFirst(Exception):
    """The group has changed since the page was shown, and what was asked for no longer makes sense."""


class TooManyInvitations(Exception):
    """The group has as many invitations out as it may have."""


class Membership(models.Model):
    """A person's place in a work group. Exactly one member is its contact (kontaktperson)."""

    team = models.ForeignKey(Team, models.CASCADE, related_name="memberships", verbose_name="arbetsgrupp")
    user = models.ForeignKey(User, models.PROTECT, related_name="memberships", verbose_name="person")
    is_contact = models.BooleanField("kontaktperson", default=False)
    joined_at = models.DateTimeField("medlem sedan", auto_now_add=True)

    class Meta:
        verbose_name = "medlemskap"
        verbose_name_plural = "medlemskap"
        ordering = ["joined_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["team", "user"],
                name="membership_once",
                violation_error_message="Personen är redan med i arbetsgruppen.",
            ),
            models.UniqueConstraint(
                fields=["team"],
                condition=Q(is_contact=True),
                name="membership_one_contact",
                violation_error_message="Arbetsgruppen har redan en kontaktperson.",
            ),
        ]

    def __str__(self):
        return f"{self.user} i {self.team}"

    @transaction.atomic
    def hand_over_to(self, other):
        """Give the contact's place to another member of the same group. Doing it twice is harmless.

        Raises `SomeoneWasFirst` when either has lost the place that the act needs.
        """
        if other.team_id != self.team_id:
            raise PermissionDenied("Bara inom samma grupp.")
        self.team.hold()
        contact = Membership.objects.filter(team=self.team_id, is_contact=True).first()
        if contact == other:
            return
        if contact != self or not Membership.objects.filter(pk=other.pk).exists():
            raise SomeoneWasFirst
        Membership.objects.filter(pk=self.pk).update(is_contact=False)
        Membership.objects.filter(pk=other.pk).update(is_contact=True)

    @transaction.atomic
    def leave(self):
        """Give up the place. The contact cannot: the place is first handed over, or the group closed."""
        self.team.hold()
        current = Membership.objects.filter(pk=self.pk).first()
        if current and current.is_contact:
            raise SomeoneWasFirst
        if current:
            current.delete()


class InvitationQuerySet(models.QuerySet):
    def waiting(self):
        return self.filter(answered_at__isnull=True, team__closed_at__isnull=True)

    def to(self, user):
        """Invitations to the address that the person has proved by a code."""
        return self.filter(email=user.email) if user.is_authenticated else self.none()


class Invitation(OncePerKey):
    """A member's invitation of a colleague; whoever can read mail at the address may accept it.

    One that is withdrawn counts as declined.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    team = models.ForeignKey(Team, models.CASCADE, related_name="invitations", verbose_name="arbetsgrupp")
    email = models.EmailField("e-post")
    invited_by = models.ForeignKey(
        User, models.SET_NULL, null=True, related_name="+", verbose_name="inbjuden av"
    )
    invited_at = models.DateTimeField("inbjuden", auto_now_add=True)
    answered_at = models.DateTimeField("besvarad", null=True, blank=True, editable=False)
    accepted = models.BooleanField("accepterad", null=True, editable=False)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = "inbjudan"
        verbose_name_plural = "inbjudningar"
        ordering = ["-invited_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(answered_at__isnull=True, accepted__isnull=True)
                | Q(answered_at__isnull=False, accepted__isnull=False),
                name="invitation_answer_has_when",
            ),
            models.CheckConstraint(
                condition=Q(email=Lower("email")),
                name="invitation_email_lower_case",
                violation_error_message="Skriv adressen med små bokstäver.",
            ),
            models.UniqueConstraint(
                fields=["team", "email"],
                condition=Q(answered_at__isnull=True),
                name="invitation_one_waiting",
                violation_error_message="Adressen är redan inbjuden.",
            ),
        ]

    def __str__(self):
        return f"{self.email} till {self.team}"

    def _end(self, *, accepted):
        """Note the first answer, and say whether this was it."""
        return bool(
            Invitation.objects.filter(
                pk=self.pk, answered_at__isnull=True, team__closed_at__isnull=True
            ).update(answered_at=timezone.now(), accepted=accepted)
        )

    @transaction.atomic
    def answer(self, user, *, accept):
        """Accept or decline as the invited person; only the first answer counts."""
        if user.email != self.email or (accept and not user.is_admitted):
            raise PermissionDenied("Inbjudan gäller en annan adress.")
        self.team.hold()
        if changed := self._end(accepted=accept):
            if accept:
                self.team._add(user)
            self.refresh_from_db()
        return changed

    @transaction.atomic
    def withdraw(self):
        """Take the invitation back, unless it has been answered."""
        self.team.hold()
        self._end(accepted=False)


class Mail(models.Model):
    """A mail the portal has promised to send: queued with the act that causes it, kept as proof.

    `message_id` stays the same through every attempt, so that a mail sent twice is seen as one.
    The body of a secret mail (a code, a link that acts) is emptied once it has been delivered.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    to = models.EmailField("till")
    subject = models.CharField("ämne", max_length=200)
    body = models.TextField("text", blank=True)
    calendar = models.TextField("kalenderfil", blank=True)
    calendar_method = models.CharField("kalendermetod", max_length=10, blank=True)
    purpose = models.CharField("ärende", max_length=40)
    secret = models.BooleanField("hemlig", default=False)
    message_id = models.CharField(max_length=120, unique=True, editable=False)
    created_at = models.DateTimeField("skapat", default=timezone.now)
    leased_until = models.DateTimeField(null=True, blank=True, editable=False)
    delivered_at = models.DateTimeField("levererat", null=True, blank=True)
    attempts = models.PositiveIntegerField("försök", default=0)
    last_error = models.CharField("senaste fel", max_length=200, blank=True)

    class Meta:
        verbose_name = "brev"
        verbose_name_plural = "brev"
        ordering = ["-created_at", "-pk"]

    def __str__(self):
        return f"{self.subject} till {self.to}"


class AccessLog(models.Model):
    """Who read or exported what. Rows are only ever added."""

    class Action(models.TextChoices):
        READ = "read", "läste"
        EXPORTED = "exported", "exporterade"
        CHANGED = "changed", "ändrade"

    at = models.DateTimeField("tid", default=timezone.now, db_index=True)
    who = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name="vem")
    action = models.CharField("vad", max_length=10, choices=Action.choices)
    kind = models.CharField("sort", max_length=40)
    reference = models.CharField("referens", max_length=40)
    county = models.ForeignKey(
        County, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="län"
    )

    class Meta:
        verbose_name = "läsning"
        verbose_name_plural = "åtkomstlogg"
        ordering = ["-at", "-pk"]

    def __str__(self):
        return f"{self.who} {self.get_action_display()} {self.kind} {self.reference}"

    @classmethod
    def record(cls, who, action, thing, *, reference, county=None):
        """Note that a person read, exported or changed `thing`."""
        return cls.objects.create(
            who=who, action=action, kind=thing._meta.verbose_name, reference=reference, county=county
        )


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
