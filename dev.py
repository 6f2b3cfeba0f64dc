"""Sets up, runs, tests and checks Simpul with nothing but Python's standard library, on Linux, macOS and Windows.

It must parse on Python 3.8, so that a Python that is too old gets a sentence instead of a traceback. It reads no
environment variable: whatever is set goes through to the commands that it starts.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import importlib.util
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Callable, NamedTuple

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON_MIN = (3, 11)
LOCK_RUN = "requirements.lock"
LOCK_DEV = "requirements-dev.lock"

# `./simpul sample` writes the version of the city into this file last, so that a sample city which was interrupted, or
# which is that of an older hub, is made again.
SAMPLE_COMPLETE = ROOT / "var" / "sample" / "small" / "complete"
SAMPLE_CITY = ROOT / "sample" / "city.py"
# Its first line says on which day the sample city was made, and the last one that has it until when it has lived.
SAMPLE_JOURNAL = SAMPLE_COMPLETE.with_name("live.jsonl")
SAMPLE_ZONE = dt.timezone(dt.timedelta(hours=7))
# The simulator makes up for so many days in seconds; a city that is older is better made anew.
MADE_UP_DAYS_MAX = 14


class Stop(Exception):
    """Ends the program with one sentence for the person at the keyboard."""

    def __init__(self, sentence: str, code: int = 1) -> None:
        super().__init__(sentence)
        self.code = code


class Progress:
    """Prints the numbered steps of one command."""

    def __init__(self, steps: int) -> None:
        self.steps = steps
        self.step = 0

    def next(self, what: str) -> None:
        self.step += 1
        say("[%d/%d] %s" % (self.step, self.steps, what))


def say(line: str) -> None:
    # Flushed, since the commands started next write to the same terminal or log.
    print(line, flush=True)


# --- What the machine must have ---------------------------------------------------------------------------------------


def refuse_old_python(version: tuple[int, int]) -> None:
    if version < PYTHON_MIN:
        raise Stop(
            "Simpul needs Python %d.%d or newer and this is Python %d.%d: install a newer one "
            "and start dev.py with it, for example `python3.13 dev.py help`." % (PYTHON_MIN + version)
        )


def refuse_missing_venv(is_there: Callable[[str], object] = importlib.util.find_spec) -> None:
    """Debian and Ubuntu ship Python without the modules that make a virtual environment."""
    missing = [name for name in ("venv", "ensurepip") if not is_there(name)]
    if missing:
        raise Stop(
            "This Python lacks its module %s, which makes virtual environments: on Debian and Ubuntu run "
            "`apt install python3-venv`, elsewhere install the full Python." % " and ".join(missing)
        )


# --- The virtual environment ------------------------------------------------------------------------------------------


def venv_python() -> Path:
    return VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def venv_version() -> str | None:
    """The Python version of `.venv`, such as "3.12.1", or None when there is no virtual environment that works."""
    try:
        config = (VENV / "pyvenv.cfg").read_text(encoding="utf-8")
    except OSError:
        return None
    found = re.search(r"^version(?:_info)?\s*=\s*(\d+)\.(\d+)(\.\d+)?", config, re.MULTILINE)
    if found is None or not venv_python().exists() or (int(found[1]), int(found[2])) < PYTHON_MIN:
        return None
    return "%s.%s%s" % (found[1], found[2], found[3] or "")


def stamp_file() -> Path:
    return VENV / "simpul-stamp"


def stamp_of(lock: str, version: str) -> str:
    digest = hashlib.sha256((ROOT / lock).read_bytes()).hexdigest()
    return "%s %s %s" % (lock, digest, version)


def stamp_read() -> str:
    try:
        return stamp_file().read_text(encoding="utf-8").strip()
    except OSError:
        return ""


def lock_to_install(lock: str) -> str | None:
    """The lock that must be installed before `lock` is satisfied, or None when nothing is to be done.

    The lock for development holds everything of the other one, so an environment that has it serves both, and keeps it.
    """
    version, stamp = venv_version(), stamp_read()
    if stamp.startswith(LOCK_DEV + " "):
        lock = LOCK_DEV
    return None if version is not None and stamp == stamp_of(lock, version) else lock


def set_up(wanted: str, steps_after: int) -> Progress:
    """Makes `.venv` satisfy the lock `wanted`; costs nothing when it already does."""
    lock = lock_to_install(wanted)
    if lock is None:
        return Progress(steps_after)
    progress = Progress(3 + steps_after)
    version = make_venv(progress)
    # Removed first: an installation that is interrupted must not look complete.
    if stamp_file().exists():
        stamp_file().unlink()
    progress.next("installer: uv")
    install_uv(lock)
    progress.next("locked dependencies: %s" % lock)
    # Compiled now, so that no start has to, wherever Python may not write beside the sources.
    python = ["--python", str(venv_python())]
    install = ["-m", "uv", "pip", "sync", "--require-hashes", "--compile-bytecode", *python, lock]
    # Progress bars for a person, no list of packages for a log.
    if not sys.stderr.isatty():
        install.append("--quiet")
    call(install, "The dependencies of %s could not be installed, for the reason above. %s" % (lock, OFFLINE))
    stamp_file().write_text(stamp_of(lock, version) + "\n", encoding="utf-8")
    return progress


OFFLINE = "The first set-up needs the network; run the same command again when it is there."


def make_venv(progress: Progress) -> str:
    """Adopts a virtual environment that works, whoever made it, or replaces it; returns its Python version."""
    version = venv_version()
    if version is not None:
        progress.next("virtual environment: .venv, Python %s, is there" % version)
        return version
    refuse_missing_venv()
    if VENV.exists() and not (VENV / "pyvenv.cfg").exists():
        raise Stop("%s is there but is no virtual environment: move it away and run the same command again." % VENV)
    import venv  # noqa: PLC0415 (its absence is what the sentence above is about)

    progress.next("virtual environment: .venv, Python %d.%d.%d" % sys.version_info[:3])
    try:
        venv.EnvBuilder(clear=VENV.exists(), symlinks=os.name != "nt", with_pip=True).create(str(VENV))
    except (OSError, subprocess.CalledProcessError) as error:
        raise Stop("The virtual environment %s could not be made: %s." % (VENV, error)) from error
    version = venv_version()
    if version is None:
        raise Stop("The virtual environment %s was made but does not work: remove it and try again." % VENV)
    return version


def install_uv(lock: str) -> None:
    """Installs the very uv that the lock names, by its hash, with the pip that came with Python."""
    found = re.search(r"^uv==(\S+)(?: *\\\n +--hash=\S+)+$", (ROOT / lock).read_text(encoding="utf-8"), re.MULTILINE)
    if found is None:
        raise Stop("%s names no uv with its hashes: regenerate it with `dev.py lock`." % lock)
    if is_installed("uv-%s.dist-info" % found[1]):
        return
    if not is_installed("pip"):
        # A virtual environment made by another tool may come without it.
        call(["-m", "ensurepip"], "pip could not be set up in %s, for the reason above." % VENV)
    requirement = VENV / "simpul-uv.txt"
    requirement.write_text(found[0] + "\n", encoding="utf-8")
    install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes", "--no-deps"]
    call(install + ["-r", str(requirement)], "uv could not be installed, for the reason above. %s" % OFFLINE)


def is_installed(folder: str) -> bool:
    site_packages = ("Lib/site-packages/", "lib/python*/site-packages/")
    return any(True for pattern in site_packages for _ in VENV.glob(pattern + folder))


# --- Starting the commands --------------------------------------------------------------------------------------------


def call(arguments: list[str], sentence: str) -> None:
    """Runs the environment's Python in the root and waits; ends with the sentence when that fails."""
    code = subprocess.call([str(venv_python())] + arguments, cwd=str(ROOT))
    if code != 0:
        raise Stop(sentence, code if code > 0 else 1)


