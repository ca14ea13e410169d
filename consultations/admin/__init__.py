"""Step 3 as staff find it in the admin: tables and reading views; the work is done on the consultation's own page."""

from . import bookable, booking, consultation, joint, party

__all__ = ["bookable", "booking", "consultation", "joint", "party"]
