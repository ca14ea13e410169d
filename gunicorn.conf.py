"""The web server, the same in the demo and in production; HOST and PORT say where it listens."""

import os

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
