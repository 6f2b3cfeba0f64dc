"""Pages of real engines: every row once, in one order, whichever way it is walked and whatever its sort values are."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
import sqlalchemy as sa

from connectors.criteria import Keyset, KeysetMismatch, Order, ParentKeys
from connectors.decoders import number_key, text
from connectors.mapping import Mapping, column
from models.predicates import EVERYTHING, And, Compare, Not, Operator, Or, Predicate, is_in
from models.records import Record, field
from tests.connectors.conftest import Laboratory
from tests.connectors.specimens import NASTY, NUMBERS, SPECIMENS, decoded, holds, ordered

PAGE_ROWS = 7


@pytest.fixture(scope="module")
def specimens(laboratory: Laboratory) -> Iterator[Laboratory]:
    laboratory.write(f"CREATE TABLE uji (id INTEGER PRIMARY KEY, t VARCHAR(200), n INTEGER) {laboratory.table_end}")
    texts = [
        text for text in dict.fromkeys((*NASTY, None, "Proses", "PROSES", "a")) if not text or laboratory.stores(text)
    ]
    rows: list[dict[str, object]] = [
        {"id": at, "t": text, "n": NUMBERS[at % len(NUMBERS)]} for at, text in enumerate(texts)
    ]
    laboratory.insert("uji", rows)
    yield laboratory
    laboratory.write("DROP TABLE uji")


def walked(
    laboratory: Laboratory,
    mapping: Mapping,
    order: tuple[Order, ...],
    *,
    reverse: bool,
    where: Predicate = EVERYTHING,
    rows_max: int = PAGE_ROWS,
) -> list[object]:
    """The keys of all rows, read page by page; backwards from the end if `reverse`."""
    found: list[object] = []
    keyset: Keyset | None = None
    while True:
        rows = laboratory.read(
            mapping, ("id",), where=where, order=order, rows_max=rows_max, keyset=keyset, reverse=reverse
        )
        page = list(rows.columns[mapping.legacy_key])
        found = page + found if reverse else found + page
        if rows.length < rows_max:
            return found
        keyset = Keyset(rows.keyset[0 if reverse else -1], before=reverse)


ORDERS = [
    (Order(name, descending), Order("id", id_descending))
    for name in ("text", "words", "capitals", "minute", "second", "day", "area", "number")
    for descending in (False, True)
    for id_descending in (False, True)
]


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: "-".join(f"{t.field}{'↓' * t.descending}" for t in order))
def test_pages_hold_every_row_once_both_ways_and_nulls_are_last(
    specimens: Laboratory, order: tuple[Order, ...]
) -> None:
    whole = list(specimens.read(SPECIMENS, ("id",), order=order).columns["id"])
    assert walked(specimens, SPECIMENS, order, reverse=False) == whole
    assert walked(specimens, SPECIMENS, order, reverse=True) == whole
    rows = specimens.read(SPECIMENS, ("id", "text", "number"), order=order)
    clean = decoded(rows)
    values = [row.clean[order[0].field] for row in clean]
    absent = [value is None for value in values]
    assert absent == sorted(absent)
    assert any(absent)
    assert not all(absent)


@pytest.mark.parametrize("name", ["minute", "second", "day", "area", "number"])
@pytest.mark.parametrize("descending", [False, True])
def test_order_is_that_of_the_clean_values(specimens: Laboratory, name: str, descending: bool) -> None:
    rows = specimens.read(SPECIMENS, ("id", "text", "number"), order=(Order(name, descending), Order("id")))
    clean = decoded(rows)
    values = [row.clean[name] for row in clean if row.clean[name] is not None]
    assert values == sorted(values, key=lambda value: ordered(name, value), reverse=descending)


UNDER_A_RANGE: dict[str, Predicate] = {
    "from a day on": Compare("birthday", Operator.GTE, (date(1, 1, 1),)),
    "after a day": Compare("birthday", Operator.GT, (date(1, 1, 1),)),
    "until a day": And((Compare("text", Operator.CONTAINS, ("0",)), Compare("birthday", Operator.LT, (date.max,)))),
    "any day": Not(Compare("birthday", Operator.IS_NULL, ())),
    "of some days": is_in("birthday", date(2020, 2, 29), date(1, 1, 1), date(2020, 2, 28)),
    "a day or the rest": Or((Compare("birthday", Operator.GT, (date(2000, 1, 1),)), is_in("text", "-", "2019-02-29"))),
    "not from a day on": Not(Compare("birthday", Operator.GTE, (date.max,))),
}


@pytest.mark.parametrize("name", UNDER_A_RANGE)
@pytest.mark.parametrize("descending", [False, True])
def test_a_day_that_is_its_own_text_sorts_by_it_where_there_is_one(
    specimens: Laboratory, name: str, descending: bool
) -> None:
    """Impossible days, zeros and other texts stand among the days in the column, and never in the answer."""
    where, order = UNDER_A_RANGE[name], (Order("birthday", descending), Order("id"))
    days = {row.id: row.clean["birthday"] for row in decoded(specimens.read(SPECIMENS, ("id", "text", "number")))
            if holds(where, row)}  # fmt: skip
    have = sorted((key for key in days if days[key] is not None), key=lambda key: (days[key], key))
    assert len(have) > 1
    expected = (have[::-1] if descending else have) + sorted(key for key in days if days[key] is None)
    for rows_max in (1, 2, 100):
        forwards = walked(specimens, SPECIMENS, order, reverse=False, where=where, rows_max=rows_max)
        backwards = walked(specimens, SPECIMENS, order, reverse=True, where=where, rows_max=rows_max)
        assert forwards == backwards == expected


def test_a_keyset_of_another_list_is_refused(specimens: Laboratory) -> None:
    with pytest.raises(KeysetMismatch):
        specimens.read(SPECIMENS, order=(Order("text"), Order("id")), keyset=Keyset((1,)))


def test_a_page_with_a_filter(specimens: Laboratory) -> None:
    where = Compare("text", Operator.IS_NULL, ())
    expected = list(specimens.read(SPECIMENS, where=where).columns["id"])
    rest = specimens.read(SPECIMENS, where=where, keyset=Keyset((expected[0],))).columns["id"]
    assert list(rest) == expected[1:]


# --- A key that is a text ---------------------------------------------------------------------------------------------


class Tied(Record, name="tied"):
    """Rows whose keys a collation takes for one another."""

    id: str = field("The key")
    group: str | None = field("What they are grouped by")


TIED = Mapping(
    record=Tied,
    source="uji",
    selectable=sa.table("seri", sa.column("k", sa.String(40)), sa.column("g", sa.String(40))),
    columns={"id": column("k", decoder=text()), "group": column("g", decoder=text())},
)

KEYS = (
    "a", "A", "a ", "A ", "á", "Á", "b", "B", "ß", "ss", "SS", "k1", "K1", "k1 ", " k1", "é", "e", "E", "É", "ñ", "n",
    "Z", "z",
)  # fmt: skip


@pytest.fixture(scope="module")
def tied(laboratory: Laboratory) -> Iterator[Laboratory]:
    laboratory.write(f"CREATE TABLE seri (k VARCHAR(40), g VARCHAR(40)) {laboratory.table_end}")
    laboratory.insert("seri", [{"k": key, "g": "gG"[at % 2]} for at, key in enumerate(KEYS)])
    yield laboratory
    laboratory.write("DROP TABLE seri")


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("first", [(), (Order("group"),), (Order("group", descending=True),)])
def test_keys_that_a_collation_takes_for_equal_are_different_places(
    tied: Laboratory, first: tuple[Order, ...], descending: bool, reverse: bool
) -> None:
    order = (*first, Order("id", descending))
    found = walked(tied, TIED, order, reverse=reverse)
    assert found == list(tied.read(TIED, order=order).columns["k"])
    assert sorted(map(str, found)) == sorted(KEYS)


@pytest.mark.parametrize("key", KEYS)
def test_a_row_is_found_by_exactly_its_key(tied: Laboratory, key: str) -> None:
    assert list(tied.read(TIED, where=is_in("id", key)).columns["k"]) == [key]
    assert tied.count(TIED, is_in("id", key)) == [1]


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("descending", [False, True])
def test_rows_without_a_key_end_no_list_early(tied: Laboratory, descending: bool, reverse: bool) -> None:
    order = (Order("id", descending),)
    with_keys = list(tied.read(TIED, order=order).columns["k"])
    tied.insert("seri", [{"k": None, "g": "g"}] * PAGE_ROWS)
    found = walked(tied, TIED, order, reverse=reverse)
    tied.write("DELETE FROM seri WHERE k IS NULL")
    assert [key for key in found if key is not None] == with_keys


# --- Children of many parents -----------------------------------------------------------------------------------------


class Child(Record, name="children"):
    """Rows that belong to parents by a text, or by a number."""

    id: str = field("The key")
    by_text: str | None = field("The text of the parent")
    by_number: str | None = field("The number of the parent")
    weight: str | None = field("What they are ordered by")


CHILDREN = Mapping(
    record=Child,
    source="uji",
    selectable=sa.table(
        "anak",
        sa.column("id", sa.Integer),
        sa.column("induk", sa.String(40)),
        sa.column("no_induk", sa.Integer),
        sa.column("bobot", sa.String(10)),
    ),
    columns={
        "id": column("id", decoder=number_key()),
        "by_text": column("induk", decoder=text()),
        "by_number": column("no_induk", decoder=number_key()),
        "weight": column("bobot", decoder=text()),
    },
)

PARENTS = ("p", "P", "p ", "é", "e", "Q", "x%", "日本")
CHILDREN_EACH = 5


@pytest.fixture(scope="module")
def family(laboratory: Laboratory) -> Iterator[Laboratory]:
    laboratory.write(
        "CREATE TABLE anak (id INTEGER PRIMARY KEY, induk VARCHAR(40), no_induk INTEGER, bobot VARCHAR(10)) "
        + laboratory.table_end
    )
    stored = [parent for parent in PARENTS if laboratory.stores(parent)]
    rows: list[dict[str, object]] = [
        {"id": number * 100 + child, "induk": parent, "no_induk": number, "bobot": ("b", "-", "a", None, "B")[child]}
        for number, parent in enumerate(stored)
        for child in range(CHILDREN_EACH)
    ]
    laboratory.insert("anak", rows)
    yield laboratory
    laboratory.write("DROP TABLE anak")


Keys = tuple[tuple[object, ...], ...]

MANY: Keys = (("p",), ("P",), (), ("nobody",), ("é", "e"), ("日本",), ("p ", "Q", "p"), ("x%",), ("p",), ("a\0b",))


def one_by_one(
    family: Laboratory, name: str, keys: Keys, order: tuple[Order, ...], rows_max: int, *, reverse: bool
) -> list[tuple[int, object]]:
    found: list[tuple[int, object]] = []
    for ordinal, mine in enumerate(keys):
        rows = family.read(CHILDREN, where=is_in(name, *mine), order=order, rows_max=rows_max, reverse=reverse)
        found += [(ordinal, key) for key in rows.columns["id"]]
    return found


ORDERS_OF_CHILDREN = [
    (Order("id"),),
    (Order("id", descending=True),),
    (Order("weight"), Order("id")),
    (Order("weight", descending=True), Order("id", descending=True)),
]


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("order", ORDERS_OF_CHILDREN, ids=str)
@pytest.mark.parametrize("keys_max", [500, 3, 2, 1])
@pytest.mark.parametrize("rows_max", [1, 3, 100])
def test_many_parents_at_once_get_what_each_gets_alone(
    family: Laboratory, order: tuple[Order, ...], rows_max: int, keys_max: int, reverse: bool
) -> None:
    family.limit_keys(keys_max)
    rows = family.read(CHILDREN, order=order, rows_max=rows_max, reverse=reverse, parents=ParentKeys("by_text", MANY))
    family.limit_keys(None)
    found = list(zip(rows.parents, rows.columns["id"], strict=True))
    assert list(rows.parents) == sorted(rows.parents)
    assert found == one_by_one(family, "by_text", MANY, order, rows_max, reverse=reverse)
    assert len(found) > len(MANY) / 2


@pytest.mark.parametrize("keys_max", [500, 2, 1])
def test_counts_for_many_parents(family: Laboratory, keys_max: int) -> None:
    family.limit_keys(keys_max)
    counts = family.count(CHILDREN, parents=ParentKeys("by_text", MANY))
    family.limit_keys(None)
    assert counts == [family.count(CHILDREN, is_in("by_text", *mine))[0] for mine in MANY]
    assert counts[:4] == [CHILDREN_EACH, CHILDREN_EACH, 0, 0]


@pytest.mark.parametrize("keys", [(("0",), ("1", "2"), ("9" * 18,), ("-3",), ("x",), ("9" * 30,))])
def test_parents_by_number(family: Laboratory, keys: Keys) -> None:
    rows = family.read(CHILDREN, rows_max=2, parents=ParentKeys("by_number", keys))
    assert list(zip(rows.parents, rows.columns["id"], strict=True)) == [(0, 0), (0, 1), (1, 100), (1, 101)]
    assert family.count(CHILDREN, parents=ParentKeys("by_number", keys)) == [5, 10, 0, 0, 0, 0]


def test_a_place_among_the_children_of_one_parent(family: Laboratory) -> None:
    order = (Order("weight"), Order("id"))
    parents = ParentKeys("by_text", (("p",),))
    first = family.read(CHILDREN, order=order, rows_max=2, parents=parents)
    rest = family.read(CHILDREN, order=order, keyset=Keyset(first.keyset[-1]), parents=parents)
    whole = family.read(CHILDREN, order=order, parents=parents)
    assert [*first.columns["id"], *rest.columns["id"]] == list(whole.columns["id"])
