"""A source that can be asked by key only: everything else is refused before anything is asked."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from connectors.catalog import Catalog
from connectors.criteria import Order, ParentKeys
from connectors.departments.city import TANGERANG
from connectors.guard.guard import Guard
from connectors.sources import CityPackage, Source
from models.batch import ServedFrom
from models.errors import NotSupported
from models.predicates import EVERYTHING, And, Compare, Not, Operator, Or, Predicate, is_in
from models.values.localized import Language
from resolvers.reads import Columns, Read
from resolvers.records import Records
from resolvers.source_reader import SourceReader
from tests.connectors.rest.test_by_key import KIND, PEOPLE, Person, niks, register
from tests.connectors.web import Web, opening, served
from tests.graph.harness import request_of

PACKAGE = CityPackage(TANGERANG, (Source("register", "disdukcapil", "Register", kind=KIND),), (PEOPLE,))
NAMES = Columns(frozenset({"id", "name"}))


def note(finding: object) -> None:
    raise AssertionError(finding)


@asynccontextmanager
async def register_of(folder: Path) -> AsyncIterator[tuple[Records, Web]]:
    async with served(register) as web:
        catalog = Catalog(PACKAGE, {"register": KIND.connector(opening(web.url, folder, PEOPLE))})
        yield Records(catalog, SourceReader(Guard(lambda *_: None), note)), web
        await catalog.close()


async def test_it_is_read_by_any_of_its_keys(tmp_path: Path) -> None:
    async with register_of(tmp_path) as (records, _):
        request = request_of()
        by_number = await records.read(request, Read(Person, NAMES, is_in("nik", *niks(2)), rows_max=5))
        given = await records.read(request, Read(Person, NAMES, given=is_in("id", "3"), rows_max=5))
        within = Read(Person, NAMES, And((is_in("card", "KK2"), is_in("name", "Orang 4", "Orang 1"))), rows_max=5)
        assert (await records.read(request, within)).columns["name"] == ["Orang 4"]
        parents = ParentKeys("card", (("KK1",), ("KK0",)))
        children = await records.read(request, Read(Person, NAMES, parents=parents, rows_max=5))
    assert (by_number.columns["name"], given.columns["name"]) == (["Orang 2"], ["Orang 3"])
    assert (children.columns["name"], list(children.parents)) == (["Orang 1", "Orang 2"], [0, 0])
    assert by_number.origin.served_from is ServedFrom.SOURCE


@pytest.mark.parametrize(
    ("where", "said"),
    [
        (EVERYTHING, '"people" on "card". It can: eq, in.'),
        (is_in("name", "Orang 1"), '"people" on "card". It can: eq, in.'),
        (Not(is_in("nik", *niks(1))), '"people" on "card". It can: eq, in.'),
        (Or((is_in("nik", *niks(1)), is_in("id", "1"))), '"people" on "card". It can: eq, in.'),
        (Compare("nik", Operator.IS_NULL, ()), '"isNull" on "nik". It can: eq, in.'),
        (And((is_in("id", "1"), Compare("name", Operator.CONTAINS, ("x",)))), '"contains" on "name". It can: eq, in.'),
    ],
)
async def test_everything_else_is_refused_and_nothing_is_asked(tmp_path: Path, where: Predicate, said: str) -> None:
    async with register_of(tmp_path) as (records, web):
        for work in (records.read, records.count):
            with pytest.raises(NotSupported) as raised:
                await work(request_of(), Read(Person, NAMES, where, rows_max=5))
            assert said in raised.value.text(Language.EN)
    assert web.asked == []


async def test_neither_an_order_nor_a_count_nor_another_parent_is_served(tmp_path: Path) -> None:
    by_key = is_in("nik", *niks(1))
    async with register_of(tmp_path) as (records, web):
        for read in (
            Read(Person, NAMES, by_key, order=(Order("name"),), rows_max=5),
            Read(Person, NAMES, parents=ParentKeys("name", (("x",),)), rows_max=5),
        ):
            with pytest.raises(NotSupported):
                await records.read(request_of(), read)
        with pytest.raises(NotSupported):
            await records.count(request_of(), Read(Person, NAMES, by_key))
    assert web.asked == []
