"""The report of an inspection: lines for people, one object for machines. Pure."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from connectors.indexes import IndexAdvice
from connectors.protocol import Zones
from models.sources.findings import FindingKind
from onboarding.tallies import JOIN_VALUES_MAX, FieldTally, OrderTally, PeopleTally, RowSample, UniqueTally

COLUMNS_MAX = 80


@dataclass(frozen=True, slots=True)
class ChangedColumn:
    """A legacy column that holds another kind of value than the mapping declares."""

    column: str
    declared: str
    found: str


@dataclass(slots=True)
class Reference:
    """The rows whose field `name` refers to no row of `target`. `failure` says why this is unknown."""

    name: str
    target: str
    values: int = 0
    orphaned_values: int = 0
    orphans: RowSample = field(default_factory=RowSample)
    stopped: bool = False
    failure: str = ""


@dataclass(slots=True)
class RecordInspection:
    """The inspection of one record. `rows` is the source's count, `walked` the number of rows that were read.

    `written_in` has the zone in which the mapping reads each field of time.
    """

    source: str
    record: str
    rows: int | None = None
    walked: int = 0
    stopped: bool = False
    missing: list[str] = field(default_factory=list)
    changed: list[ChangedColumn] = field(default_factory=list)
    fields: list[FieldTally] = field(default_factory=list)
    people: list[PeopleTally] = field(default_factory=list)
    uniques: list[UniqueTally] = field(default_factory=list)
    references: list[Reference] = field(default_factory=list)
    orders: list[OrderTally] = field(default_factory=list)
    indexes: IndexAdvice = field(default_factory=IndexAdvice)
    indexes_untold: str = ""
    lacking: dict[str, int] = field(default_factory=dict)
    zones: Zones | None = None
    written_in: dict[str, str] = field(default_factory=dict)
    failure: str = ""

    @property
    def unreached(self) -> int:
        """Rows that were on no page: their key is shared by too many rows, or they are new."""
        return 0 if self.stopped or self.failure or self.rows is None else max(0, self.rows - self.walked)

    @property
    def broken(self) -> bool:
        """Whether the mapping must be fixed, or the source is down."""
        backwards = any(order.backwards.rows for order in self.orders)
        return bool(self.missing or self.changed or self.failure or backwards or self.refused)

    @property
    def refused(self) -> list[PeopleTally]:
        """The fields that everybody may read and that hold what looks like people's, for no stated reason."""
        return [tally for tally in self.people if tally.refused]

    @property
    def dirty(self) -> bool:
        """Whether the department's data has flaws."""
        return bool(
            self.unreached
            or self.lacking
            or any(tally.flaws for tally in self.fields)
            or any(unique.repeated.rows for unique in self.uniques)
            or any(reference.orphans.rows for reference in self.references)
        )

    @property
    def state(self) -> str:
        return "broken" if self.broken else "dirty" if self.dirty else "ok"


def lines_of(found: RecordInspection) -> list[str]:
    """The report of one record, at most 80 columns wide."""
    size = "rows not counted" if found.rows is None else f"{_rows(found.rows)}"
    lines = [f"{found.source}: {found.record} - {found.state}, {size}"]
    for sentence in _sentences(found):
        lines += textwrap.wrap(sentence, COLUMNS_MAX, initial_indent="  ", subsequent_indent="    ")
    return lines


def _sentences(found: RecordInspection) -> Iterator[str]:
    yield from _broken(found)
    for order in found.orders:
        yield _order(order)
    if found.stopped:
        yield f"stopped after {_rows(found.walked)}; --rows-max reads more"
    yield from _unreached(found)
    for unique in found.uniques:
        if unique.repeated.rows:
            rows = _rows(unique.repeated.rows)
            yield f"{unique.name}: {rows} repeat a value that should be unique{_named(unique.repeated)}"
    for reference in found.references:
        yield from _reference(reference)
    for tally in found.fields:
        yield from _field(tally)
    yield from _zones(found)
    yield from _indexes(found)
    whole = [tally.name for tally in found.fields if tally.rows and not tally.nulls and not tally.flaws]
    if whole:
        yield f"without null or flaw: {', '.join(whole)}"


