"""The small city as files, written once in a process and copied for whoever wants one of their own."""

from __future__ import annotations

import atexit
import functools
import shutil
import tempfile
from pathlib import Path

from sample.write import write_city


def small_city(into: Path) -> Path:
    """Put all that `sample.write` makes of the small city into a folder. Not for a running event loop."""
    return Path(shutil.copytree(_model(), into, dirs_exist_ok=True))


@functools.cache
def _model() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="simpul-city-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    write_city("small", folder)
    return folder
