"""Whole columns are decoded quickly, and mean what they mean cell by cell; what is personal is never remembered."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Mapping as Dictionary
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import hypothesis
import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from connectors import decoders
from connectors.decoders.protocol import MEANING_CHARS_MAX, MEANINGS_MAX, Decoder, Memory, Remembers
from connectors.departments import PACKAGE
from connectors.mapping import Mapping, column
from models.records import PersonalClass, Record, field
from models.sources.findings import FindingKind
from models.values.identity import EMAIL
from models.values.types import Box, FamilyCardNumber, MoneyRange, Nik, TextList
from models.values.written_column import WrittenColumn
from tests.connectors.specimens import NASTY, NUMBERS, Stage
from tests.slow import EXAMPLES

ZONES = (ZoneInfo("Asia/Jakarta"), ZoneInfo("America/New_York"), ZoneInfo("Africa/Monrovia"))
BOX = Box(south=-6.26, west=106.55, north=-6.09, east=106.75)
SHAPES = ("36.71", "36.71.##", "36.71.##.1###")
STAGES = {"0": Stage.OPEN, "Selesai": Stage.DONE, "?": Stage.UNKNOWN}
MANY = {f"K{number}": f"K{number // 2}" for number in range(600)}

DECODERS: dict[str, tuple[Decoder, tuple[str, ...]]] = {
    "amount": (decoders.amount("IDR", "Rp. {},-", "{}.00", digits_max=9), ("Rp. 11.000,-", "11000.00", "0.00")),
    "area_around": (decoders.area_around("kode", SHAPES), ("kode=36.71.05;kode=36.71.05.1003", "kode=367105")),
    "area_code": (decoders.area_code(SHAPES), ("36.71.05", "367105", "36.71.05.1003")),
    "area_codes": (decoders.area_codes("kode", SHAPES), ("kode=36.71.05;kode=36.71.05.1003", "kode=x")),
    "bps_code": (decoders.bps_code(), ("3671", "3671010", "3671010001")),
    "bracketed": (decoders.bracketed(), ("Beras I/A (kg)", "Beras I/A(kg)", "Beras I/A(kg) ")),
    "capitals": (decoders.capitals(), ("KARANG TENGAH", "PASAR 5")),
    "code_list": (decoders.code_list(TextList, ",", STAGES), ("0, Selesai", "0,0", "0,x")),
    "codes": (decoders.codes(STAGES, nulls=("", "-")), ("0", "Selesai", "?")),
    "codes of many": (decoders.codes(MANY), ("K1", "K2", "K599", "K600")),
    "duration": (decoders.duration(), ("7 Hari", "7 hari kerja", "Maksimal 7 (tujuh) hari")),
    "email": (decoders.email(), ("budi@example.com", "BUDI@EXAMPLE.COM")),
    "family_card": (decoders.family_card(), ("3671016505909001", "36.71.01.650590.9001")),
    "flag": (decoders.flag("Y", "T"), ("Y", "T", "y")),
    "html_text": (decoders.html_text(), ("<b>a</b> &amp; b", "<script>x</script>")),
    "local_date": (decoders.local_date("%d-%m-%Y", nulls=("01-01-1970",)), ("31-12-2019", "31-02-2019", "01-01-1970")),
    "local_date, ISO": (decoders.local_date("%Y-%m-%d"), ("2019-12-31", "2019-02-29", "0000-00-00")),
    **{
        f"local_datetime, {zone.key}": (
            decoders.local_datetime("%d-%m-%Y %H:%M", zone),
            ("31-12-2019 23:59", "10-03-2024 02:30", "03-11-2024 01:30", "07-01-1972 00:00", "01-01-1901 00:01"),
        )
        for zone in ZONES
    },
    "local_datetime, time first": (decoders.local_datetime("%H.%M %d-%m-%Y", ZONES[0]), ("23.59 31-12-2019",)),
    "local_datetime_parts": (decoders.local_datetime_parts(ZONES[0]), ("Rabu", "2016-06-01", "07:30:00")),
    "long_date": (decoders.long_date(), ("Rabu, 01 Juni 2016", "1 juni 2016")),
    "money": (decoders.money("IDR"), ("Rp. 11.000,-", "Gratis", "1.200.000")),
    "money_range": (decoders.money_range("IDR"), ("1 - 2 Juta", "> 5 Juta", " " * 90 + "5 Juta")),
    "nik": (decoders.nik(), ("3671016505909001", "36.71.01.650590.9001")),
    "person": (decoders.person(EMAIL), ("Budi@Contoh.go.id", " a@b.example ")),
    "nik_number": (decoders.nik_number(), ("3671016505909001",)),
    "nisn": (decoders.nisn(), ("0012345678",)),
    "npsn": (decoders.npsn(), ("20606843",)),
    "number_key": (decoders.number_key(), ("1",)),
    "offset_datetime": (decoders.offset_datetime(ZONES[0]), ("2026-11-20T07:00:00+07:00", "2026-11-20T07:00:00Z")),
    "person_name": (decoders.person_name(), ("SITI RAHMA", "Siti Rahma")),
    "position": (decoders.position(BOX), ("-6.18", "106.63", "106.6300000")),
    "position_pair": (decoders.position_pair(BOX), ("-6.18;106.63", "106.63;-6.18")),
    "prose": (decoders.prose(), (" Jalan\n", "caf\u00c3\u00a9", "caf\udce9", "a\0b", "- ")),
    "safe_html": (decoders.safe_html(), ("<b>a</b>", "<script>x</script>")),
    "text": (decoders.text(), ("a", "caf\u00e9", "a\0b", "\udce9")),
    "text_list": (decoders.text_list(";"), ("KTP-el; Kartu Keluarga", ";")),
    "time_of_day": (decoders.time_of_day(), ("08:00", "08.00", "24:00")),
    "unix_seconds": (decoders.unix_seconds(ZONES[0]), ("1",)),
    "unpadded_datetime": (decoders.unpadded_datetime("%m/%d/%y %H:%M", ZONES[1]), ("1/2/20 8:05",)),
    "url": (decoders.url(), ("https://example.com/a b", "javascript:x")),
    "whole_number": (decoders.whole_number(), ("1",)),
    "written_number": (decoders.written_number(), ("320", "0320")),
}  # fmt: skip
"""One of each kind, with what it understands or nearly does."""

OTHER = (
    None,
    True,
    False,
    1.5,
    float("inf"),
    Decimal(7),
    Decimal("7.5"),
    b"\xff",
    b"2019-12-31",
    2**70,
    3671016505909001,
)
STRANGE = b"strange"
"""No decoder understands it, and none decodes a column quickly that has it."""

Columns = Sequence[Sequence[object]]


def all_of(decoder: Decoder, columns: Columns) -> tuple[list[object], dict[FindingKind, int], dict[int, str]]:
    decoded = decoder.decode(*columns)
    return list(decoded.values), dict(decoded.flaws), dict(decoded.raws)


def cell_by_cell(decoder: Decoder, columns: Columns) -> tuple[list[object], dict[FindingKind, int], dict[int, str]]:
    """The slow way: each row beside one that no decoder understands."""
    aside = decoder.decode(*([STRANGE] for _ in columns)).flaws
    values: list[object] = []
    flaws: Counter[FindingKind] = Counter()
    raws: dict[int, str] = {}
    for row, cells in enumerate(zip(*columns, strict=True)):
        decoded = decoder.decode(*([cell, STRANGE] for cell in cells))
        values.append(decoded.values[0])
        flaws += Counter(decoded.flaws) - Counter(aside)
        if 0 in decoded.raws:
            raws[row] = decoded.raws[0]
    return values, dict(flaws), raws


def cells_of(name: str) -> st.SearchStrategy[object]:
    _, own = DECODERS[name]
    usual = st.sampled_from((*own, None, "", "-"))
    return st.one_of(usual, usual, st.sampled_from((*NASTY, *NUMBERS, *OTHER)), st.text(max_size=9))


def test_one_of_each_kind_is_tried() -> None:
    assert {name.partition(",")[0].removesuffix(" of many") for name in DECODERS} == set(decoders.__all__)


@pytest.mark.parametrize("name", DECODERS)
@hypothesis.settings(max_examples=280 if hypothesis.settings().max_examples > EXAMPLES else 10)
@given(data=st.data())
def test_a_column_means_what_its_cells_mean(name: str, data: st.DataObject) -> None:
    decoder, own = DECODERS[name]
    pools = [st.sampled_from(own), cells_of(name)]
    lists = st.lists(data.draw(st.sampled_from(pools)), max_size=8)
    rows = data.draw(lists)
    times = data.draw(st.sampled_from((1, 40)))
    columns = [tuple(data.draw(st.permutations(rows))) * times for _ in range(decoder.arity)]

    expected = cell_by_cell(decoder, columns)

    assert all_of(decoder, columns) == expected
    if isinstance(decoder, Remembers):
        remembering = decoder.remembering()
        for _ in ("cold", "warm"):
            assert all_of(remembering, columns) == expected
        values = remembering.decode(*columns).values
        if isinstance(values, WrittenColumn):
            iso = [one.isoformat() if isinstance(one, date) else None for one in expected[0]]
            assert list(values.texts) == iso
            assert (None in values) is (None in iso)
            assert [*values[1:]] == expected[0][1:]
            assert [*values.at(range(len(rows))[::-1])] == expected[0][: len(rows)][::-1]
            zones = {one.tzinfo for one in values if isinstance(one, datetime)}
            assert zones <= {getattr(decoder, "zone", ZONES[0])}


class Person(Record, name="persons"):
    """Somebody, and what is nobody's."""

    id: str = field("The key")
    born: date | None = field("The birth date", personal=PersonalClass.GENERAL)
    treated: datetime | None = field("A treatment", personal=PersonalClass.SPECIFIC)
    earns: MoneyRange | None = field("The income", personal=PersonalClass.SPECIFIC)
    founded: date | None = field("The day on which an office was founded")
    nik: Nik | None = field("A number that a mistaken record calls nobody's")
    card: FamilyCardNumber | None = field("Another")


