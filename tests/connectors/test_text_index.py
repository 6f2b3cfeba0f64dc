"""The text index: what is found by which words, in which order, and how it is swapped."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.replica.text_index import Entry, TextIndex, stems_of

ENTRIES = (
    Entry("news", "1", "Banjir di Periuk surut", "Warga kembali ke rumah setelah banjir."),
    Entry("news", "2", "Perizinan daring dibuka", "Pelayanan izin usaha kini tanpa antre."),
    Entry("services", "laksa", "LAKSA", "Pengaduan warga tentang jalan, sampah dan banjir."),
    Entry("hospitals", "3671012", "RSUD Kota Tangerang", "Jalan Pulau Putri Raya"),
)


def by_record(entries: Iterable[Entry]) -> dict[str, list[Entry]]:
    found: dict[str, list[Entry]] = {}
    for entry in entries:
        found.setdefault(entry.record, []).append(entry)
    return found


def files_in(folder: Path) -> list[Path]:
    return list(folder.iterdir())


@pytest.fixture
async def index(tmp_path: Path) -> AsyncIterator[TextIndex]:
    made = TextIndex(tmp_path / "search", "indonesian")
    await made.put(by_record(ENTRIES))
    yield made
    await made.close()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("banjir", [("news", "1"), ("services", "laksa")]),
        ("BANJIR warga", [("news", "1"), ("services", "laksa")]),
        ("perizinan", [("news", "2")]),
        ("izin", [("news", "2")]),
        ("layanan", [("news", "2")]),
        ("tanger", [("hospitals", "3671012")]),
        ("rsud tangerang", [("hospitals", "3671012")]),
        ("banjir rsud", [("hospitals", "3671012"), ("news", "1"), ("services", "laksa")]),
        ("kereta", []),
        ('"; DROP TABLE entries; --', []),
        ('" OR * NEAR(', []),
        ("", []),
    ],
)
async def test_words_are_found_in_all_their_forms_the_best_first(
    index: TextIndex, text: str, found: list[tuple[str, str]]
) -> None:
    assert (await index.find(text, 10)).places == found
    assert (await index.find(text, 1)).places == found[:1]


async def test_what_is_put_replaces_its_record_and_no_other(index: TextIndex, tmp_path: Path) -> None:
    await index.put({"news": [Entry("news", "3", "Pasar Benda dibuka", "")], "areas": []})
    assert (await index.find("banjir", 10)).places == [("services", "laksa")]
    assert (await index.find("benda", 10)).places == [("news", "3")]
    assert (await index.find("rsud", 10)).places == [("hospitals", "3671012")]
    await index.put({"news": []})
    assert (await index.find("benda", 10)).places == []
    assert len(files_in(tmp_path)) == 1
    await index.close()
    assert files_in(tmp_path) == []
    assert not index.is_made


async def test_what_cannot_be_written_leaves_what_is_there(index: TextIndex, tmp_path: Path) -> None:
    (tmp_path / "search.2.db").mkdir()
    with pytest.raises(OSError, match=r"search\.2\.db"):
        await index.put({"news": []})
    assert (await index.find("perizinan", 10)).places == [("news", "2")]
    assert (await index.forget(["perizinan"])).removed == 1
    assert (await index.find("perizinan", 10)).places == []


async def test_it_may_be_asked_while_it_is_made(index: TextIndex) -> None:
    async def ask() -> set[str]:
        return {record for _ in range(50) for record, _ in (await index.find("banjir", 10)).places}

    asked, *_ = await asyncio.gather(ask(), *(index.put(by_record(ENTRIES)) for _ in range(5)))
    assert asked == {"news", "services"}


@given(st.text(max_size=60))
async def test_any_text_may_be_asked(text: str) -> None:
    for word in stems_of(text, "indonesian"):
        assert word


def test_stems_are_those_of_the_language() -> None:
    assert stems_of("Pelayanan PERIZINAN, kebakaran!", "indonesian") == ["layan", "izin", "bakar"]
    assert stems_of("Street LIGHTS, flooding!", "english") == ["street", "light", "flood"]
