"""Fetches graphql-core's own tests, runs them through `engine.execute` and compares the outcome with what is known."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import zipfile
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
CACHE = ROOT / "var" / "cache" / "conformance"
PLUGINS = HERE / "requirements.txt"
NOT_APPLICABLE = HERE / "not_applicable.toml"

TAKEN = ("tests/", "docs/", "pyproject.toml")
"""What the tests need of the source distribution: not its `src`, since the installed package is what is tested."""

RUN_S_MAX = 300


class Unreachable(Exception):
    """The suite is not in the cache and could not be fetched."""


class Outcome(NamedTuple):
    """What became of each test, why the failed ones failed, and how many executions each lane had."""

    outcomes: dict[str, str]
    reasons: dict[str, str]
    lanes: dict[str, int]

    def having(self, outcome: str) -> set[str]:
        return {test for test, its in self.outcomes.items() if its == outcome}


class Difference(NamedTuple):
    """What differs from the list of tests that do not apply; empty when all is as it should be."""

    failed: list[str]  # and not listed
    stale: list[str]  # listed, and passes or is skipped
    unknown: list[str]  # listed, and there is no such test


def locked_requirement() -> str:
    """The lock's lines for graphql-core, with the hashes of its distributions."""
    version = importlib.metadata.version("graphql-core")
    lock = (ROOT / "requirements-dev.lock").read_text(encoding="utf-8")
    found = re.search(rf"^graphql-core=={re.escape(version)}(?: *\\\n +--hash=\S+)+$", lock, re.MULTILINE)
    if found is None:
        raise Unreachable(f"The lock does not hold graphql-core {version}, which is installed, with its hashes.")
    return found[0] + "\n"


def fetched() -> Path:
    """The folder that holds the suite, and its plugins in `plugins`, made when it is not there."""
    requirements = locked_requirement() + PLUGINS.read_text(encoding="utf-8")
    folder = CACHE / hashlib.sha256(requirements.encode()).hexdigest()[:16]
    if folder.is_dir():
        return folder
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as made:
        download(requirements, Path(made))
        whole = Path(made, "whole")
        unpack(Path(made), whole)
        # Renamed when it is whole: what was interrupted, or made by two at once, is never taken for it.
        try:
            whole.rename(folder)
        except OSError:
            if not folder.is_dir():
                raise
    return folder


def download(requirements: str, into: Path) -> None:
    """By pip and from wherever it is set up to look, hashes checked; it builds nothing but the metadata."""
    (into / "requirements.txt").write_text(requirements, encoding="utf-8")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command += ["--require-hashes", "--no-binary", "graphql-core", "--dest", str(into)]
    command += ["--requirement", str(into / "requirements.txt")]
    ended = subprocess.run(command, check=False, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if ended.returncode != 0:
        last = (ended.stderr.strip() or "pip said nothing").splitlines()[-1]
        raise Unreachable(f"graphql-core's source distribution could not be fetched: {last}")


def unpack(downloads: Path, into: Path) -> None:
    source, wheel = next(downloads.glob("*.tar.gz")), next(downloads.glob("*.whl"))
    with tarfile.open(source) as archive:
        for member in archive.getmembers():
            if member.name.partition("/")[2].startswith(TAKEN):
                archive.extract(member, downloads / "source", filter="data")
    shutil.move(next((downloads / "source").iterdir()), into)
    with zipfile.ZipFile(wheel) as archive:
        # Without its metadata, by which pytest would find the plugin a second time.
        archive.extractall(into / "plugins", [name for name in archive.namelist() if ".dist-info/" not in name])


def run(suite: Path, *, shown: bool = False) -> Outcome:
    """Run the tests in a process of their own, whose output is shown or given with what goes wrong."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        command = [sys.executable, str(HERE / "inside.py"), str(suite), str(suite / "plugins"), str(report)]
        ended = subprocess.run(command, check=False, cwd=suite, capture_output=not shown, text=True, timeout=RUN_S_MAX)
        # 1 is pytest's word for tests that failed, which is for the comparison to judge.
        if ended.returncode not in {0, 1} or not report.exists():
            raise RuntimeError(f"The suite ended with code {ended.returncode}.\n{ended.stdout}\n{ended.stderr}")
        return Outcome(**json.loads(report.read_text(encoding="utf-8")))


def not_applicable() -> dict[str, str]:
    """The tests that do not apply, each with its reason."""
    groups = tomllib.loads(NOT_APPLICABLE.read_text(encoding="utf-8"))["group"]
    return {test: group["reason"] for group in groups for test in group["tests"]}


def difference(outcome: Outcome, listed: set[str]) -> Difference:
    failed = outcome.having("failed")
    return Difference(
        failed=sorted(failed - listed),
        stale=sorted(listed & (outcome.outcomes.keys() - failed)),
        unknown=sorted(listed - outcome.outcomes.keys()),
    )


def main() -> int:
    try:
        outcome = run(fetched(), shown=True)
    except Unreachable as unreachable:
        sys.stderr.write(f"{unreachable}\n")
        return 1
    found = difference(outcome, set(not_applicable()))
    lines = [f"{count:6d}  {lane}" for lane, count in sorted(outcome.lanes.items(), key=lambda each: -each[1])]
    lines += [f"fails and is not listed: {test}" for test in found.failed]
    lines += [f"is listed and passes: {test}" for test in found.stale]
    lines += [f"is listed and does not exist: {test}" for test in found.unknown]
    sys.stdout.write("\n".join(["", "Executions by lane:", *lines, ""]))
    return 1 if any(found) else 0


if __name__ == "__main__":
    sys.exit(main())
