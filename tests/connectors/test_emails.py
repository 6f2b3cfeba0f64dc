"""E-mail addresses: four spellings are known, and what is written otherwise is a finding, never somebody else's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.decoders import email
from models.sources.findings import FindingKind

DECODER = email()
KNOWN = ("budi.s@example.com", "BUDI.S@EXAMPLE.COM", "Budi.s@example.com", "budi.s@example.com ")


def test_an_address_is_looked_up_by_its_four_spellings() -> None:
    assert DECODER.encode("budi.s@example.com").values == KNOWN
    assert DECODER.decode(KNOWN).values == ["budi.s@example.com"] * 4


def test_a_spelling_that_two_forms_share_is_searched_once() -> None:
    assert DECODER.encode("7budi@example.com").values == (
        "7budi@example.com",
        "7BUDI@EXAMPLE.COM",
        "7budi@example.com ",
    )


@pytest.mark.parametrize(
    "value",
    ["Budi.S@example.com", " budi@example.com", "budi@example.com  ", "budi@example", "budi", "a@b.c, d@e.f",
     "bud\u0131@example.com", "\u212audi@example.com", "x" * 65 + "@example.com", f"a@{'x.' * 130}id", 7],
)  # fmt: skip
def test_what_is_written_otherwise_is_a_finding(value: object) -> None:
    decoded = DECODER.decode([value])
    assert decoded.values == [None]
    assert decoded.flaws == {FindingKind.UNDECODABLE: 1}


@pytest.mark.parametrize("value", [None, "", "-"])
def test_nothing_is_no_finding(value: object) -> None:
    assert DECODER.decode([value]) == type(DECODER.decode([]))([None])


@pytest.mark.parametrize("value", ["Budi@example.com", "budi@example.com ", "", "-", "budi", "é@example.com"])
def test_what_is_no_clean_address_names_no_row(value: str) -> None:
    assert DECODER.encode(value).values == ()


@given(st.one_of(st.text("aAbB1.@ -", max_size=16), st.from_regex(r"[a-zA-Z.]{1,6}@[a-zA-Z]{1,4}\.[a-zA-Z]{2} ?")))
def test_decode_accepts_exactly_what_encode_emits(text: str) -> None:
    (clean,) = DECODER.decode([text]).values
    assert clean is None or text in DECODER.encode(clean).values
    for spelling in DECODER.encode(text).values:
        assert DECODER.decode([spelling]).values == [text]
