"""What is said in a film, as a text to read: paragraphs under their chapters, each with the time where it is said."""

from dataclasses import dataclass, field
from functools import cached_property

# A paragraph ends where the speaker is silent for so long, or, once it is long enough, with a sentence.
SILENCE = 2500  # milliseconds
LONG_ENOUGH = 280  # letters


@dataclass
class Paragraph:
    """Captions that are read together; each is an anchor of its own, so that a link may lead into the middle."""

    cues: list = field(default_factory=list)
    notices: list = field(default_factory=list)  # What is new about that which is said here.

    @property
    def second(self):
        return self.cues[0].second

    @property
    def text(self):
        return " ".join(cue.text for cue in self.cues)

    def ends_before(self, cue):
        last = self.cues[-1]
        if cue.start - last.end > SILENCE:
            return True
        return len(self.text) >= LONG_ENOUGH and last.text.rstrip("”\"')").endswith((".", "?", "!"))


@dataclass
class Section:
    """A chapter with what is said in it; the first may be what is said before any chapter."""

    chapter: object
    notices: list = field(default_factory=list)
    paragraphs: list = field(default_factory=list)


class Transcript:
    """A lecture's film in words: what is said, its chapters, and what is new since, each at its second."""

    def __init__(self, cues, chapters, notices=()):
        self.cues, self.chapters = list(cues), sorted(chapters, key=lambda chapter: chapter.second)
        self.notices = sorted(notices, key=lambda placed: placed.second)

    def __bool__(self):
        return bool(self.cues)

    @cached_property
    def sections(self):
        sections = [Section(chapter) for chapter in self.chapters]
        anchors = {chapter.second for chapter in self.chapters}
        if not sections or self.starts_before(sections[0].chapter.second):
            sections.insert(0, Section(None))
        for cue in self.cues:
            # Several captions may begin within one second; an address leads to the first.
            cue.is_anchor = cue.second not in anchors
            anchors.add(cue.second)
            self.add(self.section_at(sections, cue.second), cue)
        for placed in self.notices:
            section = self.section_at(sections, placed.second)
            begun = [paragraph for paragraph in section.paragraphs if paragraph.second <= placed.second]
            (begun[-1] if begun else section).notices.append(placed)
        return sections

    def starts_before(self, second):
        return any(thing.second < second for thing in (*self.cues[:1], *self.notices[:1]))

    @staticmethod
    def section_at(sections, second):
        """Return the last section that has begun by the second."""
        begun = [section for section in sections if not section.chapter or section.chapter.second <= second]
        return begun[-1] if begun else sections[0]

    @staticmethod
    def add(section, cue):
        if not section.paragraphs or section.paragraphs[-1].ends_before(cue):
            section.paragraphs.append(Paragraph())
        section.paragraphs[-1].cues.append(cue)
