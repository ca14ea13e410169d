"""What is looked at by `manage.py doctor`: each finding says what it saw and, when it is not well, what to do.

Every check stands by itself, so that one that fails hides no other.
"""

import os
import socket
import ssl
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import Group
from django.core import checks
from django.core.cache import cache
from django.core.mail import EmailMessage, get_connection
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import FileField
from django.http.request import validate_host
from django.utils import timezone
from django_q.models import Schedule

from . import virus_scanner
from .backup import is_backup
from .mail import REFUSED
from .management.command import fault_of_database
from .management.commands.schedule import BY_THE_CLOCK
from .models import County, Mail, User
from .queue import queue_has_just_begun, queue_is_alive
from .second_factor import unreadable
from .sizes import as_text, free_space

WELL, LOOK, WRONG = "well", "look", "wrong"
ROOM = 2_000_000_000  # bytes: a long film and a day's backup
OLDEST_POSTGRESQL = 150000
CLOCKS_MAY_DIFFER = 2.0  # seconds
BACKUP_EVERY = timedelta(hours=26)  # A night, and the time it takes.
MAIL_MAY_WAIT = timedelta(minutes=15)
CERTIFICATE_LOOK, CERTIFICATE_WRONG = 21, 7  # days left


@dataclass(frozen=True)
class Finding:
    level: str
    saw: str
    do: str = ""


def well(saw):
    return Finding(WELL, saw)


def look(saw, do):
    return Finding(LOOK, saw, do)


def wrong(saw, do):
    return Finding(WRONG, saw, do)


# Settings ------------------------------------------------------------------------------------------


def settings_are_for_production():
    for name in ("DEMO", "DEBUG"):
        if getattr(settings, name):
            yield wrong(
                f"{name} is on.", f"Remove {name} from the environment: it opens the portal to anyone."
            )
    messages = checks.run_checks(include_deployment_checks=True)
    for message in messages:
        if message.level >= checks.WARNING and not message.is_silenced():
            yield wrong(f"{message.id}: {message.msg}", message.hint or "See `manage.py check --deploy`.")
    if not messages:
        yield well("Django's own checks for deployment find nothing.")
    if not settings.STAFF_SECOND_FACTOR:
        yield wrong("Staff get in without a second factor.", "Remove STAFF_SECOND_FACTOR.")
    if settings.HTTPS and not settings.BEHIND_PROXY:
        yield look(
            "BEHIND_PROXY is off.", "Behind nginx, set BEHIND_PROXY=true: limits then count the sender."
        )
    if not settings.METRICS_TOKEN:
        yield look("There is no METRICS_TOKEN.", "Set one, and let Prometheus ask /metrics.")


def addresses_are_our_own():
    site = urlsplit(settings.SITE_URL)
    if "*" in settings.ALLOWED_HOSTS:
        yield wrong("ALLOWED_HOSTS lets any host in.", "Name the hosts that the portal answers to.")
    elif not validate_host(site.hostname or "", settings.ALLOWED_HOSTS):
        yield wrong(
            f"{site.hostname} in SITE_URL is not in ALLOWED_HOSTS.", "Mailed links lead nowhere: add it."
        )
    elif settings.HTTPS and site.scheme != "https":
        yield wrong("SITE_URL is not https.", "Write SITE_URL=https://…, or leave it out.")
    else:
        yield well(f"Mailed links lead to {settings.SITE_URL}.")
    for name in ("DEFAULT_FROM_EMAIL", "SECURITY_CONTACT"):
        if "example.se" in getattr(settings, name):
            yield look(f"{name} is the example's.", f"Set {name} to an address that someone reads.")


# Database ------------------------------------------------------------------------------------------


def database_is_as_it_should():
    connection.ensure_connection()
    known = set(MigrationLoader(None).disk_migrations)
    applied = set(MigrationRecorder(connection).applied_migrations())
    if pending := known - applied:
        yield wrong(f"{len(pending)} migrations wait.", "manage.py migrate")
    elif newer := {key for key in applied - known if key[0] in {app for app, _ in known}}:
        yield look(
            f"The database knows {'.'.join(min(newer))}, which this release does not.", "See docs/upgrade.md."
        )
    else:
        yield well("The database answers, and every migration has been made.")
    if connection.vendor == "sqlite":
        yield look("The database is SQLite.", "It serves one machine. For more than a trial, use PostgreSQL.")
        return
    if connection.pg_version < OLDEST_POSTGRESQL:
        yield wrong(f"PostgreSQL is {connection.pg_version // 10000}.", "15 is the oldest that is tried.")