def remembered() -> Dictionary[object, object]:
    """All that is in the memory of any decoder of this process."""
    return {text: meaning for one in gc.get_objects() if isinstance(one, Memory) for text, meaning in one.items()}


def test_nothing_personal_is_remembered() -> None:
    day = decoders.local_date("%d-%m-%Y")
    mapping = Mapping(
        record=Person,
        source="test",
        selectable=sa.table("t", *(sa.column(name, sa.String(40)) for name in Person.fields)),
        columns={
            "id": column("id", decoder=decoders.text()),
            "born": column("born", decoder=day),
            "treated": column("treated", decoder=decoders.local_datetime("%d-%m-%Y %H:%M", ZONES[0])),
            "earns": column("earns", decoder=decoders.money_range("IDR")),
            "founded": column("founded", decoder=day),
            "nik": column("nik", decoder=decoders.nik()),
            "card": column("card", decoder=decoders.family_card()),
        },
    )
    texts = {
        "id": "id-of-nobody", "born": "17-02-1991", "treated": "18-02-1991 07:13", "earns": "1.234.567",
        "founded": "19-02-1991", "nik": "3671016505919001", "card": "3671016505919002",
    }  # fmt: skip
    before = set(remembered())
    for name, text in texts.items():
        decoded = mapping.columns[name].decoder.decode([text, text, "Siti Rahma", "3671016505919003"])
        assert decoded.values[0] is not None
    assert set(remembered()) - before == {"19-02-1991"}


