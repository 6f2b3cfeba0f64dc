"""Writer: what delivers the effects of one action to one source, so that they happen once or somebody is told."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

from connectors.writing.writings import Refused
from models.actions.effects import Effect
from models.actions.receipts import RefusalReason


class Rung(Enum):
    """How surely an effect happens once, the surest first. The sheet for the owner says which one a source has."""

    MARKER = "MARKER"
    """A marker in a table that the owner grants, in the transaction of the effect. Exact."""
    TRANSACTION_STATUS = "TRANSACTION_STATUS"
    """The server says what became of a transaction (PostgreSQL). Exact."""
    LOCK_AND_LOOK = "LOCK_AND_LOOK"
    """A lock that is named by the delivery, and a look for the effect before it is written again. Exact where it is
    found by a number that the hub gave."""
    HTTP_KEY = "HTTP_KEY"
    """The service takes an idempotency key."""
    HTTP_LOOK = "HTTP_LOOK"
    """A look for the effect before each further attempt."""
    AT_MOST_ONCE = "AT_MOST_ONCE"
    """Whatever ends in doubt is looked at by a person."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One attempt. `id` is the same in all attempts of one accepted action, and names its marker and its lock.

    `trace` is what the attempt before kept; None in the first. `keep` saves a trace before anything can be committed,
    and raises LeaseLost when this worker may not deliver any more: then nothing is written. `reference` is the number
    that the hub gave to a new row.
    """

    id: str
    effects: tuple[Effect, ...] = field(repr=False)
    reference: str | None
    trace: str | None
    keep: Callable[[str], Awaitable[None]]


class LeaseLost(Exception):
    """Another worker delivers by now: this one stops without writing."""


@dataclass(frozen=True, slots=True)
class Written:
    """All effects stand there. `key` is that of the row that the first effect made or changed, where it is known."""

    key: str | None


@dataclass(frozen=True, slots=True)
class NotWritten:
    """Nothing of it stands there and nothing will: REFUSED for good, or IN_DOUBT on the last rung."""

    reason: RefusalReason


class Delivers(Protocol):
    """Delivers to one source with the credential `HUB_SOURCE_<NAME>_WRITER`, on one connection."""

    rung: Rung

    async def deliver(self, delivery: Delivery) -> Written | NotWritten:
        """Write all effects in one transaction, or find that they stand there already.

        It takes one of the source's connections, as a read does (connectors/guard/). Whoever calls it cancels it when
        it takes too long. Raises SourceFailure when it has to be tried again, and LeaseLost.
        """
        ...

    async def close(self) -> None: ...


class Writer(Delivers, Protocol):
    """What delivers to a source, and knows before what it takes."""

    def check(self, effects: Sequence[Effect]) -> Refused | None:
        """The first value that the source cannot store: asked before an action is accepted. Pure.

        Raises KeyError for a record that the source is not written with, ValueError for such a field.
        """
        ...

    async def missing_rights(self) -> tuple[str, ...]:
        """The rights that the hub's writer lacks, each as an owner grants it; with any the action is NOT_SUPPORTED.

        Raises SourceFailure.
        """
        ...
