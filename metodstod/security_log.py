"""What bears on who gets in, told to the log `metodstod.security`: by event and number, never by name or address."""

import logging

logger = logging.getLogger("metodstod.security")


def note(event, *, person=None, **fields):
    """Write an event, such as `logged_in`; `person` is told by number. Warnings are what was refused."""
    is_wanted = event in {"logged_in", "logged_out_elsewhere", "logged_out_everywhere"}
    level = logging.INFO if is_wanted else logging.WARNING
    logger.log(level, event, extra={"fields": {"person": person.pk if person else None} | fields})
