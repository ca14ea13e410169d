"""Make a table of mail with many rows in the database that the environment names, change it, and say how long each change took.

Run as a program of its own: `big_table.py fill 1000000`, then `big_table.py change`, which waits for a line before each change.
"""

import json
import os
import sys
import time

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "metodstod.settings"
django.setup()

from django.db import connection, migrations, models  # noqa: E402
from django.db.migrations.state import ModelState, ProjectState  # noqa: E402

from metodstod.migrating import AddCheckMeanwhile, AddIndexMeanwhile  # noqa: E402
from metodstod.models import Mail  # noqa: E402

COLUMNS = 'id, "to", subject, body, calendar, calendar_method, purpose, secret, message_id, created_at, attempts, last_error'
ROW = (
    "'kim@halmstad.example.se', 'Ett brev', {text}, '', '', 'feedback_receipt', {no}, 'm' || n, {now}, 1, ''"
)
ON_POSTGRESQL = f"INSERT INTO metodstod_mail ({COLUMNS}) SELECT gen_random_uuid(), " + (
    ROW.format(text="repeat('En rad text. ', 30)", no="false", now="now()")
    + " FROM generate_series(1, {rows}) n"
)
ON_SQLITE = (
    "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {rows})"
    f" INSERT INTO metodstod_mail ({COLUMNS}) SELECT lower(hex(randomblob(16))), "
    + ROW.format(text="printf('%0390d', n)", no="0", now="'2026-11-24 10:00:00'")
    + " FROM numbers"
)

INDEX = models.Index(fields=["created_at"], name="mail_created")
PLAIN_INDEX = models.Index(fields=["purpose"], name="mail_purpose")
CHECK = models.CheckConstraint(condition=models.Q(attempts__gte=0), name="mail_attempts")
CHANGES = {
    "a column that may be empty": migrations.AddField("mail", "note", models.TextField(null=True)),
    "a column that the database fills in": migrations.AddField(
        "mail", "size", models.IntegerField(db_default=0)
    ),
    "an index, meanwhile": AddIndexMeanwhile("mail", INDEX),
    "a check, meanwhile": AddCheckMeanwhile("mail", CHECK),
    "an index, Django's own": migrations.AddIndex("mail", PLAIN_INDEX),
    "another type": migrations.AlterField("mail", "attempts", models.BigIntegerField(default=0)),
}


def fill(rows):
    with connection.schema_editor() as editor:
        editor.create_model(Mail)
    statement = ON_POSTGRESQL if connection.vendor == "postgresql" else ON_SQLITE
    with connection.cursor() as cursor:
        cursor.execute(statement.format(rows=rows))
        if connection.vendor == "postgresql":
            cursor.execute("VACUUM ANALYZE metodstod_mail")


def change():
    before = ProjectState()
    before.add_model(ModelState.from_model(Mail))
    for name, operation in CHANGES.items():
        sys.stdin.readline()
        after = before.clone()
        operation.state_forwards("metodstod", after)
        started = time.monotonic()
        alone = isinstance(operation, (AddIndexMeanwhile, AddCheckMeanwhile))
        with connection.schema_editor(atomic=not alone) as editor:
            operation.database_forwards("metodstod", editor, before, after)
        tell({"change": name, "seconds": round(time.monotonic() - started, 2)})
        before = after


def tell(what):
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


settings = connection.settings_dict["OPTIONS"]
if settings.pop("pool", None):
    settings["options"] = "-c statement_timeout=0 -c lock_timeout=4s"  # As `manage.py migrate` has them.
if sys.argv[1] == "fill":
    fill(int(sys.argv[2]))
else:
    change()
