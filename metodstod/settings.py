"""Settings, all read from the environment; `.env.example` lists every variable.

Production is the default. `DEMO=1` (set by `make run`) turns on demo people, readable demo mail and
a generated secret, and keeps everything it writes under `VAR_DIR`.
"""

import base64
import binascii
import secrets
from datetime import timedelta
from pathlib import Path

from csp.constants import NONE, SELF
from environs import Env, ValidationError

BASE_DIR = Path(__file__).resolve().parent.parent

env = Env()
env.read_env(str(BASE_DIR / ".env"), recurse=False)

DEMO = env.bool("DEMO", False)
DEBUG = env.bool("DEBUG", False)
VAR_DIR = env.path("VAR_DIR", BASE_DIR / "var")


def long_enough(value):
    if len(value) < 50:
        raise ValidationError("SECRET_KEY must have at least 50 characters.")


def are_keys(values):
    for value in values:
        try:
            length = len(base64.b64decode(value, altchars=b"-_", validate=True))
        except binascii.Error:
            length = 0
        if length != 32:
            raise ValidationError("ENCRYPTION_KEYS must be keys of 32 bytes in base64, with commas between.")


def demo_secret():
    """Return the demo's own secret, made once, so that a restart logs nobody out."""
    path = VAR_DIR / "secret-key"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(secrets.token_urlsafe(50))
        path.chmod(0o600)
    return path.read_text()


if DEMO:
    SECRET_KEY = env.str("SECRET_KEY", "") or demo_secret()
    ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
    database = env.dj_db_url("DATABASE_URL", f"sqlite:///{VAR_DIR / 'metodstod.sqlite3'}")
    SITE_URL = env.str("SITE_URL", f"http://localhost:{env.int('PORT', 8000)}")
else:
    # No defaults: a portal without these must not start.
    SECRET_KEY = env.str("SECRET_KEY", validate=long_enough)
    ALLOWED_HOSTS = env.list("ALLOWED_HOSTS")
    database = env.dj_db_url("DATABASE_URL")
    SITE_URL = env.str("SITE_URL", f"https://{ALLOWED_HOSTS[0]}")

HTTPS = env.bool("HTTPS", not DEMO)

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",  # Its widgets are drawn through our own template engine.
    "metodstod.apps.StaffSiteConfig",
    "metodstod.apps.MetodstodConfig",
    "lectures",
    "feedback",
    "consultations",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "crispy_forms",
    "csp",
    "django_q",
    "simple_history",
]

MIDDLEWARE = [
    "metodstod.logs.RequestLog",
    "metodstod.kept.KeepPages",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "metodstod.middleware.MoreHeaders",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "metodstod.middleware.RefuseBrokenAddress",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.http.ConditionalGetMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "metodstod.sessions.WhoIsLoggedIn",
    "metodstod.sessions.EndIdleSession",
    "metodstod.middleware.ClosedUnlessOpened",
    "metodstod.middleware.Limits",
    "metodstod.middleware.FirstThingsFirst",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
]

ROOT_URLCONF = "metodstod.urls"
WSGI_APPLICATION = "metodstod.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "metodstod.context.site",
            ],
        },
    },
]
FORM_RENDERER = "metodstod.widgets.Renderer"

# Database ------------------------------------------------------------------------------------------

# Whether DATABASE_URL and REPLICA_URL lead to pgbouncer in transaction mode: a session's own settings do not last there.
PGBOUNCER = env.bool("PGBOUNCER", False)

ON_POSTGRESQL = {
    "statement_timeout": "5s",
    "lock_timeout": "4s",
    "idle_in_transaction_session_timeout": "10s",
    # To compile a statement takes longer than any of ours then gains.
    "jit": "off",
    # The disks are not those of the default, where a row out of order costs four.
    "random_page_cost": "1.1",
    # How a search is best made depends on how common its words are.
    "plan_cache_mode": "force_custom_plan",
}


