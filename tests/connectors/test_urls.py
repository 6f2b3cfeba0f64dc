"""Links: which spellings can be followed, and that all others are findings."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.decoders import url
from models.sources.findings import FindingKind
from models.values.types import URL_CHARS_MAX
from tests.attacks.links import LINKS

BELOW = "https://portal.example.com/foto/"
CPU_MS_MAX = 250


@pytest.mark.parametrize(
    ("written", "clean"),
    [
        ("https://layanan.example.com/a", "https://layanan.example.com/a"),
        (" HTTP://Layanan.Example.COM/A?b=C#d ", "http://layanan.example.com/A?b=C#d"),
        ("https://example.com", "https://example.com"),
        ("https://example.com:8443/x", "https://example.com:8443/x"),
        ("https://example.com?x=1", "https://example.com?x=1"),
        ("https://example.com/Surat Edaran.pdf", "https://example.com/Surat%20Edaran.pdf"),
        ("https://example.com/caf\u00e9%20a", "https://example.com/caf%C3%A9%20a"),
        ("https://example.com/a@b", "https://example.com/a@b"),
        ('https://example.com/"><script>', "https://example.com/%22%3E%3Cscript%3E"),
        ("https://203.0.113.7/x", "https://203.0.113.7/x"),
        ("https://xn--bcher-kva.example/", "https://xn--bcher-kva.example/"),
    ],
)
def test_links_that_can_be_followed(written: str, clean: str) -> None:
    decoded = url().decode([written])
    assert (decoded.values, decoded.flaws) == ([clean], {})


@pytest.mark.parametrize(
    "written",
    [
        *LINKS,
        "java\tscript:alert(1)",
        "\x01javascript:alert(1)",
        "https://exam\nple.com/",
        "https://example.com/\u0085",
        "https://ex\u200bample.com/",
        "https://b\u00fccher.example/",
        "https://a..example.com/",
        "https://example.com:99999999/",
        "https://[::1]/",
        "https://%65vil.example/",
        "mailto:a@example.com",
        "tel:112",
        "/berita/1",
        "www.example.com",
        "foto.jpg",
        "https://example.com/\ud800",
        7,
    ],
)
def test_what_cannot_is_null_and_a_finding(written: object) -> None:
    decoded = url().decode([written])
    assert (decoded.values, decoded.flaws) == ([None], {FindingKind.UNDECODABLE: 1})


@pytest.mark.parametrize("written", LINKS)
def test_none_becomes_a_file_where_files_have_a_place(written: str) -> None:
    assert url(below=BELOW).decode([written]).values == [None]


@pytest.mark.parametrize("nothing", [None, "", "-"])
def test_nothing_is_no_flaw(nothing: str | None) -> None:
    decoded = url(below=BELOW).decode([nothing])
    assert (decoded.values, decoded.flaws) == ([None], {})


@pytest.mark.parametrize(
    ("written", "clean"),
    [
        ("berita/2026/000001.jpg", f"{BELOW}berita/2026/000001.jpg"),
        ("foto 1.jpg", f"{BELOW}foto%201.jpg"),
        (f"{BELOW}a.jpg", f"{BELOW}a.jpg"),
        ("../rahasia.jpg", None),
        ("a/../../rahasia.jpg", None),
        ("a/..", None),
        ("/a.jpg", None),
        ("a.jpg?x", None),
    ],
)
def test_a_file_lies_below_where_the_source_keeps_them(written: str, clean: str | None) -> None:
    assert url(below=BELOW).decode([written]).values == [clean]


@given(st.text(max_size=60) | st.text(alphabet="htps:/\\@.#?ab \t\n", max_size=30))
def test_whatever_is_written_the_link_leads_to_the_web(text: str) -> None:
    for written in (text, f"https://{text}", f"https://example.com/{text}"):
        for value in url(below=BELOW).decode([written]).values:
            assert value is None or (
                str(value).isascii()
                and str(value).isprintable()
                and str(value).startswith(("https://", "http://"))
                and "@" not in str(value).split("/")[2]
                and "\\" not in str(value)
            )


@pytest.mark.parametrize("seed", ["a.", "a-", "a", ".", "%", "a/", "/", "..", "\u00e9", "@"])
def test_a_hostile_link_is_quick(seed: str) -> None:
    started = time.process_time()
    for start in ("https://", "https://example.com/", ""):
        url(below=BELOW).decode([start + seed * (URL_CHARS_MAX // len(seed) - 20), start + seed * 65_536])
    assert (time.process_time() - started) * 1000 < CPU_MS_MAX
