"""Codes of areas in the forms of any city: letters tell forms apart, and each spelling is one area and no other."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.decoders import area_around, area_code, bps_code
from models.sources.findings import FindingKind
from models.values.types import AreaCode, BpsCode

DECODER = area_code(("E0#######", "N.##", "S.##", "##"))


@pytest.mark.parametrize(
    ("code", "spellings"),
    [("E07000178", ("E07000178",)), ("N.12", ("N.12", "N12")), ("S.12", ("S.12", "S12")), ("12", ("12",))],
)
def test_each_code_has_its_spellings(code: str, spellings: tuple[str, ...]) -> None:
    assert tuple(dict.fromkeys(DECODER.encode(AreaCode(code)).values)) == spellings
    assert DECODER.decode(spellings).values == [code] * len(spellings)
    assert {type(value) for value in DECODER.decode(spellings).values} == {AreaCode}


@pytest.mark.parametrize(
    "text", ["e07000178", "E17000178", "E0700017", "W.12", "N.1", "n12", "N-12", "123", "E07000178 "]
)
def test_another_form_is_a_finding(text: str) -> None:
    decoded = DECODER.decode([text])
    assert (decoded.values, decoded.flaws) == ([None], {FindingKind.UNDECODABLE: 1})
    assert DECODER.encode(text).values == ()


@given(st.from_regex(r"[ENS]?[.]?[0-9]{2,8}", fullmatch=True))
def test_decode_accepts_exactly_what_encode_emits(text: str) -> None:
    (clean,) = DECODER.decode([text]).values
    assert clean is None or text in DECODER.encode(clean).values


def test_a_city_may_read_its_only_codes_as_those_of_a_statistics_office() -> None:
    (clean,) = bps_code("E0#######").decode(["E07000178"]).values
    assert (clean, type(clean)) == ("E07000178", BpsCode)


def test_codes_without_common_parts_have_no_area_around_them() -> None:
    around = area_around("ward", ("E0#######",))
    assert around.decode(["ward=E05000026;ward=E05000027", "ward=E05000026"]).values == [None, "E05000026"]
