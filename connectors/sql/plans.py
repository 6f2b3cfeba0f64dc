"""Plans: the output of EXPLAIN -> the tables that a statement reads, and how. Pure.

Only names of tables and indexes are taken from a plan: the rest may quote values of the question.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

PREFIXES: Dictionary[str, str] = {
    "sqlite": "EXPLAIN QUERY PLAN",
    "postgresql": "EXPLAIN (FORMAT JSON)",
    "mariadb": "EXPLAIN FORMAT=JSON",
}
"""The EXPLAIN prefix of each dialect. None runs the statement."""


@dataclass(frozen=True, slots=True)
class PlanNode:
    """One table of a plan, by its name or its alias.

    `walks`: it is scanned from one end, not looked up by an index. `held`: its rows are collected first, to be sorted,
    grouped or hashed, so that no LIMIT stops the scan early.
    """

    table: str
    walks: bool
    index: str
    held: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """The tables that a statement reads. `sorts`: rows are sorted without an index."""

    steps: tuple[PlanNode, ...]
    sorts: bool


def plan_of(dialect: str, rows: Sequence[Sequence[Any]]) -> Plan:
    """Parse a plan. Raises ValueError if it cannot be read."""
    try:
        steps, sorts = _READERS[dialect](rows)
    except (KeyError, IndexError, TypeError, AttributeError) as error:
        raise ValueError("a plan that cannot be read") from error
    return Plan(tuple(step for step in steps if not _OURS.fullmatch(step.table)), sorts)


_OURS = re.compile(r"u|w|p|page|b\d+|anon_\d+|[(<].*[)>]|SUBQUERY|\d+(-ROW)?")
"""Aliases of the hub's own statements, and temporary results of databases: not tables."""


def tables_of(selectable: sa.FromClause) -> dict[str, sa.TableClause]:
    """The tables that a mapping reads, by every name that a plan may use for them."""
    if isinstance(selectable, sa.TableClause):
        return {"t": selectable, selectable.name: selectable}
    found: dict[str, sa.TableClause] = {}
    for element in sa.sql.visitors.iterate(selectable):
        if isinstance(element, sa.TableClause):
            found[element.name] = element
        elif isinstance(element, sa.Alias) and isinstance(element.element, sa.TableClause):
            found[element.name] = element.element
    return found


def with_table_names(plan: Plan, selectable: sa.FromClause) -> Plan:
    """The plan of a statement over a mapping, with the real names of its tables."""
    tables = tables_of(selectable)
    named = (replace(step, table=tables[step.table].name) if step.table in tables else step for step in plan.steps)
    return replace(plan, steps=tuple(named))


# --- SQLite -----------------------------------------------------------------------------------------------------------

_SQLITE_READS = re.compile(r"(SCAN|SEARCH) (?:TABLE )?(\S+)(?: AS (\S+))?")
_SQLITE_INDEX = re.compile(r"USING (AUTOMATIC )?(?:PARTIAL )?(?:COVERING )?(?:INDEX (\S+)|INTEGER PRIMARY KEY)")


def _sqlite(rows: Sequence[Sequence[Any]]) -> tuple[list[PlanNode], bool]:
    """Rows of (id, id of the parent, unused, text). A sort is a sibling of what it sorts."""
    words = {row[0]: str(row[3]) for row in rows}
    parents = {row[0]: row[1] for row in rows}
    holding = {row[1] for row in rows if re.match(r"USE TEMP B-TREE FOR (?!LAST |RIGHT PART)", str(row[3]))}
    holding |= {node for node, said in words.items() if said.startswith("MATERIALIZE")}
    steps = []
    for node, said in words.items():
        reads = _SQLITE_READS.match(said)
        if reads is not None:
            above = set(_above(node, parents))
            steps.append(_sqlite_step(reads, said, held=bool(above & holding)))
    return steps, any(said.startswith("USE TEMP B-TREE FOR") for said in words.values())


