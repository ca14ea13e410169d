"""What an uploaded film is, by what it holds and not by its name; everything that is refused is told why.

A film is taken if the browsers in use play it, all of it is there, it can be moved about in, and it is as long as
the lecture is said to be. Nothing that the file itself names is opened: only the two kinds of container that
browsers know are read, each by its own reader.
"""

import io
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

from django.conf import settings
from django.template.defaultfilters import filesizeformat

from metodstod.later import Later

from . import lengths

av = Later("av")

# By container: what it is called, the names that a file of it may have, and what may be in it.
MP4_PICTURE = {"h264": "H.264", "av1": "AV1", "vp9": "VP9"}
MP4_SOUND = {"aac": "AAC", "mp3": "MP3", "opus": "Opus"}
WEBM_PICTURE = {"vp8": "VP8", "vp9": "VP9", "av1": "AV1"}
WEBM_SOUND = {"opus": "Opus", "vorbis": "Vorbis"}
PLAYABLE_PIXELS = {"yuv420p", "yuvj420p"}  # Eight bits, 4:2:0: what every browser decodes.

SMALLEST = (320, 180)
LARGEST = (3840, 2160)
# How far the film may be from its stated length: people round, and a title may have been cut away.
TOLERANCE = timedelta(seconds=5)
TOLERATED_SHARE = 0.01
MISSING = 1.5  # Seconds that a stream may lack at its end; sound and picture are seldom equally long.
LONGEST_WITHOUT_KEY_FRAME = 60  # Seconds: further apart, moving about in the film takes too long.
TRIED_PLACES = 5
LARGEST_INDEX = 64 * 1024 * 1024

OTHER_KINDS = (
    (b"%PDF", "en PDF"),
    (b"PK\x03\x04", "en zip-fil eller ett Office-dokument"),
    (b"MZ", "ett program"),
    (b"\x7fELF", "ett program"),
    (b"\x89PNG", "en bild"),
    (b"\xff\xd8\xff", "en bild"),
    (b"GIF8", "en bild"),
    (b"#EXTM3U", "en spellista"),
    (b"ID3", "en ljudfil"),
    (b"OggS", "en Ogg-fil"),
    (b"FLV", "en Flash-film"),
    (b"\x30\x26\xb2\x75", "en Windows Media-film (WMV)"),
    (b"\x00\x00\x01\xba", "en MPEG-film"),
    (b"G@", "en MPEG-ström (TS)"),
    (b"<", "en webbsida"),
    (b"WEBVTT", "en undertextfil"),
)


class BadFilm(ValueError):
    """The film cannot be taken; the message says why, to an editor."""


@dataclass(frozen=True)
class Film:
    """What an approved film is."""

    container: str
    length: timedelta
    width: int
    height: int
    index_is_first: bool


def check(path, *, name, stated_length=None):
    """Return what the film at `path` is. `name` is what the uploader calls it. Raises BadFilm."""
    container = kind_of(path)
    check_name(name, container)
    try:
        with opened(path, container) as film:
            check_not_locked(path, container)
            picture, sound = check_streams(film, container)
            seen = Tally(film)
            length = check_whole(film, picture, sound, seen)
            check_picture(picture.codec_context)
            check_seeking(seen, picture, length)
            size = picture.codec_context.width, picture.codec_context.height
        check_decodes(path, container, length)
    except av.error.FFmpegError:
        raise BadFilm("Filmen går inte att läsa. Filen är trasig; hämta eller spara den på nytt.") from None
    check_length(length, stated_length)
    return Film(container, length, *size, index_is_first=container == "webm" or index_first(path))


def opened(path, container):
    # `pipe` and the network are not for a file to ask for, whatever its inside says.
    return av.open(
        str(path),
        format="mp4" if container == "mp4" else "matroska",
        container_options={"protocol_whitelist": "file"},
    )


def check_size(size):
    """Raises BadFilm if a file of so many bytes is not taken."""
    if size > settings.LARGEST_FILM:
        raise BadFilm(
            f"Filmen är {filesizeformat(size)}. Högst {filesizeformat(settings.LARGEST_FILM)} tas emot. "
            "Spara den med lägre upplösning, till exempel 1280 × 720."
        )


