"""Costs: what the graph cannot do without a field that a draft has not found. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from models.policy.decisions import ROW_RULES
from models.records import AREA, KEY, Record, position_field
from models.values.vocabulary import Vocabulary
from onboarding.drafting.matching import Match


def costs_of(matches: list[Match]) -> Iterator[str]:
    """What is missing and what that costs, the dearest first: a line for each record and cost."""
    for match in matches:
        if match.table is None:
            yield f"{match.record.name} not found: whoever asks for them is told that nothing is connected"
    found = {match.record.name for match in matches if match.table is not None}
    for match in matches:
        if match.table is None:
            continue
        untold = [name for name, fit in match.fits.items() if not fit.is_told]
        by_cost: dict[str, list[str]] = {}
        for name in [*match.missing, *untold]:
            by_cost.setdefault(_cost(match.record, name, found), []).append(name)
        for cost in sorted(by_cost, key=_ORDER.index):
            yield f"{match.record.name}: {', '.join(by_cost[cost])} not found: {cost}"


_ROWS = "nobody but officers will see a row"
_OWNER = "nobody sees rows of their own, and what is found of a person is not shown to that person"
_HANDLED = "every row counts as one that the source's own department handles"
_AREA = "no row is in an area: none is counted, filtered or listed by it"
_REFERENCE = "what the row belongs to is not shown with it"
_PLACE = "no row is on a map"
_DAY = "lists have no order by time, and no period can be asked for"
_UNKNOWN = "UNKNOWN in every row, and in every group"
_NULL = "null in every row"
_ORDER = [_ROWS, _OWNER, _HANDLED, _REFERENCE, _AREA, _PLACE, _DAY, _UNKNOWN, _NULL]


def _cost(record: type[Record], name: str, found: set[str]) -> str:
    contract = record.fields[name]
    leads = {here for way in record.relations.values() if way.target in found and not way.many for here, _ in way.on}
    costs = {
        _ROWS: name == "publication" and record.name in ROW_RULES,
        _OWNER: name == record.owner,
        _HANDLED: name == record.handled_by,
        _REFERENCE: name in leads and name != KEY,
        _AREA: AREA in record.relations and name in {here for here, _ in record.relations[AREA].on},
        _PLACE: name == position_field(record),
        _DAY: issubclass(contract.clean_type, date) and contract.sort,
        _UNKNOWN: issubclass(contract.clean_type, Vocabulary),
    }
    return next((cost for cost, applies in costs.items() if applies), _NULL)