def on_postgresql(database):
    """Return the settings of a PostgreSQL server. What its address itself says goes last: `sslmode`, several hosts."""
    options = {
        "pool": {
            "min_size": 1,
            "max_size": env.int("DATABASE_POOL_SIZE", 10),
            "timeout": 5,
            # Its pauses grow while the server is away; given up early, it begins anew when someone asks.
            "reconnect_timeout": 2,
        },
        # Typed text travels apart from the statement, and so not into the server's error log.
        "server_side_binding": True,
        "connect_timeout": 2,
        "tcp_user_timeout": 4000,
        "keepalives_idle": 10,
        "keepalives_interval": 3,
        "keepalives_count": 3,
    }
    if PGBOUNCER:
        options["prepare_threshold"] = (
            None  # A statement prepared on one connection is not there on the next.
        )
    else:
        # pgbouncer takes no such words; there they are set for the role (docs/scale.md).
        options["options"] = " ".join(f"-c {name}={value}" for name, value in ON_POSTGRESQL.items())
    return database | {
        "ENGINE": "metodstod.postgresql",
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": True,
        "DISABLE_SERVER_SIDE_CURSORS": PGBOUNCER,
        "OPTIONS": options | database.get("OPTIONS", {}),
    }


if database["ENGINE"] == "django.db.backends.sqlite3":
    database["OPTIONS"] = {
        # A write transaction takes its lock at BEGIN, so that a check inside it holds until COMMIT.
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
    }
else:
    database = on_postgresql(database)
DATABASES = {"default": database}
# Public pages and figures are read from here, when it is named (metodstod/replica.py).
if env.str("REPLICA_URL", ""):
    DATABASES["replica"] = on_postgresql(env.dj_db_url("REPLICA_URL")) | {"TEST": {"MIRROR": "default"}}
    DATABASE_ROUTERS = ["metodstod.replica.Router"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# allauth's limits live in the cache; every web process must see the same counts.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "metodstod_cache",
        # Beyond this many, counts are thrown away before their time; a limit must not be lifted by filling the table.
        "OPTIONS": {"MAX_ENTRIES": 20_000},
    }
}

# Language and time ---------------------------------------------------------------------------------

LANGUAGE_CODE = "sv"
USE_I18N = True
TIME_ZONE = "Europe/Stockholm"
USE_TZ = True
FORMAT_MODULE_PATH = "metodstod.formats"
# Words for some of Django's own, which are clumsy. Ours are written where they are read, without gettext.
LOCALE_PATHS = [BASE_DIR / "metodstod" / "locale"]

