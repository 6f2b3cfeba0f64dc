"""HTML of editors comes out safe, or as the text that a reader sees; nothing in it can run."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.decoders import html_text, safe_html
from models.sources.findings import FindingKind

SAFE, TEXT = safe_html(), html_text()
ATTACKS = (
    "<script>jahat()</script>", "<ScRiPt src=//x.example>jahat()</sCrIpT >", "<style>jahat{}</style>",
    "<svg onload=jahat()>", "<img src=x onerror=jahat()>", "<img src=javascript:jahat()>",
    '<a href="javascript:jahat()">x</a>', '<a href=" JaVa\tScRiPt:jahat()">x</a>',
    '<a href="&#106;avascript:jahat()">x</a>', '<a href="data:text/html,jahat">x</a>',
    '<a href="vbscript:jahat()">x</a>', "<p style='background:url(javascript:jahat())'>x</p>",
    "<iframe srcdoc='jahat'>jahat</iframe>", "<object data=jahat>jahat</object>", "<embed src=jahat>",
    "<form action=jahat><input name=jahat></form>", "<!-- jahat --><p>x</p>",
    "<!--[if IE]><p>jahat</p><![endif]-->", "<base href=//jahat.example>",
    "<meta http-equiv=refresh content='0;url=jahat'>", "<link rel=stylesheet href=jahat>",
    "<math><mi xlink:href='javascript:jahat()'>", '<noscript><p title="</noscript><img src=x onerror=jahat()>">',
    "<textarea><p>jahat</p></textarea>", "<title>jahat</title>", "<template><p>jahat</p></template>",
    "<p onclick=jahat()>x", "<scr<script>ipt>jahat()</script>",
    '<a href="//jahat.example">x</a>', '<a href="/\\jahat.example">x</a>', "<img src=' \t\\\\jahat.example/a.png'>",
    '<a href="/\n/jahat.example">x</a>',
)  # fmt: skip
PIECES = (
    *ATTACKS, "<p>", "</p>", "<br>", "<b>", "teks", "&amp;", "&lt;script&gt;", "&nbsp;", "\x92", "é", "<", ">", '"',
    "'", "\r\n", "<!--", "-->", "<td>",
)  # fmt: skip


def safe(text: str) -> object:
    return SAFE.decode([text]).values[0]


def plain(text: str) -> object:
    return TEXT.decode([text]).values[0]


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_leaves_nothing_that_runs(attack: str) -> None:
    page = str(safe(f"<p>Awal</p>{attack}<p>Akhir</p>"))
    assert page.startswith("<p>Awal</p>")
    assert_harmless(page)


def assert_harmless(page: str) -> None:
    """Every tag is one of a few, and its attributes are; links lead to the web."""
    for tag, attributes in re.findall(r"<([^\s>/]+)([^>]*)>", re.sub(r"</[a-z0-9]+>", "", page)):
        assert tag in {"p", "br", "b", "a", "img", "td", "tr", "table", "tbody"}
        names = re.findall(r' ([^\s=]+)="[^"]*"', attributes)
        assert " ".join(f' {name}=""' for name in names).split() == re.sub(r'"[^"]*"', '""', attributes).split()
        assert set(names) <= {"href", "rel", "src", "alt", "title", "width", "height"}
        for link in re.findall(r' (?:href|src)="([^"]*)"', attributes):
            assert re.match(r"https?:|mailto:|tel:|[^:]*$", link)
            assert not re.match(r"\s*[/\\]\s*[/\\]", link)


@given(st.lists(st.sampled_from(PIECES), max_size=12))
def test_whatever_is_put_together_is_harmless_and_safe_to_clean_again(pieces: list[str]) -> None:
    page = safe("".join(pieces))
    assert page is None or isinstance(page, str)
    if page is not None:
        assert_harmless(page)
        assert safe(page) == page


@given(st.lists(st.sampled_from(PIECES), max_size=12))
def test_plain_text_has_no_markup_and_no_spare_blanks(pieces: list[str]) -> None:
    text = plain("".join(piece for piece in pieces if "&lt;" not in piece and piece not in {"<", ">"}))
    if text is not None:
        assert not re.search(r"</?(p|br|b|script|style|td|img|a)\b", str(text))
        assert not re.search(r"[ \t\r\u00a0]{2}|^\s|\s$|\n\n| \n|\n ", str(text))


@given(st.text(st.characters(exclude_characters="<&")))
def test_a_text_without_markup_is_what_it_is_in_a_paragraph(text: str) -> None:
    # A dash alone stands for nothing.
    assert plain(f"Kata {text}") == plain(f"<p>Kata {text}</p>")


@pytest.mark.parametrize(
    ("stored", "expected"),
    [
        ("<p>Satu</p><p>Dua</p>", "Satu\nDua"),
        ("Satu<br>Dua<br/>Tiga", "Satu\nDua\nTiga"),
        ('<p lang="id" title="a &gt; b" data-x="1">Satu</p>', "Satu"),
        ("<p>Satu\r\n   baris</p>", "Satu baris"),
        ("<ul><li>a<li>b</ul>", "a\nb"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"),
        ("a&nbsp;&nbsp;b &amp; c &lt;d&gt; &ldquo;e&rdquo; &#146;f", "a b & c <d> “e” ’f"),  # noqa: RUF001  # what editors type
        ("&amp;lt;script&amp;gt;", "&lt;script&gt;"),
        ("ka<b>ta</b>mu", "katamu"),
        ("<p>a</p><script>x < y</script><style>p{}</style><p>b</p>", "a\nb"),
        ("caf\udce9 \udc91x\udc92", "café ‘x’"),  # noqa: RUF001  # as above
        ("cafÃ© â€˜xâ€™", "café ‘x’"),  # noqa: RUF001  # as above
        ("a\0b", "ab"),
        ("tanpa tag", "tanpa tag"),
        ("1 < 2", "1 < 2"),
    ],
)
def test_the_text_that_a_reader_sees(stored: str, expected: str) -> None:
    assert plain(stored) == expected


def test_what_is_allowed_stays_and_links_do_not_tell_where_they_come_from() -> None:
    link = '<a href="https://example.com/?a=1&b=2" target="_blank">b</a>'
    assert safe(f'<h2>Judul</h2><p class="x">a {link}</p><img src="/a.jpg" alt="c">') == (
        '<h2>Judul</h2><p>a <a href="https://example.com/?a=1&amp;b=2" rel="noopener noreferrer">b</a></p>'
        '<img src="/a.jpg" alt="c">'
    )


@pytest.mark.parametrize("decoder", [SAFE, TEXT])
def test_nothing_is_null_and_lost_bytes_are_a_finding(decoder: object) -> None:
    stored = [None, "", "-", "  ", "<script>x</script>", "a\udc81b", 7]
    decoded = SAFE.decode(stored) if decoder is SAFE else TEXT.decode(stored)
    assert decoded.values == [None] * 7
    assert decoded.flaws == {FindingKind.UNDECODABLE: 2}


def test_links_and_pictures_of_a_page_are_absolute() -> None:
    source = (
        '<p><a href="../izin/7">izin</a> <img src="/foto/a.jpg" alt="a"> <a href="https://example.org/">lain</a>'
        ' <a href="#atas">atas</a> <a href="//jahat.example/">x</a> <a href="mailto:a@example.org">surat</a>'
        ' <a href="http://[">rusak</a></p>'
    )
    (cleaned,) = safe_html(below="https://portal.example.com/berita/").decode([source]).values
    links = re.findall(r'(?:href|src)="([^"]*)"', str(cleaned))
    assert links == [
        "https://portal.example.com/izin/7",
        "https://portal.example.com/foto/a.jpg",
        "https://example.org/",
        "https://portal.example.com/berita/#atas",
        "mailto:a@example.org",
    ]
    (as_it_is,) = safe_html().decode([source]).values
    assert '"../izin/7"' in str(as_it_is)