def _sqlite_step(reads: re.Match[str], said: str, *, held: bool) -> PlanNode:
    by = _SQLITE_INDEX.search(said)
    automatic = by is not None and by[1] is not None
    index = "" if by is None or automatic else by[2] or "PRIMARY KEY"
    # An automatic index is built from the whole table for this statement.
    return PlanNode(reads[3] or reads[2], walks=reads[1] == "SCAN" or automatic, index=index, held=held or automatic)


def _above(node: int, parents: Dictionary[int, int]) -> Iterator[int]:
    while node in parents:
        node = parents[node]
        yield node


# --- PostgreSQL -------------------------------------------------------------------------------------------------------

_PG_IS_THERE = re.compile(r"\([^()]* IS NOT NULL\)")
_PG_HOLDING = frozenset({"Sort", "Hash", "Aggregate", "Materialize", "SetOp"})


def _postgresql(rows: Sequence[Sequence[Any]]) -> tuple[list[PlanNode], bool]:
    steps: list[PlanNode] = []
    told = rows[0][0]
    (root,) = json.loads(told) if isinstance(told, str) else told
    sorts = _postgresql_node(root["Plan"], steps, held=False)
    return steps, sorts


def _postgresql_node(node: Dictionary[str, Any], steps: list[PlanNode], *, held: bool) -> bool:
    """Add the tables of a node and its children; returns whether any of them sorts."""
    kind = node["Node Type"]
    if "Relation Name" in node:
        # A bitmap scan always uses an index; the node of that index names no table.
        # That a key is there is a condition of the hub's own, and finds nothing.
        looked_up = not _PG_IS_THERE.fullmatch(node.get("Index Cond", "( IS NOT NULL)"))
        searches = looked_up or kind == "Bitmap Heap Scan" or "TID Cond" in node
        steps.append(PlanNode(node["Relation Name"], walks=not searches, index=_postgresql_index(node), held=held))
    sorts = kind in ("Sort", "Incremental Sort")
    below = kind != "Limit" and (held or (kind in _PG_HOLDING and node.get("Strategy") != "Sorted"))
    for child in node.get("Plans", ()):
        sorts = _postgresql_node(child, steps, held=below) or sorts
    return sorts


def _postgresql_index(node: Dictionary[str, Any]) -> str:
    names = [node["Index Name"]] if "Index Name" in node else []
    names += [name for child in node.get("Plans", ()) if (name := _postgresql_index(child))]
    return ", ".join(names)


# --- MariaDB and MySQL ------------------------------------------------------------------------------------------------

_MARIADB_HOLDING = frozenset({"filesort", "temporary_table", "materialized", "block-nl-join"})
_MARIADB_WALKS = frozenset({"ALL", "index"})


def _mariadb(rows: Sequence[Sequence[Any]]) -> tuple[list[PlanNode], bool]:
    steps: list[PlanNode] = []
    sorts = _mariadb_part("", json.loads(rows[0][0]), steps, held=False)
    return steps, sorts


def _mariadb_part(name: str, part: Any, steps: list[PlanNode], *, held: bool) -> bool:
    """Add the tables of a part and its children; returns whether any of them sorts."""
    if isinstance(part, list):
        sorted_parts = [_mariadb_part(name, each, steps, held=held) for each in part]
        return any(sorted_parts)
    if not isinstance(part, dict):
        return False
    if "access_type" in part and "table_name" in part:
        walks = part["access_type"] in _MARIADB_WALKS
        steps.append(PlanNode(part["table_name"], walks=walks, index=_mariadb_index(part), held=held))
    sorts = name == "filesort" or part.get("using_filesort") is True
    within = held or sorts or name in _MARIADB_HOLDING
    sorted_parts = [_mariadb_part(key, each, steps, held=within) for key, each in part.items()]
    return sorts or any(sorted_parts)


def _mariadb_index(part: Dictionary[str, Any]) -> str:
    if "index_merge" in part:
        return "index_merge"
    return str(part.get("key", ""))


_READERS: Dictionary[str, Callable[[Sequence[Sequence[Any]]], tuple[list[PlanNode], bool]]] = {
    "sqlite": _sqlite,
    "postgresql": _postgresql,
    "mariadb": _mariadb,
}
