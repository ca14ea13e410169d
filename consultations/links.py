"""Links that are all the right there is: 128 random bits in the address, kept hashed, with an end date."""

import hashlib
import re
import secrets
from datetime import timedelta

from django.urls import reverse
from django.utils import timezone

from .models import PartnerLink

PARTNER_LIFE = timedelta(days=90)
TOKEN = re.compile(r"[A-Za-z0-9_-]{22}")  # 128 random bits, as `secrets.token_urlsafe(16)` writes them.


def new_token():
    return secrets.token_urlsafe(16)


def digest(token):
    """Return what is stored instead of the token itself."""
    return hashlib.sha256(token.encode()).hexdigest()


def is_token(text):
    """Whether the text can be one: nothing else is looked up."""
    return TOKEN.fullmatch(text) is not None


def new_partner_path(party):
    """Make one more link for the party and return its path, to be mailed at once: it is kept only hashed."""
    token = new_token()
    expires_at = timezone.now() + PARTNER_LIFE
    PartnerLink.objects.create(party=party, token_hash=digest(token), expires_at=expires_at)
    return reverse("consultations:partner", args=[token])
