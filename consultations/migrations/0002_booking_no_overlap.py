"""One coordinator's offered, held and confirmed times never overlap, buffers included.

PostgreSQL says so by an exclusion constraint. SQLite has none; there the check in `consultations.booking`
stands inside a transaction that took the only write lock at its beginning.
"""

from django.db import migrations


def add(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
        schema_editor.execute(
            """
            ALTER TABLE consultations_booking ADD CONSTRAINT booking_no_overlap
            EXCLUDE USING gist (coordinator_id WITH =, tstzrange(blocked_from, blocked_until) WITH &&)
            WHERE (state IN ('offered', 'held', 'confirmed'))
            """
        )


def remove(apps, schema_editor):
    # The extension stays: another table may have come to lean on it.
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ALTER TABLE consultations_booking DROP CONSTRAINT booking_no_overlap")


class Migration(migrations.Migration):
    dependencies = [("consultations", "0001_initial")]

    operations = [migrations.RunPython(add, remove)]
