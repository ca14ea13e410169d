"""What a session is: whose, when it began and was last used, and when it ends by itself.

It ends after idleness, and when it has lasted a working day. When it was last used is written once a minute at the most.
Of the browser only its name and its computer's kind are kept, so that a person knows their own again; no network address.
"""

import re
import time
from datetime import UTC, datetime
from typing import NamedTuple

from django.conf import settings
from django.contrib.auth import SESSION_KEY, logout
from django.contrib.auth.middleware import AuthenticationMiddleware, get_user
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.utils.functional import SimpleLazyObject

from . import roles
from .models import Session

BEGAN, SEEN, BROWSER = "began", "seen", "browser"
WRITTEN_EVERY = 60  # seconds

# The first that fits: most browsers also say that they are some of those further down.
BROWSERS = (
    ("Edg(e|A|iOS)?/", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/|FxiOS/", "Firefox"),
    ("Chrome/|CriOS/", "Chrome"),
    ("Safari/", "Safari"),
)
COMPUTERS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Macintosh", "Mac"),
    ("CrOS", "Chromebook"),
    ("Linux", "Linux"),
)


class SessionStore(DatabaseStore):
    """Django's own, whose rows also say whose they are."""

    person = None  # Whose the session is, read with it.

    @classmethod
    def get_model_class(cls):
        return Session

    def _get_session_from_db(self):
        session = super()._get_session_from_db()
        self.person = session.person if session else None
        return session

    def create_model_instance(self, data):
        session = super().create_model_instance(data)
        session.person_id = data.get(SESSION_KEY)
        return session


class Login(NamedTuple):
    """A browser in which someone is logged in."""

    session: Session
    browser: str
    began: datetime
    seen: datetime
    is_this: bool


def begin_session(request):
    """Note when, and in what, the session of someone who has just logged in began."""
    request.session[BEGAN] = request.session[SEEN] = int(time.time())
    request.session[BROWSER] = browser(request.headers.get("User-Agent", ""))


def browser(user_agent):
    """Return what a browser is called by people, such as "Firefox på Windows"."""
    name, computer = (
        next((called for pattern, called in known if re.search(pattern, user_agent)), "")
        for known in (BROWSERS, COMPUTERS)
    )
    return " på ".join(part for part in (name or "Okänd webbläsare", computer) if part)


def idle_seconds(user):
    limit = settings.STAFF_SESSION_IDLE if user.is_staff else settings.SESSION_IDLE
    return limit.total_seconds()


def moments(session, user):
    """Return when the session began and was last used, in seconds; one that does not say so, at the last login."""
    first = user.last_login.timestamp() if user.last_login else time.time()
    return session.get(BEGAN, first), session.get(SEEN, first)


def has_ended(session, user):
    began, seen = moments(session, user)
    now = time.time()
    return now - seen > idle_seconds(user) or now - began > settings.SESSION_COOKIE_AGE


def logins(request):
    """Return the browsers in which the person who asks is logged in, this one first and then the latest used."""
    found = []
    for session in Session.objects.open().filter(person=request.user):
        kept = session.get_decoded()
        if kept and not has_ended(kept, request.user):
            began, seen = (datetime.fromtimestamp(moment, UTC) for moment in moments(kept, request.user))
            is_this = session.session_key == request.session.session_key
            found.append(Login(session, kept.get(BROWSER, browser("")), began, seen, is_this))
    return sorted(found, key=lambda login: (login.is_this, login.seen), reverse=True)


class WhoIsLoggedIn(AuthenticationMiddleware):
    """Django's own, with all its rules; the person came with the session, and is not asked for once more."""

    def process_request(self, request):
        super().process_request(request)
        request.user = SimpleLazyObject(lambda: self.person(request))

    def person(self, request):
        request.session.get(SESSION_KEY)  # Read now, if it has not been.
        with roles.known(request.session.person):
            return get_user(request)


class EndIdleSession:
    """Log out whoever has been away for too long, before it is asked who it is.

    What they send then is handed back, as to anyone who is logged out. Public pages never look at the session.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view_func, view_args, view_kwargs):
        if not getattr(view_func, "login_required", True) or not request.user.is_authenticated:
            return
        user, session = request.user, request.session
        began, seen = moments(session, user)
        if has_ended(session, user):
            logout(request)
        elif time.time() - seen > WRITTEN_EVERY:
            session[SEEN] = int(time.time())
            session.setdefault(BEGAN, int(began))
