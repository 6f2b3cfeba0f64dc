"""The events: the truth is what can be won back from the calendar, which is one that programs can read."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import sqrt
from pathlib import Path

import pytest

from sample import areas, city, rates
from sample.events import source as events
from sample.events.source import calendar, escaped

SMALL = city.SIZES["small"]
CASES = list(events.generate(SMALL))


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The lines of the file, unfolded."""
    folder = tmp_path_factory.mktemp("events")
    events.DROP.write(folder, SMALL, city.SEED)
    assert [file.name for file in folder.iterdir()] == ["kegiatan.ics"]
    return (folder / "kegiatan.ics").read_bytes().decode().replace("\r\n ", "").split("\r\n")


def entries(lines: list[str]) -> list[dict[str, str]]:
    """The properties of each event, by name without parameters."""
    found: list[dict[str, str]] = []
    for line in lines:
        name, _, value = line.partition(":")
        if line == "BEGIN:VEVENT":
            found.append({})
        elif found and not line.startswith("END:"):
            found[-1][name.partition(";")[0]] = value
    return found


def test_the_truth_is_what_can_be_won_back() -> None:
    known = {area.code for area in areas.truth()}
    for case in CASES:
        entry, truth = case.legacy, case.truth
        assert truth[1:3] == (entry.summary, entry.description)
        assert truth.all_day is not isinstance(entry.start, datetime)
        assert (
            truth.start_date.astimezone(city.WIB).isoformat()[:10]
            == (
                entry.start.astimezone(city.WIB).date() if isinstance(entry.start, datetime) else entry.start
            ).isoformat()
        )
        assert truth.start_date < truth.end_date
        digits = (entry.area or "").replace(".", "")
        dotted = ".".join(part for part in (digits[:2], digits[2:4], digits[4:6], digits[6:]) if part)
        assert truth.area_code == (dotted if dotted in known else None)
        assert truth.status == {"CONFIRMED": "SCHEDULED"}.get(entry.status or "", entry.status if entry.status in (
            "TENTATIVE", "CANCELLED") else "UNKNOWN")  # fmt: skip
        assert truth.organizer == (entry.organizer if entry.organizer != "-" else None)
        assert (truth.category == "UNKNOWN") is (entry.categories in (None, "Lain-lain"))
        south, east = truth.latitude, truth.longitude
        assert south is None or {float(part) for part in str(entry.geo).split(";")} == {south, east}


def test_the_same_seed_gives_the_same_events_and_another_seed_others() -> None:
    assert list(events.generate(SMALL)) == CASES
    assert list(events.generate(SMALL, seed=1)) != CASES


def test_ids_are_unique_and_nothing_was_changed_after_the_citys_clock() -> None:
    assert len({case.truth.id for case in CASES}) == len(CASES) == SMALL.events + 16
    assert max(case.truth.date_modified for case in CASES) <= city.CLOCK
    assert sum(case.truth.start_date >= city.CLOCK for case in CASES) > 10


def test_entries_are_as_dirty_as_declared() -> None:
    many = [case.legacy for case in events.generate(replace(SMALL, events=4_000))][:4_000]
    statuses = Counter("NULL" if entry.status is None else entry.status for entry in many)
    clocks = Counter(
        "utc" if entry.start.tzinfo is UTC else "local" for entry in many if isinstance(entry.start, datetime)
    )
    organizers = Counter({None: "NULL", "-": "-"}.get(entry.organizer, "clean") for entry in many)
    for rate, counts in {"event status": statuses, "event clock": clocks, "event organizer": organizers}.items():
        total = sum(counts.values())
        assert set(counts) == set(rates.RATES[rate])
        for kind, share in rates.RATES[rate].items():
            assert abs(counts[kind] - share * total) <= 4 * sqrt(total * share * (1 - share)), (rate, kind)


# --- The file ---------------------------------------------------------------------------------------------------------


def test_every_event_stands_in_the_file_once_and_a_series_with_its_rule(lines: list[str]) -> None:
    found = entries(lines)
    assert Counter(one["UID"] for one in found) == {
        **{case.legacy.uid: 1 for case in CASES}, "sanjung@example.com": 2,
    }  # fmt: skip
    (series, moved) = (one for one in found if one["UID"] == "sanjung@example.com")
    assert (series["RRULE"], series["EXDATE"]) == ("FREQ=WEEKLY;BYDAY=TU;UNTIL=20261229T010000Z", "20261110T080000")
    assert (moved["RECURRENCE-ID"], moved["DTSTART"]) == ("20261201T080000", "20261201T130000")
    assert "RRULE" not in moved


def test_a_series_is_every_week_within_its_rule() -> None:
    tuesdays = [case.truth for case in CASES if case.truth.id.startswith("sanjung@")]
    planned = [datetime.fromisoformat(truth.id.partition("/")[2]) for truth in tuesdays]
    all_weeks = [datetime(2026, 10, 6, 8, tzinfo=city.WIB) + timedelta(weeks=week) for week in range(13)]
    assert planned == [day for day in all_weeks if f"{day:%m-%d}" != "11-10"]
    assert all_weeks[-1] == datetime(2026, 12, 29, 1, tzinfo=UTC)
    assert Counter(truth.start_date == start for truth, start in zip(tuesdays, planned, strict=True)) == {
        True: 11,
        False: 1,
    }


def test_texts_are_escaped_and_lines_are_short(lines: list[str], tmp_path: Path) -> None:
    events.DROP.write(tmp_path, SMALL, city.SEED)
    physical = (tmp_path / "kegiatan.ics").read_bytes().split(b"\r\n")
    assert max(map(len, physical)) <= 75
    assert any(line.startswith(b" ") for line in physical)
    signs = {"\\n": "\n", "\\,": ",", "\\;": ";", "\\\\": "\\"}
    by_uid = {one["UID"]: one for one in entries(lines) if "RECURRENCE-ID" not in one}
    for case in CASES[: SMALL.events]:
        written = by_uid[case.legacy.uid]["DESCRIPTION"]
        assert re.sub(r"\\.", lambda sign: signs[sign[0]], written) == case.legacy.description


def test_a_line_is_folded_between_characters() -> None:
    text = calendar([{"SUMMARY": escaped("é" * 100 + ",;\\\n")}])
    assert max(map(len, text.split(b"\r\n"))) <= 75
    assert "é" * 100 + "\\,\\;\\\\\\n" in text.decode().replace("\r\n ", "")
