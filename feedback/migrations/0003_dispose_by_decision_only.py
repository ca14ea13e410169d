"""The database itself refuses to delete what was received, unless two people stand behind a decision to dispose of it.

Refused, with an IntegrityError: deleting a submission or an answer that is in no approved disposal, or that is held;
adding to or taking from a disposal that has been approved, and changing its decision; every change of the protocol once
it has been carried out.
"""

from importlib import import_module

from django.db import migrations

dialects = import_module("feedback.migrations.0002_keep_what_was_received").DIALECTS

ALLOWED = (
    "EXISTS (SELECT 1 FROM feedback_disposalitem i JOIN feedback_disposal d ON d.id = i.disposal_id"
    " JOIN feedback_submission s ON s.id = i.received_id"
    " WHERE i.received_id = {key} AND s.held_at IS NULL"
    " AND d.approved_at IS NOT NULL AND d.carried_out_at IS NULL)"
)
OF_A_DISPOSAL = (
    "EXISTS (SELECT 1 FROM feedback_disposal d WHERE d.id = {row}.disposal_id AND d.{when} IS NOT NULL)"
)


def rules(differs):
    """Return each rule: name, table, when, condition, message. `differs` compares two values, NULL as a value."""
    decided = " OR ".join(
        differs(f"OLD.{column}", f"NEW.{column}")
        for column in ("decision", "reason", "county_id", "proposed_by_id")
    )
    moved = " OR ".join(
        differs(f"OLD.{column}", f"NEW.{column}")
        for column in ("disposal_id", "received_id", "reference", "fingerprint")
    )
    return (
        (
            "submission_not_deleted",
            "feedback_submission",
            "DELETE",
            f"NOT {ALLOWED.format(key='OLD.id')}",
            "What was received is disposed of by decision only.",
        ),
        (
            "answer_not_deleted",
            "feedback_answer",
            "DELETE",
            f"NOT {ALLOWED.format(key='OLD.submission_id')}",
            "An answer is disposed of by decision only.",
        ),
        (
            "disposal_kept",
            "feedback_disposal",
            "UPDATE",
            f"OLD.carried_out_at IS NOT NULL OR (OLD.approved_at IS NOT NULL AND ({decided}))",
            "An approved disposal cannot change.",
        ),
        (
            "disposal_not_deleted",
            "feedback_disposal",
            "DELETE",
            "OLD.approved_at IS NOT NULL",
            "An approved disposal cannot be deleted.",
        ),
        (
            "disposal_item_kept",
            "feedback_disposalitem",
            "UPDATE",
            f"{moved} OR {OF_A_DISPOSAL.format(row='OLD', when='carried_out_at')}",
            "A protocol cannot change.",
        ),
        (
            "disposal_item_not_added",
            "feedback_disposalitem",
            "INSERT",
            OF_A_DISPOSAL.format(row="NEW", when="approved_at"),
            "Nothing is added to an approved disposal.",
        ),
        (
            "disposal_item_not_deleted",
            "feedback_disposalitem",
            "DELETE",
            OF_A_DISPOSAL.format(row="OLD", when="approved_at"),
            "Nothing is taken from an approved disposal.",
        ),
    )


def create(apps, schema_editor):
    statements, comparison = dialects[schema_editor.connection.vendor]
    for rule in rules(comparison.format):
        for statement in statements(*rule):
            schema_editor.execute(statement)


def drop(apps, schema_editor):
    vendor = schema_editor.connection.vendor
    for name, table, *_ in rules(dialects[vendor][1].format):
        on = "" if vendor == "sqlite" else f" ON {table}"
        schema_editor.execute(f"DROP TRIGGER feedback_{name}{on}")
        if vendor == "postgresql":
            schema_editor.execute(f"DROP FUNCTION feedback_{name}()")


class Migration(migrations.Migration):
    dependencies = [("feedback", "0002_keep_what_was_received")]

    operations = [migrations.RunPython(create, drop)]
