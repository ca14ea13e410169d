"""New migrations are held to what readers and the running release can bear, and each kind of fault is seen."""

import pytest
from django.db import migrations, models
from django.db.migrations.loader import MigrationLoader

from metodstod.migrating import AddCheckMeanwhile, AddIndexMeanwhile, faults

OURS = {"metodstod", "lectures", "feedback", "consultations"}
INDEX = models.Index(fields=["name"], name="thing_name")
CHECK = models.CheckConstraint(condition=models.Q(size__gt=0), name="thing_size")


def test_every_migration_lets_people_go_on():
    loader = MigrationLoader(None)

    found = {
        f"{app}.{name}": faults(migration)
        for (app, name), migration in loader.disk_migrations.items()
        if app in OURS
    }

    assert {name: wrong for name, wrong in found.items() if wrong} == {}
    assert len(found) >= len(OURS)


def migration(*operations, **attributes):
    made = migrations.Migration("0002_made_up", "metodstod")
    made.operations = list(operations)
    for name, value in attributes.items():
        setattr(made, name, value)
    return made


LOCKING = {
    "an index": migrations.AddIndex("thing", INDEX),
    "a check": migrations.AddConstraint("thing", CHECK),
    "a unique constraint": migrations.AddConstraint(
        "thing", models.UniqueConstraint(fields=["name"], name="thing_once")
    ),
    "a column that must be filled in": migrations.AddField("thing", "size", models.IntegerField(default=0)),
    "a column with an index": migrations.AddField(
        "thing", "name", models.CharField(null=True, db_index=True)
    ),
    "a foreign key": migrations.AddField(
        "thing", "user", models.ForeignKey("metodstod.User", models.PROTECT, null=True)
    ),
    "another type": migrations.AlterField("thing", "size", models.BigIntegerField()),
    "a column gone": migrations.RemoveField("thing", "size"),
    "a table gone": migrations.DeleteModel("thing"),
    "another name": migrations.RenameField("thing", "size", "length"),
    "what cannot be undone": migrations.RunPython(migrations.RunPython.noop),
}


@pytest.mark.parametrize("kind", LOCKING)
def test_fault_is_seen_and_can_be_answered_for(kind):
    operation = LOCKING[kind]

    assert len(faults(migration(operation))) == 1
    assert faults(migration(operation, may_lock="The table has ten rows.")) == []


@pytest.mark.parametrize(
    "operation",
    [
        migrations.AddField("thing", "size", models.IntegerField(null=True)),
        migrations.AddField("thing", "size", models.IntegerField(db_default=0)),
        migrations.RunPython(migrations.RunPython.noop, migrations.RunPython.noop),
        migrations.CreateModel("other", [("id", models.BigAutoField(primary_key=True))]),
    ],
    ids=lambda operation: operation.describe(),
)
def test_what_nobody_notices_is_let_through(operation):
    assert faults(migration(operation)) == []


def test_index_on_a_new_table_is_let_through():
    table = migrations.CreateModel("thing", [("id", models.BigAutoField(primary_key=True))])

    assert faults(migration(table, migrations.AddIndex("thing", INDEX))) == []


@pytest.mark.parametrize("operation", [AddIndexMeanwhile("thing", INDEX), AddCheckMeanwhile("thing", CHECK)])
def test_operation_that_goes_on_meanwhile_needs_a_migration_of_its_own_transactions(operation):
    assert len(faults(migration(operation))) == 1
    assert faults(migration(operation, atomic=False)) == []
