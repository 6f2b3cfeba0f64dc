"""Fields: how `one`, `many`, `by_key`, `search` and labels become fields of the graph, for every subject alike."""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, cast, get_args

import strawberry
from strawberry import UNSET, Info
from strawberry.types.field import StrawberryField
from strawberry.utils.str_converters import to_camel_case

from models.errors import BadInput
from models.records import KEY, Record, Relation
from models.registry import RECORDS
from models.vocabulary import Vocabulary
from resolvers.lists import PAGE_ROWS_DEFAULT, PAGE_ROWS_MAX, ListArguments, Window, window_of
from resolvers.reference import Row
from resolvers.relations import by_key as read_by_key
from resolvers.relations import search as read_page
from resolvers.relations import search_count
from schema.context import Context, context_of
from schema.facts import Selection, facts_metadata, selection_of
from schema.filters import filter_input, order_input, order_of, predicate_of
from schema.relay import ListView, global_id_of


@dataclass(frozen=True, slots=True)
class Declared:
    """A field of an entity that is made once the entity's record is known: `make(record, name)`."""

    make: Callable[[type[Record], str], StrawberryField]


def one(description: str) -> Any:
    """The related record, read for all parents at once. Its name is that of a to-one relation."""

    def make(record: type[Record], name: str) -> StrawberryField:
        relation = record.relations[name]
        ((here, there),) = relation.on
        target = RECORDS[relation.target]

        async def resolve(root: Any, info: Info) -> Any:
            key = _join_key(root, here)
            if key is None:
                return None
            context, selection = context_of(info), selection_of(info._raw_info)  # noqa: SLF001  # its only way to the AST

            async def read(keys: list[object]) -> list[object]:
                relations = context.services.relations
                ones = await relations.one(context.request, target, there, keys, selection.columns)
                return [Row(*child) if child is not None else None for child in ones.children]

            return await context.loaders.load(info._raw_info, "one", key, read)  # noqa: SLF001  # as above

        return _field(resolve, description, facts_metadata(joined=(here,)))

    return Declared(make)


def many(description: str) -> Any:
    """A page of the related records, read for all parents at once. Its name is that of a to-many relation."""

    def make(record: type[Record], name: str) -> StrawberryField:
        relation = record.relations[name]
        ((here, _),) = relation.on
        target = RECORDS[relation.target]

        async def resolve(root: Any, info: Info, **given: Any) -> Any:
            context, selection = context_of(info), selection_of(info._raw_info)  # noqa: SLF001  # as above
            arguments = _list_arguments(context, target, f"{record.name}.{name}", given)
            return await _related(context, info, relation, _join_key(root, here), selection, arguments)

        _with_list_arguments(resolve, target)
        return _field(resolve, description, facts_metadata(joined=(here,)))

    return Declared(make)


def all_of(description: str) -> Any:
    """The related records as a plain list, read for all parents at once, for relations that are small by nature.

    Its name is that of a to-many relation; beyond PAGE_ROWS_MAX children there is no more of the list.
    """

    def make(record: type[Record], name: str) -> StrawberryField:
        relation = record.relations[name]
        ((here, _),) = relation.on
        target = RECORDS[relation.target]
        arguments = ListArguments(Window(PAGE_ROWS_MAX, backwards=False, keyset=None))

        async def resolve(root: Any, info: Info) -> Any:
            context, selection = context_of(info), selection_of(info._raw_info)  # noqa: SLF001  # as above
            relations, request = context.services.relations, context.request

            async def read(keys: list[object]) -> list[object]:
                return list(await relations.many(request, target, relation, keys, selection.columns, arguments))

            page: Any = await context.loaders.load(info._raw_info, "all", _join_key(root, here), read)  # noqa: SLF001  # as above
            return [Row(page.batch, row) for row in page.rows]

        return _field(resolve, f"{description} At most {PAGE_ROWS_MAX}.", facts_metadata(joined=(here,)))

    return Declared(make)


async def _related(
    context: Context, info: Info, relation: Relation, key: object, selection: Selection, arguments: ListArguments
) -> ListView:
    relations, request, raw = context.services.relations, context.request, info._raw_info  # noqa: SLF001  # as above
    target = RECORDS[relation.target]

    async def read(keys: list[object]) -> list[object]:
        return list(await relations.many(request, target, relation, keys, selection.columns, arguments))

    async def count(keys: list[object]) -> list[object]:
        return list(await relations.count(request, target, relation, keys, arguments))

    async def counted() -> int:
        return await context.loaders.load(raw, "count", key, count)  # type: ignore[return-value]  # what `count` answers

    page: Any = await context.loaders.load(raw, "page", key, read) if _wants_page(selection) else None
    return ListView(page, context.services.cursors, arguments.identity, counted)


def _wants_page(selection: Selection) -> bool:
    return bool(selection.names & {"edges", "nodes", "pageInfo"})


def _join_key(root: Row, field: str) -> object:
    return root.batch.joining(field)[root.row]


def search(target: type[Record], description: str) -> Any:
    """A page of all records of a kind."""

    async def resolve(info: Info, **given: Any) -> Any:
        context, selection = context_of(info), selection_of(info._raw_info)  # noqa: SLF001  # as above
        services, request = context.services, context.request
        arguments = _list_arguments(context, target, target.name, given)
        page = None
        if _wants_page(selection):
            page = await read_page(services.records, request, target, selection.columns, arguments)

        async def count() -> int:
            return await search_count(services.records, request, target, arguments)

        return ListView(page, services.cursors, arguments.identity, count)

    _with_list_arguments(resolve, target)
    return _field(resolve, description)


