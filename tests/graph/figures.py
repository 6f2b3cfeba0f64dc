"""Figures of the clean truth of the complaints, worked out by DuckDB: what aggregates of the graph must equal."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

import duckdb

from sample.complaints.source import ComplaintTruth

CITY_ZONE = "Asia/Jakarta"
ZONES = (CITY_ZONE, "UTC", "Asia/Kathmandu", "America/New_York")
DIMENSIONS = {
    "CATEGORY": "category_code",
    "STATUS": "status",
    "STATUS_DETAIL": "status_detail",
    "PUBLICATION": "publication",
    "CHANNEL": "channel",
    "AREA": "area_code",
    "DEPARTMENT": "department_code",
}
CLOCK_PARTS = {"HOUR_OF_DAY": 'hour("{zone}")', "WEEKDAY": 'upper(dayname("{zone}"))'}
"""What is read off a clock, with the name of its key in the graph."""
_DISTRICT = (
    "CASE WHEN len(string_split(area_code, '.')) >= 3 THEN array_to_string(string_split(area_code, '.')[1:3], '.') END"
)
_LEVELS = {
    None: "area_code",
    "DISTRICT": _DISTRICT,
    "CITY": "CASE WHEN area_code IS NOT NULL THEN left(area_code, 5) END",
}


class Truth:
    """The complaints as a table: a column of local times for each zone, since a bucket is read off a clock."""

    def __init__(self, complaints: Sequence[ComplaintTruth]) -> None:
        self.connection = duckdb.connect()
        with TemporaryDirectory() as folder:
            file = Path(folder) / "complaints.ndjson"
            file.write_text("\n".join(json.dumps(_row(at, one)) for at, one in enumerate(complaints)), encoding="utf-8")
            names = ", ".join(f"'{name}': 'VARCHAR'" for name in DIMENSIONS.values())
            times = ", ".join(f"'{zone}': 'TIMESTAMP'" for zone in ZONES)
            columns = f"{{'number': 'INTEGER', {names}, {times}}}"
            read = f"read_json('{file.as_posix()}', format='newline_delimited', columns={columns})"
            self.connection.execute(f"CREATE TABLE complaints AS SELECT * FROM {read}")

    def groups(
        self, rows: Sequence[int], by: Sequence[str], level: str | None, unit: str | None, zone: str
    ) -> dict[tuple[Any, ...], tuple[int, int]]:
        """Of these rows the groups by their key: how many there are, and of how many areas."""
        figures = ("count(*)", "count(DISTINCT area_code)")
        return {key: (count, areas) for key, (count, areas) in self._grouped(rows, by, level, unit, zone, figures)}

    def moments(
        self, rows: Sequence[int], by: Sequence[str], level: str | None, unit: str | None, zone: str
    ) -> dict[tuple[Any, ...], dict[str, Any]]:
        """By the same keys: how many say when they were reported, the first moment and the last, in the city's zone."""
        ends = (f"strftime({end}(\"{CITY_ZONE}\"), '%Y-%m-%dT%H:%M:%S') || '+07:00'" for end in ("min", "max"))
        figures = (f'count("{CITY_ZONE}")', *ends)
        names = ("known", "min", "max")
        found = self._grouped(rows, by, level, unit, zone, figures)
        return {key: dict(zip(names, values, strict=True)) for key, values in found}

    def _grouped(
        self,
        rows: Sequence[int],
        by: Sequence[str],
        level: str | None,
        unit: str | None,
        zone: str,
        figures: Sequence[str],
    ) -> list[tuple[tuple[Any, ...], tuple[Any, ...]]]:
        # Without buckets the clock is the city's.
        clocks = {name: key.format(zone=zone if unit is not None else CITY_ZONE) for name, key in CLOCK_PARTS.items()}
        keys = [_LEVELS[level] if name == "AREA" else (DIMENSIONS | clocks)[name] for name in by]
        if unit is not None:
            keys.append(f"strftime(date_trunc('{unit.lower()}', \"{zone}\"), '%Y-%m-%dT%H:%M')")
        listed = ", ".join((*keys, *figures))
        grouped = f" GROUP BY {', '.join(map(str, range(1, len(keys) + 1)))}" if keys else ""
        found = self.connection.execute(
            f"SELECT {listed} FROM complaints WHERE number IN (SELECT unnest(?)){grouped}",
            [list(rows)],
        ).fetchall()
        return [(tuple(row[: len(keys)]), tuple(row[len(keys) :])) for row in found]


def _row(at: int, complaint: ComplaintTruth) -> dict[str, Any]:
    moment = complaint.requested_at
    return {
        "number": at,
        **{name: getattr(complaint, name) for name in DIMENSIONS.values()},
        **{
            zone: moment.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M:%S") if moment is not None else None
            for zone in ZONES
        },
    }
