"""Meanings: names of tables, columns and fields in two languages, glued, cut off and without vowels."""

from __future__ import annotations

import pytest

from onboarding.drafting.words.meanings import all_of, concepts_of_text, likeness, meaning_of_name, root_of, states_of


@pytest.mark.parametrize(
    ("name", "concepts"),
    [
        ("tgl_pengaduan", {"DATE", "COMPLAINT"}),
        ("tanggallahir", {"DATE", "BIRTH"}),
        ("nm_pelapor", {"NAME", "REPORTER"}),
        ("namausaha", {"NAME", "BUSINESS"}),
        ("KDJNSIZN", {"CODE", "KIND", "LICENSE"}),
        ("NMPEMEGA", {"NAME", "HOLDER"}),
        ("kodePos", {"CODE", "POSTAL"}),
        ("klrhn", {"AREA"}),
    ],
)
def test_what_a_column_is_called(name: str, concepts: set[str]) -> None:
    assert concepts <= all_of(meaning_of_name(name))


def test_the_prefix_of_a_table_says_nothing() -> None:
    assert meaning_of_name("tbl_berita", is_table=True) == meaning_of_name("berita", is_table=True)
    assert all_of(meaning_of_name("dp_datapermohonanizin", is_table=True)) >= {"APPLICATION", "LICENSE"}


def test_a_word_that_nobody_knows_is_itself() -> None:
    assert meaning_of_name("cluster") == (frozenset({"=cluster"}),)
    assert meaning_of_name("upvotes") == meaning_of_name("upvote")


def test_a_name_that_says_all_is_liked_most() -> None:
    wanted, hinted = meaning_of_name("reporter_nik"), concepts_of_text("The resident number of the reporter")
    scores = {
        name: likeness(wanted, hinted, meaning_of_name(name)) for name in ("nik_pelapor", "nik", "pelapor", "tgl_lahir")
    }
    assert max(scores, key=lambda name: scores[name]) == "nik_pelapor"
    assert scores["nik_pelapor"] == 1.0
    assert scores["tgl_lahir"] == 0.0
    assert likeness((), frozenset(), wanted) == 0.0


def test_what_all_the_table_is_about_tells_little() -> None:
    wanted, found = meaning_of_name("status"), meaning_of_name("status_pengaduan")
    plain = likeness(wanted, frozenset(), found)
    assert likeness(wanted, frozenset(), found, dull=frozenset({"COMPLAINT"})) > plain


@pytest.mark.parametrize(
    ("word", "root"), [("dibekukan", "beku"), ("ditolak", "tolak"), ("disetujui", "setuju"), ("kota", "kota")]
)
def test_the_root_of_a_word(word: str, root: str) -> None:
    assert root_of(word) == root


def test_what_codes_say() -> None:
    assert states_of(["in", "progress"]) == {"PROGRESS"}
    assert states_of(["entah"]) == frozenset()
