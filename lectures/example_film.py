"""Short films for the demo: a few words on a plain ground, a soft tone at each new picture, Swedish captions.

They say themselves that they are examples. Made with the libraries that check uploaded films, in a fraction of a
second each.
"""

import io
import math
import re
import textwrap
from array import array
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path

import av
from django.conf import settings
from PIL import Image, ImageDraw, ImageFont

from .webvtt import LONGEST_LINE, MOST_LINES

SIZE = (960, 540)
FRAMES_A_SECOND = 4
READ_A_SECOND = 16  # letters
SHORTEST_CAPTION = 1500  # milliseconds
PAUSE = 200  # milliseconds
SAMPLES_A_SECOND = 24_000
GROUND, INK, BAR = "#0e4a57", "#ffffff", "#d6e6e8"
FONT = Path(settings.BASE_DIR) / "static" / "fonts" / "source-sans-3-latin.woff2"


@dataclass(frozen=True)
class Scene:
    """A picture, and the captions that read it out, one after the other."""

    large: str
    small: str
    said: tuple
    chapter: str = ""
    question: str = ""

    @property
    def lengths(self):
        """How many milliseconds each caption is shown."""
        return [max(SHORTEST_CAPTION, round(len(text) / READ_A_SECOND * 1000)) for text in self.said]

    @property
    def seconds(self):
        """How long the picture is shown: whole seconds, so that a chapter begins on one."""
        return math.ceil((sum(self.lengths) + PAUSE) / 1000)


def scenes(lecture):
    """Return what the film shows. It says what it is, and else only what the portal itself says of the lecture."""
    length = lecture.length_in_words
    return (
        Scene(
            "Exempelfilm",
            "Den visar hur en film ser ut här.",
            ("Det här är en exempelfilm.", "Den visar hur en film ser ut här."),
            chapter="Om exemplet",
        ),
        Scene(
            lecture.title,
            lecture.provider.name,
            (
                *captioned(f"Den riktiga föreläsningen heter: {lecture.title}."),
                *captioned(f"Den är {length} lång."),
            ),
        ),
        Scene(
            "Det handlar om",
            "Orden är webbplatsens egna.",
            tuple(line for sentence in sentences(lecture.summary) for line in captioned(sentence)),
            chapter="Vad föreläsningen handlar om",
            question="Vad i beskrivningen känner ni igen från ert eget arbete?",
        ),
        Scene(
            "För vem?",
            "Se gärna alla föreläsningar.",
            tuple(line for sentence in sentences(lecture.audience) for line in captioned(sentence)),
            chapter="För vem den är gjord",
            question="Vilka fler på er arbetsplats borde se den?",
        ),
        Scene(
            "Slut på exemplet",
            "Undertexterna säger samma sak som bilden.",
            ("Här slutar exempelfilmen.",),
        ),
    )


def sentences(text):
    return re.split(r"(?<=[.?!])\s+", " ".join(text.split()))


def captioned(sentence):
    """Cut a sentence into captions of two lines at the most."""
    lines = textwrap.wrap(sentence, LONGEST_LINE)
    return tuple(" ".join(lines[at : at + MOST_LINES]) for at in range(0, len(lines), MOST_LINES))


def chapters(lecture):
    """Return each chapter as (second, title, question)."""
    second, found = 0, []
    for scene in scenes(lecture):
        if scene.chapter:
            found.append((second, scene.chapter, scene.question))
        second += scene.seconds
    return found


def font(size, *, weight):
    """Return the portal's own font. Read anew each time, since a weight is set on the font itself."""
    face = ImageFont.truetype(FONT, size)
    face.set_variation_by_axes([weight])
    return face


