"""Collections: listings of a service, and their paging, loaded into a replica. An incomplete listing is refused."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol
from urllib.parse import quote

import httpx2
import sqlalchemy as sa
from sqlalchemy.sql import visitors

from connectors.http.access import AnswerTooLarge, UnusableAnswer
from connectors.http.client import HttpClient, HttpLimits, HttpResponse, SourceLogin, Validators
from connectors.kinds import Opening
from connectors.mapping import Mapping, MappingError
from connectors.replica.file import ReplicaTable
from connectors.replica.replica import Bounds, Load, LoadRefused, Replica, content_version
from connectors.rest.documents import CONTENT_TYPES, Fields, at, items_at, parsed
from models.sources.data_terms import SourceForm
from models.sources.findings import Finding, FindingKind


@dataclass(frozen=True, slots=True)
class PageRequest:
    """The next request: the parameters of a page, or a link from the service."""

    parameters: tuple[tuple[str, str], ...] = ()
    link: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """A fetched page: its number from 0, its document, its `Link`, and its number of items."""

    number: int
    document: object
    next_link: str
    items: int
    items_so_far: int


class Paging(Protocol):
    """The way through a listing. A page without items always ends it."""

    def first(self) -> PageRequest: ...

    def next(self, seen: Seen) -> PageRequest | None:
        """The request after this page; None at the end."""
        ...


@dataclass(frozen=True, slots=True)
class OnePage:
    """The whole listing in one answer."""

    def first(self) -> PageRequest:
        return PageRequest()

    def next(self, seen: Seen) -> PageRequest | None:
        return None


@dataclass(frozen=True, slots=True)
class Pages:
    """Pages by number. Only an empty page ends the listing: a short page may be due to the service's own limit."""

    parameter: str = "page"
    first_number: int = 1
    size_parameter: str = ""
    size: int = 100

    def first(self) -> PageRequest:
        return self._step(self.first_number)

    def next(self, seen: Seen) -> PageRequest | None:
        return self._step(self.first_number + seen.number + 1)

    def _step(self, number: int) -> PageRequest:
        return _with_size({self.parameter: str(number)}, self.size_parameter, self.size)


@dataclass(frozen=True, slots=True)
class Offsets:
    """Pages by offset; `first_offset` is 1 if the service counts from 1."""

    parameter: str = "offset"
    size_parameter: str = "limit"
    size: int = 100
    first_offset: int = 0

    def first(self) -> PageRequest:
        return self._step(self.first_offset)

    def next(self, seen: Seen) -> PageRequest | None:
        return self._step(self.first_offset + seen.items_so_far)

    def _step(self, offset: int) -> PageRequest:
        return _with_size({self.parameter: str(offset)}, self.size_parameter, self.size)


@dataclass(frozen=True, slots=True)
class Cursors:
    """Each page holds the cursor of the next one at `next_path`; without one the listing ends."""

    parameter: str
    next_path: str
    parameters: tuple[tuple[str, str], ...] = field(default=())

    def first(self) -> PageRequest:
        return PageRequest(self.parameters)

    def next(self, seen: Seen) -> PageRequest | None:
        cursor = at(seen.document, self.next_path)
        return PageRequest((*self.parameters, (self.parameter, cursor))) if isinstance(cursor, str) and cursor else None


@dataclass(frozen=True, slots=True)
class Links:
    """Each page links to the next: at a path in the body, or in the header `Link: <...>; rel="next"`."""

    next_path: str = ""

    def first(self) -> PageRequest:
        return PageRequest()

    def next(self, seen: Seen) -> PageRequest | None:
        link = at(seen.document, self.next_path) if self.next_path else seen.next_link
        return PageRequest(link=link) if isinstance(link, str) and link else None


def _with_size(parameters: dict[str, str], name: str, size: int) -> PageRequest:
    return PageRequest(tuple((parameters | ({name: str(size)} if name else {})).items()))


PAGES_MAX = 1_000


@dataclass(frozen=True, eq=False, slots=True)
class Collection:
    """One listing of a service, as the table that a mapping reads.

    `path` lies below the source's URL. Parameters of the paging or of `parameters` replace their names in braces, as in
    `/bed/read/{start}/{limit}`; others go into the query. `items` is the path to the list in the document, `total` to
    the number of items, if the service gives one. `fields` are the paths of columns within an item, where they differ
    from the names.
    """

    table: str
    path: str = ""
    items: str = ""
    fields: Dictionary[str, str] = field(default_factory=dict)
    paging: Paging = field(default_factory=OnePage)
    total: str = ""
    parameters: Dictionary[str, str] = field(default_factory=dict)
    pages_max: int = PAGES_MAX


@dataclass(frozen=True, eq=False, slots=True)
class Rest:
    """The kind of source that publishes small JSON listings, read through a replica."""

    form: ClassVar[SourceForm] = SourceForm.REST

    collections: tuple[Collection, ...]
    sign_in: SourceLogin | None = None
    limits: HttpLimits = field(default_factory=HttpLimits)
    bounds: Bounds = field(default_factory=Bounds)

    def connector(self, opening: Opening) -> Replica:
        """Raises SourceUrlError for the URL or the credential, MappingError for a table without a collection."""
        client = HttpClient.of(opening.url, opening.http, opening.load, self.limits, self.sign_in, opening.credential)
        known = {collection.table for collection in self.collections}
        loader = _CollectionLoader(self.collections, client, self.bounds, opening.mappings)
        replica = Replica(opening.source, opening.mappings, loader, self.bounds, opening.replicas, opening.note)
        for table in replica.tables:
            if table.name not in known:
                raise MappingError(f"A mapping of {opening.source} reads {table.name}, which no collection brings.")
        return replica


