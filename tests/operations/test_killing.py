"""One submission, one mail, whatever is killed in the middle. What is done here is done for real, and counted.

`OPERATIONS_ROUNDS=10` does ten times as much.
"""

import os
import random
import signal
import time
from contextlib import nullcontext, suppress

import pytest

from tests.operations.conftest import ROUNDS, is_sqlite
from tests.operations.portal import Count, children, get, kill_group, sending, tell
from tests.waiting import wait_until

pytestmark = pytest.mark.timeout(600 + 120 * ROUNDS)
GROUPS = 10 * ROUNDS


def test_web_processes_killed_while_groups_send_lose_and_double_nothing(portal):
    groups = portal.groups_ready_to_send(GROUPS)
    web = portal.start_web()
    killed = 0

    with sending(groups, portal.ports[-1:]) as going_on:
        while going_on():
            # On a slow machine a process takes longer to start than to be killed, and then nobody is ever answered.
            wait_until(lambda: portal.is_up(portal.ports[-1]))
            # Each time a little later: however slow the machine, it comes to answer in between.
            time.sleep(random.uniform(0.1, 0.5) * (1 + killed / 20))
            with suppress(ProcessLookupError, IndexError):
                os.kill(random.choice(children(web)), signal.SIGKILL)
                killed += 1

    count = Count(portal, groups)
    tell(f"web processes killed {killed}: {count}")
    assert killed > 0
    assert count.as_expected(GROUPS), count


def test_everything_killed_at_once_loses_and_doubles_nothing(portal, cluster):
    """The whole web server, and PostgreSQL too if that is the database: as when the machine loses its power."""
    groups = portal.groups_ready_to_send(GROUPS)
    web = portal.start_web()
    port = portal.ports[-1]

    with sending(groups, [port]) as going_on:
        for _ in range(2 * ROUNDS):
            time.sleep(random.uniform(0.2, 0.7))
            kill_group(web)
            if cluster:
                cluster.stop()
                cluster.start()
            web = portal.start_web(port)
            if not going_on():
                break

    count = Count(portal, groups)
    tell(f"everything killed: {count}")
    assert count.as_expected(GROUPS), count


def test_mail_is_sent_though_queue_workers_are_killed_while_they_send(portal, mail_server):
    """A worker killed between sending a mail and noting it sends one more copy, with the same Message-ID; never none."""
    groups = portal.groups_ready_to_send(GROUPS)
    portal.start_web()
    with sending(groups, portal.ports[-1:], repeat=False):
        pass
    mail_server.delay, kills = 0.05, 0
    receipts = {message_id for _, message_id, _ in Count(portal, groups).mail}

    for _ in range(3 * ROUNDS):
        before = len(mail_server.taken)
        worker = portal.start_queue()
        with suppress(AssertionError):
            wait_until(lambda: len(mail_server.taken) > before + 2, within=8, pause=0.02)  # noqa: B023
        kill_group(worker)
        kills += 1
        portal.let_time_pass()
    mail_server.delay = 0
    portal.start_queue()
    wait_until(lambda: not portal.rows("SELECT 1 FROM metodstod_mail WHERE delivered_at IS NULL"))

    count, copies = Count(portal, groups), mail_server.copies()
    extra = sum(copies[message_id] - 1 for message_id in receipts)
    tell(f"queue workers killed {kills}: {count}, further copies of the same mail {extra}")
    assert count.as_expected(GROUPS), count
    assert [message_id for message_id in receipts if message_id not in copies] == []
    assert extra <= kills  # one for each killing at the most


def test_two_queue_workers_send_each_mail_once(portal, mail_server):
    groups = portal.groups_ready_to_send(GROUPS)
    portal.start_web()
    mail_server.delay = 0.03
    for _ in range(2):
        portal.start_queue()

    with sending(groups, portal.ports[-1:]):
        pass
    wait_until(lambda: not portal.rows("SELECT 1 FROM metodstod_mail WHERE delivered_at IS NULL"))

    count, copies = Count(portal, groups), mail_server.copies()
    assert count.as_expected(GROUPS), count
    assert [copies.get(message_id) for _, message_id, _ in count.mail] == [1] * GROUPS


# The mail server goes away in the middle of what is being said to it, and leaves the line as it was.
@pytest.mark.filterwarnings("ignore:unclosed (transport|<socket):ResourceWarning")
def test_mail_waits_while_the_mail_server_refuses_and_is_away_and_is_sent_once_when_it_is_back(
    portal, mail_server
):
    groups = portal.groups_ready_to_send(4)
    portal.start_web()
    portal.start_queue()
    mail_server.refusal = "451 try again later"

    with sending(groups, portal.ports[-1:]):
        pass
    wait_until(lambda: portal.rows("SELECT 1 FROM metodstod_mail WHERE last_error <> ''"))
    mail_server.stop()
    portal.let_time_pass()
    wait_until(
        lambda: portal.rows("SELECT 1 FROM metodstod_mail WHERE last_error = 'ConnectionRefusedError'")
    )
    mail_server.refusal = ""
    mail_server.start()
    sent_before = len(mail_server.taken)
    portal.let_time_pass()
    wait_until(lambda: not portal.rows("SELECT 1 FROM metodstod_mail WHERE delivered_at IS NULL"))

    count, copies = Count(portal, groups), mail_server.copies()
    assert count.as_expected(4), count
    assert len(mail_server.taken) > sent_before
    assert [copies.get(message_id) for _, message_id, _ in count.mail] == [1] * 4


