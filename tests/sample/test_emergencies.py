"""Emergencies: the truth is what can be won back from the dirt, and the documents of alerts say what is read."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice, pairwise
from math import sqrt
from pathlib import Path

import pytest

from sample import areas, city
from sample.emergencies import alerts
from sample.emergencies import source as emergencies
from sample.emergencies.alert_texts import MESSAGES
from sample.emergencies.dirt import DISPOSITIONS, HAZARDS, RATES, area_rows, hazard_rows
from sample.emergencies.source import IncidentCase
from sample.shapes import Table

SMALL = city.SIZES["small"]
CASES = list(emergencies.generate(SMALL))
MANY = replace(SMALL, calls=60_000)

MEANINGS = {word: meaning for meaning, words in DISPOSITIONS.items() for word in words}
AREAS = {number: str(code) for number, code in area_rows()}
CAP = "{urn:oasis:names:tc:emergency:cap:1.2}"
ATOM = "{http://www.w3.org/2005/Atom}"


def _instant(cell: object) -> datetime | None:
    return datetime.fromtimestamp(int(str(cell)), city.WIB) if cell else None


def _moment(cell: object) -> datetime | None:
    try:
        return datetime.strptime(str(cell), "%Y-%m-%d %H:%M:%S").replace(tzinfo=city.WIB)
    except ValueError:
        return None


def _text(cell: object) -> str | None:
    text = cell.decode("cp1252") if isinstance(cell, bytes) else str(cell if cell is not None else "")
    if not isinstance(cell, bytes) and re.search("[âÃ]", text):
        text = text.encode("cp1252").decode()
    text = text.replace("\0", "").strip()
    return text if text not in ("", "-") else None


def _area(cell: object) -> str | None:
    found = re.fullmatch(r"36\.?71\.?(\d\d)\.?(\d{4})?", AREAS.get(cell, ""))
    return ".".join(filter(None, ("36.71", *found.groups()))) if found else None


def _count(cell: object) -> int | None:
    return cell if isinstance(cell, int) and cell >= 0 else None


def _position(latitude: object, longitude: object) -> tuple[float, float] | None:
    try:
        here, there = float(str(latitude)), float(str(longitude))
    except ValueError:
        return None
    for place in ((here, there), (there, here)):
        if -6.26 <= place[0] <= -6.09 and 106.55 <= place[1] <= 106.75:
            return place
    return None


# --- Calls ------------------------------------------------------------------------------------------------------------


def test_the_truth_of_calls_is_what_can_be_won_back() -> None:
    kinds = {number: (name[:20], kind) for number, (name, kind) in HAZARDS.items()}
    assert hazard_rows() == [(number, name) for number, (name, _) in kinds.items()]
    for case in CASES:
        row = case.pelaporan
        team = next((team for team in case.peninjauan if team[2] == 1), (None,) * 8)
        department = str(row[13]).lower()
        assert case.truth == (
            str(row[0]), _text(row[1]), MEANINGS.get(str(row[7]), "UNKNOWN"),
            kinds.get(row[8], ("", "UNKNOWN"))[1],  # type: ignore[call-overload]  # any cell
            _instant(row[2]), _moment(team[3]), _moment(team[4]), _instant(row[3]), _area(row[9]),
            department if department in ("bpbd", "dinkes", "dishub") else None, _count(team[5]), _count(team[6]),
            _position(row[11], row[12]), _text(row[10]), _text(row[6]), _text(row[4]), _text(row[5]),
        )  # fmt: skip
        assert case.alive is (row[14] == 1)


def test_the_same_seed_gives_the_same_calls_and_another_seed_others() -> None:
    assert list(emergencies.generate(SMALL)) == CASES
    assert list(islice(emergencies.generate(SMALL, seed=1), 50)) != CASES[:50]


def test_ids_count_up_and_time_never_goes_back() -> None:
    assert [case.truth.id for case in CASES] == [str(number) for number in range(1, 3_461)]
    times = [case.truth.reported_at for case in CASES if case.truth.reported_at]
    assert all(left <= right for left, right in pairwise(times))
    assert times[0] >= city.SIZES["small"].start
    assert times[-1] < city.CLOCK


def test_teams_leave_after_the_call_and_have_ids_of_their_own() -> None:
    ids = [team[0] for case in CASES for team in case.peninjauan]
    assert len(set(ids)) == len(ids)
    assert Counter(len(case.peninjauan) for case in CASES if case.truth.area_code)[2] > 5
    for case in CASES:
        assert [team[2] for team in case.peninjauan] in ([], [1], [2, 1])
        moments = (case.truth.reported_at, case.truth.dispatched_at, case.truth.arrived_at)
        known = [at for at in moments if at is not None]
        assert known == sorted(known)


def test_what_stands_at_the_edge_of_a_name_is_cut() -> None:
    assert "Kebakaran Hutan dan " in {name for _, name in hazard_rows()}
    assert max(len(str(name)) for _, name in hazard_rows()) == 20


def test_every_cell_fits_its_column() -> None:
    cells: list[tuple[Table, tuple[object, ...]]] = [(emergencies.PELAPORAN, case.pelaporan) for case in CASES]
    cells += [(emergencies.PENINJAUAN, team) for case in CASES for team in case.peninjauan]
    for table, row in cells:
        assert len(row) == len(table.columns)
        for (_, kind), cell in zip(table.columns, row, strict=True):
            width = re.search(r"char\((\d+)\)", kind)
            assert cell is None or isinstance(cell, int) is kind.startswith("integer")
            assert width is None or cell is None or len(str(cell)) <= int(width[1])


def test_the_source_streams_what_is_generated() -> None:
    rows = list(emergencies.SOURCE.rows(SMALL, city.SEED))
    by_table = Counter(table for table, _ in rows)
    assert by_table["pelaporan"] == emergencies.SOURCE.total(SMALL) == 3_460
    assert by_table["peninjauan"] == sum(len(case.peninjauan) for case in CASES)
    assert [row for table, row in rows if table == "pelaporan"] == [case.pelaporan for case in CASES]
    assert by_table["wilayah"] == sum(area.level != "CITY" for area in areas.places()) + 1


@pytest.fixture(scope="module")
def many() -> list[IncidentCase]:
    return list(emergencies.generate(MANY))


def _assert_rates(rate: str, kinds: list[str]) -> None:
    counts, total = Counter(kinds), len(kinds)
    assert set(counts) == set(RATES[rate])
    for kind, share in RATES[rate].items():
        assert abs(counts[kind] - share * total) <= 4 * sqrt(total * share * (1 - share)), (kind, counts[kind])


def _kind_of_time(cell: object) -> str:
    return "NULL" if cell is None else "0" if cell == 0 else "clean"


def _kind_of_area(cell: object) -> str:
    if cell is None:
        return "NULL"
    return {"999": "no code", "9999": "gone"}.get(str(cell)) or (
        "district" if len(AREAS[int(str(cell))]) < 9 else "clean"
    )


CALL_RATES: list[tuple[str, int, Callable[[object], str]]] = [
    ("call time", 2, _kind_of_time),
    ("call number", 1, lambda cell: "clean" if str(cell).startswith("112-") else str(cell)),
    ("call alive", 14, str),
    (
        "disposition",
        7,
        lambda cell: (
            "NULL"
            if cell is None
            else str(cell)
            if cell == "?"
            else "usual"
            if cell == DISPOSITIONS[MEANINGS[str(cell)]][0]
            else "other"
        ),
    ),
]


@pytest.mark.parametrize(("rate", "column", "kind"), CALL_RATES)
def test_calls_are_as_dirty_as_declared(
    rate: str, column: int, kind: Callable[[object], str], many: list[IncidentCase]
) -> None:
    _assert_rates(rate, [kind(case.pelaporan[column]) for case in many])


def test_emergencies_are_as_many_and_as_dirty_as_declared(many: list[IncidentCase]) -> None:
    real = [case for case in many if case.pelaporan[8] is not None]
    assert abs(len(real) - 0.048 * len(many)) <= 4 * sqrt(len(many) * 0.048 * 0.952)
    _assert_rates("call area", [_kind_of_area(case.pelaporan[9]) for case in real])
    teams = [team for case in real for team in case.peninjauan if team[2] == 1]
    _assert_rates("casualties", ["NULL" if team[5] is None else "-1" if team[5] == -1 else "clean" for team in teams])
    left = ["NULL" if team[3] is None else "clean" if _moment(team[3]) is not None else str(team[3]) for team in teams]
    _assert_rates("team time", left)


# --- Alerts -----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    there = tmp_path_factory.mktemp("alerts")
    alerts.DROP.write(there, SMALL, city.SEED)
    return there


def test_the_feed_leads_to_every_document_the_newest_first(folder: Path) -> None:
    feed = ET.parse(folder / alerts.FEED).getroot()
    entries = feed.findall(f"{ATOM}entry")
    links = [entry.find(f"{ATOM}link") for entry in entries]
    names = [link.get("href") for link in links if link is not None and link.get("type") == "application/cap+xml"]
    assert sorted(str(name) for name in names) == sorted(path.name for path in folder.glob("*.cap"))
    assert len(names) == len(MESSAGES) == 13
    updated = [datetime.fromisoformat(entry.findtext(f"{ATOM}updated", "")) for entry in entries]
    assert updated == sorted(updated, reverse=True)
    assert feed.findtext(f"{ATOM}updated") == entries[0].findtext(f"{ATOM}updated")


def _read(path: Path) -> dict[str, str | None]:
    """One document as a plain reader sees it: the info in Indonesian, or the first."""
    alert = ET.parse(path).getroot()
    infos = alert.findall(f"{CAP}info")
    info = next((one for one in infos if one.findtext(f"{CAP}language", "").startswith("id")), infos[0])
    area = info.find(f"{CAP}area")
    assert area is not None
    codes = ";".join(
        f"{one.findtext(f'{CAP}valueName')}={one.findtext(f'{CAP}value')}" for one in area.findall(f"{CAP}geocode")
    )
    combined = {"geocode": codes, "category": ";".join(one.text or "" for one in info.findall(f"{CAP}category"))}
    elements = {"msg_type": "msgType", "sender_name": "senderName", "area_desc": "areaDesc"}
    places = {**dict.fromkeys(("identifier", "sender", "sent", "status", "msg_type", "scope"), alert),
              **dict.fromkeys(("area_desc", "polygon"), area)}  # fmt: skip
    return {
        name: combined[name] or None
        if name in combined
        else places.get(name, info).findtext(f"{CAP}{elements.get(name, name)}")
        for name in alerts.COLUMNS
    }


def test_the_rows_are_what_the_documents_say(folder: Path) -> None:
    current = {alerts.file_of(message) for message in alerts.current()}
    read = [_read(path) for path in sorted(folder.glob("*.cap")) if path.name in current]
    assert read == [dict(zip(alerts.COLUMNS, row, strict=True)) for row in alerts.rows()]


def test_an_update_replaces_what_it_names(folder: Path) -> None:
    update = ET.parse(folder / "0002.cap").getroot()
    first = MESSAGES[0]
    assert update.findtext(f"{CAP}references") == f"peringatan@bpbd.contoh.go.id,{first.identifier},{first.sent}"
    assert first.identifier not in {truth.identifier for truth in alerts.truth()}
    assert len(alerts.truth()) == len(MESSAGES) - 1


def test_one_document_is_latin_and_one_speaks_english_first(folder: Path) -> None:
    latin = (folder / "0005.cap").read_bytes()
    assert b'encoding="ISO-8859-1"' in latin
    assert b"38 \xb0C" in latin
    with pytest.raises(UnicodeDecodeError):
        latin.decode()
    infos = ET.parse(folder / "0002.cap").getroot().findall(f"{CAP}info")
    assert [one.findtext(f"{CAP}language") for one in infos] == ["en-US", "id"]


def test_the_truth_of_alerts_is_that_of_their_texts() -> None:
    for truth, row in zip(alerts.truth(), alerts.rows(), strict=True):
        cells = dict(zip(alerts.COLUMNS, row, strict=True))
        assert truth.sent == datetime.fromisoformat(str(cells["sent"]))
        assert truth.sent <= city.CLOCK.astimezone(UTC)
        for name in ("effective", "onset", "expires"):
            written = cells[name]
            expected = datetime.fromisoformat(written) if written and written != "besok pagi" else None
            assert getattr(truth, name) == expected
        assert truth.severity == ("UNKNOWN" if cells["severity"] == "Berat" else str(cells["severity"]).upper())
        codes = re.findall(r"KEMENDAGRI=(36\.?71[.\d]*)", cells["geocode"] or "")
        assert [code.replace(".", "") for code in truth.area_codes or ()] == [code.replace(".", "") for code in codes]
        assert all(code.startswith(str(truth.area_code)) for code in truth.area_codes or ())
