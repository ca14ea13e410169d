"""Captions read strictly: what a browser would pass over in silence is told with the line where it stands.

The format is WebVTT (https://www.w3.org/TR/webvtt1/). How long a line and a caption may be is from Västra
Götalandsregionens skrivhandledning, ”Den läsvänliga undertexten”: 42 characters a line, 84 a caption.
"""

import html
import re
from dataclasses import dataclass
from datetime import timedelta

from . import lengths

LONGEST_LINE = 42
MOST_LINES = 2
LARGEST_FILE = 2 * 1024 * 1024
SHOWN_FAULTS = 15
# A caption may stand a little beyond the last frame: players round the film's length.
BEYOND_THE_END = 1000

ARROW = "-->"
_TIME = re.compile(r"(?:(\d{2,}):)?([0-5]\d):([0-5]\d)\.(\d{3})", re.ASCII)
_TIMING = re.compile(r"\s*(\S+)\s+-->\s+(\S+)((?:\s+\S+:\S+)*)\s*")
_SETTING = re.compile(r"(?:vertical|line|position|size|align|region):\S+")
_TAG = re.compile(r"</?([a-z]*)([.\s][^>]*)?>|<(\d[\d:.]*)>", re.IGNORECASE)
_KNOWN_TAGS = {"b", "i", "u", "c", "v", "lang", "ruby", "rt"}
# What programs that make captions from sound write about themselves.
_MACHINE = re.compile(
    r"kind:\s*asr|whisper|auto-?generated|automatiskt? (?:skapad|gjord|genererad)|maskingjord|speech.?to.?text",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Caption:
    """One caption: start and end in milliseconds, and what it says without markup."""

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Captions:
    lines: tuple
    by_machine: bool


@dataclass(frozen=True, order=True)
class Fault:
    line: int
    message: str

    def __str__(self):
        return f"Rad {self.line}: {self.message}" if self.line else self.message


class BadCaptions(ValueError):
    """The captions cannot be used; `faults` says where and why, in order."""

    def __init__(self, *faults):
        super().__init__(*faults)
        self.faults = sorted(faults)

    @property
    def messages(self):
        shown = [str(fault) for fault in self.faults[:SHOWN_FAULTS]]
        if left := len(self.faults) - len(shown):
            shown.append(f"Och {left} fel till. Rätta de första och försök igen.")
        return shown


def read(data, *, film_length=None):
    """Return what a caption file's bytes say. Raises BadCaptions. `film_length` is a timedelta, if it is known."""
    text = decoded(data)
    lines = text.split("\n")
    check_signature(lines)
    reader = Reader(film_length)
    for number, block in blocks(lines):
        reader.take(number, block)
    if not reader.faults and not reader.captions:
        raise BadCaptions(Fault(0, "Filen innehåller inga undertexter."))
    if reader.faults:
        raise BadCaptions(*reader.faults)
    return Captions(tuple(reader.captions), by_machine=bool(_MACHINE.search("\n".join(reader.remarks))))


def check_size(size):
    if size > LARGEST_FILE:
        raise BadCaptions(Fault(0, "Filen är större än 2 MB. En undertextfil är bara text."))


def decoded(data):
    """Return the text, with line breaks of one kind. Raises BadCaptions if it is not UTF-8 through and through."""
    check_size(len(data))
    if not data.strip():
        raise BadCaptions(Fault(0, "Filen är tom."))
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise BadCaptions(Fault(1, "Filen är sparad som UTF-16. Spara den som UTF-8."))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise BadCaptions(
            Fault(line, "Här finns ett tecken som inte är UTF-8. Spara filen som UTF-8.")
        ) from None
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    faults = [
        Fault(number, message)
        for number, line in enumerate(text.split("\n"), start=1)
        if (message := unreadable(line))
    ]
    if faults:
        raise BadCaptions(*faults)
    return text


def unreadable(line):
    """Return what is wrong with a line's letters, if anything is."""
    if "\x00" in line or "\ufffd" in line:
        return "Här finns ett trasigt tecken. Skriv det på nytt."
    if re.search("Ã[¥¤¶…„–]|â€", line):
        return "Å, ä eller ö har blivit fel tecken. Spara filen om som UTF-8 från början."
    return None


def check_signature(lines):
    first = lines[0]
    if first == "WEBVTT" or first.startswith(("WEBVTT ", "WEBVTT\t")):
        return
    if re.match(r"\d+\s*$", first) and len(lines) > 1 and ARROW in lines[1]:
        raise BadCaptions(Fault(1, "Det här är SubRip (.srt). Spara undertexterna som WebVTT (.vtt)."))
    raise BadCaptions(Fault(1, "Första raden ska vara WEBVTT."))


def blocks(lines):
    """Yield each run of lines between empty ones, with the number of its first."""
    block, first = [], 1
    for number, line in enumerate([*lines, ""], start=1):
        if line.strip():
            if not block:
                first = number
            block.append(line)
        elif block:
            yield first, block
            block = []


class Reader:
    """Takes a file's blocks in order and remembers what they say and what is wrong with them."""

    def __init__(self, film_length):
        self.film_end = film_length and film_length // timedelta(milliseconds=1)
        self.captions, self.faults, self.remarks = [], [], []
        self.last = None  # The one before: its start, end and line.

    def fault(self, line, message):
        self.faults.append(Fault(line, message))

    def take(self, number, block):
        if number == 1 or block[0].startswith("NOTE"):
            self.remarks += block
        elif re.match(r"(STYLE|REGION)\s*$", block[0]) and not self.captions:
            return
        else:
            self.take_caption(number, block)

    def take_caption(self, number, block):
        at = next((index for index, line in enumerate(block[:2]) if ARROW in line), None)
        if at is None:
            self.fault(number, "Här saknas en rad med tider, till exempel 00:01.000 --> 00:04.000.")
            return
        line = number + at
        times = self.timing(line, block[at])
        said = block[at + 1 :]
        text = self.words(line, said)
        if times is None:
            return
        if text:
            self.captions.append(Caption(*times, text))
        self.last = (*times, line)

    def timing(self, line, text):
        """Return the start and end that a line of times gives, and check them against the caption before."""
        match = _TIMING.fullmatch(text)
        times = match and [milliseconds(match[1]), milliseconds(match[2])]
        if not match or None in times:
            if re.search(r"\d,\d{3}", text):
                self.fault(line, "Tiden ska ha punkt före tusendelarna, inte komma.")
            else:
                self.fault(line, "Tiderna går inte att läsa. Skriv dem som 00:01.000 --> 00:04.000.")
            return None
        for setting in match[3].split():
            if not _SETTING.fullmatch(setting):
                self.fault(line, f"Inställningen {setting} finns inte i WebVTT.")
        start, end = times
        if end <= start:
            self.fault(line, "Undertexten slutar innan den börjar.")
        if self.last:
            self.against_the_one_before(line, start)
        if self.film_end and end > self.film_end + BEYOND_THE_END:
            self.fault(
                line, f"Undertexten visas till {clock(end)}, men filmen slutar vid {clock(self.film_end)}."
            )
        return start, end

    def against_the_one_before(self, line, start):
        before, until, its_line = self.last
        if start < before:
            self.fault(line, f"Undertexten börjar före den på rad {its_line}. De ska stå i tidsordning.")
        elif start < until:
            self.fault(
                line, f"Undertexten börjar innan den på rad {its_line} är slut. De får inte överlappa."
            )

    def words(self, line, said):
        """Return what a caption says without markup, and check how it is set."""
        clean = []
        for number, text in enumerate(said, start=line + 1):
            if ARROW in text:
                self.fault(number, "Här saknas en tom rad före tiderna.")
            for tag in _TAG.finditer(text):
                if tag[3] is None and tag[1].lower() not in _KNOWN_TAGS:
                    self.fault(number, f"Märkningen {tag[0]} finns inte i WebVTT.")
            text = " ".join(html.unescape(_TAG.sub("", text)).split())
            if len(text) > LONGEST_LINE:
                self.fault(number, f"Raden har {len(text)} tecken. Högst {LONGEST_LINE} går att läsa.")
            clean.append(text)
        if not any(clean):
            self.fault(line, "Undertexten är tom.")
        elif len(clean) > MOST_LINES:
            self.fault(line, f"Undertexten har {len(clean)} rader. Högst {MOST_LINES} får plats.")
        return " ".join(filter(None, clean))


def milliseconds(text):
    """Return what a time says, or None if it is none."""
    match = _TIME.fullmatch(text)
    if not match:
        return None
    hours, minutes, seconds, thousandths = (int(part or 0) for part in match.groups())
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 + thousandths


def clock(thousandths):
    """Return a time in the film as it is written everywhere."""
    return lengths.clock(thousandths // 1000)
