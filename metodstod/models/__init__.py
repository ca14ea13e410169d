"""People and places: who works where, in which work group, and what the portal has told whom."""

from .access_log import AccessLog
from .content_change import ContentChange
from .fact import Fact
from .keys import Named, NaturalKeyManager, OncePerKey
from .limit import Tried
from .mail import Mail
from .people import User
from .phone import as_dialled
from .places import County, EmailDomain, FieldOfWork, Municipality, TargetGroup
from .session import Session
from .teams import (
    MOST_INVITATIONS_A_DAY,
    MOST_INVITATIONS_WAITING,
    Invitation,
    Membership,
    SomeoneWasFirst,
    Team,
    TooManyInvitations,
)
from .who_and_when import who_and_when

__all__ = [
    "MOST_INVITATIONS_A_DAY",
    "MOST_INVITATIONS_WAITING",
    "AccessLog",
    "ContentChange",
    "County",
    "EmailDomain",
    "Fact",
    "FieldOfWork",
    "Invitation",
    "Mail",
    "Membership",
    "Municipality",
    "Named",
    "NaturalKeyManager",
    "OncePerKey",
    "Session",
    "SomeoneWasFirst",
    "TargetGroup",
    "Team",
    "TooManyInvitations",
    "Tried",
    "User",
    "as_dialled",
    "who_and_when",
]
