"""The figures by which groups are sorted and filtered, and the selection of groups to show."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from strawberry import UNSET
from strawberry.utils.str_converters import to_camel_case

from models.errors import BadInput
from models.records import AREA, Record
from models.values.measures import GroupValues, Statistic
from models.values.periods import FIRST_LOCAL
from resolvers.aggregates.groups import Aggregate, GroupKey
from schema.aggregates.dimensions import measures_of
from schema.aggregates.group_extras import SECONDS_PER_HOUR, hour_figures
from schema.aggregates.grouped import extras_of
from schema.aggregates.tables import POPULATION, order_of_key
from schema.core.inputs import given_value
from schema.core.orders import Direction

GROUPS_DEFAULT = 50
GROUPS_MAX = 1_000
TOP_BY_MIN = 2
ORDER_TERMS_MAX = 4

MEASURED, PART, TIMED = "measured:", "part:", "timed:"
"""The prefixes of facts that say what a question has to ask: values of a field, a part, a time."""
PEOPLED = f"of:{POPULATION}"
"""The fact that says that the people of the areas are asked for."""
STALE = "stale"
"""The fact that says that a question has to ask how old each row is."""

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

PER_10000 = "How many rows there are per 10,000 people of the area; null without an area in the key."
_STATISTICS = {
    Statistic.MIN: "smallest", Statistic.MAX: "largest", Statistic.SUM: "sum", Statistic.AVERAGE: "average",
    Statistic.MEDIAN: "median", Statistic.P90: "90th percentile",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure to sort or filter groups by: of a measured field, or the number of rows.

    `need` is the fact that tells what the question has to ask for it. `part`: the figure is the number of rows of this
    part. `divisor` converts the value of a tally into the unit of the graph.
    """

    field: str | None = None
    statistic: Statistic | None = None
    need: str | None = None
    part: str | None = None
    divisor: int = 1

    @property
    def is_count(self) -> bool:
        return self.field is None and self.need != PEOPLED

    def of(self, tally: GroupValues) -> float | None:
        if self.need == PEOPLED:
            return tally.per_10000
        if self.part is not None:
            return tally.parts.get(self.part, 0)
        if self.field is None or self.statistic is None:
            return tally.count
        number = tally.statistic(self.field, self.statistic)
        return None if number is None else float(number / self.divisor)


@dataclass(frozen=True, slots=True)
class GroupSelection:
    """Which groups are shown, in which order: `order` has figures, or the period if there is none.

    `top_of_each`: only so many of each period, or of each first value.
    """

    having: tuple[tuple[Figure, str, float], ...]
    order: tuple[tuple[Figure | None, bool], ...]
    first: int
    top_of_each: int | None = None

    @property
    def needs(self) -> frozenset[str]:
        """What a question has to ask for the selection, as facts."""
        figures = [figure for figure, _, _ in self.having] + [figure for figure, _ in self.order if figure is not None]
        return frozenset(figure.need for figure in figures if figure.need is not None)

    def chosen(self, aggregate: Aggregate) -> tuple[list[GroupKey], int]:
        """The keys of the groups to show, in order, and how many groups matched. Raises the error of a lost figure."""
        for need in self.needs:
            if error := aggregate.lost.get(need.partition(":")[2]):
                raise error
        groups = aggregate.groups
        kept = sorted((key for key in groups if self._fulfils(groups[key])), key=order_of_key)
        order = self.order
        if not order:
            order = ((None, False), (Figure(), True)) if aggregate.question.bucket is not None else ((Figure(), True),)
        for figure, descending in reversed(order):
            kept = _sorted(kept, [_rank(key, groups[key], figure) for key in kept], descending=descending)
        if self.top_of_each is not None:
            kept = self._top(kept, by_period=aggregate.question.bucket is not None)
        return kept[: self.first], len(kept)

    def _top(self, sorted_keys: list[GroupKey], *, by_period: bool) -> list[GroupKey]:
        """The first keys of each period, from the earliest on, or else of each value that comes first in a key."""
        each: dict[object, list[GroupKey]] = {}
        for key in sorted_keys:
            each.setdefault(key[-1 if by_period else 0], []).append(key)
        parts = sorted(each, key=lambda part: order_of_key((part,))) if by_period else each
        return [key for part in parts for key in each[part][: self.top_of_each]]

    def _fulfils(self, tally: GroupValues) -> bool:
        for figure, operator, bound in self.having:
            known = figure.of(tally)
            if known is None or not _FULFILS[operator](known, bound):
                return False
        return True


