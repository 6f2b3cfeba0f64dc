"""Cases of the search over raw HTTP: what is sent on one connection, and whose answers may come for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from random import Random
from typing import Final

from tests.attacks.wire_people import (
    ALL_ASKED,
    LANGUAGES,
    OFFICER,
    SENDERS,
    STRANGER,
    Asked,
    Crowd,
    Header,
    Sender,
    plain,
)

LIVE: Final = b"GET /health/live HTTP/1.1\r\nHost: hub\r\n\r\n"


class Pause(Enum):
    """What is done between two pieces."""

    READ = "wait until the hub has read what was sent"
    HALF_CLOSE = "say that nothing more comes"
    ANSWER = "wait for an answer"


class Kind(Enum):
    """Every way in which requests are bent."""

    TRAILERS = "trailers of a chunked body"
    SPLITS = "split at a byte"
    CRUMBS = "byte by byte"
    DUPLICATES = "a header twice"
    HALF_CLOSED = "half closed"
    PIPELINED = "several senders on one connection"
    CHUNKS = "chunks and their extensions"
    FOLDED = "folded headers"
    LINE_ENDS = "other line ends"
    LENGTHS = "two lengths of one body"
    EARLY = "answered before the body"
    TARGETS = "odd request lines"
    DAMAGED = "damaged bytes"


@dataclass(frozen=True, slots=True)
class Case:
    """One connection. `asked` are the requests on it in their order, each with all that it may be taken for.

    With `is_sure` every one is answered; otherwise it may be refused, and the connection closed. What `is_damaged` may
    be another request than was meant, or several, but is never anybody else's.
    """

    kind: Kind
    pieces: tuple[bytes | Pause, ...]
    asked: tuple[tuple[Asked, ...], ...]
    is_sure: bool = False
    is_damaged: bool = False


@dataclass(slots=True)
class Bender:
    """Bends requests. The same random numbers make the same cases."""

    crowd: Crowd
    random: Random
    asked: Asked = field(init=False)
    other: Sender = field(init=False)

    def __post_init__(self) -> None:
        self.asked = self.random.choice(ALL_ASKED)
        others = [one for one in SENDERS if one != self.asked.sender]
        # What is whose is told apart the best between these two.
        signed = [one for one in others if one.name == OFFICER] if self.asked.sender.name == STRANGER else others
        self.other = self.random.choice(self.random.choice([others, signed]))

    def case(self, kind: Kind | None = None) -> Case:
        return _BENDERS[kind or self.random.choice(list(Kind))](self)

    @property
    def posted(self) -> Asked:
        return Asked(self.asked.sender, self.asked.question)

    def deciding(self) -> list[Header]:
        """Headers by which one might be taken for somebody else."""
        strange = [
            (b"Accept", b"application/graphql-response+json"),
            (b"X-Forwarded-For", b"203.0.113.9"),
            (b"Origin", b"https://evil.example"),
            (b"Content-Length", b"0"),
            (b"Transfer-Encoding", b"identity"),
            (b"Host", b"other"),
            (b"Hub-Purpose", b"COMPLAINT_HANDLING"),
            (b"Content-Type", b"text/plain"),
            (b"Connection", b"close"),
        ]
        others = self.crowd.headers(self.other)
        return self.random.choice([others, others, others, [self.random.choice(strange)]])

    # --- What a request may be bent into ---

    def trailers(self) -> Case:
        asked = self.posted
        head, body = chunked_head(asked, self.crowd.headers(asked.sender)), chunk(asked.body)
        end = b"0\r\n" + lines(self.deciding()) + b"\r\n"
        at = self.random.randrange(len(end))
        pieces: tuple[bytes | Pause, ...] = self.random.choice(
            [
                (head, Pause.READ, body + end),
                (head + body, Pause.READ, end),
                (head + body + end,),
                (head, Pause.READ, body, Pause.READ, end[:at], Pause.READ, end[at:]),
            ]
        )
        return Case(Kind.TRAILERS, pieces, ((asked,),))

    def splits(self) -> Case:
        data = self.crowd.request(self.asked)
        at = self.random.randrange(1, len(data))
        return Case(Kind.SPLITS, (data[:at], Pause.READ, data[at:]), ((self.asked,),), is_sure=True)

    def crumbs(self) -> Case:
        data = self.crowd.request(self.asked)
        begin = self.random.randrange(0, len(data))
        crumbs = [data[i : i + 1] for i in range(begin, min(begin + 12, len(data)))]
        pieces: list[bytes | Pause] = [data[:begin]]
        for crumb in crumbs:
            pieces += [Pause.READ, crumb]
        return Case(Kind.CRUMBS, (*pieces, data[begin + len(crumbs) :]), ((self.asked,),), is_sure=True)

    def duplicates(self) -> Case:
        own, more = self.crowd.headers(self.asked.sender), self.deciding()
        headers = self.random.choice([[*own, *more], [*more, *own]])
        if self.random.random() < 0.3:
            headers = [(self.random.choice([name.upper(), name.lower()]), value) for name, value in headers]
        return Case(Kind.DUPLICATES, (plain(self.asked, headers),), (self._either(self.other),), is_damaged=True)

    def half_closed(self) -> Case:
        data = self.crowd.request(self.asked)
        at = self.random.choice([len(data), self.random.randrange(len(data))])
        return Case(Kind.HALF_CLOSED, (data[:at], Pause.HALF_CLOSE), ((self.asked,),))

    def pipelined(self) -> Case:
        all_asked = [self.asked, *self.random.choices(ALL_ASKED, k=self.random.randint(1, 5))]
        data = b"".join(map(self.crowd.request, all_asked))
        at = self.random.randrange(len(data))
        pieces = self.random.choice([(data,), (data[:at], Pause.READ, data[at:])])
        return Case(Kind.PIPELINED, pieces, tuple((asked,) for asked in all_asked), is_sure=True)

    def chunks(self) -> Case:
        asked, body = self.posted, self.posted.body
        extension = self.random.choice([b"", b"", b";a=b", b';a="\\";b"', b";" + b"x" * 200, b" ;a", b";\x00"])
        digits = self.random.choice([b"%x", b"%x", b"%X", b"000%x", b"0x%x", b"+%x", b"%x "])
        end = self.random.choice([b"\r\n", b"\r\n", b"\r\n", b"\n"])
        parts: list[bytes] = []
        while body:
            size = self.random.randint(1, len(body))
            parts.append(digits % size + extension + end + body[:size] + b"\r\n")
            body = body[size:]
        data = chunked_head(asked, self.crowd.headers(asked.sender)) + b"".join(parts) + b"0\r\n\r\n"
        at = self.random.randrange(len(data))
        return Case(Kind.CHUNKS, (data[:at], Pause.READ, data[at:]), ((asked,),))

    def folded(self) -> Case:
        fold = self.random.choice([b"\r\n ", b"\r\n\t", b"\r\n  \r\n ", b"\n "])
        more = [(name, value.replace(b" ", fold, 1)) for name, value in self.deciding()]
        more = self.random.choice([more, [(b"X-A", b"b" + fold + lines(more).rstrip())]])
        headers = self.random.choice([[*self.crowd.headers(self.asked.sender), *more], more])
        return Case(Kind.FOLDED, (plain(self.asked, headers),), (self._either(self.other),), is_damaged=True)

    def line_ends(self) -> Case:
        data = self.crowd.request(self.asked)
        end = self.random.choice([b"\n", b"\r", b"\r\r\n", b"\n\r\n", b"\x0b\r\n", b"\x00\r\n"])
        head, between, body = data.partition(b"\r\n\r\n")
        lines = head.split(b"\r\n")
        at = self.random.randrange(len(lines))
        bent = b"\r\n".join(lines[:at]) + end + b"\r\n".join(lines[at:]) if at else end + head
        return Case(Kind.LINE_ENDS, (bent + between + body,), (self._either(),), is_damaged=True)

    def lengths(self) -> Case:
        """A second request stands where a reader of the other length finds it. It is nobody's to answer."""
        asked = self.posted
        hidden = self.random.choice([LIVE, self.crowd.request(Asked(self.other, asked.question, "GET"))])
        whole = chunk(asked.body) + b"0\r\n\r\n"
        named: list[list[Header]] = [
            [(b"Content-Length", b"%d" % len(whole)), (b"Transfer-Encoding", b"chunked")],
            [(b"Transfer-Encoding", b"chunked"), (b"Content-Length", b"%d" % (len(whole) + len(hidden)))],
            [(b"Transfer-Encoding", b"xchunked"), (b"Content-Length", b"%d" % (len(whole) + len(hidden)))],
            [(b"Transfer-Encoding", b"chunked, identity")],
            [(b"Transfer-Encoding", b"identity, chunked"), (b"Content-Length", b"4")],
            [(b"Transfer-Encoding ", b"chunked"), (b"Content-Length", b"%d" % (len(whole) + len(hidden)))],
            [(b"Transfer-Encoding", b"\x0bchunked"), (b"Content-Length", b"%d" % (len(whole) + len(hidden)))],
            [(b"Transfer-Encoding", b"chunked"), (b"Transfer-Encoding", b"identity")],
            [(b"Content-Length", b"%d" % len(whole)), (b"Content-Length", b"%d" % (len(whole) + len(hidden)))],
            [(b"Content-Length", b"%d, %d" % (len(whole), len(whole)))],
            [(b"Content-Length", b"+%d" % len(whole))],
            [(b"Content-Length", b"0x%x" % len(whole))],
            [(b"Content-Length", b"-1")],
            [(b"Content-Length", b"%d" % 2**64)],
        ]
        headers = [(b"Host", b"hub"), *self.crowd.headers(asked.sender), (b"Content-Type", b"application/json")]
        data = b"\r\n".join(
            [asked.line, *(b"%b: %b" % one for one in [*headers, *self.random.choice(named)]), b"", whole]
        )
        return Case(Kind.LENGTHS, (data + hidden,), ((asked,),))

    def early(self) -> Case:
        """What is refused by its head has a body that looks like requests, and is followed by a good one."""
        hidden = self.random.choice([LIVE, self.crowd.request(Asked(self.other, 0, "GET"))]) * 2
        reason = self.random.choice(
            [
                [(b"Authorization", b"Bearer x"), (b"Content-Type", b"application/json")],
                [(b"Content-Type", b"text/plain")],
                [(b"Content-Type", b"application/json"), (b"Accept", b"image/png")],
                [(b"Content-Type", b"application/json"), (b"Expect", b"100-continue")],
            ]
        )
        path = self.random.choice([b"/graphql", b"/health/live", b"/nowhere"])
        head = b"POST %b HTTP/1.1\r\nHost: hub\r\n" % path + lines(reason)
        if self.random.random() < 0.5:
            framing, body = b"Content-Length: %d\r\n\r\n" % len(hidden), hidden
        else:
            framing, body = b"Transfer-Encoding: chunked\r\n\r\n", chunk(hidden) + b"0\r\n\r\n"
        after = self.random.choice([Pause.READ, Pause.ANSWER])
        pieces = (head + framing, after, body + self.crowd.request(self.asked))
        return Case(Kind.EARLY, pieces, ((), (self.asked,)))

    def targets(self) -> Case:
        data = self.crowd.request(self.asked)
        method, target, rest = data.split(b" ", 2)
        line = self.random.choice(
            [
                b"%b http://hub%b HTTP/1.1",
                b"%b http://other%b HTTP/1.1",
                b"%b %b HTTP/1.0",
                b"%b  %b HTTP/1.1",
                b"%b %b HTTP/2.0",
                b"%b %b HTTP/1.1 ",
                b"%b %b",
                b"%b\t%b HTTP/1.1",
                b"%b /%b HTTP/1.1",
                b"%b %b#a HTTP/1.1",
                b"\r\n\r\n%b %b HTTP/1.1",
                b"x%b %b HTTP/1.1",
            ]
        ) % (method, target)
        return Case(Kind.TARGETS, (line + rest.removeprefix(b"HTTP/1.1"),), ((self.asked,),))

    def damaged(self) -> Case:
        data = bytearray(self.random.choice([self.crowd.request(self.asked), self.crowd.request(self.asked) + LIVE]))
        for _ in range(self.random.randint(1, 4)):
            at = self.random.randrange(len(data))
            what = self.random.randrange(4)
            if what == 0:
                data[at] = self.random.randrange(256)
            elif what == 1:
                del data[at : at + self.random.randint(1, 8)]
            elif what == 2:
                data[at:at] = self.random.choice([b"\r\n", b"\n", b"\x00", b" ", b":", b"\r\n\r\n", b"\xff", b"\t"])
            else:
                other = self.random.randrange(len(data))
                data[at:at] = data[other : other + self.random.randint(1, 40)]
        return Case(Kind.DAMAGED, (bytes(data),), (self._either(),), is_damaged=True)

    def _either(self, *more: Sender) -> tuple[Asked, ...]:
        """What its sender or one of these asks, or without a credential or a language who has lost theirs."""
        senders = (self.asked.sender, *more)
        names = {STRANGER, *(one.name for one in senders)}
        languages = {LANGUAGES[0], *(one.language for one in senders)}
        return tuple(
            one
            for one in ALL_ASKED
            if one.question == self.asked.question and one.sender.name in names and one.sender.language in languages
        )


