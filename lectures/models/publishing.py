"""Content that is seen from a time that editors choose, and not before."""

from django.db import models
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.timezone import localtime


class PublishedQuerySet(models.QuerySet):
    def published(self):
        return self.filter(published_at__lte=timezone.now())


class Published(models.Model):
    """A draft has no time; a time to come is a promise that nobody needs to be at work to keep."""

    published_at = models.DateTimeField(
        "publiceras",
        null=True,
        blank=True,
        help_text="Tom: ett utkast som bara ni ser. En tid längre fram: det syns först då. Svensk tid.",
    )

    class Meta:
        abstract = True

    @property
    def is_published(self):
        return self.published_at is not None and self.published_at <= timezone.now()

    @property
    def is_waiting(self):
        """Whether it will be seen at a time that has not come."""
        return self.published_at is not None and self.published_at > timezone.now()

    @property
    def seen_from(self):
        """The time, if there is one, in words: `den 1 december 2027 kl. 08.00`."""
        when = localtime(self.published_at)
        return f"den {date_format(when, 'j F Y')} kl. {when:%H.%M}"