def by_key(target: type[Record], description: str, *keys: str) -> Any:
    """One record by one of its keys; `id` means its global id. A key that nobody has gives null."""
    required = len(keys) == 1

    async def resolve(info: Info, **given: Any) -> Any:
        chosen = {name: value for name, value in given.items() if value is not None and value is not UNSET}
        if len(chosen) != 1:
            raise BadInput("key_choice", arguments=", ".join(to_camel_case(name) for name in keys))
        ((field, value),) = chosen.items()
        context = context_of(info)
        key = record_key(target, value) if field == KEY else value
        columns = selection_of(info._raw_info).columns  # noqa: SLF001  # as above
        found = await read_by_key(context.services.records, context.request, target, field, key, columns)
        return Row(*found) if found is not None else None

    arguments = {name: _key_argument(target, name, required=required) for name in keys}
    _with_arguments(resolve, arguments)
    return _field(resolve, description)


def record_key(target: type[Record], text: str) -> str:
    """The key in its source that a global id of this record stands for. Raises BadInput for an id of another type."""
    type_name, key = global_id_of(text)
    if type_name != target.__name__:
        raise BadInput("id_invalid")
    return key


def label_of(field: str) -> Any:
    """What people call the value of an enum field, in the language of the request."""

    def make(record: type[Record], name: str) -> StrawberryField:  # noqa: ARG001  # the form of every declaration
        def resolve(root: Any, info: Info) -> Any:
            value = getattr(root, field)
            return value.label_in(context_of(info).request.language) if isinstance(value, Vocabulary) else None

        about = f"{record.fields[field].description}, in the language of the request"
        return _field(resolve, f"{about}.", facts_metadata(field))

    return Declared(make)


def plain(record: type[Record], name: str) -> StrawberryField:
    """A field that shows a field of its record as it is; the contract describes it."""
    described = f"{record.fields[name].description}."
    return cast(StrawberryField, strawberry.field(description=described, metadata=facts_metadata(name)))


def _field(
    resolve: Callable[..., object], description: str, facts: Mapping[str, object] | None = None
) -> StrawberryField:
    """A field whose type is the annotation that it stands behind, since its resolver has none."""
    return cast(StrawberryField, strawberry.field(resolver=resolve, description=description, metadata=facts))


_LIST_ARGUMENTS: dict[str, tuple[Any, str]] = {
    "first": (int | None, f"How many rows at most: {PAGE_ROWS_DEFAULT} unless told, {PAGE_ROWS_MAX} at most."),
    "after": (str | None, "Only rows after this cursor."),
    "last": (int | None, "How many rows at most, from the end of the list."),
    "before": (str | None, "Only rows before this cursor."),
}


def _with_list_arguments(resolve: Callable[..., Awaitable[Any]], target: type[Record]) -> None:
    arguments = dict(_LIST_ARGUMENTS)
    filters, orders = filter_input(target, target.__name__), order_input(target, target.__name__)
    if filters is not None:
        arguments["filter"] = (filters | None, "Which rows to list.")
    if orders is not None:
        arguments["order_by"] = (list[orders] | None, "How to sort them; the key decides between equals.")  # type: ignore[valid-type]  # a type made at run time
    _with_arguments(resolve, arguments)


def _key_argument(target: type[Record], name: str, *, required: bool) -> tuple[Any, str]:
    kind = strawberry.ID if name == KEY else target.fields[name].clean_type
    about = "The global id." if name == KEY else f"{target.fields[name].description}."
    return (kind if required else kind | None, about)


def _with_arguments(resolve: Callable[..., Awaitable[Any]], arguments: dict[str, tuple[Any, str]]) -> None:
    """Give a resolver that takes any keywords the signature that strawberry reads its arguments from."""
    kept = [p for p in inspect.signature(resolve).parameters.values() if p.kind is not inspect.Parameter.VAR_KEYWORD]
    for name, (annotation, about) in arguments.items():
        described = Annotated[annotation, strawberry.argument(description=about)]  # type: ignore[valid-type]  # a type made at run time
        default = UNSET if _is_optional(annotation) else inspect.Parameter.empty
        kept.append(inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=described))
    resolve.__signature__ = inspect.Signature(kept)  # type: ignore[attr-defined]  # what inspect looks for first


def _is_optional(annotation: Any) -> bool:
    return type(None) in get_args(annotation)


def _list_arguments(context: Context, target: type[Record], place: str, given: dict[str, Any]) -> ListArguments:
    """The arguments of a list, checked. Cursors are bound to the list's place, its order and its filter."""
    where = predicate_of(target, given.get("filter"))
    order = order_of(target, given.get("order_by"))
    identity = hashlib.sha256(repr((place, where, order)).encode()).digest()
    decode = context.services.cursors.decode
    after, before = given.get("after"), given.get("before")
    window = window_of(
        given.get("first"),
        decode(identity, after, before=False) if after is not None else None,
        given.get("last"),
        decode(identity, before, before=True) if before is not None else None,
    )
    return ListArguments(window, where, order, identity)