def picture(large, small):
    """Return one scene as an image: the large words in as many lines as they take, the small ones below."""
    image = Image.new("RGB", SIZE, GROUND)
    draw = ImageDraw.Draw(image)
    lines = textwrap.wrap(large, 34 if len(large) > 20 else 20)
    large_font, small_font = font(52 if len(large) > 20 else 84, weight=700), font(34, weight=400)
    text = "\n".join(lines)
    _, top, _, bottom = draw.multiline_textbbox((70, 0), text, font=large_font, spacing=14)
    y = (SIZE[1] - (bottom - top) - 70) / 2 - 20
    draw.multiline_text((70, y), text, font=large_font, fill=INK, spacing=14)
    draw.text((70, y + bottom + 28), small, font=small_font, fill=BAR)
    return image


def frames(pictures):
    """Yield the film's frames, each picture as long as its scene; a bar at the foot shows that the film plays."""
    total = sum(seconds for _, seconds in pictures) * FRAMES_A_SECOND
    number = 0
    for picture, seconds in pictures:
        for _ in range(seconds * FRAMES_A_SECOND):
            number += 1
            image = picture.copy()
            width = SIZE[0] * number // total
            ImageDraw.Draw(image).rectangle((0, SIZE[1] - 12, width, SIZE[1]), fill=BAR)
            yield image


@cache
def tone():
    """Return a soft tone that dies away within a second."""
    sound = array("h")
    for number in range(SAMPLES_A_SECOND):
        second = number / SAMPLES_A_SECOND
        loudness = 5000 * min(1, second * 50) * math.exp(-5 * second)
        sound.append(int(loudness * math.sin(2 * math.pi * 392 * second)))
    return sound


def samples(pictures):
    """Return the sound: the tone at each new picture, and else silence."""
    sound = array("h")
    for _, seconds in pictures:
        sound += tone() + array("h", bytes(2 * SAMPLES_A_SECOND * (seconds - 1)))
    return sound


def film(pictures, path):
    """Write the film to a file, from pictures with their seconds: H.264 and AAC in mp4 with its index first, which every browser plays."""
    with av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"}) as container:
        video = container.add_stream(
            "libx264", rate=FRAMES_A_SECOND, options={"preset": "veryfast", "crf": "30"}
        )
        video.width, video.height = SIZE
        video.pix_fmt = "yuv420p"
        audio = container.add_stream("aac", rate=SAMPLES_A_SECOND, layout="mono")
        audio.bit_rate = 24_000
        for image in frames(pictures):
            container.mux(video.encode(av.VideoFrame.from_image(image)))
        container.mux(video.encode())
        sound = samples(pictures)
        for start in range(0, len(sound), 1024):
            container.mux(audio.encode(audio_frame(sound[start : start + 1024], start)))
        container.mux(audio.encode())


def audio_frame(sound, start):
    frame = av.AudioFrame(format="s16", layout="mono", samples=len(sound))
    frame.planes[0].update(sound.tobytes())
    frame.sample_rate, frame.pts = SAMPLES_A_SECOND, start
    frame.time_base = Fraction(1, SAMPLES_A_SECOND)
    return frame


def poster(pictures):
    """Return the first picture as a small file."""
    stored = io.BytesIO()
    pictures[0][0].save(stored, "WEBP", quality=80)
    return stored.getvalue()


def pictures(lecture):
    """Return each scene's picture with the seconds it is shown."""
    return [(picture(scene.large, scene.small), scene.seconds) for scene in scenes(lecture)]


def captions(lecture):
    """Return the captions as WebVTT, with a short pause between them."""
    cues, scene_starts = [], 0
    for scene in scenes(lecture):
        start = scene_starts
        for text, length in zip(scene.said, scene.lengths, strict=True):
            end = start + length - PAUSE // 2
            cues.append(f"{timestamp(start)} --> {timestamp(end)}\n{textwrap.fill(text, LONGEST_LINE)}")
            start += length
        scene_starts += scene.seconds * 1000
    return "\n\n".join(["WEBVTT", *cues]) + "\n"


def timestamp(thousandths):
    seconds, thousandths = divmod(thousandths, 1000)
    return f"00:{seconds // 60:02}:{seconds % 60:02}.{thousandths:03}"
