"""What the authority answers a group."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone

from metodstod.models import County, OncePerKey, User

from .submissions import Submission

REPLY_LENGTH = 4000


class ReplyTemplateQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Staff: their counties' own templates and those that all counties share. Others: none."""
        if not user.is_authenticated or not user.is_staff:
            return self.none()
        return self.filter(Q(county__isnull=True) | Q(county__in=user.reach()))

    def get_by_natural_key(self, name):
        """Find a template that all counties share."""
        return self.get(name=name, county__isnull=True)


class ReplyTemplate(models.Model):
    """A beginning for a reply, which the coordinator goes on writing."""

    name = models.CharField("namn", max_length=80)
    text = models.TextField("text", max_length=REPLY_LENGTH)
    county = models.ForeignKey(
        County,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="län",
        help_text="Tomt: mallen används i alla län.",
    )

    objects = ReplyTemplateQuerySet.as_manager()

    class Meta:
        verbose_name = "svarsmall"
        verbose_name_plural = "svarsmallar"
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["name", "county"],
                name="reply_template_name_once",
                violation_error_message="Länet har redan en mall med det namnet.",
            ),
            models.UniqueConstraint(
                fields=["name"],
                condition=Q(county__isnull=True),
                name="reply_template_shared_name_once",
                violation_error_message="Det finns redan en gemensam mall med det namnet.",
            ),
        ]

    def __str__(self):
        return self.name

    def natural_key(self):
        return (self.name,)


class Reply(OncePerKey):
    """What the authority has answered a group: it stands on the group's receipt page."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    submission = models.ForeignKey(
        Submission, models.CASCADE, related_name="replies", verbose_name="inskickad återkoppling"
    )
    text = models.TextField("svar till arbetsgruppen", max_length=REPLY_LENGTH)
    at = models.DateTimeField("tid", default=timezone.now)
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name="vem")

    class Meta:
        verbose_name = "svar till arbetsgrupp"
        verbose_name_plural = "svar till arbetsgrupper"
        ordering = ["at", "pk"]

    def __str__(self):
        return f"Svar på {self.submission.reference}"
