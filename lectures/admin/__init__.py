"""What editors keep of step 1, and the coordinators' reading view of the meetings held in their counties."""

from . import captions, lectures, links, meetings, notices

__all__ = ["captions", "lectures", "links", "meetings", "notices"]