# People --------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "metodstod.User"
AUTHENTICATION_BACKENDS = ["metodstod.roles.Roles"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "team_list"
LOGOUT_REDIRECT_URL = "start"

STAFF_SECOND_FACTOR = env.bool("STAFF_SECOND_FACTOR", not DEMO)

ACCOUNT_ADAPTER = "metodstod.accounts.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"  # The login code proves the address each time.
ACCOUNT_EMAIL_NOTIFICATIONS = False
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_FORMAT = {"numeric": True, "length": 8, "dashed": True}
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 10 * 60  # seconds; every text that tells of it follows
ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS = 5
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
ACCOUNT_LOGIN_TIMEOUT = 60 * 60  # For all the steps together, a code sent again included.
ACCOUNT_FORMS = {
    "request_login_code": "metodstod.accounts.RequestLoginCodeForm",
    "confirm_login_code": "metodstod.accounts.ConfirmLoginCodeForm",
}
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = False
# allauth's own, for the second factor; the portal's are `LIMITS`.
ACCOUNT_RATE_LIMITS = {"login": "300/m/ip", "login_failed": "50/m/ip,5/5m/key"}

# How many tries in how many seconds. A whole municipality may sit behind one address: wide by sender, narrow by mailbox.
LIMITS = {
    "code_by_mailbox": [(5, 15 * 60), (20, 24 * 60 * 60)],
    "code_by_sender": [(100, 60)],
    "code_try": [(5, 15 * 60)],
    "code_try_by_sender": [(100, 60)],
    "form": [(300, 60)],
    "open_form": [(300, 60)],
    "token": [(300, 60)],
}

MFA_ADAPTER = "metodstod.second_factor.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_ISSUER = "Metodstöd"
MFA_TOTP_TOLERANCE = 1  # The code before and the one after too: clocks differ, and typing takes time.
MFA_FORMS = {
    "authenticate": "metodstod.second_factor.AuthenticateForm",
    "reauthenticate": "metodstod.second_factor.ReauthenticateForm",
    "activate_totp": "metodstod.second_factor.ActivateTOTPForm",
    "add_webauthn": "metodstod.second_factor.AddPasskeyForm",
    "authenticate_webauthn": "metodstod.second_factor.AuthenticatePasskeyForm",
    "reauthenticate_webauthn": "metodstod.second_factor.ReauthenticatePasskeyForm",
}
# Fernet keys for what is encrypted at rest; the first encrypts, the others still decrypt.
ENCRYPTION_KEYS = env.list("ENCRYPTION_KEYS", [], validate=are_keys)

# Staff's own sign-on, in the place of a code by mail, when a server is named.
OIDC_SERVER = env.str("OIDC_SERVER", "").rstrip("/")
# Who the server must say that it is, in its own description and in every token.
OIDC_ISSUER = env.str("OIDC_ISSUER", OIDC_SERVER.partition("/.well-known/")[0])
OIDC_NAME = env.str("OIDC_NAME", "Länsstyrelsens inloggning")
OIDC_EMAIL_DOMAINS = [domain.lower() for domain in env.list("OIDC_EMAIL_DOMAINS", [])]
# Where the sign-on's own page is, if on another host than the server.
OIDC_ORIGINS = env.list("OIDC_ORIGINS", ["/".join(OIDC_SERVER.split("/")[:3])] if OIDC_SERVER else [])
SOCIALACCOUNT_ADAPTER = "metodstod.sign_on.SignOnAdapter"
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "OAUTH_PKCE_ENABLED": True,
        "APPS": [
            {
                "provider_id": "oidc",
                "name": OIDC_NAME,
                "client_id": env.str("OIDC_CLIENT_ID", ""),
                "secret": env.str("OIDC_CLIENT_SECRET", ""),
                "settings": {"server_url": OIDC_SERVER},
            }
        ]
        if OIDC_SERVER
        else [],
    }
}
SOCIALACCOUNT_LOGIN_ON_GET = False
SOCIALACCOUNT_STORE_TOKENS = False

SESSION_ENGINE = "metodstod.sessions"
SESSION_COOKIE_AGE = 12 * 60 * 60  # A working day, however busy.
# A group watches a film of an hour together, and then writes; staff see what others have written.
SESSION_IDLE = timedelta(hours=4)
STAFF_SESSION_IDLE = timedelta(hours=1)
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "metodstod.views.csrf_failure"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# Safety --------------------------------------------------------------------------------------------

SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_NAME = "__Host-session" if HTTPS else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else "csrf"
X_FRAME_OPTIONS = "DENY"
BEHIND_PROXY = env.bool("BEHIND_PROXY", False)
if BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    ALLAUTH_TRUSTED_PROXY_COUNT = 1  # Limits by sender count the sender, not the proxy.

# Where browsers tell that a page broke its policy.
CSP_REPORTS = "/csp-rapport/"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "media-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        # The button to the sign-on is a form that is led on there.
        "form-action": [SELF, *OIDC_ORIGINS],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "report-uri": CSP_REPORTS,
        "report-to": "csp",
    }
}
PERMISSIONS_POLICY = {
    name: []
    for name in (
        "accelerometer",
        "camera",
        "display-capture",
        "geolocation",
        "gyroscope",
        "microphone",
        "midi",
        "payment",
        "usb",
    )
}

DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500
FILE_UPLOAD_PERMISSIONS = 0o640

