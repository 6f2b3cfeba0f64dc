"""Predicates: the canonical form, its laws, and that it never changes which rows are in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta, timezone
from operator import ge, gt, le, lt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.complaints import ComplaintStatus
from models.predicates import (
    EVERYTHING,
    NOTHING,
    And,
    Compare,
    Not,
    Operator,
    Or,
    Predicate,
    both,
    canonical,
    compared,
    fields_of,
    is_in,
    over,
)

A, B, C = is_in("a", "1"), is_in("b", "2"), Compare("c", Operator.IS_NULL, ())

# --- Exact forms ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("predicate", "form"),
    [
        (A, A),
        (And(()), EVERYTHING),
        (Or(()), NOTHING),
        (And((A,)), A),
        (Or((A,)), A),
        (And((A, A)), A),
        (And((B, A)), And((A, B))),
        (Or((B, A, B)), Or((A, B))),
        (And((A, And((B, And((C,)))))), And((A, B, C))),
        (Or((C, Or((B, A)))), Or((A, B, C))),
        (And((A, Or((B, C)))), And((Or((B, C)), A))),
        (And((A, EVERYTHING)), A),
        (And((A, NOTHING)), NOTHING),
        (Or((A, EVERYTHING)), EVERYTHING),
        (Or((A, NOTHING)), A),
        (And((EVERYTHING, EVERYTHING)), EVERYTHING),
        (And((Or((A,)), Or((A,)))), A),
        (Not(Not(A)), A),
        (Not(Not(Not(A))), Not(A)),
        (Not(EVERYTHING), NOTHING),
        (Not(NOTHING), EVERYTHING),
        (Not(And((A,))), Not(A)),
        (is_in("a", "2", "1", "2"), is_in("a", "1", "2")),
        (is_in("a"), NOTHING),
        (Not(is_in("a")), EVERYTHING),
        (And((A, is_in("b"))), NOTHING),
        (Compare("a", Operator.GT, ("1",)), Compare("a", Operator.GT, ("1",))),
    ],
)
def test_the_one_form(predicate: Predicate, form: Predicate) -> None:
    assert canonical(predicate) == form


def test_members_of_a_vocabulary_are_ordered() -> None:
    assert canonical(is_in("s", ComplaintStatus.OPEN, ComplaintStatus.CLOSED)) == is_in(
        "s", ComplaintStatus.CLOSED, ComplaintStatus.OPEN
    )


def test_one_moment_has_one_place_whatever_its_offset() -> None:
    wib = timezone(timedelta(hours=7))
    early, late = datetime(2026, 1, 1, 20, tzinfo=UTC), datetime(2026, 1, 2, 2, tzinfo=UTC)
    in_utc = canonical(is_in("at", late, early))
    in_wib = canonical(is_in("at", late, early.astimezone(wib)))
    assert in_utc == in_wib == is_in("at", early, late)
    after_in_utc = And((Compare("at", Operator.GT, (early,)), Compare("at", Operator.GT, (late,))))
    after_in_wib = And((Compare("at", Operator.GT, (late,)), Compare("at", Operator.GT, (early.astimezone(wib),))))
    assert canonical(after_in_utc) == canonical(after_in_wib)


def test_the_first_and_last_moments_of_the_calendar_are_ordered_too() -> None:
    first = datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14)))
    last = datetime(9999, 12, 31, 23, 59, tzinfo=timezone(timedelta(hours=-12)))
    assert canonical(is_in("at", last, first)) == canonical(is_in("at", first, last))


def test_both_is_and() -> None:
    assert both(A, B) == And((A, B))
    assert both(B, A) == And((A, B))
    assert both(A, EVERYTHING) == A
    assert both(A, NOTHING) == NOTHING


def test_every_comparison_is_found() -> None:
    predicate = And((A, Not(Or((B, Not(C), A)))))
    assert list(compared(predicate)) == [A, B, C, A]
    assert fields_of(predicate) == {"a", "b", "c"}
    assert fields_of(EVERYTHING) == fields_of(NOTHING) == frozenset()


# --- Laws -------------------------------------------------------------------------------------------------------------

FIELDS = ("a", "b", "c")
VALUES = st.sampled_from(("", "a", "A", "ab", "b", "Ba"))


def _comparisons() -> st.SearchStrategy[Compare]:
    single = st.sampled_from((Operator.GT, Operator.GTE, Operator.LT, Operator.LTE, Operator.CONTAINS))
    field = st.sampled_from(FIELDS)
    return st.one_of(
        st.builds(lambda name, values: Compare(name, Operator.IN, tuple(values)), field, st.lists(VALUES, max_size=3)),
        st.builds(lambda name: Compare(name, Operator.IS_NULL, ()), field),
        st.builds(lambda name, operator, value: Compare(name, operator, (value,)), field, single, VALUES),
    )


def _grown(terms: st.SearchStrategy[Predicate]) -> st.SearchStrategy[Predicate]:
    lists = st.lists(terms, max_size=4).map(tuple)
    return st.one_of(st.builds(And, lists), st.builds(Or, lists), st.builds(Not, terms))


PREDICATES: st.SearchStrategy[Predicate] = st.recursive(_comparisons(), _grown, max_leaves=12)
ROWS = st.fixed_dictionaries(dict.fromkeys(FIELDS, st.none() | VALUES))


def _holds(predicate: Predicate, row: Mapping[str, str | None]) -> bool:
    """What a predicate means, said as plainly as possible: null equals nothing, and a row is in or out."""
    match predicate:
        case And(terms):
            return all(_holds(term, row) for term in terms)
        case Or(terms):
            return any(_holds(term, row) for term in terms)
        case Not(term):
            return not _holds(term, row)
        case Compare(field, Operator.IS_NULL, _):
            return row[field] is None
        case Compare(field, Operator.IN, values):
            return row[field] is not None and row[field] in values
        case Compare(field, operator, values):
            found, text = row[field], str(values[0])
            return found is not None and _COMPARISONS[operator](found, text)
        case _:
            raise AssertionError("rows of one record cannot say where others lead")


_COMPARISONS: Mapping[Operator, Callable[[str, str], bool]] = {
    Operator.GT: gt,
    Operator.GTE: ge,
    Operator.LT: lt,
    Operator.LTE: le,
    Operator.CONTAINS: lambda found, text: text.lower() in found.lower(),
}


@given(PREDICATES, st.lists(ROWS, min_size=1, max_size=10))
def test_the_form_means_the_same(predicate: Predicate, rows: list[dict[str, str | None]]) -> None:
    form = canonical(predicate)
    for row in rows:
        assert _holds(form, row) == _holds(predicate, row), row


@given(PREDICATES)
def test_the_form_of_a_form_is_itself(predicate: Predicate) -> None:
    assert canonical(canonical(predicate)) == canonical(predicate)


def _shuffled(predicate: Predicate, data: st.DataObject) -> Predicate:
    """Another way to write the same: reordered, repeated, nested and negated twice."""
    match predicate:
        case Compare(field, Operator.IN, values):
            order = data.draw(st.permutations(values))
            return Compare(field, Operator.IN, (*order, *order[:1]))
        case Compare():
            return predicate if data.draw(st.booleans()) else Not(Not(predicate))
        case Not(term):
            return Not(_shuffled(term, data))
        case And(terms) | Or(terms):
            kind = type(predicate)
            other: list[Predicate] = data.draw(st.permutations([_shuffled(term, data) for term in terms]))
            cut = data.draw(st.integers(0, len(other)))
            return kind((kind(tuple(other[:cut])), *other[cut:], *other[:1]))
        case _:
            raise AssertionError("not one of those that are made here")


@given(PREDICATES, st.data())
def test_what_is_written_differently_has_one_form(predicate: Predicate, data: st.DataObject) -> None:
    written = _shuffled(predicate, data)
    assert canonical(written) == canonical(predicate)
    assert hash(canonical(written)) == hash(canonical(predicate))


@given(PREDICATES)
def test_a_form_asks_about_no_new_field(predicate: Predicate) -> None:
    assert fields_of(canonical(predicate)) <= fields_of(predicate)


@given(PREDICATES)
def test_a_form_holds_no_constant_inside_and_no_list_in_its_own_kind(predicate: Predicate) -> None:
    def check(form: Predicate) -> None:
        if isinstance(form, Not):
            assert not isinstance(form.term, Not)
            assert form.term not in (EVERYTHING, NOTHING)
            check(form.term)
        elif isinstance(form, And | Or):
            assert len(form.terms) > 1
            for term in form.terms:
                assert type(term) is not type(form)
                assert term not in (EVERYTHING, NOTHING)
                check(term)

    form = canonical(predicate)
    if form not in (EVERYTHING, NOTHING):
        check(form)


def test_over_some_fields_every_other_one_is_null() -> None:
    known, other = is_in("known", "1"), is_in("other", "2")
    absent = Compare("other", Operator.IS_NULL, ())
    assert over(known, ("known",)) == known
    assert over(other, ("known",)) == NOTHING
    assert over(Compare("other", Operator.GT, ("2",)), ("known",)) == NOTHING
    assert over(absent, ("known",)) == EVERYTHING
    assert over(Or((known, other)), ("known",)) == known
    assert over(And((known, other)), ("known",)) == NOTHING
    assert over(And((known, Not(other))), ("known",)) == known
    assert over(Not(absent), ("known",)) == NOTHING
    assert over(Or((other, known)), ("known", "other")) == canonical(Or((known, other)))
