"""Grouping: groups of rows as a source stores them -> groups of clean values, and how a mapping's moments are cut.

Two spellings of one value are still two groups here; who adds them up merges them. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping as Dictionary
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from connectors.criteria import GroupCriteria, MomentPart
from connectors.decoders.protocol import CutsMoments
from connectors.mapping import Mapping
from connectors.protocol import RawGroups
from models.batch import Column, Origin
from models.findings import Finding
from models.predicates import Operator

_SOME_DAY = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Groups:
    """`counts[i]` rows have the clean values `columns[field][i]`, and the text `moments[i]` where there are any.

    `ages` says when rows were true, where it was asked for and the source says so.
    """

    columns: Dictionary[str, Column]
    moments: Sequence[str | None]
    counts: Sequence[int]
    origin: Origin
    ages: Column | None = None


def clean_groups(
    mapping: Mapping, criteria: GroupCriteria, raw: RawGroups, origin: Origin
) -> tuple[Groups, list[Finding]]:
    """Decode column by column, as rows are decoded; a finding counts the groups that have a flaw, not their rows."""
    columns: dict[str, Column] = {}
    findings: list[Finding] = []
    for field in criteria.columns:
        mapped = mapping.columns[field]
        decoded = mapped.decoder.decode(*(raw.columns[name] for name in mapped.legacy))
        columns[field] = decoded.values
        findings += [
            Finding(mapping.source, mapping.record.name, field, kind, count) for kind, count in decoded.flaws.items()
        ]
    ages = None
    if criteria.with_age and mapping.as_of is not None:
        ages = mapping.as_of.decoder.decode(*(raw.columns[name] for name in mapping.as_of.legacy)).values
    moments = _canonical(mapping, criteria.moment, raw.moments) if criteria.moment is not None else ()
    return Groups(columns, moments, raw.counts, origin, ages), findings


def _canonical(mapping: Mapping, moment: MomentPart, stored: Sequence[str | None]) -> Sequence[str | None]:
    """The beginnings of canonical texts, of what the source stores of them where the decoder knows how."""
    decoder = mapping.columns[moment.field].decoder
    if not isinstance(decoder, CutsMoments):
        return stored
    begun = decoder.begun(stored, moment.chars)
    return [None if value is None else str(decoder.comparable(value))[: moment.chars] for value in begun]


def cuts_moments(mapping: Mapping, field: str) -> bool:
    """Whether the source can group by the beginning of a field's canonical text: `2026-10` of a moment in October.

    What compares as a number has no such text, and is grouped by what is stored.
    """
    decoder = mapping.columns[field].decoder
    if Operator.GT not in decoder.operators or not issubclass(decoder.clean_type, date):
        return False
    some = _SOME_DAY if issubclass(decoder.clean_type, datetime) else _SOME_DAY.date()
    return isinstance(decoder.comparable(some), str)
