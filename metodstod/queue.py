"""Whether the queue worker is alive."""

from django_q.models import OrmQ
from django_q.status import Stat


def queue_is_alive():
    """Whether a queue worker has reported itself in the shared cache within the last seconds."""
    return bool(Stat.get_all())


def queue_has_just_begun():
    """Whether a worker began within the last two minutes: it looks at the clock first when half of one has passed."""
    return any(worker.uptime() < 120 for worker in Stat.get_all())


def queue_length():
    return OrmQ.objects.count()