def database_keeps_what_it_took():
    if connection.vendor == "sqlite":
        return
    setting = postgresql_settings()
    if setting["fsync"] != "on" or setting["full_page_writes"] != "on":
        yield wrong("PostgreSQL does not wait for its disk.", "fsync = on, full_page_writes = on")
    if setting["synchronous_commit"] not in {"on", "remote_apply"}:
        yield wrong(
            f"synchronous_commit is {setting['synchronous_commit']}.",
            "Set it on: acknowledged answers can be lost.",
        )
    elif setting["synchronous_standby_names"]:
        yield well(f"What is acknowledged is on a standby too ({setting['synchronous_standby_names']}).")
    else:
        yield look(
            "No standby has what is acknowledged.", "With a standby, see docs/deploy.md: ANY 1 (a, b)."
        )
    for name in ("log_parameter_max_length", "log_parameter_max_length_on_error"):
        if setting[name] != "0" and (name.endswith("error") or setting["log_statement"] != "none"):
            yield wrong(
                f"{name} is {setting[name]}.", f"{name} = 0: what people have written reaches the log."
            )


def postgresql_settings():
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, setting FROM pg_settings")
        return dict(cursor.fetchall())


def clocks_agree():
    if connection.vendor == "sqlite":
        return
    with connection.cursor() as cursor:
        before = timezone.now()
        cursor.execute("SELECT clock_timestamp()")
        theirs = cursor.fetchone()[0]
    apart = abs((theirs - before).total_seconds())
    if apart > CLOCKS_MAY_DIFFER:
        yield wrong(
            f"The database's clock is {apart:.0f} seconds away.",
            "Let both machines follow the same time (NTP).",
        )
    else:
        yield well("The database's clock agrees with this machine's.")


def content_is_loaded():
    if not Group.objects.exists():
        yield wrong("There are no roles.", "manage.py load_content")
    without = [
        str(county) for county in County.objects.participating() if not User.objects.coordinators(county)
    ]
    if not County.objects.participating().exists():
        yield wrong("No county takes part.", "manage.py load_content")
    elif without:
        yield look(
            f"Nobody receives what comes from {', '.join(without)}.",
            "manage.py create_staff … --role samordnare",
        )
    else:
        yield well("Each county that takes part has someone who receives what is sent.")


def second_factors_can_be_read():
    lost = unreadable()
    if lost:
        yield wrong(
            f"No key opens the second factor of {len({factor.user_id for factor in lost})} of staff: they cannot log in.",
            "Put the missing key last in ENCRYPTION_KEYS. If it is lost: manage.py encrypt_anew --forget-unreadable",
        )
    else:
        yield well("The second factors can be read with the keys there are.")


def films_are_there():
    """Look for the file of each row that names one; some hundreds of rows."""
    missing = total = 0
    for model in apps.get_models():
        for field in (field for field in model._meta.concrete_fields if isinstance(field, FileField)):
            names = model._default_manager.exclude(**{field.name: ""}).values_list(field.name, flat=True)
            for name in filter(None, names.iterator()):
                total += 1
                missing += not field.storage.exists(name)
    if missing:
        yield wrong(f"{missing} of {total} films and documents are gone.", "Restore them from a backup.")
    else:
        yield well(f"Every film and document is there ({total}).")


# Queue and mail ------------------------------------------------------------------------------------


def queue_works():
    if queue_is_alive():
        yield well("The queue worker is alive.")
    else:
        yield wrong("No queue worker has reported itself.", "systemctl restart metodstod-queue")
    here = {job.name: job for job in Schedule.objects.all()}
    if missing := sorted(set(BY_THE_CLOCK) - set(here)):
        yield wrong(f"Not in the schedule: {', '.join(missing)}.", "manage.py schedule")
    late = timezone.now() - timedelta(minutes=10)
    if behind := sorted(name for name, job in here.items() if job.next_run and job.next_run < late):
        said = f"Late by the clock: {', '.join(behind)}."
        if queue_has_just_begun():
            yield look(said, "The queue worker has just begun; ask again in two minutes.")
        else:
            yield wrong(said, "See the queue worker's log.")
    cache.set("doctor", "well", 10)
    if cache.get("doctor") != "well":
        yield wrong("The shared cache forgets.", "manage.py createcachetable")


def mail_leaves():
    waiting = Mail.objects.filter(delivered_at__isnull=True).exclude(last_error=REFUSED)
    oldest = waiting.order_by("created_at").first()
    if oldest and oldest.created_at < timezone.now() - MAIL_MAY_WAIT:
        why = f" ({oldest.last_error})" if oldest.last_error else ""
        yield wrong(
            f"{waiting.count()} mails wait, the oldest since {oldest.created_at:%Y-%m-%d %H:%M} UTC{why}.",
            "See whether the queue worker lives and the mail server takes mail; nothing is lost meanwhile.",
        )


def mail_server_answers():
    where = f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}"
    try:
        server = get_connection(timeout=5)
        server.open()
        server.close()
    except Exception as error:
        yield wrong(
            f"The mail server at {where} does not take us in ({type(error).__name__}).",
            "Check EMAIL_HOST, EMAIL_PORT, EMAIL_USE_TLS and the account.",
        )
    else:
        yield well(f"The mail server at {where} answers.")