def start_beside(arguments: list[str]) -> None:
    subprocess.Popen([str(venv_python())] + arguments, cwd=str(ROOT))


def hand_over(arguments: list[str]) -> int:
    """Becomes the command where the system can, so that signals and the exit code are its own."""
    command = [str(venv_python())] + arguments
    os.chdir(str(ROOT))
    sys.stdout.flush()
    if os.name != "nt":
        os.execv(command[0], command)
    process = subprocess.Popen(command)
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            # The console sent it to the command too, which ends in its own time.
            continue


# --- The commands -----------------------------------------------------------------------------------------------------


def is_sample_there() -> bool:
    """Whether the sample city was made whole, by this version of what makes it."""
    version = re.search(r"^VERSION = (\d+)$", SAMPLE_CITY.read_text(encoding="utf-8"), re.MULTILINE)
    if version is None or not SAMPLE_COMPLETE.exists():
        return False
    return SAMPLE_COMPLETE.read_text(encoding="ascii") == version.group(1)


def build_pages(progress: Progress) -> None:
    progress.next("the scripts of the pages")
    call(["build_pages.py"], "The scripts of the pages could not be built, for the reason above.")


def sample_day() -> dt.date | None:
    """The day until which the sample city has lived, or None where nothing says so."""
    try:
        lines = [json.loads(line) for line in SAMPLE_JOURNAL.read_text(encoding="utf-8").splitlines()]
        lived = [line["at"] for line in lines if line["at"]]
        return dt.date.fromisoformat((lived or [lines[0]["day"]])[-1][:10])
    except (OSError, ValueError, LookupError):
        return None


