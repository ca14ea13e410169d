"""Who is logged in, in which browser: Django's own table of sessions, which also knows whose each is."""

from django.contrib.sessions.base_session import AbstractBaseSession, BaseSessionManager
from django.db import models
from django.utils import timezone
from django.utils.crypto import salted_hmac

from .people import User


class SessionQuerySet(models.QuerySet):
    def ended(self):
        return self.filter(expire_date__lt=timezone.now())

    def open(self):
        return self.filter(expire_date__gte=timezone.now())


class SessionManager(BaseSessionManager.from_queryset(SessionQuerySet)):
    def get_queryset(self):
        # Whoever reads a session asks whose it is next.
        return super().get_queryset().select_related("person")


class Session(AbstractBaseSession):
    """What the portal remembers of one browser; `metodstod.sessions` says what that is, and when it ends."""

    # Removed with the person: it is theirs alone, and nobody else has written in it.
    person = models.ForeignKey(
        User, models.CASCADE, null=True, related_name="sessions", verbose_name="vem som är inloggad"
    )

    objects = SessionManager()

    class Meta(AbstractBaseSession.Meta):
        verbose_name = "inloggning"
        verbose_name_plural = "inloggningar"

    @classmethod
    def get_session_store_class(cls):
        from ..sessions import SessionStore

        return SessionStore

    @property
    def handle(self):
        """What a page may call the session; the key itself would let whoever reads the page in."""
        return salted_hmac("session", self.session_key, algorithm="sha256").hexdigest()[:32]
