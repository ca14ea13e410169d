"""Let so many groups ask for a consultation, and one coordinator publish one time, in the database that the environment names.

Prints the sessions and addresses of those who will choose it, as JSON.
"""

import json
import os
import sys

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "metodstod.settings"
django.setup()

from django.db import transaction  # noqa: E402
from django.urls import reverse  # noqa: E402

from metodstod.models import County, Municipality, TargetGroup, User  # noqa: E402
from metodstod.sessions import SessionStore  # noqa: E402
from tests.factories import make_bookable, make_consultation, make_staff, make_team  # noqa: E402


def asking(number):
    municipality = Municipality.objects.get(code="1380")
    member = User.objects.create_user(
        f"bokar.{os.getpid()}.{number}@halmstad.example.se", name="Bokande Person", municipality=municipality
    )
    team = make_team(member, municipality=municipality, name=f"Bokande grupp {number}")
    asked = make_consultation(team, by=member, target_groups=[TargetGroup.objects.first()])
    session = SessionStore()
    session["_auth_user_id"] = str(member.pk)
    session["_auth_user_backend"] = "metodstod.roles.Roles"
    session["_auth_user_hash"] = member.get_session_auth_hash()
    session.save()
    return {
        "session": session.session_key,
        "path": reverse("consultations:choose", args=[asked.reference]),
    }


with transaction.atomic():
    coordinator = make_staff(
        f"bench.tid.{os.getpid()}@lansstyrelsen.example.se",
        counties=[County.objects.get(code="13")],
        role="samordnare",
    )
    make_bookable(coordinator)
    groups = [asking(number) for number in range(int(sys.argv[1]))]
sys.stdout.write(json.dumps(groups) + "\n")
