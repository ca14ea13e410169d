"""Encrypt the second factors' secrets with the first of ENCRYPTION_KEYS, so that an older key can be taken out of the list."""

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from django.core.management.base import BaseCommand
from django.db import transaction

# Where django-allauth keeps what is encrypted: an app's secret, and what the recovery codes are made from.
SECRETS = ("secret", "seed")


class Command(BaseCommand):
    help = __doc__

    @transaction.atomic
    def handle(self, **options):
        adapter, number = get_adapter(), 0
        for factor in Authenticator.objects.select_for_update().order_by("pk"):
            kept = {name: factor.data[name] for name in SECRETS if factor.data.get(name)}
            if kept:
                factor.data |= {name: adapter.encrypt(adapter.decrypt(text)) for name, text in kept.items()}
                factor.save(update_fields=["data"])
                number += 1
        self.stdout.write(
            f"{number} factors are encrypted with the first key; the others are needed no more."
        )
