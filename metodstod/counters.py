"""How many requests were answered and how long they took, counted in memory that gunicorn's processes share.

The table is made by the parent before it forks (`gunicorn.conf.py`) and has one row for each process, so that none waits for
another. It lies in no file: writing to a file in shared memory on a full disk kills the process. Kept free of imports, since the
parent keeps this module when a new version is loaded.
"""

import mmap
import struct
import threading

BUCKETS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, float("inf"))  # seconds
CLASSES = (1, 2, 3, 4, 5)  # the first figure of the status
ROWS = 64
CELL = struct.Struct("=d")
CELLS_A_CLASS = len(BUCKETS) + 1  # the last holds the sum of seconds
ROW_SIZE = CELL.size * CELLS_A_CLASS * len(CLASSES)


class Table:
    """Counters in shared memory. A row is one process's own; a process that follows a dead one counts on from there."""

    def __init__(self):
        self.memory = mmap.mmap(-1, ROW_SIZE * ROWS)
        self.take_row(0)

    def take_row(self, number):
        self.row, self.lock = number % ROWS, threading.Lock()

    def count(self, status, seconds):
        """Count an answered request."""
        status_class = min(max(status // 100, 1), 5)
        bucket = next(number for number, limit in enumerate(BUCKETS) if seconds <= limit)
        with self.lock:
            self._add(status_class, bucket, 1)
            self._add(status_class, len(BUCKETS), seconds)

    def _add(self, status_class, cell, value):
        place = self._place(self.row, status_class, cell)
        CELL.pack_into(self.memory, place, CELL.unpack_from(self.memory, place)[0] + value)

    def _place(self, row, status_class, cell):
        return row * ROW_SIZE + (CLASSES.index(status_class) * CELLS_A_CLASS + cell) * CELL.size

    def total(self, status_class, cell):
        """Return what all processes have counted together."""
        return sum(
            CELL.unpack_from(self.memory, self._place(row, status_class, cell))[0] for row in range(ROWS)
        )


requests = Table()
