"""Step 1: the lectures a work group watches together, and the meetings (träffar) where it does."""

from .caption import Cue
from .chapter import Chapter
from .coming_captions import ComingCaptions
from .lecture import Lecture, Provider, content_type, host_of
from .link import Link
from .material import Material
from .meeting import Meeting
from .notice import Notice, NoticePlace
from .place import Place

__all__ = [
    "Chapter",
    "ComingCaptions",
    "Cue",
    "Lecture",
    "Link",
    "Material",
    "Meeting",
    "Notice",
    "NoticePlace",
    "Place",
    "Provider",
    "content_type",
    "host_of",
]
