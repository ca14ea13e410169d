"""Step 3: a consultation made for a municipality's needs, its manager's mandate, and its time.

Two tracks run side by side: the manager's mandate and the search for a time. A time is confirmed when
both have come home. The acts that change anything are in `asking.py`, `mandate.py` and `booking.py`.
"""

from .act import Act
from .afterwards import FollowUp, NextStep
from .bookable import BookableTime, WeeklyPattern
from .booking import Booking, Invitee
from .consultation import Consultation
from .joint import JointMeeting, JointOffer
from .mandate import ManagerQuestion, Mandate
from .party import PartnerLink, Party
from .reminder import CalendarFeed, Reminder
from .suitability import TimeAnswer
from .waiting import WaitingPlace

__all__ = [
    "Act",
    "BookableTime",
    "Booking",
    "CalendarFeed",
    "Consultation",
    "FollowUp",
    "Invitee",
    "JointMeeting",
    "JointOffer",
    "ManagerQuestion",
    "Mandate",
    "NextStep",
    "PartnerLink",
    "Party",
    "Reminder",
    "TimeAnswer",
    "WaitingPlace",
    "WeeklyPattern",
]
