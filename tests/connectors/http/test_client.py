"""One careful GET: what it sends, what it takes, and what it refuses within its bounds."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import httpx2
import pytest

from connectors.http.access import AnswerTooLarge, GarbledAnswer, HttpAccess, UnsafeAddress, UnusableAnswer
from connectors.http.client import (
    HttpClient,
    HttpLimits,
    HttpResponse,
    SourceLogin,
    Validators,
    api_key_header,
    api_key_parameter,
    base_url,
    basic,
    bearer,
)
from connectors.kinds import SourceUrlError
from connectors.load import LoadContract
from connectors.protocol import SourceFailure, SourceTimeout, SourceUnreachable
from tests.connectors.web import HTML, LOOPBACK, Asked, Web, redirect, said, served, zipped

LIMITS = HttpLimits(connect_s=1.0, read_s=1.0, total_s=2.0, bytes_max=100_000)
JSON = ("application/json", "application/*+json")
SECRET = "s3cret"


async def get(
    web: Web,
    path: str = "",
    known: Validators | None = None,
    limits: HttpLimits = LIMITS,
    sign_in: SourceLogin | None = None,
    credential: str | None = None,
) -> HttpResponse:
    client = HttpClient.of(web.url, LOOPBACK, LoadContract(), limits, sign_in, credential)
    try:
        return await client.get(client.url(path), JSON, known or Validators())
    finally:
        await client.close()


async def refused(web: Web, limits: HttpLimits = LIMITS) -> SourceFailure:
    """How a GET fails; its text holds nothing of the URL or the body."""
    with pytest.raises(SourceFailure) as raised:
        await get(web, "rahasia", limits=limits)
    assert "rahasia" not in str(raised.value)
    assert str(web.port) not in str(raised.value)
    return raised.value


# --- What it sends and takes ------------------------------------------------------------------------------------------


async def test_an_answer_is_taken_whole() -> None:
    def say(_: Asked) -> bytes:
        return said('{"a": 1}', "application/json; charset=utf-8", "200 OK", 'ETag: "1"', "Last-Modified: Fri")

    async with served(say) as web:
        answer = await get(web, "a/b")
    assert (answer.status, answer.body, answer.content_type) == (200, b'{"a": 1}', "application/json; charset=utf-8")
    assert answer.validators == Validators('"1"', "Fri")
    (asked,) = web.asked
    assert (asked.target, asked.headers["accept-encoding"]) == ("/a/b", "gzip")
    assert not {"cookie", "authorization"} & asked.headers.keys()


async def test_what_is_known_is_not_sent_again() -> None:
    async with served(lambda _: b"HTTP/1.1 304 Not Modified\r\n\r\n") as web:
        assert (await get(web, known=Validators('"1"', "Fri"))).status == 304
        assert (web.asked[0].headers["if-none-match"], web.asked[0].headers["if-modified-since"]) == ('"1"', "Fri")
        with pytest.raises(UnusableAnswer):
            await get(web)


async def test_gzip_is_undone() -> None:
    async with served(lambda _: zipped(b"[1, 2]")) as web:
        assert (await get(web)).body == b"[1, 2]"


@pytest.mark.parametrize(
    ("sign_in", "credential", "header", "value"),
    [
        (api_key_header("X-Api-Key"), SECRET, "x-api-key", SECRET),
        (bearer(), SECRET, "authorization", f"Bearer {SECRET}"),
        (basic(), "simpul:s3cret", "authorization", "Basic c2ltcHVsOnMzY3JldA=="),
    ],
)
async def test_the_credential_goes_along_as_the_service_wants_it(
    sign_in: SourceLogin, credential: str, header: str, value: str
) -> None:
    async with served(lambda _: said("{}")) as web:
        await get(web, sign_in=sign_in, credential=credential)
    assert web.asked[0].headers[header] == value


async def test_a_key_in_the_query_is_not_in_the_answer_s_url(caplog: pytest.LogCaptureFixture) -> None:
    async with served(lambda _: said("{}")) as web:
        with caplog.at_level("DEBUG"):
            answer = await get(web, sign_in=api_key_parameter("kunci"), credential=SECRET)
    assert web.asked[0].parameters == {"kunci": SECRET}
    assert SECRET not in str(answer.url)
    assert SECRET not in caplog.text


def test_a_credential_is_not_shown_by_the_client() -> None:
    client = HttpClient.of("https://host/", HttpAccess(), LoadContract(), LIMITS, bearer(), SECRET)
    assert SECRET not in repr(client)


@pytest.mark.parametrize(
    ("sign_in", "credential"), [(None, SECRET), (bearer(), None), (bearer(), "two\r\nlines"), (bearer(), "kunci\u2019")]
)
def test_a_credential_that_does_not_fit_is_refused(sign_in: SourceLogin | None, credential: str | None) -> None:
    with pytest.raises(SourceUrlError):
        HttpClient.of("https://host/", HttpAccess(), LoadContract(), LIMITS, sign_in, credential)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "rahasia",
        "ftp://rahasia/",
        "http://",
        "http://user:rahasia@host/",
        "https://rahasia/#a",
        "http://[",
        "file:///rahasia",
    ],
)
def test_a_url_that_is_none_is_refused_without_being_repeated(url: str) -> None:
    with pytest.raises(SourceUrlError) as raised:
        base_url(url)
    assert "rahasia" not in str(raised.value)


async def test_a_host_may_be_served_in_this_process() -> None:
    async def app(scope: object, receive: object, send: object) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})  # type: ignore[operator]  # ASGI
        await send({"type": "http.response.body", "body": b"[7]"})  # type: ignore[operator]  # ASGI

    access = HttpAccess(transports={"sample.invalid": httpx2.ASGITransport(app)})
    client = HttpClient.of("http://sample.invalid/x", access, LoadContract(), LIMITS)
    assert (await client.get(client.base, JSON)).body == b"[7]"


async def test_there_are_never_more_connections_than_the_contract_allows() -> None:
    async def slowly(_: Asked) -> AsyncIterator[bytes]:
        await asyncio.sleep(0.02)
        yield said("{}")

    async with served(slowly) as web:
        client = HttpClient.of(web.url, LOOPBACK, LoadContract(connections_max=3), LIMITS)
        await asyncio.gather(*(client.get(client.base, JSON) for _ in range(12)))
        await client.close()
    assert (len(web.asked), web.open_most) == (12, 3)


async def test_an_abandoned_get_closes_its_connection() -> None:
    async def never(_: Asked) -> AsyncIterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n"
        for _beat in range(1_000):
            await asyncio.sleep(0.01)
            yield b" "

    async with served(never) as web:
        client = HttpClient.of(web.url, LOOPBACK, LoadContract(connections_max=1), LIMITS)
        asking = asyncio.ensure_future(client.get(client.base, JSON))
        while not web.asked:  # noqa: ASYNC110  # a few turns of the loop
            await asyncio.sleep(0.005)
        asking.cancel()
        await asyncio.wait({asking})
        async with asyncio.timeout(1):
            while web.open:  # noqa: ASYNC110  # a few turns of the loop
                await asyncio.sleep(0.005)
        await client.close()
    assert asking.cancelled()


# --- What it refuses --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        (said(HTML, "text/html; charset=utf-8"), UnusableAnswer),
        (said("{}", "application/json", "500 Internal Server Error"), SourceUnreachable),
        (said("{}", "application/json", "503 Service Unavailable"), SourceUnreachable),
        (said("{}", "application/json", "401 Unauthorized"), SourceUnreachable),
        (said("{}", "application/json", "429 Too Many Requests"), SourceUnreachable),
        (said("{}", "application/json", "400 Bad Request"), UnusableAnswer),
        (said("{}", "application/json", "204 No Content"), UnusableAnswer),
        (said("{}", "application/json", "206 Partial Content"), UnusableAnswer),
        (said("[1, 2", "application/json", "200 OK", length=50), GarbledAnswer),
        (said("x" * 100_001), AnswerTooLarge),
        (said("{}", length=10**15), AnswerTooLarge),
        (zipped(b"0" * 200_000), AnswerTooLarge),
        (said("{}", "application/json", "200 OK", "Content-Encoding: br"), UnusableAnswer),
        (said("{}", "application/json", "200 OK", "Content-Encoding: gzip, gzip"), UnusableAnswer),
        (said("{}", "application/json", "200 OK", "Content-Encoding: gzip"), GarbledAnswer),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000 + b"\r\n\r\n", GarbledAnswer),
        (b"SSH-2.0-OpenSSH_9.6\r\n", GarbledAnswer),
        (b"", GarbledAnswer),
    ],
)  # fmt: skip
async def test_what_is_no_good_answer_is_refused(answer: bytes, failure: type[SourceFailure]) -> None:
    async with served(lambda _: answer) as web:
        assert type(await refused(web)) is failure


async def test_a_port_where_nobody_listens_is_unreachable() -> None:
    async with served(lambda _: b"") as web:
        pass
    assert type(await refused(web)) is SourceUnreachable


async def test_a_body_without_end_is_left_at_the_bound() -> None:
    sent = 0

    async def endless(_: Asked) -> AsyncIterator[bytes]:
        nonlocal sent
        yield b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n"
        while sent < 2_000_000_000:
            sent += 65_536
            yield b" " * 65_536

    async with served(endless) as web:
        assert type(await refused(web)) is AnswerTooLarge
    # What the buffers of both systems hold was sent too.
    assert sent < 20_000_000


async def test_a_gzip_bomb_is_left_at_the_bound() -> None:
    bomb = zipped(b"\0" * 200_000_000)
    assert len(bomb) < 300_000
    async with served(lambda _: bomb) as web:
        started = time.perf_counter()
        assert type(await refused(web)) is AnswerTooLarge
        assert time.perf_counter() - started < 2.0


async def test_a_trickle_ends_at_the_total_time() -> None:
    async def trickle(_: Asked) -> AsyncIterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n"
        for _beat in range(1_000):
            await asyncio.sleep(0.02)
            yield b" "

    async with served(trickle) as web:
        started = time.perf_counter()
        assert type(await refused(web, HttpLimits(total_s=0.2))) is SourceTimeout
        assert time.perf_counter() - started < 1.0


async def test_silence_ends_at_the_read_time() -> None:
    async def silent(_: Asked) -> AsyncIterator[bytes]:
        await asyncio.sleep(5)
        yield b""

    async with served(silent) as web:
        assert type(await refused(web, HttpLimits(read_s=0.1))) is SourceTimeout


# --- Redirects --------------------------------------------------------------------------------------------------------


async def test_redirects_within_the_host_are_followed_three_times() -> None:
    steps = {
        "/0": redirect("/1"),
        "/1": redirect("2?a=b"),
        "/2": redirect("/3"),
        "/3": said("[3]"),
        "/r": redirect("/0"),
    }
    async with served(lambda asked: steps[asked.path]) as web:
        answer = await get(web, "0")
        assert (answer.body, answer.url.path) == (b"[3]", "/3")
        with pytest.raises(UnsafeAddress):
            await get(web, "r")


@pytest.mark.parametrize(
    "location",
    [
        "http://169.254.169.254/latest/meta-data/",
        "http://[fd00:ec2::254]/",
        "http://127.0.0.1:1/",
        "https://127.0.0.1/",
        "http://localhost/",
        "//elsewhere.example/",
        "file:///etc/passwd",
        "http://user@127.0.0.1/",
        "gopher://127.0.0.1/",
        "http://[",
    ],
)
async def test_a_redirect_elsewhere_is_not_followed(location: str) -> None:
    async with served(lambda _: redirect(location)) as web:
        failure = await refused(web)
        assert isinstance(failure, UnusableAnswer) or type(failure).__name__ == "SourceBroken"
        assert location not in str(failure)
    assert len(web.asked) == 1


@pytest.mark.parametrize(
    ("here", "there", "good"),
    [
        ("http://a.example/x", "https://a.example/y", True),
        ("https://a.example/x", "http://a.example/y", False),
        ("https://a.example/x", "https://a.example:443/y", True),
        ("http://a.example:8080/x", "https://a.example/y", False),
        ("https://a.example/x", "https://b.a.example/", False),
        ("https://a.example/x", "https://A.example/", True),
    ],
)
def test_a_link_stays_on_its_host_and_never_leaves_https(here: str, there: str, good: bool) -> None:
    client = HttpClient.of(here, HttpAccess(), LoadContract(), LIMITS)
    if good:
        assert client.linked(there).host == "a.example"
    else:
        with pytest.raises(UnsafeAddress):
            client.linked(there)
