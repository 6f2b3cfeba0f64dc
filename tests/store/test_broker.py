"""The broker within a process: the latest of each key, for each listener, within bounds."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store import broker as module
from store.broker import Event, LocalBroker, TooManyListeners


def event(key: str, payload: bytes = b"", topic: str = "t") -> Event:
    return Event(topic, key, payload)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.binary(max_size=2))))
def test_a_slow_listener_gets_the_last_of_each_key_in_the_order_of_the_last(given_: list[tuple[str, bytes]]) -> None:
    broker = LocalBroker()
    latest: dict[str, bytes] = {}
    with broker.listening("t") as mailbox:
        for key, payload in given_:
            broker.publish(event(key, payload))
            latest.pop(key, None)
            latest[key] = payload
        got = [asyncio.run(mailbox.next()) for _ in latest]
    assert [(one.key, one.payload) for one in got] == list(latest.items())
    assert (broker.counts.published, broker.counts.overtaken) == (len(given_), len(given_) - len(latest))
    assert broker.counts.dropped == 0


async def test_whoever_listens_to_the_topic_gets_it_and_nobody_else() -> None:
    broker = LocalBroker()
    with broker.listening("t") as one, broker.listening("t") as two, broker.listening("u") as other:
        waiting = asyncio.ensure_future(other.next())
        broker.publish(event("a", b"1"))
        assert [await one.next(), await two.next()] == [event("a", b"1")] * 2
        await asyncio.sleep(0)
        assert not waiting.done()
        broker.publish(event("a", b"2", "u"))
        assert await waiting == event("a", b"2", "u")
    broker.publish(event("a"))
    assert broker.listeners == 0


async def test_what_waits_is_bounded_and_the_oldest_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "KEYS_MAX", 2)
    broker = LocalBroker()
    with broker.listening("t") as mailbox:
        for key in ("a", "b", "c"):
            broker.publish(event(key))
        assert [(await mailbox.next()).key for _ in range(2)] == ["b", "c"]
    assert broker.counts.dropped == 1


async def test_there_is_room_for_so_many_listeners(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LISTENERS_MAX", 1)
    broker = LocalBroker()
    with broker.listening("t"), pytest.raises(TooManyListeners), broker.listening("u"):
        pass
    with broker.listening("u"):
        pass


async def test_what_is_put_back_is_the_next_unless_it_was_overtaken() -> None:
    broker = LocalBroker()
    with broker.listening("t") as mailbox:
        broker.publish(event("a", b"1"))
        broker.publish(event("b", b"1"))
        taken = await mailbox.next()
        mailbox.put_back(taken)
        assert await mailbox.next() == taken
        broker.publish(event("a", b"2"))
        mailbox.put_back(taken)
        assert [await mailbox.next() for _ in range(2)] == [event("b", b"1"), event("a", b"2")]
