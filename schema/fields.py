"""Fields: how `one`, `many`, `by_key`, `search`, labels and raw codes become fields of the graph, for every subject."""

from __future__ import annotations

from asyncio import gather
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar, cast

import strawberry
from strawberry.types.field import StrawberryField

from engine.facts import FACTS, BatchCall, Children, FieldFacts, Lists, Parents, Resolved, Selection
from models.batch import Batch
from models.dictionary_column import per_value
from models.localized import Language
from models.records import PersonalClass, Record, Relation
from models.vocabulary import UNKNOWN, Vocabulary
from resolvers.lists import PAGE_ROWS_MAX, ListArguments, Page, Window
from resolvers.relations import by_key as read_by_key
from resolvers.relations import joined_ones, search_count
from resolvers.relations import search as read_page
from schema.arguments import (
    WITH_ROWS,
    arguments_of_key,
    arguments_of_list,
    calls_of_list,
    key_argument,
    list_arguments,
    rows_of_list,
)
from schema.context import Context
from schema.facts import columns_of
from schema.lanes import field_of
from schema.personal import directives_of, seen_by
from schema.relay import Pages

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Declared:
    """A field of an entity that is made once the entity's record is known: `make(record, name)`."""

    make: Callable[[type[Record], str], StrawberryField]


def _relation(record: type[Record], name: str, target: type[Record]) -> Relation:
    """The relation that a field follows. Raises TypeError where the record says that it leads elsewhere."""
    relation = record.relations[name]
    if relation.target != target.name:
        raise TypeError(f"{record.__name__}.{name} leads to {relation.target!r}, and not to {target.name!r}")
    return relation


def batch_of(parents: Parents) -> Batch:
    """The batch that the parents of a level are rows of."""
    return cast(Batch, parents.table)


def one(target: type[Record], description: str) -> Any:
    """The related record, read with its parents or for all of them at once. Its name is that of a to-one relation."""

    def make(record: type[Record], name: str) -> Any:
        relation = _relation(record, name, target)
        ((here, there),) = relation.on

        async def batch(parents: Parents, call: BatchCall) -> Resolved:
            context: Context = call.context
            columns = columns_of(call.selection)
            joined = batch_of(parents).joined.get(name)
            ones = joined_ones(joined, parents.rows, target, columns.and_joined(there)) if joined is not None else None
            if ones is None:
                keys = _join_keys(parents, here)
                ones = await context.services.relations.one(context.request, target, there, keys, columns)
            return Children(ones.batch, ones.rows) if ones.batch is not None else ones.rows

        return field_of(batch, description, facts=FieldFacts(joined=(here,), joinable=True), reads=target.name)

    return Declared(make)


def many(target: type[Record], description: str) -> Any:
    """A page of the related records, read for all parents at once. Its name is that of a to-many relation."""

    def make(record: type[Record], name: str) -> Any:
        relation = _relation(record, name, target)
        ((here, _),) = relation.on
        place = f"{record.name}.{name}"

        async def batch(parents: Parents, call: BatchCall, **given: Any) -> Resolved:
            context: Context = call.context
            relations, request = context.services.relations, context.request
            arguments = list_arguments(context, target, place, given)
            keys, columns = _join_keys(parents, here), columns_of(call.selection)
            return await _paged(
                context,
                call.selection,
                arguments,
                len(parents),
                lambda: relations.many(request, target, relation, keys, columns, arguments),
                lambda: relations.count(request, target, relation, keys, arguments),
            )

        return field_of(
            batch,
            description,
            facts=FieldFacts(joined=(here,)),
            reads=target.name,
            rows_max=rows_of_list,
            calls=calls_of_list(target),
            arguments=arguments_of_list(target),
        )

    return Declared(make)


def all_of(target: type[Record], description: str) -> Any:
    """The related records as a plain list, read for all parents at once, for relations that are small by nature.

    Its name is that of a to-many relation; beyond PAGE_ROWS_MAX children there is no more of the list.
    """

    def make(record: type[Record], name: str) -> Any:
        relation = _relation(record, name, target)
        ((here, _),) = relation.on
        arguments = ListArguments(Window(PAGE_ROWS_MAX, backwards=False, keyset=None))

        async def batch(parents: Parents, call: BatchCall) -> Resolved:
            context: Context = call.context
            keys, columns = _join_keys(parents, here), columns_of(call.selection)
            relations = context.services.relations
            pages = await relations.many(context.request, target, relation, keys, columns, arguments)
            return Lists(pages[0].batch, [page.rows for page in pages])

        return field_of(
            batch,
            f"{description} At most {PAGE_ROWS_MAX}.",
            facts=FieldFacts(joined=(here,)),
            reads=target.name,
            rows_max=lambda *_: PAGE_ROWS_MAX,
        )

    return Declared(make)


def search(target: type[Record], description: str) -> Any:
    """A page of all records of a kind."""

    async def batch(parents: Parents, call: BatchCall, **given: Any) -> Resolved:
        context: Context = call.context
        records, request = context.services.records, context.request
        arguments = list_arguments(context, target, target.name, given)
        columns = columns_of(call.selection)

        async def read() -> list[Page]:
            return [await read_page(records, request, target, columns, arguments)]

        async def count() -> list[int]:
            return [await search_count(records, request, target, arguments)]

        return await _paged(context, call.selection, arguments, len(parents), read, count)

    return field_of(
        batch,
        description,
        reads=target.name,
        rows_max=rows_of_list,
        calls=calls_of_list(target),
        arguments=arguments_of_list(target),
    )


