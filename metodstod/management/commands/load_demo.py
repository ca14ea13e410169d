"""The demo's invented people and work groups, all under example.se."""

import json

from django.conf import settings
from django.contrib.auth.models import Group
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from consultations.demo import fill as fill_consultations
from metodstod.models import County, EmailDomain, FieldOfWork, Municipality, Team, User


class Command(BaseCommand):
    help = "Load the demo's people and groups. Only in the demo; what has been written there is kept."

    @transaction.atomic
    def handle(self, **options):
        if not settings.DEMO:
            raise CommandError("The demo's people are loaded only with DEMO=1: anyone can log in as them.")
        demo = json.loads((settings.BASE_DIR / "fixtures" / "demo.json").read_text())
        add_domains()
        for person in demo["people"]:
            add_person(**person)
        for person in demo["staff"]:
            add_staff(**person)
        for group in demo["groups"]:
            add_group(**group)
        fill_consultations()


def add_domains():
    """Give each municipality a domain under example.se: `halmstad.se` has `halmstad.example.se`."""
    real = EmailDomain.objects.exclude(name__endswith=".example.se")
    EmailDomain.objects.bulk_create(
        [
            EmailDomain(
                name=f"{domain.name.removesuffix('.se')}.example.se",
                municipality_id=domain.municipality_id,
                reviewed_at=timezone.localdate(),
            )
            for domain in real.filter(name__endswith=".se")
        ],
        ignore_conflicts=True,
    )


def add_person(*, email, **fields):
    if not User.objects.filter(email=email).exists():
        return User.objects.create_user(email, **fields)
    return None


def add_staff(*, role, counties, **fields):
    if person := add_person(is_staff=True, **fields):
        person.groups.set([Group.objects.get(name=role)])
        person.counties.set(County.objects.filter(code__in=counties))


def add_group(*, id, municipality, field_of_work, members, **fields):
    """Form a group with its members in order, the first as contact, unless it has been formed before."""
    people = [User.objects.get(email=email) for email in members]
    team, is_new = Team.objects.get_or_create(
        id=id,
        defaults=fields
        | {
            "municipality": Municipality.objects.get(code=municipality),
            "field_of_work": FieldOfWork.objects.get(slug=field_of_work),
            "created_by": people[0],
        },
    )
    if is_new:
        for person in people:
            team.join(person)
