"""Collections: a service's listings, fetched whole, page by page, into a replica. Half a listing is refused."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass, field
from typing import Any, ClassVar
from urllib.parse import quote

import httpx2
import sqlalchemy as sa
from sqlalchemy.sql import visitors

from connectors.content_version import content_version
from connectors.http import AnswerTooLarge, UnusableAnswer
from connectors.http_client import Answer, HttpClient, HttpLimits, SignIn, Validators
from connectors.kinds import Opening
from connectors.mapping import Mapping, MappingError
from connectors.replica import Bounds, Load, LoadRefused, Replica
from connectors.replica_file import ReplicaTable
from connectors.rest.documents import CONTENT_TYPES, Fields, at, items_at, parsed
from connectors.rest.paging import OnePage, Paging, Seen, Step
from models.data_terms import SourceForm
from models.findings import Finding, FindingKind

PAGES_MAX = 1_000


@dataclass(frozen=True, eq=False, slots=True)
class Collection:
    """One listing of a service, as the table that a mapping reads.

    `path` lies below the source's URL; a parameter of the paging or of `parameters` that it names in braces, such as
    `/bed/read/{start}/{limit}`, stands there instead of in the query. `items` is the path to the list in the document,
    `total` that to the number of items, where the service gives one. `fields` are the paths of columns within an item,
    where they are not the columns' own names.
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
    """A source of small JSON listings: a Kind. The hub answers from its own copy, which it renews."""

    form: ClassVar[SourceForm] = SourceForm.REST

    collections: tuple[Collection, ...]
    sign_in: SignIn | None = None
    limits: HttpLimits = field(default_factory=HttpLimits)
    bounds: Bounds = field(default_factory=Bounds)

    def connector(self, opening: Opening) -> Replica:
        """Raises SourceUrlError for the URL or the credential, MappingError for a table that nothing brings."""
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
    """Loads every collection; one page after the other, so that a service is never asked for two at once."""

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
    ) -> AsyncIterator[tuple[list[dict[str, Any]], Answer]]:
        step: Step | None = collection.paging.first()
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
    """What all pages of all collections may take together."""

    bounds: Bounds
    _bytes: int = 0
    _rows: int = 0

    def spend(self, size: int, rows: int) -> None:
        """Raises AnswerTooLarge when it is used up."""
        self._bytes += size
        self._rows += rows
        if self._bytes > self.bounds.bytes_max:
            raise AnswerTooLarge(f"more than {self.bounds.bytes_max} bytes in all")
        if self._rows > self.bounds.rows_max:
            raise AnswerTooLarge(f"more than {self.bounds.rows_max} rows")


def _url(client: HttpClient, collection: Collection, step: Step) -> httpx2.URL:
    parameters = {**collection.parameters, **dict(step.parameters)}
    path, rest = filled(collection.path, parameters)
    return client.url(path, rest)


def filled(path: str, parameters: Dictionary[str, str]) -> tuple[str, dict[str, str]]:
    """A path with the parameters that it names in braces, and the others."""
    rest = {name: value for name, value in parameters.items() if f"{{{name}}}" not in path}
    for name, value in parameters.items():
        path = path.replace(f"{{{name}}}", quote(value, safe=""))
    return path, rest


def _number(value: object) -> int:
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 10:
        return int(value)
    raise UnusableAnswer("the number of items is none")


def _drift(mappings: Sequence[Mapping], table: str, absent: set[str]) -> list[Finding]:
    """A finding for each field whose column is in none of the items; of a select over the table, one for the record."""
    found = []
    for mapping in mappings:
        reads = {one.name for one in visitors.iterate(mapping.selectable) if isinstance(one, sa.TableClause)}
        whole = isinstance(mapping.selectable, sa.TableClause)
        fields = sorted(mapping.fields_reading(frozenset(absent))) if whole else [""]
        if absent and table in reads:
            found += [Finding(mapping.source, mapping.record.name, name, FindingKind.MISSING_COLUMN) for name in fields]
    return found