def is_to_move(still: bool, ask: Callable[[str], str] = input) -> bool:
    """Whether the sample city is of another day and its owner wants it moved to today; says how if nobody is there."""
    day, today = sample_day(), dt.datetime.now(SAMPLE_ZONE).date()
    days = (today - day).days if day is not None else 0
    if day is None or 0 <= days <= (0 if still else MADE_UP_DAYS_MAX):
        return False
    told = "The sample city is of %s." % day
    if not sys.stdin.isatty():
        say("%s `./simpul sample` moves it to today, in seconds." % told)
        return False
    return ask("%s Move it to today, in seconds? What has happened in it is lost. [Y/n] " % told).lower() in ("", "y")


def run(arguments: list[str]) -> int:
    still = arguments == ["--still"]
    if not still:
        refuse_arguments("run", arguments)
    sample_is_there = is_sample_there() and not is_to_move(still)
    progress = set_up(LOCK_RUN, steps_after=3 if sample_is_there else 4)
    build_pages(progress)
    progress.next("the hub's database")
    call(["cli.py", "migrate"], "The hub's database could not be brought up to date, for the reason above.")
    if not sample_is_there:
        progress.next("sample city")
        call(["cli.py", "sample", "--size", "small"], "The sample city could not be made, for the reason above.")
    progress.next("serving; stop with Ctrl-C")
    if not still:
        # A process of its own, as departments are elsewhere; it ends with the hub, which this process becomes.
        start_beside(["cli.py", "sample", "live", "--beside"])
    return hand_over(["cli.py", "serve"])


def test(arguments: list[str]) -> int:
    in_parts = arguments in ([], ["--all"])
    progress = set_up(LOCK_DEV, steps_after=2 if in_parts else 1)
    if in_parts:
        build_pages(progress)
    progress.next("tests, Python %s" % venv_version())
    return hand_over(["-m", "tests.everything" if in_parts else "pytest"] + arguments)


def conformance(arguments: list[str]) -> int:
    refuse_arguments("conformance", arguments)
    progress = set_up(LOCK_DEV, steps_after=1)
    progress.next("graphql-core's own tests, through the engine")
    return hand_over(["-m", "tests.engine.conformance.suite"])


# What is checked, the command as one would type it, and how it is started here: never by a script in .venv, whose first
# line holds the place where the environment was made.
CHECKS = [
    ("format", "ruff format --check", ["-m", "ruff", "format", "--check"]),
    ("lint", "ruff check", ["-m", "ruff", "check"]),
    ("types", "mypy", ["-m", "mypy"]),
    ("imports", "lint-imports", ["-c", "from importlinter.cli import lint_imports_command as lint; lint()"]),
    ("schema", "./simpul schema check", ["cli.py", "schema", "check"]),
]


def check(arguments: list[str]) -> int:
    """Runs every check even after one has failed, so that one sees all there is to do."""
    refuse_arguments("check", arguments)
    progress = set_up(LOCK_DEV, steps_after=len(CHECKS))
    results = []
    for name, typed, command in CHECKS:
        progress.next("%s: %s" % (name, typed))
        started_s = time.monotonic()
        code = subprocess.call([str(venv_python())] + command, cwd=str(ROOT))
        results.append((name, code == 0, time.monotonic() - started_s))
    say("")
    for name, passed, took_s in results:
        say("%-8s %-6s %5.1f s" % (name, "ok" if passed else "FAILED", took_s))
    failed = [name for name, passed, _ in results if not passed]
    if "format" in failed:
        say("`dev.py format` puts the format right.")
    return 1 if failed else 0


def format_code(arguments: list[str]) -> int:
    refuse_arguments("format", arguments)
    progress = set_up(LOCK_DEV, steps_after=2)
    progress.next("imports and what else lint can put right by itself")
    call(["-m", "ruff", "check", "--fix-only", "--quiet"], "The linter failed, for the reason above.")
    progress.next("format")
    return hand_over(["-m", "ruff", "format"])


