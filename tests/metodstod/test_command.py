"""The portal's commands at the server, with a database that is away or has no tables yet."""

import os
import re
import subprocess
import sys

import pytest
from django.conf import settings

COMMANDS = [
    ["create_staff", "karin@lansstyrelsen.example.se", "--role=programledare", "--yes"],
    ["dispose"],
    ["encrypt_anew"],
    ["backup"],
]
KEY = "age1d2kt53hqwgmeunxnxdemm7v5wv5kslel65l9gg2exr903g3h8e5sceyjur"


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("postgres://metodstod@127.0.0.1:1/metodstod", "The database does not answer"),
        ("sqlite:///{}/tom.sqlite3", "The database lacks a table|There is no database"),
    ],
    ids=["away", "empty"],
)
def test_database_that_cannot_be_used_is_told_in_a_sentence(tmp_path, command, address, said):
    environment = os.environ | {
        # The tests' own settings wait a minute for a database.
        "DJANGO_SETTINGS_MODULE": "metodstod.settings",
        "DATABASE_URL": address.format(tmp_path),
        "VAR_DIR": str(tmp_path),
        "BACKUP_RECIPIENTS": KEY,
    }

    done = subprocess.run(
        [sys.executable, "manage.py", *command, "--skip-checks"],
        cwd=settings.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )

    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert re.match(f"CommandError: (?:{said})", done.stderr)
