"""On PostgreSQL each searchable text has its words, reduced to their Swedish stems, in a column that the database keeps.

On SQLite there is nothing to make: there the text itself is looked through.
"""

from django.db import migrations


def create(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            "ALTER TABLE feedback_searchabletext ADD COLUMN vector tsvector"
            " GENERATED ALWAYS AS (to_tsvector('swedish'::regconfig, text)) STORED"
        )
        schema_editor.execute(
            "CREATE INDEX feedback_searchabletext_vector ON feedback_searchabletext USING gin (vector)"
        )


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ALTER TABLE feedback_searchabletext DROP COLUMN vector")


class Migration(migrations.Migration):
    dependencies = [("feedback", "0003_dispose_by_decision_only")]

    operations = [migrations.RunPython(create, drop)]
