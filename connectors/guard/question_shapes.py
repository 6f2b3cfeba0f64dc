"""Question shapes: a question without its values. Pure."""

from __future__ import annotations

from connectors.criteria import CountCriteria, Criteria, GroupCriteria, SourceOrder
from models.predicates import Compare, InReach, Inside, Leaf, Matches, Near, Predicate, Related, leaves
from models.records import KEY

SHAPE_CHARS_MAX = 300
"""Longer shapes are cut, so such questions may share a shape."""


def shape_of(question: Criteria | CountCriteria | GroupCriteria) -> str:
    """The record, the order and the filtered fields, each once. Columns are left out: they make nothing slow.

    Shapes are coarse, so that rephrasing a question does not make a new shape.
    """
    words = [question.record, _KINDS[type(question)]]
    if isinstance(question, GroupCriteria):
        words += ["by", *sorted({*question.columns, *([question.moment.field] if question.moment else [])})]
    elif question.parents is not None:
        words += ["of", question.parents.field]
    asked = sorted(_asked(question.where))
    if asked:
        words += ["where", ", ".join(asked)]
    if isinstance(question, Criteria):
        # Every order ends in the key.
        terms = [_term(term) for term in question.order if term.field != KEY]
        words += ["order by", ", ".join(terms)] if terms else []
    return " ".join(words)[:SHAPE_CHARS_MAX]


_KINDS = {Criteria: "rows", CountCriteria: "count", GroupCriteria: "groups"}


def _asked(predicate: Predicate) -> set[str]:
    return {word for leaf in leaves(predicate) for word in _words(leaf)}


def _words(leaf: Leaf) -> set[str]:
    match leaf:
        case Compare():
            return {f"{leaf.field} {leaf.operator.value}"}
        case Related():
            return {f"{leaf.relation.name}.{word}" for word in _asked(leaf.where)} or {leaf.relation.name}
        case InReach():
            return {f"{leaf.relation.name} within meters"}
        case Near() | Inside() | Matches():
            return {f"{leaf.field} {type(leaf).__name__.lower()}"}


def _term(term: SourceOrder) -> str:
    return f"{term.field} {'desc' if term.descending else 'asc'}"
