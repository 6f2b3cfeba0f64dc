"""Clients and servers that are not of our making, from npm, for tests that talk to the hub with them."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from pathlib import Path

from tests.servers import Absent

PEERS = Path(__file__).resolve().parent / "peers"
INSTALL_S_MAX = 240


def peers() -> Path:
    """The folder of the scripts, with what they need installed as the lock says. Raises Absent without Node and npm."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        raise Absent("no Node with npm, which the test's other side runs on")
    lock = hashlib.sha256((PEERS / "package-lock.json").read_bytes()).hexdigest()
    import fcntl  # noqa: PLC0415  # not on Windows

    # Two parts of the tests may come here at once: the second waits for the first.
    with (PEERS / "package.json").open("rb") as door:
        fcntl.flock(door, fcntl.LOCK_EX)
        installed = PEERS / "node_modules" / ".installed"
        if not installed.exists() or installed.read_text(encoding="ascii") != lock:
            command = (npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund")
            subprocess.run(command, cwd=PEERS, check=True, timeout=INSTALL_S_MAX, capture_output=True)
            installed.write_text(lock, encoding="ascii")
    return PEERS
