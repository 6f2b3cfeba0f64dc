"""The operator's commands about the ledger: verify, anchor, seal, export, and find affected people."""

from __future__ import annotations

import csv
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, TextIO, TypeVar

import typer

from api.identity.issuer_tokens import Subjects
from commands.database import on_database
from settings import VAR, settings
from store.database.engine import HubDatabase, normalized_url
from store.ledger.affected import PERSONS_MAX, TooManyAffected, affected
from store.ledger.anchors.appending import Anchoring
from store.ledger.anchors.copies import Copies, copies_at
from store.ledger.anchors.lines import BadAnchor
from store.ledger.chain import Head, LedgerKeys
from store.ledger.declaring import NotSealable, declare_gaps, seal
from store.ledger.evidence import Evidence, gathered
from store.ledger.export import ExportFormat, exported
from store.ledger.files import LedgerFiles, places_of
from store.ledger.pseudonyms import Pseudonyms
from store.ledger.recording import Ledger
from store.ledger.verify import Verified
from store.ledger.verify import verify as verify_ledger
from terminal import note, say, stop, stop_unwritten

T = TypeVar("T")

ledger = typer.Typer(no_args_is_help=True)

_Anchors = Annotated[
    list[Path] | None,
    typer.Option("--anchors", help="A folder of anchors beside that of this hub, as of another machine; repeatable."),
]
_FORMATS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]


@ledger.command("verify")
def ledger_verify(
    anchors: _Anchors = None,
    root: Annotated[str | None, typer.Option(help="A root that was published: an anchor has to have it.")] = None,
) -> None:
    """Look at every entry; exit code 1, and the first bad record of each chain, where anything was changed or lost."""

    async def work(database: HubDatabase) -> tuple[Evidence, Verified]:
        evidence = await _evidence(database, anchors)
        return evidence, await verify_ledger(database, evidence, _keys().chain)

    evidence, verified = _run(work)
    if root is not None and not any(root in one.roots.values() for one in evidence.anchors):
        stop("No anchor has this root: anchors were changed or removed, or it is the root of another hub.")
    for gap in verified.gaps:
        say(f"declared gap: writer {gap.writer}, entries {gap.first} to {gap.last}: {gap.reason}", "yellow")
    if evidence.waiting:
        note(f"{evidence.waiting:,} entries wait in journals for the database.")
    if verified.problems:
        stop("\n".join(map(str, verified.problems)))
    say(_summary(verified, evidence))


def _summary(verified: Verified, evidence: Evidence) -> str:
    since = f"last anchored at {evidence.last.at}" if evidence.last is not None else "nothing is anchored yet"
    return f"The ledger is whole: {verified.entries:,} entries in {verified.chains:,} chains; {since}."


@ledger.command("anchor")
def ledger_anchor() -> None:
    """Anchor all chains now, and print today's root over them. Publish it where nobody can change it."""
    anchors = _run(lambda database: anchoring_of(database).anchor("command"))
    if not anchors.heads:
        stop("Nothing is recorded yet, so there is nothing to publish.")
    sys.stdout.write(f"{anchors.day} {anchors.roots[anchors.day]}\n")


@ledger.command("seal")
def ledger_seal() -> None:
    """Seal what was written before hashes were keyed; once, after the old hub has stopped."""
    try:
        ends = _run(_seal)
    except NotSealable as error:
        stop(f"{error}. Nothing was sealed.")
    for end in ends:
        say(f"sealed: writer {end.writer}, entries 1 to {end.seq}")
    if not ends:
        say("Every chain is keyed or sealed, so nothing is sealed.")


async def _seal(database: HubDatabase) -> list[Head]:
    return await seal(database, await _evidence(database, None), anchoring_of(database))


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
        stop_unwritten(error)


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
    try:
        count = _run(lambda database: declare_missing(database, reason, anchors))
    except ValueError as error:
        stop(f"--reason: {error}.")
    say(f"{count} gaps are declared." if count else "Nothing is missing, so no gap is declared.")


async def declare_missing(database: HubDatabase, reason: str, anchors: list[Path] | None = None) -> int:
    """Declare missing entries as lost. Returns the number of gaps; raises as verification does, and ValueError."""
    journal = Ledger(database, Pseudonyms(settings().secret_bytes), _keys(), _places(), copies=_copies())
    async with journal.run():
        evidence = await _evidence(database, anchors)
        return len(await declare_gaps(database, journal, evidence, _keys().chain, reason, _now))


@ledger.command("mark")
def ledger_mark(
    issuer: Annotated[
        str | None, typer.Option(help="It is the subject (sub) of a sign-in at this issuer, not a NIK.")
    ] = None,
) -> None:
    """Print the marks of people; their resident numbers come by the standard input, one a line: no shell keeps them."""
    from city_package import city_package

    pseudonyms, identity = Pseudonyms(settings().secret_bytes), city_package(settings().city).city.identity
    for line in sys.stdin:
        text = line.strip()
        try:
            mark = (
                pseudonyms.of_subject(Subjects(settings().secret_bytes).of(issuer, text))
                if issuer is not None
                else pseudonyms.of_person(identity.parse(text))
            )
        except ValueError as error:
            stop(str(error))
        sys.stdout.write(mark + "\n")


async def _write(lines: AsyncIterator[str], file: TextIO) -> None:
    async for line in lines:
        file.write(line)


def _run(work: Callable[[HubDatabase], Coroutine[Any, Any, T]]) -> T:
    try:
        return on_database(work)
    except BadAnchor as error:
        stop(f"The anchors were changed: {error}.")


async def _evidence(database: HubDatabase, others: list[Path] | None) -> Evidence:
    places = _places()
    return await gathered(database, [places.anchors, *(others or ())], places.all_journals, _keys(), _copies())


def anchoring_of(database: HubDatabase) -> Anchoring:
    """The anchoring of this hub."""
    return Anchoring(database, _places().anchors, _keys().anchors, _now, _copies())


def _keys() -> LedgerKeys:
    return LedgerKeys(settings().secret_bytes)


def _copies() -> Copies | None:
    return copies_at(settings().anchors_place)


def _places() -> LedgerFiles:
    return places_of(normalized_url(settings().database_url.get_secret_value()), VAR)


def _utc(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment is not None else None


def _now() -> datetime:
    return datetime.now(UTC)
