"""Statement shapes: what a source is sent for a question, without any value, for whoever explains an operation."""

from __future__ import annotations

import re
from typing import Protocol, runtime_checkable

from connectors.criteria import CountCriteria, Criteria, GroupCriteria
from connectors.mapping import Mapping
from connectors.sql.statements import Statement

PLACE = "?"
_TEXT = re.compile(r"'(?:[^']|'')*'")
_NUMBER = re.compile(r"(?<![\w$:.])\d+(?:\.\d+)?\b")


@runtime_checkable
class SaysStatement(Protocol):
    """A connector that asks with SQL."""

    def statement(self, mapping: Mapping, criteria: Criteria | CountCriteria | GroupCriteria) -> Statement | None: ...


def shape_of(connector: object, mapping: Mapping, criteria: Criteria | CountCriteria | GroupCriteria) -> str | None:
    """The text of the (first) statement with `?` for each literal; None where the source is not asked in SQL.

    Parameters are placeholders already; the literals are those of the mapping, of policy and of limits.
    """
    statement = connector.statement(mapping, criteria) if isinstance(connector, SaysStatement) else None
    return without_values(statement.text) if statement is not None else None


def without_values(text: str) -> str:
    """A statement whose texts and numbers are placeholders, on one line."""
    return " ".join(_NUMBER.sub(PLACE, _TEXT.sub(PLACE, text)).split())
