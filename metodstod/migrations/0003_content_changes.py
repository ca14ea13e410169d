"""The database tells, in the same transaction, that what public pages show has changed.

On SQLite Django remakes a table to alter it, and the triggers go with the old table: a later migration that alters one
of these tables must create them again.
"""

from django.db import migrations

# What public pages are made from, the tables between two of them included.
TABLES = (
    "feedback_question",
    "feedback_questionset",
    "lectures_chapter",
    "lectures_cue",
    "lectures_lecture",
    "lectures_lecture_target_groups",
    "lectures_material",
    "lectures_notice",
    "lectures_noticeplace",
    "lectures_provider",
    "metodstod_county",
    "metodstod_fact",
    "metodstod_fieldofwork",
    "metodstod_targetgroup",
)
ACTS = ("INSERT", "UPDATE", "DELETE")
ADD = "INSERT INTO metodstod_contentchange DEFAULT VALUES"
# SQLite takes no DEFAULT VALUES in a trigger; there, no number means the next.
ADD_ON_SQLITE = "INSERT INTO metodstod_contentchange (id) VALUES (NULL)"


def create(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        for table in TABLES:
            for act in ACTS:
                schema_editor.execute(
                    f"CREATE TRIGGER {table}_{act.lower()}_changes_content AFTER {act} ON {table}"
                    f" BEGIN {ADD_ON_SQLITE}; END"
                )
        return
    schema_editor.execute(
        f"CREATE FUNCTION content_changes() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {ADD}; RETURN NULL; END $$"
    )
    for table in TABLES:
        schema_editor.execute(
            f"CREATE TRIGGER {table}_changes_content AFTER {' OR '.join(ACTS)} ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION content_changes()"
        )


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        for table in TABLES:
            for act in ACTS:
                schema_editor.execute(f"DROP TRIGGER {table}_{act.lower()}_changes_content")
        return
    for table in TABLES:
        schema_editor.execute(f"DROP TRIGGER {table}_changes_content ON {table}")
    schema_editor.execute("DROP FUNCTION content_changes()")


class Migration(migrations.Migration):
    dependencies = [
        ("metodstod", "0002_access_log_append_only"),
        ("lectures", "0001_initial"),
        ("feedback", "0001_initial"),
        ("consultations", "0001_initial"),
    ]

    operations = [migrations.RunPython(create, drop)]
