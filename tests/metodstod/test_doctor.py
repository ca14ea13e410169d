"""The doctor sees each thing that is planted wrong, says what to do, and is silent about the rest."""

import io
import os
import time
from datetime import timedelta
from unittest import mock

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from cryptography.fernet import Fernet
from django.core.files.base import ContentFile
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from django.utils import timezone
from django_q.models import Schedule

from metodstod import doctor
from metodstod.mail import queue_mail
from metodstod.models import Mail
from tests.factories import make_county, make_lecture, make_role, make_staff

pytestmark = pytest.mark.django_db


def saw(check, level):
    return [finding.saw for finding in check() if finding.level == level]


def test_debug_and_demo_are_wrong(settings):
    settings.DEMO = settings.DEBUG = True

    assert {"DEMO is on.", "DEBUG is on."} <= set(saw(doctor.settings_are_for_production, "wrong"))


def test_missing_second_factor_is_wrong(settings):
    settings.STAFF_SECOND_FACTOR = False

    assert "Staff get in without a second factor." in saw(doctor.settings_are_for_production, "wrong")


def test_mailed_links_that_lead_nowhere_are_wrong(settings):
    settings.SITE_URL = "https://annan.example.se"

    assert len(saw(doctor.addresses_are_our_own, "wrong")) == 1


def test_portal_that_answers_to_any_host_is_wrong(settings):
    settings.ALLOWED_HOSTS = ["*"]
    any_host = saw(doctor.addresses_are_our_own, "wrong")
    settings.ALLOWED_HOSTS, settings.SITE_URL = [".example.se"], "https://metodstod.example.se"

    assert any_host == ["ALLOWED_HOSTS lets any host in."]
    assert saw(doctor.addresses_are_our_own, "wrong") == []


def test_second_factor_that_no_key_opens_is_wrong(settings):
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    TOTP.activate(make_staff(), generate_totp_secret())
    before = saw(doctor.second_factors_can_be_read, "wrong")

    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]

    assert before == []
    assert saw(doctor.second_factors_can_be_read, "wrong") == [
        "No key opens the second factor of 1 of staff: they cannot log in."
    ]


def test_migration_that_waits_is_wrong():
    from django.db.migrations.recorder import MigrationRecorder

    assert saw(doctor.database_is_as_it_should, "wrong") == []
    MigrationRecorder(connection).record_unapplied("feedback", "0001_initial")

    assert saw(doctor.database_is_as_it_should, "wrong") == ["1 migrations wait."]


def test_clock_that_differs_from_the_databases_is_wrong(monkeypatch):
    before = saw(doctor.clocks_agree, "wrong")
    moved = timezone.now() + timedelta(seconds=30)
    monkeypatch.setattr(doctor.timezone, "now", lambda: moved)

    after = saw(doctor.clocks_agree, "wrong")

    assert before == []
    # SQLite has no clock of its own.
    assert len(after) == (connection.vendor == "postgresql")


def test_county_without_anyone_who_receives_is_looked_at():
    county = make_county("13", name="Hallands län")
    make_role("samordnare")

    before = saw(doctor.content_is_loaded, "look")
    make_staff(counties=[county], role="samordnare")

    assert before == ["Nobody receives what comes from Hallands län."]
    assert saw(doctor.content_is_loaded, "look") == []


def test_film_that_is_gone_is_wrong():
    lecture = make_lecture()
    lecture.captions.save("ord.vtt", ContentFile(b"WEBVTT\n"))
    before = saw(doctor.films_are_there, "wrong")

    lecture.captions.storage.delete(lecture.captions.name)

    assert before == []
    assert saw(doctor.films_are_there, "wrong") == ["1 of 1 films and documents are gone."]


def test_queue_that_is_not_alive_and_schedule_that_is_empty_are_wrong():
    found = saw(doctor.queue_works, "wrong")

    assert found[0] == "No queue worker has reported itself."
    assert found[1].startswith("Not in the schedule: ")


def test_job_that_is_late_is_wrong():
    call_command("schedule")
    name = Schedule.objects.order_by("pk").first().name
    Schedule.objects.filter(name=name).update(next_run=timezone.now() - timedelta(hours=1))

    assert f"Late by the clock: {name}." in saw(doctor.queue_works, "wrong")


