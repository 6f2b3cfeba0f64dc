"""The suite that every kind of connector passes: what it declares it does exactly, what it does not it refuses."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import pytest

from connectors.criteria import CountCriteria, Criteria, Keyset, Order, ParentKeys
from connectors.guard.connections import lines_of
from connectors.guard.guard import Guard
from connectors.guard.question_shapes import shape_of
from connectors.mapping import Mapping
from connectors.protocol import Rows, SourceBroken, SourceFailure, SourceUnreachable
from connectors.sources import Source
from models.errors import DepartmentTimeout
from models.policy.viewer import Role
from models.predicates import EVERYTHING, And, Compare, Not, Operator, Or, Predicate, is_in
from tests.connectors.conformance.kinds import DATABASES, KINDS, LOAD, Opened
from tests.connectors.conformance.notes import NOTES, Truth, mapping_of
from tests.connectors.guards import NOTHING_MS, request
from tests.connectors.reading import BY_ID, CALL, read

FIELDS = ("id", "title", "section", "at")
KEYS = is_in("id", *(note.id for note in NOTES))
PAGE = 7

Holds = Callable[[Truth], bool]


@pytest.fixture(scope="module", params=KINDS)
def kind(request: pytest.FixtureRequest) -> tuple[str, str]:
    """Each kind in turn, and the URL of its database if it wants one."""
    name = str(request.param)
    return name, str(request.getfixturevalue(DATABASES[name])) if name in DATABASES else ""


@pytest.fixture(scope="module")
async def opened(kind: tuple[str, str], tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Opened]:
    """A kind opened once over the same notes."""
    name, database = kind
    async with KINDS[name](database, tmp_path_factory.mktemp("conformance")) as found:
        yield found


def everything(opened: Opened) -> Predicate:
    """What asks for all notes: nothing, or all keys where a source is asked by key only."""
    return EVERYTHING if opened.connector.capabilities.only_by is None else KEYS


def clean(mapping: Mapping, rows: Rows) -> list[Truth]:
    """The rows as the hub gives them; nothing of them may be a flaw."""
    columns = []
    for name in FIELDS:
        mapped = mapping.columns[name]
        decoded = mapped.decoder.decode(*(rows.columns[legacy] for legacy in mapped.legacy))
        assert decoded.flaws == {}
        columns.append(decoded.values)
    return [Truth(*values) for values in zip(*columns, strict=True)]


async def notes(
    opened: Opened,
    where: Predicate = EVERYTHING,
    order: tuple[Order, ...] = BY_ID,
    rows_max: int = 1_000,
    *,
    keyset: Keyset | None = None,
    reverse: bool = False,
) -> list[Truth]:
    both = And((everything(opened), where))
    rows = await read(opened.connector, opened.mapping, FIELDS, both, order, rows_max, keyset=keyset, reverse=reverse)
    assert rows.length == len(rows.keyset)
    return clean(opened.mapping, rows)


async def refused(opened: Opened, work: object) -> None:
    with pytest.raises(SourceBroken):
        await work  # type: ignore[misc]  # an awaitable


# --- By key and by parent ---------------------------------------------------------------------------------------------


async def test_one_by_its_key(opened: Opened) -> None:
    for note in (NOTES[0], NOTES[5], NOTES[29]):
        assert await notes(opened, is_in("id", note.id)) == [note]
    assert await notes(opened, is_in("id", "n30")) == []


async def test_many_by_their_keys(opened: Opened) -> None:
    wanted = [NOTES[at] for at in (28, 3, 4, 11, 19, 0, 7, 22, 23, 24, 25, 26)]
    keys = is_in("id", *(note.id for note in wanted), "n30", "N03")
    assert await notes(opened, keys) == sorted(wanted, key=lambda note: note.id)


async def test_children_of_parents(opened: Opened) -> None:
    groups = (("pasar",), ("jalan", "taman"), ("lain",), (), ("pasar", "lain"))
    parents = ParentKeys("section", groups)
    for reverse in (False, True):
        rows = await read(opened.connector, opened.mapping, FIELDS, rows_max=3, parents=parents, reverse=reverse)
        expected = []
        for ordinal, group in enumerate(groups):
            mine = [note for note in NOTES if note.section in group]
            expected += [(ordinal, note) for note in (mine[-3:] if reverse else mine[:3])]
        assert list(zip(rows.parents, clean(opened.mapping, rows), strict=True)) == expected


async def test_children_by_key_with_a_condition(opened: Opened) -> None:
    parents = ParentKeys("id", tuple((note.id,) for note in NOTES))
    rows = await read(opened.connector, opened.mapping, FIELDS, is_in("section", "taman"), parents=parents, rows_max=2)
    found = list(zip(rows.parents, clean(opened.mapping, rows), strict=True))
    assert found == [(at, note) for at, note in enumerate(NOTES) if note.section == "taman"]


# --- Filters, orders, pages, counts -----------------------------------------------------------------------------------

MOMENT = NOTES[3].at
FILTERS: dict[str, tuple[Predicate, Operator, Holds]] = {
    "in": (is_in("section", "pasar", "jalan"), Operator.IN, lambda note: note.section in {"pasar", "jalan"}),
    "isNull": (Compare("section", Operator.IS_NULL, ()), Operator.IS_NULL, lambda note: note.section is None),
    "contains": (
        Compare("title", Operator.CONTAINS, ("CATATAN 1",)),
        Operator.CONTAINS,
        lambda note: "Catatan 1" in (note.title or ""),
    ),
    "gt": (Compare("at", Operator.GT, (MOMENT,)), Operator.GT, lambda note: note.at > MOMENT),
    "gte": (Compare("at", Operator.GTE, (MOMENT,)), Operator.GTE, lambda note: note.at >= MOMENT),
    "lt": (Compare("at", Operator.LT, (MOMENT,)), Operator.LT, lambda note: note.at < MOMENT),
    "lte": (Compare("at", Operator.LTE, (MOMENT,)), Operator.LTE, lambda note: note.at <= MOMENT),
    "not in": (Not(is_in("section", "pasar")), Operator.IN, lambda note: note.section != "pasar"),
    "or": (
        Or((is_in("section", "taman"), is_in("id", "n00", "n01"))),
        Operator.IN,
        lambda note: note.section == "taman" or note.id in {"n00", "n01"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FILTERS)
async def test_filters(opened: Opened, name: str) -> None:
    where, operator, holds = FILTERS[name]
    if operator in opened.connector.capabilities.operators or operator is Operator.IS_NULL:
        expected = [note for note in NOTES if holds(note)]
        assert 0 < len(expected) < len(NOTES)
        assert await notes(opened, where) == expected
    else:
        await refused(opened, notes(opened, where))


ORDERS: dict[str, tuple[tuple[Order, ...], Callable[[Sequence[Truth]], list[Truth]]]] = {
    "key": (BY_ID, list),
    "key down": ((Order("id", descending=True),), lambda all_of: list(reversed(all_of))),
    "moment": ((Order("at"), Order("id")), lambda all_of: sorted(all_of, key=lambda note: (note.at, note.id))),
    "section, those without one last": (
        (Order("section"), Order("id")),
        lambda all_of: sorted(all_of, key=lambda note: (note.section is None, note.section or "", note.id)),
    ),
    "title down, those without one last": (
        (Order("title", descending=True), Order("id", descending=True)),
        lambda all_of: [
            *sorted((note for note in all_of if note.title), key=lambda note: note.title or "", reverse=True),
            *sorted((note for note in all_of if not note.title), key=lambda note: note.id, reverse=True),
        ],
    ),
}


@pytest.mark.parametrize("name", ORDERS)
async def test_orders_and_pages_both_ways(opened: Opened, name: str) -> None:
    order, arranged = ORDERS[name]
    if not opened.connector.capabilities.sorts and order[0].field != "id":
        await refused(opened, notes(opened, order=order))
        return
    expected = arranged(NOTES)
    assert await notes(opened, order=order) == expected
    forwards: list[Truth] = []
    backwards: list[Truth] = []
    after = before = None
    for _ in range(len(expected) // PAGE + 1):
        rows = await _page(opened, order, after, reverse=False)
        forwards += clean(opened.mapping, rows)
        after = Keyset(rows.keyset[-1])
    for _ in range(len(expected) // PAGE + 1):
        rows = await _page(opened, order, before, reverse=True)
        backwards[:0] = clean(opened.mapping, rows)
        before = Keyset(rows.keyset[0], before=True)
    assert (forwards, backwards) == (expected, expected)
    assert (await _page(opened, order, after, reverse=False)).length == 0
    assert (await _page(opened, order, before, reverse=True)).length == 0


async def _page(opened: Opened, order: tuple[Order, ...], keyset: Keyset | None, *, reverse: bool) -> Rows:
    where = everything(opened)
    return await read(opened.connector, opened.mapping, FIELDS, where, order, PAGE, keyset=keyset, reverse=reverse)


async def test_counts(opened: Opened) -> None:
    connector, mapping = opened.connector, opened.mapping
    parents = ParentKeys("section", (("pasar",), ("lain",), ("jalan", "taman")))
    asked = [CountCriteria("notes", is_in("section", "taman")), CountCriteria("notes", parents=parents)]
    if not connector.capabilities.counts:
        for criteria in asked:
            await refused(opened, connector.count(mapping, criteria, CALL))
        return
    taman = sum(note.section == "taman" for note in NOTES)
    counts = [sum(note.section in group for note in NOTES) for group in parents.keys]
    assert await connector.count(mapping, asked[0], CALL) == [taman]
    assert await connector.count(mapping, asked[1], CALL) == counts
    assert await connector.count(mapping, CountCriteria("notes"), CALL) == [len(NOTES)]


async def test_without_a_key_a_source_by_key_refuses(opened: Opened) -> None:
    if opened.connector.capabilities.only_by is None:
        assert (await read(opened.connector, opened.mapping, rows_max=4)).length == 4
        return
    await refused(opened, read(opened.connector, opened.mapping, rows_max=4))
    for name in opened.connector.capabilities.only_by:
        record, _, field = name.partition(".")
        assert record == opened.mapping.record.name
        assert field in opened.mapping.columns


# --- What it says of itself -------------------------------------------------------------------------------------------


async def test_it_can_what_it_declared_before_it_was_asked(opened: Opened) -> None:
    declared = opened.connector.capabilities
    assert await opened.connector.probe() == declared
    assert declared.keys_max >= len(NOTES)


async def test_its_columns_are_those_of_the_mapping(opened: Opened) -> None:
    columns = await opened.connector.columns_of(opened.mapping)
    assert columns is not None
    assert set(opened.mapping.selectable.c.keys()) <= set(columns)
    indexes = await opened.connector.indexes_of(opened.mapping)
    assert set(indexes) <= {str(getattr(opened.mapping.selectable, "name", ""))}


async def test_only_the_columns_that_were_asked_for_come(opened: Opened) -> None:
    rows = await read(opened.connector, opened.mapping, ("title",), is_in("id", "n00"))
    assert list(rows.columns) == list(opened.mapping.columns["title"].legacy)


# --- How it fails -----------------------------------------------------------------------------------------------------


async def test_a_source_that_is_away_is_unreachable(opened: Opened) -> None:
    with pytest.raises(SourceUnreachable) as raised:
        await read(opened.away, opened.mapping, where=is_in("id", "n00"))
    assert "n00" not in str(raised.value)
    if opened.away.capabilities.counts:
        with pytest.raises(SourceUnreachable):
            await opened.away.count(opened.mapping, CountCriteria("notes"), CALL)


async def test_a_table_that_is_not_there_fails_with_nothing_but_a_source_failure(opened: Opened) -> None:
    other = mapping_of("tidak_ada", ("kode", "judul", "bagian", "waktu"))
    assert await opened.connector.columns_of(other) is None
    with pytest.raises(SourceFailure):
        await read(opened.connector, other, where=is_in("id", "n00"))


async def test_abandoned_reads_end_and_leave_the_connector_whole(opened: Opened) -> None:
    reads = [asyncio.ensure_future(notes(opened)) for _ in range(12)]
    await asyncio.sleep(0.002)
    for one in reads[::2]:
        one.cancel()
    done, waiting = await asyncio.wait(reads, timeout=5)
    assert not waiting
    assert all(one.cancelled() or one.result() == list(NOTES) for one in done)
    assert await notes(opened) == list(NOTES)


async def test_many_reads_at_once(opened: Opened) -> None:
    found = await asyncio.gather(*(notes(opened, is_in("id", note.id)) for note in NOTES))
    assert found == [[note] for note in NOTES]


async def test_closing_ends_it(opened: Opened) -> None:
    await opened.away.close()
    await opened.away.close()


async def test_behind_the_guard_connections_come_back_and_what_is_too_slow_is_refused(opened: Opened) -> None:
    connector, mapping = opened.connector, opened.mapping
    source = Source("notes", "diskominfo", "Catatan", LOAD)
    guard = Guard(lambda *_: None, connections=lines_of({"notes": connector}))
    criteria = Criteria(mapping.record.name, FIELDS, everything(opened), BY_ID, 100)

    async def ask(role: Role, budget_ms: float | None = None) -> Any:
        asked = request(role=role) if budget_ms is None else request(budget_ms, role)
        return await guard.call(
            source,
            "Diskominfo",
            asked,
            lambda: connector.read(mapping, criteria, CALL),
            is_local=connector.is_local,
            asked=lambda: shape_of(criteria),
        )

    assert (await ask(Role.OFFICER)).length == len(NOTES)
    for _ in range(12):
        with pytest.raises(DepartmentTimeout):
            await ask(Role.ANONYMOUS, NOTHING_MS)
    for role in (Role.ANONYMOUS, Role.OFFICER):
        assert (await ask(role)).length == len(NOTES)
    (door,) = guard.bulkheads.values()
    async with asyncio.timeout(5):
        while door.abandoned or door.connections.taken:  # noqa: ASYNC110  # no event tells
            await asyncio.sleep(0.001)
    assert (door.connections.taken, door.connections.waiting) == (0, 0)
    assert door.keeps_line is not connector.is_local
    for _ in range(2):
        door.slow.ran_out((request(role=Role.ANONYMOUS).caller, shape_of(criteria)))
    with pytest.raises(DepartmentTimeout) as refused:
        await ask(Role.ANONYMOUS)
    assert refused.value.message == "question_slow"
    assert (await ask(Role.OFFICER)).length == len(NOTES)
    await guard.close()
