"""The authority's scanner for viruses, ClamAV's `clamd`, if `CLAMD` names one; asked about every file that is uploaded.

`CLAMD` is the path of the socket that clamd listens at, or `host:port`. What it has not said is clean is not taken.
"""

import socket
from contextlib import closing

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError

from .security_log import note

ANSWERS_WITHIN = 120  # seconds; a film of two gigabytes is sent in some ten
PART = 1024 * 1024
END = (0).to_bytes(4, "big")


class ScannerAway(Exception):
    """The scanner did not answer, or would not look at the file; the message says which of the two, in English."""


class ScannedFileField(forms.FileField):
    """A file that is taken only if the scanner, where there is one, finds nothing in it."""

    def to_python(self, data):
        file = super().to_python(data)
        if file and settings.CLAMD:
            check(file)
        return file


def check(file):
    """Raises ValidationError if the scanner finds something in the file, or cannot say. The file is rewound."""
    try:
        found = scan(file)
    except ScannerAway as error:
        note("upload_not_scanned", why=str(error))
        raise ValidationError(
            "Filen kunde inte kontrolleras mot virus just nu, och togs därför inte emot. Försök igen om en stund. "
            "Händer det igen, säg till driften."
        ) from None
    finally:
        file.seek(0)
    if found:
        note("upload_with_virus", found=found)
        raise ValidationError("Viruskontrollen stoppade filen. Den har inte sparats.")


def scan(file):
    """Return what the scanner calls that which it finds in the file, or an empty string. Raises ScannerAway."""
    file.seek(0)
    answer = ask(b"zINSTREAM\0", parts(file))
    if answer == "stream: OK":
        return ""
    if answer.startswith("stream: ") and answer.endswith(" FOUND"):
        return answer.removeprefix("stream: ").removesuffix(" FOUND")
    raise ScannerAway(answer or "no answer")


def parts(file):
    """Yield the file as clamd wants it: each part after its length, and a length of nothing at the end."""
    while part := file.read(PART):
        yield len(part).to_bytes(4, "big") + part
    yield END


def answers():
    """Whether the scanner is there. Raises ScannerAway if it cannot be reached."""
    return ask(b"zPING\0", ()) == "PONG"


def ask(command, parts):
    """Return clamd's answer to a command and what follows it. Raises ScannerAway."""
    try:
        with closing(connected()) as line:
            line.sendall(command)
            try:
                for part in parts:
                    line.sendall(part)
            except (BrokenPipeError, ConnectionResetError):
                pass  # It has heard enough, and said why.
            answer = b""
            while not answer.endswith(b"\0") and (more := line.recv(4096)):
                answer += more
    except OSError as error:
        raise ScannerAway(type(error).__name__) from None
    return answer.rstrip(b"\0\n").decode("ascii", "replace")


def connected():
    host, _, port = settings.CLAMD.rpartition(":")
    if host:
        return socket.create_connection((host.strip("[]"), int(port)), timeout=ANSWERS_WITHIN)
    line = socket.socket(socket.AF_UNIX)
    line.settimeout(ANSWERS_WITHIN)
    try:
        line.connect(settings.CLAMD)
    except OSError:
        line.close()
        raise
    return line
