"""Visibility: which fields a read asks the source for, and what of them the viewer sees.

Pure, except that it notes for the ledger what is shown.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import groupby
from typing import Final

from strawberry.utils.str_converters import to_camel_case

from connectors.catalog import Binding
from models.batch import Batch
from models.errors import DataQuality, DepartmentError, Forbidden, HubError, NotConnected
from models.policy.decisions import Decision, OpenRows
from models.policy.masks import masked_form, masked_text
from models.policy.positions_told import POSITION
from models.policy.subject_requests import CONSENT_PURPOSES
from models.policy.viewer import Purpose, Role
from models.predicates import EVERYTHING
from models.records import Field, Record, public_fields
from models.request import Request
from models.sources.findings import Finding
from models.values.vocabulary import UNKNOWN, Vocabulary
from resolvers.reads import Across, Read
from resolvers.supported import not_mapped

SLICE_ROWS: Final = 100
"""After how many values of a column the event loop runs other tasks."""


def readable(binding: Binding, read: Read, decision: Decision) -> tuple[tuple[str, ...], dict[str, HubError]]:
    """The fields to read, in a fixed order, and the errors of the others."""
    shown = decision.allowed | decision.masked | decision.withheld | decision.locked
    wanted = shown | read.columns.joined
    if decision.open_rows is not None and decision.open_rows.field is not None:
        wanted |= {decision.open_rows.field}
    if decision.positions is not None and POSITION in wanted:
        wanted |= decision.positions.fields & binding.mapping.columns.keys()
    owner = read.record.owner
    if owner is not None and owner in binding.mapping.columns and not shown <= public_fields(read.record):
        # The ledger records whom personal fields are about, if the source knows.
        wanted |= {owner}
    fields = tuple(sorted(name for name in wanted if name in binding.mapping.columns))
    errors: dict[str, HubError] = {name: not_mapped(read.record, name) for name in sorted(wanted.difference(fields))}
    errors |= {name: Forbidden("field_forbidden", fields=to_camel_case(name)) for name in sorted(decision.denied)}
    return fields, errors


Withdrawn = Callable[[Request, Purpose, frozenset[str]], Awaitable[frozenset[str]]]
"""Returns which of these people have withdrawn the consent to a purpose, by resident number."""


async def consenting(withdrawn: Withdrawn | None, request: Request, read: Read, batch: Batch) -> frozenset[str] | None:
    """The people whose personal fields may be shown for a purpose that needs consent; None if all."""
    purpose = request.purpose
    if withdrawn is None or purpose not in CONSENT_PURPOSES or request.viewer.role is Role.CITIZEN:
        return None
    persons = persons_in(read, batch, range(batch.length)) or frozenset()
    return persons - await withdrawn(request, purpose, persons) if persons else persons


async def shown_as_allowed(
    request: Request, read: Read, decision: Decision, batch: Batch, consenting: frozenset[str] | None = None
) -> Batch:
    """The batch with masked and withheld values replaced; shown personal fields are noted for the ledger.

    With `consenting`, only rows about one of these people are open.
    """
    covers = decision.masked or decision.withheld or decision.locked
    if not covers and read.columns.shown <= public_fields(read.record):
        return batch
    is_open = _open(decision.open_rows, batch)
    if consenting is not None:
        owners = batch.columns.get(read.record.owner or "", [None] * batch.length)
        is_open = [seen and owner in consenting for seen, owner in zip(is_open, owners, strict=True)]
    visibilities = (
        dict.fromkeys(decision.masked, Visibility(_whole, partial(_masked, decision.people)))
        | dict.fromkeys(decision.withheld, Visibility(_whole, _withheld))
        | dict.fromkeys(decision.locked, Visibility(masked_form, _withheld))
    )
    covered = {
        name: await in_slices(batch.columns[name], is_open, visibility)
        for name, visibility in visibilities.items()
        if name in batch.columns
    }
    _note(request, read, decision, batch, is_open)
    return replace(batch, columns={**batch.columns, **covered}) if covered else batch


async def placed(across: Across, request: Request, decision: Decision, batch: Batch) -> Batch:
    """The batch with positions as accurate as the viewer may know; everything later sees only these."""
    told = decision.positions
    if told is None or POSITION not in batch.columns:
        return batch
    try:
        middles = await across.middles(request) if told.needs_villages else {}
    except DepartmentError as error:
        rest = {name: column for name, column in batch.columns.items() if name != POSITION}
        return replace(batch, columns=rest, errors={**batch.errors, POSITION: error})
    return replace(batch, columns={**batch.columns, POSITION: told.column(batch.columns, middles)})


@dataclass(frozen=True, slots=True)
class Visibility:
    """How a value is shown in an open row, and in any other row."""

    opened: Callable[[object], object]
    closed: Callable[[object], object]


async def in_slices(column: Sequence[object], is_open: Sequence[bool], visibility: Visibility) -> list[object]:
    """A column as it is shown. Masking texts is slow, so other tasks run between slices."""
    shown: list[object] = []
    for start in range(0, len(column), SLICE_ROWS):
        if len(column) > SLICE_ROWS:
            await asyncio.sleep(0)
        rows = slice(start, start + SLICE_ROWS)
        shown += [
            visibility.opened(value) if seen else visibility.closed(value)
            for value, seen in zip(column[rows], is_open[rows], strict=True)
        ]
    return shown


def findings_told(record: type[Record], decision: Decision, findings: Iterable[Finding]) -> int:
    """How many findings the viewer is told of: none in personal fields, unless every row is open to the viewer.

    Otherwise the number would reveal whether hidden values are well formed.
    """
    rows = decision.open_rows
    all_open = rows is not None and rows.predicate in (EVERYTHING, decision.rows)
    public = public_fields(record)
    return sum(one.count for one in findings if all_open or one.field in public or one.field not in record.fields)


def _note(request: Request, read: Read, decision: Decision, batch: Batch, is_open: Sequence[bool]) -> None:
    """Note what is shown: all personal fields in open rows; in other rows those that are masked or shown by rule."""
    # The owner may be read only for the ledger and be denied to the viewer.
    shown = read.columns.shown.intersection(batch.columns) - public_fields(read.record) - decision.denied
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
    """The rows without look-ahead rows, of which there is one per parent with a full page."""
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
    """The resident numbers that these rows are about; None if the hub does not know."""
    column = batch.columns.get(read.record.owner or "")
    if column is None:
        return None
    return frozenset(str(value) for row in rows if (value := column[row]) is not None)


def _open(open_rows: OpenRows | None, batch: Batch) -> Sequence[bool]:
    """Which rows are open to the viewer. A row is closed if the deciding column is missing."""
    if open_rows is None:
        return [False] * batch.length
    if open_rows.field is None:
        return [True] * batch.length
    column = batch.columns.get(open_rows.field)
    return [value == open_rows.value for value in column] if column is not None else [False] * batch.length


def _whole(value: object) -> object:
    return value


def _masked(people: re.Pattern[str] | None, value: object) -> object:
    return masked_text(str(value), people) if value is not None else None


def _withheld(_: object) -> object:
    return None


def told(batch: Batch, errors: Mapping[str, HubError], record: type[Record]) -> Batch:
    """The batch with these errors, and UNKNOWN in a code that is never null and that the source does not hold."""
    unmapped = {name for name, error in errors.items() if isinstance(error, NotConnected)}
    codes = {name: [unknown] * batch.length for name in unmapped if (unknown := _unknown_of(record.fields[name]))}
    others = {name: error for name, error in errors.items() if name not in codes}
    return replace(batch, columns={**batch.columns, **codes}, errors={**batch.errors, **others})


def _unknown_of(contract: Field) -> Vocabulary | None:
    """UNKNOWN, if the field is a code that is never null."""
    kind = contract.clean_type
    return kind[UNKNOWN] if not contract.nullable and issubclass(kind, Vocabulary) else None


def with_missing(binding: Binding, fields: tuple[str, ...], batch: Batch) -> Batch:
    """The batch with an error for each column that the source lost, or UNKNOWN in a field that is never null."""
    columns, errors = dict(batch.columns), dict(batch.errors)
    for name in sorted(binding.missing.intersection(fields)):
        if unknown := _unknown_of(binding.mapping.record.fields[name]):
            columns[name] = [unknown] * batch.length
        else:
            drifted = DataQuality("source_drifted", source=binding.source.title, field=to_camel_case(name))
            errors[name] = drifted
    return replace(batch, columns=columns, errors=errors)
