"""RestWriter: delivers effects to a service that is asked by key, with an idempotency key or a look before a retry."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from connectors.criteria import Criteria, Order
from connectors.http.access import GarbledAnswer
from connectors.http.client import HttpClient, HttpResponse
from connectors.mapping import MappingError
from connectors.protocol import Call, SourceBroken, SourceTimeout, SourceUnreachable
from connectors.rest.by_key import Endpoint, Resource, RestByKey, RestConnector
from connectors.rest.collections import filled
from connectors.rest.documents import Fields, at, parsed
from connectors.writing.protocol import Delivery, NotWritten, Rung, Written
from connectors.writing.statements import Write, columns_inserted, columns_updated
from connectors.writing.writings import Refused, Writing
from models.actions.effects import Effect
from models.actions.receipts import RefusalReason
from models.predicates import is_in
from models.records import KEY

ATTEMPT_S_MAX = 30.0
"""The longest that one attempt may take, with all its requests."""
ALIKE_ROWS_MAX = 200
"""How many rows are looked through for one that may have been written before."""

_NOT_TAKEN = frozenset({400, 413, 415, 422})
_NO_RIGHT = frozenset({401, 403, 405})
_GONE = frozenset({404, 410})
_CONFLICT, _PRECONDITION = 409, 412


@dataclass(frozen=True, slots=True)
class RestWriting:
    """How one record is written to a service: its resource, and where that takes it."""

    writing: Writing
    resource: Resource
    endpoint: Endpoint

    @property
    def requests(self) -> dict[Write, str]:
        """What is sent, for the owner of the service: values are placeholders."""
        inserted = columns_inserted(self.writing, self.writing.first)
        made = {Write.INSERT: f"POST {self.endpoint.new} {_shown(self.resource, inserted)}"}
        lookup = next((one for one in self.resource.lookups if one.field == self.looked_up_by), None)
        if lookup is not None and not self.endpoint.key_header:
            path = lookup.path if "{key}" in lookup.path else f"{lookup.path}?{lookup.parameter}={{key}}"
            made[Write.FIND] = f"GET {path}"
        if self.writing.changed:
            changed = _shown(self.resource, columns_updated(self.writing))
            made[Write.UPDATE] = f"{self.endpoint.change_by} {self.endpoint.change} {changed}"
        return made

    @property
    def looked_up_by(self) -> str | None:
        """The field by which a new row is looked up; None if it is not found again."""
        number = self.writing.number
        names = (number.field,) if number is not None else self.writing.found_by
        lookups = {lookup.field for lookup in self.resource.lookups}
        return next((name for name in names if name in lookups), None)


def rests_of(kind: RestByKey, writings: Dictionary[str, Writing]) -> dict[str, RestWriting]:
    """How each record is written. Raises MappingError for a writing that the service cannot take."""
    return {name: _rest(kind, writing) for name, writing in writings.items()}


def _rest(kind: RestByKey, writing: Writing) -> RestWriting:
    resource, where = kind.resource(writing.mapping), f"The writing of {writing.record}"
    if resource is None or resource.endpoint is None or len(writing.new) != 1:
        raise MappingError(
            f"{where} needs an endpoint of its resource, and makes one row: a service knows no transactions."
        )
    if bool(writing.changed) is not ("{key}" in resource.endpoint.change):
        raise MappingError(f"{where} changes rows at a path with {{key}}, or changes none.")
    if writing.changed and KEY not in {lookup.field for lookup in resource.lookups}:
        raise MappingError(f"{where} changes rows that no lookup finds by {KEY!r}.")
    return RestWriting(writing, resource, resource.endpoint)


def rest_rung(rests: Dictionary[str, RestWriting]) -> Rung:
    """The rung of a service."""
    if all(rest.endpoint.key_header for rest in rests.values()):
        return Rung.HTTP_KEY
    looked = all(rest.looked_up_by is not None for rest in rests.values() if rest.endpoint.new)
    return Rung.HTTP_LOOK if looked else Rung.AT_MOST_ONCE


@dataclass(slots=True)
class RestWriter:
    """The writer of one service. `client` signs in with the credential to write, on the connections of `connector`.

    Raises MappingError for a writing that the service cannot take.
    """

    writings: Dictionary[str, Writing]
    connector: RestConnector
    client: HttpClient
    left_alone: Callable[[], str]
    rung: Rung = field(init=False)
    _rests: dict[str, RestWriting] = field(init=False)

    def __post_init__(self) -> None:
        self._rests = rests_of(self.connector.kind, self.writings)
        self.rung = rest_rung(self._rests)

    def check(self, effects: Sequence[Effect]) -> Refused | None:
        return next((found for one in effects if (found := self.writings[one.record].check(one)) is not None), None)

    async def missing_rights(self) -> tuple[str, ...]:
        """A service tells only when something is written: none is known to be missing."""
        return ()

    async def deliver(self, delivery: Delivery) -> Written | NotWritten:
        if self.check(delivery.effects) is not None:
            return NotWritten(RefusalReason.NOT_TAKEN)
        reason = self.left_alone()
        if reason:
            raise SourceUnreachable(reason)
        limit = asyncio.timeout(ATTEMPT_S_MAX)
        try:
            async with limit:
                return await self._delivered(delivery)
        except TimeoutError as error:
            if not limit.expired():
                raise
            raise SourceTimeout(f"not written within {ATTEMPT_S_MAX:g} seconds") from error

    async def close(self) -> None:
        await self.client.close()

    # --- Rungs --------------------------------------------------------------------------------------------------------

    async def _delivered(self, delivery: Delivery) -> Written | NotWritten:
        is_first = delivery.trace is None
        if self.rung is Rung.AT_MOST_ONCE and not is_first:
            return NotWritten(RefusalReason.IN_DOUBT)
        found = [await self._found(effect) for effect in delivery.effects]
        before: list[int] = (
            [len(keys) for keys in found] if delivery.trace is None else json.loads(delivery.trace)["alike"]
        )
        refused = await self._gone_on(delivery.effects, is_first=is_first)
        if refused is not None:
            return NotWritten(refused)
        await delivery.keep(json.dumps({"alike": before}))
        keys: list[str | None] = []
        for place, effect in enumerate(delivery.effects):
            numbered = effect.is_new and self.writings[effect.record].number is not None
            if len(found[place]) > (0 if numbered else before[place]):
                keys.append(found[place][0 if numbered else -1])
                continue
            if not effect.is_new and not effect.values:
                keys.append(effect.key)
                continue
            told = await self._asked(effect, f"{delivery.id}-{place}")
            if isinstance(told, RefusalReason):
                # What was written before it stands there, and no transaction takes it back.
                return NotWritten(RefusalReason.IN_DOUBT if keys else told)
            keys.append(told.key)
        return Written(keys[0])

    async def _found(self, effect: Effect) -> list[str]:
        """The keys of the rows that look like a new one; none for a change, and where they cannot be looked up."""
        rest = self._rests[effect.record]
        if not effect.is_new or rest.looked_up_by is None or self.rung is Rung.HTTP_KEY:
            return []
        return [key for key, row in await self._rows(rest, rest.looked_up_by, effect.values[rest.looked_up_by])
                if self._is_alike(rest, row, rest.writing.likeness(effect))]  # fmt: skip

    async def _gone_on(self, effects: Sequence[Effect], *, is_first: bool) -> RefusalReason | None:
        """Why a change must not be made: its row is gone, or neither as expected nor, in a retry, as told already."""
        for effect in effects:
            if effect.is_new:
                continue
            rest = self._rests[effect.record]
            rows = await self._rows(rest, KEY, effect.key)
            if not rows:
                return RefusalReason.GONE
            row = rows[0][1]
            expected = all(
                (row[legacy] in values) is not complement or (or_null and row[legacy] is None)
                for legacy, (values, complement, or_null) in rest.writing.expected(effect).items()
            )
            if not expected and (is_first or not self._is_alike(rest, row, rest.writing.changes(effect))):
                return RefusalReason.CHANGED
        return None

    async def _rows(self, rest: RestWriting, name: str, value: object) -> list[tuple[str, dict[str, object]]]:
        """The rows with a value, each with its key, by key."""
        mapping = rest.writing.mapping
        fields = tuple(mapping.columns)
        criteria = Criteria(rest.writing.record, fields, is_in(name, value), (Order(KEY),), ALIKE_ROWS_MAX)
        rows = await self.connector.read(mapping, criteria, Call("write", round(self.client.limits.total_s * 1000)))
        cells = [{legacy: column[at] for legacy, column in rows.columns.items()} for at in range(rows.length)]
        return [(rest.writing.key_of(row[mapping.legacy_key]) or "", row) for row in cells]

    def _is_alike(self, rest: RestWriting, row: dict[str, object], cells: Dictionary[str, object]) -> bool:
        """Whether a row has these cells, whatever their spelling."""
        mapping = rest.writing.mapping
        return all(
            mapped.decoder.decode(*([row[one]] for one in mapped.legacy)).values
            == mapped.decoder.decode(*([cells[one]] for one in mapped.legacy)).values
            for mapped in mapping.columns.values()
            if all(one in cells for one in mapped.legacy)
        )

    # --- Requests -----------------------------------------------------------------------------------------------------

    async def _asked(self, effect: Effect, key: str) -> Written | RefusalReason:
        rest = self._rests[effect.record]
        endpoint = rest.endpoint
        cells = rest.writing.cells(rest.writing.first, effect) if effect.is_new else rest.writing.changes(effect)
        path, _ = filled(endpoint.new if effect.is_new else endpoint.change, {"key": effect.key or ""})
        headers = {endpoint.key_header: f'"{key}"'} if endpoint.key_header else {}
        self.connector.spend()
        method = "POST" if effect.is_new else endpoint.change_by
        document = _document(rest.resource, cells)
        try:
            answer = await self.client.send(method, self.client.url(path), document, headers)
        except GarbledAnswer as garbage:
            raise SourceUnreachable(str(garbage)) from garbage
        if 200 <= answer.status < 300:
            return Written(effect.key or await self._key_in(rest, effect, answer))
        return _refusal(answer.status, is_new=effect.is_new, is_keyed=bool(headers))

    async def _key_in(self, rest: RestWriting, effect: Effect, answer: HttpResponse) -> str | None:
        """The key of a new row: as the service says it, else as it is found by its number."""
        key = rest.writing.key
        fields = Fields([(key.name, isinstance(key.type, sa.Integer))], rest.resource.fields)
        try:
            (raw,) = fields.row(at(parsed(answer.body), rest.endpoint.items))
        except GarbledAnswer:
            raw = None
        if raw is None and rest.writing.number is not None and rest.looked_up_by is not None:
            rows = await self._rows(rest, rest.looked_up_by, effect.values[rest.looked_up_by])
            return rows[0][0] if rows else None
        return rest.writing.key_of(raw)


def _refusal(status: int, *, is_new: bool, is_keyed: bool) -> RefusalReason:
    """What a status says. Raises SourceUnreachable where it says to try again, SourceBroken where it says nothing."""
    if status in _NOT_TAKEN:
        return RefusalReason.NOT_TAKEN
    if status in _NO_RIGHT:
        return RefusalReason.NO_RIGHT
    if status in _GONE and not is_new:
        return RefusalReason.GONE
    if status == _CONFLICT and is_keyed:
        raise SourceUnreachable("the service still works on the attempt before")
    if status in (_CONFLICT, _PRECONDITION):
        return RefusalReason.NOT_TAKEN if is_new else RefusalReason.CHANGED
    raise SourceBroken(f"status {status}")


def _shown(resource: Resource, columns: Sequence[str]) -> str:
    return json.dumps(_document(resource, dict.fromkeys(columns, "?")))


def _document(resource: Resource, cells: Dictionary[str, Any]) -> dict[str, Any]:
    """The cells at the paths of their fields."""
    document: dict[str, Any] = {}
    for name, raw in cells.items():
        *parents, last = resource.fields.get(name, name).split(".")
        within = document
        for parent in parents:
            within = within.setdefault(parent, {})
        within[last] = raw
    return document
