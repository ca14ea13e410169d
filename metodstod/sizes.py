"""Room on the disk, in figures that people read."""

import shutil


def as_text(size):
    """Return a number of bytes as people say it."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit in {"bytes", "kB"} else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"


def free_space(directory):
    return shutil.disk_usage(directory).free
