"""What tests run on Node: clients and servers that are not of our making, and the hub's own package for TypeScript."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from pathlib import Path

from tests.servers import Absent

ROOT = Path(__file__).resolve().parent.parent
PEERS = ROOT / "tests" / "peers"
CLIENT = ROOT / "clients" / "typescript"
INSTALL_S_MAX = 240


def peers() -> Path:
    """The folder of the scripts, with what they need installed as the lock says. Raises Absent without Node and npm."""
    return _made(PEERS, [PEERS / "package-lock.json"])


def client() -> Path:
    """The package for TypeScript, installed as its lock says and built. Raises Absent without Node and npm."""
    files = [*CLIENT.glob("*.json"), *CLIENT.glob("*.mjs"), *CLIENT.glob("src/*.ts*")]
    return _made(CLIENT, [*sorted(files), ROOT / "schema" / "schema.graphql"], ("run", "build"))


def _made(folder: Path, sources: list[Path], *more: tuple[str, ...]) -> Path:
    """The folder, after its commands have run; they are not run again while its sources are the same."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        raise Absent("no Node with npm, which the test's other side runs on")
    digest = hashlib.sha256(b"\0".join(source.read_bytes() for source in sources)).hexdigest()
    import fcntl  # noqa: PLC0415  # not on Windows

    # Two parts of the tests may come here at once: the second waits for the first.
    with (folder / "package.json").open("rb") as door:
        fcntl.flock(door, fcntl.LOCK_EX)
        made = folder / "node_modules" / ".made"
        if not made.exists() or made.read_text(encoding="ascii") != digest:
            for command in (("ci", "--ignore-scripts", "--no-audit", "--no-fund"), *more):
                done = subprocess.run(
                    (npm, *command), cwd=folder, check=False, timeout=INSTALL_S_MAX, capture_output=True
                )
                assert done.returncode == 0, (done.stdout + done.stderr).decode()
            made.write_text(digest, encoding="ascii")
    return folder