def send_test_mail(to):
    try:
        EmailMessage(
            "Prov från Metodstöd", "Det här brevet visar att Metodstöd kan skicka e-post.\n", to=[to]
        ).send()
    except Exception as error:
        yield wrong(f"The test mail was not taken ({type(error).__name__}).", "See the mail server's log.")
    else:
        yield well("The mail server took a test mail. See that it arrives, and not among the unwanted.")


def scanner_answers():
    if not settings.CLAMD:
        yield well("Uploaded files are not scanned for viruses: CLAMD names no scanner.")
        return
    try:
        is_there = virus_scanner.answers()
    except virus_scanner.ScannerAway as error:
        is_there, why = False, str(error)
    else:
        why = "it says something else"
    if is_there:
        yield well(f"The scanner for viruses at {settings.CLAMD} answers.")
    else:
        yield wrong(
            f"The scanner for viruses at {settings.CLAMD} does not answer ({why}): no upload is taken.",
            "See clamav-daemon.service, and that the portal's account may use its socket.",
        )


# Disk, backup, certificate -------------------------------------------------------------------------


def disk_has_room():
    for name in ("VAR_DIR", "MEDIA_ROOT", "BACKUP_DIR"):
        directory = getattr(settings, name)
        there = next((path for path in (directory, *directory.parents) if path.exists()), None)
        if there is None or not os.access(there, os.W_OK | os.X_OK):
            yield wrong(f"{name} ({directory}) cannot be written.", "Let the portal's account own it.")
        elif (free := free_space(there)) < ROOM:
            yield wrong(f"{name} has {as_text(free)} left.", "Make room: uploads and backups will fail.")
        else:
            yield well(f"{name} can be written, with {as_text(free)} left.")
    if not (settings.STATIC_ROOT / "staticfiles.json").exists():
        yield wrong("The static files have not been collected.", "manage.py collectstatic")


def backup_is_fresh():
    if not settings.BACKUP_RECIPIENTS:
        yield wrong("Backups have no key to be encrypted to.", "Set BACKUP_RECIPIENTS; see docs/deploy.md.")
        return
    found = []
    with suppress(OSError):
        found = sorted(filter(is_backup, settings.BACKUP_DIR.iterdir()))
    if not found:
        yield wrong("There is no backup.", "manage.py backup, and start metodstod-backup.timer")
        return
    age = timezone.now() - datetime.fromtimestamp(found[-1].stat().st_mtime, tz=UTC)
    if age > BACKUP_EVERY:
        yield wrong(
            f"The newest backup is {age.total_seconds() / 3600:.0f} hours old.",
            "See metodstod-backup.service's log.",
        )
    else:
        yield well(
            f"The newest of {len(found)} backups is {as_text(found[-1].stat().st_size)}, from last night or later."
        )


def certificate_lasts():
    site = urlsplit(settings.SITE_URL)
    if site.scheme != "https":
        return
    where = (site.hostname, site.port or 443)
    try:
        with (
            socket.create_connection(where, timeout=5) as plain,
            ssl.create_default_context().wrap_socket(plain, server_hostname=site.hostname) as tls,
        ):
            until = datetime.fromtimestamp(ssl.cert_time_to_seconds(tls.getpeercert()["notAfter"]), tz=UTC)
    except ssl.SSLError as error:
        reason = getattr(error, "verify_message", "") or error.reason or "TLS"
        yield wrong(
            f"A browser would refuse {site.hostname}: {reason}.",
            "Renew or correct the certificate and its chain.",
        )
        return
    except (OSError, UnicodeError) as error:
        yield look(
            f"{site.hostname}:{where[1]} cannot be reached from here ({type(error).__name__}).",
            "Check the certificate from where visitors are.",
        )
        return
    left = (until - datetime.now(UTC)).days
    saw = f"The certificate of {site.hostname} lasts {left} days more."
    if left < CERTIFICATE_LOOK:
        renew = "Renew it, and see why that is not done by itself."
        yield wrong(saw, renew) if left < CERTIFICATE_WRONG else look(saw, renew)
    else:
        yield well(saw)


CHECKS = {
    "Settings": (settings_are_for_production, addresses_are_our_own),
    "Database": (
        database_is_as_it_should,
        database_keeps_what_it_took,
        clocks_agree,
        content_is_loaded,
        second_factors_can_be_read,
        films_are_there,
    ),
    "Queue and mail": (queue_works, mail_leaves, mail_server_answers),
    "Uploads": (scanner_answers,),
    "Disk and backup": (disk_has_room, backup_is_fresh),
    "Certificate": (certificate_lasts,),
}


def examine():
    """Yield each heading with its findings. A check that cannot be made is a finding too."""
    for heading, functions in CHECKS.items():
        found = []
        for function in functions:
            try:
                found.extend(function())
            except DatabaseError as error:
                again = wrong(*fault_of_database(error))
                if again not in found:
                    found.append(again)
        yield heading, found
