"""The primary is lost, the standby promoted, and the portal follows by itself: nothing acknowledged is missing."""

import http.client
import threading
import time
from contextlib import suppress

import pytest

from tests.operations.conftest import ROUNDS, make_standby
from tests.operations.portal import Count, Portal, get, sending, tell
from tests.waiting import wait_until

pytestmark = pytest.mark.timeout(600 + 180 * ROUNDS)
GROUPS = 10 * ROUNDS


@pytest.fixture
def standby(portal, cluster):
    """A second cluster that must have each write before it is acknowledged; the first is as it was afterwards."""
    if not cluster:
        yield None
        return
    standby = make_standby(cluster, "standby")
    cluster.execute("ALTER SYSTEM SET synchronous_standby_names = 'ANY 1 (standby)'")
    cluster.execute("SELECT pg_reload_conf()")
    in_step = "SELECT sync_state FROM pg_stat_replication WHERE application_name = 'standby'"
    wait_until(lambda: cluster.execute(in_step) == [("quorum",)])
    yield standby
    standby.remove()
    cluster.stop()
    # Without its standby each write would wait, the one that says so too.
    with (cluster.data / "postgresql.auto.conf").open("a") as settings:
        settings.write("synchronous_standby_names = ''\n")
    cluster.start()


def test_standby_takes_over_with_everything_that_was_acknowledged(installed, cluster, standby, mail_server):
    if not cluster:
        # One file on one machine has no other to take over; see the tests of backup.
        assert installed.database_url.startswith("sqlite:///")
        return
    portal = Portal(installed.directory, both(cluster, standby), mail_port=mail_server.port)
    groups = portal.groups_ready_to_send(GROUPS)
    portal.start_web()
    port = portal.ports[-1]
    acknowledged_before = []
    try:
        with sending(groups, [port], hands=3) as going_on:
            # In the midst of it: some have been acknowledged, some are under way, some have not begun.
            wait_until(
                lambda: sum(bool(group.receipt) for group in groups) >= GROUPS // 3, pause=0.02, within=90
            )
            cluster.stop()
            lost_at = time.monotonic()
            acknowledged_before = [group for group in groups if group.receipt]
            assert going_on()
            time.sleep(1)
            standby.execute("SELECT pg_promote()")
            promoted_at = time.monotonic()
            wait_until(lambda: get(port, "/aterkoppling/")[0] == 200 and reads(port), pause=0.05)
            back_at = time.monotonic()

        count = Count(portal, groups)
        tell(
            f"{len(acknowledged_before)} acknowledged when the primary was lost; back {back_at - promoted_at:.1f} s after"
            f" the promotion, {back_at - lost_at:.1f} s after the loss; in all {count}"
        )
        assert len(acknowledged_before) >= 3
        assert count.as_expected(GROUPS), count
        assert standby.execute("SELECT pg_is_in_recovery()") == [(False,)]
    finally:
        portal.stop()


def both(cluster, standby):
    """Return an address that leads to whichever of them takes writes."""
    return (
        f"postgres://metodstod:{cluster.password}@/metodstod?host=127.0.0.1,127.0.0.1"
        f"&port={cluster.port},{standby.port}&target_session_attrs=read-write"
    )


def reads(port):
    """Whether a page that must ask the database is answered."""
    with suppress(OSError, http.client.HTTPException):
        return get(port, "/forelasningar/?q=ord")[0] == 200
    return False


def test_write_waits_and_is_not_acknowledged_while_the_only_standby_is_away(
    installed, cluster, standby, mail_server
):
    """What docs/deploy.md says of a single synchronous standby: nothing is lost, and nothing is written either."""
    if not cluster:
        assert installed.database_url.startswith("sqlite:///")
        return
    portal = Portal(installed.directory, both(cluster, standby), mail_port=mail_server.port)
    groups = portal.groups_ready_to_send(1)
    portal.start_web()
    try:
        standby.stop()
        waiting = threading.Thread(target=groups[0].send, args=(portal.ports[-1],))
        waiting.start()
        # Longer than a statement may take: a wait for the standby that was broken off would be acknowledged unsaved.
        time.sleep(6.5)
        while_away = groups[0].receipt
        standby.start()
        waiting.join(timeout=20)
        groups[0].send_until_acknowledged(portal.ports[-1:])

        count = Count(portal, groups)
        assert while_away is None
        assert count.as_expected(1), count
    finally:
        portal.stop()
