"""Step 2: a group's draft answers, closed to the authority, and the submission that it receives."""

from .desk import Correction, InternalNote, Reminder, SavedSearch, StatusChange
from .disposal import Disposal, DisposalItem
from .drafts import Draft, DraftAnswer, digest
from .follow_ups import LONGEST_WORD, MONTHS, FollowUp, FollowUpAnswer, fingerprint, new_token
from .guard import GuardCount
from .moments import in_words
from .notes import NoteReceipt
from .outcomes import LEAST_GROUPS, Outcome
from .questions import Question, QuestionSet
from .replies import REPLY_LENGTH, Reply, ReplyTemplate
from .searchable import SearchableText
from .submissions import ANSWER_LENGTH, Answer, Submission
from .themes import Passage, Theme
from .versions import MOST_VERSIONS, DraftVersion

__all__ = [
    "ANSWER_LENGTH",
    "LEAST_GROUPS",
    "LONGEST_WORD",
    "MONTHS",
    "MOST_VERSIONS",
    "REPLY_LENGTH",
    "Answer",
    "Correction",
    "Disposal",
    "DisposalItem",
    "Draft",
    "DraftAnswer",
    "DraftVersion",
    "FollowUp",
    "FollowUpAnswer",
    "GuardCount",
    "InternalNote",
    "NoteReceipt",
    "Outcome",
    "Passage",
    "Question",
    "QuestionSet",
    "Reminder",
    "Reply",
    "ReplyTemplate",
    "SavedSearch",
    "SearchableText",
    "StatusChange",
    "Submission",
    "Theme",
    "digest",
    "fingerprint",
    "in_words",
    "new_token",
]
