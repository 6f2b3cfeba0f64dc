# ruff: noqa: INP001  # a script that dev.py starts, in a folder of files for operators
"""Makes a release: source, built pages and wheels in one archive that installs without internet and without Node."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = "requirements.lock"
LEFT_OUT = ("tests/", "bench/", ".", "requirements-dev.lock")
"""What only developers need."""
BUILT = ("web/dist",)
"""What is built from the source and not committed."""


def main() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    name = f"simpul-{project['version']}"
    target = ROOT / "dist" / f"{name}.tar.gz"
    target.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="simpul-release-") as folder:
        wheels = Path(folder) / "wheels"
        _collect(Path(folder) / "venv", wheels)
        (wheels / "requirements.txt").write_text(requirements_of(wheels), encoding="ascii")
        staged = target.with_suffix(".partial")
        with tarfile.open(staged, "w:gz", compresslevel=6) as archive:
            for file in source_files():
                archive.add(ROOT / file, f"{name}/{file}", recursive=False, filter=_nobodys)
            for wheel in sorted(wheels.iterdir()):
                archive.add(wheel, f"{name}/wheels/{wheel.name}", filter=_nobodys)
        staged.replace(target)
    digest = hashlib.sha256(target.read_bytes()).hexdigest()
    target.with_suffix(".gz.sha256").write_text(f"{digest}  {target.name}\n", encoding="ascii")
    sys.stdout.write(f"{target.relative_to(ROOT)}: {target.stat().st_size / 1e6:.0f} MB, SHA-256 {digest}\n")


def _collect(environment: Path, wheels: Path) -> None:
    """The wheels of the lock for this system and Python, each checked by its hash; built where there is none."""
    venv.create(environment, with_pip=True)
    python = environment / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    collect = ["-m", "pip", "wheel", "--quiet", "--disable-pip-version-check", "--no-deps", "--require-hashes"]
    command = [str(python), *collect, "--wheel-dir", str(wheels), "--requirement", LOCK]
    subprocess.run(command, cwd=ROOT, check=True)  # noqa: S603  # our own arguments


def requirements_of(wheels: Path) -> str:
    """A requirement with its hash for every wheel: one that was built here has another than in the lock."""
    lines = []
    for wheel in sorted(wheels.glob("*.whl")):
        distribution, version = wheel.name.split("-")[:2]
        digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
        lines.append(f"{re.sub(r'[-_.]+', '-', distribution).lower()}=={version} --hash=sha256:{digest}\n")
    return "".join(lines)


def source_files() -> list[str]:
    """What is committed and needed to serve, and the pages as they are built here."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout  # noqa: S607  # git is where it is
    files = [file for file in listed.split("\0") if file and not file.startswith(LEFT_OUT)]
    built = [path.relative_to(ROOT).as_posix() for top in BUILT for path in (ROOT / top).rglob("*") if path.is_file()]
    return sorted({file for file in (*files, *built) if (ROOT / file).is_file()})


def _nobodys(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """No name and no number of whoever made it."""
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mode = 0o755 if member.mode & 0o100 else 0o644
    return member


if __name__ == "__main__":
    main()
