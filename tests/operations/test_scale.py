"""What docs/scale.md says of more than one machine: two web nodes, one PostgreSQL with a replica, pgbouncer before both."""

import http.client
import re
import time
from contextlib import suppress

import pytest

from tests.operations.conftest import ROUNDS, make_cluster, make_standby
from tests.operations.pooler import Pooler
from tests.operations.portal import Count, Portal, get, sending, tell
from tests.waiting import wait_until

pytestmark = [pytest.mark.postgresql, pytest.mark.timeout(600 + 120 * ROUNDS)]
GROUPS = 10 * ROUNDS
CONNECTIONS = 4

ROLE = {"statement_timeout": "5s", "lock_timeout": "4s", "idle_in_transaction_session_timeout": "10s"}
# What does not survive, or does harm, when each transaction may run on another connection.
BOUND_TO_A_SESSION = re.compile(
    r"\b(?:LISTEN|UNLISTEN|PREPARE|DEALLOCATE|pg_advisory_lock|pg_try_advisory_lock|WITH HOLD|CREATE TEMP\w*)\b|execute (?!<unnamed>)"
    r"|\bSET (?!LOCAL\b|TRANSACTION\b)\w+ (?:=|TO)",
    re.IGNORECASE,
)


@pytest.fixture(scope="module")
def primary():
    """A database that tells of every statement, in a time zone that is not the portal's."""
    primary = make_cluster(
        "primary", timezone="Europe/Stockholm", log_statement="all", log_line_prefix="%a %d "
    )
    for name, value in ROLE.items():
        primary.execute(f"ALTER ROLE metodstod SET {name} = '{value}'")
    yield primary
    primary.stop()
    primary.disk.remove()
    primary.remove()


@pytest.fixture(scope="module")
def replica(primary):
    primary.execute("ALTER SYSTEM SET log_statement = 'all'")  # Which the replica is then born with.
    replica = make_standby(primary, "replica")
    yield replica
    replica.remove()


@pytest.fixture(scope="module")
def scaled(primary, replica, mail_server, tmp_path_factory):
    """Two nodes and the queue worker; the databases are reached through pgbouncer alone."""
    directory = tmp_path_factory.mktemp("scaled")
    # Migrations go straight to the database: they set time limits of their own.
    Portal(directory, primary.address(), mail_port=mail_server.port).install()
    pooler = Pooler({"metodstod": primary, "copy": replica}, connections=CONNECTIONS).start()
    portal = Portal(
        directory,
        pooler.address("metodstod"),
        mail_port=mail_server.port,
        REPLICA_URL=pooler.address("copy"),
        PGBOUNCER="1",
    )
    portal.start_web()
    portal.start_web()
    portal.start_queue()
    yield portal
    portal.stop()
    pooler.remove()


def test_everything_sent_to_two_nodes_through_pgbouncer_is_there_once(scaled, primary, mail_server):
    mail_server.refusal, mail_server.delay = "", 0
    groups = scaled.groups_ready_to_send(GROUPS)

    with sending(groups, scaled.ports, hands=8) as going_on:
        held = []
        while going_on():
            held += primary.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = 'metodstod' AND backend_type = 'client backend'"
                " AND pid <> pg_backend_pid()"
            )
            time.sleep(0.1)

    count = Count(scaled, groups)
    assert count.as_expected(GROUPS), count
    wait_until(lambda: {group.email for group in groups} <= {taken[1] for taken in mail_server.taken})
    assert max(number for (number,) in held) <= CONNECTIONS
    tell(f"{count}; at most {max(held)[0]} connections to the database")


def test_no_statement_is_bound_to_a_session(scaled, primary):
    begins = end_of(primary)
    export = scaled.run("tests/bench/coordinator.py").stdout.split()[-1]
    group = scaled.groups_ready_to_send(1)[0]
    group.send_until_acknowledged(scaled.ports)

    status, _, text = get(
        scaled.ports[0], "/admin/feedback/submission/exportera/csv/", headers={"Cookie": f"session={export}"}
    )

    assert status == 200
    assert "Planterad grupp" in text
    said = said_since(primary, begins)
    assert "INSERT INTO" in said
    assert [line for line in said.splitlines() if BOUND_TO_A_SESSION.search(line)] == []


def test_time_limits_are_the_roles_and_times_are_right(scaled, primary):
    limits = {name: scaled.rows(f"SHOW {name}")[0][0] for name in ROLE}
    said = scaled.run(
        "-c",
        "import os, django; os.environ['DJANGO_SETTINGS_MODULE'] = 'metodstod.settings'; django.setup()\n"
        "from django.db import connection\n"
        "for _ in range(3):\n"
        "    with connection.cursor() as cursor:\n"
        "        cursor.execute('SHOW TimeZone')\n"
        "        print(cursor.fetchone()[0])\n",
    )

    assert limits == ROLE
    # The database is set to Stockholm's time; the portal's connections are in UTC, each time.
    assert said.stdout.split() == ["UTC"] * 3


