"""How often something has been tried, counted where every process sees it."""

from django.db import models


class TryQuerySet(models.QuerySet):
    def ended(self, now):
        return self.filter(until__lt=now)


class Tried(models.Model):
    """The times, in whole seconds, when one sender or mailbox tried one thing. See `metodstod.limits`."""

    # A digest: whose the tries are is told to nobody who reads the table.
    key = models.CharField(primary_key=True, max_length=64)
    times = models.JSONField("tider", default=list)
    until = models.DateTimeField("glöms", db_index=True)

    objects = TryQuerySet.as_manager()

    class Meta:
        verbose_name = "räknade försök"
        verbose_name_plural = "räknade försök"

    def __str__(self):
        return self.key
