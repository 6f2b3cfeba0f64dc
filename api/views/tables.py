"""Finds the one table in the answer of a document: its only outermost list.

Rows are the elements of that list. Columns are the leaves below an element, in the order of the document, each named by
its path: `key.district.name`. Fields beside the list, such as totals, are in the JSON only.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLNamedType,
    GraphQLOutputType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
    is_composite_type,
    is_list_type,
    is_non_null_type,
)

from api.exports.cells import harmless

Path = tuple[str, ...]

_TYPENAME: Final = "__typename"


class NotTabular(Exception):
    """The answer of a document is no table; the sentence says why."""


@dataclass(frozen=True, slots=True)
class ViewTable:
    """The paths of the rows in an answer, and of the columns in a row."""

    rows: Path
    columns: tuple[Path, ...]

    def is_in(self, data: Mapping[str, Any] | None) -> bool:
        """Whether there is a table in an answer, be it empty."""
        return _below(data, self.rows) is not None

    def csv_of(self, data: Mapping[str, Any] | None) -> bytes:
        """The rows as CSV (RFC 4180) in UTF-8, with a header. Null is empty, and no text begins like a formula."""
        written = io.StringIO(newline="")
        writer = csv.writer(written)
        writer.writerow(".".join(column) for column in self.columns)
        for row in _below(data, self.rows) or ():
            writer.writerow([_cell(_below(row, column)) for column in self.columns])
        return written.getvalue().encode()


def _below(value: Any, path: Path) -> Any:
    for key in path:
        if value is None:
            return None
        value = value.get(key)
    return value


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value if _is_number(value) else harmless(value)
    return str(value)


def _is_number(text: str) -> bool:
    """Whether a text is a number, which may begin with a minus sign."""
    return text.removeprefix("-").replace(".", "", 1).isascii() and text.removeprefix("-").replace(".", "", 1).isdigit()


def table_of(
    schema: GraphQLSchema, fragments: Mapping[str, FragmentDefinitionNode], operation: OperationDefinitionNode
) -> ViewTable:
    """The table in the answer to a valid query. Raises NotTabular."""
    root = schema.query_type
    assert root is not None
    leaves = list(_Walk(schema, fragments).leaves(root, [operation.selection_set], ()))
    lists = [leaf for leaf in leaves if leaf.element is not None]
    if len(lists) != 1:
        found = ", ".join(".".join(one.path) for one in lists) or "none"
        raise NotTabular(f"a table has the rows of one list; the lists of this document are: {found}")
    (rows,) = lists
    if rows.element is None or not is_composite_type(rows.element):
        raise NotTabular(f"{'.'.join(rows.path)} is a list of single values, which make no rows")
    columns = list(_Walk(schema, fragments).leaves(rows.element, rows.below, ()))
    nested = [".".join((*rows.path, *column.path)) for column in columns if column.element is not None]
    if nested:
        raise NotTabular(f"a cell holds one value; these are lists within the rows: {', '.join(nested)}")
    return ViewTable(rows.path, tuple(dict.fromkeys(column.path for column in columns)))


@dataclass(frozen=True, slots=True)
class _Leaf:
    """A single value, or a list with the type of its elements and the selections on them."""

    path: Path
    element: GraphQLNamedType | None
    below: list[SelectionSetNode]


@dataclass(frozen=True, slots=True)
class _Walk:
    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]

    def leaves(self, parent: GraphQLNamedType, selected: Iterable[SelectionSetNode], path: Path) -> Iterator[_Leaf]:
        """The leaves below selections on a type, in the order of the document; merged fields once."""
        merged: dict[str, tuple[GraphQLOutputType, list[SelectionSetNode]]] = {}
        for owner, field in self._fields(parent, selected):
            key = field.alias.value if field.alias else field.name.value
            if field.name.value == _TYPENAME:
                continue
            kind = owner.fields[field.name.value].type  # type: ignore[attr-defined]  # valid: it has fields
            _, below = merged.setdefault(key, (kind, []))
            if field.selection_set is not None:
                below.append(field.selection_set)
        for key, (kind, below) in merged.items():
            here, named = (*path, key), get_named_type(kind)
            if is_list_type(kind.of_type if is_non_null_type(kind) else kind):
                yield _Leaf(here, named, below)
            elif is_composite_type(named):
                yield from self.leaves(named, below, here)
            else:
                yield _Leaf(here, None, [])

    def _fields(
        self, parent: GraphQLNamedType, selected: Iterable[SelectionSetNode]
    ) -> Iterator[tuple[GraphQLNamedType, FieldNode]]:
        """The fields, each with the type that it is selected on; of a union with each member's own."""
        for selections in selected:
            for selection in selections.selections:
                if isinstance(selection, FieldNode):
                    yield parent, selection
                elif isinstance(selection, FragmentSpreadNode):
                    fragment = self.fragments[selection.name.value]
                    owner = self.schema.type_map[fragment.type_condition.name.value]
                    yield from self._fields(owner, [fragment.selection_set])
                elif isinstance(selection, InlineFragmentNode):
                    condition = selection.type_condition
                    owner = self.schema.type_map[condition.name.value] if condition is not None else parent
                    yield from self._fields(owner, [selection.selection_set])
