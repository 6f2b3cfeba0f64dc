"""Relations read for many parents at once: null, repeated and unknown keys, and areas with what lies below them."""

from __future__ import annotations

import pytest

from models.areas import Area
from models.complaints import Complaint, ComplaintCategory, StatusChange
from models.errors import DataQuality
from models.records import KEY
from models.sources.findings import Finding, FindingKind
from models.values.types import AreaCode
from resolvers.lists import ListArguments, Window
from resolvers.records import Columns
from resolvers.relations import by_key
from sample import areas
from sample.complaints.source import ComplaintTruth
from tests.graph.cities import Own
from tests.graph.harness import DPUPR, City, request_of
from tests.graph.placing import complaint_lies_in

NAMES = {area.code: area.name for area in areas.truth()}
NAME = Columns(shown=frozenset({"name"}))
ID = Columns(shown=frozenset({KEY}))


def page(rows: int) -> ListArguments:
    return ListArguments(Window(rows, backwards=False, keyset=None))


async def names_of(city: City, keys: list[object]) -> list[object]:
    ones = await city.relations.one(request_of(), Area, "code", keys, NAME)
    names = ones.batch.column("name") if ones.batch is not None else ()
    return [names[row] if row is not None else None for row in ones.rows]


# --- To one -----------------------------------------------------------------------------------------------------------


async def test_each_parent_gets_its_own_one(city: City) -> None:
    keys: list[object] = [None, "36.71.05", "36.71", "36.71.99", "36.71.05", None, "36.71.13.1008", "11"]
    assert await names_of(city, keys) == [NAMES.get(str(key)) for key in keys]


@pytest.mark.parametrize("keys", [[], [None], [None, None]])
async def test_no_key_is_no_statement(city: City, keys: list[object]) -> None:
    before = len(city.statements)
    assert await names_of(city, keys) == [None] * len(keys)
    assert len(city.statements) == before


async def test_more_keys_than_a_statement_takes_are_read_in_chunks(city: City) -> None:
    keys = [f"36.71.{district:02}.1{village:03}" for district in range(1, 14) for village in range(1, 80)]
    before = len(city.statements)
    assert await names_of(city, list(keys)) == [NAMES.get(key) for key in keys]
    assert len(city.statements) - before == 3  # 1,027 keys, 500 at a time


async def test_what_several_records_claim_is_null_and_a_finding(broken: Own) -> None:
    await broken.areas("UPDATE m_wilayah SET kd_wilayah = '36.71.05' WHERE kd_wilayah IN ('36.71.06', '367106')")
    broken.city.findings.clear()
    assert await names_of(broken.city, ["36.71.05", "36.71.06", "36.71.07"]) == [None, None, "Karawaci"]
    assert broken.city.findings == [Finding("areas", "areas", "code", FindingKind.DUPLICATE_KEY, 1)]
    with pytest.raises(DataQuality) as caught:
        await by_key(broken.city.records, request_of(), Area, "code", AreaCode("36.71.05"), NAME)
    assert caught.value.message == "key_ambiguous"


async def test_one_key_of_many_rows_takes_nothing_from_the_others(broken: Own) -> None:
    """The rows of a key that is repeated often must not fill the answer before the others' turn."""
    await broken.areas("UPDATE m_wilayah SET kd_wilayah = '36.71.05.1001', hapus = 'T' WHERE id_wilayah <= 60")
    rest = await broken.areas.rows(
        "SELECT kd_wilayah FROM m_wilayah WHERE id_wilayah > 60 AND kd_wilayah LIKE '36.71.0%' AND hapus = 'T'"
    )
    keys: list[object] = ["36.71.05.1001", *sorted({code for (code,) in rest} - {"36.71.05.1001"})[:3]]
    assert len(keys) == 4
    before = len(broken.city.statements)
    broken.city.findings.clear()
    assert await names_of(broken.city, keys) == [None, *(NAMES[str(key)] for key in keys[1:])]
    assert len(broken.city.statements) - before == 2
    assert Finding("areas", "areas", "code", FindingKind.DUPLICATE_KEY, 1) in broken.city.findings


