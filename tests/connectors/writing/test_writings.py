"""A writing that cannot work is refused when the city is made, with what to do; numbers are stable and safe."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from connectors.decoders import duration, money, position, text
from connectors.departments import PACKAGE
from connectors.departments.city import TANGERANG
from connectors.departments.complaints import COMPLAINT_WRITING, STATUS_CHANGE_WRITING
from connectors.mapping import MappingError, column
from connectors.writing.writings import REFERENCE_SIGNS, NewRow, Number, Refused, Writing
from models.actions.effects import Effect
from models.complaints import ComplaintStatusDetail
from tests.connectors.writing.desks import reported

FIRST = COMPLAINT_WRITING.first
TABLE = FIRST.table
NUMBER = Number("ticket_number", "LAKSA-H-", 20)


def _with(row: NewRow, **changes: object) -> Callable[[], Writing]:
    return lambda: replace(COMPLAINT_WRITING, new=(replace(row, **changes),))  # type: ignore[arg-type]  # as each says


NUMERIC = sa.table(
    "tbl_pengaduan", *(sa.column(one.name, sa.Float if one.name in ("lat", "lng") else one.type) for one in TABLE.c)
)
WRONG: dict[str, tuple[Callable[[], Writing], str]] = {
    "no row": (lambda: replace(COMPLAINT_WRITING, new=()), "has no first row"),
    "a second that refers to nothing": (
        lambda: replace(COMPLAINT_WRITING, new=(FIRST, replace(FIRST, fields=("description",)))),
        "say key_in for these.",
    ),
    "a first that refers": (_with(FIRST, key_in="no_tiket"), "has no first row"),
    "found by nothing": (lambda: replace(COMPLAINT_WRITING, number=None), "declare one of them."),
    "found by both": (lambda: replace(COMPLAINT_WRITING, found_by=("description",)), "declare one of them."),
    "looked for by what it has not": (
        lambda: replace(STATUS_CHANGE_WRITING, found_by=("publication",)),
        "is looked for by 'publication', which its first row does not have.",
    ),
    "a field that nobody reads": (_with(FIRST, fields=("ticket_number", "photo")), "which its mapping does not read."),
    "a column twice": (
        _with(FIRST, fields=("ticket_number", "status", "status_detail")),
        "writes stts twice: by 'status_detail' and by 'status'.",
    ),
    "a constant twice": (
        _with(FIRST, constants={"hapus": "T", "stts": "0"}),
        "writes stts twice: by 'status_detail' and by 'a constant'.",
    ),
    "a constant of another table": (_with(FIRST, constants={"hapus": "T", "no": "1"}), "names no, which the table"),
    "rows that nobody reads": (_with(FIRST, constants={}), "makes rows that nobody reads: give hapus one of ('T',)"),
    "rows that are deleted": (_with(FIRST, constants={"hapus": "Y"}), "makes rows that nobody reads"),
    "a decoder that only reads": (
        _with(FIRST, columns={"description": column("isi_laporan", decoder=duration())}, fields=("ticket_number",)),
        "whose decoder only reads: take one that writes, or leave it out.",
    ),
    "money as people write it": (
        _with(FIRST, columns={"description": column("isi_laporan", decoder=money("IDR"))}, fields=("ticket_number",)),
        "whose decoder only reads",
    ),
    "an undeclared column": (
        _with(FIRST, columns={"description": column("isi", decoder=text())}, fields=("ticket_number",)),
        "into tbl_pengaduan.isi, which is not declared there.",
    ),
    "degrees as numbers": (
        _with(
            FIRST,
            table=NUMERIC,
            columns={"position": column("lat", "lng", decoder=position(TANGERANG.box))},
            fields=("ticket_number",),
        ),
        "writes 'position' as texts: declare its columns in tbl_pengaduan as such.",
    ),
    "its own key": (_with(FIRST, fields=("id", "ticket_number")), "gives a new row its key: the source does that."),
    "a change that nobody reads": (
        lambda: replace(COMPLAINT_WRITING, changed=("photo",)),
        "writes 'photo', which its mapping does not read.",
    ),
    "a number that is too long": (
        lambda: replace(COMPLAINT_WRITING, number=replace(NUMBER, chars_max=21)),
        "has a number of 21 characters, no_tiket holds 20.",
    ),
    "a number that is soon used up": (
        lambda: replace(COMPLAINT_WRITING, number=Number("ticket_number", "LAKSA-HUB-2026-", 20)),
        "leaves its number too few characters after 'LAKSA-HUB-2026-': shorten the prefix.",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_cannot_work_is_refused_with_what_to_do(name: str) -> None:
    make, sentence = WRONG[name]
    with pytest.raises(MappingError) as refused:
        make()
    assert str(refused.value).startswith("The writing of complaint")
    assert sentence in str(refused.value)


def test_a_city_has_one_writing_per_record_by_its_own_mapping() -> None:
    with pytest.raises(MappingError, match="A record is written in two ways"):
        replace(PACKAGE, writings=(*PACKAGE.writings, COMPLAINT_WRITING))
    other = replace(COMPLAINT_WRITING, mapping=replace(COMPLAINT_WRITING.mapping))
    with pytest.raises(MappingError, match="complaints is written otherwise than it is read"):
        replace(PACKAGE, writings=(other,))
    assert PACKAGE.writing("complaints") is COMPLAINT_WRITING
    assert PACKAGE.writing("areas") is None


# --- Numbers ----------------------------------------------------------------------------------------------------------


def test_a_number_is_always_the_same() -> None:
    assert NUMBER.of("0193a1") == "LAKSA-H-247QW2PJNNVY"


@given(st.text(max_size=80), st.text(max_size=80))
def test_numbers_are_of_their_form_and_those_of_two_receipts_differ(one: str, other: str) -> None:
    number = NUMBER.of(one)
    assert len(number) == 20
    assert number.startswith("LAKSA-H-")
    assert set(number.removeprefix("LAKSA-H-")) <= set(REFERENCE_SIGNS)
    assert (NUMBER.of(other) == number) is (one == other)


# --- Values -----------------------------------------------------------------------------------------------------------


def test_what_cannot_be_stored_is_named_by_its_field() -> None:
    (told,) = reported()

    def refused(**changes: object) -> Refused | None:
        return COMPLAINT_WRITING.check(Effect("complaints", {**told.values, **changes}))

    assert refused() is None
    assert refused(address="x" * 201) == Refused("complaints", "address", 200)
    assert refused(address="x" * 200) is None
    assert refused(description="-") == Refused("complaints", "description")
    assert refused(category_code="K14") == Refused("complaints", "category_code")
    assert refused(position=None, area_code=None, reporter_nik=None) is None
    done = {"status_detail": ComplaintStatusDetail.DONE}
    assert COMPLAINT_WRITING.check(Effect("complaints", done, "no number")) == Refused("complaints", "id")
    assert COMPLAINT_WRITING.check(Effect("complaints", done, "1")) is None


def test_a_field_that_is_not_written_is_a_mistake_of_the_action() -> None:
    (told,) = reported()
    with pytest.raises(ValueError, match="The writing of complaints does not write status"):
        COMPLAINT_WRITING.check(Effect("complaints", {**told.values, "status": None}))
    with pytest.raises(ValueError, match="does not write description"):
        COMPLAINT_WRITING.check(Effect("complaints", {"description": "x"}, "1"))
    with pytest.raises(ValueError, match="does not write description"):
        COMPLAINT_WRITING.check(Effect("complaints", {}, "1", expects={"description": ("x",)}))
