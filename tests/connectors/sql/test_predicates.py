"""The three faces of every decoder agree on every real engine: SQL finds what Python finds in the decoded rows."""
# ruff: noqa: RUF001  # look-alikes are the point

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.predicates import And, Compare, Not, Operator, Or, Predicate, is_in
from tests.connectors.conftest import Laboratory
from tests.connectors.specimens import (
    DECODERS,
    MOMENTS,
    NASTY,
    NUMBERS,
    SPECIMENS,
    TEXTS,
    TOO_LARGE,
    ZONE,
    Row,
    Stage,
    decoded,
    holds,
)

RANGES = (Operator.GT, Operator.GTE, Operator.LT, Operator.LTE)
RANGED = ("id", "number", "area", "birthday", *MOMENTS)
NULLABLE = tuple(name for name, decoder in DECODERS.items() if Operator.IS_NULL in decoder.operators)

NEEDLES = (
    "", " ", "a", "A", "é", "É", "%", "_", "100%", "a_b", ".", "*", "?", "[", "[a-z]", "^a", "$", "\\", "\\E", "\\Q",
    "\\E\\Q", "(?i)", "'", "''", '"', "A\\B", "karang t", "KARANG", "🏙", "ß", "x" * 190, "x" * 191,
    "Y" * 3000, "\n", "ſ", "K", "\u212a",
)  # fmt: skip

INSTANTS = (
    datetime(2019, 12, 31, 16, 59, tzinfo=UTC),
    datetime(2020, 1, 1, tzinfo=ZONE),
    datetime(2020, 1, 1, 0, 0, 0, 1, tzinfo=ZONE),
    datetime(2020, 2, 29, 12, 34, 56, tzinfo=ZONE),
    datetime(1, 1, 1, tzinfo=UTC),
    datetime.min.replace(tzinfo=ZONE),
    datetime.max.replace(tzinfo=UTC),
    datetime.max.replace(tzinfo=ZONE),
)


DAYS = (date.min, date(1999, 12, 30), date(2000, 1, 1), date.max)


@pytest.fixture(scope="module")
def specimens(laboratory: Laboratory) -> Iterator[Laboratory]:
    laboratory.write(
        "DROP TABLE IF EXISTS uji" if laboratory.engine == "postgresql" else "SELECT 1",
        f"CREATE TABLE uji (id INTEGER PRIMARY KEY, t VARCHAR(200), n INTEGER) {laboratory.table_end}",
    )
    yield laboratory
    laboratory.write("DROP TABLE uji")


def store(laboratory: Laboratory, texts: Sequence[str | None]) -> list[Row]:
    """The table with these texts; what comes back is what the engine really stores."""
    kept = [text for text in texts if text is None or laboratory.stores(text)]
    laboratory.write("DELETE FROM uji")
    if kept:
        numbers = [NUMBERS[at % len(NUMBERS)] for at in range(len(kept))]
        laboratory.insert("uji", [{"id": at, "t": text, "n": numbers[at]} for at, text in enumerate(kept)])
    rows = laboratory.read(SPECIMENS, ("id", "text", "number"))
    assert list(rows.columns["t"]) == kept
    return decoded(rows)


def check(laboratory: Laboratory, predicate: Predicate, rows: Sequence[Row]) -> None:
    expected = {row.id for row in rows if holds(predicate, row)}
    assert laboratory.ids(SPECIMENS, predicate) == expected, predicate


@pytest.fixture(scope="module")
def nasty(specimens: Laboratory) -> list[Row]:
    return store(specimens, [None, *NASTY])


def distinct(rows: Sequence[Row], name: str) -> list[object]:
    return sorted({row.clean[name] for row in rows} - {None}, key=repr)


# --- Everything that is known to be hard, in one table ----------------------------------------------------------------


@pytest.mark.parametrize("name", DECODERS)
def test_equality_finds_what_decodes_equal_and_its_complement_the_rest(
    specimens: Laboratory, nasty: list[Row], name: str
) -> None:
    values = distinct(nasty, name)
    assert values
    for value in values:
        check(specimens, is_in(name, value), nasty)
        check(specimens, Not(is_in(name, value)), nasty)
    check(specimens, is_in(name, *values), nasty)
    check(specimens, Not(is_in(name, *values[:3])), nasty)