def kind_of(path):
    """Return "mp4" or "webm" by the file's first bytes."""
    with Path(path).open("rb") as file:
        head = file.read(4096)
    if not head:
        raise BadFilm("Filen är tom.")
    if head[4:8] == b"ftyp":
        if head[8:12] == b"qt  ":
            raise BadFilm("Filen är QuickTime (.mov), som inte alla webbläsare spelar. Spara den som mp4.")
        if head[8:11] in (b"M4A", b"M4B"):
            raise BadFilm("Filen innehåller bara ljud.")
        if head[8:12] in (b"heic", b"mif1", b"avif"):
            raise BadFilm("Filen är en bild, inte en film.")
        return "mp4"
    if head[4:8] in (b"moov", b"mdat", b"wide", b"free"):
        raise BadFilm("Filen är QuickTime (.mov), som inte alla webbläsare spelar. Spara den som mp4.")
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        if b"webm" in head[:64]:
            return "webm"
        raise BadFilm("Filen är Matroska (.mkv), som inte alla webbläsare spelar. Spara den som mp4.")
    if head.startswith(b"RIFF"):
        raise BadFilm({b"AVI ": "Filen är AVI. Spara den som mp4."}.get(head[8:12], "Filen är inte en film."))
    for start, what in OTHER_KINDS:
        if head.lstrip().startswith(start):
            raise BadFilm(f"Filen är {what}, inte en film i mp4 eller webm.")
    raise BadFilm("Filen är inte en film i mp4 eller webm.")


def check_name(name, container):
    ending = name.rpartition(".")[2].lower()
    if ending != container:
        raise BadFilm(f"Filen heter .{ending} men innehåller {container}. Ge den namnet .{container}.")


def check_streams(film, container):
    """Return the picture's and the sound's streams, of kinds that browsers play."""
    pictures = [stream for stream in film.streams.video if not is_cover(stream)]
    if not pictures:
        raise BadFilm("Filen innehåller ingen rörlig bild.")
    if len(pictures) > 1:
        raise BadFilm(f"Filen innehåller {len(pictures)} bildspår. En webbläsare visar bara ett av dem.")
    if not film.streams.audio:
        raise BadFilm("Filmen har inget ljud.")
    if len(film.streams.audio) > 1:
        raise BadFilm(
            f"Filen innehåller {len(film.streams.audio)} ljudspår. En webbläsare spelar bara ett av dem."
        )
    picture, sound = pictures[0], film.streams.audio[0]
    check_codec("Bilden", picture, MP4_PICTURE if container == "mp4" else WEBM_PICTURE)
    check_codec("Ljudet", sound, MP4_SOUND if container == "mp4" else WEBM_SOUND)
    return picture, sound


def is_cover(stream):
    return bool(stream.disposition & av.stream.Disposition.attached_pic)


def check_not_locked(path, container):
    # A locked stream is an `encv` or `enca` whose real kind lies in a `sinf` (ISO/IEC 14496-12, 8.12).
    if container == "mp4" and any(mark in index_of(path) for mark in (b"encv", b"enca")):
        raise BadFilm("Filmen är låst med kopieringsskydd. Lägg upp en olåst fil.")


def check_codec(what, stream, playable):
    codec = stream.codec_context.codec.canonical_name if stream.codec_context else "okänt"
    if codec not in playable:
        raise BadFilm(
            f"{what} är kodad som {codec}, som inte alla webbläsare spelar. "
            f"Spara om filmen med {in_a_row(playable.values())}."
        )


def in_a_row(words):
    *most, last = words
    return f"{', '.join(most)} eller {last}" if most else last


def check_picture(codec):
    width, height = codec.width, codec.height
    if codec.pix_fmt not in PLAYABLE_PIXELS:
        raise BadFilm(
            f"Bilden har färgformatet {codec.pix_fmt}, som inte alla webbläsare spelar. "
            "Spara om filmen med 8 bitar och 4:2:0 (yuv420p)."
        )
    if width < SMALLEST[0] or height < SMALLEST[1]:
        raise BadFilm(
            f"Bilden är bara {width} × {height} punkter. Minst {SMALLEST[0]} × {SMALLEST[1]} behövs."
        )
    if max(width, height) > LARGEST[0] or min(width, height) > LARGEST[1]:
        raise BadFilm(
            f"Bilden är {width} × {height} punkter. Högst {LARGEST[0]} × {LARGEST[1]} går att visa."
        )


class Tally:
    """All the packets of a film, counted by stream: where the last one ends, and where one may begin to play."""

    def __init__(self, film):
        self.count, self.end, self.key_times, self.damaged = {}, {}, [], 0
        for packet in film.demux():
            if packet.size == 0:
                continue
            index = packet.stream.index
            self.count[index] = self.count.get(index, 0) + 1
            self.damaged += packet.is_corrupt
            if packet.pts is None:
                continue
            end = float((packet.pts + (packet.duration or 0)) * packet.time_base)
            self.end[index] = max(self.end.get(index, 0), end)
            if packet.stream.type == "video" and packet.is_keyframe:
                self.key_times.append(float(packet.pts * packet.time_base))


