"""Specimens: one legacy table whose text is read through every decoder, and the same questions answered in Python."""
# ruff: noqa: RUF001  # look-alikes are the point

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from connectors.decoders import (
    area_code,
    capitals,
    codes,
    email,
    family_card,
    local_date,
    local_datetime,
    nik,
    number_key,
    text,
)
from connectors.decoders.protocol import Decoder
from connectors.mapping import Mapping, column
from connectors.protocol import Rows
from models.predicates import And, Compare, Not, Operator, Or, Predicate
from models.records import Record, field
from models.values.types import AreaCode, FamilyCardNumber, Nik
from models.values.vocabulary import Vocabulary

ZONE = ZoneInfo("Asia/Jakarta")


class Stage(Vocabulary):
    """A vocabulary whose members have several spellings, one of them the unknown member itself."""

    OPEN = "OPEN", "Terbuka", "Open", "Not done"
    DONE = "DONE", "Selesai", "Done", "Done"
    UNKNOWN = "UNKNOWN", "Tidak diketahui", "Unknown", "Not known"


class Specimen(Record, name="specimens"):
    """Everything that a text could be taken for."""

    id: str = field("The key")
    number: str | None = field("A number that names another row")
    text: str | None = field("An exact text")
    words: str | None = field("An exact text of which no spelling means null")
    capitals: str | None = field("A name in capitals")
    stage: Stage = field("A code of a vocabulary")
    kind: str | None = field("A plain code, of which two are merged")
    area: AreaCode | None = field("An area")
    person: Nik | None = field("A resident")
    address: str | None = field("An e-mail address")
    minute: datetime | None = field("A moment to the minute")
    second: datetime | None = field("A moment to the second")
    day: datetime | None = field("A day")
    birthday: date | None = field("A day that is no moment")
    card: FamilyCardNumber | None = field("A family")
    filled: Nik | None = field("A resident in a column that fills up with blanks")


TABLE = sa.table("uji", sa.column("id", sa.Integer), sa.column("t", sa.String(200)), sa.column("n", sa.Integer))

DECODERS: dict[str, Decoder] = {
    "id": number_key(),
    "number": number_key(),
    "text": text(),
    "words": text(nulls=()),
    "capitals": capitals(),
    "stage": codes({"0": Stage.OPEN, "Proses": Stage.OPEN, "Selesai": Stage.DONE, "?": Stage.UNKNOWN}),
    "kind": codes({"K1": "K1", "K2": "K1", "É": "K3", r"a\b'%": "K4"}, nulls=("",)),
    "area": area_code(("36.71", "36.71.##", "36.71.##.1###")),
    "person": nik(),
    "address": email(),
    "minute": local_datetime("%d-%m-%Y %H:%M", ZONE),
    "second": local_datetime("%Y-%m-%dT%H:%M:%S", ZONE),
    "day": local_datetime("%d/%m/%Y", ZONE),
    "birthday": local_date("%Y-%m-%d"),
    "card": family_card(),
    "filled": nik(width=20),
}

SPECIMENS = Mapping(
    record=Specimen,
    source="uji",
    selectable=TABLE,
    columns={
        name: column({"id": "id", "number": "n"}.get(name, "t"), decoder=decoder) for name, decoder in DECODERS.items()
    },
)

MOMENTS = ("minute", "second", "day")
TEXTS = ("text", "words", "capitals")

