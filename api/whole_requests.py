"""Whole requests: those to /graphql that came in one piece and in the plainest form, read without a parser.

Most come so, and what is known already is answered in less time than a parser and a task take. Whatever is not beyond
doubt is none of these, and goes the usual way.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

BYTES_MAX = 65_536

_BEGIN = re.compile(rb"(?:(POST) /graphql|(GET) /graphql\?([!\"$-~]*)) HTTP/1\.1\r\n")
_HEADERS = re.compile(rb"(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+:[^\x00-\x08\x0a-\x1f\x7f]*\r\n)+")
_HEADER = re.compile(rb"([^:]+):[ \t]*([^\r]*)\r\n")
_OF_THE_CONNECTION = frozenset(
    b"expect http2-settings keep-alive proxy-connection te trailer transfer-encoding upgrade".split()
)
_STAYS = b"keep-alive"


@dataclass(frozen=True, slots=True)
class WholeRequest:
    """A request whose connection stays. Names of headers are in lower case; of GET the body is empty."""

    method: bytes
    query_string: bytes
    headers: list[tuple[bytes, bytes]]
    body: bytes


def whole_request(data: bytes) -> WholeRequest | None:
    """The request that these bytes are, no less and no more, where nothing came before them on their connection."""
    begin = _BEGIN.match(data)
    if begin is None or len(data) > BYTES_MAX:
        return None
    at = begin.end()
    end = data.find(b"\r\n\r\n", at)
    # The headers' own line ends are looked at, the empty line is not.
    if end < 0 or _HEADERS.fullmatch(data, at, end + 2) is None:
        return None
    headers = [(name.lower(), value) for name, value in _HEADER.findall(data, at, end + 2)]
    length = -1
    for name, value in headers:
        if name == b"content-length":
            if length >= 0 or not value.isdigit() or len(value) > len(str(BYTES_MAX)):
                return None
            length = int(value)
        elif name == b"connection":
            if value.lower() != _STAYS:
                return None
        elif name in _OF_THE_CONNECTION:
            return None
    posts, gets, query_string = begin.groups()
    if len(data) - end - 4 != (length if posts or length > 0 else 0):
        return None
    return WholeRequest(posts or gets, query_string or b"", headers, data[end + 4 :])