def _unreached(found: RecordInspection) -> Iterator[str]:
    if found.unreached:
        yield f"{_rows(found.unreached)} not reached: the key is shared by too many, or they came meanwhile"
    for name, rows in found.lacking.items():
        yield f"{_rows(rows)} without a usable {name}, which is required: on no page and in no count"


def _zones(found: RecordInspection) -> Iterator[str]:
    if found.zones is None or not found.zones.server or not (found.written_in or found.zones.instants):
        return
    yield f"the zone of the server is {found.zones.server}"
    by_zone: dict[str, list[str]] = {}
    for name, zone in found.written_in.items():
        by_zone.setdefault(zone, []).append(name)
    for zone, names in by_zone.items():
        yield f"read as times of {zone}: {', '.join(names)}"
    if found.zones.instants:
        yield f"TIMESTAMP, so it comes in UTC (stored_in=UTC): {', '.join(found.zones.instants)}"


def _broken(found: RecordInspection) -> Iterator[str]:
    if found.failure:
        yield f"BROKEN: {found.failure}"
    if found.missing:
        yield f"BROKEN: a column is missing for: {', '.join(found.missing)}"
    for change in found.changed:
        yield f"BROKEN: {change.column} is a {change.found} in the source, the mapping says {change.declared}"
    for tally in found.refused:
        yield (
            f"BROKEN: {tally.name} is public, and {_share(tally.rows, tally.values)} of its values look like "
            f'{tally.kind}: map another column, or say publishes="reason" where it is mapped'
        )


def _order(order: OrderTally) -> str:
    if order.backwards.rows:
        return (
            f"BROKEN: {order.name} does not sort as {order.sorts_as}: {_rows(order.backwards.rows)} of {order.rows:,} "
            f"go backwards{_named(order.backwards)}"
        )
    return f"{order.name} sorts as {order.sorts_as}: proved over {_rows(order.rows)}"


def _reference(reference: Reference) -> Iterator[str]:
    if reference.failure:
        yield f"{reference.name}: references to {reference.target} not looked up: {reference.failure}"
    elif reference.orphans.rows:
        yield (
            f"{reference.name}: {_rows(reference.orphans.rows)} refer to no row of {reference.target}, "
            f"different values: {reference.orphaned_values:,}{_named(reference.orphans)}"
        )
    if reference.stopped:
        yield f"{reference.name}: only the first {JOIN_VALUES_MAX:,} different values were looked up"


def _field(tally: FieldTally) -> Iterator[str]:
    if not tally.nulls and not tally.flaws:
        return
    flaws = [f"{kind.value} {flawed.rows:,}{_named(flawed)}" for kind, flawed in tally.flaws.items()]
    nulls = [f"null {_share(tally.nulls, tally.rows)}"] if tally.nulls else []
    yield f"{tally.name}: {'; '.join((*nulls, *flaws))}"
    if tally.codes or tally.codes_not_shown:
        codes = [f"'{code}' {count:,}" for code, count in _ranked(tally)]
        hidden = [f"{tally.codes_not_shown:,} not shown"] if tally.codes_not_shown else []
        yield f"{tally.name}: unknown codes: {', '.join((*codes, *hidden))}"


def _indexes(found: RecordInspection) -> Iterator[str]:
    if found.indexes_untold:
        yield f"indexes not looked at: {found.indexes_untold}"
    for index in found.indexes.missing:
        yield f"missing index: {index.statement}; for: {', '.join(index.uses)}"
    scans = [f"{use} {scan.field}" for scan in found.indexes.unserved for use in scan.uses]
    if scans:
        yield f"no index on columns serves: {', '.join(scans)}"


