"""Statement shapes: the statement for a question without its values, for explaining an operation."""

from __future__ import annotations

import re
from typing import Protocol, runtime_checkable

from connectors.criteria import CountCriteria, Criteria, GroupCriteria
from connectors.mapping import Mapping
from connectors.sql.statements import Statement

PLACEHOLDER = "?"
_TEXT = re.compile(r"'(?:[^']|'')*'")
_NUMBER = re.compile(r"(?<![\w$:.])\d+(?:\.\d+)?\b")


@runtime_checkable
class SaysStatement(Protocol):
    """A connector that asks with SQL."""

    def statement(self, mapping: Mapping, criteria: Criteria | CountCriteria | GroupCriteria) -> Statement | None: ...


def shape_of(connector: object, mapping: Mapping, criteria: Criteria | CountCriteria | GroupCriteria) -> str | None:
    """The text of the first statement with `?` for each literal; None if the source is not asked in SQL.

    Parameters are placeholders already; literals come from the mapping, the policy and limits.
    """
    statement = connector.statement(mapping, criteria) if isinstance(connector, SaysStatement) else None
    return without_values(statement.text) if statement is not None else None


def without_values(text: str) -> str:
    """The statement on one line, with a placeholder for each text and number."""
    return " ".join(_NUMBER.sub(PLACEHOLDER, _TEXT.sub(PLACEHOLDER, text)).split())
