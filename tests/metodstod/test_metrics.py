"""What is measured: told to whoever bears the token, counted across processes, and never about a person."""

import os
import re
import time
from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone

from metodstod.counters import BUCKETS, ROWS, Table
from metodstod.mail import queue_mail

TOKEN = "a-token-for-the-tests"


@pytest.fixture
def read(client, settings, db):
    settings.METRICS_TOKEN = TOKEN

    def read():
        response = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
        assert response.status_code == 200
        lines = response.content.decode().splitlines()
        assert [
            line
            for line in lines
            if not re.fullmatch(r"# (HELP|TYPE) \w+ .+|\w+(\{[^}]*\})? (-1|[\d.]+)", line)
        ] == []
        return dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))

    return read


@pytest.mark.parametrize("header", ["", "Bearer ", "Bearer wrong", TOKEN[:-1], "Bearer å"])
def test_metrics_do_not_exist_for_whoever_lacks_the_token(client, settings, header):
    settings.METRICS_TOKEN = TOKEN

    assert client.get("/metrics", headers={"Authorization": header}).status_code == 404


def test_metrics_do_not_exist_without_a_token_set(client, settings):
    settings.METRICS_TOKEN = ""

    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404


def test_metrics_tell_what_waits(read):
    mail = queue_mail("kim@halmstad.example.se", "login_code", {"code": "1234-5678", "minutes": 15})
    mail.created_at = timezone.now() - timedelta(minutes=10)
    mail.save(update_fields=["created_at"])

    told = read()

    assert (told["metodstod_mail_waiting"], told["metodstod_queue_tasks"]) == ("1", "1")
    assert 600 <= int(told["metodstod_mail_oldest_seconds"]) < 700
    assert told["metodstod_database_up"] == "1"
    assert "kim" not in str(told)


def test_metrics_tell_how_old_the_newest_backup_is(read, settings, tmp_path):
    settings.BACKUP_DIR = tmp_path / "backup"
    without = read()["metodstod_backup_age_seconds"]
    settings.BACKUP_DIR.mkdir()
    for name, age in (
        ("metodstod-20261101T024000Z.tar.age", 7200),
        ("metodstod-20261102T024000Z.tar.age", 3600),
    ):
        (settings.BACKUP_DIR / name).write_bytes(b"backup")
        made_at = time.time() - age
        os.utime(settings.BACKUP_DIR / name, (made_at, made_at))

    with_two = int(read()["metodstod_backup_age_seconds"])

    assert without == "-1"
    assert 3600 <= with_two < 3700


def test_metrics_count_requests_by_status_and_time(read, client):
    before = float(read()['metodstod_request_seconds_count{status="4xx"}'])

    client.get("/finns-inte/")

    told = read()
    assert float(told['metodstod_request_seconds_count{status="4xx"}']) == before + 1
    assert (
        told['metodstod_request_seconds_bucket{status="4xx",le="+Inf"}']
        == told['metodstod_request_seconds_count{status="4xx"}']
    )


def test_metrics_answer_while_the_database_is_away(read, monkeypatch):
    def away(*args):
        raise OperationalError

    monkeypatch.setattr("metodstod.metrics.gauges", away)

    told = read()

    assert told["metodstod_database_up"] == "0"
    assert int(told["metodstod_disk_free_bytes"]) > 0
    assert "metodstod_mail_waiting" not in told


def test_processes_count_in_the_same_table_without_losing_any():
    table = Table()
    children = []
    for number in range(1, 4):
        if pid := os.fork():
            children.append(pid)
            continue
        table.take_row(number)
        for _ in range(1000):
            table.count(200, 0.01)
        os._exit(0)

    for pid in children:
        os.waitpid(pid, 0)

    assert table.total(2, 0) == 3000
    assert table.total(2, len(BUCKETS)) == pytest.approx(30)


def test_process_that_follows_a_dead_one_counts_on():
    table = Table()
    table.take_row(1)
    table.count(503, 9)
    table.take_row(1 + ROWS)
    table.count(503, 9)

    assert table.total(5, len(BUCKETS) - 1) == 2
