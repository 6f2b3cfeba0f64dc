"""Shown: which fields a read asks the source for, and what of them the viewer sees. Pure but for the ledger's notes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Final

from strawberry.utils.str_converters import to_camel_case

from connectors.catalog import Binding
from models.batch import Batch
from models.errors import DataQuality, Forbidden, HubError, NotConnected
from models.findings import Finding
from models.masks import masked_form, masked_text
from models.policy import OWNER, Decision, OpenRows
from models.predicates import EVERYTHING
from models.records import PersonalClass, Record
from models.request import Request
from models.rights import CONSENT_PURPOSES
from models.viewer import Purpose, Role
from models.vocabulary import UNKNOWN, Vocabulary
from resolvers.reads import Read

SLICE_ROWS: Final = 100
"""How many values of a column are covered without giving anybody else a turn."""


def readable(binding: Binding, read: Read, decision: Decision) -> tuple[tuple[str, ...], dict[str, HubError]]:
    """The fields to read, in a fixed order, and the errors of those that are not."""
    shown = decision.allowed | decision.masked | decision.withheld | decision.locked
    wanted = shown | read.columns.joined
    if decision.open_rows is not None and decision.open_rows.field is not None:
        wanted |= {decision.open_rows.field}
    owner = OWNER.get(read.record.name)
    if owner is not None and owner in binding.mapping.columns and _personal(read, shown):
        # The ledger says whom personal fields were about, where the source does.
        wanted |= {owner}
    fields = tuple(sorted(name for name in wanted if name in binding.mapping.columns))
    errors: dict[str, HubError] = {
        name: NotConnected("not_connected", subject=f"{read.record.name}.{to_camel_case(name)}")
        for name in sorted(wanted.difference(fields))
    }
    errors |= {name: Forbidden("field_forbidden", fields=to_camel_case(name)) for name in sorted(decision.denied)}
    return fields, errors


Withdrawn = Callable[[Request, Purpose, frozenset[str]], Awaitable[frozenset[str]]]
"""Says which of these resident numbers are of people who took back their consent to a purpose."""


async def agreeing(withdrawn: Withdrawn | None, request: Request, read: Read, batch: Batch) -> frozenset[str] | None:
    """Whose personal fields may be shown: for a purpose that rests on consent, who did not take it back."""
    purpose = request.purpose
    if withdrawn is None or purpose not in CONSENT_PURPOSES or request.viewer.role is Role.CITIZEN:
        return None
    persons = persons_in(read, batch, range(batch.length)) or frozenset()
    return persons - await withdrawn(request, purpose, persons) if persons else persons


async def shown_as_allowed(
    request: Request, read: Read, decision: Decision, batch: Batch, agreeing: frozenset[str] | None = None
) -> Batch:
    """The batch with masks, and with nulls for what is withheld; personal fields that are shown are noted.

    With `agreeing`, only rows about one of these people are open.
    """
    is_open = _open(decision.open_rows, batch)
    if agreeing is not None:
        owners = batch.columns.get(OWNER.get(read.record.name, ""), [None] * batch.length)
        is_open = [seen and owner in agreeing for seen, owner in zip(is_open, owners, strict=True)]
    covers = (
        dict.fromkeys(decision.masked, Cover(_whole, _masked))
        | dict.fromkeys(decision.withheld, Cover(_whole, _withheld))
        | dict.fromkeys(decision.locked, Cover(masked_form, _withheld))
    )
    covered = {
        name: await in_slices(batch.columns[name], is_open, cover)
        for name, cover in covers.items()
        if name in batch.columns
    }
    _note(request, read, decision, batch, is_open)
    return replace(batch, columns={**batch.columns, **covered}) if covered else batch


@dataclass(frozen=True, slots=True)
class Cover:
    """What is shown of a value in an open row, and in any other one."""

    opened: Callable[[object], object]
    closed: Callable[[object], object]


async def in_slices(column: Sequence[object], is_open: Sequence[bool], cover: Cover) -> list[object]:
    """A column as it is shown. Looking for numbers in texts takes its time: others have their turn in between."""
    shown: list[object] = []
    for start in range(0, len(column), SLICE_ROWS):
        if len(column) > SLICE_ROWS:
            await asyncio.sleep(0)
        rows = slice(start, start + SLICE_ROWS)
        shown += [
            cover.opened(value) if seen else cover.closed(value)
            for value, seen in zip(column[rows], is_open[rows], strict=True)
        ]
    return shown


def findings_told(record: type[Record], decision: Decision, findings: Iterable[Finding]) -> int:
    """How many findings the viewer is told of: none in personal fields, unless each row that exists is open to them.

    What is read for the ledger, or withheld in some rows, would otherwise tell by a number whether it is well formed.
    """
    rows = decision.open_rows
    all_open = rows is not None and rows.predicate in (EVERYTHING, decision.rows)
    public = {name for name, field in record.fields.items() if field.personal is PersonalClass.NON_PERSONAL}
    return sum(one.count for one in findings if all_open or one.field in public or one.field not in record.fields)


def _note(request: Request, read: Read, decision: Decision, batch: Batch, is_open: Sequence[bool]) -> None:
    """Note what is shown: fields in open rows, and in all rows those that are shown with a mask or by their rule."""
    # Whom a row is about may be read for the ledger alone, and denied to the viewer.
    shown = _personal(read, read.columns.shown.intersection(batch.columns)) - decision.denied
    if not shown:
        return
    everywhere = shown - decision.withheld - decision.locked
    kept = [row for row in _kept(read, batch) if row not in batch.unaddressable]
    opened = [row for row in kept if is_open[row]]
    rows = kept if everywhere else opened
    if rows:
        fields = shown if opened else everywhere
        request.ledger.note(read.record.name, tuple(sorted(fields)), len(rows), persons_in(read, batch, rows))


def _kept(read: Read, batch: Batch) -> Sequence[int]:
    """The rows without those that were read only to know that there are more: one for each parent with a full page."""
    if not read.looks_ahead:
        return range(batch.length)
    rows: list[int] = []
    parents = batch.parents or [0] * batch.length
    for _, numbered in groupby(range(batch.length), parents.__getitem__):
        page = list(numbered)
        full = len(page) == read.rows_max
        rows += page[full:] if read.reverse else page[: len(page) - full]
    return rows


def persons_in(read: Read, batch: Batch, rows: Sequence[int]) -> frozenset[str] | None:
    """The resident numbers of whom these rows are about; None where the hub does not have them."""
    column = batch.columns.get(OWNER.get(read.record.name, ""))
    if column is None:
        return None
    return frozenset(str(value) for row in rows if (value := column[row]) is not None)


def _personal(read: Read, names: frozenset[str]) -> frozenset[str]:
    return frozenset(name for name in names if read.record.fields[name].personal is not PersonalClass.NON_PERSONAL)


def _open(open_rows: OpenRows | None, batch: Batch) -> Sequence[bool]:
    """Which rows are open to the viewer. What cannot be known to be open, because the column is gone, is not."""
    if open_rows is None:
        return [False] * batch.length
    if open_rows.field is None:
        return [True] * batch.length
    column = batch.columns.get(open_rows.field)
    return [value == open_rows.value for value in column] if column is not None else [False] * batch.length


def _whole(value: object) -> object:
    return value


def _masked(value: object) -> object:
    return masked_text(str(value)) if value is not None else None


def _withheld(_: object) -> object:
    return None


def with_missing(binding: Binding, fields: tuple[str, ...], batch: Batch) -> Batch:
    """The batch with what its source no longer has: an error, or UNKNOWN in a field that may not be null."""
    columns, errors = dict(batch.columns), dict(batch.errors)
    for name in sorted(binding.missing.intersection(fields)):
        contract = binding.mapping.record.fields[name]
        if not contract.nullable and issubclass(contract.clean_type, Vocabulary):
            columns[name] = [contract.clean_type[UNKNOWN]] * batch.length
        else:
            drifted = DataQuality("source_drifted", source=binding.source.name, field=to_camel_case(name))
            errors[name] = drifted
    return replace(batch, columns=columns, errors=errors)
