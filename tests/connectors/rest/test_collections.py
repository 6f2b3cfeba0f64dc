"""Collections: a listing comes whole, however it is paged, or not at all."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from connectors.decoders import number_key, text
from connectors.http.client import HttpLimits, api_key_header
from connectors.mapping import Mapping, MappingError, column
from connectors.replica.replica import Bounds, Replica
from connectors.rest import Collection, Cursors, Links, Offsets, OnePage, Pages, Rest
from connectors.rest.collections import Paging
from models.sources.findings import Finding, FindingKind
from tests.connectors.letters import Letter
from tests.connectors.reading import read
from tests.connectors.web import HTML, Asked, opening, redirect, said, served, zipped

SURAT = sa.table("surat", sa.column("id", sa.Integer), sa.column("judul", sa.String(40)))
LETTERS = Mapping(
    record=Letter,
    source="surat",
    selectable=SURAT,
    columns={"id": column("id", decoder=number_key()), "title": column("judul", decoder=text())},
)
ITEMS = [{"id": number, "judul": f"Judul {number}"} for number in range(1, 8)]
LIMITS = HttpLimits(read_s=0.3, total_s=0.6, bytes_max=500_000)


def kind(paging: Paging | None = None, path: str = "/surat", total: str = "", **more: object) -> Rest:
    collection = Collection("surat", path, "data", paging=paging or OnePage(), total=total)
    return Rest((collection,), limits=LIMITS, **more)  # type: ignore[arg-type]  # fields of Rest


def listing(items: object, **more: object) -> bytes:
    return said(json.dumps({"data": items, **more}))


def open_at(
    url: str, folder: Path, rest: Rest, found: list[Finding] | None = None, credential: str | None = None
) -> Replica:
    return rest.connector(opening(url, folder, LETTERS, found=found, credential=credential))


async def titles(replica: Replica) -> list[object]:
    return list((await read(replica, LETTERS, ("id", "title"))).columns["judul"])


async def loads(say: Callable[[Asked], bytes], folder: Path, rest: Rest) -> tuple[list[str], list[object]]:
    """What is asked for, and what comes of it."""
    async with served(say) as web:
        replica = open_at(web.url, folder, rest)
        assert await replica.refresh(), replica.state.reason
        found = await titles(replica)
        await replica.close()
    return [asked.target for asked in web.asked], found


ALL = [item["judul"] for item in ITEMS]

# --- Paging -----------------------------------------------------------------------------------------------------------


async def test_one_page(tmp_path: Path) -> None:
    assert await loads(lambda _: listing(ITEMS), tmp_path, kind()) == (["/surat"], ALL)


async def test_pages_end_with_one_that_is_empty(tmp_path: Path) -> None:
    def say(asked: Asked) -> bytes:
        at = int(asked.parameters["halaman"]) * 3
        return listing(ITEMS[at : at + 3])

    paging = Pages("halaman", first_number=0, size_parameter="n", size=3)
    targets, found = await loads(say, tmp_path, kind(paging))
    assert (targets, found) == ([f"/surat?halaman={page}&n=3" for page in range(4)], ALL)


async def test_the_service_s_own_shorter_pages_are_no_end(tmp_path: Path) -> None:
    def say(asked: Asked) -> bytes:
        at = int(asked.parameters["offset"])
        return listing(ITEMS[at : at + 2])

    targets, found = await loads(say, tmp_path, kind(Offsets(size=100)))
    assert (len(targets), found) == (5, ALL)


async def test_a_stated_total_saves_the_empty_page(tmp_path: Path) -> None:
    def say(asked: Asked) -> bytes:
        _, _, start, limit = asked.path.split("/")
        return listing(ITEMS[int(start) - 1 :][: int(limit)], meta={"total": 7})

    paging = Offsets("start", "limit", size=4, first_offset=1)
    targets, found = await loads(say, tmp_path, kind(paging, "/surat/{start}/{limit}", "meta.total"))
    assert (targets, found) == (["/surat/1/4", "/surat/5/4"], ALL)


async def test_cursors(tmp_path: Path) -> None:
    def say(asked: Asked) -> bytes:
        at = int(asked.parameters.get("sesudah", "0"))
        return listing(ITEMS[at : at + 3], next=str(at + 3) if at + 3 < 7 else None)

    targets, found = await loads(say, tmp_path, kind(Cursors("sesudah", "next")))
    assert (targets, found) == (["/surat", "/surat?sesudah=3", "/surat?sesudah=6"], ALL)


@pytest.mark.parametrize("in_header", [True, False])
async def test_links(tmp_path: Path, in_header: bool) -> None:
    def say(asked: Asked) -> bytes:
        at = int(asked.parameters.get("p", "0"))
        link = f"?p={at + 3}" if at == 0 else f"/lain/surat?p={at + 3}"
        last = at + 3 >= 7
        if in_header:
            headers = () if last else (f'Link: </x>; rel="prev", <{link}>; rel="next"',)
            return said(json.dumps({"data": ITEMS[at : at + 3]}), "application/json", "200 OK", *headers)
        return listing(ITEMS[at : at + 3], links={"next": None if last else link})

    targets, found = await loads(say, tmp_path, kind(Links("" if in_header else "links.next")))
    assert (targets, found) == (["/surat", "/surat?p=3", "/lain/surat?p=6"], ALL)


async def test_an_item_that_comes_on_two_pages_is_one_row(tmp_path: Path) -> None:
    def say(asked: Asked) -> bytes:
        at = max(0, (int(asked.parameters["page"]) - 1) * 3 - 1)
        return listing(ITEMS[at : at + 3])

    assert (await loads(say, tmp_path, kind(Pages())))[1] == ALL


async def test_parameters_and_fields_and_the_key_are_the_city_s_to_state(tmp_path: Path) -> None:
    collection = Collection(
        "surat", "/{jenis}/daftar", "", {"judul": "isi.judul"}, parameters={"jenis": "a/b", "aktif": "1"}
    )
    rest = Rest((collection,), api_key_header("X-Key"))
    items = [{"id": 1, "isi": {"judul": "x"}}]
    async with served(lambda _: said(json.dumps(items))) as web:
        replica = open_at(f"{web.url}/api/", tmp_path, rest, credential="kunci")
        assert await replica.refresh()
        assert await titles(replica) == ["x"]
        await replica.close()
    assert web.asked[0].target == "/api/a%2Fb/daftar?aktif=1"
    assert web.asked[0].headers["x-key"] == "kunci"


# --- What is unchanged, and what has drifted --------------------------------------------------------------------------


async def test_what_is_unchanged_is_not_copied_again(tmp_path: Path) -> None:
    def say(asked: Asked) -> bytes:
        if asked.headers.get("if-none-match") == '"a"':
            return b"HTTP/1.1 304 Not Modified\r\nConnection: close\r\n\r\n"
        return said(json.dumps({"data": ITEMS}), "application/json", "200 OK", 'ETag: "a"')

    async with served(say) as web:
        replica = open_at(web.url, tmp_path, kind())
        assert await replica.refresh()
        copied_at = replica.state.copied_at
        assert await replica.refresh()
        await replica.close()
        again = open_at(web.url, tmp_path, kind())
        assert await again.refresh()
        assert again.state.copied_at == copied_at
        await again.close()
    assert ["if-none-match" in asked.headers for asked in web.asked] == [False, True, False]


async def test_a_field_that_no_item_has_any_more_is_found(tmp_path: Path) -> None:
    found: list[Finding] = []
    async with served(lambda _: listing([{"id": 1, "title": "x"}, {"id": 2}])) as web:
        replica = open_at(web.url, tmp_path, kind(), found)
        assert await replica.refresh()
        assert await titles(replica) == [None, None]
        await replica.close()
    assert [(finding.field, finding.kind) for finding in found] == [("title", FindingKind.MISSING_COLUMN)]


def test_a_table_that_nothing_brings_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MappingError):
        open_at("http://host/", tmp_path, Rest((Collection("lain"),)))


# --- Bad services -----------------------------------------------------------------------------------------------------


async def endless(_: Asked) -> AsyncIterator[bytes]:
    yield b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{"data": ['
    for _number in range(2_000_000):
        yield b'{"id": 1, "judul": "' + b"x" * 1_000 + b'"},'


async def trickle(_: Asked) -> AsyncIterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n"
    for _beat in range(1_000):
        await asyncio.sleep(0.02)
        yield b" "


Bad = Callable[[Asked], "bytes | AsyncIterator[bytes]"]
# Made beforehand: packing it is not what is timed.
BOMB = zipped(b" " * 20_000_000 + b"{}")

BAD: dict[str, tuple[Bad, FindingKind]] = {
    "html": (lambda _: said(HTML, "text/html"), FindingKind.UNREADABLE),
    "html called json": (lambda _: said(HTML), FindingKind.UNREADABLE),
    "500": (lambda _: said("{}", "application/json", "500 Oops"), FindingKind.UNREACHABLE),
    "404": (lambda _: said("{}", "application/json", "404 Not Found"), FindingKind.UNREADABLE),
    "error called 200": (lambda _: said('{"metadata": {"code": 500}}'), FindingKind.UNREADABLE),
    "no list": (lambda _: listing(None), FindingKind.UNREADABLE),
    "half": (lambda _: said('{"data": [{"id": 1, "judul": '), FindingKind.UNREADABLE),
    "lying length": (lambda _: said('{"data": []}', length=900), FindingKind.UNREADABLE),
    "short length": (lambda _: said('{"data": [{"id": 1}]}', length=12), FindingKind.UNREADABLE),
    "2 GB": (endless, FindingKind.TOO_LARGE),
    "trickle": (trickle, FindingKind.UNREACHABLE),
    "gzip bomb": (lambda _: BOMB, FindingKind.TOO_LARGE),
    "deep": (lambda _: said(b"[" * 100_000 + b"]" * 100_000), FindingKind.UNREADABLE),
    "metadata": (lambda _: redirect("http://169.254.169.254/"), FindingKind.UNSAFE_ADDRESS),
    "another host": (lambda _: redirect("http://localhost/"), FindingKind.UNSAFE_ADDRESS),
    "empty": (lambda _: listing([]), FindingKind.EMPTY),
    "no keys": (lambda _: listing([{"judul": "x"}, {"judul": "y"}]), FindingKind.MISSING_KEY),
}  # fmt: skip


@pytest.mark.parametrize("bad", BAD)
async def test_what_was_good_stays_and_a_finding_says_why(tmp_path: Path, bad: str) -> None:
    say, expected = BAD[bad]
    good = True
    found: list[Finding] = []
    async with served(lambda asked: listing(ITEMS) if good else say(asked)) as web:
        replica = open_at(web.url, tmp_path, kind(), found)
        assert await replica.refresh()
        good = False
        assert not await replica.refresh()
        assert await titles(replica) == ALL
        assert replica.state.reason
        await replica.close()
    kinds = [finding.kind for finding in found if finding.kind is not FindingKind.MISSING_COLUMN]
    assert kinds == [expected]


Pager = Callable[[int], dict[str, object]]


@pytest.mark.parametrize(
    ("paging", "answer", "total", "expected", "asked"),
    [
        # The next page is the same for ever.
        (Links("next"), lambda _: {"data": ITEMS, "next": "/surat"}, "", FindingKind.UNREADABLE, 1),
        (Cursors("c", "next"), lambda _: {"data": ITEMS, "next": "same"}, "", FindingKind.UNREADABLE, 2),
        # The service ignores the number of the page.
        (Pages(), lambda _: {"data": ITEMS}, "", FindingKind.UNREADABLE, 2),
        # There is always another page.
        (Pages(), lambda page: {"data": [{"id": page, "judul": "x"}]}, "", FindingKind.TOO_LARGE, 20),
        # The listing ends early.
        (Pages(), lambda page: {"data": ITEMS[:3] if page == 0 else [], "n": 7}, "n", FindingKind.UNREADABLE, 2),
        (OnePage(), lambda _: {"data": ITEMS[:3], "n": 7}, "n", FindingKind.UNREADABLE, 1),
        (OnePage(), lambda _: {"data": ITEMS, "n": "many"}, "n", FindingKind.UNREADABLE, 1),
        # A later page is an error.
        (Pages(), lambda page: {"data": ITEMS[:3]} if page == 0 else {"error": "x"}, "", FindingKind.UNREADABLE, 2),
        # The next page is elsewhere.
        (Links("next"), lambda _: {"data": ITEMS, "next": "http://10.0.0.1/"}, "", FindingKind.UNSAFE_ADDRESS, 1),
        (Links("next"), lambda _: {"data": ITEMS, "next": "http://a:b:c/"}, "", FindingKind.UNREADABLE, 1),
        (Links("next"), lambda _: {"data": ITEMS, "next": "https://127.0.0.1/"}, "", FindingKind.UNSAFE_ADDRESS, 1),
    ],
)  # fmt: skip
async def test_half_a_listing_is_refused(
    tmp_path: Path, paging: Paging, answer: Pager, total: str, expected: FindingKind, asked: int
) -> None:
    found: list[Finding] = []
    pages = iter(range(100))
    async with served(lambda _: said(json.dumps(answer(next(pages))))) as web:
        collection = Collection("surat", "/surat", "data", paging=paging, total=total, pages_max=20)
        replica = open_at(web.url, tmp_path, Rest((collection,), limits=LIMITS), found)
        assert not await replica.refresh()
        await replica.close()
    assert ([finding.kind for finding in found], len(web.asked)) == ([expected], asked)


@pytest.mark.parametrize("bounds", [Bounds(rows_max=50), Bounds(bytes_max=3_000)])
async def test_all_pages_together_are_bounded(tmp_path: Path, bounds: Bounds) -> None:
    def say(asked: Asked) -> bytes:
        page = int(asked.parameters["page"])
        return listing([{"id": page * 10 + at, "judul": "x" * 50} for at in range(10)])

    found: list[Finding] = []
    async with served(say) as web:
        replica = open_at(web.url, tmp_path, kind(Pages(), bounds=bounds), found)
        assert not await replica.refresh()
        await replica.close()
    assert [finding.kind for finding in found] == [FindingKind.TOO_LARGE]
    assert len(web.asked) == (6 if bounds.rows_max == 50 else 4)
