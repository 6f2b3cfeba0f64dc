"""The field constructors of all subjects: `one`, `many`, `by_key`, `search`, labels and raw codes."""

from __future__ import annotations

from asyncio import gather
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, TypeVar, cast

import strawberry
from strawberry.types.field import StrawberryField

from engine.facts import FACTS, BatchCall, Children, FieldFacts, Lists, Parents, Resolved, Selection
from models.batch import Batch
from models.errors import HubError
from models.records import PersonalClass, Record, Relation
from models.values.dictionary_column import per_value
from models.values.localized import Language
from models.values.vocabulary import UNKNOWN, Vocabulary
from resolvers.lists import PAGE_ROWS_MAX, ListArguments, Page, Window
from resolvers.relations import by_key as read_by_key
from resolvers.relations import joined_ones, search_count
from resolvers.relations import search as read_page
from schema.core.arguments import (
    WITH_ROWS,
    arguments_of_key,
    arguments_of_list,
    calls_of_list,
    key_argument,
    list_arguments,
    rows_of_list,
)
from schema.core.context import Context
from schema.core.facts import columns_of
from schema.core.filters import FILTER_DEPTH_MAX, calls_of_filter
from schema.core.lanes import field_of
from schema.core.looks import looks_of_list, looks_of_one
from schema.core.relay import Pages
from schema.privacy.personal import directives_of, seen_by

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Declared:
    """A field of an entity that is made once its record is known, by `make(record, name)`."""

    make: Callable[[type[Record], str], StrawberryField]


def _relation(record: type[Record], name: str, target: type[Record]) -> Relation:
    """The relation of a field. Raises TypeError if the record declares another one."""
    relation = record.relations[name]
    if relation.target != target.name:
        raise TypeError(f"{record.__name__}.{name} leads to {relation.target!r}, and not to {target.name!r}")
    return relation


def batch_of(parents: Parents) -> Batch:
    """The batch whose rows are the parents of a level."""
    return cast(Batch, parents.table)


def one(target: type[Record], description: str) -> Any:
    """The related record, joined or read for all parents at once. The name is that of a to-one relation."""

    def make(record: type[Record], name: str) -> Any:
        relation = _relation(record, name, target)
        ((here, there),) = relation.on

        async def batch(parents: Parents, call: BatchCall) -> Resolved:
            context: Context = call.context
            columns = columns_of(call.selection)
            joined = batch_of(parents).joined.get(name)
            ones = joined_ones(joined, parents.rows, columns.and_joined(there)) if joined is not None else None
            if ones is None:
                keys = _join_keys(parents, here)
                ones = await context.services.relations.one(context.request, target, there, keys, columns)
            return Children(ones.batch, ones.rows) if ones.batch is not None else ones.rows

        looks = _looks_of_one(target)
        return field_of(
            batch, description, facts=FieldFacts(joined=(here,), joinable=True), reads=target.name, looks=looks
        )

    return Declared(make)


def many(target: type[Record], description: str) -> Any:
    """A page of related records, read for all parents at once. The name is that of a to-many relation."""

    def make(record: type[Record], name: str) -> Any:
        relation = _relation(record, name, target)
        ((here, _),) = relation.on
        place = f"{record.name}.{name}"

        async def batch(parents: Parents, call: BatchCall, **given: Any) -> Resolved:
            context: Context = call.context
            relations, request = context.services.relations, context.request
            arguments = list_arguments(context, target, place, given)
            columns, asked = columns_of(call.selection), _join_keys(parents, here)
            unknown = await relations.unknown(request, target, relation, asked)
            if all(unknown):
                return list(unknown)
            keys = [key if error is None else None for key, error in zip(asked, unknown, strict=True)]
            return await _paged(
                context,
                call.selection,
                arguments,
                unknown,
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
            looks=looks_of_list(target, of_parents=True),
            arguments=arguments_of_list(target),
        )

    return Declared(make)


