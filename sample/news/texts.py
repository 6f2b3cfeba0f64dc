"""Texts of the news portal: Indonesian articles from parts, as safe HTML and as stored."""

# ruff: noqa: RUF001  # The dashes and quotes beyond ASCII are what editors type, and what encodings ruin.

from __future__ import annotations

import html
from collections.abc import Callable, Sequence
from typing import NamedTuple

from sample.dirt import TYPOGRAPHIC

SECTIONS = (
    "Pemerintahan", "Kesehatan", "Pendidikan", "Infrastruktur", "Lingkungan", "Ekonomi", "Olahraga", "Budaya",
)  # fmt: skip
_WHO = (
    "Wali Kota", "Dinas Kesehatan", "Dinas Pendidikan", "Warga", "Dinas Lingkungan Hidup", "Pelaku UMKM",
    "Karang Taruna", "Satpol PP",
)  # fmt: skip
_DOES = (
    "resmikan taman baru", "gelar pelayanan keliling", "perbaiki jalan lingkungan", "adakan bazar murah",
    "buka posko banjir", "latih relawan", "bersihkan kali", "luncurkan layanan daring",
)  # fmt: skip
_WHERE = ("Cipondoh", "Karawaci", "Ciledug", "Periuk", "Benda", "Neglasari", "Pinang", "Larangan", "Cibodas")
_SENTENCES = (
    "Kegiatan ini diikuti ratusan warga dari berbagai kelurahan.",
    "Pemerintah Kota berharap layanan semakin mudah & cepat.",
    "Anggarannya berasal dari APBD tahun berjalan.",
    "Pekerjaan ditargetkan selesai sebelum akhir tahun.",
    "Warga dapat menghubungi kantor kecamatan pada jam kerja.",
    "Cuaca yang cerah membuat acara berjalan lancar.",
)
_QUOTED = (
    "‘Kami ingin semua warga merasakan manfaatnya,’ katanya.",
    "Acara berlangsung pukul 08.00–11.00 di café warga.",
    "‘Silakan datang, gratis,’ ujar panitia – tanpa pendaftaran.",
)
_ENTITIES = {"‘": "&lsquo;", "’": "&#146;", "–": "&ndash;", "é": "&eacute;", "&": "&amp;", "\u00a0": "&nbsp;"}
_AS_ENTITIES = str.maketrans(_ENTITIES)
_AS_HTML = str.maketrans({"&": "&amp;", "\u00a0": "&nbsp;"})
_REL = ' rel="noopener noreferrer"'

Draw = Callable[[], float]


class Article(NamedTuple):
    """The same article four times: as stored before any broken encoding, as safe HTML, as text, and its headline."""

    stored_html: str
    safe_html: str
    text: str
    headline: str
    stored_headline: str


class _Block(NamedTuple):
    """One block of an article: stored, safe, and as the lines that a reader sees; none for what nobody is to see."""

    stored: str
    safe: str
    lines: tuple[str, ...]


def article(number: int, style: str, markup: str, draw: Draw) -> Article:
    """An article with one kind of markup; `style` says whether it has its typographic signs as characters."""
    who, does, where = (_one_of(words, draw) for words in (_WHO, _DOES, _WHERE))
    blocks = [
        _lead(f"{who} {does} di\u00a0{where}.", style, markup),
        _paragraph(f"{_one_of(_SENTENCES, draw)} {_one_of(_QUOTED, draw)}", style),
        _list((_one_of(_SENTENCES, draw), _one_of(_SENTENCES, draw)), style),
        _link(number, markup),
    ]
    blocks[1:1] = _unseen(markup)
    headline = f'"{who}" {does} & {where} bangga'
    return Article(
        "\r\n".join(block.stored for block in blocks),
        "\n".join(block.safe for block in blocks).strip(),
        "\n".join(line for block in blocks for line in block.lines),
        headline,
        headline if number % 7 == 0 else html.escape(headline),
    )


def _one_of(things: Sequence[str], draw: Draw) -> str:
    return things[int(draw() * len(things))]


def _stored(text: str, style: str) -> str:
    """A text as HTML: where the style needs the characters themselves only what HTML needs is written as entities."""
    return text.translate(_AS_HTML if style in TYPOGRAPHIC else _AS_ENTITIES)


def _safe(text: str) -> str:
    return text.translate(_AS_HTML)


def _seen(text: str) -> str:
    return text.replace("\u00a0", " ")


def _lead(text: str, style: str, markup: str) -> _Block:
    """The first paragraph, with the attributes that editors and attackers leave."""
    opening = {
        "event handler": "<p onclick=\"alert('halo')\" onmouseover=curi()>",
        "attributes": '<p class="MsoNormal" style="margin: 0; color: red" align=center>',
    }.get(markup, "<p>")
    inner = _stored(text, style)
    if markup == "attributes":
        inner = f'<font size="2">{inner}</font>'
    place = "<strong>TANGERANG</strong>"
    return _Block(f"{opening}{place} - {inner}</p>", f"<p>{place} - {_safe(text)}</p>", (f"TANGERANG - {_seen(text)}",))


def _paragraph(text: str, style: str) -> _Block:
    """Two sentences with a line break between them."""
    first, _, second = text.partition(". ")
    return _Block(
        f"<p>{_stored(first, style)}.<br />{_stored(second, style)}</p>",
        f"<p>{_safe(first)}.<br>{_safe(second)}</p>",
        (f"{_seen(first)}.", _seen(second)),
    )


def _list(items: Sequence[str], style: str) -> _Block:
    """A list whose items are not closed, which HTML allows."""
    stored = "".join(f"<li>{_stored(item, style)}" for item in items)
    safe = "".join(f"<li>{_safe(item)}</li>" for item in items)
    return _Block(f"<ul>{stored}</ul>", f"<ul>{safe}</ul>", tuple(map(_seen, items)))


def _link(number: int, markup: str) -> _Block:
    """A link to another article, or one that would run a script."""
    words = "Baca juga berita lain"
    if markup == "javascript link":
        return _Block(f'<p><a href="JavaScript:curi()">{words}</a></p>', f"<p><a{_REL}>{words}</a></p>", (words,))
    place = f'<p><a href="https://example.com/berita/{max(1, number - 1)}"'
    return _Block(f'{place} target="_blank">{words}</a></p>', f"{place}{_REL}>{words}</a></p>", (words,))


def _unseen(markup: str) -> list[_Block]:
    """What no reader is to see, where the markup has it. It leaves its line end behind."""
    stored = {
        "script": '<script type="text/javascript">document.write("<p>jahat</p>");</script>',
        "style": "<style>p { color: red }</style>",
        "iframe": '<iframe src="https://example.com/video" onload="curi()">video</iframe>',
        "comment": "<!-- [if mso]><p>jahat</p><![endif] -->",
    }.get(markup)
    return [_Block(stored, "", ())] if stored is not None else []