@pytest.mark.parametrize("name", TEXTS)
def test_equality_with_a_text_that_is_stored_but_never_shown_finds_nothing(
    specimens: Laboratory, nasty: list[Row], name: str
) -> None:
    for value in NASTY:
        check(specimens, is_in(name, value), nasty)


@pytest.mark.parametrize("name", NULLABLE)
def test_is_null_where_nothing_decodes(specimens: Laboratory, nasty: list[Row], name: str) -> None:
    missing = Compare(name, Operator.IS_NULL, ())
    check(specimens, missing, nasty)
    check(specimens, Not(missing), nasty)


@pytest.mark.parametrize("name", RANGED)
def test_ranges_are_those_of_the_clean_values(specimens: Laboratory, nasty: list[Row], name: str) -> None:
    values = distinct(nasty, name)
    others = {"id": TOO_LARGE[:3], "number": TOO_LARGE, "area": (), "birthday": DAYS}.get(name, INSTANTS)
    for value in (*values[:12], *others):
        if name != "area" or isinstance(value, str):
            for operator in RANGES:
                check(specimens, Compare(name, operator, (value,)), nasty)
        check(specimens, Not(Compare(name, Operator.GT, (value,))), nasty)


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("needle", NEEDLES)
def test_contains_ignores_the_case_of_ascii_and_knows_no_wildcards(
    specimens: Laboratory, nasty: list[Row], name: str, needle: str
) -> None:
    check(specimens, Compare(name, Operator.CONTAINS, (needle,)), nasty)
    check(specimens, Not(Compare(name, Operator.CONTAINS, (needle,))), nasty)


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("operator", RANGES)
def test_ranges_of_texts_never_fail_and_leave_the_null_out(
    specimens: Laboratory, nasty: list[Row], name: str, operator: Operator
) -> None:
    present = {row.id for row in nasty if row.clean[name] is not None}
    for value in (*NEEDLES, *NASTY[:60]):
        found = specimens.ids(SPECIMENS, Compare(name, operator, (value,)))
        assert found <= present
        assert specimens.ids(SPECIMENS, Not(Compare(name, operator, (value,)))) == {row.id for row in nasty} - found


@pytest.mark.parametrize("value", ["a\0b", "\ud800", "\udce9"])  # noqa: PT014  # two halves of characters, not one
@pytest.mark.parametrize("operator", [*RANGES, Operator.CONTAINS, Operator.IN])
def test_a_text_that_cannot_be_stored_is_nowhere(
    specimens: Laboratory, nasty: list[Row], operator: Operator, value: str
) -> None:
    for name in TEXTS:
        assert specimens.ids(SPECIMENS, Compare(name, operator, (value,))) == set()
        assert len(specimens.ids(SPECIMENS, Not(Compare(name, operator, (value,))))) == len(nasty)


@pytest.mark.parametrize("value", ["", "abc", "1.0", "1e3", "01", "+1", "-0", " 1", "1_0", "١", "１", *TOO_LARGE])
def test_what_is_no_number_names_no_row(specimens: Laboratory, nasty: list[Row], value: str) -> None:
    assert specimens.ids(SPECIMENS, is_in("number", value)) == set()
    assert len(specimens.ids(SPECIMENS, Not(is_in("number", value)))) == len(nasty)


def test_two_fields_of_one_column(specimens: Laboratory, nasty: list[Row]) -> None:
    check(specimens, And((is_in("stage", Stage.OPEN), is_in("text", "Proses"))), nasty)
    check(specimens, And((is_in("stage", Stage.UNKNOWN), Not(Compare("minute", Operator.IS_NULL, ())))), nasty)
    check(specimens, Or((is_in("kind", "K1"), is_in("stage", Stage.DONE), is_in("capitals", "A"))), nasty)


# --- Whatever else there may be ---------------------------------------------------------------------------------------


