"""The web server, the same in the demo and in production; HOST and PORT say where it listens."""

import json
import logging
import os
import re
import sys
from datetime import UTC, datetime
from pathlib import Path

# The parent keeps what it imports when a new version is loaded by HUP, so it imports only this.
sys.path.insert(0, str(Path(__file__).resolve().parent))
from metodstod.counters import requests

bind = f"{os.environ.get('HOST', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"

# Threads: behind eight slow requests a quick one waits hundredths of a second, not seconds.
worker_class = "gthread"
workers = int(os.environ.get("WEB_WORKERS", "2"))
threads = 8

# What is under way when the server is told to stop gets this long to end.
graceful_timeout = 8

# No control socket: it would be written into the home directory, and nothing here uses it.
control_socket_disable = True

# No access log: who read what is nobody's business. Errors go to the standard error stream.
accesslog = None
loglevel = "warning"


class OneJsonLine(logging.Formatter):
    """The server's own lines in the same form as the portal's, without paths and tracebacks: both can bear secrets."""

    def format(self, record):
        message = record.getMessage().partition("\n")[0]
        line = {
            "at": datetime.fromtimestamp(record.created, tz=UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": re.sub(r"request /\S*", "request", message),
        }
        if record.exc_info and record.exc_info[1]:
            line["error"] = type(record.exc_info[1]).__name__
        return json.dumps(line, ensure_ascii=False)


if os.environ.get("LOG_FORMAT", "line" if os.environ.get("DEMO") == "1" else "json") == "json":
    logconfig_dict = {
        "formatters": {"json": {"()": OneJsonLine}},
        "handlers": {"error_console": {"class": "logging.StreamHandler", "formatter": "json"}},
        "root": {"level": "WARNING", "handlers": ["error_console"]},
        "loggers": {
            "gunicorn.error": {"level": "WARNING", "handlers": ["error_console"], "propagate": False},
            "gunicorn.access": {"level": "CRITICAL", "handlers": [], "propagate": False},
        },
    }


def post_fork(server, worker):
    """Let each process count in a row of its own."""
    requests.take_row(worker.age)
