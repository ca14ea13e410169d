"""PostgreSQL stopped for real under a running portal: what needs it says so and keeps what was typed, the rest goes on."""

import threading
import time

import pytest

from tests.operations.portal import Count, get, tell
from tests.waiting import wait_until


def seconds(act):
    started = time.monotonic()
    result = act()
    return time.monotonic() - started, result


def test_portal_lives_without_its_database_and_recovers_by_itself(portal, cluster):
    if not cluster:
        # SQLite is a file in the portal's own directory; its disk being full is tried in test_killing.py.
        assert portal.database_url.startswith("sqlite:///")
        return
    groups = portal.groups_ready_to_send(3)
    portal.start_web()
    port = portal.ports[-1]
    assert groups[0].send(port)
    shown_before = [threading.Thread(target=get, args=(port, "/stod-och-kontakt/")) for _ in range(24)]
    for reader in shown_before:
        reader.start()
    for reader in shown_before:
        reader.join()

    cluster.stop()
    typed = {"note": "En rad som inte får försvinna.\nOch en till."}
    # As many as there are threads wait for the database at once ...
    readers = [threading.Thread(target=get, args=(port, "/om/")) for _ in range(16)]
    for reader in readers:
        reader.start()
    acknowledged = groups[1].send(port, extra=typed)
    for reader in readers:
        reader.join()
    status, headers, page = groups[1].last
    # ... and thereafter each is told at once.
    told_in, told = seconds(lambda: get(port, "/om/"))
    open_in, open_ = seconds(lambda: get(port, "/konsultation/"))
    shown_lately = {get(port, "/stod-och-kontakt/")[0] for _ in range(16)}
    ready = get(port, "/readyz")
    measured = get(port, "/metrics", headers={"Authorization": "Bearer a-token-for-the-tests"})

    assert (acknowledged, status, headers["Retry-After"]) == (None, 503, "10")
    assert "En rad som inte får försvinna." in page
    assert "vet vi inte om det du skickade kom fram" in page
    assert (told[0], told[1]["Retry-After"]) == (503, "10")
    assert open_[0] == 200
    # Sent by the process that has shown it; which of the two that is asked, the kernel decides.
    assert 200 in shown_lately
    assert shown_lately <= {200, 503}
    # Neither waits for as long as a statement or a connection may take.
    assert told_in < 4
    assert open_in < 4
    assert (ready[0], ready[2]) == (503, '{"database": "away"}')
    assert "metodstod_database_up 0" in measured[2]

    cluster.start()
    back_in, _ = seconds(lambda: wait_until(lambda: get(port, "/om/")[0] == 200))
    tell(f"told in {told_in:.3f} s, a page without a query in {open_in:.3f} s, back in {back_in:.1f} s")
    for group in groups:
        group.send_until_acknowledged([port])
    count = Count(portal, groups)
    assert count.as_expected(3), count


@pytest.mark.postgresql
def test_first_who_come_when_the_database_is_back_are_answered(portal, cluster):
    """All that a process has kept of connections is dead then, and to try them one after another takes too long."""
    portal.start_web()
    port = portal.ports[-1]
    readers = [threading.Thread(target=get, args=(port, "/forelasningar/?q=lagen")) for _ in range(48)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()

    cluster.stop()
    cluster.start()
    answers = [get(port, "/forelasningar/?q=lagen")[0] for _ in range(8)]

    assert answers == [200] * 8