def _rank(key: GroupKey, tally: GroupValues, figure: Figure | None) -> float | None:
    if figure is not None:
        return figure.of(tally)
    start = key[-1] if key else None
    return (start - FIRST_LOCAL).total_seconds() if isinstance(start, datetime) else None


def _sorted(keys: list[GroupKey], ranks: Sequence[float | None], *, descending: bool) -> list[GroupKey]:
    """The keys by rank. Equal ones keep their order; those without a rank come last in both directions."""
    ranked = [(rank, key) for rank, key in zip(ranks, keys, strict=True) if rank is not None]
    ranked.sort(key=lambda pair: -pair[0] if descending else pair[0])
    unranked = [key for rank, key in zip(ranks, keys, strict=True) if rank is None]
    return [key for _, key in ranked] + unranked


def figures_of(record: type[Record]) -> dict[str, tuple[Figure, str]]:
    """Every figure of a record by its Python name, with its description."""
    figures = {"count": (Figure(), "How many rows the group has.")}
    for field in measures_of(record):
        for statistic, told in _STATISTICS.items():
            about = f"Of what follows, the {told}: {field.description[0].lower()}{field.description[1:]}."
            figures[f"{field.name}_{statistic.value}"] = (Figure(field.name, statistic, MEASURED + field.name), about)
    if AREA in record.relations:
        figures["per_10000"] = (Figure(need=PEOPLED), PER_10000)
    extras = extras_of(record)
    for part in extras.parts:
        figures[part.name] = (Figure(need=PART + part.part, part=part.part), f"{part.description}.")
    for time in extras.times:
        for name, seconds, statistic, about in hour_figures(time):
            figures[name] = (Figure(seconds, statistic, TIMED + time.name, divisor=SECONDS_PER_HOUR), about)
    return figures


def shown_of(record: type[Record], given: Mapping[str, Any]) -> GroupSelection:
    """The selection of groups. Raises BadInput."""
    first = given_value(given, "first")
    first = GROUPS_DEFAULT if first is None else first
    if not 0 <= first <= GROUPS_MAX:
        raise BadInput("first_range", argument="first", maximum=GROUPS_MAX)
    figures = {name: figure for name, (figure, _) in figures_of(record).items()}
    having, order = _having(figures, given_value(given, "having")), _order(figures, given_value(given, "order_by"))
    return GroupSelection(tuple(having), order, first, _top_of_each(given))


def _top_of_each(given: Mapping[str, Any]) -> int | None:
    top = given_value(given, "top_of_each")
    if top is None:
        return None
    if not 0 <= top <= GROUPS_MAX:
        raise BadInput("first_range", argument="topOfEach", maximum=GROUPS_MAX)
    if given_value(given, "bucket") is None and len(given_value(given, "by") or ()) < TOP_BY_MIN:
        raise BadInput("groups_top")
    return int(top)


def needs_of(record: type[Record], given: Mapping[str, Any]) -> frozenset[str]:
    """What a question has to ask for its order and its conditions on groups; `given` as in a document."""
    having, order = given.get("having"), given.get("orderBy")
    terms = [having, *(order if isinstance(order, list) else ())]
    named = {name for term in terms if isinstance(term, Mapping) for name in term}
    if not named:
        return frozenset()
    figures = {to_camel_case(name): figure for name, (figure, _) in figures_of(record).items()}
    needs = (figures[name].need for name in named if name in figures)
    return frozenset(need for need in needs if need is not None)


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
