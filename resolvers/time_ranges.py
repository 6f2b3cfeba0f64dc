"""Time ranges: the range of days or moments that a filter asks for, and the same filter for an earlier one. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from models.errors import BadInput
from models.periods import FIRST_LOCAL, LAST_LOCAL, Shift, local_value
from models.predicates import And, Compare, Operator, Predicate, both, compared
from models.records import Record

_LOWER = frozenset({Operator.GT, Operator.GTE})
_UPPER = frozenset({Operator.LT, Operator.LTE})


@dataclass(frozen=True, slots=True)
class TimeRange:
    """From `lower`, to before `upper`; None where it is open. Borders are days of a field of days, else moments."""

    field: str
    lower: date | None
    upper: date | None

    @staticmethod
    def missing() -> TimeRange:
        """Raises BadInput: there is nothing to compare with."""
        raise BadInput("groups_compare_range")

    def closed(self, now: datetime, zone: ZoneInfo) -> TimeRange:
        """The range up to now where it has no end. Raises BadInput for one without a beginning."""
        if self.lower is None:
            return self.missing()
        if self.upper is not None:
            return self
        upper = now if isinstance(self.lower, datetime) else now.astimezone(zone).date() + timedelta(days=1)
        return replace(self, upper=upper)

    def lower_in(self, zone: ZoneInfo) -> datetime:
        """The beginning on the wall clock of a zone; of a closed range."""
        return local_value(self.lower, zone) if self.lower is not None else FIRST_LOCAL

    def upper_in(self, zone: ZoneInfo) -> datetime:
        """The end on the wall clock of a zone; of a closed range."""
        return local_value(self.upper, zone) if self.upper is not None else LAST_LOCAL

    def last_in(self, zone: ZoneInfo) -> datetime:
        """The last moment of a closed range on the wall clock of a zone."""
        return self.upper_in(zone) - timedelta(microseconds=1)

    def narrowed(self, where: Predicate) -> Predicate:
        """A filter that ends where the range does."""
        if self.upper is None:
            return where
        return both(where, Compare(self.field, Operator.LT, (self.upper,)))


def range_of(record: type[Record], where: Predicate, field: str | None) -> TimeRange | None:
    """The range that a filter asks for, of this field or of the one field of time that it bounds; None for none."""
    fields = sorted({term.field for term in _bounds(record, where)})
    name = field if field is not None else fields[0] if len(fields) == 1 else None
    bounds = [term for term in _bounds(record, where) if term.field == name]
    if name is None or not bounds:
        return None
    lowers = [_border(term) for term in bounds if term.operator in _LOWER]
    uppers = [_border(term) for term in bounds if term.operator in _UPPER]
    return TimeRange(name, max(lowers, default=None), min(uppers, default=None))


def moved_back(where: Predicate, span: TimeRange, shift: Shift, zone: ZoneInfo) -> Predicate:
    """The same filter with its range earlier. Raises BadInput where the range is not all that it says of the field."""
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
    """The comparisons that every row fulfils, with days and moments."""
    for term in where.terms if isinstance(where, And) else (where,):
        if not isinstance(term, Compare) or term.operator not in _LOWER | _UPPER:
            continue
        if issubclass(record.fields[term.field].clean_type, date):
            yield term


def _half_open(term: Compare) -> Compare:
    """The same comparison with a border of days that belongs to the range from below, and not from above."""
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
