"""Run management commands one after the other: `install.py migrate "collectstatic --no-input"`.

Run as a program of its own: the tests' own process has another database.
"""

import os
import sys

import django
from django.core.management import call_command

os.environ["DJANGO_SETTINGS_MODULE"] = "metodstod.settings"
django.setup()

for command in sys.argv[1:]:
    call_command(*command.split())
