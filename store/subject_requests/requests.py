"""Subject requests: registers and answers what people ask about their own data, with each step in the ledger.

The ledger is written first. A step that is only in the ledger was not taken, because the database failed after it.
No step is here that is not in the ledger.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

import orjson

from models.errors import BadInput, Conflict, LedgerUnavailable, NotFound
from models.policy.erasure import ErasureSearch, Searched
from models.policy.subject_requests import (
    ANSWER_WITHIN,
    CONSENT_PURPOSES,
    FOLLOWING,
    TEXT_CHARS_MAX,
    Asker,
    Consent,
    RightsKind,
    RightsRequest,
    RightsState,
    RightsStep,
)
from models.policy.viewer import Purpose, Role
from models.request import Request
from models.values.types import PersonId
from store.database.engine import HubDatabase
from store.database.patience import in_time
from store.ledger.chain import EntryKind, Note
from store.ledger.pseudonyms import Pseudonyms
from store.ledger.recording import Ledger
from store.seals import Seals
from store.subject_requests import rows as rights_rows
from store.subject_requests.rows import Place

T = TypeVar("T")

RECORD: Final = "rights_requests"
"""The record that the ledger names for a step."""


@dataclass(frozen=True, slots=True)
class SubjectRequests:
    """Registers, lists and answers requests within the deadline of the operation.

    Raises LedgerUnavailable if the hub's database or the ledger does not answer in time.
    """

    database: HubDatabase
    pseudonyms: Pseudonyms
    seals: Seals
    ledger: Ledger
    clock: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))

    # --- The person ---------------------------------------------------------------------------------------------------

    async def register(
        self,
        request: Request,
        nik: PersonId,
        kind: RightsKind,
        departments: Iterable[str],
        *,
        reason: str | None = None,
        purpose: Purpose | None = None,
    ) -> list[RightsRequest]:
        """Open a request with each department where none is open; returns the person's open requests with them."""
        _check_text(reason)
        person, word = self.pseudonyms.of_person(nik), purpose.value if purpose is not None else ""
        wanted = sorted(set(departments))
        known = await self._in_time(request, rights_rows.open_of_person(self.database, person, kind, word))
        missing = [code for code in wanted if code not in {one.department for one in known}]
        new = [self._opened(request, nik, kind, code, reason, word) for code in missing]
        if new:
            await self.ledger.declare(*(self._note(request, one, RightsState.OPEN) for one in new))
            await self._in_time(request, rights_rows.add(self.database, new))
            known = await self._in_time(request, rights_rows.open_of_person(self.database, person, kind, word))
        return [one for one in known if one.department in wanted]

    async def keep_receipt(
        self, request: Request, nik: PersonId, asked: Sequence[RightsRequest], searches: Sequence[ErasureSearch]
    ) -> list[RightsRequest]:
        """Save where the hub has searched for these requests, the ledger first; returns them with receipts."""
        said = {one.place.value: _numbers(one.searched) for one in searches}
        note = self._step_note(request, self.pseudonyms.of_person(nik), {"searched": said}, self.clock())
        await self.ledger.declare(note)
        ids = [one.id for one in asked]
        await self._in_time(request, rights_rows.keep_searches(self.database, ids, searches))
        return [replace(one, receipt=tuple(searches)) for one in asked]

    async def withdraw(self, request: Request, nik: PersonId, purpose: Purpose) -> list[Consent]:
        """Withdraw the consent to a purpose; returns all consents of the person. Raises BadInput."""
        _check_consent(purpose)
        person, now = self.pseudonyms.of_person(nik), self.clock()
        await self.ledger.declare(
            self._step_note(request, person, {"consent": purpose.value, "state": "WITHDRAWN"}, now)
        )
        await self._in_time(request, rights_rows.withdraw(self.database, person, purpose.value, now))
        return await self.consents(request, nik)

    async def give(self, request: Request, nik: PersonId, purpose: Purpose) -> list[Consent]:
        """Give a withdrawn consent again; returns all consents of the person. Raises BadInput.

        If the consent stands already, nothing is written.
        """
        _check_consent(purpose)
        standing = await self.consents(request, nik)
        if any(one.purpose is purpose and one.withdrawn_at is None for one in standing):
            return standing
        person, now = self.pseudonyms.of_person(nik), self.clock()
        await self.ledger.declare(self._step_note(request, person, {"consent": purpose.value, "state": "GIVEN"}, now))
        await self._in_time(request, rights_rows.give(self.database, person, purpose.value))
        return await self.consents(request, nik)

    async def consents(self, request: Request, nik: PersonId) -> list[Consent]:
        """The consents of a person: one for each purpose that needs consent."""
        person = self.pseudonyms.of_person(nik)
        withdrawn = await self._in_time(request, rights_rows.withdrawals_of(self.database, person))
        purposes = sorted(CONSENT_PURPOSES, key=lambda one: one.value)
        return [Consent(purpose, withdrawn.get(purpose.value)) for purpose in purposes]

    async def withdrawn(self, request: Request, purpose: Purpose, niks: frozenset[str]) -> frozenset[str]:
        """Which of these people have withdrawn the consent to a purpose."""
        by_pseudonym = {self.pseudonyms.of_person(nik): nik for nik in niks}
        found = rights_rows.withdrawn_among(self.database, purpose.value, sorted(by_pseudonym))
        return frozenset(by_pseudonym[pseudonym] for pseudonym in await self._in_time(request, found))

    async def own_page(
        self, request: Request, nik: PersonId, rows_max: int, after: Place | None
    ) -> list[RightsRequest]:
        """A person's own requests, newest first, after a keyset."""
        person = self.pseudonyms.of_person(nik)
        return await self._in_time(request, rights_rows.person_page(self.database, person, rows_max, after))

    async def own_count(self, request: Request, nik: PersonId) -> int:
        """How many requests a person has made."""
        return await self._in_time(request, rights_rows.person_count(self.database, self.pseudonyms.of_person(nik)))

    # --- The data protection officer ----------------------------------------------------------------------------------

    async def inbox_page(
        self, request: Request, states: Sequence[RightsState], rows_max: int, after: Place | None
    ) -> list[RightsRequest]:
        """Everybody's requests in some states, by due date, after a keyset."""
        return await self._in_time(request, rights_rows.inbox_page(self.database, states, rows_max, after))

    async def inbox_count(self, request: Request, states: Sequence[RightsState]) -> int:
        """How many requests are in some states."""
        return await self._in_time(request, rights_rows.inbox_count(self.database, states))

    async def answer(self, request: Request, request_id: str, state: RightsState, note: str | None) -> RightsRequest:
        """Bring a request to its next state.

        Raises NotFound, BadInput for a refusal without a reason, and Conflict if the state cannot follow, for example
        because somebody else was faster.
        """
        _check_text(note)
        if state is RightsState.REFUSED and not (note or "").strip():
            raise BadInput("rights_refusal_reason")
        known = await self._named(request, request_id)
        if state not in FOLLOWING.get(known.state, frozenset()):
            raise _conflict(known.state)
        now, number = self.clock(), len(known.steps) + 1
        place = f"{known.id}/{number}"
        kept = self.seals.sealed(place, note) if note else None
        step = RightsStep(number, now, state, request.viewer.role.value, kept)
        await self.ledger.declare(self._note(request, known, state))
        if not await self._in_time(request, rights_rows.move(self.database, known, step)):
            raise _conflict((await self._named(request, request_id)).state)
        return await self._named(request, request_id)

    def asker_of(self, one: RightsRequest) -> Asker | None:
        """Who made a request; None once it is closed, because the hub has deleted it."""
        if one.sealed is None:
            return None
        nik, reason = orjson.loads(self.seals.opened(one.id, one.sealed))
        return Asker(nik, reason)

    def note_of(self, one: RightsRequest, step: RightsStep) -> str | None:
        """The text of the answer of a step."""
        return self.seals.opened(f"{one.id}/{step.number}", step.note) if step.note is not None else None

    # --- Inside -------------------------------------------------------------------------------------------------------

    async def _named(self, request: Request, request_id: str) -> RightsRequest:
        found = await self._in_time(request, rights_rows.request_named(self.database, request_id))
        if found is None:
            raise NotFound("rights_request_unknown")
        return found

    def _opened(
        self, request: Request, nik: PersonId, kind: RightsKind, department: str, reason: str | None, purpose: str
    ) -> RightsRequest:
        now, request_id = self.clock(), secrets.token_hex(16)
        sealed = self.seals.sealed(request_id, orjson.dumps([nik, reason]).decode())
        step = RightsStep(1, now, RightsState.OPEN, request.viewer.role.value)
        return RightsRequest(
            request_id,
            self.pseudonyms.of_person(nik),
            kind,
            purpose or None,
            department,
            RightsState.OPEN,
            now,
            now + ANSWER_WITHIN,
            None,
            sealed,
            (step,),
        )

    def _note(self, request: Request, one: RightsRequest, state: RightsState) -> Note:
        said = {"request": one.id, "kind": one.kind.value, "department": one.department, "state": state.value}
        return self._step_note(request, one.person, said, self.clock())

    def _step_note(self, request: Request, person: str, said: Mapping[str, object], at: datetime) -> Note:
        viewer = request.viewer
        return Note(
            at=at,
            kind=EntryKind.STEP,
            role=viewer.role.value,
            request_id=request.id,
            record=RECORD,
            persons=(person,),
            outcome="ok",
            viewer=self.pseudonyms.of_viewer(viewer) if viewer.role is not Role.OPERATOR else None,
            department=viewer.department_code,
            purpose=request.purpose.value if request.purpose is not None else None,
            detail=orjson.dumps(said).decode(),
        )

    async def _in_time(self, request: Request, work: Coroutine[Any, Any, T]) -> T:
        return await in_time(request.deadline.remaining_s, work, LedgerUnavailable("rights_unavailable"))


def _numbers(searched: Searched | None) -> list[int] | None:
    return [searched.looked, searched.found, searched.removed] if searched is not None else None


def _check_consent(purpose: Purpose) -> None:
    if purpose not in CONSENT_PURPOSES:
        known = ", ".join(sorted(one.value for one in CONSENT_PURPOSES))
        raise BadInput("consent_not_basis", purpose=purpose.value, known=known)


def _check_text(text: str | None) -> None:
    if text is not None and len(text) > TEXT_CHARS_MAX:
        raise BadInput("text_long", maximum=TEXT_CHARS_MAX)


def _conflict(state: RightsState) -> Conflict:
    following = ", ".join(sorted(one.value for one in FOLLOWING.get(state, ()))) or "-"
    return Conflict("rights_state_conflict", state=state.value, following=following)
