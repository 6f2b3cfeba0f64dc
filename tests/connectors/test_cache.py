"""The cache of reads: one call for many, old answers at once, what never gets in. Clocks are set, nothing sleeps."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from connectors.cache.memory import BoundedMemory
from connectors.cache.reads import CLOCKS_APART, ENTRY_BYTES_MAX, NEGATIVE_S, OLD_AFTER, CachedAnswer
from connectors.cache.store import CacheStore
from connectors.criteria import CountCriteria, Criteria, Join, KeysetMismatch, Order, ParentKeys
from connectors.guard.breaker import BreakerState
from connectors.kinds import SourceKind
from connectors.protocol import Rows, SourceBroken, SourceFailure, SourceTimeout
from connectors.rest.by_key import RestByKey
from models.batch import ServedFrom, SourceState
from models.errors import DataQuality, DepartmentTimeout, DepartmentUnavailable, HubError, OperationCancelled
from models.predicates import Not, is_in
from tests.connectors.caching import (
    FRESH_FOR,
    LOANS,
    SOURCE,
    STALE_FOR,
    START,
    Desk,
    Library,
    asking,
    criteria,
    rows_of,
    settled,
)

MANY = 500
A_SECOND = timedelta(seconds=1)


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    desk = Desk()
    yield desk
    await desk.cache.close()
    await desk.guard.close()


def memory_of(desk: Desk) -> BoundedMemory:
    assert isinstance(desk.store.storage, BoundedMemory)
    return desk.store.storage


def titles(answer: CachedAnswer[Rows]) -> list[object]:
    return list(answer.value.columns["judul"])


# --- One call for many ------------------------------------------------------------------------------------------------


async def test_many_on_a_cold_key_are_one_call(desk: Desk) -> None:
    desk.library.open.clear()
    requests = [asking() for _ in range(MANY)]
    clients = [asyncio.create_task(desk.rows(request)) for request in requests]
    await settled()
    assert desk.calls == 1
    desk.library.open.set()
    answers = await asyncio.gather(*clients)
    assert desk.calls == 1
    assert {(tuple(titles(answer)), answer.at, answer.served_from) for answer in answers} == {
        (("Bumi Manusia",), START, ServedFrom.SOURCE)
    }
    lines = [request.report.lines["library"] for request in requests]
    assert {(line.state, line.calls) for line in lines} == {(SourceState.OK, 1)}
    assert desk.counts == {"miss": MANY}


async def test_an_answer_is_as_old_as_its_question(desk: Desk) -> None:
    """The source may have read its rows before it was slow to send them."""
    desk.library.open.clear()
    client = asyncio.create_task(desk.rows())
    await settled()
    desk.at += A_SECOND
    desk.library.open.set()
    assert (await client).at == START
    assert (await desk.rows()).at == START
    assert desk.calls == 1
    assert desk.library.calls[0].operation_name == "Loans"


@pytest.mark.parametrize(
    ("failure", "error", "state"),
    [
        (SourceFailure("secret"), DepartmentUnavailable, SourceState.UNAVAILABLE),
        (SourceTimeout("secret"), DepartmentTimeout, SourceState.TIMEOUT),
    ],
)
async def test_many_on_a_key_that_fails_are_one_call(
    desk: Desk, failure: Exception, error: type[HubError], state: SourceState
) -> None:
    desk.library.failure = failure
    requests = [asking() for _ in range(MANY)]
    clients = [desk.rows(request) for request in requests]
    errors = await asyncio.gather(*clients, return_exceptions=True)
    assert desk.calls == 1
    assert {type(one) for one in errors} == {error}
    assert len({id(one) for one in errors}) == MANY
    texts = {str(one) for one in errors}
    assert len(texts) == 1
    assert "Library (Diskominfo)" in texts.pop()
    assert {(request.report.lines["library"].state, request.report.lines["library"].calls) for request in requests} == {
        (state, 1)
    }
    assert desk.counts == {"source failed": MANY}


async def test_a_failure_stands_for_a_moment(desk: Desk) -> None:
    desk.library.failure = SourceFailure()
    for _ in range(5):
        with pytest.raises(DepartmentUnavailable):
            await desk.rows()
    assert (desk.calls, desk.pauses) == (1, [NEGATIVE_S])
    desk.library.failure = None
    desk.later.set()
    await settled()
    assert titles(await desk.rows()) == ["Bumi Manusia"]
    assert desk.calls == 2


async def test_what_a_source_refuses_is_shared_and_does_not_stand(desk: Desk) -> None:
    desk.library.failure = SourceBroken()
    errors = await asyncio.gather(*(desk.rows() for _ in range(MANY)), return_exceptions=True)
    assert ({type(error) for error in errors}, desk.calls) == ({DataQuality}, 1)
    await settled()
    with pytest.raises(DataQuality):
        await desk.rows()
    assert (desk.calls, desk.pauses, len(memory_of(desk))) == (2, [], 0)


async def test_what_a_breaker_refuses_does_not_stand(desk: Desk) -> None:
    await desk.count()
    breaker = desk.guard.bulkheads["library"].breaker
    breaker.state = BreakerState.OPEN
    with pytest.raises(DepartmentUnavailable):
        await desk.rows()
    await settled()
    breaker.state = BreakerState.CLOSED
    assert titles(await desk.rows()) == ["Bumi Manusia"]
    assert (desk.calls, desk.pauses) == (2, [])


async def test_a_cursor_that_does_not_fit_is_everybodys_error_and_does_not_stand(desk: Desk) -> None:
    desk.library.failure = KeysetMismatch("of another list")
    errors = await asyncio.gather(*(desk.rows() for _ in range(3)), return_exceptions=True)
    assert ({type(error) for error in errors}, desk.calls) == ({KeysetMismatch}, 1)
    desk.library.failure = None
    assert titles(await desk.rows()) == ["Bumi Manusia"]


async def test_the_first_client_leaves_and_the_others_are_answered(desk: Desk) -> None:
    desk.library.open.clear()
    first = asyncio.create_task(desk.rows())
    await settled()
    others = [asyncio.create_task(desk.rows()) for _ in range(MANY)]
    await settled()
    first.cancel()
    await settled()
    assert first.cancelled()
    desk.library.open.set()
    answers = await asyncio.gather(*others)
    assert ({tuple(titles(answer)) for answer in answers}, desk.calls) == ({("Bumi Manusia",)}, 1)


async def test_when_the_last_client_leaves_the_source_is_left_alone(desk: Desk) -> None:
    desk.library.open.clear()
    clients = [asyncio.create_task(desk.rows()) for _ in range(MANY)]
    await settled()
    for client in clients[1:]:
        client.cancel()
    await settled()
    assert (desk.library.stopped, clients[0].done()) == (0, False)
    clients[0].cancel()
    await settled()
    assert (desk.library.stopped, desk.calls, clients[0].cancelled()) == (1, 1, True)
    desk.library.open.set()
    assert ((await desk.rows()).served_from, desk.calls) == (ServedFrom.SOURCE, 2)


async def test_who_comes_when_the_last_client_leaves_is_not_ended_with_it(desk: Desk) -> None:
    desk.library.open.clear()
    leaving = asyncio.create_task(desk.rows())
    await settled()
    leaving.cancel()
    coming = asyncio.create_task(desk.rows())
    desk.library.open.set()
    assert titles(await coming) == ["Bumi Manusia"]


async def test_a_renewal_is_nobodys_to_end(desk: Desk) -> None:
    await desk.rows()
    await settled()
    desk.at += FRESH_FOR
    desk.library.open.clear()
    await asyncio.create_task(desk.rows())
    desk.library.open.set()
    await settled()
    assert (desk.calls, desk.library.stopped, (await desk.rows()).at) == (2, 0, desk.at)


async def test_a_client_waits_until_its_own_deadline_and_the_call_goes_on(desk: Desk) -> None:
    desk.library.open.clear()
    request = asking(budget_ms=0)
    with pytest.raises(DepartmentTimeout) as late:
        await desk.rows(request)
    assert "library (Diskominfo) did not answer within 0 milliseconds" in str(late.value)
    assert request.report.lines["library"].state is SourceState.TIMEOUT
    desk.library.open.set()
    await settled()
    assert ((await desk.rows()).served_from, desk.calls) == (ServedFrom.CACHE, 1)


async def test_who_is_gone_asks_nothing(desk: Desk) -> None:
    request = asking()
    request.cancellation.cancel()
    with pytest.raises(OperationCancelled):
        await desk.rows(request)
    assert desk.calls == 0


async def test_when_the_hub_ends_who_waits_is_told(desk: Desk) -> None:
    desk.library.open.clear()
    waiting = asyncio.create_task(desk.rows())
    await settled()
    await desk.cache.close()
    with pytest.raises(DepartmentUnavailable):
        await waiting


async def test_above_the_bound_of_flights_each_asks_for_itself(desk: Desk) -> None:
    desk.cache._flights.flights_max = 0
    assert [titles(await desk.rows()) for _ in range(2)] == [["Bumi Manusia"]] * 2
    assert (desk.calls, len(memory_of(desk))) == (2, 0)


# --- Age --------------------------------------------------------------------------------------------------------------


async def test_a_young_answer_is_given_as_it_is(desk: Desk) -> None:
    first = await desk.rows()
    await settled()
    desk.at += FRESH_FOR * 0.85
    request = asking()
    second = await desk.rows(request)
    await settled()
    assert (second.value, second.at, second.served_from) == (replace(first.value, parents=[]), START, ServedFrom.CACHE)
    assert desk.calls == 1
    line = request.report.lines["library"]
    assert (line.state, line.calls, line.as_of) == (SourceState.OK, 0, START)
    assert desk.counts == {"miss": 1, "hit": 1}


@pytest.mark.parametrize(("luck", "share"), [(0.0, 0.8), (0.5, 0.9), (1.0, 1.0)])
async def test_an_answer_is_renewed_at_nine_tenths_of_its_contract_more_or_less(
    desk: Desk, luck: float, share: float
) -> None:
    desk.luck = luck
    await desk.rows()
    await settled()
    desk.at = START + FRESH_FOR * share - A_SECOND
    await desk.rows()
    await settled()
    assert desk.calls == 1
    desk.at = START + FRESH_FOR * share
    assert (await desk.rows()).served_from is ServedFrom.CACHE
    await settled()
    assert desk.calls == 2
    renewed = await desk.rows()
    assert (renewed.at, renewed.served_from, desk.calls) == (desk.at, ServedFrom.CACHE, 2)


async def test_an_old_answer_is_given_at_once_and_renewed_once_behind_everybodys_back(desk: Desk) -> None:
    await desk.rows()
    await settled()
    desk.at += FRESH_FOR + A_SECOND
    desk.library.open.clear()
    desk.library.answer = rows_of("Cantik Itu Luka")
    requests = [asking(budget_ms=1_000) for _ in range(MANY)]
    answers = await asyncio.gather(*(desk.rows(request) for request in requests))
    assert {(tuple(titles(answer)), answer.at) for answer in answers} == {(("Bumi Manusia",), START)}
    lines = [request.report.lines["library"] for request in requests]
    assert {(line.state, line.calls, line.as_of) for line in lines} == {(SourceState.STALE, 0, START)}
    assert (desk.calls, desk.counts) == (2, {"miss": 1, "stale": MANY})
    desk.library.open.set()
    await settled()
    request = asking()
    answer = await desk.rows(request)
    assert (titles(answer), answer.at, request.report.lines["library"].state) == (
        ["Cantik Itu Luka"], desk.at, SourceState.OK,
    )  # fmt: skip
    assert desk.calls == 2


async def test_an_answer_of_long_ago_is_given_only_where_its_source_gives_none(desk: Desk) -> None:
    await desk.rows()
    await settled()
    desk.at += OLD_AFTER * FRESH_FOR + A_SECOND
    desk.library.answer = rows_of("Cantik Itu Luka")
    request = asking()
    answer = await desk.rows(request)
    assert (titles(answer), answer.served_from, desk.calls) == (["Cantik Itu Luka"], ServedFrom.SOURCE, 2)
    assert request.report.lines["library"].state is SourceState.OK


async def test_exactly_at_its_contract_an_answer_is_not_stale(desk: Desk) -> None:
    await desk.rows()
    await settled()
    desk.at += FRESH_FOR
    request = asking()
    await desk.rows(request)
    assert request.report.lines["library"].state is SourceState.OK


async def test_while_its_source_fails_the_last_good_answer_stands_as_long_as_it_may(desk: Desk) -> None:
    await desk.rows()
    await settled()
    desk.library.failure = SourceFailure()
    desk.at += FRESH_FOR + STALE_FOR
    for _ in range(3):
        request = asking()
        assert titles(await desk.rows(request)) == ["Bumi Manusia"]
        await settled()
        assert request.report.lines["library"].state is SourceState.STALE
        assert request.report.lines["library"].as_of == START
    assert (desk.calls, desk.pauses) == (2, [NEGATIVE_S])
    desk.later.set()
    await settled()
    desk.at += A_SECOND
    with pytest.raises(DepartmentUnavailable):
        await desk.rows()
    assert desk.calls == 3


async def test_the_storage_keeps_an_answer_as_long_as_it_may_be_given(desk: Desk) -> None:
    clock_s = 1_000.0
    memory_of(desk).clock = lambda: clock_s
    await desk.rows()
    await settled()
    ((_, expires_at_s),) = memory_of(desk)._kept.values()
    assert expires_at_s - clock_s == (FRESH_FOR + STALE_FOR).total_seconds()


async def test_without_stale_answers_there_are_none(desk: Desk) -> None:
    desk = Desk(mapping=replace(LOANS, stale_for=None))
    await desk.rows()
    await settled()
    desk.at += FRESH_FOR + A_SECOND
    assert ((await desk.rows()).served_from, desk.calls) == (ServedFrom.SOURCE, 2)


@pytest.mark.parametrize(("back", "served_from"), [(CLOCKS_APART, "CACHE"), (CLOCKS_APART + A_SECOND, "SOURCE")])
async def test_what_was_kept_before_the_clock_was_set_back_is_not_given(
    desk: Desk, back: timedelta, served_from: str
) -> None:
    await desk.rows()
    await settled()
    desk.at -= back
    assert (await desk.rows()).served_from.name == served_from


# --- What is asked ----------------------------------------------------------------------------------------------------


async def test_counts_are_kept_too(desk: Desk) -> None:
    first = await desk.count()
    await settled()
    request = asking()
    second = await desk.count(request)
    assert (first.value, second.value, second.served_from) == ([7], [7], ServedFrom.CACHE)
    assert (desk.calls, request.report.lines["library"].as_of) == (1, START)


def other_questions() -> list[Criteria]:
    base = criteria()
    return [
        replace(base, columns=("id",)),
        replace(base, where=is_in("title", "A")),
        replace(base, where=is_in("title", "B")),
        replace(base, where=Not(is_in("title", "A"))),
        replace(base, where=is_in("id", "A")),
        replace(base, order=(Order("id", descending=True),)),
        replace(base, order=(Order("title"), Order("id"))),
        replace(base, rows_max=11),
        replace(base, reverse=True),
        replace(base, parents=ParentKeys("title", (("A",), ("B",)))),
        replace(base, parents=ParentKeys("title", (("A", "B"),))),
        replace(base, parents=ParentKeys("title", (("B",), ("A",)))),
        replace(base, joins=(Join("one", LOANS, "id", "id", ("id",)),)),
        replace(base, joins=(Join("one", LOANS, "id", "id", ("id",), is_in("title", "A")),)),
    ]


async def test_other_questions_are_other_entries(desk: Desk) -> None:
    questions = [criteria(), *other_questions()]
    for number, question in enumerate(questions):
        desk.library.answer = rows_of(f"Judul {number}")
        await desk.rows(asked=question)
        await settled()
    assert desk.calls == len(questions)
    kept = [titles(await desk.rows(asked=question)) for question in questions]
    assert kept == [[f"Judul {number}"] for number in range(len(questions))]
    assert desk.calls == len(questions)


async def test_what_a_source_lacks_now_is_part_of_the_question(desk: Desk) -> None:
    await desk.count()
    await settled()
    desk.binding.missing = frozenset({"title"})
    assert (await desk.count()).served_from is ServedFrom.SOURCE


@pytest.mark.parametrize(
    "question",
    [
        criteria(("id", "borrower")),
        criteria(("id", "shelf")),
        criteria(where=is_in("borrower", "Budi")),
        criteria(where=Not(is_in("borrower", "Budi"))),
        criteria(order=(Order("borrower"), Order("id"))),
        criteria(order=(Order("shelf"), Order("id"))),
        criteria(parents=ParentKeys("borrower", (("Budi",),))),
        replace(criteria(), joins=(Join("one", LOANS, "id", "id", ("id", "borrower")),)),
        replace(criteria(), joins=(Join("one", LOANS, "id", "id", ("id", "shelf")),)),
        replace(criteria(), joins=(Join("one", LOANS, "id", "id", ("id",), is_in("borrower", "Budi")),)),
    ],
    ids=["read", "same column", "compared", "negated", "sorted", "sorted by", "parent", "joined", "joins", "join by"],
)
async def test_nothing_about_a_personal_field_is_kept(desk: Desk, question: Criteria) -> None:
    answers = [await desk.rows(asked=question) for _ in range(2)]
    await settled()
    assert [answer.served_from for answer in answers] == [ServedFrom.SOURCE] * 2
    assert (desk.calls, len(memory_of(desk)), desk.counts) == (2, 0, {})


@pytest.mark.parametrize(
    "question",
    [
        CountCriteria("loans", is_in("borrower", "Budi")),
        CountCriteria("loans", parents=ParentKeys("borrower", (("B",),))),
    ],
)
async def test_no_count_of_a_persons_rows_is_kept(desk: Desk, question: CountCriteria) -> None:
    for _ in range(2):
        await desk.count(asked=question)
    await settled()
    assert (desk.calls, len(memory_of(desk))) == (2, 0)


def by_key(*, keeps_nothing: bool) -> SourceKind:
    return RestByKey((), keeps_nothing=keeps_nothing)


@pytest.mark.parametrize(
    ("desk", "calls"),
    [
        (Desk(mapping=replace(LOANS, fresh_for=None)), 2),
        (Desk(Library(is_local=True)), 2),
        (Desk(source=replace(SOURCE, kind=by_key(keeps_nothing=True))), 2),
        (Desk(source=replace(SOURCE, kind=by_key(keeps_nothing=False))), 1),
    ],
    ids=["no contract", "a copy", "keeps nothing", "may be kept"],
)
async def test_some_sources_are_not_kept_at_all(desk: Desk, calls: int) -> None:
    for _ in range(2):
        await desk.rows()
        await settled()
    assert (desk.calls, len(memory_of(desk))) == (calls, 2 - calls)


# --- What is kept -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [object(), 2**70, ["a"]], ids=["object", "large", "list"])
async def test_what_cannot_be_kept_is_answered(desk: Desk, value: object) -> None:
    desk.library.answer = rows_of(value)
    for _ in range(2):
        assert titles(await desk.rows()) == [value]
        await settled()
    assert (desk.calls, desk.counts) == (2, {"miss": 2, "not stored": 2})


async def test_an_answer_that_is_too_large_is_not_kept(desk: Desk) -> None:
    desk.library.answer = rows_of("x" * ENTRY_BYTES_MAX)
    await desk.rows()
    await settled()
    assert (len(memory_of(desk)), desk.counts) == (0, {"miss": 1, "not stored": 1})


@pytest.mark.parametrize("value", [2**70, "\udc80"], ids=["large", "no text"])
async def test_a_question_that_has_no_name_is_asked(desk: Desk, value: object) -> None:
    for _ in range(2):
        await desk.rows(asked=criteria(where=is_in("title", value)))
    assert desk.calls == 2


@pytest.mark.parametrize("poison", ["garbage", "empty", "cut", "longer", "of another question", "changed"])
async def test_a_poisoned_entry_is_a_miss_and_goes(desk: Desk, poison: str) -> None:
    await desk.rows()
    await desk.rows(asked=criteria(("id",)))
    await settled()
    kept = memory_of(desk)._kept
    (name, (sealed, until)), (_, (other, _)) = kept.items()
    kept[name] = (
        {
            "garbage": b"\x00garbage" * 40, "empty": b"", "cut": sealed[:-1], "longer": sealed + b"x",
            "of another question": other, "changed": sealed.replace(b"Bumi", b"Buku"),
        }[poison],
        until,
    )  # fmt: skip
    desk.library.open.clear()
    waiting = asyncio.create_task(desk.rows())
    await settled()
    assert name not in kept
    desk.library.open.set()
    assert (titles(await waiting), desk.counts["poisoned"]) == (["Bumi Manusia"], 1)
    await settled()
    assert ((await desk.rows()).served_from, desk.calls) == (ServedFrom.CACHE, 3)


async def test_an_entry_sealed_with_another_secret_is_not_read(desk: Desk) -> None:
    await desk.rows()
    await settled()
    ((sealed, until),) = memory_of(desk)._kept.values()
    other = Desk(secret=b"another secret of these tests, as long", library=Library(rows_of("Saman")))
    name = other.cache.keys.name(other.binding, criteria())
    assert name not in memory_of(desk)._kept
    memory_of(other)._kept[name] = (sealed, until)
    assert titles(await other.rows()) == ["Saman"]
    assert other.counts == {"poisoned": 1, "miss": 1}


async def test_no_value_stands_in_a_name(desk: Desk) -> None:
    await desk.rows(asked=criteria(where=is_in("title", "Bumi Manusia")))
    await settled()
    (name,) = memory_of(desk)._kept
    assert len(name) == 64
    assert set(name) <= set("0123456789abcdef")


async def test_nobody_waits_until_an_answer_is_kept(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    may_keep = asyncio.Event()

    async def put(_store: CacheStore, name: str, value: bytes, keep_s: float) -> None:
        await may_keep.wait()

    monkeypatch.setattr(CacheStore, "put", put)
    for _ in range(3):
        assert ((await desk.rows()).served_from, desk.calls) == (ServedFrom.SOURCE, 1)
    may_keep.set()
    await settled()
    assert ((await desk.rows()).served_from, desk.calls) == (ServedFrom.SOURCE, 2)


async def test_a_flushed_cache_asks_again(desk: Desk) -> None:
    await desk.rows()
    await settled()
    await desk.store.storage.clear()
    assert ((await desk.rows()).served_from, desk.calls) == (ServedFrom.SOURCE, 2)
