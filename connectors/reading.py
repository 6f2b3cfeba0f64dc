"""Reading: raw rows and groups of a source -> clean columns, with the flaws that were found. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from connectors.criteria import GroupCriteria, MomentPart
from connectors.decoders.protocol import CutsMoments
from connectors.mapping import Mapping
from connectors.protocol import RawGroups, Rows
from models.batch import Batch, Column, Freshness, Origin, oldest_of
from models.predicates import Operator
from models.records import KEY, PersonalClass
from models.sources.findings import Finding, FindingKind


@dataclass(slots=True)
class Reading:
    """A batch, and the findings about its source."""

    batch: Batch
    findings: tuple[Finding, ...]


def clean(mapping: Mapping, fields: tuple[str, ...], rows: Rows, origin: Origin) -> Reading:
    """Decode column by column.

    Rows whose key or other required field does not decode are marked as unaddressable.
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
    # Almost always none, which `in` finds in a fraction of the time.
    lacking = [columns[name] for name in required if None in columns[name]]
    return frozenset(row for column in lacking for row, value in enumerate(column) if value is None)


_SOME_DAY = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Groups:
    """Group i has `counts[i]` rows, the clean values `columns[field][i]` and the moment `moments[i]`, if any.

    Two spellings of one value are two groups; the caller merges them. `ages` says when the rows of a group were true,
    or the oldest of them if they are not grouped by age; None if the source does not say. `moments` are on the wall
    clock of `zone`; None is the city's.
    """

    columns: Dictionary[str, Column]
    moments: Sequence[str | None]
    counts: Sequence[int]
    origin: Origin
    ages: Column | None = None
    zone: ZoneInfo | None = None

    @property
    def oldest(self) -> datetime | None:
        """The age of the oldest row by the source's data, else when the groups were fetched; None if it is lost."""
        # SQL makes one group of no rows, which has no age.
        is_empty = self.ages is None or not any(self.counts)
        return oldest_of(None if is_empty else self.ages, self.origin)

    def freshness(self, now: datetime) -> list[Freshness]:
        """The freshness of the rows of each group, where these are grouped by age."""
        ages: Column = self.ages if self.ages is not None else [self.origin.fetched_at] * len(self.counts)
        known = {age: self.origin.freshness(age if isinstance(age, datetime) else None, now) for age in set(ages)}
        return [known[age] for age in ages]

    def only(self, wanted: Collection[Freshness], now: datetime) -> Groups:
        """The groups whose rows are of a wanted freshness, where these are grouped by age."""
        kept = [row for row, freshness in enumerate(self.freshness(now)) if freshness in wanted]

        def rows_of(column: Sequence[Any]) -> list[Any]:
            return [column[row] for row in kept]

        return replace(
            self,
            columns={name: rows_of(column) for name, column in self.columns.items()},
            moments=rows_of(self.moments) if self.moments else (),
            counts=rows_of(self.counts),
            ages=rows_of(self.ages) if self.ages is not None else None,
        )


def clean_groups(
    mapping: Mapping, criteria: GroupCriteria, raw: RawGroups, origin: Origin
) -> tuple[Groups, list[Finding]]:
    """Decode column by column; a finding counts the groups that have a flaw, not their rows."""
    columns: dict[str, Column] = {}
    findings: list[Finding] = []
    for field in criteria.columns:
        mapped = mapping.columns[field]
        decoded = mapped.decoder.decode(*(raw.columns[name] for name in mapped.legacy))
        columns[field] = decoded.values
        findings += [
            Finding(mapping.source, mapping.record.name, field, kind, count) for kind, count in decoded.flaws.items()
        ]
    moments = _canonical(mapping, criteria.moment, raw.moments) if criteria.moment is not None else ()
    zone = written_in(mapping, criteria.moment.field) if criteria.moment is not None else None
    return Groups(columns, moments, raw.counts, origin, _ages(mapping, criteria, raw), zone), findings


def _ages(mapping: Mapping, criteria: GroupCriteria, raw: RawGroups) -> Column | None:
    if mapping.as_of is None:
        return None
    if criteria.with_age:
        return mapping.as_of.decoder.decode(*(raw.columns[name] for name in mapping.as_of.legacy)).values
    zone = mapping.age_zone
    return [None if text is None else datetime.fromisoformat(text).replace(tzinfo=zone) for text in raw.oldest]


def written_in(mapping: Mapping, field: str) -> ZoneInfo | None:
    """The zone that a field of time is written in; None for the city's, and for days."""
    return getattr(mapping.columns[field].decoder, "zone", None)


def _canonical(mapping: Mapping, moment: MomentPart, stored: Sequence[str | None]) -> Sequence[str | None]:
    """The beginnings of the canonical texts of moments, made from stored beginnings if the decoder cuts moments."""
    decoder = mapping.columns[moment.field].decoder
    if not isinstance(decoder, CutsMoments):
        return stored
    begun = decoder.begun(stored, moment.chars)
    return [None if value is None else str(decoder.comparable(value))[: moment.chars] for value in begun]


def cuts_moments(mapping: Mapping, field: str) -> bool:
    """Whether the source can group by the beginning of a field's canonical text, such as `2026-10` for a month.

    Moments that compare as numbers have no such text and are grouped by stored value.
    """
    decoder = mapping.columns[field].decoder
    if Operator.GT not in decoder.operators or not issubclass(decoder.clean_type, date):
        return False
    some = _SOME_DAY if issubclass(decoder.clean_type, datetime) else _SOME_DAY.date()
    return isinstance(decoder.comparable(some), str)
