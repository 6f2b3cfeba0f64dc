"""Codes: what is shown of a code that the hub does not know, and of whose fields it is kept at all."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from connectors.decoders import codes
from connectors.decoders.codes import RAW_CHARS_MAX
from connectors.mapping import Mapping, column
from connectors.protocol import Rows
from connectors.reading import clean
from models.batch import Origin, ServedFrom
from models.records import PersonalClass, Record, field
from models.sources.findings import FindingKind
from tests.connectors.specimens import Stage

STAGES = codes({"0": Stage.OPEN, "Selesai": Stage.DONE, "?": Stage.UNKNOWN}, nulls=("", "-"))


class Step(Record, name="steps"):
    """A record with one stage that everybody may know, and one that is somebody's own."""

    id: str = field("The key")
    stage: Stage = field("A stage")
    own: Stage | None = field("A stage of a person", personal=PersonalClass.SPECIFIC)


def test_unknown_codes_are_told_by_row_and_counted() -> None:
    decoded = STAGES.decode(["0", "Ditunda", None, "?", "-", "Selesai", "Ditunda", "selesai"])
    assert decoded.values == [
        Stage.OPEN, Stage.UNKNOWN, Stage.UNKNOWN, Stage.UNKNOWN, Stage.UNKNOWN, Stage.DONE, Stage.UNKNOWN, Stage.UNKNOWN
    ]  # fmt: skip
    assert decoded.raws == {1: "Ditunda", 6: "Ditunda", 7: "selesai"}
    assert decoded.flaws == {FindingKind.UNKNOWN_CODE: 3}


@pytest.mark.parametrize("kinds", [1, 40])
def test_however_many_codes_are_unknown_each_is_told_by_its_row(kinds: int) -> None:
    column = [f"X{row % kinds}" if row % 3 else "0" for row in range(200)]
    decoded = STAGES.decode(column)
    assert decoded.raws == {row: value for row, value in enumerate(column) if value != "0"}
    assert decoded.flaws == {FindingKind.UNKNOWN_CODE: 133}


def test_where_every_code_is_known_nothing_is_told() -> None:
    decoded = STAGES.decode(["0", None, "?", "", "Selesai"])
    assert (decoded.raws, decoded.flaws) == ({}, {})


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("proses ", "proses "),
        ("a\x00b\r\nc\x1b[31m\x7f", "abc[31m"),
        ("\u202eabc\u200b\ud800\udcff", "abc"),
        ("\U0001f525\ufffd", "\U0001f525\ufffd"),
        ("x" * 65, "x" * 64),
        ("x" * 60 + " 3671016505900001", "x" * 60 + " \u2022\u2022\u2022"),
        ("hub. 0812-3456-7890", "hub. " + "\u2022" * 14),
        ("budi@example.com", "\u2022" * 16),
        (9, "9"),
        ("\x00", ""),
    ],
)
def test_what_is_shown_of_an_unknown_code_is_a_short_text_without_anybodys_number(raw: object, shown: str) -> None:
    assert RAW_CHARS_MAX == 64
    assert STAGES.decode([raw]).raws == {0: shown}


def test_nothing_is_kept_of_what_was_written_in_a_field_of_a_person() -> None:
    table = sa.table("t", sa.column("id", sa.String(9)), sa.column("a", sa.String(9)), sa.column("b", sa.String(9)))
    mapping = Mapping(
        record=Step,
        source="test",
        selectable=table,
        columns={
            "id": column("id", decoder=codes({"1": "1", "2": "2"})),
            "stage": column("a", decoder=STAGES),
            "own": column("b", decoder=STAGES),
        },
    )
    origin = Origin("test", "dinkes", datetime(2026, 3, 5, tzinfo=UTC), ServedFrom.SOURCE, None)
    rows = Rows(
        length=2, columns={"id": ["1", "2"], "a": ["0", "Tunda"], "b": ["Sakit", "Sakit"]}, keyset=(), parents=()
    )
    reading = clean(mapping, ("id", "stage", "own"), rows, origin)
    assert reading.batch.raws == {"stage": {1: "Tunda"}}
    assert {(one.field, one.count) for one in reading.findings} == {("stage", 1), ("own", 2)}