def test_job_that_is_late_when_the_queue_worker_has_just_begun_is_only_told(monkeypatch):
    call_command("schedule")
    Schedule.objects.update(next_run=timezone.now() - timedelta(hours=1))
    worker = mock.Mock()
    monkeypatch.setattr("metodstod.queue.Stat.get_all", lambda: [worker])

    worker.uptime.return_value = 31
    told = saw(doctor.queue_works, "look"), saw(doctor.queue_works, "wrong")
    worker.uptime.return_value = 121

    assert (len(told[0]), told[1]) == (1, [])
    assert len(saw(doctor.queue_works, "wrong")) == 1


def test_mail_that_waits_is_wrong_after_a_quarter_of_an_hour():
    queue_mail("kim@halmstad.example.se", "login_code", {"code": "1234-5678", "minutes": 15})
    before = saw(doctor.mail_leaves, "wrong")

    Mail.objects.update(
        created_at=timezone.now() - timedelta(minutes=20), last_error="ConnectionRefusedError"
    )

    (found,) = saw(doctor.mail_leaves, "wrong")
    assert before == []
    assert found.startswith("1 mails wait")
    assert "(ConnectionRefusedError)" in found
    assert "kim" not in found


def test_mail_server_that_is_away_is_wrong(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1

    assert saw(doctor.mail_server_answers, "wrong") == [
        "The mail server at 127.0.0.1:1 does not take us in (ConnectionRefusedError)."
    ]


def test_full_disk_is_wrong(monkeypatch):
    monkeypatch.setattr(doctor, "free_space", lambda directory: 1_500_000_000)

    assert "MEDIA_ROOT has 1.5 GB left." in saw(doctor.disk_has_room, "wrong")


def test_backup_that_is_missing_or_old_is_wrong(settings, tmp_path):
    settings.BACKUP_DIR = tmp_path
    without_key = saw(doctor.backup_is_fresh, "wrong")
    settings.BACKUP_RECIPIENTS = ["age1…"]
    without_file = saw(doctor.backup_is_fresh, "wrong")
    path = tmp_path / "metodstod-20261101T024000Z.tar.age"
    path.write_bytes(b"backup")
    fresh = saw(doctor.backup_is_fresh, "wrong")
    two_days_ago = time.time() - 48 * 3600
    os.utime(path, (two_days_ago, two_days_ago))

    assert without_key == ["Backups have no key to be encrypted to."]
    assert without_file == ["There is no backup."]
    assert fresh == []
    assert saw(doctor.backup_is_fresh, "wrong") == ["The newest backup is 48 hours old."]


def test_database_that_is_away_is_told_once_under_its_heading_and_hides_nothing_else(monkeypatch):
    def away():
        raise OperationalError("secret words of the server")
        yield

    monkeypatch.setattr(
        doctor, "CHECKS", {"Database": (away, away), "Disk and backup": (doctor.disk_has_room,)}
    )

    found = dict(doctor.examine())

    assert [finding.saw for finding in found["Database"]] == [
        "The database does not answer (OperationalError)."
    ]
    assert len(found["Disk and backup"]) >= 3


def test_command_tells_what_to_do_and_fails_when_something_is_wrong(monkeypatch, settings, tmp_path):
    settings.BACKUP_DIR = tmp_path
    out = io.StringIO()
    monkeypatch.setattr(doctor, "CHECKS", {"Disk and backup": (doctor.backup_is_fresh,)})

    with pytest.raises(CommandError, match="One thing is wrong"):
        call_command("doctor", stdout=out)

    assert "→ Set BACKUP_RECIPIENTS" in out.getvalue()


def test_command_sends_a_test_mail_where_it_is_asked_to(monkeypatch, mailoutbox):
    monkeypatch.setattr(doctor, "CHECKS", {"Queue and mail": (doctor.mail_leaves,)})
    out = io.StringIO()

    call_command("doctor", "--mail-to=drift@example.se", stdout=out)

    assert [letter.to for letter in mailoutbox] == [["drift@example.se"]]
    assert "Nothing is wrong." in out.getvalue()
