"""The operator's commands about schema changes: which break apps, whose apps, and whether they were declared."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy.exc import SQLAlchemyError

from commands.database import on_database
from settings import ROOT, SettingsError
from store.database.errors import StoreError
from store.documents import documents_by_client
from terminal import reason_of, say, stop

# The graph's own tools take a second to load.
if TYPE_CHECKING:
    from schema.changes import Change

RELEASED = ROOT / "schema" / "released.graphql"
CHANGELOG = ROOT / "docs" / "schema-changelog.md"
CLIENTS_NAMED_MAX: Final = 20
GIT_S_MAX: Final = 30
PRINTED: Final = "schema/schema.graphql"

_UNRELEASED: Final = "## Unreleased\n"
_RELEASE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+ -]{0,39}")
_DECLARED: Final = re.compile(r"- (?:dangerous|safe): (.+)|- breaking: (.+) Because: .+")


def check_changes(
    against: str | None, *, write: bool, today: Callable[[], date] = lambda: datetime.now(UTC).date()
) -> None:
    """Report changes and who uses them. Stops at undeclared breaking changes and overdue deprecations.

    `against` is a file or a revision of the repository; without it the released schema.
    """
    from schema.build import sdl
    from schema.changes import Severity, changes_between, deprecation_problems

    base, current = _base_of(against), sdl() + "\n"
    problems = deprecation_problems(current, today())
    changes = _or_stop(lambda: changes_between(base, current), against or RELEASED.name)
    told = [change for change in changes if change.severity is not Severity.SAFE]
    clients = _clients_of(told, base) if told else {}
    declared = _declared()
    for change in told:
        say(f"{change.severity}: {change.description}{clients[change]}")
    if len(changes) > len(told):
        say(f"safe: {len(changes) - len(told):,} changes, which no app has to know.")
    problems += [
        f"{change.description} This breaks apps and is not declared. Declare it in docs/schema-changelog.md:\n"
        f"- breaking: {change.description} Because: ..."
        for change in told
        if change.severity is Severity.BREAKING and change.description not in declared
    ]
    if write:
        _declare(change for change in changes if change.severity is not Severity.BREAKING)
    if problems:
        stop("\n".join(problems))


def release(name: str) -> None:
    """Make the schema of today the one that later changes are held against; closes the part of the changelog."""
    from schema.build import sdl

    if not _RELEASE.fullmatch(name):
        stop("A release is named by letters, digits, and . + - only, at most 40.")
    check_changes(None, write=True)
    text = _text_of(CHANGELOG)
    if f"## {name}\n" in text:
        stop(f"{name} is in docs/{CHANGELOG.name} already.")
    CHANGELOG.write_text(text.replace(_UNRELEASED, f"{_UNRELEASED}\n## {name}\n", 1), encoding="utf-8", newline="\n")
    RELEASED.write_text(sdl() + "\n", encoding="utf-8", newline="\n")
    say(f"{name}: later changes are held against the schema of today.")


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        stop(f"{path.name} cannot be read: {reason_of(error)}.")
    except ValueError:
        stop(f"{path.name} is no text in UTF-8.")


def _base_of(against: str | None) -> str:
    """The base of the comparison, as SDL."""
    if against is None:
        return _text_of(RELEASED)
    path = Path(against)
    return _text_of(path) if path.is_file() else _text_at(against)


def _text_at(revision: str) -> str:
    """The printed schema at a git revision, such as `origin/main`."""
    # Without it, a revision that begins with a dash would be an option of git.
    command = ("git", "cat-file", "blob", "--end-of-options", f"{revision}:{PRINTED}")
    try:
        shown = subprocess.run(command, cwd=ROOT, capture_output=True, timeout=GIT_S_MAX, check=False)  # noqa: S603  # a place, as git reads it
    except (OSError, subprocess.TimeoutExpired) as error:
        stop(f"{revision} is no file, and git cannot be asked for it ({type(error).__name__}).")
    if shown.returncode != 0:
        stop(f"{revision} is no file, and no revision of this repository that has {PRINTED}.")
    return shown.stdout.decode()


def _or_stop(compare: Callable[[], list[Change]], base: str) -> list[Change]:
    from graphql import GraphQLError

    try:
        return compare()
    except (GraphQLError, TypeError, RecursionError) as error:
        stop(f"{Path(base).name} is no schema in GraphQL's schema language: {error}")


def _clients_of(changes: list[Change], base: str) -> dict[Change, str]:
    """The clients whose registered documents use each change, as the end of a sentence."""
    from schema.changes import users_of

    try:
        documents = on_database(documents_by_client)
    except (SettingsError, StoreError, SQLAlchemyError, OSError):
        say("Which apps are met is not known: there is no migrated database of a hub here (HUB_DATABASE_URL).")
        return dict.fromkeys(changes, "")
    return {change: _named(clients) for change, clients in users_of(changes, documents, base).items()}


def _named(clients: tuple[str, ...]) -> str:
    if not clients:
        return " No registered document uses it."
    more = f" and {len(clients) - CLIENTS_NAMED_MAX:,} more" if len(clients) > CLIENTS_NAMED_MAX else ""
    return f" Used by: {', '.join(clients[:CLIENTS_NAMED_MAX])}{more}."


def _unreleased() -> tuple[str, str, str]:
    """The changelog, split before and after its unreleased part."""
    head, heading, rest = _text_of(CHANGELOG).partition(_UNRELEASED)
    if not heading:
        stop(f'docs/{CHANGELOG.name} has no part "{_UNRELEASED.strip()}".')
    part, following, tail = rest.partition("\n## ")
    return head + heading, part, following + tail


def _declared() -> set[str]:
    found = filter(None, map(_DECLARED.fullmatch, _unreleased()[1].splitlines()))
    return {match[1] or match[2] for match in found}


def _declare(changes: Iterable[Change]) -> None:
    declared = _declared()
    lines = [f"- {change.severity}: {change.description}" for change in changes if change.description not in declared]
    if not lines:
        return
    head, part, tail = _unreleased()
    kept = part.strip("\n")
    text = "\n".join(filter(None, [kept, *lines]))
    CHANGELOG.write_text(f"{head}\n{text}\n{tail}", encoding="utf-8", newline="\n")
    say(f"docs/{CHANGELOG.name}: {len(lines):,} lines added.")
