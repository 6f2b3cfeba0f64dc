"""Requests about one's own data on both databases: their clock, their states, their seals, and who is faster."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import orjson
import pytest
from cryptography.exceptions import InvalidTag
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from models.errors import BadInput, Conflict, NotFound
from models.policy.erasure import ErasurePlace, ErasureSearch, Searched, Sought
from models.policy.subject_requests import ANSWER_WITHIN, CLOSED, FOLLOWING, RightsKind, RightsRequest, RightsState
from models.policy.viewer import Purpose, Role, Viewer
from models.request import Deadline, Request
from models.tables import consent_withdrawals, ledger_entries, rights_steps
from models.values.localized import Language
from store.clients import add_client, list_clients
from store.database.backup import back_up, restore
from store.database.engine import HubDatabase
from store.database.migrate import upgrade
from store.ledger.chain import EntryKind
from store.ledger.rows import entries_between
from store.seals import Seals
from store.subject_requests.erasure_places import ErasurePlaces
from store.subject_requests.requests import SubjectRequests
from tests.store.ledgers import ANA, BUDI, MARKS, NOW, ledger_of, verified

DEPARTMENTS = ("dindik", "disnaker")
SEALS = Seals(b"a secret of these tests, which is long enough")
STATES = st.sampled_from([RightsState.FORWARDED, RightsState.DONE, RightsState.REFUSED, RightsState.OPEN])


@dataclass
class Clock:
    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now


def rights_of(database: HubDatabase, folder: Path, clock: Clock) -> SubjectRequests:
    return SubjectRequests(database, MARKS, SEALS, ledger_of(database, folder), clock)


def asking(role: Role = Role.CITIZEN) -> Request:
    return Request("request-1", Viewer(role, subject=role.value), Deadline.in_ms(20_000), Language.EN)


async def opened(rights: SubjectRequests, reason: str | None = None) -> list[RightsRequest]:
    return await rights.register(asking(), ANA, RightsKind.ERASURE, DEPARTMENTS, reason=reason)


def request_in(state: RightsState, closed_after: timedelta | None) -> RightsRequest:
    closed_at = NOW + closed_after if closed_after is not None else None
    return RightsRequest("one", "mark", RightsKind.ERASURE, None, "dindik", state, NOW, NOW + ANSWER_WITHIN, closed_at)


@given(
    after=st.timedeltas(timedelta(0), timedelta(days=30)),
    closed_after=st.none() | st.timedeltas(timedelta(0), timedelta(days=30)),
)
def test_a_request_is_overdue_from_the_moment_after_72_hours_on_and_forever(
    after: timedelta, closed_after: timedelta | None
) -> None:
    one = request_in(RightsState.OPEN if closed_after is None else RightsState.DONE, closed_after)
    ended = after if closed_after is None else closed_after
    assert one.is_overdue(NOW + after) is (ended > timedelta(hours=72))


async def test_the_clock_starts_with_the_request_and_is_not_set_back_by_asking_again(
    database: HubDatabase, tmp_path: Path
) -> None:
    clock = Clock()
    rights = rights_of(database, tmp_path, clock)
    first = await opened(rights)
    assert [(one.department, one.opened_at, one.due_at) for one in first] == [
        (code, NOW, NOW + timedelta(hours=72)) for code in DEPARTMENTS
    ]
    clock.now += timedelta(hours=71)
    assert await opened(rights) == first
    await rights.answer(asking(Role.DPO), first[0].id, RightsState.DONE, None)
    # What was answered may be asked anew, and has its own 72 hours.
    again = await opened(rights)
    assert [(one.department, one.opened_at) for one in again] == [("dindik", clock.now), ("disnaker", NOW)]
    assert again[0].id != first[0].id
    page = await rights.own_page(asking(), ANA, 10, None)
    assert next(one.id for one in page) == again[0].id
    assert await rights.own_count(asking(), ANA) == 3
    assert await rights.own_count(asking(), BUDI) == 0


@pytest.mark.parametrize("steps", [list(steps) for steps in [
    (RightsState.FORWARDED, RightsState.DONE, RightsState.DONE),
    (RightsState.FORWARDED, RightsState.FORWARDED, RightsState.REFUSED),
    (RightsState.DONE, RightsState.FORWARDED, RightsState.OPEN),
    (RightsState.OPEN, RightsState.REFUSED, RightsState.DONE),
]])  # fmt: skip
async def test_only_what_may_follow_follows(
    steps: Sequence[RightsState], database: HubDatabase, tmp_path: Path
) -> None:
    rights = rights_of(database, tmp_path, Clock())
    one, other = await opened(rights, "canary")
    state, taken = RightsState.OPEN, [RightsState.OPEN]
    for wanted in steps:
        if wanted in FOLLOWING.get(state, ()):
            answered = await rights.answer(asking(Role.DPO), one.id, wanted, "why")
            state = wanted
            taken.append(wanted)
            assert answered.state is state
            assert (answered.closed_at is not None) is (state in CLOSED)
            assert (rights.asker_of(answered) is None) is (state in CLOSED)
            assert [step.state for step in answered.steps] == taken
            assert rights.note_of(answered, answered.steps[-1]) == "why"
        else:
            with pytest.raises(Conflict):
                await rights.answer(asking(Role.DPO), one.id, wanted, "why")
    asker = rights.asker_of(other)
    assert asker is not None
    assert (asker.nik, asker.reason) == (ANA, "canary")
    async with database.reading() as connection:
        rows = await connection.scalar(select(func.count()).select_from(rights_steps))
        entries = await connection.scalar(
            select(func.count()).select_from(ledger_entries).where(ledger_entries.c.kind == "STEP")
        )
    # One entry for each step that was taken, and none for one that was refused.
    assert rows == entries == len(taken) + 1
    assert (await verified(database)).problems == []


@given(path=st.lists(STATES, max_size=6))
def test_no_way_leads_out_of_a_closed_state(path: list[RightsState]) -> None:
    state = RightsState.OPEN
    for wanted in path:
        was = state
        state = wanted if wanted in FOLLOWING.get(state, ()) else state
        if was in CLOSED:
            assert state is was
    assert RightsState.OPEN not in {after for following in FOLLOWING.values() for after in following}


async def test_of_two_who_answer_at_once_one_is_told(database: HubDatabase, tmp_path: Path) -> None:
    rights = rights_of(database, tmp_path, Clock())
    one, _ = await opened(rights)
    outcomes = await asyncio.gather(
        *(rights.answer(asking(Role.DPO), one.id, state, "why") for state in (RightsState.DONE, RightsState.REFUSED)),
        return_exceptions=True,
    )
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Conflict", "RightsRequest"]
    (answered,) = (outcome for outcome in outcomes if isinstance(outcome, RightsRequest))
    assert len(answered.steps) == 2


async def test_of_the_same_request_at_once_there_is_one(database: HubDatabase, tmp_path: Path) -> None:
    rights = rights_of(database, tmp_path, Clock())
    found = await asyncio.gather(*(opened(rights) for _ in range(4)))
    assert {tuple(one.id for one in each) for each in found} == {tuple(one.id for one in found[0])}
    assert await rights.own_count(asking(), ANA) == len(DEPARTMENTS)


async def test_what_cannot_be_is_refused_before_anything_is_kept(database: HubDatabase, tmp_path: Path) -> None:
    rights = rights_of(database, tmp_path, Clock())
    with pytest.raises(BadInput):
        await opened(rights, "x" * 1_001)
    with pytest.raises(BadInput):
        await rights.withdraw(asking(), ANA, Purpose.LEGAL_OBLIGATION)
    with pytest.raises(NotFound):
        await rights.answer(asking(Role.DPO), "0" * 32, RightsState.DONE, None)
    (one, _) = await opened(rights, "x" * 1_000)
    with pytest.raises(BadInput):
        await rights.answer(asking(Role.DPO), one.id, RightsState.REFUSED, None)
    async with database.reading() as connection:
        assert await connection.scalar(select(func.count()).select_from(ledger_entries)) == len(DEPARTMENTS)


async def test_a_consent_is_withdrawn_once_and_of_one_person(database: HubDatabase, tmp_path: Path) -> None:
    clock = Clock()
    rights = rights_of(database, tmp_path, clock)
    both = frozenset({str(ANA), str(BUDI)})
    assert await rights.withdrawn(asking(), Purpose.OUTREACH, both) == frozenset()
    assert [one.withdrawn_at for one in await rights.withdraw(asking(), ANA, Purpose.OUTREACH)] == [NOW]
    clock.now += timedelta(days=1)
    assert [one.withdrawn_at for one in await rights.withdraw(asking(), ANA, Purpose.OUTREACH)] == [NOW]
    assert await rights.withdrawn(asking(), Purpose.OUTREACH, both) == frozenset({str(ANA)})
    assert [one.withdrawn_at for one in await rights.consents(asking(), BUDI)] == [None]
    many = frozenset(f"{number:016}" for number in range(1_201)) | both
    assert await rights.withdrawn(asking(), Purpose.OUTREACH, many) == frozenset({str(ANA)})


async def test_a_consent_is_given_again_and_each_step_is_in_the_ledger(database: HubDatabase, tmp_path: Path) -> None:
    clock = Clock()
    rights = rights_of(database, tmp_path, clock)
    both = frozenset({str(ANA), str(BUDI)})
    # What stands already needs no giving.
    assert [one.withdrawn_at for one in await rights.give(asking(), ANA, Purpose.OUTREACH)] == [None]
    await rights.withdraw(asking(), ANA, Purpose.OUTREACH)
    await rights.withdraw(asking(), BUDI, Purpose.OUTREACH)
    assert [one.withdrawn_at for one in await rights.give(asking(), ANA, Purpose.OUTREACH)] == [None]
    assert await rights.withdrawn(asking(), Purpose.OUTREACH, both) == frozenset({str(BUDI)})
    clock.now += timedelta(days=1)
    assert [one.withdrawn_at for one in await rights.withdraw(asking(), ANA, Purpose.OUTREACH)] == [clock.now]
    with pytest.raises(BadInput):
        await rights.give(asking(), ANA, Purpose.LEGAL_OBLIGATION)
    steps = [entry.note async for entry in entries_between(database, None, None, EntryKind.STEP)]
    assert [orjson.loads(note.detail or "")["state"] for note in steps if note.persons == (MARKS.of_person(ANA),)] == [
        "WITHDRAWN",
        "GIVEN",
        "WITHDRAWN",
    ]
    assert (await verified(database)).problems == []


async def test_a_receipt_is_kept_with_each_request_and_the_last_search_stands(
    database: HubDatabase, tmp_path: Path
) -> None:
    clock = Clock()
    rights = rights_of(database, tmp_path, clock)
    both = await opened(rights)
    first = [
        ErasureSearch(ErasurePlace.READ_CACHE, NOW, None),
        ErasureSearch(ErasurePlace.COPIES, NOW, Searched(900, 2, 2)),
    ]
    assert [one.receipt for one in await rights.keep_receipt(asking(), ANA, both, first)] == [tuple(first)] * 2
    assert [one.receipt for one in await opened(rights)] == [tuple(first)] * 2
    later = [ErasureSearch(ErasurePlace.READ_CACHE, NOW + timedelta(hours=1), Searched(4, 1, 1))]
    await rights.keep_receipt(asking(), ANA, both[:1], later)
    found = {one.id: one.receipt for one in await rights.own_page(asking(), ANA, 10, None)}
    assert found == {both[0].id: (*later, first[1]), both[1].id: tuple(first)}
    assert (await verified(database)).problems == []


async def test_the_tables_of_the_hub_are_searched(database: HubDatabase, tmp_path: Path) -> None:
    rights = rights_of(database, tmp_path, Clock())
    await opened(rights)
    dashed = f"{ANA[:4]}-{ANA[4:8]}-{ANA[8:12]}-{ANA[12:]}"
    for name, contact in ((f"App of {ANA}", f"{dashed}, or {ANA}"), ("Peta", f"KTP {BUDI}")):
        await add_client(database, name=name, contact=contact, scopes=["read:public"], clock=lambda: NOW)
    places = ErasurePlaces(database, MARKS)
    sought = Sought(ANA, (str(ANA), dashed))
    # The number stands in a name, and twice in a contact.
    assert await places.contacts(sought) == Searched(2, 3, 3)
    assert [(one.name, one.contact) for one in await list_clients(database, 10)] == [
        ("Peta", f"KTP {BUDI}"),
        (f"App of {'*' * 16}", f"****-****-****-****, or {'*' * 16}"),
    ]
    assert await places.contacts(sought) == Searched(2, 0, 0)
    assert await places.open_requests(sought) == Searched(2, 2, 0)
    assert await places.ledger(sought) == Searched(2, 2, 0)
    (one, _) = await opened(rights)
    await rights.answer(asking(Role.DPO), one.id, RightsState.DONE, None)
    assert await places.open_requests(sought) == Searched(1, 1, 0)
    assert await places.ledger(Sought(BUDI, (str(BUDI),))) == Searched()


async def test_a_backup_brings_requests_back_with_whom_they_are_from(database: HubDatabase, tmp_path: Path) -> None:
    rights = rights_of(database, tmp_path, Clock())
    one, _ = await opened(rights, "canary")
    await rights.withdraw(asking(), ANA, Purpose.OUTREACH)
    await back_up(database, tmp_path / "kept.zip")
    await asyncio.to_thread(upgrade, f"sqlite:///{(tmp_path / 'elsewhere.db').as_posix()}")
    elsewhere = HubDatabase(f"sqlite:///{(tmp_path / 'elsewhere.db').as_posix()}")
    try:
        contents = await restore(elsewhere, tmp_path / "kept.zip")
        assert (contents["rights_requests"].rows, contents["rights_steps"].rows) == (2, 2)
        assert contents[consent_withdrawals.name].rows == 1
        there = rights_of(elsewhere, tmp_path / "there", Clock())
        (found, _) = await there.own_page(asking(), ANA, 10, None)
        asker = there.asker_of(found)
        assert asker is not None
        assert (asker.nik, asker.reason) == (ANA, "canary")
        assert one.id in {each.id for each in await there.own_page(asking(), ANA, 10, None)}
    finally:
        await elsewhere.close()


def test_a_seal_opens_only_at_its_place_and_only_here() -> None:
    sealed = SEALS.sealed("one", "canary")
    assert SEALS.opened("one", sealed) == "canary"
    assert SEALS.sealed("one", "canary") != sealed
    with pytest.raises(InvalidTag):
        SEALS.opened("two", sealed)
    with pytest.raises(InvalidTag):
        Seals(b"another secret, which is long enough too").opened("one", sealed)
