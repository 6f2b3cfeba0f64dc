"""Aggregate figures: by which figures groups are sorted and chosen, and which of an aggregate's groups are shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from strawberry import UNSET
from strawberry.utils.str_converters import to_camel_case

from models.errors import BadInput
from models.measures import Statistic, Tally
from models.periods import FIRST_LOCAL
from models.records import Record
from resolvers.aggregates import Aggregate, GroupKey
from schema.aggregate_tables import order_of_key
from schema.dimensions import measures_of
from schema.group_extras import SECONDS_PER_HOUR, hour_figures
from schema.grouped import extras_of
from schema.inputs import given_value
from schema.orders import Direction

GROUPS_DEFAULT = 50
GROUPS_MAX = 1_000
ORDER_TERMS_MAX = 4

MEASURED, PART, TIMED = "measured:", "part:", "timed:"
"""How facts begin that say what a question has to bring: values of a field, a part of the rows, how long it took."""

RANGES = {
    "eq": "Exactly this.", "gt": "More than this.", "gte": "This or more.", "lt": "Less than this.",
    "lte": "This or less.",
}  # fmt: skip
_FULFILS: Mapping[str, Callable[[float, float], bool]] = {
    "eq": lambda figure, bound: figure == bound,
    "gt": lambda figure, bound: figure > bound,
    "gte": lambda figure, bound: figure >= bound,
    "lt": lambda figure, bound: figure < bound,
    "lte": lambda figure, bound: figure <= bound,
}

_STATISTICS = {
    Statistic.MIN: "smallest", Statistic.MAX: "largest", Statistic.SUM: "sum", Statistic.AVERAGE: "average",
    Statistic.MEDIAN: "median", Statistic.P90: "90th percentile",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure that groups are ordered by, or that they must have: of a measured field, or the number of rows.

    `need` is the fact that says what a question has to bring for it; of a `part` it is the number of its rows.
    `divisor` makes the graph's unit of what a tally holds.
    """

    field: str | None = None
    statistic: Statistic | None = None
    need: str | None = None
    part: str | None = None
    divisor: int = 1

    @property
    def is_count(self) -> bool:
        return self.field is None

    def of(self, tally: Tally) -> float | None:
        if self.part is not None:
            return tally.parts.get(self.part, 0)
        if self.field is None or self.statistic is None:
            return tally.count
        number = tally.statistic(self.field, self.statistic)
        return None if number is None else float(number / self.divisor)


@dataclass(frozen=True, slots=True)
class Shown:
    """Which groups are shown, and in which order: `order` by figures, or by the period where there is no figure."""

    having: tuple[tuple[Figure, str, float], ...]
    order: tuple[tuple[Figure | None, bool], ...]
    first: int

    @property
    def needs(self) -> frozenset[str]:
        """What a question has to bring for them, as facts."""
        figures = [figure for figure, _, _ in self.having] + [figure for figure, _ in self.order if figure is not None]
        return frozenset(figure.need for figure in figures if figure.need is not None)

    def chosen(self, aggregate: Aggregate) -> tuple[list[GroupKey], int]:
        """The keys of the groups to show, in order, and how many there were to choose from."""
        groups = aggregate.groups
        kept = sorted((key for key in groups if self._fulfils(groups[key])), key=order_of_key)
        order = self.order
        if not order:
            order = ((None, False), (Figure(), True)) if aggregate.question.bucket is not None else ((Figure(), True),)
        for figure, descending in reversed(order):
            kept = _sorted(kept, [_rank(key, groups[key], figure) for key in kept], descending=descending)
        return kept[: self.first], len(kept)

    def _fulfils(self, tally: Tally) -> bool:
        for figure, operator, bound in self.having:
            known = figure.of(tally)
            if known is None or not _FULFILS[operator](known, bound):
                return False
        return True


def _rank(key: GroupKey, tally: Tally, figure: Figure | None) -> float | None:
    if figure is not None:
        return figure.of(tally)
    start = key[-1] if key else None
    return (start - FIRST_LOCAL).total_seconds() if isinstance(start, datetime) else None


def _sorted(keys: list[GroupKey], ranks: Sequence[float | None], *, descending: bool) -> list[GroupKey]:
    """The keys by their ranks; equal ones stay in order, and what has no rank comes last either way."""
    ranked = [(rank, key) for rank, key in zip(ranks, keys, strict=True) if rank is not None]
    ranked.sort(key=lambda pair: -pair[0] if descending else pair[0])
    unranked = [key for rank, key in zip(ranks, keys, strict=True) if rank is None]
    return [key for _, key in ranked] + unranked


def figures_of(record: type[Record]) -> dict[str, tuple[Figure, str]]:
    """Every figure of a record by its Python name, with what it is."""
    figures = {"count": (Figure(), "How many rows the group has.")}
    for field in measures_of(record):
        for statistic, told in _STATISTICS.items():
            about = f"Of what follows, the {told}: {field.description[0].lower()}{field.description[1:]}."
            figures[f"{field.name}_{statistic.value}"] = (Figure(field.name, statistic, MEASURED + field.name), about)
    extras = extras_of(record)
    for part in extras.parts:
        figures[part.name] = (Figure(need=PART + part.part, part=part.part), f"{part.description}.")
    for time in extras.times:
        for name, seconds, statistic, about in hour_figures(time):
            figures[name] = (Figure(seconds, statistic, TIMED + time.name, divisor=SECONDS_PER_HOUR), about)
    return figures


def shown_of(record: type[Record], given: Mapping[str, Any]) -> Shown:
    """Which groups to show. Raises BadInput."""
    first = given_value(given, "first")
    first = GROUPS_DEFAULT if first is None else first
    if not 0 <= first <= GROUPS_MAX:
        raise BadInput("first_range", argument="first", maximum=GROUPS_MAX)
    figures = {name: figure for name, (figure, _) in figures_of(record).items()}
    return Shown(
        tuple(_having(figures, given_value(given, "having"))), _order(figures, given_value(given, "order_by")), first
    )


def _having(figures: Mapping[str, Figure], given: Any) -> list[tuple[Figure, str, float]]:
    bounds: list[tuple[Figure, str, float]] = []
    for name, figure in figures.items():
        asked = getattr(given, f"{to_camel_case(name)}_", None)
        for operator in RANGES if asked not in (None, UNSET) else ():
            bound = getattr(asked, f"{operator}_")
            if bound is None:
                raise BadInput("filter_null", operator=operator)
            if bound is not UNSET:
                bounds.append((figure, operator, bound))
    return bounds


def _order(figures: Mapping[str, Figure], given: Any) -> tuple[tuple[Figure | None, bool], ...]:
    terms: list[tuple[Figure | None, bool]] = []
    known: dict[str, Figure | None] = {**figures, "period": None}
    for term in given or ():
        for name, figure in known.items():
            direction = getattr(term, f"{to_camel_case(name)}_", None)
            if direction in (None, UNSET):
                continue
            if any(other == figure for other, _ in terms):
                raise BadInput("order_twice", field=to_camel_case(name))
            terms.append((figure, direction is Direction.DESC))
    if len(terms) > ORDER_TERMS_MAX:
        raise BadInput("order_terms", maximum=ORDER_TERMS_MAX)
    return tuple(terms)
