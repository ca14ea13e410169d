"""The database itself refuses to change what the authority has received, and what it has published.

Refused, with an IntegrityError: every change of a submitted answer; every change of what a submission says about the
group, its time and its reference, and of how it went later (status, assignee, notes, diary number and follow-up are the authority's own work and
may change, and the sender's account may be forgotten); every change of a published question set but its end; every
addition, change or deletion of a published question; a marked passage that does not say of its answer what is so.

The messages hold no typed text. On SQLite Django remakes a table to alter it, and the triggers go with the old table:
a later migration that alters one of these tables must create them again.
"""

from django.db import migrations

# Columns of a submission that are a record of what happened. `submitted_by_id` and `follows_id` may only become empty.
RECORD = (
    "id",
    "key",
    "reference",
    "team_id",
    "municipality_id",
    "team_name",
    "workplace",
    "field_of_work_id",
    "lectures_seen",
    "question_set_id",
    "submitted_at",
    "fingerprint",
)
PUBLISHED = "EXISTS (SELECT 1 FROM feedback_questionset WHERE id = {row}.question_set_id AND published_at IS NOT NULL)"


def rules(differs):
    """Return each rule: name, table, when, condition, message. `differs` compares two values, NULL as a value."""
    changed = " OR ".join(differs(f"OLD.{column}", f"NEW.{column}") for column in RECORD)
    other_sender, other_first = (
        f"(NEW.{column} IS NOT NULL AND {differs(f'OLD.{column}', f'NEW.{column}')})"
        for column in ("submitted_by_id", "follows_id")
    )
    asked = " OR ".join(
        differs(f"OLD.{column}", f"NEW.{column}")
        for column in ("id", "submission_id", "months", "asked_at", "answered_at")
    )
    own = " OR ".join(
        differs(f"OLD.{column}", f"NEW.{column}") for column in ("id", "number", "title", "published_at")
    )
    words = " OR ".join(
        differs(f"OLD.{column}", f"NEW.{column}")
        for column in ("id", "question_set_id", "position", "text", "hint", "same_as_id", "comes_back")
    )
    not_so = (
        "NOT EXISTS (SELECT 1 FROM feedback_answer a JOIN feedback_submission s ON s.id = a.submission_id"
        " WHERE a.id = NEW.answer_id AND a.question_id = NEW.question_id AND s.id = NEW.submission_id"
        " AND s.municipality_id = NEW.municipality_id AND s.submitted_at = NEW.submitted_at"
        f" AND NOT ({differs('s.field_of_work_id', 'NEW.field_of_work_id')}))"
    )
    published = f"({PUBLISHED.format(row='OLD')} OR {PUBLISHED.format(row='NEW')})"
    return (
        ("answer_kept", "feedback_answer", "UPDATE", "", "A submitted answer cannot change."),
        (
            "submission_kept",
            "feedback_submission",
            "UPDATE",
            f"{changed} OR {other_sender} OR {other_first}",
            "What was received cannot change.",
        ),
        (
            "question_set_kept",
            "feedback_questionset",
            "UPDATE",
            f"OLD.published_at IS NOT NULL AND ({own})",
            "A published question set cannot change.",
        ),
        (
            "question_kept",
            "feedback_question",
            "UPDATE",
            f"({words}) AND {published}",
            "A published question cannot change.",
        ),
        (
            "question_not_deleted",
            "feedback_question",
            "DELETE",
            PUBLISHED.format(row="OLD"),
            "A published question cannot be deleted.",
        ),
        (
            "question_not_added",
            "feedback_question",
            "INSERT",
            PUBLISHED.format(row="NEW"),
            "A published question set takes no more questions.",
        ),
        (
            "follow_up_kept",
            "feedback_followup",
            "UPDATE",
            f"OLD.answered_at IS NOT NULL AND ({asked})",
            "An answered follow-up cannot change.",
        ),
        (
            "follow_up_answer_kept",
            "feedback_followupanswer",
            "UPDATE",
            "",
            "An answer to a follow-up cannot change.",
        ),
        *(
            (
                f"passage_so_at_{act.lower()}",
                "feedback_passage",
                act,
                not_so,
                "A passage says what is so of its answer.",
            )
            for act in ("INSERT", "UPDATE")
        ),
    )


def create_on_sqlite(name, table, act, condition, message):
    when = f"WHEN {condition}" if condition else ""
    return [
        f"CREATE TRIGGER feedback_{name} BEFORE {act} ON {table} FOR EACH ROW {when}"
        f" BEGIN SELECT RAISE(ABORT, '{message}'); END"
    ]


def create_on_postgresql(name, table, act, condition, message):
    # A trigger's own WHEN may hold no subquery, so the function asks.
    return [
        f"CREATE FUNCTION feedback_{name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" IF {condition or 'TRUE'} THEN"
        f" RAISE EXCEPTION '{message}' USING ERRCODE = 'integrity_constraint_violation'; END IF;"
        f" RETURN {'OLD' if act == 'DELETE' else 'NEW'}; END $$",
        f"CREATE TRIGGER feedback_{name} BEFORE {act} ON {table}"
        f" FOR EACH ROW EXECUTE FUNCTION feedback_{name}()",
    ]


DIALECTS = {
    "sqlite": (create_on_sqlite, "{} IS NOT {}"),
    "postgresql": (create_on_postgresql, "{} IS DISTINCT FROM {}"),
}


def create(apps, schema_editor):
    statements, comparison = DIALECTS[schema_editor.connection.vendor]
    for rule in rules(comparison.format):
        for statement in statements(*rule):
            schema_editor.execute(statement)


def drop(apps, schema_editor):
    vendor = schema_editor.connection.vendor
    for name, table, *_ in rules(DIALECTS[vendor][1].format):
        on = "" if vendor == "sqlite" else f" ON {table}"
        schema_editor.execute(f"DROP TRIGGER feedback_{name}{on}")
        if vendor == "postgresql":
            schema_editor.execute(f"DROP FUNCTION feedback_{name}()")


class Migration(migrations.Migration):
    dependencies = [("feedback", "0001_initial")]

    operations = [migrations.RunPython(create, drop)]
