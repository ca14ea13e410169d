"""To wait for what another process, thread or browser does, for as long as a busy machine needs."""

import time


def wait_until(holds, *, within=90, pause=0.1, page=None):
    """Ask again and again until it holds and return what it then was; fail when it has not within so many seconds.

    With a browser's page, what the page does goes on between the questions.
    """
    deadline = time.monotonic() + within
    while not (found := holds()):
        assert time.monotonic() < deadline, f"waited {within} seconds in vain"
        if page:
            page.wait_for_timeout(1000 * pause)
        else:
            time.sleep(pause)
    return found
