"""Who has read or taken out what others have written."""

import logging
from datetime import timedelta
from functools import partial

from django.db import connection, models, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from .people import User
from .places import County
from .teams import Membership, Team

logger = logging.getLogger("metodstod.access")


class AccessLogQuerySet(models.QuerySet):
    def about(self, person):
        """What has been read about the person: their account, and their groups' work since they joined."""
        places = Membership.objects.filter(user=person, team=OuterRef("team"), joined_at__lte=OuterRef("at"))
        return self.filter(Q(about=person) | Exists(places)).exclude(who=person)

    def searched(self, text):
        """Where the reference begins so, or a member of staff with such an address did it.

        To look within the references would be to read them all.
        """
        text = text.strip()
        staff = User.objects.filter(is_staff=True, email__icontains=text).values_list("pk", flat=True)
        begins = Q(reference__startswith=text) | Q(reference__startswith=text.upper())
        return self.filter(begins | Q(who__in=list(staff)))

    def forget_old(self):
        """Remove the rows past their end date. The database refuses to remove a younger one."""
        return self.filter(at__lt=timezone.now() - AccessLog.KEPT).delete()[0]


def forget_old_reading():
    """Keep the access log to its end date; by the clock."""
    AccessLog.objects.forget_old()


class AccessLog(models.Model):
    """Who read, exported or changed what, and whom it was about.

    Rows are only ever added: the database refuses to change one, and to remove one before its end date
    (migration `access_log_append_only`). Each is also written to the log `metodstod.access`, with
    numbers only, so that what the table should hold can be told where the database cannot reach.
    """

    class Action(models.TextChoices):
        READ = "read", "läste"
        EXPORTED = "exported", "exporterade"
        CHANGED = "changed", "ändrade"

    KEPT = timedelta(days=5 * 365)

    at = models.DateTimeField("tid", default=timezone.now)
    # Staff are never removed. Empty when it was done at the server, by a command.
    who = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", db_index=False, verbose_name="vem"
    )
    action = models.CharField("vad", max_length=10, choices=Action.choices)
    kind = models.CharField("sort", max_length=40)
    reference = models.CharField("referens", max_length=40)
    county = models.ForeignKey(
        County,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name="län",
    )
    # The row outlives an account or a group that is removed, and then leads nowhere: a row cannot change.
    about = models.ForeignKey(
        User,
        models.DO_NOTHING,
        null=True,
        blank=True,
        db_constraint=False,
        related_name="+",
        verbose_name="om person",
    )
    team = models.ForeignKey(
        Team,
        models.DO_NOTHING,
        null=True,
        blank=True,
        db_constraint=False,
        related_name="+",
        verbose_name="om arbetsgrupp",
    )

    objects = AccessLogQuerySet.as_manager()

    class Meta:
        verbose_name = "läsning"
        verbose_name_plural = "åtkomstlogg"
        ordering = ["-at", "-pk"]
        # In the list's order, for all of it and for each way to narrow it.
        indexes = [
            models.Index(fields=["-at", "-id"], name="access_newest"),
            models.Index(fields=["who", "-at", "-id"], name="access_who_newest"),
            models.Index(fields=["action", "-at", "-id"], name="access_action_newest"),
            models.Index(fields=["kind", "-at", "-id"], name="access_kind_newest"),
            models.Index(fields=["county", "-at", "-id"], name="access_county_newest"),
            # By how it begins.
            models.Index(fields=["reference"], opclasses=["varchar_pattern_ops"], name="access_reference"),
        ]

    def __str__(self):
        return f"{self.who} {self.get_action_display()} {self.kind} {self.reference}"

    @classmethod
    def record(cls, who, action, thing, *, reference, county=None):
        """Note that a person read, exported or changed `thing`; whom it is about is read from the thing."""
        row = cls.objects.create(
            who=who,
            action=action,
            kind=thing._meta.verbose_name,
            reference=reference,
            county=county,
            about_id=thing.pk if isinstance(thing, User) else None,
            # A model in the place of a row means many rows at once, of which no group is told.
            team_id=thing.pk if isinstance(thing, Team) else cls.team_of(thing),
        )
        transaction.on_commit(partial(row.tell))
        return row

    @classmethod
    def record_groups(cls, who, action, found, *, kind, at):
        """Note what concerns many groups, a row each, in one statement: `found` gives each one's team, county and reference."""
        inner, values = found.values_list("team", "county", "reference").query.sql_with_params()
        with connection.cursor() as cursor:
            cursor.execute(
                f"WITH found (team, county, reference) AS ({inner}) INSERT INTO {cls._meta.db_table}"  # noqa: S608  no typed text
                " (at, who_id, action, kind, team_id, county_id, reference)"
                " SELECT %s, %s, %s, %s, team, county, reference FROM found",
                (*values, connection.ops.adapt_datetimefield_value(at), who.pk, str(action), kind),
            )
            fields = {"rows": cursor.rowcount, "who": who.pk, "act": str(action), "kind": kind}
        transaction.on_commit(partial(logger.info, "noted", extra={"fields": fields}))

    @staticmethod
    def team_of(thing):
        return getattr(thing, "team_id", None) if isinstance(thing, models.Model) else None

    def tell(self):
        """Write the row to the log, by numbers alone."""
        fields = {"row": self.pk, "who": self.who_id, "act": self.action, "kind": self.kind}
        logger.info("noted", extra={"fields": fields})
