"""The database itself refuses to change a row of the access log, and to remove one before its end date.

Refused, with an IntegrityError: every UPDATE; every DELETE of a row younger than five years
(`metodstod.models.AccessLog.KEPT`). On PostgreSQL the portal's own role should also have no right to TRUNCATE the
table and to disable triggers (docs/threats.md).

On SQLite Django remakes a table to alter it, and the triggers go with the old table: a later migration that alters
this table must create them again.
"""

from django.db import migrations

TABLE = "metodstod_accesslog"
CHANGED = "The access log is only added to."
EARLY = "The access log is kept for five years."

ON_SQLITE = (
    f"CREATE TRIGGER {TABLE}_no_change BEFORE UPDATE ON {TABLE} FOR EACH ROW"
    f" BEGIN SELECT RAISE(ABORT, '{CHANGED}'); END",
    f"CREATE TRIGGER {TABLE}_no_early_end BEFORE DELETE ON {TABLE} FOR EACH ROW"
    f" WHEN OLD.at > datetime('now', '-1825 days') BEGIN SELECT RAISE(ABORT, '{EARLY}'); END",
)
ON_POSTGRESQL = (
    f"CREATE FUNCTION {TABLE}_kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
    f" IF TG_OP = 'UPDATE' THEN"
    f" RAISE EXCEPTION '{CHANGED}' USING ERRCODE = 'integrity_constraint_violation'; END IF;"
    f" IF OLD.at > now() - interval '1825 days' THEN"
    f" RAISE EXCEPTION '{EARLY}' USING ERRCODE = 'integrity_constraint_violation'; END IF;"
    f" RETURN OLD; END $$",
    f"CREATE TRIGGER {TABLE}_kept BEFORE UPDATE OR DELETE ON {TABLE}"
    f" FOR EACH ROW EXECUTE FUNCTION {TABLE}_kept()",
)
OFF_SQLITE = (f"DROP TRIGGER {TABLE}_no_change", f"DROP TRIGGER {TABLE}_no_early_end")
OFF_POSTGRESQL = (f"DROP TRIGGER {TABLE}_kept ON {TABLE}", f"DROP FUNCTION {TABLE}_kept()")


def run(statements):
    def run(apps, schema_editor):
        for statement in statements[schema_editor.connection.vendor]:
            schema_editor.execute(statement, params=None)

    return run


class Migration(migrations.Migration):
    dependencies = [("metodstod", "0001_initial")]

    operations = [
        migrations.RunPython(
            run({"sqlite": ON_SQLITE, "postgresql": ON_POSTGRESQL}),
            run({"sqlite": OFF_SQLITE, "postgresql": OFF_POSTGRESQL}),
        )
    ]
