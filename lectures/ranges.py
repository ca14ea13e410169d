"""Files sent whole or in part (RFC 9110, sections 13 and 14), so that a film can be moved about in."""

import re
from urllib.parse import quote

from django.conf import settings
from django.db import connection
from django.http import FileResponse, HttpResponse
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header, http_date, parse_http_date_safe

# A browser asks for a film from here to its end and then reads as it plays. The answer is cut, as RFC 9110
# (15.3.7) lets a server do, so that a slow reader holds a thread for this much and not for the whole film.
LONGEST_PART = 2 * 1024 * 1024

_SINGLE = re.compile(r"\s*bytes\s*=\s*([0-9]{0,18})-([0-9]{0,18})\s*", re.ASCII | re.IGNORECASE)


class Unsatisfiable(Exception):
    """The part asked for lies beyond the end."""


def asked_part(header, size):
    """Return the (first, last) byte that a Range header asks for of `size` bytes, or None to send the whole.

    A header that cannot be understood, and one that asks for several parts, is to be ignored (14.2).
    Raises Unsatisfiable when nothing of what is asked for exists.
    """
    match = _SINGLE.fullmatch(header)
    if not match or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if not first:
        if int(last) == 0 or size == 0:
            raise Unsatisfiable
        return max(0, size - int(last)), size - 1
    if last and int(last) < int(first):
        return None
    if int(first) >= size:
        raise Unsatisfiable
    return int(first), min(int(last), size - 1) if last else size - 1


def still_the_same(if_range, etag, modified):
    """Whether the file that the reader has a part of is this one: the strong comparison of 13.1.5."""
    if not if_range:
        return True
    if if_range.startswith(('"', "W/")):
        return if_range == etag
    return parse_http_date_safe(if_range) == modified


class Part:
    """An open file that ends where the part ends. Its number is given out so that the web server can use sendfile."""

    def __init__(self, file, first, length):
        file.seek(first)
        self.file, self.left = file, length

    def read(self, size=-1):
        chunk = self.file.read(self.left if size < 0 else min(size, self.left))
        self.left -= len(chunk)
        return chunk

    def fileno(self):
        return self.file.fileno()

    def close(self):
        self.file.close()


def send_file(request, stored, content_type, *, download_as="", max_age=600):
    """Answer a GET or HEAD with a stored file (of a FileField), or the part of it that is asked for.

    With `download_as` the reader gets a file of that name to keep. Raises FileNotFoundError.
    The one place where films, posters, captions and documents leave the portal: who may have the file is
    settled by the view that calls this.
    """
    size = stored.storage.size(stored.name)
    changed = stored.storage.get_modified_time(stored.name)
    modified = int(changed.timestamp())
    etag = f'"{int(changed.timestamp() * 1_000_000):x}-{size:x}"'

    response = get_conditional_response(request, etag=etag, last_modified=modified)
    if response is None:
        response = body(request, stored, size, etag, modified)
        if response.status_code != 416:
            response["Content-Type"] = content_type
            if download_as:
                response["Content-Disposition"] = content_disposition_header(True, download_as)
    response["Accept-Ranges"] = "bytes"
    response["ETag"] = etag
    response["Last-Modified"] = http_date(modified)
    response["Cache-Control"] = f"public, max-age={max_age}"
    return response


def body(request, stored, size, etag, modified):
    if settings.FILES_FROM_PROXY:
        # The proxy sends the file, and the part of it that is asked for: from an address that only we can name, or by its
        # own name once it has asked whether it may (deploy/nginx.conf). It lets neither header through.
        return HttpResponse(
            headers={
                "X-Accel-Redirect": settings.FILES_FROM_PROXY + quote(stored.name),
                "X-Stored-File": stored.name.encode().decode("latin-1"),
            }
        )
    if request.method == "HEAD":
        # Range has no meaning here, and not every web server drops the body of an answer to HEAD.
        return HttpResponse(headers={"Content-Length": size})
    part = None
    if "Range" in request.headers and still_the_same(request.headers.get("If-Range"), etag, modified):
        try:
            part = asked_part(request.headers["Range"], size)
        except Unsatisfiable:
            return HttpResponse(
                status=416, content_type="text/plain", headers={"Content-Range": f"bytes */{size}"}
            )
    if part is None:
        return sent(stored, 0, size)
    first, last = part[0], min(part[1], part[0] + LONGEST_PART - 1)
    response = sent(stored, first, last - first + 1)
    response.status_code = 206
    response["Content-Range"] = f"bytes {first}-{last}/{size}"
    return response


def sent(stored, first, length):
    # A reader may be slow; what is under way to one holds no connection to the database.
    if not connection.in_atomic_block:
        connection.close()
    file = open(stored.path, "rb", buffering=0)  # noqa: SIM115 (closed with the response)
    response = FileResponse(Part(file, first, length))
    response["Content-Length"] = length
    return response