def check_whole(film, picture, sound, seen):
    """Return the film's length once all that its head promises has been found in it."""
    promised = film.duration / av.time_base if film.duration else 0
    for stream in (picture, sound):
        counted = seen.count.get(stream.index, 0)
        if not counted:
            raise BadFilm("Filmen är avbruten: den innehåller inget av det som filens början lovar.")
        if stream.frames and counted < stream.frames:
            share = counted * 100 // stream.frames
            raise BadFilm(
                f"Filmen är avbruten: bara {share} procent av den finns i filen. Lägg upp den på nytt."
            )
    if seen.damaged:
        raise BadFilm("Filmen är skadad: delar av den går inte att läsa. Hämta eller spara den på nytt.")
    ends = seen.end[picture.index], seen.end[sound.index]
    if promised and max(ends) < promised - MISSING:
        raise BadFilm(
            f"Filmen är avbruten: den ska vara {spoken(promised)} men slutar efter {spoken(max(ends))}."
        )
    if ends[1] < ends[0] * 0.9 - MISSING:
        raise BadFilm(
            f"Ljudet tar slut efter {spoken(ends[1])}, men bilden fortsätter till {spoken(ends[0])}."
        )
    if ends[0] < ends[1] * 0.9 - MISSING:
        raise BadFilm(
            f"Bilden tar slut efter {spoken(ends[0])}, men ljudet fortsätter till {spoken(ends[1])}."
        )
    return timedelta(seconds=max(ends))


def spoken(seconds):
    return lengths.in_words(timedelta(seconds=seconds))


def check_seeking(seen, picture, length):
    times = [*sorted(seen.key_times), seen.end[picture.index]]
    gap = max((after - before for before, after in pairwise(times)), default=0)
    if not seen.key_times or gap > LONGEST_WITHOUT_KEY_FRAME:
        raise BadFilm(
            "Det går inte att hoppa i filmen: den har för långt mellan nyckelbilderna "
            f"({spoken(gap)}). Spara om den med en nyckelbild minst var tionde sekund."
        )


def check_decodes(path, container, length):
    """Raises BadFilm, or what the decoder raises, if the picture cannot be shown at places throughout the film."""
    for place in range(TRIED_PLACES):
        with opened(path, container) as film:
            stream = film.streams.video[0]
            stream.codec_context.thread_count = 1
            at = length.total_seconds() * place / TRIED_PLACES
            film.seek(int(at / stream.time_base), stream=stream, backward=True)
            frame = next(film.decode(stream), None)
            if frame is None or frame.is_corrupt:
                raise BadFilm(f"Bilden går inte att visa vid {spoken(at)}. Filen är skadad.")


def check_length(length, stated):
    if stated is None:
        return
    allowed = max(TOLERANCE, stated * TOLERATED_SHARE)
    if abs(length - stated) > allowed:
        raise BadFilm(
            f"Filmen är {lengths.in_words(length)}, men längden är angiven till {lengths.in_words(stated)}. "
            "Är det rätt film? Rätta i så fall längden."
        )


def boxes(path):
    """Yield each box that an mp4 is made of, in order, as (kind, first byte, size)."""
    size_of_file = Path(path).stat().st_size
    with Path(path).open("rb") as file:
        at = 0
        while at + 8 <= size_of_file:
            file.seek(at)
            head = file.read(16)
            size, kind = int.from_bytes(head[:4]), head[4:8]
            if size == 1:
                size = int.from_bytes(head[8:16])
            yield kind, at, size
            if size < 8:
                return
            at += size


def index_of(path):
    """Return the bytes of an mp4's index, or of as much of it as is there."""
    for kind, at, size in boxes(path):
        if kind == b"moov":
            with Path(path).open("rb") as file:
                file.seek(at)
                return file.read(min(size, LARGEST_INDEX))
    return b""


def index_first(path):
    """Whether an mp4's index comes before its pictures, so that it can start before all of it has come."""
    return next((kind == b"moov" for kind, _, _ in boxes(path) if kind in (b"moov", b"mdat")), False)


def put_index_first(path, target):
    """Write the mp4 anew with its index first; the pictures and the sound are the same bytes."""
    with (
        opened(path, "mp4") as film,
        av.open(str(target), "w", format="mp4", options={"movflags": "+faststart"}) as copy,
    ):
        streams = {
            stream.index: copy.add_stream_from_template(stream)
            for stream in (*film.streams.video, *film.streams.audio)
            if not is_cover(stream)
        }
        for packet in film.demux():
            if packet.dts is not None and packet.stream.index in streams:
                packet.stream = streams[packet.stream.index]
                copy.mux(packet)


def still(path, at):
    """Return the picture at a time in the film, as small WebP bytes. Raises BadFilm if there is none."""
    with opened(path, kind_of(path)) as film:
        stream = film.streams.video[0]
        film.seek(int(at.total_seconds() / stream.time_base), stream=stream, backward=True)
        found = None
        for frame in film.decode(stream):
            found = frame
            if frame.time is None or frame.time >= at.total_seconds():
                break
        if found is None:
            raise BadFilm("Det går inte att göra en stillbild av filmen.")
        image = found.to_image()
    image.thumbnail((1280, 720))
    stored = io.BytesIO()
    image.save(stored, "WEBP", quality=80)
    return stored.getvalue()
