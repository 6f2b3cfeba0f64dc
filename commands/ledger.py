"""The operator's commands about the ledger: whether it is whole, what is in it, and what stands for it outside."""

from __future__ import annotations

import asyncio
import csv
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, TextIO, TypeVar

import typer

from api.subjects import Subjects
from models.values import Nik
from settings import VAR, settings
from store.database import HubDatabase, normalized_url
from store.ledger import Ledger
from store.ledger_affected import PERSONS_MAX, TooManyAffected, affected
from store.ledger_anchors import Anchor, BadAnchor, anchor_today, anchors_in
from store.ledger_export import ExportFormat, exported
from store.ledger_gaps import declare_gaps
from store.ledger_journal import SUFFIX
from store.ledger_marks import Marks
from store.ledger_places import Places, places_of
from store.ledger_verify import Verified
from store.ledger_verify import verify as verify_ledger
from store.migrate import require_head
from terminal import note, say, stop, stop_unwritten

T = TypeVar("T")

ledger = typer.Typer(help="The record of who read which personal fields, and what for.", no_args_is_help=True)

_Anchors = Annotated[
    Path | None, typer.Option("--anchors", help="The folder of the anchors, where it is not that of this hub.")
]
_FORMATS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]


@ledger.command("verify")
def ledger_verify(
    anchors: _Anchors = None,
    root: Annotated[str | None, typer.Option(help="A root that was published: an anchor has to have it.")] = None,
) -> None:
    """Look at every entry; exit code 1, and the first bad record of each chain, where anything was changed or lost."""
    known = _anchors(anchors)
    if root is not None and root not in {anchor.root for anchor in known}:
        stop("No anchor has this root: anchors were changed or removed, or it is the root of another hub.")
    verified = _run(lambda database: verify_ledger(database, known))
    for gap in verified.gaps:
        say(f"declared gap: writer {gap.writer}, entries {gap.first} to {gap.last}: {gap.reason}", "yellow")
    waiting = _waiting()
    if waiting:
        note(f"{waiting} journals wait for the database; what is in them is not looked at.")
    if verified.problems:
        stop("\n".join(map(str, verified.problems)))
    say(_summary(verified, known))


def _summary(verified: Verified, anchors: list[Anchor]) -> str:
    since = f"the last of {len(anchors)} anchors is of {anchors[-1].day}" if anchors else "nothing is anchored yet"
    return f"The ledger is whole: {verified.entries:,} entries in {verified.chains:,} chains; {since}."


@ledger.command("anchor")
def ledger_anchor() -> None:
    """Print today's root over all chains, and make it if it is not there yet. Publish it where nobody can change it."""
    try:
        anchor = _run(lambda database: anchor_today(database, _places().anchors, _now))
    except BadAnchor as error:
        stop(f"The anchors were changed: {error}.")
    if anchor is None:
        stop("Nothing is recorded yet, so there is nothing to anchor.")
    sys.stdout.write(f"{anchor.day} {anchor.root}\n")


@ledger.command("export")
def ledger_export(
    start: Annotated[datetime | None, typer.Option("--from", formats=_FORMATS, help="The first moment, UTC.")] = None,
    end: Annotated[datetime | None, typer.Option("--to", formats=_FORMATS, help="The end, UTC, not included.")] = None,
    form: Annotated[ExportFormat, typer.Option("--format", help="For machines, or for a spreadsheet.")] = (
        ExportFormat.NDJSON
    ),
    output: Annotated[Path | None, typer.Option(help="A file instead of the standard output.")] = None,
) -> None:
    """Write the entries from one moment up to another, by time."""

    async def work(database: HubDatabase) -> None:
        lines = exported(database, form, _utc(start), _utc(end))
        if output is None:
            await _write(lines, sys.stdout)
            return
        with output.open("w", encoding="utf-8", newline="") as file:
            await _write(lines, file)

    try:
        _run(work)
    except OSError as error:
        stop_unwritten("--output", error)