def test_no_personal_field_of_the_city_has_a_memory() -> None:
    with_memory = {
        (mapping.record.name, name)
        for mapping in PACKAGE.mappings
        for name, mapped in mapping.columns.items()
        if getattr(mapped.decoder, "_memory", None) or getattr(mapped.decoder, "_halves", None)
    }
    personal = {
        (mapping.record.name, name)
        for mapping in PACKAGE.mappings
        for name in mapping.columns
        if mapping.record.fields[name].personal is not PersonalClass.NON_PERSONAL
    }
    assert {("complaints", "requested_at"), ("complaints", "area_code"), ("market_prices", "price")} <= with_memory
    assert ("citizens", "birth_date") in personal
    assert ("citizens", "area_code") in personal
    assert with_memory & personal == set()


def test_a_memory_is_bounded_by_count_and_by_length() -> None:
    memory = Memory(str.strip, ("-",))
    assert [memory[text] for text in ("a", " a", None, "-", " " * MEANING_CHARS_MAX + "a")] == [
        "a",
        "a",
        None,
        "-",
        "a",
    ]
    assert set(memory) == {None, "-", "a", " a"}
    for number in range(3 * MEANINGS_MAX):
        assert memory[f"n{number}"] == f"n{number}"
        assert len(memory) <= MEANINGS_MAX
    assert (memory[None], memory["-"]) == (None, "-")