# Files ---------------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = VAR_DIR / "media"
# An hour of film at a resolution one reads slides in is some 500 MB. The proxy's own limit is in deploy/nginx.conf.
LARGEST_FILM = env.int("LARGEST_FILM", 2 * 1024**3)
LARGEST_FILE = 50 * 1024**2  # Of all other kinds.
# ClamAV's clamd, asked about each file: its socket's path, or host:port. Empty: nobody is asked.
CLAMD = env.str("CLAMD", "")
FILE_UPLOAD_HANDLERS = [
    "lectures.uploading.LimitedUpload",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "lectures.uploading.StreamedUpload",
]
# On the same disk as the files themselves, so that what is taken is moved there in one step.
UPLOAD_DIR = VAR_DIR / "uploads"
# Where the proxy has MEDIA_ROOT to itself (deploy/nginx.conf: /filer/). Empty: the web server sends the files.
FILES_FROM_PROXY = env.str("FILES_FROM_PROXY", "")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_ALLOW_ALL_ORIGINS = False
FIXTURE_DIRS = [BASE_DIR / "fixtures"]

CRISPY_ALLOWED_TEMPLATE_PACKS = "govuk"
CRISPY_TEMPLATE_PACK = "govuk"
CRISPY_FAIL_SILENTLY = False

# Backup (`manage.py backup`): where to, and the public keys (age1…) that can open it.
BACKUP_DIR = env.path("BACKUP_DIR", VAR_DIR / "backup")
BACKUP_RECIPIENTS = env.list("BACKUP_RECIPIENTS", [])

# Mail and queue ------------------------------------------------------------------------------------

DEMO_MAIL_DIR = VAR_DIR / "mail"
if DEMO:
    # Mail never leaves the machine; it is read at /demo/post/.
    EMAIL_BACKEND = "metodstod.demo.MailboxBackend"
else:
    EMAIL_BACKEND = env.str("EMAIL_BACKEND", "django.core.mail.backends.smtp.EmailBackend")
EMAIL_HOST = env.str("EMAIL_HOST", "localhost")
EMAIL_PORT = env.int("EMAIL_PORT", 25)
EMAIL_HOST_USER = env.str("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = env.str("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = env.bool("EMAIL_USE_TLS", False)
EMAIL_TIMEOUT = env.int("EMAIL_TIMEOUT", 20)  # seconds; less than the queue gives a task
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "Metodstöd <metodstod@example.se>")

Q_CLUSTER = {
    "name": "metodstod",
    "orm": "default",
    "workers": env.int("QUEUE_WORKERS", 1),
    "poll": 0.5,
    "timeout": 60,
    "retry": 90,
    "ack_failures": False,
    "max_attempts": 0,  # A mail is retried until it is delivered.
    "save_limit": 1000,
    "catch_up": False,
    "label": "kö",
}

# The portal's own facts ----------------------------------------------------------------------------

LEAVE_URL = env.str("LEAVE_URL", "https://www.smhi.se/")
SECURITY_CONTACT = env.str("SECURITY_CONTACT", "mailto:sakerhet@example.se")
SUPERVISOR_NAME = env.str("SUPERVISOR_NAME", "Myndigheten för digital förvaltning")
SUPERVISOR_URL = env.str("SUPERVISOR_URL", "https://www.digg.se/tdosanmalan")

# What is measured is told at /metrics to whoever bears this; without it there is no such page.
METRICS_TOKEN = env.str("METRICS_TOKEN", "")

LOG_FORMAT = env.str("LOG_FORMAT", "line" if DEMO else "json")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"one_line": {"()": "metodstod.logs.OneLine"}},
    "formatters": {
        "json": {"()": "metodstod.logs.JsonFormatter"},
        "line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"},
    },
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT},
        "one_line": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT, "filters": ["one_line"]},
    },
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "django": {"handlers": [], "level": "INFO"},
        # Names paths, and paths bear secrets: `metodstod.request` says the same by route.
        "django.request": {"handlers": ["console"], "level": "CRITICAL", "propagate": False},
        # A refused request is one line: real errors must not drown among hostile ones.
        "django.security": {"handlers": ["one_line"], "level": "WARNING", "propagate": False},
        # A task done is no news; one that failed is.
        "django-q": {"level": "WARNING"},
        # Its warnings name the database's address; what fails is told by the request that failed.
        "psycopg.pool": {"level": "ERROR"},
    },
}
