"""Log in a coordinator of all counties and one of Halland, second factor passed, in the database that the environment names.

Prints their sessions.
"""

import os
import sys
import time

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "metodstod.settings"
django.setup()

from allauth.account.internal.flows import login  # noqa: E402

from metodstod.models import County  # noqa: E402
from metodstod.sessions import SessionStore  # noqa: E402
from tests.factories import make_staff  # noqa: E402


def logged_in(address, counties):
    member = make_staff(f"{address}@lansstyrelsen.example.se", counties=counties, role="samordnare")
    session = SessionStore()
    session["_auth_user_id"] = str(member.pk)
    session["_auth_user_backend"] = "metodstod.roles.Roles"
    session["_auth_user_hash"] = member.get_session_auth_hash()
    session[login.AUTHENTICATION_METHODS_SESSION_KEY] = [{"method": "mfa", "at": time.time(), "type": "totp"}]
    session[login._AUTHENTICATION_METHODS_USER_SESSION_KEY] = str(member.pk)
    session.save()
    return session.session_key


everywhere = logged_in("bench.alla", list(County.objects.all()))
halland = logged_in("bench.halland", [County.objects.get(code="13")])
sys.stdout.write(f"{everywhere} {halland}\n")
