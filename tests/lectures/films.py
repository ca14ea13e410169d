"""Small films for tests, made by the libraries that check them: two seconds of grey with a hum unless told."""

import struct
from array import array
from fractions import Fraction
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import av

RATE = 48_000


def make_film(path, **how):
    """Write a film to the path and return it. What is the same is made once."""
    Path(path).write_bytes(film_bytes(**how))
    return Path(path)


@cache
def film_bytes(format="mp4", **how):
    with TemporaryDirectory() as folder:
        path = Path(folder) / "film"
        write(path, format, **how)
        return path.read_bytes()


def write(
    path,
    format,
    *,
    picture="libx264",
    sound="aac",
    seconds=2,
    sound_seconds=None,
    size=(320, 180),
    pixels="yuv420p",
    a_second=5,
    pictures=1,
    sounds=1,
    key_every=10,
    index_first=True,
    **options,
):
    options = {"movflags": "+faststart"} | options if format in {"mp4", "mov"} and index_first else options
    with av.open(str(path), "w", format=format, options=options) as container:
        videos = [video(container, picture, size, pixels, a_second, key_every) for _ in range(pictures)]
        audios = [audio(container, sound) for _ in range(sounds)]
        for stream in videos:
            for number in range(int(seconds * a_second)):
                container.mux(stream.encode(frame(number, size, pixels, a_second)))
            container.mux(stream.encode())
        for stream in audios:
            for part in hum(stream, seconds if sound_seconds is None else sound_seconds):
                container.mux(stream.encode(part))
            container.mux(stream.encode())


def video(container, codec, size, pixels, a_second, key_every):
    quick = {
        "libx264": {"preset": "ultrafast"},
        "libx265": {"preset": "ultrafast", "x265-params": "log-level=none"},
    }
    stream = container.add_stream(codec, rate=a_second, options=quick.get(codec, {}))
    stream.width, stream.height = size
    stream.pix_fmt = pixels
    stream.codec_context.gop_size = key_every
    return stream


def frame(number, size, pixels, a_second):
    made = av.VideoFrame(*size, "gray")
    made.planes[0].update(bytes([60 + number % 120]) * made.planes[0].buffer_size)
    made = made.reformat(format=pixels)
    made.pts, made.time_base = number, Fraction(1, a_second)
    return made


def audio(container, codec):
    return container.add_stream(codec, rate=RATE, layout="stereo" if codec == "vorbis" else "mono")


def hum(stream, seconds):
    """Yield the sound in the size that the encoder wants."""
    size = stream.codec_context.frame_size or 1024
    layout, channels = stream.codec_context.layout.name, len(stream.codec_context.layout.channels)
    samples = array("h", [1000, -1000] * (size // 2 * channels))
    for start in range(0, int(seconds * RATE), size):
        part = av.AudioFrame(format="s16", layout=layout, samples=size)
        part.planes[0].update(samples.tobytes()[: part.planes[0].buffer_size])
        part.sample_rate, part.pts, part.time_base = RATE, start, Fraction(1, RATE)
        yield part


# Damage ----------------------------------------------------------------------------------------------


def cut(data, share):
    """The first part of a file, as after a transfer that was cut off."""
    return data[: int(len(data) * share)]


def blanked(data, start, end):
    """The file with a part of it, from share to share, overwritten by zeros."""
    start, end = int(len(data) * start), int(len(data) * end)
    return data[:start] + bytes(end - start) + data[end:]


def only_box(data, kind):
    """An mp4 of its `ftyp` and one more box: its head alone, or what it holds without a head."""
    at, found = 0, b""
    while at + 8 <= len(data):
        (size,) = struct.unpack(">I", data[at : at + 4])
        if data[at + 4 : at + 8] in (b"ftyp", kind):
            found += data[at : at + size]
        at += size
    return found
