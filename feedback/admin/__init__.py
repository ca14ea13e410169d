"""Step 2 for staff: the coordinator's desk, and the questions that were asked. Drafts are nowhere here."""

from . import disposals, follow_ups, outcomes, questions, submissions, themes

__all__ = ["disposals", "follow_ups", "outcomes", "questions", "submissions", "themes"]