NASTY: tuple[str, ...] = (
    # nothing, and what is nearly nothing
    "", " ", "  ", "-", "- ", "--", "0", "00", "0 ", "\n", "\t", "\u00a0",
    # codes, and what a collation takes for them
    "Proses", "proses", "PROSES", "Proses ", " Proses", "Proses\n", "Prosés", "Selesai", "selesai", "SELESAI", "?",
    "¿",
    "K1", "k1", "K2", "K2 ", "K３", "É", "é", "E", "e", "È", r"a\b'%", r"A\B'%", r"a\\b'%", "a/b'%",
    # names
    "KARANG TENGAH", "Karang Tengah", "KARANG TENGAh", "KARANG  TENGAH", "JL. ÉTOILE 5A", "CAFÉ", "éCOLE", "ÉCOLE",
    "STRAẞE",
    "STRASSE", "ǅUNGLA", "İZMIR", "IZMIR", "123", "A", "a", "A ", "Å", "SÃO", "Œ", "ﬁ", "🏙", "🏙A", "A🏙", "日本",
    # areas: of the city, of other cities, of BPS, with digits of other scripts
    "36.71", "3671", "36.71.05", "367105", "36.71.05.1003", "3671051003", "36.71.05.2003", "3671052003",
    "32.73.01", "327301",
    "36.71.05.1003 ", " 36.71.05.1003", "36.71.05.1003\n", "36,71,05", "36.71.5", "3671010", "36.71.05.100",
    "36-71-05",
    "٣٦.٧١.٠٥", "36.71.0５", "36.71.０5", "36x71x05", "36.71.05.1003x", "36.71.05.1003\u200b", "36.7\u00ad1.05",
    # residents
    "3671016505900001", "36.71.01.650590.0001", "3671-0165-0590-0001", "3671 0165 0590 0001", "367101.650590.0001",
    "367101-650590-0001", "3671013102900001", "3671017105900001", "3671019905900001", "3671016505900000",
    "2147483647", "3671016505900001    ", "3671016505900001   ", "3671 0165 0590 0001 ", "-" + " " * 19,
    "367101650590000", "36710165059000011", "３671016505900001", "3671016505900001 ", "3671.0165.0590.0001",
    # e-mail addresses
    "budi@example.com", "Budi@example.com", "BUDI@EXAMPLE.COM", "budi@example.com ", "Budi@Example.com",
    " budi@example.com", "budi@example.com  ", "Budi@example.com ", "budi@example.com\n", "budi@example.com\u00a0",
    "b\u00fcdi@example.com", "bud\u0131@example.com", "\u212audi@example.com", "kudi@example.com",
    "budi@exampl\u00e9.com", "budi@example", "budi@@example.com", "budi", "7budi@example.co.id",
    "7BUDI@EXAMPLE.CO.ID", "_x@example.com",
    # moments
    "31-12-2019 23:59", "01-01-2020 00:00", "31-02-2019 08:00", "29-02-2020 08:00", "29-02-2019 08:00",
    "29-02-1900 08:00",
    "29-02-2000 08:00", "31-04-2021 10:00", "30-04-2021 10:00", "00-00-0000 00:00", "0000-00-00 00:00:00",
    "0000-00-00",
    "01-01-0001 00:00", "01-01-0000 00:00", "31-12-9999 23:59", "32-01-2020 00:00", "01-13-2020 00:00",
    "01-01-2020 24:00",
    "01-01-2020 00:60", "1-1-2020 00:00", "01-01-2020 00:00 ", "01-01-2020 00:00\n", "01-01-2020\n00:00",
    "01-01-2020  0:00",
    "0١-01-2020 00:00", "01/01/2020 00:00", "01-01-2020T00:00", "01-01-2020 00.00", "01-01-2020 00:00:00",
    "2020-02-29T12:34:56", "2020-02-29t12:34:56", "2019-02-29T12:34:56", "2020-02-29T12:34:60",
    "2020-02-29 12:34:56",
    "2020-12-31T23:59:59", "2020-12-31T23:59:59Z", "2020-12-31T23:59:5٩", "29/02/2020", "29/02/2021", "31/12/1999",
    "31/12/1999 ", "31-12-1999", "01/01/2000", "１１/01/2000", "00/00/0000",
    "2020-02-29", "2019-02-29", "1900-02-29", "1990-02-31", "0001-01-01", "0000-01-01", "9999-12-31", "1999-12-31 ",
    "1999-12-3１", "1999-1-1", "1999-13-01", "1999/12/31", "31-12-1999",
    # what means something to SQL, LIKE, GLOB or a regular expression
    "%", "_", "100%", "100_", "a.b", "a*b", "a?b", "[a-z]", "^a$", "(a|b)", "\\", "\\E", "\\Q", "'", "''",
    '"', "; DROP", ":p0",
    "$1", "{0}", "%s", "a\\%b", "x" * 190, "X" * 190,
)  # fmt: skip
"""What decoders must tell apart, each as it could stand in one text column."""

NUMBERS: tuple[int | None, ...] = (None, 0, 1, 2, 9, 10, 11, 99, 100, -1, -10, 2147483647, -2147483648)

TOO_LARGE = ("2147483648", "-2147483649", "9223372036854775807", "9223372036854775808", "9" * 30, "-" + "9" * 30)
"""Numbers that no row has, and that no statement may fail for."""


@dataclass(frozen=True)
class Row:
    """One row as it is stored, and what every decoder makes of it."""

    id: int
    clean: dict[str, object]


def decoded(rows: Rows) -> list[Row]:
    """What the decoders say of stored rows."""
    ids, texts, numbers = (rows.columns[name] for name in ("id", "t", "n"))
    columns = {"id": ids, "number": numbers}
    clean = {name: decoder.decode(columns.get(name, texts)).values for name, decoder in DECODERS.items()}
    return [Row(int(str(key)), {name: values[at] for name, values in clean.items()}) for at, key in enumerate(ids)]


def holds(predicate: Predicate, row: Row) -> bool:
    """Whether a row satisfies a predicate, as the words of the graph have it."""
    if isinstance(predicate, Not):
        return not holds(predicate.term, row)
    if isinstance(predicate, And | Or):
        return (all if isinstance(predicate, And) else any)(holds(term, row) for term in predicate.terms)
    assert isinstance(predicate, Compare)
    value = row.clean[predicate.field]
    if predicate.operator is Operator.IS_NULL:
        return value is None
    if predicate.operator is Operator.IN:
        return value is not None and value in predicate.values
    if value is None:
        return False
    if predicate.operator is Operator.CONTAINS:
        return folded(str(predicate.values[0])) in folded(str(value))
    return _compares(predicate.operator, ordered(predicate.field, value), ordered(predicate.field, predicate.values[0]))


def folded(words: str) -> str:
    return "".join(sign.lower() if sign.isascii() else sign for sign in words)


def ordered(name: str, value: object) -> Any:
    """What a clean value is ordered by: keys are numbers."""
    return int(str(value)) if name in ("id", "number") else value


def _compares(operator: Operator, left: object, right: object) -> bool:
    # Both are of one type: the field decides it.
    equal, less = left == right, bool(left < right)  # type: ignore[operator]  # numbers, moments or texts
    return {
        Operator.GT: not equal and not less,
        Operator.GTE: not less,
        Operator.LT: less,
        Operator.LTE: less or equal,
    }[operator]
