"""The range of days or times in a filter, and the same filter for an earlier range. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from models.errors import BadInput
from models.predicates import And, Compare, Operator, Predicate, both, compared
from models.records import Record
from models.values.periods import FIRST_LOCAL, LAST_LOCAL, Shift, local_value

_LOWER = frozenset({Operator.GT, Operator.GTE})
_UPPER = frozenset({Operator.LT, Operator.LTE})


@dataclass(frozen=True, slots=True)
class TimeRange:
    """The range [lower, upper); None is open. Bounds are days for a field of days, otherwise times."""

    field: str
    lower: date | None
    upper: date | None

    @staticmethod
    def missing() -> TimeRange:
        """The error of a comparison without a range, as BadInput."""
        raise BadInput("groups_compare_range")

    def closed(self, now: datetime, zone: ZoneInfo) -> TimeRange:
        """The range, ending now if it is open. Raises BadInput if it has no beginning."""
        if self.lower is None:
            return self.missing()
        if self.upper is not None:
            return self
        upper = now if isinstance(self.lower, datetime) else now.astimezone(zone).date() + timedelta(days=1)
        return replace(self, upper=upper)

    def lower_in(self, zone: ZoneInfo) -> datetime:
        """The lower bound of a closed range on the wall clock of a zone."""
        return local_value(self.lower, zone) if self.lower is not None else FIRST_LOCAL

    def upper_in(self, zone: ZoneInfo) -> datetime:
        """The upper bound of a closed range on the wall clock of a zone."""
        return local_value(self.upper, zone) if self.upper is not None else LAST_LOCAL

    def last_in(self, zone: ZoneInfo) -> datetime:
        """The last moment of a closed range on the wall clock of a zone."""
        return self.upper_in(zone) - timedelta(microseconds=1)

    def narrowed(self, where: Predicate) -> Predicate:
        """A filter that ends where the range ends."""
        if self.upper is None:
            return where
        return both(where, Compare(self.field, Operator.LT, (self.upper,)))


def range_of(record: type[Record], where: Predicate, field: str | None) -> TimeRange | None:
    """The range in a filter of this field, or of its only bounded field of time; None if there is none."""
    fields = sorted({term.field for term in _bounds(record, where)})
    name = field if field is not None else fields[0] if len(fields) == 1 else None
    bounds = [term for term in _bounds(record, where) if term.field == name]
    if name is None or not bounds:
        return None
    lowers = [_border(term) for term in bounds if term.operator in _LOWER]
    uppers = [_border(term) for term in bounds if term.operator in _UPPER]
    return TimeRange(name, max(lowers, default=None), min(uppers, default=None))


def moved_back(where: Predicate, span: TimeRange, shift: Shift, zone: ZoneInfo) -> Predicate:
    """The same filter with an earlier range. Raises BadInput if the filter says more about the field than the range."""
    terms = where.terms if isinstance(where, And) else (where,)
    moved: list[Predicate] = []
    for term in terms:
        if isinstance(term, Compare) and term.field == span.field and term.operator in _LOWER | _UPPER:
            half_open = _half_open(term)
            moved.append(replace(half_open, values=(_moved(half_open.values[0], shift, zone),)))
        elif any(comparison.field == span.field for comparison in compared(term)):
            raise BadInput("groups_compare_range")
        else:
            moved.append(term)
    return both(And(tuple(moved)), And(()))


def _moved(border: object, shift: Shift, zone: ZoneInfo) -> date:
    if isinstance(border, datetime):
        return shift.earlier_border(border.astimezone(zone).replace(tzinfo=None)).replace(tzinfo=zone)
    if not isinstance(border, date):
        raise BadInput("groups_compare_range")
    return shift.earlier_border(local_value(border, zone)).date()


def _bounds(record: type[Record], where: Predicate) -> Iterator[Compare]:
    """The comparisons of days and times that every row must satisfy."""
    for term in where.terms if isinstance(where, And) else (where,):
        if not isinstance(term, Compare) or term.operator not in _LOWER | _UPPER:
            continue
        if issubclass(record.fields[term.field].clean_type, date):
            yield term


def _half_open(term: Compare) -> Compare:
    """The comparison with a bound of days that is inclusive below and exclusive above."""
    (value,) = term.values
    if isinstance(value, datetime) or not isinstance(value, date):
        return term
    next_day, operator = value + timedelta(days=1), term.operator
    if operator is Operator.GT:
        return Compare(term.field, Operator.GTE, (next_day,))
    return Compare(term.field, Operator.LT, (next_day,)) if operator is Operator.LTE else term


def _border(term: Compare) -> date:
    (value,) = _half_open(term).values
    if not isinstance(value, date):
        raise BadInput("groups_compare_range")
    return value
