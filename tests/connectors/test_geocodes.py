"""Geocodes, and the numbers of schools and pupils: what is read of them, and what is a finding."""

from __future__ import annotations

import pytest

from connectors.decoders import area_around, area_codes, nisn, npsn
from models.predicates import Operator
from models.sources.findings import FindingKind
from models.values.types import AreaCode, AreaCodes, Nisn, Npsn

SHAPES = ("36.71", "36.71.##", "36.71.##.1###")
CODES, AROUND = area_codes("KEMENDAGRI", SHAPES), area_around("KEMENDAGRI", SHAPES)
BAD = {FindingKind.UNDECODABLE: 1}


@pytest.mark.parametrize(
    ("text", "codes", "around", "flaws"),
    [
        ("KEMENDAGRI=36.71", ("36.71",), "36.71", {}),
        ("KEMENDAGRI=36.71.05", ("36.71.05",), "36.71.05", {}),
        ("KEMENDAGRI=36.71.05;KEMENDAGRI=36.71.07", ("36.71.05", "36.71.07"), "36.71", {}),
        ("KEMENDAGRI=36.71.05.1001; KEMENDAGRI=3671051003", ("36.71.05.1001", "36.71.05.1003"), "36.71.05", {}),
        ("KEMENDAGRI=36.71.05;KEMENDAGRI=36.71.05", ("36.71.05",), "36.71.05", {}),
        ("SAME=6071;KEMENDAGRI=36.71.05;BPS=3671010", ("36.71.05",), "36.71.05", {}),
        ("BPS=3671010", None, None, {}),
        ("KEMENDAGRI=32.73.01", None, None, BAD),
        ("KEMENDAGRI=36.71.05;KEMENDAGRI=3671010", ("36.71.05",), "36.71.05", BAD),
        ("KEMENDAGRI", None, None, {}),
        ("", None, None, {}),
        (None, None, None, {}),
        (7, None, None, BAD),
    ],
)
def test_the_codes_and_the_area_around_them(
    text: object, codes: tuple[str, ...] | None, around: str | None, flaws: dict[FindingKind, int]
) -> None:
    decoded = CODES.decode([text])
    assert decoded.values == [codes]
    assert decoded.flaws == flaws
    assert codes is None or type(decoded.values[0]) is AreaCodes
    (found,) = AROUND.decode([text]).values
    assert found == around
    assert around is None or type(found) is AreaCode
    assert AROUND.decode([text]).flaws == {}


def test_geocodes_are_only_read() -> None:
    assert CODES.operators == AROUND.operators == frozenset()


@pytest.mark.parametrize(("decoder", "number"), [(npsn(), Npsn("20606001")), (nisn(), Nisn("0131234567"))])
def test_numbers_of_schools_and_pupils_are_their_digits(decoder: object, number: str) -> None:
    known = npsn() if isinstance(number, Npsn) else nisn()
    assert decoder == known
    decoded = known.decode([number, number[1:], f"{number}0", f" {number}", f"{number[:-1]}x", "-", None])
    assert decoded.values == [number, None, None, None, None, None, None]
    assert type(decoded.values[0]) is type(number)
    assert decoded.flaws == {FindingKind.UNDECODABLE: 4}
    assert known.encode(number).values == (number,)
    assert known.encode(number[1:]).values == ()
    assert Operator.IS_NULL in known.operators
    for wrong in (number[1:], f"{number}0", f"{number[:-1]}x", f"{number[:-1]}\u0661", ""):
        with pytest.raises(ValueError, match="not an N"):
            type(number)(wrong)
