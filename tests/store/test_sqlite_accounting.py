"""SQLite counts no memory in a hub that serves: the lock of that count makes statements in threads wait."""

from __future__ import annotations

import subprocess
import sys

import pytest

USED = """
import ctypes, sqlite3, _sqlite3
from store.database.sqlite_accounting import stop_accounting
{told}
sqlite3.connect(":memory:").execute("CREATE TABLE t (a)")
print(ctypes.CDLL(_sqlite3.__file__).sqlite3_memory_used() > 0)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere SQLite is left as it is")
@pytest.mark.parametrize(("told", "counted"), [("", "True"), ("stop_accounting()", "False")])
def test_it_counts_none_once_it_is_told(told: str, counted: str) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", USED.format(told=told)], capture_output=True, text=True, check=True, timeout=60
    )
    assert ran.stdout.strip() == counted
