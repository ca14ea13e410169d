"""The product's own settings as production has them, with what a test must have otherwise.

The environment is set before the product's settings read it, so that a developer's `.env` does not reach the tests.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

# Gone when the process ends; one for each process, so that several can run beside one another.
directory = tempfile.mkdtemp(prefix="metodstod-test-")
atexit.register(shutil.rmtree, directory, ignore_errors=True)

os.environ.update(
    {
        "DEMO": "0",
        "DEBUG": "0",
        "HTTPS": "0",  # The test client and the test's own browser speak plain HTTP.
        "SECRET_KEY": "for-tests-only-nothing-outside-them-is-signed-with-it-0123456789",
        "ALLOWED_HOSTS": "testserver,localhost,127.0.0.1",
        "SITE_URL": "http://testserver",
        "VAR_DIR": directory,
    }
)
os.environ.setdefault("DATABASE_URL", f"sqlite:///{directory}/metodstod.sqlite3")

from metodstod.settings import *  # noqa: E402, F403
from metodstod.settings import DATABASES, INSTALLED_APPS, MIDDLEWARE, STORAGES, TEMPLATES  # noqa: E402
from tests.strict_templates import RaiseInOurTemplates  # noqa: E402

# SQLite in a file, as it is run: in memory all threads would share one connection, and no lock would be tried.
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["TEST"] = {"NAME": str(Path(directory) / "test.sqlite3")}
    # The machine is not going to lose its power in the middle of a test.
    DATABASES["default"]["OPTIONS"]["init_command"] += "PRAGMA synchronous=OFF;"
    # Fifty threads in one process, on a machine that does other things too: all wait for their turn.
    DATABASES["default"]["OPTIONS"]["timeout"] = 60
else:
    # Likewise for a connection: production has eight threads, and a pool for as many.
    DATABASES["default"]["OPTIONS"]["pool"]["timeout"] = 60

# Static files straight from where they lie; their hashed names are tried where the demo is started for real.
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True

# A page that asks the database the same thing once a row fails.
INSTALLED_APPS.append("zeal")
MIDDLEWARE.insert(0, "zeal.middleware.zeal_middleware")
ZEAL_RAISE = True
# Django itself reads the session once more to end it.
ZEAL_ALLOWLIST = [{"model": "metodstod.Session", "field": "get()"}]

# A page that shows a variable which is not there fails.
TEMPLATES[0]["OPTIONS"]["string_if_invalid"] = RaiseInOurTemplates()