@dataclass(slots=True)
class _CollectionLoader:
    """Loads every collection, one page at a time."""

    collections: tuple[Collection, ...]
    client: HttpClient
    bounds: Bounds
    mappings: tuple[Mapping, ...]
    _version: str = ""
    _validators: Validators = field(default_factory=Validators)

    async def load(self, tables: Sequence[ReplicaTable], known: str | None) -> Load | None:
        try:
            return await self._load(tables, known)
        except UnusableAnswer as failure:
            raise LoadRefused(failure.finding, str(failure)) from failure

    async def close(self) -> None:
        await self.client.close()

    async def _load(self, tables: Sequence[ReplicaTable], known: str | None) -> Load | None:
        alone = len(self.collections) == 1 and isinstance(self.collections[0].paging, OnePage)
        validators = self._validators if alone and known is not None and known == self._version else Validators()
        rows: dict[str, list[tuple[object, ...]]] = {}
        flaws: list[Finding] = []
        budget = _Budget(self.bounds)
        last = Validators()
        for collection in self.collections:
            columns = next((table.columns for table in tables if table.name == collection.table), ())
            fields = Fields([(name, kind == "INTEGER") for name, kind in columns], collection.fields)
            found: dict[tuple[object, ...], None] = {}
            absent = {name for name, _ in columns}
            async for items, answer in self._pages(collection, budget, validators):
                if answer.status == 304:
                    return None
                found |= dict.fromkeys(map(fields.row, items))
                absent &= set(fields.absent(items)) if items else absent
                last = answer.validators
            if found:
                flaws += _drift(self.mappings, collection.table, absent)
            rows[collection.table] = list(found)
        version = await content_version(rows)
        self._version, self._validators = version, last
        return Load(version, rows, tuple(flaws)) if version != known else None

    async def _pages(
        self, collection: Collection, budget: _Budget, known: Validators
    ) -> AsyncIterator[tuple[list[dict[str, Any]], HttpResponse]]:
        step: PageRequest | None = collection.paging.first()
        read: set[str] = set()
        before, total, so_far = b"", None, 0
        here: httpx2.URL | None = None
        while step is not None:
            url = self.client.linked(step.link, here) if step.link else _url(self.client, collection, step)
            if str(url) in read:
                raise UnusableAnswer("the listing leads back to a page that was read")
            if len(read) >= collection.pages_max:
                raise AnswerTooLarge(f"more than {collection.pages_max} pages")
            read.add(str(url))
            answer = await self.client.get(url, CONTENT_TYPES, known)
            here = answer.url
            if answer.status == 304:
                yield [], answer
                return
            if answer.status == 404:
                raise UnusableAnswer("status 404")
            document = await asyncio.to_thread(parsed, answer.body)
            items = items_at(document, collection.items)
            if items and answer.body == before:
                raise UnusableAnswer("the listing gives one page again and again")
            before = answer.body
            so_far += len(items)
            budget.spend(len(answer.body), len(items))
            yield items, answer
            total = _number(at(document, collection.total)) if collection.total else None
            done = not items or (total is not None and so_far >= total)
            seen = Seen(len(read) - 1, document, answer.next_link, len(items), so_far)
            step = None if done else collection.paging.next(seen)
        if total is not None and so_far < total:
            raise UnusableAnswer(f"the listing ends after {so_far} of {total} items")


@dataclass(slots=True)
class _Budget:
    """The bytes and rows that are left for all pages together."""

    bounds: Bounds
    _bytes: int = 0
    _rows: int = 0

    def spend(self, size: int, rows: int) -> None:
        """Raises AnswerTooLarge when the budget is exceeded."""
        self._bytes += size
        self._rows += rows
        if self._bytes > self.bounds.bytes_max:
            raise AnswerTooLarge(f"more than {self.bounds.bytes_max} bytes in all")
        if self._rows > self.bounds.rows_max:
            raise AnswerTooLarge(f"more than {self.bounds.rows_max} rows")


def _url(client: HttpClient, collection: Collection, step: PageRequest) -> httpx2.URL:
    parameters = {**collection.parameters, **dict(step.parameters)}
    path, rest = filled(collection.path, parameters)
    return client.url(path, rest)


def filled(path: str, parameters: Dictionary[str, str]) -> tuple[str, dict[str, str]]:
    """The path with its parameters filled in, and the remaining parameters."""
    rest = {name: value for name, value in parameters.items() if f"{{{name}}}" not in path}
    for name, value in parameters.items():
        path = path.replace(f"{{{name}}}", quote(value, safe=""))
    return path, rest


def _number(value: object) -> int:
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 10:
        return int(value)
    raise UnusableAnswer("the number of items is none")


def _drift(mappings: Sequence[Mapping], table: str, absent: set[str]) -> list[Finding]:
    """A finding for each field whose column is in no item; for a select over the table, one for the record."""
    found = []
    for mapping in mappings:
        reads = {one.name for one in visitors.iterate(mapping.selectable) if isinstance(one, sa.TableClause)}
        whole = isinstance(mapping.selectable, sa.TableClause)
        fields = sorted(mapping.fields_reading(frozenset(absent))) if whole else [""]
        if absent and table in reads:
            found += [Finding(mapping.source, mapping.record.name, name, FindingKind.MISSING_COLUMN) for name in fields]
    return found
