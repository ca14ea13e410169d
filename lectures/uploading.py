"""Files on their way in: streamed to disk, never larger than allowed, and never left behind."""

import io
import tempfile
import time
from functools import partial

from django.conf import settings
from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, TemporaryFileUploadHandler
from django.db import transaction

ENDING = ".upload"
LEFT_BEHIND = 24 * 60 * 60  # seconds


class TooLarge(UploadedFile):
    """What was sent, but not kept: its name and size are all that is left, for the form to tell of."""

    def __init__(self, name, size):
        super().__init__(file=io.BytesIO(), name=name, size=size)


class LimitedUpload(FileUploadHandler):
    """Comes first and lets no more through than may be kept; the rest is counted and thrown away."""

    def new_file(self, field_name, *args, **kwargs):
        super().new_file(field_name, *args, **kwargs)
        self.limit = settings.LARGEST_FILM if field_name == "film" else settings.LARGEST_FILE
        self.received = 0

    def receive_data_chunk(self, raw_data, start):
        self.received += len(raw_data)
        return raw_data if self.received <= self.limit else None

    def file_complete(self, file_size):
        return TooLarge(self.file_name, self.received) if self.received > self.limit else None


class OnOurDisk(TemporaryUploadedFile):
    """An upload on the disk where it is to stay; removed when it is closed, unless it has been moved from there."""

    def __init__(self, name, content_type, size, charset, extra):
        settings.UPLOAD_DIR.mkdir(parents=True, exist_ok=True)
        file = tempfile.NamedTemporaryFile(suffix=ENDING, dir=settings.UPLOAD_DIR)  # noqa: SIM115 (closed by Django)
        UploadedFile.__init__(self, file, name, content_type, size, charset, extra)


class StreamedUpload(TemporaryFileUploadHandler):
    """Comes last: what is not small goes to disk as it comes, to the disk where it is to stay."""

    def new_file(self, *args, **kwargs):
        FileUploadHandler.new_file(self, *args, **kwargs)
        self.close_unfinished()
        self.file = OnOurDisk(self.file_name, self.content_type, 0, self.charset, self.content_type_extra)

    file = None

    def file_complete(self, file_size):
        file, self.file = super().file_complete(file_size), None
        return file

    def upload_complete(self):
        self.close_unfinished()

    def close_unfinished(self):
        """Remove what came of a file that an earlier handler has put an end to."""
        if self.file:
            self.file.close()


def keep_or_discard(stored, before):
    """Deal with a file field that has been saved, within the transaction: `before` is the name it had.

    Once the transaction has ended well, the file that was replaced is removed. Returns an act that removes the new
    one, for the caller to do if it does not end well.
    """
    if stored.name == before:
        return None
    if before:
        transaction.on_commit(partial(stored.storage.delete, before))
    return partial(stored.storage.delete, stored.name) if stored.name else None


def discard_later(stored):
    """Remove the file of a row that is being deleted, once the transaction has ended well."""
    if stored:
        transaction.on_commit(partial(stored.storage.delete, stored.name))


def sweep_uploads():
    """Remove what a server that was stopped in the middle of an upload has left; return how many files."""
    swept = 0
    for path in settings.UPLOAD_DIR.glob(f"*{ENDING}"):
        if time.time() - path.stat().st_mtime > LEFT_BEHIND:
            path.unlink(missing_ok=True)
            swept += 1
    return swept
