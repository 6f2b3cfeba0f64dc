"""The citizens: the truth is what can be won back from the register, and the register is as dirty as declared."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from itertools import islice
from math import sqrt

import pytest

from sample import areas, city, rates
from sample.citizens import source as citizens
from sample.citizens.homes import TWEB_KELUARGA, TWEB_WIL_CLUSTERDESA, clusters
from sample.citizens.people import email_address, person, resident_number
from sample.citizens.source import TWEB_PENDUDUK, CitizenCase, CitizenTruth
from sample.shapes import Row, Table

SMALL = city.SIZES["small"]
SPELLED = re.compile(
    r"\d{16}|\d\d\.\d\d\.\d\d\.\d{6}\.\d{4}|\d{4}(-\d{4}){3}|\d{4}( \d{4}){3}|\d{6}\.\d{6}\.\d{4}|\d{6}-\d{6}-\d{4}"
)
ADDRESS = re.compile(r"[a-z]+\.[a-z]+\d+@example\.com")


@pytest.fixture(scope="module")
def cases() -> list[CitizenCase]:
    return list(citizens.generate(SMALL))


@pytest.fixture(scope="module")
def tables() -> dict[str, dict[object, Row]]:
    """All rows by table and key."""
    kept: dict[str, dict[object, Row]] = {table.name: {} for table in citizens.SOURCE.tables}
    for name, row in citizens.SOURCE.rows(SMALL, city.SEED):
        assert row[0] not in kept[name]
        kept[name][row[0]] = row
    return kept


def _digits(cell: object) -> str | None:
    return re.sub(r"\D", "", str(cell)) if SPELLED.fullmatch(str(cell)) else None


def _nik(cell: object) -> str | None:
    digits = _digits(cell)
    if digits is None:
        return None
    day = int(digits[6:8])
    try:
        # 2000 is a leap year, so that 29 February is possible in every year.
        date(2000, int(digits[8:10]), day - 40 if day > 40 else day)
    except ValueError:
        return None
    return digits


def _name(cell: object) -> str | None:
    text = str(cell).rstrip()
    return None if text in ("", "-") else text.title()


def _date(cell: object) -> date | None:
    try:
        return date.fromisoformat(str(cell))
    except ValueError:
        return None


def _email(cell: object) -> str | None:
    address = str(cell).lower().rstrip()
    return address if ADDRESS.fullmatch(address) else None


def _area(cell: object) -> str | None:
    digits = str(cell).replace(".", "")
    code = f"{digits[:2]}.{digits[2:4]}.{digits[4:6]}.{digits[6:]}"
    return code if code in {area.code for area in areas.truth()} else None


def _number(cell: object) -> str | None:
    return None if cell in (None, "", "-", "0") else str(cell)


def _decoded(row: Row, tables: dict[str, dict[object, Row]]) -> CitizenTruth:
    """The truth won back from the legacy rows, by the rules of their department, independent of the sample."""
    at, nik, name, sex, place, born, _, marital, _, family_id, status, cluster_id, phone, email = row
    card = tables[TWEB_KELUARGA.name].get(family_id, (None, None))[1]
    _, area, rt, rw = tables[TWEB_WIL_CLUSTERDESA.name].get(cluster_id, (None,) * 4)
    text = str(phone).rstrip()
    return CitizenTruth(
        str(at), _nik(nik), _name(name), {1: "MALE", 2: "FEMALE"}.get(sex, "UNKNOWN"),  # type: ignore[call-overload]  # a cell is anything
        _date(born), _name(place),
        {1: "SINGLE", 2: "MARRIED", 3: "DIVORCED", 4: "WIDOWED"}.get(marital, "UNKNOWN"),  # type: ignore[call-overload]  # as above
        {1: "ALIVE", 2: "DECEASED", 3: "MOVED", 4: "MISSING", 6: "LEFT", 9: "INVALID"}.get(status, "UNKNOWN"),  # type: ignore[call-overload]  # as above
        _digits(card), None if text in ("", "-") else text, _email(email), _area(area), _number(rt), _number(rw),
    )  # fmt: skip


def test_the_truth_is_what_can_be_won_back(cases: list[CitizenCase], tables: dict[str, dict[object, Row]]) -> None:
    assert [case.penduduk for case in cases] == list(tables[TWEB_PENDUDUK.name].values())
    for case in cases:
        assert _decoded(case.penduduk, tables) == case.truth
        assert (case.penduduk[10] != 9) is case.alive


def test_the_same_seed_gives_the_same_register_and_another_seed_another(cases: list[CitizenCase]) -> None:
    assert list(citizens.generate(SMALL)) == cases
    assert list(islice(citizens.generate(SMALL, seed=1), 50)) != cases[:50]


def test_the_register_holds_exactly_the_people_of_the_city(cases: list[CitizenCase]) -> None:
    assert [case.truth.id for case in cases] == [str(at) for at in range(1, citizens.entries(SMALL) + 1)]
    assert {case.number for case in cases if case.alive} == set(range(SMALL.citizens))
    for case in cases:
        who = person(case.number)
        truth = case.truth
        assert truth.national_id in (who.nik, None)
        assert truth.full_name in (who.name, None)
        assert truth.sex in (who.sex, "UNKNOWN")
        assert truth.birth_date in (who.born, None)
        assert truth.phone in (who.phone, None)
        assert truth.email in (email_address(case.number), None)


def test_some_people_are_entered_twice_and_some_by_mistake(cases: list[CitizenCase]) -> None:
    alive = Counter(case.truth.national_id for case in cases if case.alive)
    del alive[None]
    assert {nik for nik, count in alive.items() if count > 1} == set(citizens.duplicated(SMALL))
    assert len(citizens.duplicated(SMALL)) == 12
    assert set(alive.values()) == {1, 2}
    assert sum(not case.alive for case in cases) == 16
    # A mistake never stands alone: whoever counts it, finds somebody twice.
    for case in cases:
        if not case.alive:
            assert case.truth.national_id == resident_number(case.number)


def test_nothing_of_the_persona_is_lost(cases: list[CitizenCase]) -> None:
    persona = cases[0]
    assert persona.truth.national_id == resident_number(0)
    assert None not in persona.truth
    assert "UNKNOWN" not in persona.truth


def test_families_live_together_and_people_in_every_village(cases: list[CitizenCase]) -> None:
    cards: dict[str, set[int]] = {}
    for case in cases:
        if case.truth.family_card_number:
            cards.setdefault(case.truth.family_card_number, set()).add(case.number)
    assert max(map(len, cards.values())) == 4
    assert all(max(people) - min(people) < 4 for people in cards.values())
    villages = {area.code for area in areas.truth() if area.level == "VILLAGE"}
    assert {case.truth.area_code for case in cases if case.truth.area_code} == villages


def test_every_cell_fits_its_column(tables: dict[str, dict[object, Row]]) -> None:
    for table, row in _rows(tables):
        assert len(row) == len(table.columns)
        for (_, kind), cell in zip(table.columns, row, strict=True):
            width = re.search(r"char\((\d+)\)", kind)
            assert cell is None or isinstance(cell, int) is kind.startswith("integer")
            assert width is None or cell is None or len(str(cell)) <= int(width[1])


def _rows(tables: dict[str, dict[object, Row]]) -> Iterator[tuple[Table, Row]]:
    for table in citizens.SOURCE.tables:
        for row in tables[table.name].values():
            yield table, row


def test_another_size_is_counted_before_it_is_made() -> None:
    size = replace(SMALL, citizens=1_300)
    assert sum(1 for _ in citizens.generate(size)) == citizens.entries(size) == 1_300 + 3 + 4
    assert list(citizens.generate(replace(SMALL, citizens=0))) == []


# --- Rates ------------------------------------------------------------------------------------------------------------


def _of_name(cell: object) -> str:
    text = str(cell)
    return (
        text if text in ("-", "") else "padded" if text != text.rstrip() else "capitals" if text.isupper() else "mixed"
    )


def _of_email(cell: object) -> str:
    text = str(cell)
    if cell is None or "@" not in text:
        return "NULL" if cell is None else text
    if text != text.strip():
        return "blank"
    return "capitals" if text.isupper() else "clean" if text.islower() else "first capital"


def _or_clean(*dirty: str) -> Callable[[object], str]:
    def kind(cell: object) -> str:
        text = "NULL" if cell is None else str(cell)
        return text if text in dirty else "padded" if text != text.rstrip() else "clean"

    return kind


def _code(cell: object) -> str:
    return "NULL" if cell is None else str(cell)


COLUMNS: list[tuple[str, int, Callable[[object], str]]] = [
    ("citizen name", 2, _of_name),
    ("sex", 3, _or_clean("0", "NULL")),
    ("birth place", 4, _of_name),
    ("birth date", 5, _or_clean("0000-00-00", "1990-02-31", "-", "", "NULL")),
    ("marital status", 7, _code),
    ("registration status", 10, _code),
    ("citizen phone", 12, _or_clean("-", "")),
    ("citizen email", 13, _of_email),
]


@pytest.mark.parametrize(("rate", "column", "kind"), COLUMNS)
def test_the_register_is_as_dirty_as_declared(
    rate: str, column: int, kind: Callable[[object], str], cases: list[CitizenCase]
) -> None:
    _assert_rates(rate, [kind(case.penduduk[column]) for case in cases if case.alive])


def test_neighbourhoods_are_as_dirty_as_declared() -> None:
    homes = [home.stored for home in clusters(city.SEED)]
    kinds = [
        "dotted"
        if str(area).count(".") == 3 and str(area)[:2] == "36"
        else "plain"
        if str(area)[:2] == "36"
        else str(area)
        for _, area, _, _ in homes
    ]
    _assert_rates("neighbourhood area", kinds)
    _assert_rates("neighbourhood number", [_or_clean("-", "", "0")(cell) for row in homes for cell in row[2:]])


def test_families_are_as_dirty_as_declared(cases: list[CitizenCase], tables: dict[str, dict[object, Row]]) -> None:
    households = [
        "no family" if case.penduduk[9] == 0 else "no address" if case.penduduk[11] is None else "clean"
        for case in cases
        if case.alive
    ]
    _assert_rates("household", households)
    _assert_rates("family card", [_of_card(str(row[1])) for row in tables[TWEB_KELUARGA.name].values()])


def _of_card(text: str) -> str:
    if text == "-":
        return text
    return {15: "15 digits", 16: "plain", 18: "6.6.4", 19: "4 4 4 4"}[len(text)]


def _assert_rates(rate: str, kinds: list[str]) -> None:
    counts, total = Counter(kinds), len(kinds)
    assert set(counts) == set(rates.RATES[rate])
    for kind, share in rates.RATES[rate].items():
        assert abs(counts[kind] - share * total) <= 4 * sqrt(total * share * (1 - share)), (kind, counts[kind])
