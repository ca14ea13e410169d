"""Operations for migrations that let readers and writers go on meanwhile, on PostgreSQL as on SQLite.

A migration that uses them says `atomic = False`: each takes its locks for a moment only, and more than one transaction.
What is allowed in a migration, and why, is in docs/upgrade.md; `faults` holds new ones to it.
"""

from django.contrib.postgres import operations as postgresql
from django.db import migrations, transaction
from django.db.models import CheckConstraint


class AddIndexMeanwhile(migrations.AddIndex):
    """Build an index beside the table's life. Broken off, it leaves an index that is not valid: drop it and run again."""

    atomic = False

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        act = super()
        if schema_editor.connection.vendor == "postgresql":
            act = postgresql.AddIndexConcurrently(self.model_name, self.index)
        act.database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        act = super()
        if schema_editor.connection.vendor == "postgresql":
            act = postgresql.AddIndexConcurrently(self.model_name, self.index)
        act.database_backwards(app_label, schema_editor, from_state, to_state)


class AddCheckMeanwhile(migrations.AddConstraint):
    """Add a check that new rows must meet at once, and only then look through those that are there."""

    atomic = False

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        with transaction.atomic(schema_editor.connection.alias):
            super().database_backwards(app_label, schema_editor, from_state, to_state)

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        if schema_editor.connection.vendor != "postgresql":
            # SQLite writes the table anew. In a transaction, so that no reader meets a moment without it.
            with transaction.atomic(schema_editor.connection.alias):
                super().database_forwards(app_label, schema_editor, from_state, to_state)
            return
        begun = postgresql.AddConstraintNotValid(self.model_name, self.constraint)
        begun.database_forwards(app_label, schema_editor, from_state, to_state)
        ended = postgresql.ValidateConstraint(self.model_name, self.constraint.name)
        ended.database_forwards(app_label, schema_editor, to_state, to_state)


def faults(migration):
    """Return what in a migration would keep people waiting or break the release that still runs, in words.

    A migration whose author has thought about it says so: `may_lock = "why that is well"`.
    """
    if getattr(migration, "may_lock", ""):
        return []
    new = {
        operation.name_lower
        for operation in migration.operations
        if isinstance(operation, migrations.CreateModel)
    }
    found = []
    for operation in migration.operations:
        table = getattr(operation, "model_name_lower", None)
        if table in new and table is not None:
            continue  # Nobody reads a table that is not there yet.
        if reason := fault(operation):
            found.append(f"{operation.describe()}: {reason}")
        if isinstance(operation, (AddIndexMeanwhile, AddCheckMeanwhile)) and migration.atomic:
            found.append(f"{operation.describe()}: the migration must say atomic = False")
    return found


def fault(operation):
    """Return why an operation on a table in use is not let through, or None."""
    match operation:
        case AddIndexMeanwhile() | AddCheckMeanwhile():
            return None
        case migrations.AddIndex():
            return "writers wait while it is built; use AddIndexMeanwhile"
        case migrations.AddConstraint() if isinstance(operation.constraint, CheckConstraint):
            return "everyone waits while every row is looked at; use AddCheckMeanwhile"
        case migrations.AddConstraint():
            return "everyone waits while its index is built"
        case migrations.AddField():
            return field_fault(operation.field)
        case migrations.AlterField():
            return "the table may be written anew, and everyone waits"
        case migrations.RemoveField() | migrations.DeleteModel():
            return "the release that still runs asks for it; first a release without it"
        case migrations.RenameField() | migrations.RenameModel() | migrations.AlterModelTable():
            return "the release that still runs asks for the old name"
        case migrations.RunPython() | migrations.RunSQL() if not operation.reversible:
            return "it cannot be undone"
    return None


def field_fault(field):
    if field.many_to_many or field.null or field.has_db_default():
        index = not field.many_to_many and (field.db_index or field.unique)
        return "writers wait while its index is built; add the index by AddIndexMeanwhile" if index else None
    return "the release that still runs does not fill it in; null=True or db_default"
