"""The arguments of lists and single records, and their checked form that reads understand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import strawberry
from strawberry import UNSET
from strawberry.utils.str_converters import to_camel_case

from engine.facts import Selection
from models.city import PAGE_ROWS_CEILING
from models.errors import BadInput
from models.records import KEY, Record
from resolvers.lists import (
    PAGE_ROWS_DEFAULT,
    PAGE_ROWS_MAX,
    TRUSTED_PAGE_ROWS_MAX,
    ListArguments,
    identity_of,
    window_of,
)
from schema.core.context import Context
from schema.core.derived import settled_filter, settled_order
from schema.core.filters import FILTER_DEPTH_MAX, calls_of_filter, filter_input, predicate_of
from schema.core.lanes import Arguments
from schema.core.orders import ORDER_TERMS_MAX, calls_of_order, order_input, order_of
from schema.core.relay import global_id_of

_FIRST = (
    f"{PAGE_ROWS_DEFAULT} rows unless told, {PAGE_ROWS_MAX} at most ({TRUSTED_PAGE_ROWS_MAX} in trusted documents)."
)
_WINDOW: Arguments = {
    "first": (int | None, _FIRST),
    "after": (str | None, "Only rows after this cursor."),
    "last": (int | None, "How many rows at most, from the end of the list."),
    "before": (str | None, "Only rows before this cursor."),
}


def arguments_of_list(target: type[Record]) -> Arguments:
    """The arguments of a list of this record."""
    arguments = dict(_WINDOW)
    filters, orders = filter_input(target, target.__name__), order_input(target, target.__name__)
    if filters is not None:
        arguments["filter"] = (filters | None, "Which rows to list.")
    if orders is not None:
        arguments["order_by"] = (list[orders] | None, "How to sort them; the key decides between equals.")  # type: ignore[valid-type]  # a type made at run time
    return arguments


def list_arguments(context: Context, target: type[Record], place: str, given: Mapping[str, Any]) -> ListArguments:
    """The checked arguments of a list. Cursors are bound to the list's place, order and filter."""
    where = predicate_of(target, given.get("filter"))
    order = order_of(target, given.get("order_by"), where)
    decode, (after, before) = context.services.cursors.decode, (given.get("after"), given.get("before"))
    identity = identity_of(place, where, order) if after is not None or before is not None else b""
    window = window_of(
        given.get("first"),
        decode(identity, after, before=False) if after is not None else None,
        given.get("last"),
        decode(identity, before, before=True) if before is not None else None,
        page_rows_max(context),
    )
    city, now = context.services.city, context.request.now
    settled = settled_filter(target.name, where, city, now)
    return ListArguments(window, settled, settled_order(target.name, order), place, asked=(where, order))


def page_rows_max(context: Context) -> int:
    """How many rows this operation may ask for on one page."""
    rows_max = context.services.city.page_rows_max
    return max(rows_max, TRUSTED_PAGE_ROWS_MAX) if context.request.is_trusted else rows_max


WITH_ROWS = frozenset({"edges", "nodes", "pageInfo"})
"""The fields of a connection that need its rows."""


def calls_of_page(_: Mapping[str, Any], selection: Selection) -> int:
    """The number of statements of a list alone: one for its rows, one for its count."""
    return bool(selection.names & WITH_ROWS) + ("totalCount" in selection.names)


def calls_of_list(target: type[Record]) -> Callable[[Mapping[str, Any], Selection], int]:
    """The maximum number of statements of a list, with those about related records."""

    def calls(given: Mapping[str, Any], selection: Selection) -> int:
        outside = calls_of_filter(target, given.get("filter"), FILTER_DEPTH_MAX)
        sorting = calls_of_order(target, given.get("orderBy"), ORDER_TERMS_MAX)
        return calls_of_page(given, selection) + outside + sorting

    return calls


def rows_of_list(arguments: Mapping[str, Any], selection: Selection) -> int:
    """The maximum number of rows that a list asks for, allowed or not."""
    if not selection.names & WITH_ROWS:
        return 0
    for name in ("first", "last"):
        rows = arguments.get(name)
        if isinstance(rows, int):
            # A page that no city allows is refused before anything is read.
            return rows if 0 <= rows <= PAGE_ROWS_CEILING else 0
    return PAGE_ROWS_DEFAULT


def arguments_of_key(target: type[Record], keys: tuple[str, ...]) -> Arguments:
    """The arguments that name one record: one for each of its keys."""
    return {name: _key_argument(target, name, required=len(keys) == 1) for name in keys}


def key_argument(target: type[Record], keys: tuple[str, ...], given: Mapping[str, Any]) -> tuple[str, Any]:
    """The field of the key that was given, and its value. Raises BadInput unless exactly one was given."""
    chosen = {name: value for name, value in given.items() if value is not None and value is not UNSET}
    if len(chosen) != 1:
        raise BadInput("key_choice", arguments=", ".join(to_camel_case(name) for name in keys))
    ((field, value),) = chosen.items()
    return field, record_key(target, value) if field == KEY else value


def record_key(target: type[Record], text: str) -> str:
    """The key of a record in its source, from its global id. Raises BadInput for an id of another type."""
    type_name, key = global_id_of(text)
    if type_name != target.__name__:
        raise BadInput("id_invalid")
    return key


def _key_argument(target: type[Record], name: str, *, required: bool) -> tuple[Any, str]:
    kind = strawberry.ID if name == KEY else target.fields[name].clean_type
    about = "The global id." if name == KEY else f"{target.fields[name].description}."
    return (kind if required else kind | None, about)
