"""Several people at the same moment, each with a database connection of their own."""

import threading

from django.db import connections


def at_once(times, act):
    """Run `act(number)` in as many threads, all let go together; return for each what it gave or raised."""
    start, outcomes = threading.Barrier(times), [None] * times

    def run(number):
        try:
            start.wait(timeout=30)
            outcomes[number] = act(number)
        except Exception as error:
            outcomes[number] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=90)
    assert not any(thread.is_alive() for thread in threads), "a thread hangs"
    return outcomes