def lock(arguments: list[str]) -> int:
    """Resolves for every system and every Python from the oldest on; keeps the versions that still fit."""
    if arguments not in ([], ["--upgrade"]):
        raise Stop("`lock` takes nothing, or --upgrade to move every dependency to its newest version.", 2)
    progress = set_up(LOCK_RUN, steps_after=2)
    resolve = ["-m", "uv", "pip", "compile", "pyproject.toml", "--quiet", "--group", "setup"]
    resolve += ["--universal", "--python-version", "%d.%d" % PYTHON_MIN]
    # No address of an index and no comment: the lock says what, the machine that installs it says from where.
    resolve += ["--generate-hashes", "--no-emit-index-url", "--no-annotate", "--no-header"]
    resolve += arguments
    progress.next(LOCK_RUN)
    call(resolve + ["-o", LOCK_RUN], "%s could not be resolved, for the reason above." % LOCK_RUN)
    progress.next(LOCK_DEV)
    # Constrained by the first: the tests must run with the very versions that serve.
    development = ["--group", "dev", "--constraints", LOCK_RUN, "-o", LOCK_DEV]
    call(resolve + development, "%s could not be resolved, for the reason above." % LOCK_DEV)
    return 0


def module(name: str, doing: str) -> Callable[[list[str]], int]:
    """A command that hands its arguments over to a module that is not of the hub itself."""

    def start(arguments: list[str]) -> int:
        progress = set_up(LOCK_DEV, steps_after=1)
        progress.next(doing)
        return hand_over(["-m", name] + arguments)

    return start


bench = module("bench", "the benchmark")
fuzz = module("tests.engine.differential.fuzz", "random operations in both lanes of the engine; stop with Ctrl-C")
soak = module("tests.faults.soak", "the hub in random faults of all its sources; stop with Ctrl-C")
kill = module("tests.faults.kill", "the hub is killed again and again while it is told things; stop with Ctrl-C")
attack = module("tests.attacks", "attacks of every class by every role, and generated operations")


def release(arguments: list[str]) -> int:
    refuse_arguments("release", arguments)
    progress = set_up(LOCK_RUN, steps_after=1)
    progress.next("source, built pages and wheels, into dist/")
    return hand_over(["deploy/release.py"])


def show_help(arguments: list[str]) -> int:
    refuse_arguments("help", arguments)
    say("Usage: python3 dev.py COMMAND\n")
    for name, command in COMMANDS.items():
        say("  %-11s %s" % (name, command.does))
    say("\nEverything is installed into .venv and made under var/; HUB_ variables go through to what is started.")
    return 0


def refuse_arguments(command: str, arguments: list[str]) -> None:
    if arguments:
        raise Stop("`%s` takes no arguments, and got: %s" % (command, " ".join(arguments)), 2)


class Command(NamedTuple):
    start: Callable[[list[str]], int]
    does: str


COMMANDS = {
    "run": Command(
        run, "set everything up and serve the sample city on http://127.0.0.1:8000; it lives, or stands with --still"
    ),
    "test": Command(
        test, "set up and run the tests; --all adds the slow ones, the rest goes to pytest: test tests/store -k ledger"
    ),
    "check": Command(check, "format, lint, types, imports and the printed schema; shows every failure"),
    "conformance": Command(conformance, "run graphql-core's own tests through the engine and say what differs"),
    "format": Command(format_code, "put format and imports right"),
    "bench": Command(bench, "measure the hub and its peers over PostgreSQL; --quick, --full, --only W1 W2, --peers"),
    "fuzz": Command(fuzz, "compare the two lanes on random operations; --minutes N, --seed S"),
    "soak": Command(soak, "run the hub in random faults of its sources; --minutes N (30), --seed S, --keeping"),
    "kill": Command(
        kill, "kill the hub while people tell it things, and look for each; --minutes N, --seed S, --engine E"
    ),
    "attack": Command(
        attack,
        "attack the hub in every known way; --cases N, --seed S, --minutes N; only --wire (raw HTTP) or --costs",
    ),
    "lock": Command(lock, "regenerate the locks from pyproject.toml; --upgrade takes the newest versions"),
    "release": Command(release, "make an archive under dist/ that installs without internet and without Node"),
    "help": Command(show_help, "show this"),
}


def main(arguments: list[str], version: tuple[int, int] = sys.version_info[:2]) -> int:
    try:
        refuse_old_python(version)
        name = arguments[0] if arguments else "help"
        command = COMMANDS.get({"-h": "help", "--help": "help"}.get(name, name))
        if command is None:
            raise Stop("There is no command `%s`: see `python3 dev.py help`." % name, 2)
        return command.start(arguments[1:])
    except Stop as stop:
        print(stop, file=sys.stderr, flush=True)
        return stop.code
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr, flush=True)
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