@ledger.command("affected")
def ledger_affected(
    viewer: Annotated[str | None, typer.Option(help="Whose reads: the mark of a person, or client-NUMBER.")] = None,
    department: Annotated[
        str | None, typer.Option(help="Whose officers' reads, by the code of the department.")
    ] = None,
    start: Annotated[datetime | None, typer.Option("--from", formats=_FORMATS, help="The first moment, UTC.")] = None,
    end: Annotated[datetime | None, typer.Option("--to", formats=_FORMATS, help="The end, UTC, not included.")] = None,
) -> None:
    """Print as CSV whose data a viewer or an interval has touched, by marks: for the notice after a breach."""
    if viewer is None and start is None:
        stop("Say whose reads, or from when: --viewer MARK, or --from DAY.")
    try:
        found = _run(lambda database: affected(database, _utc(start), _utc(end), viewer=viewer, department=department))
    except TooManyAffected:
        stop(f"More than {PERSONS_MAX:,} people: narrow the interval with --from and --to.")
    rows = csv.writer(sys.stdout, lineterminator="\n")
    rows.writerow(("person", "reads", "first", "last", "fields"))
    for one in sorted(found.persons.values(), key=lambda one: (one.first, one.person)):
        first, last = (moment.astimezone(UTC).isoformat(timespec="seconds") for moment in (one.first, one.last))
        rows.writerow((one.person, one.reads, first, last, " ".join(sorted(one.fields))))
    note(
        f"{len(found.persons):,} people in {found.reads:,} reads; of {found.unnamed_reads:,} of them "
        f"({found.unnamed_rows:,} rows) the ledger does not know whom they were about."
    )


@ledger.command("gap")
def ledger_gap(
    reason: Annotated[str, typer.Option(help="Why entries are lost, such as: restored the backup of 3 May.")],
    anchors: _Anchors = None,
) -> None:
    """Declare what is missing now as lost, in the ledger itself: after a backup was restored."""
    known = _anchors(anchors)
    marks = Marks(settings().secret_bytes)

    async def work(database: HubDatabase) -> int:
        journal = Ledger(database, marks, _places().journals)
        async with journal.run():
            return len(await declare_gaps(database, journal, known, reason, _now))

    try:
        count = _run(work)
    except ValueError as error:
        stop(f"--reason: {error}.")
    say(f"{count} gaps are declared." if count else "Nothing is missing, so no gap is declared.")


@ledger.command("mark")
def ledger_mark(
    issuer: Annotated[
        str | None, typer.Option(help="It is the subject (sub) of a sign-in at this issuer, not a NIK.")
    ] = None,
) -> None:
    """Print the marks of people; their resident numbers come by the standard input, one a line: no shell keeps them."""
    marks = Marks(settings().secret_bytes)
    for line in sys.stdin:
        text = line.strip()
        try:
            mark = marks.of_subject(_subject(issuer, text)) if issuer is not None else marks.of_person(Nik.parse(text))
        except ValueError:
            stop("This is no possible NIK: 16 digits that hold a date of birth.")
        sys.stdout.write(mark + "\n")


def _subject(issuer: str, text: str) -> str:
    return Subjects(settings().secret_bytes).of(issuer, text)


async def _write(lines: AsyncIterator[str], file: TextIO) -> None:
    async for line in lines:
        file.write(line)


def _run(work: Callable[[HubDatabase], Coroutine[Any, Any, T]]) -> T:
    async def run() -> T:
        async with _opened() as database:
            return await work(database)

    return asyncio.run(run())


@asynccontextmanager
async def _opened() -> AsyncIterator[HubDatabase]:
    database = HubDatabase(settings().database_url.get_secret_value(), connections_max=1)
    try:
        await require_head(database)
        yield database
    finally:
        await database.close()


def _anchors(given: Path | None) -> list[Anchor]:
    try:
        return anchors_in(given if given is not None else _places().anchors)
    except BadAnchor as error:
        stop(f"The anchors were changed: {error}.")


def _places() -> Places:
    return places_of(normalized_url(settings().database_url.get_secret_value()), VAR)


def _waiting() -> int:
    return sum(file.stat().st_size > 0 for file in _places().journals.glob(f"*{SUFFIX}"))


def _utc(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment is not None else None


def _now() -> datetime:
    return datetime.now(UTC)
