"""Acting: checks an action, and has it accepted. What it changes is delivered later, by resolvers/delivering.py.

Policy first, then the row that it is about, then the inputs. Nothing is written, here or in a department, before all of
it is found good.
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Final

from connectors.writing.desk import WritingDesk
from models.actions.action import Action, Telling
from models.actions.effects import Effect
from models.actions.feedback import Note
from models.actions.problems import Problem, ProblemCode, problems_of
from models.actions.receipts import KEY_CHARS_MAX, KEY_CHARS_MIN, Receipt
from models.city import City
from models.errors import BadInput, KeyInUse, KeyMissing, KeyReused, RateLimited
from models.policy.actions import require_actor, rows_for
from models.policy.viewer import Role
from models.predicates import And, is_in
from models.records import KEY
from models.request import LedgerBuffer, Request
from resolvers.areas.at import AreasAt
from resolvers.reads import Columns, Read
from resolvers.records import Records
from resolvers.relations import Relations
from store.feedback import Feedback
from store.ledger.recording import Ledger
from store.outbox.outbox import Outbox
from store.outbox.told import KeyStillRunning, KeyUsedOtherwise, Told, TooLong, TooManyOpen, TooManyToday

A_DAY_MAX: Final[Mapping[Role, int]] = {Role.CITIZEN: 50, Role.DEVELOPER: 2_000, Role.OFFICER: 1_000}
"""How many actions of one person or key are accepted within a day, whatever they are."""
_NUMBER_BYTES: Final = 16


@dataclass(frozen=True, slots=True)
class Asked:
    """An action as it was asked for. `row_key` is that of the row; None for a new one. `dry_run`: nothing is kept."""

    action: type[Action]
    given: Mapping[str, Any]
    row_key: str | None = None
    key: str | None = None
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of it: a receipt, or problems; of a dry run the effects, and the source that would be sent them."""

    receipt: Receipt | None = None
    problems: tuple[Problem, ...] = ()
    source: str | None = None
    effects: tuple[Effect, ...] = ()