def all_of(target: type[Record], description: str) -> Any:
    """The related records as a plain list, read for all parents at once, for small relations.

    The name is that of a to-many relation. The list ends after PAGE_ROWS_MAX children.
    """

    def make(record: type[Record], name: str) -> Any:
        relation = _relation(record, name, target)
        ((here, _),) = relation.on
        everything = Window(PAGE_ROWS_MAX, backwards=False, keyset=None)
        filters = {name: argument for name, argument in arguments_of_list(target).items() if name == "filter"}

        async def batch(parents: Parents, call: BatchCall, **given: Any) -> Resolved:
            context: Context = call.context
            keys, columns = _join_keys(parents, here), columns_of(call.selection)
            arguments = replace(list_arguments(context, target, f"{record.name}.{name}", given), window=everything)
            relations = context.services.relations
            pages = await relations.many(context.request, target, relation, keys, columns, arguments)
            return Lists(pages[0].batch, [page.rows for page in pages])

        return field_of(
            batch,
            f"{description} At most {PAGE_ROWS_MAX}.",
            facts=FieldFacts(joined=(here,)),
            reads=target.name,
            rows_max=lambda *_: PAGE_ROWS_MAX,
            calls=lambda given, _: 1 + calls_of_filter(target, given.get("filter"), FILTER_DEPTH_MAX),
            arguments=filters,
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

        return await _paged(context, call.selection, arguments, [None] * len(parents), read, count)

    return field_of(
        batch,
        description,
        reads=target.name,
        rows_max=rows_of_list,
        calls=calls_of_list(target),
        looks=looks_of_list(target),
        arguments=arguments_of_list(target),
    )


async def _paged(
    context: Context,
    selection: Selection,
    arguments: ListArguments,
    unknown: Sequence[HubError | None],
    read: Callable[[], Awaitable[Sequence[Page]]],
    count: Callable[[], Awaitable[Sequence[int]]],
) -> Children:
    """A connection for each parent: its page and its count, as far as selected, read concurrently.

    In place of one that is `unknown` stands its error.
    """
    pages: Sequence[Page] = ()
    counts: Sequence[int] | Exception = ()
    if "totalCount" not in selection.names:
        pages = await read() if selection.names & WITH_ROWS else ()
    elif selection.names & WITH_ROWS:
        # Wait for both, also if the page fails, so that nothing runs after the answer.
        answered, counted = await gather(read(), _counted(count), return_exceptions=True)
        pages, counts = _or_raised(answered), _or_raised(counted)
    else:
        counts = await _counted(count)
    rows: Sequence[int | HubError] = range(len(unknown))
    if any(unknown):
        rows = [error or row for row, error in enumerate(unknown)]
    return Children(Pages(pages, counts, context.services.cursors, lambda: arguments.identity), rows)


def _or_raised(answered: T | BaseException) -> T:
    if isinstance(answered, BaseException):
        raise answered
    return answered


async def _counted(count: Callable[[], Awaitable[Sequence[int]]]) -> Sequence[int] | Exception:
    """The counts, or the error in their place, so that the page does not fail with them."""
    try:
        return await count()
    except Exception as error:  # noqa: BLE001  # it is raised where it belongs
        return error


def _join_keys(parents: Parents, field: str) -> Sequence[object]:
    values = batch_of(parents).joining(field)
    return [values[row] for row in parents.rows]


def by_key(target: type[Record], description: str, *keys: str) -> Any:
    """One record by one of its keys; `id` is its global id. Null if there is no such record."""

    async def batch(parents: Parents, call: BatchCall, **given: Any) -> Resolved:  # noqa: ARG001  # the root
        context: Context = call.context
        field, key = key_argument(target, keys, given)
        columns = columns_of(call.selection)
        return found_one(await read_by_key(context.services.records, context.request, target, field, key, columns))

    arguments = arguments_of_key(target, keys)
    return field_of(batch, description, reads=target.name, looks=_looks_of_one(target), arguments=arguments)


def _looks_of_one(target: type[Record]) -> Callable[[Mapping[str, Any], Selection], int] | None:
    looked = looks_of_one(target)
    return (lambda *_: looked) if looked else None


def found_one(found: tuple[Batch, int] | None) -> Resolved:
    """The one record of a root field, or null."""
    return Children(found[0], [found[1]]) if found is not None else [None]


def label_of(field: str) -> Any:
    """The label of the value of an enum field, in the language of the request."""

    def make(record: type[Record], name: str) -> Any:  # noqa: ARG001  # the form of every declaration
        contract = record.fields[field]
        kind = contract.clean_type

        def batch(parents: Parents, call: BatchCall) -> Resolved:
            labels = _labels(kind, call.context.request.language)
            # By identity, because Enum computes the hash of a member each time.
            return per_value(parents.column(field), lambda members: list(map(labels.get, map(id, members))))

        about = f"{contract.description}, in the language of the request.{seen_by(record, field)}"
        return field_of(batch, about, facts=FieldFacts((field,)), directives=directives_of(contract.personal))

    return Declared(make)


def labels_of(field: str, description: str) -> Any:
    """The labels of the values of a field that is a list of an enum, in the language of the request."""

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
    """The source's code in an enum field if the hub does not know it; otherwise null.

    Raises TypeError for a personal field, because an unknown code may say anything about a person.
    """

    def make(record: type[Record], name: str) -> Any:
        contract = record.fields[field]
        kind = contract.clean_type
        if contract.personal is not PersonalClass.NON_PERSONAL or not issubclass(kind, Vocabulary):
            raise TypeError(f"{record.__name__}.{name} shows what was written in {field!r}, which is no public enum")
        unknown = kind[UNKNOWN]

        def batch(parents: Parents, call: BatchCall) -> Resolved:  # noqa: ARG001  # the form of every batch resolver
            # The field first, because it may raise its error; a masked value is not UNKNOWN.
            values = parents.column(field)
            raws = batch_of(parents).raws.get(field, {})
            return [
                raws.get(row) if value is unknown else None for row, value in zip(parents.rows, values, strict=True)
            ]

        about = f"{contract.description}, as the department's system wrote it: a code that the hub does not know"
        return field_of(batch, f"{about}, else null.", facts=FieldFacts((field,)))

    return Declared(make)


def plain(record: type[Record], name: str) -> StrawberryField:
    """A field that shows a field of its record as it is, described by the contract."""
    contract = record.fields[name]
    described = f"{contract.description}.{seen_by(record, name)}"
    metadata = {FACTS: FieldFacts((name,))}
    directives = directives_of(contract.personal)
    return cast(StrawberryField, strawberry.field(description=described, metadata=metadata, directives=directives))
