"""Builds the scripts of the pages with Node, if it is installed. The pages also work without them."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

WEB = Path(__file__).resolve().parent / "web"
BUILT = WEB / "dist"
STAMP = BUILT / ".built"
"""Written last, so that an interrupted build has none."""
SOURCES = ("package.json", "package-lock.json", "tsconfig.json", "vite.config.ts", "islands/**/*")
NODE_MIN = (20, 19)
BUILD_S_MAX = 600


class NotBuilt(Exception):
    """The scripts cannot be built; the sentence says why, and what would help."""


def main() -> int:
    """Build if something has changed. A failure is only reported, since the hub serves without scripts."""
    try:
        done = "built" if build() else "built already"
    except NotBuilt as reason:
        print(reason)  # noqa: T201  # a command for a terminal
        return 0
    files = json.loads((BUILT / "manifest.json").read_text(encoding="utf-8"))
    print(f"The islands of the pages are {done}: {sum('isEntry' in part for part in files.values())} of them.")  # noqa: T201  # as above
    return 0


def build() -> bool:
    """Build the scripts. Returns whether that was necessary. Raises NotBuilt."""
    digest = digest_of_sources()
    if STAMP.exists() and STAMP.read_text(encoding="ascii") == digest:
        return False
    npm = _npm()
    _run([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], "installed")
    _run([npm, "run", "--silent", "build"], "built")
    STAMP.write_text(digest, encoding="ascii")
    return True


def digest_of_sources() -> str:
    digest = hashlib.sha256()
    for file in sorted({file for pattern in SOURCES for file in WEB.glob(pattern) if file.is_file()}):
        digest.update(file.relative_to(WEB).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()


def _npm() -> str:
    node, npm = shutil.which("node"), shutil.which("npm")
    wanted = ".".join(map(str, NODE_MIN))
    if node is None or npm is None:
        raise NotBuilt(f"There is no Node with npm, so the pages go without scripts. Install Node {wanted} or newer.")
    told = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout  # noqa: S603  # the path that was found
    version = re.match(r"v(\d+)\.(\d+)", told)
    if version is None or (int(version[1]), int(version[2])) < NODE_MIN:
        raise NotBuilt(f"Node {told.strip()} is too old to build the scripts of the pages: {wanted} or newer.")
    return npm


def _run(command: list[str], done: str) -> None:
    try:
        subprocess.run(command, cwd=WEB, check=True, timeout=BUILD_S_MAX)  # noqa: S603  # our own arguments
    except (subprocess.SubprocessError, OSError) as error:
        raise NotBuilt(f"The pages' scripts could not be {done}, so the pages go without: {error}.") from error


if __name__ == "__main__":
    sys.exit(main())
