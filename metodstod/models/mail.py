"""Mail that is to leave, kept in the transaction of what caused it."""

import uuid

from django.db import models
from django.utils import timezone


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
        # In the list's order, for all of it and narrowed; and what has not gone out, which is asked for each minute.
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="mail_newest"),
            models.Index(fields=["purpose", "-created_at", "-id"], name="mail_purpose_newest"),
            models.Index(
                fields=["-created_at", "-id"],
                condition=models.Q(delivered_at__isnull=True),
                name="mail_waiting",
            ),
        ]

    def __str__(self):
        return f"{self.subject} till {self.to}"
