"""By key: a register that is asked for single people, under a quota, and of which nothing is kept."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from connectors.criteria import CountCriteria, Keyset, KeysetMismatch, Order, ParentKeys
from connectors.decoders import nik, number_key, text
from connectors.guard.guard import Guard
from connectors.http.access import UnusableAnswer
from connectors.load import LoadContract
from connectors.mapping import Mapping, MappingError, column, column_equals
from connectors.protocol import SourceBroken, SourceFailure, SourceUnreachable
from connectors.rest import Lookup, Quota, Resource, RestByKey
from connectors.rest.by_key import DAY_S, Calls, RestConnector
from connectors.sources import Source
from models.batch import SourceState
from models.errors import DepartmentUnavailable
from models.predicates import EVERYTHING, And, Compare, Not, Operator, Or, is_in
from models.records import Record, field
from models.values.types import Nik
from tests.connectors.reading import CALL, read
from tests.connectors.web import HTML, Asked, Web, opening, said, served
from tests.graph.harness import request_of


class Person(Record, name="people"):
    """Somebody."""

    id: str = field("The key")
    nik: Nik | None = field("The number")
    card: str | None = field("The family card")
    name: str | None = field("The name")


PENDUDUK = sa.table(
    "penduduk",
    sa.column("id", sa.Integer),
    sa.column("nik", sa.String(20)),
    sa.column("no_kk", sa.String(16)),
    sa.column("nama", sa.String(60)),
    sa.column("status", sa.String(1)),
)
PEOPLE = Mapping(
    record=Person,
    source="register",
    selectable=PENDUDUK,
    columns={
        "id": column("id", decoder=number_key()),
        "nik": column("nik", decoder=nik()),
        "card": column("no_kk", decoder=text()),
        "name": column("nama", decoder=text()),
    },
    alive=column_equals("status", "1"),
)
BY_NIK = Lookup("nik", "/penduduk/{key}", "data")
IN_BATCHES = Lookup("id", "/penduduk", "data", "ids", keys_max=3)
BY_CARD = Lookup("card", "/keluarga", "data.anggota", "kk")
PATHS = {"nama": "pribadi.nama"}
KIND = RestByKey((Resource("penduduk", (BY_NIK, IN_BATCHES, BY_CARD), PATHS),))


def number(at: int) -> str:
    return f"367101410190900{at}"


def person(at: int, status: str = "1", spelled: str = "") -> dict[str, object]:
    card = "KK1" if at < 3 else "KK2"
    return {"id": at, "nik": spelled or number(at), "no_kk": card, "pribadi": {"nama": f"Orang {at}"}, "status": status}


REGISTER = {at: person(at, "0" if at == 5 else "1", "3671.0141.0190.9002" if at == 9 else "") for at in range(1, 8)}


def register(asked: Asked) -> bytes:
    parts = asked.path.split("/")
    if parts[1] == "keluarga":
        members = [one for one in REGISTER.values() if one["no_kk"] == asked.parameters["kk"]]
        return said(json.dumps({"data": {"anggota": members}}))
    if len(parts) == 2:
        return said(
            json.dumps(
                {"data": [REGISTER[int(one)] for one in asked.parameters["ids"].split(",") if int(one) in REGISTER]}
            )
        )
    found = [one for one in REGISTER.values() if one["nik"] == parts[2]]
    return said(json.dumps({"data": found[0]})) if found else said("", "text/html", "404 Not Found")


@asynccontextmanager
async def opened(
    folder: Path,
    kind: RestByKey = KIND,
    say: Callable[[Asked], bytes | AsyncIterator[bytes]] = register,
    connections: int = 4,
) -> AsyncIterator[tuple[RestConnector, Web]]:
    async with served(say) as web:
        load = LoadContract(connections_max=connections)
        connector = kind.connector(opening(web.url, folder, PEOPLE, load=load))
        try:
            yield connector, web
        finally:
            await connector.close()


def niks(*at: int) -> tuple[Nik, ...]:
    return tuple(Nik(number(one)) for one in at)


# --- What it can ------------------------------------------------------------------------------------------------------


async def test_one_key_is_one_call(tmp_path: Path) -> None:
    async with opened(tmp_path) as (connector, web):
        rows = await read(connector, PEOPLE, ("id", "nik", "name"), is_in("nik", *niks(2)))
    assert rows.columns == {"id": [2], "nik": [number(2)], "nama": ["Orang 2"]}
    assert (rows.length, rows.keyset, rows.parents, rows.copied_at) == (1, [(2,)], (), None)
    assert [asked.target for asked in web.asked] == [f"/penduduk/{number(2)}"]


async def test_nobody_is_no_row(tmp_path: Path) -> None:
    async with opened(tmp_path) as (connector, web):
        assert (await read(connector, PEOPLE, where=is_in("nik", *niks(8)))).length == 0
        assert (await read(connector, PEOPLE, where=is_in("id", "not a number"))).length == 0
    assert len(web.asked) == 1


async def test_many_keys_go_in_batches(tmp_path: Path) -> None:
    async with opened(tmp_path) as (connector, web):
        rows = await read(connector, PEOPLE, where=is_in("id", *map(str, (7, 1, 2, 3, 9, 4, 1))))
    assert rows.columns["id"] == [1, 2, 3, 4, 7]
    assert sorted(asked.parameters["ids"] for asked in web.asked) == ["3,9,4", "7,1,2"]


async def test_single_calls_run_at_most_as_many_at_once_as_the_contract_allows(tmp_path: Path) -> None:
    async def slowly(asked: Asked) -> AsyncIterator[bytes]:
        await asyncio.sleep(0.02)
        yield register(asked)

    async with opened(tmp_path, say=slowly, connections=2) as (connector, web):
        rows = await read(connector, PEOPLE, where=is_in("nik", *niks(1, 2, 3, 4, 6, 7)))
    assert (rows.length, len(web.asked), web.open_most) == (6, 6, 2)


async def test_children_of_parents(tmp_path: Path) -> None:
    parents = ParentKeys("card", (("KK2",), (), ("KK1", "KK2"), ("KK0",)))
    async with opened(tmp_path) as (connector, web):
        rows = await read(connector, PEOPLE, parents=parents, rows_max=2)
        last = await read(connector, PEOPLE, parents=parents, rows_max=2, reverse=True)
    assert list(zip(rows.parents, rows.columns["id"], strict=True)) == [(0, 3), (0, 4), (2, 1), (2, 2)]
    assert list(zip(last.parents, last.columns["id"], strict=True)) == [(0, 6), (0, 7), (2, 6), (2, 7)]
    assert len(web.asked) == 6


async def test_pages_by_key_both_ways(tmp_path: Path) -> None:
    everybody = is_in("id", *map(str, range(1, 8)))
    down = (Order("id", descending=True),)
    async with opened(tmp_path) as (connector, _):

        async def ids(order: tuple[Order, ...] = (Order("id"),), **more: object) -> list[object]:
            rows = await read(connector, PEOPLE, where=everybody, order=order, rows_max=2, **more)  # type: ignore[arg-type]
            return list(rows.columns["id"])

        assert await ids() == [1, 2]
        assert await ids(keyset=Keyset((2,))) == [3, 4]
        assert await ids(keyset=Keyset((4,), before=True), reverse=True) == [2, 3]
        assert await ids(reverse=True) == [6, 7]
        assert await ids(down) == [7, 6]
        assert await ids(down, keyset=Keyset((6,))) == [4, 3]
        assert await ids(down, keyset=Keyset((3,), before=True), reverse=True) == [6, 4]
        with pytest.raises(KeysetMismatch):
            await ids(keyset=Keyset((1, 2)))


async def test_what_else_must_hold_is_looked_at_in_the_hub(tmp_path: Path) -> None:
    own = is_in("nik", *niks(1, 2))
    async with opened(tmp_path) as (connector, _):

        async def ids(where: object) -> list[object]:
            rows = await read(connector, PEOPLE, where=where)  # type: ignore[arg-type]  # a predicate
            return list(rows.columns["id"])

        family = is_in("card", "KK1", "KK2")
        assert await ids(family) == [1, 2, 3, 4, 6, 7]
        assert await ids(And((family, Or((is_in("name", "Orang 4"), own))))) == [1, 2, 4]
        assert await ids(And((family, Not(is_in("name", "Orang 4")), Compare("nik", Operator.IS_NULL, ())))) == []
        with pytest.raises(SourceBroken):
            await ids(And((family, Compare("name", Operator.CONTAINS, ("Orang",)))))


async def test_a_service_that_ignores_its_parameter_gives_nothing_that_was_not_asked_for(tmp_path: Path) -> None:
    everybody = said(json.dumps({"data": list(REGISTER.values())}))
    async with opened(tmp_path, say=lambda _: everybody) as (connector, _):
        assert (await read(connector, PEOPLE, where=is_in("nik", *niks(3)))).columns["id"] == [3]


# --- What it refuses --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "where",
    [
        EVERYTHING,
        is_in("name", "Orang 1"),
        Not(is_in("nik", *niks(1))),
        Or((is_in("nik", *niks(1)), is_in("name", "x"))),
        Compare("nik", Operator.IS_NULL, ()),
    ],
)
async def test_without_a_key_nothing_is_asked(tmp_path: Path, where: object) -> None:
    async with opened(tmp_path) as (connector, web):
        with pytest.raises(SourceBroken):
            await read(connector, PEOPLE, where=where)  # type: ignore[arg-type]  # a predicate
        with pytest.raises(SourceBroken):
            await read(connector, PEOPLE, parents=ParentKeys("name", (("x",),)))
        with pytest.raises(SourceBroken):
            await read(connector, PEOPLE, where=is_in("nik", *niks(1)), order=(Order("name"), Order("id")))
        with pytest.raises(SourceBroken):
            await connector.count(PEOPLE, CountCriteria("people"), CALL)
    assert web.asked == []


async def test_it_declares_what_it_can(tmp_path: Path) -> None:
    async with opened(tmp_path) as (connector, web):
        can = await connector.probe()
        assert (can.operators, can.sorts, can.counts, can.joins) == (frozenset({Operator.IN}), False, False, False)
        assert can.only_by == frozenset({"people.nik", "people.id", "people.card"})
        assert await connector.columns_of(PEOPLE) == {
            "id": "INTEGER",
            "nik": "VARCHAR(20)",
            "no_kk": "VARCHAR(16)",
            "nama": "VARCHAR(60)",
            "status": "VARCHAR(1)",
        }
        assert await connector.indexes_of(PEOPLE) == {}
    assert web.asked == []


async def test_too_many_keys_for_one_read_are_refused(tmp_path: Path) -> None:
    async with opened(tmp_path, replace(KIND, keys_max=3)) as (connector, web):
        with pytest.raises(SourceUnreachable):
            await read(connector, PEOPLE, where=is_in("id", "1", "2", "3", "4"))
    assert web.asked == []


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        (said(HTML, "text/html"), UnusableAnswer),
        (said("{}", "application/json", "500 Oops"), SourceUnreachable),
        (said('{"data": [1]}'), UnusableAnswer),
        (said('{"data": "x"}'), UnusableAnswer),
        (said('{"data": [{"id"'), SourceUnreachable),
        (said("\0\x01garbage"), SourceUnreachable),
        (b"\x13\x37 garbage\r\n\r\n", SourceUnreachable),
        (said(json.dumps({"data": [person(1)] * 2_001})), SourceBroken),
    ],
)
async def test_one_bad_answer_fails_the_read_and_stops_the_others(
    tmp_path: Path, answer: bytes, failure: type[SourceFailure]
) -> None:
    async def say(asked: Asked) -> AsyncIterator[bytes]:
        if not asked.path.endswith("1"):
            await asyncio.sleep(5)
        yield answer

    async with opened(tmp_path, say=say) as (connector, _), asyncio.timeout(2):
        with pytest.raises(failure) as raised:
            await read(connector, PEOPLE, where=is_in("nik", *niks(1, 2)))
    assert type(raised.value) is failure
    assert number(1) not in str(raised.value)


@pytest.mark.parametrize(("status", "good"), [("200 OK", True), ("404 Not Found", False), ("503 Busy", False)])
async def test_its_health_is_asked_where_it_has_one(tmp_path: Path, status: str, good: bool) -> None:
    async with opened(tmp_path, replace(KIND, health="/sehat"), lambda _: said("ok", "text/plain", status)) as (
        connector,
        web,
    ):
        for ask in (connector.probe, lambda: connector.columns_of(PEOPLE)):
            if good:
                assert await ask()
            else:
                with pytest.raises(SourceUnreachable):
                    await ask()
    assert [asked.path for asked in web.asked] == ["/sehat", "/sehat"]


# --- Quota and retention ----------------------------------------------------------------------------------------------


def test_a_quota_is_counted_by_the_minute_and_by_the_day() -> None:
    now = 0.0
    calls = Calls(Quota(3, 5), lambda: now)
    calls.take(2)
    with pytest.raises(SourceUnreachable, match="3 calls a minute"):
        calls.take(2)
    calls.take()
    now = 60.0
    calls.take(2)
    now = 120.0
    with pytest.raises(SourceUnreachable, match="5 calls a day"):
        calls.take()
    now = DAY_S
    calls.take(3)


@pytest.mark.parametrize(("minute", "day"), [(0, 1), (2, 1), (1, 10_000_000)])
def test_a_quota_that_is_none_is_refused(minute: int, day: int) -> None:
    with pytest.raises(ValueError, match="quota"):
        Quota(minute, day)


async def test_beyond_the_quota_the_department_is_unavailable_and_the_log_says_why(tmp_path: Path) -> None:
    logged: list[tuple[str, str, str]] = []
    guard = Guard(lambda source, what, failure: logged.append((source, what, str(failure))))
    source = Source("register", "disdukcapil", "Register")
    async with opened(tmp_path, replace(KIND, quota=Quota(2, 10))) as (connector, web):
        request = request_of()

        async def ask(*at: int) -> int:
            work = lambda: read(connector, PEOPLE, where=is_in("nik", *niks(*at)))  # noqa: E731  # for one line
            return (await guard.call(source, "Disdukcapil", request, work)).length

        assert await ask(1, 2) == 2
        with pytest.raises(DepartmentUnavailable):
            await ask(3)
    assert len(web.asked) == 2
    assert logged == [("register", "unavailable", "the quota of 2 calls a minute is used up")]
    assert request.report.lines["register"].state is SourceState.UNAVAILABLE


def test_of_what_may_not_be_kept_no_mapping_may_promise_a_stale_answer(tmp_path: Path) -> None:
    stale = replace(PEOPLE, stale_for=timedelta(hours=1))
    KIND.connector(opening("http://host/", tmp_path, stale))
    with pytest.raises(MappingError, match="nothing of register may be kept"):
        replace(KIND, keeps_nothing=True).connector(opening("http://host/", tmp_path, stale))
    replace(KIND, keeps_nothing=True).connector(opening("http://host/", tmp_path, PEOPLE))


@pytest.mark.parametrize(
    "kind",
    [
        RestByKey(()),
        RestByKey((Resource("lain", (BY_NIK,)),)),
        RestByKey((Resource("penduduk", ()),)),
        RestByKey((Resource("penduduk", (Lookup("alamat", "/x"),)),)),
    ],
)
def test_a_mapping_that_cannot_be_served_is_refused(tmp_path: Path, kind: RestByKey) -> None:
    with pytest.raises(MappingError):
        kind.connector(opening("http://host/", tmp_path, PEOPLE))


def test_a_select_cannot_be_asked_by_key(tmp_path: Path) -> None:
    selected = replace(PEOPLE, selectable=sa.select(PENDUDUK).subquery("t"))
    with pytest.raises(MappingError, match="select"):
        KIND.connector(opening("http://host/", tmp_path, selected))
