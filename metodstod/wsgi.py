"""The WSGI application that gunicorn serves."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "metodstod.settings")

django = get_wsgi_application()

from .kept import KeptPages  # noqa: E402 (not before Django has been set up)

application = KeptPages(django)
