"""Contents: the bytes of one file of a folder, which may change or be exchanged at any moment."""

from __future__ import annotations

import os
import stat

from connectors.files.plan import FileRefused
from models.findings import FindingKind

# A link that was put in the file's place is not followed, and a pipe does not make the hub wait. Windows has neither.
_FLAGS = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


def content_of(path: str, bytes_max: int) -> bytes:
    """All bytes of a regular file. Raises FileRefused."""
    try:
        with os.fdopen(os.open(path, _FLAGS), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise FileRefused(FindingKind.UNREADABLE, "no regular file")
            content = file.read(bytes_max + 1)
    except OSError as error:
        raise FileRefused(FindingKind.UNREADABLE, f"cannot be opened: {type(error).__name__}") from error
    if len(content) > bytes_max:
        raise FileRefused(FindingKind.TOO_LARGE, f"more than {bytes_max} bytes")
    if not content:
        raise FileRefused(FindingKind.EMPTY, "no bytes")
    return content
