"""Make work groups that are ready to send their answers, in the database that the environment names, and print them as JSON.

Run as a program of its own: the tests' own process has another database.
"""

import json
import os
import sys

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "metodstod.settings"
django.setup()

from django.db import transaction  # noqa: E402

from metodstod.models import Municipality, User  # noqa: E402
from metodstod.sessions import SessionStore  # noqa: E402
from tests.factories import make_draft, make_team  # noqa: E402

PLANTED = "Planterad-text om en ung person"


def group(number):
    municipality = Municipality.objects.get(code="1380")
    member = User.objects.create_user(
        f"planterad.{os.getpid()}.{number}@halmstad.example.se",
        name="Planterad Person",
        municipality=municipality,
    )
    team = make_team(member, municipality=municipality, name=f"Planterad grupp {number}")
    draft = make_draft(
        team, *[f"{PLANTED} {number}.{answer} " + "å" * 500 for answer in range(1, 6)], by=member
    )
    session = SessionStore()
    session["_auth_user_id"] = str(member.pk)
    session["_auth_user_backend"] = "metodstod.roles.Roles"
    session["_auth_user_hash"] = member.get_session_auth_hash()
    session.save()
    return {
        "team": str(team.pk),
        "session": session.session_key,
        "key": str(draft.key),
        "versions": draft.versions,
        "email": member.email,
    }


with transaction.atomic():
    groups = [group(number) for number in range(int(sys.argv[1]))]
sys.stdout.write(json.dumps(groups) + "\n")