async def _paged(
    context: Context,
    selection: Selection,
    arguments: ListArguments,
    parents: int,
    read: Callable[[], Awaitable[Sequence[Page]]],
    count: Callable[[], Awaitable[Sequence[int]]],
) -> Children:
    """One connection for each parent: its page, if rows are asked for, and its count, if that is, at the same time."""
    pages: Sequence[Page] = ()
    counts: Sequence[int] | Exception = ()
    if "totalCount" not in selection.names:
        pages = await read() if selection.names & WITH_ROWS else ()
    elif selection.names & WITH_ROWS:
        # Both are waited for, also where the page fails: nothing runs on behind an answer.
        answered, counted = await gather(read(), _counted(count), return_exceptions=True)
        pages, counts = _or_raised(answered), _or_raised(counted)
    else:
        counts = await _counted(count)
    return Children(Pages(pages, counts, context.services.cursors, arguments.identity), range(parents))


def _or_raised(answered: T | BaseException) -> T:
    if isinstance(answered, BaseException):
        raise answered
    return answered


async def _counted(count: Callable[[], Awaitable[Sequence[int]]]) -> Sequence[int] | Exception:
    """The counts, or the error that stands in their place: the page does not fail with them."""
    try:
        return await count()
    except Exception as error:  # noqa: BLE001  # it is raised where it belongs
        return error


def _join_keys(parents: Parents, field: str) -> Sequence[object]:
    values = batch_of(parents).joining(field)
    return [values[row] for row in parents.rows]


def by_key(target: type[Record], description: str, *keys: str) -> Any:
    """One record by one of its keys; `id` means its global id. A key that nobody has gives null."""

    async def batch(parents: Parents, call: BatchCall, **given: Any) -> Resolved:  # noqa: ARG001  # the root
        context: Context = call.context
        field, key = key_argument(target, keys, given)
        columns = columns_of(call.selection)
        return found_one(await read_by_key(context.services.records, context.request, target, field, key, columns))

    return field_of(batch, description, reads=target.name, arguments=arguments_of_key(target, keys))


def found_one(found: tuple[Batch, int] | None) -> Resolved:
    """The one record that was looked for at the root, or null."""
    return Children(found[0], [found[1]]) if found is not None else [None]


def label_of(field: str) -> Any:
    """What people call the value of an enum field, in the language of the request."""

    def make(record: type[Record], name: str) -> Any:  # noqa: ARG001  # the form of every declaration
        contract = record.fields[field]
        kind = contract.clean_type

        def batch(parents: Parents, call: BatchCall) -> Resolved:
            labels = _labels(kind, call.context.request.language)
            # By identity: Python computes the hash of a member anew each time.
            return per_value(parents.column(field), lambda members: list(map(labels.get, map(id, members))))

        about = f"{contract.description}, in the language of the request.{seen_by(record, field)}"
        return field_of(batch, about, facts=FieldFacts((field,)), directives=directives_of(contract.personal))

    return Declared(make)


def labels_of(field: str, description: str) -> Any:
    """What people call the values of a field that is a list of an enum, in the language of the request."""

    def batch(parents: Parents, call: BatchCall) -> Resolved:
        language = call.context.request.language
        return [
            None if members is None else [member.label_in(language) for member in members]
            for members in cast(Sequence[Sequence[Vocabulary] | None], parents.column(field))
        ]

    return field_of(batch, description, facts=FieldFacts((field,)))


@cache
def _labels(vocabulary: type[Vocabulary], language: Language) -> Mapping[int, str]:
    """The labels of a vocabulary, by the identity of its members."""
    return {id(member): member.label_in(language) for member in vocabulary}


def raw_of(field: str) -> Any:
    """What the source wrote in an enum field, where the hub does not know that code; null where it does.

    Raises TypeError for a personal field: nobody could know what an unknown code of a person says.
    """

    def make(record: type[Record], name: str) -> Any:
        contract = record.fields[field]
        kind = contract.clean_type
        if contract.personal is not PersonalClass.NON_PERSONAL or not issubclass(kind, Vocabulary):
            raise TypeError(f"{record.__name__}.{name} shows what was written in {field!r}, which is no public enum")
        unknown = kind[UNKNOWN]

        def batch(parents: Parents, call: BatchCall) -> Resolved:  # noqa: ARG001  # the form of every batch resolver
            # The field first: it raises its own error, and what is covered is UNKNOWN no longer.
            values = parents.column(field)
            raws = batch_of(parents).raws.get(field, {})
            return [
                raws.get(row) if value is unknown else None for row, value in zip(parents.rows, values, strict=True)
            ]

        about = f"{contract.description}, as the department's system wrote it: a code that the hub does not know"
        return field_of(batch, f"{about}, else null.", facts=FieldFacts((field,)))

    return Declared(make)


def plain(record: type[Record], name: str) -> StrawberryField:
    """A field that shows a field of its record as it is; the contract describes it."""
    contract = record.fields[name]
    described = f"{contract.description}.{seen_by(record, name)}"
    metadata = {FACTS: FieldFacts((name,))}
    directives = directives_of(contract.personal)
    return cast(StrawberryField, strawberry.field(description=described, metadata=metadata, directives=directives))
