"""The programme's content and the lists it stands on, from `fixtures/` into the database."""

from django.conf import settings
from django.contrib.auth.models import Group
from django.core import serializers
from django.core.management.base import BaseCommand
from django.db import transaction

from feedback.models import QuestionSet

# In the order in which they lean on one another.
FILES = (
    "counties",
    "municipalities",
    "target_groups",
    "fields_of_work",
    "roles",
    "providers",
    "lectures",
    "notices",
    "material",
    "questions",
    "themes",
    "reply_templates",
    "facts",
)


class Command(BaseCommand):
    help = (
        "Load the programme's content. What is there already is left as staff have made it; "
        "only the roles' permissions follow the release."
    )

    @transaction.atomic
    def handle(self, *, verbosity, **options):
        made = sum(load(name) for name in FILES)
        if verbosity:
            self.stdout.write(f"{made} new rows." if made else "Everything was there already.")


def load(name):
    """Add what is missing of one file, known by its natural key, and return how many rows that was."""
    made, to_publish = 0, []
    text = (settings.BASE_DIR / "fixtures" / f"{name}.json").read_text()
    for row in serializers.deserialize("json", text):
        thing = row.object
        # The deserializer has looked the natural key up: a row that is there bears its primary key.
        if thing.pk is not None:
            if isinstance(thing, Group):
                set_relations(row)
            continue
        if isinstance(thing, QuestionSet):
            # A published set takes no more questions, so it is published when it has them all.
            to_publish.append((thing, thing.published_at))
            thing.published_at = None
        thing.save()
        set_relations(row)
        made += 1
    for question_set, published_at in to_publish:
        QuestionSet.objects.filter(pk=question_set.pk).update(published_at=published_at)
    return made


def set_relations(row):
    for field, values in row.m2m_data.items():
        getattr(row.object, field).set(values)
