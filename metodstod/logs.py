"""How the log is kept readable."""

import logging


class OneLine(logging.Filter):
    """Drop the traceback of a record whose message says it all."""

    def filter(self, record):
        record.exc_info = record.exc_text = record.stack_info = None
        return True