def chunked_head(asked: Asked, headers: list[Header]) -> bytes:
    given = [(b"Host", b"hub"), *headers, (b"Content-Type", b"application/json"), (b"Transfer-Encoding", b"chunked")]
    return asked.line + b"\r\n" + lines(given) + b"\r\n"


def chunk(body: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(body), body)


def lines(headers: list[Header]) -> bytes:
    return b"".join(b"%b: %b\r\n" % header for header in headers)


_BENDERS: Final[dict[Kind, Callable[[Bender], Case]]] = {
    Kind.TRAILERS: Bender.trailers,
    Kind.SPLITS: Bender.splits,
    Kind.CRUMBS: Bender.crumbs,
    Kind.DUPLICATES: Bender.duplicates,
    Kind.HALF_CLOSED: Bender.half_closed,
    Kind.PIPELINED: Bender.pipelined,
    Kind.CHUNKS: Bender.chunks,
    Kind.FOLDED: Bender.folded,
    Kind.LINE_ENDS: Bender.line_ends,
    Kind.LENGTHS: Bender.lengths,
    Kind.EARLY: Bender.early,
    Kind.TARGETS: Bender.targets,
    Kind.DAMAGED: Bender.damaged,
}


def cases(crowd: Crowd, seed: int) -> Iterator[Case]:
    """Without end, each kind in its turn; the same for the same seed, whatever came of those before."""
    number = 0
    # The hub reads the most after it has decided about a request where these come.
    kinds = [*Kind, Kind.TRAILERS, Kind.TRAILERS]
    while True:
        yield Bender(crowd, Random(f"{seed} {number}")).case(kinds[number % len(kinds)])  # to be repeated
        number += 1
