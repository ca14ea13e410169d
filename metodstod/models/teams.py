"""Work groups, who belongs to them, and who has been invited."""

import uuid
from datetime import timedelta

from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.db.models import Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property

from .keys import OncePerKey
from .people import User
from .places import FieldOfWork, Municipality
from .who_and_when import who_and_when

MOST_INVITATIONS_WAITING = 20
MOST_INVITATIONS_A_DAY = 40


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
            return self.filter(municipality__in=user.place_keys)
        return self.of(user)


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
        # The first page of a list of ten thousand is read, not sorted.
        indexes = [models.Index(fields=["name", "id"], name="team_by_name")]
        constraints = [who_and_when("closed_by", "closed_at", name="team_closed_who_and_when")]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("team_detail", args=[self.pk])

    @property
    def is_open(self):
        return self.closed_at is None

    @cached_property
    def people(self):
        """The members' addresses by their keys, as they were when first asked for."""
        return dict(self.memberships.order_by().values_list("user", "user__email"))

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
        from ..forms import write_once
        from ..mail import queue_mail

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