def _ranked(tally: FieldTally) -> list[tuple[str, int]]:
    return sorted(tally.codes.items(), key=lambda pair: (-pair[1], pair[0]))


def _share(part: int, whole: int) -> str:
    share = 100 * part / whole
    return f"{share:.1f} %" if share >= 0.1 else "below 0.1 %"


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count:,} rows"


def _named(tally: RowSample) -> str:
    """The keys of the first rows in brackets, without control characters."""
    if not tally.keys:
        return ""
    more = ", ..." if tally.rows > len(tally.keys) else ""
    return f" (id {', '.join(map(_printable, tally.keys))}{more})"


def _printable(key: str) -> str:
    return key if key.isprintable() else ascii(key)


def summary_of(records: Sequence[RecordInspection]) -> str:
    """The summary: the number of records in each state."""
    states = [found.state for found in records]
    walked = sum(found.walked for found in records)
    parts = ", ".join(f"{states.count(state)} {state}" for state in ("ok", "dirty", "broken"))
    things = "1 record" if len(records) == 1 else f"{len(records)} records"
    return f"{things}: {parts}; {_rows(walked)} looked at"


def object_of(records: Sequence[RecordInspection]) -> dict[str, Any]:
    """The whole report as one object of plain values."""
    broken = any(found.broken for found in records)
    return {"broken": broken, "summary": summary_of(records), "records": [_record_object(found) for found in records]}


def _record_object(found: RecordInspection) -> dict[str, Any]:
    return {
        "source": found.source,
        "record": found.record,
        "state": found.state,
        "failure": found.failure or None,
        "rows": found.rows,
        "walked": found.walked,
        "stopped": found.stopped,
        "unreached": found.unreached,
        "lacking": found.lacking,
        "missing": found.missing,
        "changed": [{"column": each.column, "declared": each.declared, "found": each.found} for each in found.changed],
        "fields": {tally.name: _field_object(tally) for tally in found.fields},
        "people": {tally.name: {"kind": tally.kind, "rows": tally.rows} for tally in found.refused},
        "repeated": {unique.name: _tally_object(unique.repeated) for unique in found.uniques},
        "references": [
            {
                "field": each.name,
                "target": each.target,
                "values": each.values,
                "orphanedValues": each.orphaned_values,
                "orphans": _tally_object(each.orphans),
                "stopped": each.stopped,
                "failure": each.failure or None,
            }
            for each in found.references
        ],
        "orders": [
            {
                "field": order.name,
                "sortsAs": order.sorts_as,
                "rows": order.rows,
                "backwards": _tally_object(order.backwards),
            }
            for order in found.orders
        ],
        "zones": {
            "server": (found.zones.server or None) if found.zones is not None else None,
            "readAs": found.written_in,
            "instants": list(found.zones.instants) if found.zones is not None else [],
        },
        "indexes": {
            "failure": found.indexes_untold or None,
            "missing": [
                {
                    "table": index.table,
                    "columns": list(index.columns),
                    "statement": index.statement,
                    "uses": list(index.uses),
                }
                for index in found.indexes.missing
            ],
            "unserved": [
                {"field": scan.field, "uses": list(scan.uses), "compared": scan.compared}
                for scan in found.indexes.unserved
            ],
        },
    }


def _field_object(tally: FieldTally) -> dict[str, Any]:
    flaws = {kind.value: _tally_object(flawed) for kind, flawed in tally.flaws.items()}
    shown: dict[str, Any] = {"rows": tally.rows, "nulls": tally.nulls, "flaws": flaws}
    if FindingKind.UNKNOWN_CODE in tally.flaws:
        shown |= {"codes": dict(_ranked(tally)), "codesNotShown": tally.codes_not_shown}
    return shown


def _tally_object(tally: RowSample) -> dict[str, Any]:
    return {"rows": tally.rows, "keys": tally.keys}