def mutated(draw: st.DrawFn, text: str) -> str:
    kind = draw(st.sampled_from(("swapcase", "blank", "newline", "digit", "drop", "double")))
    at = draw(st.integers(0, max(0, len(text) - 1)))
    digits = text.translate({ord("1"): "١", ord("0"): "０"})
    return {
        "swapcase": text.swapcase(),
        "blank": f"{text} ",
        "newline": f"{text}\n",
        "digit": digits,
        "drop": text[:at] + text[at + 1 :],
        "double": text[:at] + text[at : at + 1] + text[at:],
    }[kind]


@st.composite
def texts(draw: st.DrawFn) -> str:
    moment = draw(st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31)))  # noqa: DTZ001  # a wall clock
    digits = draw(st.text("0123456789", min_size=10, max_size=10))
    text = draw(
        st.one_of(
            st.sampled_from(NASTY),
            st.sampled_from((
                f"{moment:%d-%m-}{moment.year:04}{moment: %H:%M}",
                f"{moment.year:04}{moment:-%m-%dT%H:%M:%S}",
                f"{moment:%d/%m/}{moment.year:04}",
                f"{moment.year:04}{moment:-%m-%d}",
                f"367101{digits}".ljust(20),
                f"{digits[:2]}-{digits[2:4]}-{digits[4:8]} {digits[8:]}:00",
                f"36.71.{digits[:2]}.1{digits[2:5]}",
                f"3671{digits[:2]}1{digits[2:5]}",
                f"36.71.01.{digits[:6]}.{digits[6:]}",
                f"367101{digits}",
            )),
            st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30),
            st.text("aAzZeEéÉ .%_-\\\n09", max_size=12),
        )
    )  # fmt: skip
    return mutated(draw, text)[:200] if draw(st.booleans()) else text


@st.composite
def comparisons(draw: st.DrawFn, rows: Sequence[Row]) -> Predicate:
    name = draw(st.sampled_from([*DECODERS]))
    values = distinct(rows, name)
    operators = [Operator.IN] + [Operator.IS_NULL] * (name in NULLABLE)
    operators += [*RANGES] * (name in RANGED) + [Operator.CONTAINS] * (name in TEXTS)
    operator = draw(st.sampled_from(operators)) if values else Operator.IN
    if operator is Operator.IS_NULL:
        return Compare(name, operator, ())
    if operator is Operator.CONTAINS:
        whole = str(draw(st.sampled_from(values)))
        start = draw(st.integers(0, len(whole)))
        return Compare(name, operator, (whole[start : start + draw(st.integers(1, 5))].swapcase(),))
    if operator is Operator.IN:
        return is_in(name, *draw(st.lists(st.sampled_from(values), max_size=5) if values else st.just([])))
    value = draw(st.sampled_from(values))
    if isinstance(value, datetime) and draw(st.booleans()):
        value = value + timedelta(microseconds=draw(st.sampled_from((-1, 1, 999_999)))) if value.year > 1 else value
    return Compare(name, operator, (value,))


def predicates(rows: Sequence[Row]) -> st.SearchStrategy[Predicate]:
    return st.recursive(
        comparisons(rows),
        lambda inner: st.one_of(
            inner.map(Not),
            st.lists(inner, max_size=3).map(lambda terms: And(tuple(terms))),
            st.lists(inner, max_size=3).map(lambda terms: Or(tuple(terms))),
        ),
        max_leaves=6,
    )


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data())
def test_any_predicate_agrees_with_python(specimens: Laboratory, data: st.DataObject) -> None:
    rows = store(specimens, data.draw(st.lists(st.one_of(st.none(), texts()), min_size=1, max_size=25)))
    if not rows:
        return
    for predicate in data.draw(st.lists(predicates(rows), min_size=1, max_size=5)):
        check(specimens, predicate, rows)
        assert specimens.count(SPECIMENS, predicate) == [sum(holds(predicate, row) for row in rows)]
    for name in NULLABLE:
        check(specimens, Compare(name, Operator.IS_NULL, ()), rows)