async def test_rows_that_cannot_be_addressed_are_nobodys_one(broken: Own) -> None:
    await broken.complaints("UPDATE m_kategori SET nm_kategori = NULL WHERE kd_kategori = 'K01'")
    ones = await broken.city.relations.one(request_of(), ComplaintCategory, "code", ["K01", "K14", "99", ""], NAME)
    assert [row is not None for row in ones.rows] == [True, False, False, False]
    assert ones.batch is not None
    assert ones.batch.column("name")[ones.rows[0] or 0] is None


# --- To many ----------------------------------------------------------------------------------------------------------


def inside(alive: list[ComplaintTruth], code: str) -> list[str]:
    return [
        truth.id for truth in alive
        if truth.publication in ("PUBLIC", "ANONYMOUS") and truth.area_code is not None
        and f"{complaint_lies_in(truth)}.".startswith(f"{code}.")
    ]  # fmt: skip


@pytest.mark.parametrize("rows", [1, 3, 100])
async def test_an_area_has_what_happens_in_it_and_below_it(city: City, alive: list[ComplaintTruth], rows: int) -> None:
    keys: list[object] = ["36.71.05.1001", None, "36.71", "36.71.05", "36.71.99", "36.71.05.1001", "36"]
    relation = Area.relations["complaints"]
    pages = await city.relations.many(request_of(), Complaint, relation, keys, ID, page(rows))
    expected = [inside(alive, str(key)) if key in NAMES else [] for key in keys]
    assert [[one.batch.column(KEY)[row] for row in one.rows] for one in pages] == [ids[:rows] for ids in expected]
    assert [one.has_next for one in pages] == [len(ids) > rows for ids in expected]
    counts = await city.relations.count(request_of(), Complaint, relation, keys, page(rows))
    assert counts == [len(ids) for ids in expected]
    assert counts[0] < counts[3] < counts[2]


async def test_a_district_includes_its_own_and_its_villages(city: City, alive: list[ComplaintTruth]) -> None:
    relation = Area.relations["complaints"]
    villages = [area.code for area in areas.truth() if area.parent_code == "36.71.05"]
    district, *each = await city.relations.count(request_of(), Complaint, relation, ["36.71.05", *villages], page(1))
    own = sum(t.area_code == "36.71.05" and t.publication in ("PUBLIC", "ANONYMOUS") for t in alive)
    assert own > 0
    # Each of its own lies in one of its villages by its position.
    assert district == sum(each)


async def test_the_steps_of_many_complaints(city: City, alive: list[ComplaintTruth]) -> None:
    relation = Complaint.relations["history"]
    shown = [truth for truth in alive if truth.publication == "PUBLIC"][:50]
    keys: list[object] = [truth.id for truth in shown] + ["x", "999999", None]
    pages = await city.relations.many(request_of(), StatusChange, relation, keys, ID, page(2))
    assert [[one.batch.column(KEY)[row] for row in one.rows] for one in pages] == [
        [step.id for step in truth.history][:2] for truth in shown
    ] + [[], [], []]
    counts = await city.relations.count(request_of(), StatusChange, relation, keys, page(2))
    assert counts == [len(truth.history) for truth in shown] + [0, 0, 0]


async def test_steps_are_as_hidden_as_their_complaint(city: City, alive: list[ComplaintTruth]) -> None:
    relation = Complaint.relations["history"]
    hidden = [t for t in alive if t.publication == "CONFIDENTIAL" and t.history]
    keys: list[object] = [truth.id for truth in hidden]
    assert sum(await city.relations.count(request_of(), StatusChange, relation, keys, page(1))) == 0
    handled = await city.relations.count(request_of(DPUPR), StatusChange, relation, keys, page(1))
    assert handled == [len(truth.history) if truth.department_code == "dpupr" else 0 for truth in hidden]


async def test_no_parent_with_a_key_is_no_statement(city: City) -> None:
    before = len(city.statements)
    relation = Area.relations["complaints"]
    pages = await city.relations.many(request_of(), Complaint, relation, [None, None], ID, page(1))
    assert [(list(one.rows), one.has_next, one.has_previous) for one in pages] == [([], False, False)] * 2
    assert await city.relations.count(request_of(), Complaint, relation, [None, None], page(1)) == [0, 0]
    assert len(city.statements) == before
