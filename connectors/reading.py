"""Reading: a source's raw rows -> a Batch of clean columns, with the flaws that were met on the way. Pure."""

from __future__ import annotations

from collections.abc import Mapping as Dictionary
from dataclasses import dataclass

from connectors.mapping import Mapping
from connectors.protocol import Rows
from models.batch import Batch, Column, Origin
from models.findings import Finding, FindingKind
from models.records import KEY, PersonalClass


@dataclass(frozen=True, slots=True)
class Reading:
    """A batch, and what was found wrong with the source while it was made."""

    batch: Batch
    findings: tuple[Finding, ...]


def clean(mapping: Mapping, fields: tuple[str, ...], rows: Rows, origin: Origin) -> Reading:
    """Decode column by column.

    Rows whose key, or another field that may not be null, does not decode are marked: nobody could address them.
    """
    columns: dict[str, Column] = {}
    raws: dict[str, Dictionary[int, str]] = {}
    findings: list[Finding] = []
    record = mapping.record.name
    for field in fields:
        mapped = mapping.columns[field]
        decoded = mapped.decoder.decode(*(rows.columns[name] for name in mapped.legacy))
        columns[field] = decoded.values
        if decoded.raws and mapping.record.fields[field].personal is PersonalClass.NON_PERSONAL:
            raws[field] = decoded.raws
        findings += [Finding(mapping.source, record, field, kind, count) for kind, count in decoded.flaws.items()]
    as_of = (
        mapping.as_of.decoder.decode(*(rows.columns[name] for name in mapping.as_of.legacy)) if mapping.as_of else None
    )
    lost = _unaddressable(mapping, columns)
    if lost:
        findings.append(Finding(mapping.source, record, KEY, FindingKind.MISSING_KEY, len(lost)))
    batch = Batch(
        record,
        rows.length,
        columns,
        origin,
        keyset=rows.keyset,
        parents=rows.parents,
        as_of=as_of.values if as_of is not None else None,
        unaddressable=lost,
        raws=raws,
    )
    return Reading(batch, tuple(findings))


def _unaddressable(mapping: Mapping, columns: dict[str, Column]) -> frozenset[int]:
    required = [name for name in columns if name == KEY or not mapping.record.fields[name].nullable]
    # Almost always none: one look at a column says so in a fraction of the time.
    lacking = [columns[name] for name in required if None in columns[name]]
    return frozenset(row for column in lacking for row, value in enumerate(column) if value is None)