@dataclass(frozen=True, slots=True)
class Acting:
    """Everything that checks an action."""

    city: City
    records: Records
    relations: Relations
    area_at: AreasAt
    outbox: Outbox
    feedback: Feedback
    ledger: Ledger
    desk: WritingDesk

    async def act(self, request: Request, asked: Asked) -> Outcome:
        """Check it, and have it accepted.

        Raises Forbidden, KeyMissing, KeyReused, KeyInUse, RateLimited, NotSupported, NotConnected, LedgerUnavailable or
        a DepartmentError.
        """
        action = asked.action
        require_actor(request.viewer, request.purpose, action)
        asked = replace(asked, given=_stripped(asked.given), key=None if asked.dry_run else _checked_key(asked.key))
        told = self._told(request, asked)
        if asked.key is not None:
            with _refusals():
                known = await self.outbox.known(told)
            if known is not None:
                return Outcome(receipt=known)
        row = await self._row(request, asked)
        problems = [*problems_of(action, asked.given, self.city.box), *_of_row(action, row)]
        if problems or row is None:
            return Outcome(problems=tuple(problems))
        given = {**asked.given, **await self._placed(request, asked)}
        problems = [problem async for problem in self._unknown(request, action, given)]
        if problems:
            return Outcome(problems=tuple(problems))
        return await self._accepted(request, replace(asked, given=given), row, told)

    def _told(self, request: Request, asked: Asked) -> Told:
        """What the outbox needs to know the key again."""
        caller = self.outbox.pseudonyms.of_viewer(request.viewer)
        if caller is None:
            raise AssertionError("nobody may act without a credential")
        action = asked.action
        return Told(
            caller=caller,
            action=action.name,
            key=asked.key or "",
            given=asked.given,
            record=action.record.name,
            record_key=asked.row_key,
            reference=None,
            source=None,
            effects=(),
            a_day_max=A_DAY_MAX[request.viewer.role],
        )

    async def _row(self, request: Request, asked: Asked) -> Mapping[str, object] | None:
        """The fields that the action needs of its row; nothing for a new one; None where the viewer has no such row.

        Whom it is about is read too, for the ledger. It is personal, so that no cache answers with an older state.
        """
        action = asked.action
        if asked.row_key is None:
            return {}
        given = And((is_in(KEY, asked.row_key), rows_for(request.viewer, action)))
        owner = {action.record.owner} if action.record.owner is not None else set()
        read = Read(action.record, Columns(joined=action.reads | owner), given=given, rows_max=2)
        batch = await self.records.read(request, read)
        if batch.length != 1:
            return None
        return {name: batch.joining(name)[0] for name in action.reads | owner}

    async def _placed(self, request: Request, asked: Asked) -> Mapping[str, object]:
        """The area of the position that was given without one."""
        position = asked.given.get("position")
        if "area_code" not in asked.action.inputs or position is None or asked.given.get("area_code") is not None:
            return {}
        return {"area_code": await self.area_at(request, position)}

    async def _unknown(
        self, request: Request, action: type[Action], given: Mapping[str, Any]
    ) -> AsyncIterator[Problem]:
        """Codes that nothing in the city has: those that lead from the record to another one, and departments."""
        if "area_code" in action.inputs and given.get("area_code") is None:
            yield Problem(ProblemCode.PLACE_MISSING, "position", BadInput("action_place"))
        department = given.get("department_code")
        if department is not None and self.city.department(department) is None:
            yield Problem(ProblemCode.NOT_KNOWN, "department_code", BadInput("action_unknown"))
        for relation in action.record.relations.values():
            ((here, there),) = relation.on
            value = given.get(here)
            if relation.many or here not in action.inputs or value is None:
                continue
            target = self.records.catalog.named(relation.target)
            if target is None:
                continue
            ones = await self.relations.one(request, target.mapping.record, there, [value], Columns())
            if ones.rows == [None]:
                yield Problem(ProblemCode.NOT_KNOWN, here, BadInput("action_unknown"))

    async def _accepted(self, request: Request, asked: Asked, row: Mapping[str, object], told: Told) -> Outcome:
        action, viewer = asked.action, request.viewer
        number = secrets.token_hex(_NUMBER_BYTES)
        telling = Telling(
            given=asked.given,
            at=request.now.replace(microsecond=0),
            today=request.now.astimezone(self.city.time_zone).date(),
            row_key=asked.row_key,
            row=row,
            reference=self.desk.reference_of(action.record, number) if action.makes_row() else None,
            person=viewer.nik,
            department=self.city.first_handler(asked.given.get("category_code")),
        )
        effects = action.effects(telling)
        source = self.desk.source_of(effects) if effects else None
        not_taken = self.desk.not_taken(source, effects) if source is not None else None
        if not_taken is not None:
            name = not_taken if not_taken in action.inputs else None
            return Outcome(problems=(Problem(ProblemCode.NOT_TAKEN, name, BadInput("action_not_taken")),))
        if asked.key is None:
            return Outcome(source=source, effects=effects)
        told = replace(told, reference=telling.reference, source=source, effects=effects)
        if action.says is not None and asked.row_key is not None:
            note = Note(action.says, asked.given.get("rating"))
            told = replace(told, own=(self.feedback.noting(asked.row_key, viewer, note, request.now),))
        await self._record(request, action, row)
        with _refusals():
            return Outcome(receipt=await self.outbox.accept(told))

    async def _record(self, request: Request, action: type[Action], row: Mapping[str, object]) -> None:
        """The ledger has who asked for it, about whom, before it is accepted. Raises LedgerUnavailable."""
        about = row.get(action.record.owner or "") or request.viewer.nik
        persons = frozenset({str(about)}) if about is not None else None
        buffer = LedgerBuffer()
        buffer.note(action.record.name, (action.name,), 1, persons)
        await self.ledger.record(replace(request, ledger=buffer), "told")


@contextmanager
def _refusals() -> Iterator[None]:
    """What the outbox refuses, as clients are told it."""
    try:
        yield
    except KeyUsedOtherwise as error:
        raise KeyReused("key_reused") from error
    except KeyStillRunning as error:
        raise KeyInUse("key_in_use") from error
    except TooManyOpen as error:
        raise RateLimited("actions_many") from error
    except TooManyToday as error:
        raise RateLimited("actions_day") from error
    except TooLong as error:
        raise BadInput("action_large") from error


def _of_row(action: type[Action], row: Mapping[str, object] | None) -> Iterator[Problem]:
    if row is None:
        yield Problem(ProblemCode.NOT_FOUND, KEY, BadInput("action_row"))
    elif row and any(row[name] not in allowed for name, allowed in action.only_if.items()):
        yield Problem(ProblemCode.NOT_NOW, None, BadInput("action_state"))


def _stripped(given: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs that were given, texts without blanks around them and in one form of line break."""
    return {
        name: value.strip().replace("\r\n", "\n") if type(value) is str else value
        for name, value in given.items()
        if value is not None
    }


def _checked_key(key: str | None) -> str:
    if key is None:
        raise KeyMissing("key_missing")
    if not KEY_CHARS_MIN <= len(key) <= KEY_CHARS_MAX or not key.isascii() or not key.isprintable():
        raise BadInput("key_invalid", least=KEY_CHARS_MIN, most=KEY_CHARS_MAX)
    return key
