"""Backup and restore: the database and the films in one encrypted file, compared when it is laid back.

The file is a tar archive in the age format (age-encryption.org). The portal holds only the public keys that backups are encrypted
to; whoever takes the server cannot read them, and the day the portal cannot run, `age -d` and `tar` open them.
"""

from .archive import BadBackup, Reader, Writer, is_backup, new_key
from .databases import DatabaseFailed, database

__all__ = ["BadBackup", "DatabaseFailed", "Reader", "Writer", "database", "is_backup", "new_key"]
