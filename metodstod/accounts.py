"""How people get in: a one-time code to the work address, and for staff a second factor."""

import base64
import hashlib

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet
from django.conf import settings


def has_used_second_factor(request):
    """Whether this session was opened with a code by mail and then a second factor."""
    return any(record.get("method") == "mfa" for record in get_authentication_records(request))


class AccountAdapter(DefaultAccountAdapter):
    pass


class MFAAdapter(DefaultMFAAdapter):
    """Keep second-factor secrets encrypted at rest, with a key derived from the portal's secret."""

    def _fernet(self):
        digest = hashlib.sha256(b"mfa:" + settings.SECRET_KEY.encode()).digest()
        return Fernet(base64.urlsafe_b64encode(digest))

    def encrypt(self, text):
        return self._fernet().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text):
        return self._fernet().decrypt(encrypted_text.encode()).decode()