def test_mail_server_that_falls_silent_holds_up_no_page_and_loses_no_mail(portal, mail_server):
    """It takes the connection and then says nothing for longer than the portal waits: what it took may come once more."""
    groups = portal.groups_ready_to_send(3)
    portal.environment["EMAIL_TIMEOUT"] = "1"
    portal.start_web()
    portal.start_queue()
    del portal.environment["EMAIL_TIMEOUT"]
    mail_server.delay = 2.5

    with sending(groups, portal.ports[-1:]):
        pass
    tries = max(group.tries for group in groups)
    failed = "SELECT count(*) FROM metodstod_mail WHERE last_error <> '' AND delivered_at IS NULL"
    wait_until(lambda: portal.rows(failed)[0][0] >= 1)
    in_queue = portal.rows("SELECT count(*) FROM django_q_ormq")[0][0]
    mail_server.delay = 0
    portal.let_time_pass()
    wait_until(lambda: not portal.rows("SELECT 1 FROM metodstod_mail WHERE delivered_at IS NULL"))

    count, copies = Count(portal, groups), mail_server.copies()
    assert tries == 2  # Each was acknowledged at once, and again when asked once more.
    assert in_queue > 0
    assert count.as_expected(3), count
    assert [message_id for _, message_id, _ in count.mail if message_id not in copies] == []


@pytest.mark.parametrize("way", ["+1 hour", "-1 hour"])
def test_clock_that_is_moved_delays_mail_and_loses_none(portal, mail_server, way):
    """Moved back, the clock makes what is set aside for a minute seem set aside for an hour; moved on, as if it were over."""
    groups = portal.groups_ready_to_send(4)
    portal.start_web()
    with sending(groups, portal.ports[-1:]):
        pass
    if is_sqlite():
        portal.change(f"UPDATE django_q_ormq SET lock = datetime('now', '{way}')")
    else:
        portal.change(f"UPDATE django_q_ormq SET lock = now() + interval '{way}'")

    portal.start_queue()
    if way == "+1 hour":
        time.sleep(3)
        assert {row[2] for row in Count(portal, groups).mail} == {None}
        portal.let_time_pass()
    wait_until(lambda: not portal.rows("SELECT 1 FROM metodstod_mail WHERE delivered_at IS NULL"))

    count, copies = Count(portal, groups), mail_server.copies()
    assert count.as_expected(4), count
    assert [copies.get(message_id) for _, message_id, _ in count.mail] == [1] * 4


def test_full_disk_takes_nothing_says_so_and_keeps_what_was_typed(portal, cluster):
    """PostgreSQL's file system has no room for another page; of SQLite's files none may grow. Then there is room again."""
    groups = portal.groups_ready_to_send(GROUPS)
    web = portal.start_web(preexec_fn=None if cluster else no_file_may_grow)
    typed = {"note": "En rad som inte får försvinna.\nOch en till."}

    with cluster.disk.full(cluster) if cluster else nullcontext():
        for group in groups:
            group.send(portal.ports[-1], extra=typed)
        healthy = get(portal.ports[-1], "/healthz")[0]
    bring_back(cluster)
    while_full = Count(portal, groups)

    refused = [group for group in groups if not group.receipt]
    assert refused
    assert {(status, headers["Retry-After"]) for status, headers, _ in (one.last for one in refused)} == {
        (503, "10")
    }
    assert [group for group in refused if "En rad som inte får försvinna." not in group.last[2]] == []
    assert healthy == 200
    assert (while_full.found, while_full.lost, while_full.doubled) == (GROUPS - len(refused), 0, 0)
    if not cluster:
        kill_group(web)  # Its limit cannot be lifted from without.
        portal.start_web()
    with sending(groups, portal.ports[-1:]):
        pass
    count = Count(portal, groups)
    tell(f"disk full for {len(refused)} of {GROUPS}: {count}")
    assert count.as_expected(GROUPS), count


def bring_back(cluster):
    """Start the server again if a full disk has stopped it, as its keeper would, and wait until it answers."""
    if cluster and cluster.process.poll() is not None:
        cluster.start()
    if cluster:
        wait_until(cluster.answers)


def no_file_may_grow():
    import resource

    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
