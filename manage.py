#!/usr/bin/env python
"""Django's command line for Metodstöd."""

import os
import sys


def main():
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "metodstod.settings")
    from django.core.management import execute_from_command_line
    from environs import EnvError

    try:
        execute_from_command_line(sys.argv)
    except EnvError as error:
        sys.exit(f"{str(error).rstrip('.')}. Every setting is described in .env.example.")


if __name__ == "__main__":
    main()
