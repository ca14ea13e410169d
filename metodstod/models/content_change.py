"""That content has changed: what tells every process that the pages it keeps are old."""

from django.db import connections, models, router


class ContentChange(models.Model):
    """A change of what public pages show. The database adds a row in the transaction that makes the change.

    Rows are only added, never counted up: two editors who save at once do not wait for each other.
    """

    class Meta:
        verbose_name = "ändring av innehåll"
        verbose_name_plural = "ändringar av innehåll"

    def __str__(self):
        return str(self.pk)

    @classmethod
    def version(cls):
        """Return what is another value after each change that has been committed."""
        # By hand: every search asks it, and to put it together takes Django three times as long as to have it answered.
        with connections[router.db_for_read(cls)].cursor() as cursor:
            cursor.execute('SELECT count(*), max(id) FROM "metodstod_contentchange"')
            return cursor.fetchone()


def forget_old_changes(*, keep=100):
    """Delete all but the latest rows; return how many. Every process then makes its pages once more."""
    latest = ContentChange.objects.order_by("-pk").values_list("pk", flat=True)[keep : keep + 1].first()
    return ContentChange.objects.filter(pk__lte=latest).delete()[0] if latest else 0