def test_public_pages_are_read_from_the_replica_and_the_rest_from_the_primary(scaled, primary, replica):
    group = scaled.groups_ready_to_send(1)[0]
    wait_until(lambda: is_read_by_all(replica, scaled.ports), pause=1)
    here, there = end_of(primary), end_of(replica)

    public = [get(port, "/forelasningar/?q=samtal")[0] for port in scaled.ports]
    asked_here, asked_there = said_since(primary, here), said_since(replica, there)
    own = get(scaled.ports[0], f"/arbetsgrupp/{group.team}/aterkoppling/", headers=as_member(group))

    assert public == [200, 200]
    assert (
        "lectures_cue" in asked_there
    )  # Each process keeps the lectures themselves, and reads them when content changes.
    assert 'FROM "lectures_' not in asked_here
    assert own[0] == 200
    assert 'FROM "metodstod_team"' in said_since(primary, here)
    assert "metodstod_team" not in said_since(replica, there)
    assert "metodstod_session" not in said_since(replica, there)


def test_editors_change_is_seen_on_both_nodes_and_no_old_page_is_kept_under_it(scaled, primary, replica):
    slug = primary.execute(
        "SELECT slug FROM lectures_lecture WHERE published_at IS NOT NULL ORDER BY position LIMIT 1",
        "metodstod",
    )[0][0]
    place = f"/forelasningar/{slug}/"
    for port in scaled.ports:
        get(port, place)

    def rename(title):
        primary.execute(f"UPDATE lectures_lecture SET title = '{title}' WHERE slug = '{slug}'", "metodstod")

    def shown(port, title):
        return title in get(port, place)[2]

    renamed = time.monotonic()
    rename("En ny rubrik")
    wait_until(lambda: all(shown(port, "En ny rubrik") for port in scaled.ports), pause=0.05)
    seen = time.monotonic()
    # While the replica lags, the page is made from what the replica has; and made anew when it has caught up.
    replica.execute("SELECT pg_wal_replay_pause()")
    rename("En rubrik som dröjer")
    time.sleep(1.2)
    lagging = [shown(port, "En ny rubrik") for port in scaled.ports]
    replica.execute("SELECT pg_wal_replay_resume()")
    resumed = time.monotonic()
    wait_until(lambda: all(shown(port, "En rubrik som dröjer") for port in scaled.ports), pause=0.05)

    tell(f"seen on both nodes after {seen - renamed:.2f} s; {time.monotonic() - resumed:.2f} s after a lag")
    assert lagging == [True, True]


def test_what_one_has_just_written_is_read_back_however_far_behind_the_replica_is(scaled, primary, replica):
    group = scaled.groups_ready_to_send(1)[0]
    replica.execute("SELECT pg_wal_replay_pause()")
    try:
        receipt = group.send_until_acknowledged(scaled.ports)
        status, _, text = get(scaled.ports[-1], receipt, headers=as_member(group))
    finally:
        replica.execute("SELECT pg_wal_replay_resume()")

    assert status == 200
    assert receipt.strip("/").rpartition("/")[2].upper() in text.upper()


def test_public_pages_are_answered_by_whichever_database_is_there(scaled, primary, replica):
    group = scaled.groups_ready_to_send(1)[0]

    def own_groups():
        return answer(scaled.ports[0], "/arbetsgrupp/", headers=as_member(group))

    assert own_groups() == 200

    try:
        primary.stop()
        without_primary = [answer(port, "/forelasningar/?q=lagen") for port in scaled.ports]
        own = own_groups()
    finally:
        primary.start()
    wait_until(lambda: own_groups() == 200)
    replica.stop()
    without_replica = [answer(port, "/forelasningar/?q=barn") for port in scaled.ports]
    replica.start()
    # Every process that found it away leaves it alone for a while, and the next test is to find all as it was.
    wait_until(lambda: is_read_by_all(replica, scaled.ports), pause=1)

    assert without_primary == [200, 200]
    assert own == 503
    assert without_replica == [200, 200]


def answer(port, path, **options):
    with suppress(OSError, http.client.HTTPException):
        return get(port, path, timeout=30, **options)[0]


def is_read_by_all(replica, ports):
    """Whether every process of the nodes reads from the replica: each is likely to be met by one of some tries."""
    return all(reads_from(replica, port) for port in ports for _ in range(6))


def reads_from(replica, port):
    begins = end_of(replica)
    return answer(port, "/forelasningar/?q=handel") == 200 and "lectures_" in said_since(replica, begins)


def as_member(group):
    return {"Cookie": f"session={group.session}; csrf={group.csrf}"}


def end_of(cluster):
    return cluster.log.stat().st_size


def said_since(cluster, place):
    return cluster.log.read_bytes()[place:].decode("utf-8", "replace")
