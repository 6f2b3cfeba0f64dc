"""Cache keys: one name for one question, everywhere, and another name for every other one."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa

from connectors.cache.keys import CacheKeys, NotNameable, _version
from connectors.catalog import Binding
from connectors.criteria import CountCriteria, Criteria, Keyset, Order, ParentKeys
from connectors.departments import PACKAGE
from connectors.mapping import Mapping, column_equals
from connectors.sql.connector import SqlConnector
from models.complaints import ComplaintStatus, Publication
from models.predicates import EVERYTHING, NOTHING, And, Compare, Operator, Or, Predicate, canonical, is_in
from models.values.types import AreaCode, Nik
from tests.connectors.caching import LOANS, SECRET, Desk, criteria

ROOT = Path(__file__).resolve().parents[2]
KEYS = CacheKeys(SECRET)
A, B = is_in("title", "A"), is_in("shelf", "B")
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def binding(mapping: Mapping = LOANS) -> Binding:
    return Desk(mapping=mapping).binding


def name(question: Criteria | CountCriteria, keys: CacheKeys = KEYS, bound: Binding | None = None) -> str:
    return keys.name(bound or binding(), question)


def where(predicate: Predicate) -> Criteria:
    return criteria(where=predicate)


def test_equal_questions_have_one_name() -> None:
    assert name(where(canonical(And((A, B))))) == name(where(canonical(And((B, A, A)))))
    jakarta = NOON.astimezone(timezone(timedelta(hours=7)))
    assert name(where(is_in("title", NOON))) == name(where(is_in("title", jakarta)))


VALUES = [
    None, True, False, 0, 1, 1.0, "1", b"1", "", (), ("1",), ("1", "1"), (("1",), "1"), Decimal(1), Decimal("1.0"),
    Nik("3671110101909001"), "3671110101909001", AreaCode("36.71"), "36.71", ComplaintStatus.OPEN, "OPEN",
    datetime.max.replace(tzinfo=timezone(-timedelta(hours=14))),
    datetime.min.replace(tzinfo=timezone(timedelta(hours=14))),
    Publication.PUBLIC, NOON, NOON.replace(tzinfo=None), NOON.isoformat(), date(2026, 3, 2), "2026-03-02", time(12),
    timedelta(1), timedelta(2), "Nik", ("Nik", "3671110101909001"),
]  # fmt: skip


def test_other_values_have_other_names() -> None:
    names = [name(where(Compare("title", Operator.IN, (value,)))) for value in VALUES]
    assert len(set(names)) == len(VALUES)


def test_other_shapes_have_other_names() -> None:
    questions: list[Criteria | CountCriteria] = [
        where(EVERYTHING), where(NOTHING), where(A), where(And((A, B))), where(Or((A, B))),
        where(And((A, Or((B, A))))), where(Or((A, And((B, A))))),
        where(Compare("title", Operator.GT, ("A",))), where(Compare("title", Operator.GTE, ("A",))),
        where(Compare("title", Operator.IS_NULL, ())),
        criteria(("id",)), criteria(("id", "shelf")), criteria(("idtitle",)),
        criteria(order=(Order("title"), Order("id"))), criteria(order=(Order("title", descending=True), Order("id"))),
        replace(criteria(), keyset=Keyset((1,))), replace(criteria(), keyset=Keyset((1,), before=True)),
        replace(criteria(), keyset=Keyset(("1",))), replace(criteria(), keyset=Keyset((1, None))),
        replace(criteria(), keyset=Keyset((1,), source="library")),
        criteria(parents=ParentKeys("title", (("A",), ("B",)))), criteria(parents=ParentKeys("title", (("A", "B"),))),
        CountCriteria("loans"), CountCriteria("loans", A), CountCriteria("books"),
        CountCriteria("loans", parents=ParentKeys("title", (("A",), ("B",)))),
    ]  # fmt: skip
    assert len({name(question) for question in questions}) == len(questions)


SELECTED = sa.select(LOANS.selectable).where(sa.column("judul") == "A").subquery("t")


@pytest.mark.parametrize(
    "changed",
    [
        {"unique_key": True},
        {"selectable": sa.select(LOANS.selectable).where(sa.column("judul") == "B").subquery("t")},
        {"selectable": sa.table("lain", *(sa.column(one.key, one.type) for one in LOANS.selectable.c))},
        {"columns": {**LOANS.columns, "title": LOANS.columns["borrower"]}},
        {"columns": {**LOANS.columns, "title": LOANS.columns["shelf"]}},
        {"alive": column_equals("judul", "T")},
        {"as_of": LOANS.columns["shelf"]},
        {"source": "other"},
    ],
    ids=["unique", "equals", "table", "sorts as", "decoder", "alive", "as of", "source"],
)
def test_another_mapping_has_other_names(changed: dict[str, object]) -> None:
    mappings = [LOANS, replace(LOANS, selectable=SELECTED), replace(LOANS, **changed)]  # type: ignore[arg-type]  # fields of a Mapping
    assert len({name(criteria(), bound=binding(mapping)) for mapping in mappings}) == 3


def test_what_is_missing_and_where_it_is_read_are_part_of_the_name() -> None:
    lacking, copy = binding(), binding()
    lacking.missing, copy.is_copy = frozenset({"title"}), True
    assert len({name(criteria(), bound=bound) for bound in (binding(), lacking, copy)}) == 3


def test_another_secret_or_scope_has_other_names_and_seals() -> None:
    others = [KEYS, CacheKeys(b"another secret of these tests, as long"), CacheKeys(SECRET, "elsewhere")]
    assert len({name(criteria(), keys) for keys in others}) == 3
    sealed = KEYS.sealed("a", b"data")
    assert [keys.opened("a", sealed) for keys in others] == [b"data", None, None]
    assert KEYS.opened("b", sealed) is None
    assert (KEYS.opened("a", sealed[:-1]), KEYS.opened("a", b"")) == (None, None)


@pytest.mark.parametrize("value", [object(), "\ud800", 2**64, ["list"]], ids=["object", "no text", "large", "list"])
def test_what_has_no_name_is_refused_without_being_repeated(value: object) -> None:
    with pytest.raises(NotNameable) as refused:
        name(where(Compare("title", Operator.IN, (value,))))
    assert str(refused.value) in {"object", "UnicodeEncodeError", "OverflowError", "list"}


_PROGRAM = """
from tests.connectors.test_cache_keys import names_of_the_city
print(*names_of_the_city(), sep="\\n")
"""


def names_of_the_city() -> list[str]:
    """The name of one question to each mapping of the default city."""
    department = PACKAGE.city.departments[0]
    return [
        KEYS.name(
            Binding(
                mapping, PACKAGE.source(mapping.source), department, SqlConnector("sqlite:///none", Desk().source.load)
            ),
            CountCriteria(mapping.record.name),
        )
        for mapping in (*PACKAGE.mappings, *PACKAGE.fallbacks)
    ]


def test_every_process_gives_the_same_names() -> None:
    # What a decoder has met, and remembers, is no part of a name.
    complaints = next(one for one in PACKAGE.mappings if one.record.name == "complaints")
    complaints.columns["area_code"].decoder.decode(["36.71.05.1003"])
    _version.cache_clear()
    here = names_of_the_city()
    there = subprocess.run(
        [sys.executable, "-c", _PROGRAM],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "12345", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert there.stdout.split() == here
    assert len(set(here)) == len(here)
