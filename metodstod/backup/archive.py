"""One encrypted file: the database's dump, the films, and last a list of it all with what each must be.

Written and read as a stream, so that hours of film need no more memory than a minute.
"""

import hashlib
import io
import json
import os
import re
import tarfile
import threading
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

import pyrage

NAME = re.compile(r"metodstod-\d{8}T\d{6}Z\.tar\.age", re.ASCII)
DATABASE, FILES, LIST = "database", "media", "list.json"
CHUNK = 1 << 20


class BadBackup(Exception):
    """The file cannot be opened, or is not what it was when it was made; says which."""


def is_backup(path):
    return NAME.fullmatch(path.name) is not None and path.is_file()


def new_name(at):
    return f"metodstod-{at.astimezone(UTC):%Y%m%dT%H%M%SZ}.tar.age"


def new_key(path):
    """Make a key, write its secret half to a new file that only its owner can read, return its public half."""
    identity = pyrage.x25519.Identity.generate()
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(f"# public key: {identity.to_public()}\n{identity}\n")
    return str(identity.to_public())


def recipients(public_keys):
    try:
        return [pyrage.x25519.Recipient.from_str(key) for key in public_keys]
    except pyrage.RecipientError:
        raise BadBackup("BACKUP_RECIPIENTS holds something that is no age key (age1…).") from None


def identities(path):
    """Return the secret keys in a file as age-keygen writes it. Raises `BadBackup`."""
    try:
        lines = [line.strip() for line in Path(path).read_text().splitlines()]
        found = [pyrage.x25519.Identity.from_str(line) for line in lines if line and line[0] != "#"]
    except (pyrage.IdentityError, UnicodeDecodeError):
        raise BadBackup(f"{path} holds no age key (AGE-SECRET-KEY-…).") from None
    if not found:
        raise BadBackup(f"{path} holds no key.")
    return found


class Writer:
    """Writes one backup. What is half written bears another name, and is removed."""

    def __init__(self, directory, public_keys):
        self.made_at = datetime.now(UTC)
        self.path = Path(directory) / new_name(self.made_at)
        self.recipients = recipients(public_keys)
        self.members = {}

    @contextmanager
    def open(self):
        part = self.path.with_suffix(".part")
        try:
            with (
                open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out,
                piped(lambda source: pyrage.encrypt_io(source, out, self.recipients), writes=True) as end,
                tarfile.open(fileobj=end, mode="w|") as self.tar,
            ):
                yield self
            with part.open("rb") as written:
                os.fsync(written.fileno())
            part.rename(self.path)
        finally:
            part.unlink(missing_ok=True)

    def add(self, name, path):
        """Add a file under a name, and note its size and digest."""
        with open(path, "rb") as file:
            member = tarfile.TarInfo(name)
            member.size = os.fstat(file.fileno()).st_size
            member.mtime, member.mode = int(self.made_at.timestamp()), 0o640
            hashing = Hashing(file)
            self.tar.addfile(member, hashing)
        self.members[name] = [member.size, hashing.digest.hexdigest()]

    def close(self, **facts):
        """Add the list of everything, with what is known of the database."""
        text = json.dumps(facts | {"made_at": self.made_at.isoformat(), "members": self.members}).encode()
        member = tarfile.TarInfo(LIST)
        member.size, member.mtime = len(text), int(self.made_at.timestamp())
        self.tar.addfile(member, io.BytesIO(text))


class Reader:
    """Reads one backup, and takes nothing on trust: neither names, nor sizes, nor content."""

    def __init__(self, path, key_file):
        self.path, self.identities = Path(path), identities(key_file)

    def unpack(self, directory, *, films=True):
        """Lay the members under a directory and return the list. Without `films` they are only read and compared."""
        found, listed = {}, None
        try:
            with (
                self.path.open("rb") as source,
                piped(lambda out: pyrage.decrypt_io(source, out, self.identities), writes=False) as end,
                tarfile.open(fileobj=end, mode="r|") as tar,
            ):
                for member in tar:
                    if not member.isfile() or not is_safe(member.name):
                        raise BadBackup(f"{member.name} has no place in a backup.")
                    if member.name == LIST:
                        listed = json.load(tar.extractfile(member))
                        continue
                    keep = films or member.name == DATABASE
                    found[member.name] = take(
                        tar.extractfile(member), Path(directory) / member.name if keep else None
                    )
        except pyrage.DecryptError:
            raise BadBackup("The key does not open this file, or it is no backup.") from None
        except (OSError, EOFError, tarfile.TarError, ValueError) as error:
            if isinstance(error, OSError) and error.errno:
                raise
            raise BadBackup("The backup is damaged or cut off.") from None
        if listed is None:
            raise BadBackup("The backup is damaged or cut off.")
        if found != {name: tuple(is_to_be) for name, is_to_be in listed["members"].items()}:
            raise BadBackup("The backup does not hold what its own list says.")
        return listed


class Hashing:
    """A file that is hashed as it is read."""

    def __init__(self, file):
        self.file, self.digest = file, hashlib.sha256()

    def read(self, size):
        data = self.file.read(size)
        self.digest.update(data)
        return data


def take(source, path):
    """Read a member to its end, into a file if there is a path for it; return its size and digest."""
    size, digest = 0, hashlib.sha256()
    if path:
        path.parent.mkdir(parents=True, exist_ok=True)
    with open(path or os.devnull, "wb") as out:
        while data := source.read(CHUNK):
            size += len(data)
            digest.update(data)
            out.write(data)
        if path:
            out.flush()
            os.fsync(out.fileno())
    return size, digest.hexdigest()


def is_safe(name):
    """Whether a name leads to the dump, to the list, or to below the films, and nowhere else."""
    parts = PurePosixPath(name).parts
    if name in {DATABASE, LIST}:
        return True
    return len(parts) > 1 and parts[0] == FILES and ".." not in parts and "\0" not in name


@contextmanager
def piped(work, *, writes):
    """Run `work` on one end of a pipe in a thread of its own, and give the other end; its error is raised here."""
    read_end, write_end = os.pipe()
    theirs, ours = (read_end, write_end) if writes else (write_end, read_end)
    failed = []

    def run():
        try:
            with open(theirs, "rb" if writes else "wb") as end:
                work(end)
        except BrokenPipeError:
            pass  # We have stopped reading, and know why.
        except Exception as error:
            failed.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        with open(ours, "wb" if writes else "rb") as end:
            yield end
            if not writes:
                while end.read(CHUNK):  # To its very end, so that a damaged end is seen too.
                    pass
    except Exception as error:
        thread.join()
        # Our own judgement goes first: once we stop reading, the other end fails too.
        raise (failed[0] if failed and not isinstance(error, BadBackup) else error) from None
    thread.join()
    if failed:
        raise failed[0]
