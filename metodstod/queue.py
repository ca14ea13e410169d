"""Whether the queue worker is alive."""

from django_q.models import OrmQ
from django_q.status import Stat


def queue_is_alive():
    """Whether a queue worker has reported itself in the shared cache within the last seconds."""
    return bool(Stat.get_all())


def queue_length():
    return OrmQ.objects.count()
