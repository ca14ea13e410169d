"""What everything is compared with: a Django view that returns a constant page of 12 kB, with the default middleware."""

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.urls import path

PAGE = ("<!doctype html><html lang=sv><title>Jämförelse</title><p>" + "Samma text varje gång. " * 600)[
    :12_000
]


def constant(request):
    return HttpResponse(PAGE)


urlpatterns = [path("", constant)]

settings.configure(
    SECRET_KEY="a-constant-page-signs-nothing-0123456789-0123456789-0123456789",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    # What `django-admin startproject` writes.
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    ],
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "django.contrib.messages",
    ],
)
django.setup()
application = get_wsgi_application()
