"""Short films for the demo: a few words on a plain ground, a soft tone at each new picture, Swedish captions.

They say themselves that they are examples. Made with the libraries that check uploaded films, in a fraction of a
second each.
"""

import io
import math
import textwrap
from array import array
from fractions import Fraction
from functools import cache
from pathlib import Path

import av
from django.conf import settings
from PIL import Image, ImageDraw, ImageFont

SIZE = (960, 540)
FRAMES_A_SECOND = 5
SCENE_SECONDS = 3
SAMPLES_A_SECOND = 24_000
GROUND, INK, BAR = "#0e4a57", "#ffffff", "#d6e6e8"
FONT = Path(settings.BASE_DIR) / "static" / "fonts" / "source-sans-3-latin.woff2"
LONGEST_CAPTION_LINE = 40


def scenes(lecture):
    """Return what each picture says, as (large words, small words, the caption that reads them out)."""
    length = lecture.length_in_words
    return (
        ("Exempelfilm", "Den visar hur en film ser ut här.", "Det här är en exempelfilm."),
        (lecture.title, lecture.provider.name, f"Den riktiga föreläsningen heter: {lecture.title}."),
        (length, "så lång är föreläsningen", f"Den riktiga föreläsningen är {length} lång."),
        ("Slut på exemplet", "Undertexterna säger samma sak som bilden.", "Här slutar exempelfilmen."),
    )


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
    """Yield the film's frames; a bar at the foot grows, so that one sees that the film plays."""
    total = len(pictures) * SCENE_SECONDS * FRAMES_A_SECOND
    for number in range(total):
        image = pictures[number // (SCENE_SECONDS * FRAMES_A_SECOND)].copy()
        width = SIZE[0] * (number + 1) // total
        ImageDraw.Draw(image).rectangle((0, SIZE[1] - 12, width, SIZE[1]), fill=BAR)
        yield image


@cache
def samples(count):
    """Return the sound: at each new picture a soft tone that dies away within a second."""
    sound = array("h")
    for number in range(count):
        second = number / SAMPLES_A_SECOND % SCENE_SECONDS
        loudness = 5000 * min(1, second * 50) * math.exp(-5 * second)
        sound.append(int(loudness * math.sin(2 * math.pi * 392 * second)))
    return sound


def film(pictures, path):
    """Write the film to a file: H.264 and AAC in mp4 with its index first, which every browser plays."""
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
        sound = samples(len(pictures) * SCENE_SECONDS * SAMPLES_A_SECOND)
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
    pictures[0].save(stored, "WEBP", quality=80)
    return stored.getvalue()


def captions(lecture):
    """Return the captions as WebVTT, one cue a scene, with a short pause between them."""
    cues = [
        f"{timestamp(number * SCENE_SECONDS)} --> {timestamp((number + 1) * SCENE_SECONDS - 0.1)}\n"
        + textwrap.fill(caption, LONGEST_CAPTION_LINE)
        for number, (_, _, caption) in enumerate(scenes(lecture))
    ]
    return "\n\n".join(["WEBVTT", *cues]) + "\n"


def timestamp(seconds):
    return f"00:{int(seconds // 60):02}:{seconds % 60:06.3f}"
