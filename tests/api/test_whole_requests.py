"""Whole requests: what is read without a parser is what uvicorn's parser reads, and everything else is left to it."""

from __future__ import annotations

import httptools
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from api.whole_requests import BYTES_MAX, WholeRequest, whole_request

BODY = b'{"query": "{ __typename }"}'
HEAD = b"POST /graphql HTTP/1.1\r\nHost: hub\r\nContent-Type: application/json\r\n"
POST = HEAD + b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY
GET = b"GET /graphql?query=%7B__typename%7D HTTP/1.1\r\nHost: hub\r\nAccept: */*\r\n\r\n"


Read = tuple[bytes, bytes, list[tuple[bytes, bytes]], bytes, bool]
"""Method, target, headers, body, and whether the connection stays."""


class Parsed:
    """The requests that uvicorn's parser finds in some bytes, as far as they are complete."""

    def __init__(self, data: bytes) -> None:
        self.requests: list[Read] = []
        self._parser = httptools.HttpRequestParser(self)
        self._parser.feed_data(data)

    def on_message_begin(self) -> None:
        self._url, self._body = b"", b""
        self._headers: list[tuple[bytes, bytes]] = []

    def on_url(self, url: bytes) -> None:
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers.append((name.lower(), value))

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        stays = self._parser.should_keep_alive() and not self._parser.should_upgrade()
        self.requests.append((self._parser.get_method(), self._url, self._headers, self._body, stays))


def as_parsed(request: WholeRequest) -> Read:
    url = b"/graphql" if request.method == b"POST" else b"/graphql?" + request.query_string
    return request.method, url, request.headers, request.body, True


NAMES = st.sampled_from(
    b"Host Accept Accept-Encoding Authorization Connection Content-Length Expect Keep-Alive Origin TE "
    b"Transfer-Encoding Upgrade X-Request-Id x".split()
)
VALUES = st.one_of(
    st.sampled_from(
        [b"", b"hub", b"keep-alive", b"Keep-Alive", b"close", b"chunked", b"0", b"1", b"27", b"+27", b"0027"]
    ),
    st.binary(max_size=8),
)
LINES = st.builds(lambda name, gap, value, end: name + b":" + gap + value + end,
                  NAMES, st.sampled_from([b"", b" ", b"\t ", b"\r\n "]), VALUES,
                  st.sampled_from([b"\r\n"] * 8 + [b"\n", b" \r\n", b"\r"]))  # fmt: skip
BEGINS = st.sampled_from(
    [b"POST /graphql HTTP/1.1\r\n"] * 6
    + [b"GET /graphql?query=a&b=%20~ HTTP/1.1\r\n"] * 3
    + [b"GET /graphql?a#b HTTP/1.1\r\n", b"GET /graphql?\xe9 HTTP/1.1\r\n", b"POST /graphql HTTP/1.0\r\n"]
    + [b"POST /graphql  HTTP/1.1\r\n", b"post /graphql HTTP/1.1\r\n", b"POST /graphql HTTP/1.1\n"]
)
REQUESTS = st.builds(
    lambda begin, lines, length, body: begin + b"".join(lines) + length + b"\r\n" + body,
    BEGINS,
    st.lists(LINES, max_size=4),
    st.sampled_from([b"Content-Length: 27\r\n"] * 4 + [b"", b"content-length:26\r\n", b"Content-Length: 0\r\n"]),
    st.sampled_from([BODY] * 4 + [b"", BODY + BODY, BODY + GET]),
)


@given(REQUESTS)
@example(POST)
@example(GET)
def test_what_is_whole_is_what_the_parser_reads(data: bytes) -> None:
    request = whole_request(data)
    if request is not None:
        assert Parsed(data).requests == [as_parsed(request)]


@given(st.sampled_from([POST, GET]), st.data())
def test_a_byte_that_is_another_is_read_alike_or_left_to_the_parser(data: bytes, drawn: st.DataObject) -> None:
    at = drawn.draw(st.integers(0, len(data) - 1))
    changed = data[:at] + bytes([drawn.draw(st.integers(0, 255))]) + data[at + 1 :]
    request = whole_request(changed)
    if request is not None:
        assert Parsed(changed).requests == [as_parsed(request)]


@pytest.mark.parametrize("data", [POST, GET, POST.replace(b"Host: hub", b"Connection: keep-alive")])
def test_the_plainest_are_whole(data: bytes) -> None:
    request = whole_request(data)
    assert request is not None
    assert Parsed(data).requests == [as_parsed(request)]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        POST[:-1],
        POST + b"\n",
        POST + POST,
        GET + GET,
        GET[:-2],
        POST.replace(b"Host: hub", b"Connection: close"),
        POST.replace(b"Host: hub", b"Transfer-Encoding: chunked"),
        POST.replace(b"Host: hub", b"Expect: 100-continue"),
        POST.replace(b"Host: hub", b"Upgrade: websocket"),
        POST.replace(b"Host: hub", b"Content-Length: 27"),
        POST.replace(b"Host: hub", b"Host : hub"),
        POST.replace(b"Host: hub", b"Host: hub\n X: y"),
        POST.replace(b"HTTP/1.1", b"HTTP/1.0"),
        POST.replace(b"/graphql", b"/graphql?x"),
        POST.replace(b"/graphql", b"/graphql/"),
        POST.replace(b"POST", b"HEAD"),
        HEAD + b"Content-Length: %d\r\n\r\n" % BYTES_MAX + bytes(BYTES_MAX),
    ],
)
def test_what_is_not_beyond_doubt_is_left_to_the_parser(data: bytes) -> None:
    assert whole_request(data) is None
